//! Many entries with few signature checks.
//!
//! An entry names the one before it by a hash of all that is signed, so a good signature on the last of a run speaks
//! for the whole run. The first is checked too, and where another key signed it the middle, and so on: a cut-off must
//! know which key signed what. In a run, everything between two entries of one key is taken as that key's.

use super::{Input, State};
use crate::entry::{CheckedEntry, Leaf, Signer, Subject, UncheckedEntry};
use std::collections::BTreeMap;

/// A run must be longer than this to be worth it.
const SHORT: usize = 2;

impl State {
    /// The entries of kinds 1 and 2 that could be checked in runs; the others are left to be checked one by one.
    pub(super) fn verify_runs(&self, inputs: &[Input<'_>]) -> Vec<Option<CheckedEntry>> {
        let mut checked = vec![None; inputs.len()];
        for run in runs(inputs).into_iter().filter(|run| run.len() > SHORT) {
            let entries: Vec<UncheckedEntry> = run.iter().map(|(_, entry)| *entry).collect();
            for ((at, _), entry) in run.iter().zip(self.verify_run(&entries)) {
                checked[*at] = entry;
            }
        }
        checked
    }

    /// Checks a run, in which each entry names the one before it.
    fn verify_run(&self, run: &[UncheckedEntry]) -> Vec<Option<CheckedEntry>> {
        let mut checked = vec![None; run.len()];
        // Nothing speaks for entries at the end whose signatures do not hold.
        let signed = |entry: &UncheckedEntry| self.verify(entry).ok();
        let last = run
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, entry)| Some((at, signed(entry)?)));
        let Some((last, entry)) = last else { return checked };
        checked[last] = Some(entry);
        let signer_of = |at: usize| signed(&run[at]).map_or(entry.signer(), |entry| entry.signer());
        let mut signers = vec![entry.signer(); last + 1];
        attribute(&mut signers, &signer_of);
        for at in (0..last).rev() {
            checked[at] = checked[at + 1].and_then(|next| run[at].named_by(&next, signers[at]).ok());
        }
        checked
    }
}

/// Fills in who signed each entry of a run, given the last: asks for the first and, where they differ, the middle.
fn attribute(signers: &mut [Signer], signer_of: &impl Fn(usize) -> Signer) {
    let mut parts = vec![(0, signers.len() - 1)];
    if let Some(first) = signers.first_mut() {
        *first = signer_of(0);
    }
    while let Some((low, high)) = parts.pop() {
        if signers[low] == signers[high] {
            let signer = signers[high];
            signers[low..high].fill(signer);
        } else if high - low > 1 {
            let middle = low + (high - low) / 2;
            signers[middle] = signer_of(middle);
            parts.extend([(low, middle), (middle, high)]);
        }
    }
}

/// The entries of each sequence in runs, with their places in `inputs`.
fn runs(inputs: &[Input<'_>]) -> Vec<Vec<(usize, UncheckedEntry)>> {
    let mut runs: Vec<Vec<(usize, UncheckedEntry)>> = Vec::new();
    let mut open = BTreeMap::new();
    for (at, input) in inputs.iter().enumerate() {
        let Leaf::Entry(entry) = input.leaf else { continue };
        let sequence = match entry.unverified().subject() {
            Subject::Batch(issuer, _) => (issuer, 1),
            Subject::Snapshot(issuer, _) => (issuer, 2),
            Subject::KeyEvent(..) | Subject::Policy(_) | Subject::Release(_) => continue,
        };
        let goes_on = |run: &usize| {
            let last = runs[*run].last();
            last.is_some_and(|(_, last)| last.unverified().is_before(entry.unverified()))
        };
        match open.get(&sequence).copied().filter(goes_on) {
            Some(run) => runs[run].push((at, entry)),
            None => {
                open.insert(sequence, runs.len());
                runs.push(vec![(at, entry)]);
            }
        }
    }
    runs
}
