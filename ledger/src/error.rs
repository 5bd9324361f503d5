//! Why something about the ledger was refused.

use crate::{note::KeyName, tile::Tile};

/// A refusal. Each variant has a stable [`code`](Error::code), the same in test vectors, command line, HTTP and page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A refusal of the vocabulary below.
    #[error(transparent)]
    Schemas(#[from] schemas::Error),

    /// An index at or after the end of its tree, or an old tree that is larger than the new one.
    #[error("{index} is out of range for {size} entries")]
    OutOfRange {
        /// The index or size asked for.
        index: u64,
        /// The entries there are.
        size: u64,
    },
    /// An interval that no subtree of a Merkle tree covers exactly.
    #[error("[{start}, {end}) is not a subtree")]
    NotASubtree {
        /// The first entry.
        start: u64,
        /// The entry after the last.
        end: u64,
    },
    /// An inclusion proof of the wrong length, or one that leads to another root.
    #[error("the inclusion proof of entry {index} does not lead to the root of {size} entries")]
    InclusionInvalid {
        /// The entry's index.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A consistency proof of the wrong length, or one that leads to another root.
    #[error("{old} entries are not shown to be the beginning of {new} entries")]
    ConsistencyInvalid {
        /// The size of the old tree.
        old: u64,
        /// The size of the new tree.
        new: u64,
    },
    /// A path that names no tile, or not in the one way there is (tlog-tiles).
    #[error("not the path of a tile")]
    TilePathMalformed,
    /// A tile with more or fewer hashes, or a bundle with more or fewer entries, than it is wide.
    #[error("the tile is not as wide as its path says")]
    TileMalformed,
    /// A tile that its store does not have.
    #[error("{0} is missing")]
    TileMissing(Tile),
    /// The stored tree is not the one that the log signed.
    #[error("the stored tiles do not hash to the signed root of {size} entries")]
    TreeMismatch {
        /// The signed size.
        size: u64,
    },

    /// Not a signed note (C2SP signed-note).
    #[error("not a signed note: {0}")]
    NoteMalformed(&'static str),
    /// Not a public key in the text form of signed notes, or of a type that is not accepted here.
    #[error("not a usable vkey: {0}")]
    VkeyMalformed(&'static str),
    /// No signature by any known key.
    #[error("not signed by any known key")]
    NoteUnsigned,
    /// A signature by a known key that does not verify.
    #[error("the signature by {0} does not verify")]
    NoteSignatureInvalid(KeyName),

    /// Not a checkpoint (C2SP tlog-checkpoint).
    #[error("not a checkpoint: {0}")]
    CheckpointMalformed(&'static str),
    /// A checkpoint of a log that is not known here.
    #[error("the checkpoint is of an unknown log")]
    OriginUnknown,
    /// A checkpoint of fewer entries than were already read.
    #[error("the checkpoint has {offered} entries, and {known} were already read: it is old")]
    WentBack {
        /// The entries that were read.
        known: u64,
        /// The entries of the checkpoint.
        offered: u64,
    },
    /// Not a policy that is understood here (C2SP tlog-policy).
    #[error("not a policy, line {line}: {reason}")]
    PolicyMalformed {
        /// The line, from 1; 0 when it is no single line's fault.
        line: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Too few witnesses cosigned the checkpoint.
    #[error("cosigned by {cosigned} of the {quorum} witnesses that it takes")]
    QuorumMissing {
        /// How many known witnesses did.
        cosigned: usize,
        /// How many it takes.
        quorum: usize,
    },
    /// Signatories that cannot be meant (`schemas/spec/network.md`).
    #[error("not usable as signatories: {0}")]
    SignatoriesMalformed(&'static str),
    /// Too few signatories signed the text.
    #[error("signed by {signed} of the {quorum} {kind} keys that it takes")]
    SignaturesMissing {
        /// How many did.
        signed: usize,
        /// How many it takes.
        quorum: usize,
        /// By what they sign.
        kind: &'static str,
    },
    /// Not a message of a witness or its client (C2SP tlog-witness).
    #[error("not a message of add-checkpoint: {0}")]
    RequestMalformed(&'static str),
    /// Not a proof file (C2SP tlog-proof).
    #[error("not a tlog proof: {0}")]
    TlogProofMalformed(&'static str),
    /// Not a COSE receipt that is understood here (RFC 9942).
    #[error("not a usable receipt: {0}")]
    ReceiptMalformed(&'static str),

    /// The leaves of a batch do not hash to its root.
    #[error("the leaves do not hash to the batch's root")]
    BatchRootMismatch,

    /// Not a declaration of batches (`schemas/spec/monitor.md`).
    #[error("not a declaration of batches: {0}")]
    DeclarationMalformed(&'static str),

    /// Not a head of a chain, or not a list of them (`schemas/spec/head.md`).
    #[error("not a signed head: {0}")]
    HeadMalformed(&'static str),
    /// The chain's owner did not sign the head, or has no ML-DSA-44 key.
    #[error("the head is not signed by its chain's owner")]
    HeadUnsigned,
    /// A head of an entry that is not known, or no longer kept whole.
    #[error("the head is of an entry that is not known here")]
    HeadUnknown,

    /// Not an entry of 144 bytes (`schemas/spec/entry-and-state.md`).
    #[error("not an entry: {0}")]
    EntryMalformed(&'static str),
    /// No key that may sign such an entry signed it.
    #[error("the entry is not signed by its issuer, or not by the registrar")]
    EntryUnsigned,
    /// An entry whose number is far above the highest of its sequence.
    #[error("the entry is too far ahead of its sequence")]
    EntryTooFarAhead,
    /// An entry that matters longer than its signer's key is good.
    #[error("the entry outlives the key that signed it")]
    EntryOutlivesKey,
    /// An entry after the cut-off of its signer's key.
    #[error("the entry comes after the cut-off of its key")]
    EntryAfterCutOff,
    /// An issuer that the registrar has not registered, as far as this view goes.
    #[error("the issuer is not registered")]
    IssuerUnknown,
    /// An issuer that told two stories, until the registrar has settled it.
    #[error("the issuer is frozen")]
    IssuerFrozen,
    /// A key event without the object that its root names.
    #[error("the entry's object is missing")]
    ObjectMissing,
    /// A cached view that is damaged, or of another version or registrar: build it anew from the log.
    #[error("the cached view cannot be used")]
    CacheUnusable,
    /// An object with another hash, issuer or number than its entry.
    #[error("the object is not the entry's")]
    ObjectMismatch,
}

impl Error {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Schemas(error) => error.code(),
            Self::OutOfRange { .. } => "tree-out-of-range",
            Self::NotASubtree { .. } => "tree-not-a-subtree",
            Self::InclusionInvalid { .. } => "inclusion-invalid",
            Self::ConsistencyInvalid { .. } => "consistency-invalid",
            Self::TilePathMalformed => "tile-path-malformed",
            Self::TileMalformed => "tile-malformed",
            Self::TileMissing(_) => "tile-missing",
            Self::TreeMismatch { .. } => "tree-mismatch",
            Self::NoteMalformed(_) => "note-malformed",
            Self::VkeyMalformed(_) => "vkey-malformed",
            Self::NoteUnsigned => "note-unsigned",
            Self::NoteSignatureInvalid(_) => "note-signature-invalid",
            Self::CheckpointMalformed(_) => "checkpoint-malformed",
            Self::OriginUnknown => "checkpoint-origin-unknown",
            Self::WentBack { .. } => "checkpoint-went-back",
            Self::PolicyMalformed { .. } => "policy-malformed",
            Self::QuorumMissing { .. } => "quorum-missing",
            Self::SignatoriesMalformed(_) => "signatories-malformed",
            Self::SignaturesMissing { .. } => "signatures-missing",
            Self::RequestMalformed(_) => "witness-request-malformed",
            Self::TlogProofMalformed(_) => "tlog-proof-malformed",
            Self::ReceiptMalformed(_) => "receipt-malformed",
            Self::BatchRootMismatch => "batch-root-mismatch",
            Self::DeclarationMalformed(_) => "declaration-malformed",
            Self::HeadMalformed(_) => "head-malformed",
            Self::HeadUnsigned => "head-unsigned",
            Self::HeadUnknown => "head-unknown",
            Self::EntryMalformed(_) => "entry-malformed",
            Self::EntryUnsigned => "entry-unsigned",
            Self::EntryTooFarAhead => "entry-too-far-ahead",
            Self::EntryOutlivesKey => "entry-outlives-key",
            Self::EntryAfterCutOff => "entry-after-cut-off",
            Self::IssuerUnknown => "issuer-unknown",
            Self::IssuerFrozen => "issuer-frozen",
            Self::ObjectMissing => "object-missing",
            Self::ObjectMismatch => "object-mismatch",
            Self::CacheUnusable => "cache-unusable",
        }
    }
}
