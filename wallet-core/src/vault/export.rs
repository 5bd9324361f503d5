//! What can be taken to another device: certificates and receipts. Copies stay, since their keys do.

use super::{Holding, Vault, codec::Format};
use crate::{Error, Home};
use zeroize::Zeroizing;

/// What a restore brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// New certificates.
    pub certificates: usize,
    /// New receipts: pick up with them ([`PickUp::resume`](crate::pick_up::PickUp::resume)), which moves their results here.
    pub receipts: usize,
    /// What was in the wallet already.
    pub already_held: usize,
}

impl Vault {
    /// Certificates and receipts, to be encrypted and kept elsewhere; never copies, and never their keys. The receipt of a
    /// result that has moved away is good for nothing, and left out.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn export(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.stripped().encode_as(Format::Export)
    }

    /// Takes in what [`export`](Self::export) gave, beside what is here.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and [`Error::TooMany`]; then nothing is taken in.
    pub fn restore(&mut self, export: &[u8]) -> Result<Restored, Error> {
        let mut merged = self.clone();
        let mut restored = Restored::default();
        for holding in Self::decode_as(Format::Export, export)?
            .stripped()
            .holdings
            .into_values()
        {
            match holding {
                Holding::Certificate(certificate) => match merged.add_certificate(certificate) {
                    Ok(_) => restored.certificates += 1,
                    Err(Error::AlreadyHeld { .. }) => restored.already_held += 1,
                    Err(error) => return Err(error),
                },
                Holding::Pass(mut pass) => {
                    pass.home = Home::ToMove;
                    if merged.held_with(&pass.receipt).is_some() {
                        restored.already_held += 1;
                    } else {
                        merged.add(Holding::Pass(pass))?;
                        restored.receipts += 1;
                    }
                }
            }
        }
        *self = merged;
        Ok(restored)
    }
}
