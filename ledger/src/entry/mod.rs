//! A leaf of a log: 144 bytes for each batch, status snapshot or event (`schemas/spec/entry-and-state.md`).
//!
//! An entry speaks for its issuer alone and for no log in particular: the same entry in two logs says the same thing.
//! [`UncheckedEntry`] is what was read; [`CheckedEntry`] can only be made by a check.

#[cfg(test)]
mod tests;

use crate::Error;
use schemas::{
    BatchNumber, Day, Hash, IssuerNumber, KeyId,
    crypto::{Es256Signature, SigningKey, VerifyingKey},
    key_event::EventNumber,
    proof::PROOF_HASHES,
    status::SnapshotNumber,
};

/// The length of an entry.
pub const ENTRY_BYTES: usize = 144;
/// The length of what is signed, besides the domain tag.
const SIGNED_BYTES: usize = 80;
/// The first byte of an entry.
const VERSION: u8 = 1;
/// What the signature begins with, so that it means nothing elsewhere.
const TAG: &[u8; 16] = b"attest/entry/v1\n";
/// The issuer number that stands for the registrar.
const REGISTRAR: IssuerNumber = IssuerNumber(0);

/// The version of the cooperative's policy, from 0 and gapless; equal to the number of its ledger entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyNumber(pub u32);

/// The number of a release of the software, from 0 and gapless; equal to that of its ledger entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseNumber(pub u32);

/// SHA-256 of an entry's signed message: the domain tag and bytes 0..80.
///
/// The signature stays out of it: ES256 signatures are malleable, and an issuer that signs the same entry again after a
/// crash has said nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub Hash);

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Kind 1: a batch of 256 credentials and decoys.
    Batch(IssuerNumber, BatchNumber),
    /// Kind 2: which places are revoked.
    Snapshot(IssuerNumber, SnapshotNumber),
    /// Kind 3: who an issuer is and which keys it has.
    KeyEvent(IssuerNumber, EventNumber),
    /// Kind 4: the members' policy.
    Policy(PolicyNumber),
    /// Kind 5: a release of the software.
    Release(ReleaseNumber),
}

impl Subject {
    /// The number in its own sequence.
    #[must_use]
    pub fn number(&self) -> u32 {
        match self {
            Self::Batch(_, number) => number.0,
            Self::Snapshot(_, number) => number.0,
            Self::KeyEvent(_, number) => number.0,
            Self::Policy(number) => number.0,
            Self::Release(number) => number.0,
        }
    }

    /// Whose sequence it is; the registrar's is 0.
    #[must_use]
    pub fn issuer(&self) -> IssuerNumber {
        match self {
            Self::Batch(issuer, _) | Self::Snapshot(issuer, _) | Self::KeyEvent(issuer, _) => *issuer,
            Self::Policy(_) | Self::Release(_) => REGISTRAR,
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Batch(..) => 1,
            Self::Snapshot(..) => 2,
            Self::KeyEvent(..) => 3,
            Self::Policy(_) => 4,
            Self::Release(_) => 5,
        }
    }

    /// log2 of the leaves under the root.
    fn levels(&self) -> u8 {
        match self {
            Self::Batch(..) => u8::try_from(PROOF_HASHES).expect("a batch has 8 levels"),
            _ => 0,
        }
    }

    fn parse(kind: u8, issuer: IssuerNumber, number: u32) -> Result<Self, Error> {
        let subject = match kind {
            1 => Self::Batch(issuer, BatchNumber(number)),
            2 => Self::Snapshot(issuer, SnapshotNumber(number)),
            3 => Self::KeyEvent(issuer, EventNumber(number)),
            4 if issuer == REGISTRAR => Self::Policy(PolicyNumber(number)),
            5 if issuer == REGISTRAR => Self::Release(ReleaseNumber(number)),
            _ => {
                let reason = "an unknown kind, or a policy or release of an issuer";
                return Err(Error::EntryMalformed(reason));
            }
        };
        Ok(subject)
    }
}

/// What an issuer or the registrar signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    subject: Subject,
    expiry: Day,
    root: Hash,
    previous: Option<EntryId>,
}

impl Entry {
    /// An entry; `previous` is the entry before it in the same sequence.
    ///
    /// # Errors
    /// [`Error::EntryMalformed`] unless exactly the entry with number 0 has no predecessor, and the issuer is not 0.
    pub fn new(subject: Subject, expiry: Day, root: Hash, previous: Option<EntryId>) -> Result<Self, Error> {
        let by_registrar = matches!(subject, Subject::Policy(_) | Subject::Release(_));
        if subject.issuer() == REGISTRAR && !by_registrar {
            return Err(Error::EntryMalformed("issuer 0 is the registrar"));
        }
        if (subject.number() == 0) != previous.is_none() {
            return Err(Error::EntryMalformed(
                "exactly entry 0 of a sequence has no predecessor",
            ));
        }
        Ok(Self {
            subject,
            expiry,
            root,
            previous,
        })
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// The last day on which it matters: for a batch, the day on which its credentials expire.
    #[must_use]
    pub fn expiry(&self) -> Day {
        self.expiry
    }

    /// The batch root, or SHA-256 of the object.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }

    /// The entry before it in the same sequence.
    #[must_use]
    pub fn previous(&self) -> Option<EntryId> {
        self.previous
    }

    /// What the next entry of the sequence names as its predecessor.
    #[must_use]
    pub fn id(&self) -> EntryId {
        EntryId(Hash::of(&[&self.to_be_signed()]))
    }

    /// The message to sign: the domain tag and bytes 0..80.
    #[must_use]
    pub fn to_be_signed(&self) -> [u8; TAG.len() + SIGNED_BYTES] {
        let mut message = [0; TAG.len() + SIGNED_BYTES];
        let (tag, signed) = message.split_at_mut(TAG.len());
        tag.copy_from_slice(TAG);
        self.write(signed);
        message
    }

    /// The entry with the signature that its key gave to [`to_be_signed`](Self::to_be_signed).
    #[must_use]
    pub fn signed(self, signature: Es256Signature) -> UncheckedEntry {
        UncheckedEntry {
            entry: self,
            signature,
        }
    }

    /// Signs with a key at hand.
    ///
    /// # Errors
    /// [`schemas::Error::SigningFailed`].
    pub fn sign(self, key: &dyn SigningKey) -> Result<UncheckedEntry, Error> {
        Ok(self.signed(key.sign(&self.to_be_signed())?))
    }

    /// Whether `next` is the entry after this one in its sequence, and names it as its predecessor.
    pub(crate) fn is_before(&self, next: &Self) -> bool {
        self.is_named(self.id(), next)
    }

    /// [`is_before`](Self::is_before) for a caller who has the entry's own `id`.
    fn is_named(&self, id: EntryId, next: &Self) -> bool {
        let (ours, theirs) = (self.subject, next.subject);
        ours.issuer() == theirs.issuer()
            && ours.kind() == theirs.kind()
            && ours.number().checked_add(1) == Some(theirs.number())
            && next.previous == Some(id)
    }

    fn write(&self, out: &mut [u8]) {
        let numbers = [self.subject.issuer().0, self.expiry.0, self.subject.number()];
        out[..4].copy_from_slice(&[VERSION, self.subject.kind(), self.subject.levels(), 0]);
        for (bytes, number) in out[4..16].chunks_exact_mut(4).zip(numbers) {
            bytes.copy_from_slice(&number.to_be_bytes());
        }
        out[16..48].copy_from_slice(&self.root.0);
        out[48..80].copy_from_slice(&self.previous.map_or([0; 32], |id| id.0.0));
    }
}

/// A leaf, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Entry 0 of every log: the version and zeros, unsigned, so that a log is never empty.
    Null,
    /// Any other entry.
    Entry(UncheckedEntry),
}

impl Leaf {
    /// Reads 144 bytes; accepts exactly what [`encode`](Self::encode) writes.
    ///
    /// # Errors
    /// [`Error::EntryMalformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: &[u8; ENTRY_BYTES] = bytes
            .try_into()
            .map_err(|_| Error::EntryMalformed("not 144 bytes"))?;
        if *bytes == null_bytes() {
            return Ok(Self::Null);
        }
        let signed = core::array::from_fn(|i| bytes[i]);
        let signature = core::array::from_fn(|i| bytes[SIGNED_BYTES + i]);
        Ok(Self::Entry(parse(&signed)?.signed(Es256Signature(signature))))
    }

    /// The 144 bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; ENTRY_BYTES] {
        match self {
            Self::Null => null_bytes(),
            Self::Entry(entry) => entry.encode(),
        }
    }
}

/// An entry whose signature was not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UncheckedEntry {
    entry: Entry,
    signature: Es256Signature,
}

impl UncheckedEntry {
    /// What it says, before anybody checked who said it.
    #[must_use]
    pub fn unverified(&self) -> &Entry {
        &self.entry
    }

    /// The 144 bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        let (signed, signature) = bytes.split_at_mut(SIGNED_BYTES);
        self.entry.write(signed);
        signature.copy_from_slice(&self.signature.0);
        bytes
    }

    /// Checks the signature under one key: the registrar's for kinds 3 to 5, the issuer's for kinds 1 and 2. Whether
    /// the key is that party's is for the caller to know; `ledger::state` does.
    ///
    /// # Errors
    /// [`Error::EntryUnsigned`], also when the signer is the wrong party for the kind.
    pub fn verify(&self, signer: Signer, key: &dyn VerifyingKey) -> Result<CheckedEntry, Error> {
        let by_issuer = matches!(self.entry.subject, Subject::Batch(..) | Subject::Snapshot(..));
        if by_issuer != matches!(signer, Signer::Issuer(_)) {
            return Err(Error::EntryUnsigned);
        }
        key.verify(&self.entry.to_be_signed(), &self.signature.0)
            .map_err(|_| Error::EntryUnsigned)?;
        Ok(self.checked(signer))
    }

    /// Takes the word of the entry after it, which names this one by its hash: one signature covers all that came
    /// before. `signer` is whom to name as this entry's signer.
    ///
    /// # Errors
    /// [`Error::EntryUnsigned`] when `next` names another predecessor.
    pub(crate) fn named_by(&self, next: &CheckedEntry, signer: Signer) -> Result<CheckedEntry, Error> {
        let checked = self.checked(signer);
        if !self.entry.is_named(checked.id, &next.entry) {
            return Err(Error::EntryUnsigned);
        }
        Ok(checked)
    }

    /// An entry that was checked before and kept since, for `state::cache` alone.
    pub(crate) fn known(&self, signer: Signer) -> CheckedEntry {
        self.checked(signer)
    }

    fn checked(&self, signer: Signer) -> CheckedEntry {
        CheckedEntry {
            entry: self.entry,
            id: self.entry.id(),
            signature: self.signature,
            signer,
        }
    }
}

/// Whose key signed an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signer {
    /// The registrar's.
    Registrar,
    /// The issuer's key of this identifier.
    Issuer(KeyId),
}

/// An entry that its signer signed, or that a later signed entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedEntry {
    entry: Entry,
    id: EntryId,
    signature: Es256Signature,
    signer: Signer,
}

impl CheckedEntry {
    /// What it says.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// What the next entry of the sequence names as its predecessor.
    #[must_use]
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// Who signed it.
    #[must_use]
    pub fn signer(&self) -> Signer {
        self.signer
    }

    /// The entry as it stands in a log, to show to others.
    #[must_use]
    pub fn unchecked(&self) -> UncheckedEntry {
        self.entry.signed(self.signature)
    }
}

fn null_bytes() -> [u8; ENTRY_BYTES] {
    let mut bytes = [0; ENTRY_BYTES];
    bytes[0] = VERSION;
    bytes
}

fn parse(signed: &[u8; SIGNED_BYTES]) -> Result<Entry, Error> {
    let [VERSION, kind, levels, 0, ..] = signed else {
        return Err(Error::EntryMalformed("not version 1"));
    };
    let number = |at: usize| u32::from_be_bytes(core::array::from_fn(|i| signed[at + i]));
    let hash = |at: usize| Hash(core::array::from_fn(|i| signed[at + i]));
    let subject = Subject::parse(*kind, IssuerNumber(number(4)), number(12))?;
    if *levels != subject.levels() {
        return Err(Error::EntryMalformed(
            "the number of leaves does not fit the kind",
        ));
    }
    let previous = Some(hash(48)).filter(|hash| hash.0 != [0; 32]);
    Entry::new(subject, Day(number(8)), hash(16), previous.map(EntryId))
}
