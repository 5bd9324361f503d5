//! Which of an issuer's batches hashes lead to, from the last entry that was signed with ML-DSA-44.

use super::cache::{Fields, UNUSABLE, ascending, number, number_item, option_item};
use crate::Error;
use schemas::{UnixTime, cbor::Item};
use std::collections::BTreeMap;

/// The latest head that names an entry of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SignedAt {
    pub(super) number: u32,
    pub(super) time: UnixTime,
}

/// Links between the entries of one sequence, as they were seen, and from where on they count.
#[derive(Default)]
pub(super) struct Reach {
    /// First and last of each run of numbers whose entries name one another. An entry that went by a cut-off stays a link: that
    /// a later one names it is not undone. One that takes its place is none before its own links were seen.
    runs: BTreeMap<u32, u32>,
    signed: Option<SignedAt>,
}

impl Reach {
    /// Notes a new entry, and whether the entries before and after it are there and linked to it.
    pub(super) fn insert(&mut self, at: u32, below: bool, above: bool) {
        self.forget_one(at);
        let (mut first, mut last) = (at, at);
        if below && let Some((start, _)) = self.run_of(at.wrapping_sub(1)) {
            first = start;
        }
        if above && let Some((start, end)) = self.run_of(at.wrapping_add(1)) {
            self.runs.remove(&start);
            last = end;
        }
        self.runs.insert(first, last);
    }

    /// Whether hashes lead to `number` from the signed entry.
    pub(super) fn covers(&self, number: u32) -> Option<UnixTime> {
        let signed = self.signed?;
        let (first, _) = self.run_of(signed.number)?;
        (first..=signed.number).contains(&number).then_some(signed.time)
    }

    /// The latest signature.
    pub(super) fn signed(&self) -> Option<SignedAt> {
        self.signed
    }

    /// Takes a head whose entry is the one that is known.
    pub(super) fn sign(&mut self, at: SignedAt) {
        self.signed = Some(at);
    }

    /// Forgets what was signed, when the key that signed it is no longer the issuer's.
    pub(super) fn unsign(&mut self) {
        self.signed = None;
    }

    pub(super) fn forget_before(&mut self, first: u32) {
        let cut = self.run_of(first).filter(|(start, _)| *start < first);
        self.runs = self.runs.split_off(&first);
        if let Some((_, last)) = cut {
            self.runs.insert(first, last);
        }
    }

    pub(super) fn to_item(&self) -> Item<'static> {
        let run = |(first, last): (&u32, &u32)| Item::Array(vec![number_item(*first), number_item(*last)]);
        Item::Array(vec![
            Item::Array(self.runs.iter().map(run).collect()),
            option_item(self.signed.map(SignedAt::to_item)),
        ])
    }

    pub(super) fn from_item(item: &Item<'_>) -> Result<Self, Error> {
        let mut fields = Fields::of(item)?;
        let runs = ascending(fields.list()?, |item| {
            let mut run = Fields::of(item)?;
            let pair = (run.number()?, run.number()?);
            run.end(pair)
        })?;
        let apart = runs
            .iter()
            .zip(runs.keys().skip(1))
            .all(|((_, last), next)| last < next);
        if !apart || runs.iter().any(|(first, last)| first > last) {
            return Err(UNUSABLE);
        }
        let signed = fields.option(SignedAt::from_item)?;
        fields.end(Self { runs, signed })
    }

    fn run_of(&self, number: u32) -> Option<(u32, u32)> {
        let (first, last) = self.runs.range(..=number).next_back()?;
        (*last >= number).then_some((*first, *last))
    }

    /// Takes a number out of its run: what will stand there is not what the others name.
    fn forget_one(&mut self, at: u32) {
        self.signed = self.signed.filter(|signed| signed.number != at);
        let Some((first, last)) = self.run_of(at) else {
            return;
        };
        self.runs.remove(&first);
        if first < at {
            self.runs.insert(first, at - 1);
        }
        if at < last {
            self.runs.insert(at + 1, last);
        }
    }
}

impl SignedAt {
    pub(super) fn to_item(self) -> Item<'static> {
        Item::Array(vec![number_item(self.number), Item::Int(self.time.0.into())])
    }

    pub(super) fn from_item(item: &Item<'_>) -> Result<Self, Error> {
        let mut fields = Fields::of(item)?;
        let at = number(fields.next()?)?;
        let time = fields.next()?.as_int().ok_or(UNUSABLE)?;
        fields.end(Self {
            number: at,
            time: UnixTime(time),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A list of links is the model: `links[n]` says that what stands at `n + 1` names what stands at `n`.
        #[test]
        fn behaves_like_a_list_of_links(steps in prop::collection::vec((0u8..8, 0u32..40, any::<bool>(), any::<bool>()), 0..200)) {
            let (mut reach, mut links, mut known) = (Reach::default(), [false; 41], [false; 42]);
            let mut signed: Option<u32> = None;
            for (step, at, below, above) in steps {
                let n = at as usize;
                match step {
                    0 => {
                        reach.forget_before(at);
                        known[..n].fill(false);
                        links[..n].fill(false);
                    }
                    1 => {
                        reach.sign(SignedAt { number: at, time: UnixTime(1) });
                        signed = Some(at);
                    }
                    _ => {
                        reach.insert(at, below, above);
                        known[n] = true;
                        links[n] = above && known[n + 1];
                        if n > 0 {
                            links[n - 1] = below && known[n - 1];
                        }
                        signed = signed.filter(|signed| *signed != at);
                    }
                }
                for number in 0..40u32 {
                    let leads = |signed: u32| {
                        let signed = signed as usize;
                        let number = number as usize;
                        known[signed] && number <= signed && links[number..signed].iter().all(|link| *link)
                    };
                    prop_assert_eq!(reach.covers(number).is_some(), signed.is_some_and(leads), "{}", number);
                }
                let item = reach.to_item();
                prop_assert_eq!(Reach::from_item(&item).map(|again| again.to_item() == item), Ok(true));
            }
        }
    }
}
