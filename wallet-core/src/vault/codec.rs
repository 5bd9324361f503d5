//! The vault's bytes: a CBOR Sequence (RFC 8742) of a head and of records, `schemas/spec/vault.md`.

use super::{Holding, HoldingNumber, MAX_HOLDINGS, Vault};
use crate::{
    Error, Home, KeyHandle, Pass, StoredCertificate,
    key::SoftwareKey,
    record::{self, Record, Rest},
};
use schemas::cbor::{self, Item, Lengths};
use zeroize::Zeroizing;

/// Largest vault: each record has at most [`cbor::MAX_BYTES`], and the private keys of full passes about as much again.
pub const MAX_VAULT_BYTES: usize = 2 * MAX_HOLDINGS * cbor::MAX_BYTES;
/// Most records of any kind.
const MAX_RECORDS: usize = MAX_HOLDINGS * 128;

const VERSION: i64 = 1;

/// Fields of the head.
const FORMAT: i64 = 1;
const VERSION_FIELD: i64 = 2;
const NEXT: i64 = 3;

/// Fields of every record.
const KIND: i64 = 1;
const NUMBER: i64 = 2;

/// Kinds of records.
const CERTIFICATE: i64 = 1;
const PASS: i64 = 2;
const SOFTWARE_KEY: i64 = 3;

/// Fields of a private key.
const HANDLE: i64 = 31;
const SECRET: i64 = 32;

/// What a document is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Vault,
    Export,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Vault => "attest-vault",
            Self::Export => "attest-export",
        }
    }
}

impl Vault {
    /// The bytes to encrypt and keep.
    ///
    /// # Errors
    /// [`Error::TooMany`] above [`MAX_VAULT_BYTES`], or when one holding is too large to be read again.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.encode_as(Format::Vault)
    }

    /// Reads what [`encode`](Self::encode) wrote, in this or in a later version of the same major form.
    ///
    /// # Errors
    /// [`Error::VaultMalformed`], [`Error::VaultVersion`], [`Error::Schemas`] for damaged CBOR.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::decode_as(Format::Vault, bytes)
    }

    pub(super) fn encode_as(&self, format: Format) -> Result<Zeroizing<Vec<u8>>, Error> {
        let head = [
            (FORMAT, Item::text(format.name())),
            (VERSION_FIELD, record::int(VERSION)),
            (NEXT, record::int(self.next)),
        ];
        let mut bytes = Zeroizing::new(record::write(head, &self.rest).encode());
        for (number, holding) in &self.holdings {
            append(&mut bytes, &write_holding(*number, holding))?;
        }
        for key in &self.software_keys {
            let fields = [
                (KIND, record::int(SOFTWARE_KEY)),
                (HANDLE, Item::bytes(key.handle.as_bytes())),
                (SECRET, Item::bytes(&key.secret)),
            ];
            append(&mut bytes, &record::write(fields, &key.rest))?;
        }
        for record in &self.unknown {
            append(&mut bytes, record)?;
        }
        if bytes.len() > MAX_VAULT_BYTES {
            return Err(Error::TooMany {
                what: "bytes",
                limit: MAX_VAULT_BYTES,
            });
        }
        Ok(bytes)
    }

    pub(super) fn decode_as(format: Format, bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_VAULT_BYTES {
            return Err(Error::TooMany {
                what: "bytes",
                limit: MAX_VAULT_BYTES,
            });
        }
        let (head, mut bytes) = cbor::read_first(bytes, Lengths::DefiniteOnly)?;
        let mut head = Record::read(head)?;
        if head.text(FORMAT)? != format.name() {
            return Err(Error::VaultMalformed("another kind of data"));
        }
        match head.int(VERSION_FIELD)? {
            VERSION => {}
            found => return Err(Error::VaultVersion { found }),
        }
        let mut vault = Self {
            next: head.number(NEXT)?,
            rest: head.rest(),
            ..Self::default()
        };
        let mut records = 0;
        while !bytes.is_empty() {
            let (item, rest) = cbor::read_first(bytes, Lengths::DefiniteOnly)?;
            vault.take_in(item.into_owned())?;
            (bytes, records) = (rest, records + 1);
            if records > MAX_RECORDS {
                return Err(Error::TooMany {
                    what: "records",
                    limit: MAX_RECORDS,
                });
            }
        }
        Ok(vault)
    }

    /// Takes in a record. One that cannot be read, since a later version wrote it, is kept as it is.
    fn take_in(&mut self, item: Item<'static>) -> Result<(), Error> {
        let read: fn(Record) -> Result<Holding, Error> = match item.get(KIND).and_then(Item::as_int) {
            Some(CERTIFICATE) => |record| StoredCertificate::read(record).map(Holding::Certificate),
            Some(PASS) => |record| Ok(Holding::Pass(Pass::read(record)?.into())),
            Some(SOFTWARE_KEY) => return self.take_key_in(item),
            _ => |_| Err(Error::VaultMalformed("a kind of record")),
        };
        let Ok((number, holding)) = read_holding(item.clone(), read) else {
            self.unknown.push(item);
            return Ok(());
        };
        // The next number was written beside; a number that it would give again is damage.
        if number.0 >= self.next || self.holdings.insert(number, holding).is_some() {
            return Err(Error::VaultMalformed("a holding's number"));
        }
        if self.holdings.len() > MAX_HOLDINGS {
            return Err(Error::TooMany {
                what: "holdings",
                limit: MAX_HOLDINGS,
            });
        }
        Ok(())
    }

    fn take_key_in(&mut self, item: Item<'static>) -> Result<(), Error> {
        let mut record = Record::read(item)?;
        record.take(KIND)?;
        let handle = KeyHandle::new(&record.bytes(HANDLE)?)?;
        let secret = Zeroizing::new(record.bytes(SECRET)?);
        self.software_keys.push(SoftwareKey {
            handle,
            secret,
            rest: record.rest(),
        });
        Ok(())
    }
}

fn read_holding(
    item: Item<'static>,
    read: fn(Record) -> Result<Holding, Error>,
) -> Result<(HoldingNumber, Holding), Error> {
    let mut record = Record::read(item)?;
    record.take(KIND)?;
    Ok((HoldingNumber(record.number(NUMBER)?), read(record)?))
}

fn write_holding(number: HoldingNumber, holding: &Holding) -> Item<'_> {
    let head = |kind| [(KIND, record::int(kind)), (NUMBER, record::int(number.0))];
    match holding {
        Holding::Certificate(held) => {
            record::write(head(CERTIFICATE).into_iter().chain(held.fields()), held.rest())
        }
        Holding::Pass(pass) => record::write(head(PASS).into_iter().chain(pass.fields()), &pass.rest),
    }
}

fn append(bytes: &mut Vec<u8>, record: &Item<'_>) -> Result<(), Error> {
    let encoded = Zeroizing::new(record.encode());
    if encoded.len() > cbor::MAX_BYTES {
        return Err(Error::TooMany {
            what: "bytes of one holding",
            limit: cbor::MAX_BYTES,
        });
    }
    bytes.extend_from_slice(&encoded);
    Ok(())
}

impl Vault {
    /// The same vault without copies and keys, without what cannot be looked into, and without what has moved away.
    pub(super) fn stripped(&self) -> Self {
        let strip = |holding: &Holding| match holding {
            Holding::Certificate(certificate) => Some(Holding::Certificate(certificate.clone())),
            Holding::Pass(pass) if pass.home == Home::MovedAway => None,
            Holding::Pass(pass) => Some(Holding::Pass(pass.without_copies().into())),
        };
        Self {
            holdings: self
                .holdings
                .iter()
                .filter_map(|(number, holding)| Some((*number, strip(holding)?)))
                .collect(),
            next: self.next,
            software_keys: Vec::new(),
            unknown: Vec::new(),
            rest: Rest::new(),
        }
    }
}
