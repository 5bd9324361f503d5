//! A member's office: the keys by which it agrees to a version of the network document.

use crate::{Error, files};
use ledger::{
    note::{KeyName, Note, NoteSignature},
    signatory::Signatory,
};
use ledger_node::Seed;
use std::path::Path;

const NAME: &str = "name";
const KEY: &str = "office.key";
const POST_QUANTUM_KEY: &str = "office-post-quantum.key";

/// The keys of an office: of Ed25519, and of ML-DSA-44, which holds against a quantum computer.
pub struct Office([Signatory; 2]);

impl Office {
    /// Makes the keys of a new office in a folder.
    pub fn create(folder: &Path, name: &KeyName) -> Result<Self, Error> {
        let seeds = [KEY, POST_QUANTUM_KEY].map(|file| folder.join(file));
        if let Some(there) = seeds.iter().find(|file| file.exists()) {
            return Err(Error::Exists(there.clone()));
        }
        files::make_folder(folder)?;
        files::write_new(&folder.join(NAME), format!("{name}\n").as_bytes())?;
        let [seed, post_quantum_seed] = &seeds;
        Ok(Self::new(
            name,
            &Seed::create(seed)?,
            &Seed::create(post_quantum_seed)?,
        ))
    }

    /// Reads the keys.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let name = files::read(&folder.join(NAME))?.trim_end().parse()?;
        let seed = |file| Seed::read(&folder.join(file));
        Ok(Self::new(&name, &seed(KEY)?, &seed(POST_QUANTUM_KEY)?))
    }

    fn new(name: &KeyName, seed: &Seed, post_quantum_seed: &Seed) -> Self {
        Self([
            Signatory::from_seed(name.clone(), seed.as_bytes()),
            Signatory::ml_dsa_44_from_seed(name.clone(), post_quantum_seed.as_bytes()),
        ])
    }

    /// The keys.
    pub fn keys(&self) -> &[Signatory; 2] {
        &self.0
    }

    /// The signature of each key.
    pub fn sign(&self, note: &Note) -> [NoteSignature; 2] {
        self.0.each_ref().map(|key| key.sign(note))
    }
}
