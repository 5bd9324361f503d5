//! Ordering, accepting and spending copies.

use super::{Holding, HoldingNumber, Vault};
use crate::{
    CopyState, Error, Home, KeyHandle, MAX_COPIES, OrderedKey, Pass, Presenter, Receipt, Stock, StoredCopy,
    presenter::check_clock,
};
use schemas::{
    Hash, Place, UnixTime,
    crypto::VerifyingKey,
    sd_cwt::profile::{Audience, Group, HeldCopy},
};

/// What copies are checked against on receipt.
pub struct Issuance<'a> {
    /// The issuer's key, from the ledger.
    pub issuer: &'a dyn VerifyingKey,
    /// The root of the batch of a place, where the wallet knows it.
    pub root: &'a dyn Fn(Place) -> Option<Hash>,
}

/// What came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Copies that were not here before.
    pub new: usize,
    /// Copies that were here and got their proof.
    pub proven: usize,
    /// How many there are now to show.
    pub stock: Stock,
}

/// Whether the holder agrees that a door could recognise what another door, or the same one, saw before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Show copies that were never shown.
    FreshOnly,
    /// When there is none left, show one again.
    ToReuse,
}

/// Whether a copy may be shown before its proof is here. Doors that do not grant it grace tell nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchoring {
    /// Show copies with their proof.
    Needed,
    /// When there is none left, show one without.
    MayFollow,
}

impl Vault {
    /// Notes an order before it goes out, so that a lost answer can be asked for again with the same keys.
    ///
    /// # Errors
    /// [`Error::KeyReused`], [`Error::TooMany`].
    pub fn order(&mut self, receipt: Receipt, keys: Vec<OrderedKey>) -> Result<HoldingNumber, Error> {
        self.check_keys(&keys, 0)?;
        let pass = Pass {
            ordered: keys,
            ..Pass::new(receipt)
        };
        self.add(Holding::Pass(pass.into()))
    }

    /// The pass of an order that was noted before, if this receipt is of one.
    #[must_use]
    pub fn held_with(&self, receipt: &Receipt) -> Option<HoldingNumber> {
        let is_it = |holding: &Holding| match holding {
            Holding::Pass(pass) => pass.receipt.is_of(receipt),
            Holding::Certificate(_) => false,
        };
        let mut list = self.list();
        list.find_map(|(number, holding)| is_it(holding).then_some(number))
    }

    /// Notes an order for more copies of a pass.
    ///
    /// # Errors
    /// [`Error::NotHeld`], [`Error::KeyReused`], [`Error::TooMany`].
    pub fn order_more(&mut self, number: HoldingNumber, keys: Vec<OrderedKey>) -> Result<(), Error> {
        let held = self.pass(number)?.keys().count();
        self.check_keys(&keys, held)?;
        self.pass_mut(number)?.ordered.extend(keys);
        Ok(())
    }

    /// Puts a corrected result in the place of a pass: the old copies end, and new ones are to be ordered with the new
    /// receipt. The keys of the answer are to be destroyed where they are kept; those in the vault are gone.
    ///
    /// # Errors
    /// [`Error::NotHeld`].
    pub fn replace(
        &mut self,
        number: HoldingNumber,
        receipt: Receipt,
        home: Home,
    ) -> Result<Vec<KeyHandle>, Error> {
        let pass = self.pass_mut(number)?;
        let new = Pass {
            home,
            ..Pass::new(receipt.in_place_of(&pass.receipt))
        };
        let old = core::mem::replace(pass, new);
        let keys: Vec<_> = old.keys().map(|key| key.handle.clone()).collect();
        self.forget_keys(&keys);
        Ok(keys)
    }

    /// A key that stands twice would link the copies that it is for.
    fn check_keys(&self, keys: &[OrderedKey], held: usize) -> Result<(), Error> {
        if keys.len() + held > MAX_COPIES {
            return Err(Error::TooMany {
                what: "copies",
                limit: MAX_COPIES,
            });
        }
        let passes = self.holdings.values().filter_map(|holding| match holding {
            Holding::Pass(pass) => Some(pass),
            Holding::Certificate(_) => None,
        });
        let known: Vec<_> = passes.flat_map(|pass| pass.keys()).collect();
        let same = |a: &OrderedKey, b: &OrderedKey| a.handle == b.handle || a.public == b.public;
        for (index, key) in keys.iter().enumerate() {
            if known.iter().any(|other| same(other, key))
                || keys[..index].iter().any(|other| same(other, key))
            {
                return Err(Error::KeyReused);
            }
        }
        Ok(())
    }

    /// Takes in what the issuer sent for an order: all of it, or nothing. Copies that are here already, as from a second
    /// answer to the same request, bring at most their proof.
    ///
    /// # Errors
    /// [`Error::NotHeld`]; [`Error::Schemas`] for a copy that does not verify; [`Error::IssuerDiffers`],
    /// [`Error::CopyNotOrdered`], [`Error::CopiesDiffer`], [`Error::CopiesLinked`], [`Error::ProofMismatch`].
    pub fn accept(
        &mut self,
        number: HoldingNumber,
        received: &[impl AsRef<[u8]>],
        issuance: &Issuance<'_>,
        now: UnixTime,
    ) -> Result<Accepted, Error> {
        let mut pass = self.pass(number)?.clone();
        let (mut new, mut proven) = (0, 0);
        for bytes in received {
            let copy = HeldCopy::decode(bytes.as_ref())?;
            check_proof(&copy, issuance)?;
            if let Some(held) = pass
                .copies
                .iter_mut()
                .find(|held| held.copy.commitment() == copy.commitment())
            {
                if let (None, Some(proof)) = (held.copy.proof(), copy.proof()) {
                    held.copy.set_proof(*proof);
                    proven += 1;
                }
                continue;
            }
            admit(&mut pass, copy, issuance, now)?;
            new += 1;
        }
        // The issuer gives copies to the wallet alone that the result lives in.
        if new > 0 && pass.home == Home::Moving {
            pass.home = Home::Here;
        }
        let stock = pass.stock(now);
        *self.pass_mut(number)? = pass;
        Ok(Accepted { new, proven, stock })
    }

    /// Begins a showing of `groups`: takes a copy and spends it. Save the vault before the first
    /// presentation is on the screen: a copy that is shown and not noted as spent would be shown again.
    ///
    /// # Errors
    /// [`Error::NotHeld`], [`Error::ResultMoved`], [`Error::NoFreshCopy`], [`Error::CopyNotAnchored`],
    /// [`Error::Expired`], [`Error::ClockBehind`].
    pub fn show(
        &mut self,
        number: HoldingNumber,
        groups: &[Group],
        audience: Audience,
        consent: Consent,
        anchoring: Anchoring,
        now: UnixTime,
    ) -> Result<(Presenter, Stock), Error> {
        let pass = self.pass_mut(number)?;
        if pass.home == Home::MovedAway {
            return Err(Error::ResultMoved);
        }
        if pass.expires().is_some_and(|day| now >= day.start()) {
            return Err(Error::Expired);
        }
        let usable = pass
            .copies
            .iter_mut()
            .filter(|held| now < held.copy.expires().start())
            .filter(|held| held.state == CopyState::Fresh || consent == Consent::ToReuse);
        // With a proof before without; fresh before spent; among spent ones the one that was shown the least.
        let rank = |held: &StoredCopy| match held.state {
            CopyState::Fresh => (!held.is_anchored(), 0, UnixTime(0)),
            CopyState::Spent { showings, last } => (!held.is_anchored(), showings, last),
        };
        let chosen = usable.min_by_key(|held| rank(held)).ok_or(Error::NoFreshCopy)?;
        if !chosen.is_anchored() && anchoring == Anchoring::Needed {
            return Err(Error::CopyNotAnchored);
        }
        check_clock(&chosen.copy, now)?;
        chosen.spend(now);
        let presenter = Presenter {
            copy: chosen.copy.clone(),
            key: chosen.key.handle.clone(),
            groups: groups.to_vec(),
            audience,
        };
        Ok((presenter, pass.stock(now)))
    }
}

/// A proof that does not lead to a known root was made for something else.
fn check_proof(copy: &HeldCopy, issuance: &Issuance<'_>) -> Result<(), Error> {
    let place = copy.place();
    match (copy.proof(), (issuance.root)(place)) {
        (Some(proof), Some(root)) if ledger::batch::root(proof, copy.commitment(), place.slot) != root => {
            Err(Error::ProofMismatch)
        }
        _ => Ok(()),
    }
}

/// A new copy is what was ordered: from the receipt's issuer, for one of the ordered keys, saying what the others say,
/// in a batch of its own.
fn admit(pass: &mut Pass, copy: HeldCopy, issuance: &Issuance<'_>, now: UnixTime) -> Result<(), Error> {
    if copy.place().issuer != pass.receipt.issuer {
        return Err(Error::IssuerDiffers);
    }
    let ordered = pass.ordered.iter().position(|key| key.public == copy.holder());
    let index = ordered.ok_or(Error::CopyNotOrdered)?;
    let contents = copy.verify(issuance.issuer, &pass.ordered[index].public, now)?;
    if pass.contents.as_ref().is_some_and(|earlier| *earlier != contents) {
        return Err(Error::CopiesDiffer);
    }
    if pass
        .copies
        .iter()
        .any(|held| held.copy.place().batch == copy.place().batch)
    {
        return Err(Error::CopiesLinked);
    }
    let key = pass.ordered.remove(index);
    pass.contents = Some(contents);
    pass.copies.push(StoredCopy::new(copy, key));
    Ok(())
}
