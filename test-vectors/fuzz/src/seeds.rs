//! Inputs to begin with: what the test vectors hold, taken apart as the targets want it, and one of each format that
//! they do not hold.

mod ledger;
mod pages;
mod people;
mod signed;
mod vectors;

use std::{collections::BTreeMap, fs, io, path::Path};

/// Inputs by target.
#[derive(Default)]
pub struct Seeds(BTreeMap<&'static str, Vec<Vec<u8>>>);

impl Seeds {
    /// All of them.
    #[must_use]
    pub fn collect() -> Self {
        let mut seeds = Self::default();
        vectors::collect(&mut seeds);
        ledger::collect(&mut seeds);
        signed::collect(&mut seeds);
        people::collect(&mut seeds);
        pages::collect(&mut seeds);
        seeds
    }

    fn add(&mut self, target: &'static str, input: impl Into<Vec<u8>>) {
        self.0.entry(target).or_default().push(input.into());
    }

    /// Writes them, each target's into a folder of its name. libFuzzer gives them its own names later.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        for (target, inputs) in &self.0 {
            let folder = folder.join(target);
            fs::create_dir_all(&folder)?;
            for input in inputs {
                fs::write(folder.join(schemas::Hash::of(&[input]).to_string()), input)?;
            }
        }
        Ok(())
    }
}
