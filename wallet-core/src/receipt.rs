//! Where a result came from, and where more copies of it are to be had.

use crate::{
    Error,
    record::{self, Record, Rest},
};
use core::fmt;
use schemas::{IssuerNumber, UnixTime, cbor::Item};

/// Longest address of an issuer's service in bytes.
const MAX_SERVICE_BYTES: usize = 512;
/// Longest reference in bytes: what a token of an issuer's service may have.
const MAX_REFERENCE_BYTES: usize = 2_048;

/// What is kept of an order with an issuer. It outlives the copies, and goes into an export.
#[derive(Clone, PartialEq)]
pub struct Receipt {
    pub(crate) issuer: IssuerNumber,
    pub(crate) service: String,
    pub(crate) reference: Vec<u8>,
    pub(crate) ordered_at: UnixTime,
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

    /// Whether both are of the same order.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        (self.issuer, &self.service, &self.reference) == (other.issuer, &other.service, &other.reference)
    }

    const ISSUER: i64 = 1;
    const SERVICE: i64 = 2;
    const REFERENCE: i64 = 3;
    const ORDERED_AT: i64 = 4;

    pub(crate) fn write(&self) -> Item<'_> {
        let fields = [
            (Self::ISSUER, record::int(self.issuer.0)),
            (Self::SERVICE, Item::text(&self.service)),
            (Self::REFERENCE, Item::bytes(&self.reference)),
            (Self::ORDERED_AT, record::int(self.ordered_at.0)),
        ];
        record::write(fields, &self.rest)
    }

    pub(crate) fn read(item: Item<'_>) -> Result<Self, Error> {
        let mut record = Record::read(item)?;
        let issuer = IssuerNumber(record.number(Self::ISSUER)?);
        let (service, reference) = (record.text(Self::SERVICE)?, record.bytes(Self::REFERENCE)?);
        let ordered_at = record.time(Self::ORDERED_AT)?;
        let receipt = Self::new(issuer, &service, &reference, ordered_at)?;
        Ok(Self {
            rest: record.rest(),
            ..receipt
        })
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(…)")
    }
}
