//! Where a result came from, and where more copies of it are to be had.

use crate::{
    Error,
    record::{self, Record, Rest},
};
use core::fmt;
use schemas::{Hash, IssuerNumber, UnixTime, cbor::Item};

/// Longest address of an issuer's service in bytes.
const MAX_SERVICE_BYTES: usize = 512;
/// Longest reference in bytes: what a token of an issuer's service may have.
const MAX_REFERENCE_BYTES: usize = 2_048;
/// Earlier references that are remembered: enough for a result of four days that is corrected and moved more than once.
const MAX_EARLIER: usize = 8;

/// What is kept of an order with an issuer. It outlives the copies, and goes into an export.
#[derive(Clone, PartialEq)]
pub struct Receipt {
    pub(crate) issuer: IssuerNumber,
    pub(crate) service: String,
    pub(crate) reference: Vec<u8>,
    pub(crate) ordered_at: UnixTime,
    /// Hashes of the references in whose place this one came, the last one first, so that an old backup is recognised.
    earlier: Vec<Hash>,
    rest: Rest,
}

impl Receipt {
    /// A receipt from `issuer`, whose service at the address `service` knows the order by `reference`.
    ///
    /// # Errors
    /// [`Error::VaultMalformed`] when one of them is longer than any service needs.
    pub fn new(
        issuer: IssuerNumber,
        service: &str,
        reference: &[u8],
        ordered_at: UnixTime,
    ) -> Result<Self, Error> {
        if service.len() > MAX_SERVICE_BYTES || reference.len() > MAX_REFERENCE_BYTES {
            return Err(Error::VaultMalformed("a receipt is too long"));
        }
        Ok(Self {
            issuer,
            service: service.to_owned(),
            reference: reference.to_vec(),
            ordered_at,
            earlier: Vec::new(),
            rest: Rest::new(),
        })
    }

    /// Who issues.
    #[must_use]
    pub fn issuer(&self) -> IssuerNumber {
        self.issuer
    }

    /// The address of the issuer's service.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// What the service knows the order by. Whoever has it may be able to order.
    #[must_use]
    pub fn reference(&self) -> &[u8] {
        &self.reference
    }

    /// When it was ordered.
    #[must_use]
    pub fn ordered_at(&self) -> UnixTime {
        self.ordered_at
    }

    /// Whether both are of the same order: the other is the same, or one in whose place this came.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        (self.issuer, &self.service) == (other.issuer, &other.service)
            && (self.reference == other.reference || self.earlier.contains(&other.hash()))
    }

    /// The same, knowing which one it takes the place of.
    pub(crate) fn in_place_of(self, old: &Self) -> Self {
        let earlier = core::iter::once(old.hash()).chain(old.earlier.iter().copied());
        Self {
            earlier: earlier.take(MAX_EARLIER).collect(),
            ..self
        }
    }

    fn hash(&self) -> Hash {
        Hash::of(&[&self.reference])
    }

    const ISSUER: i64 = 1;
    const SERVICE: i64 = 2;
    const REFERENCE: i64 = 3;
    const ORDERED_AT: i64 = 4;
    const EARLIER: i64 = 5;

    pub(crate) fn write(&self) -> Item<'_> {
        let earlier = self.earlier.iter().map(|hash| Item::bytes(hash.as_bytes()));
        let earlier: Vec<_> = earlier.collect();
        let earlier = (!earlier.is_empty()).then_some((Self::EARLIER, Item::Array(earlier)));
        let fields = [
            Some((Self::ISSUER, record::int(self.issuer.0))),
            Some((Self::SERVICE, Item::text(&self.service))),
            Some((Self::REFERENCE, Item::bytes(&self.reference))),
            Some((Self::ORDERED_AT, record::int(self.ordered_at.0))),
            earlier,
        ];
        record::write(fields.into_iter().flatten(), &self.rest)
    }

    pub(crate) fn read(item: Item<'_>) -> Result<Self, Error> {
        let mut record = Record::read(item)?;
        let issuer = IssuerNumber(record.number(Self::ISSUER)?);
        let (service, reference) = (record.text(Self::SERVICE)?, record.bytes(Self::REFERENCE)?);
        let ordered_at = record.time(Self::ORDERED_AT)?;
        let receipt = Self::new(issuer, &service, &reference, ordered_at)?;
        let earlier = match record.has(Self::EARLIER) {
            true => record.array(Self::EARLIER)?,
            false => Vec::new(),
        };
        Ok(Self {
            earlier: earlier.iter().map(read_hash).collect::<Result<_, _>>()?,
            rest: record.rest(),
            ..receipt
        })
    }
}

fn read_hash(item: &Item<'_>) -> Result<Hash, Error> {
    let Item::Bytes(bytes) = item else {
        return Err(Error::VaultMalformed("a field is not bytes"));
    };
    let bytes = <[u8; 32]>::try_from(&**bytes);
    bytes
        .map(Hash)
        .map_err(|_| Error::VaultMalformed("a hash has another length"))
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(…)")
    }
}
