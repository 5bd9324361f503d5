//! What a witness has on record of one log: a file with the checkpoint that it cosigned last.
//!
//! The file is the SHA-256 of the rest in hexadecimal, a newline, and the checkpoint as it was received. The hash stands
//! for itself, so that a record is still good after the log changed its key.

use crate::{
    Error,
    storage::{File, Name, Storage},
};
use ledger::{checkpoint::SignedCheckpoint, merkle::TreeHead, note::VerifierKey, witness::Record};
use schemas::Hash;

/// The record's file: an origin may have any characters, so its hash is the name.
pub(super) fn name(origin: &str) -> Name {
    Name::new(format!("log/{}", Hash::of(&[origin.as_bytes()])))
}

/// Reads the record of a log, with the checkpoint itself, or begins one.
///
/// # Errors
/// [`Error::Damaged`], [`Error::Storage`].
pub(super) fn read(
    storage: &dyn Storage,
    origin: &str,
    keys: Vec<VerifierKey>,
) -> Result<(Record, Option<SignedCheckpoint>), Error> {
    let name = name(origin);
    let Some(bytes) = storage.read(&name)? else {
        let latest = TreeHead::empty();
        return Ok((Record { keys, latest }, None));
    };
    let checkpoint = decode(&bytes, origin).ok_or(Error::Damaged {
        name: name.clone(),
        problem: "it is cut off or changed",
    })?;
    // It may be seen and still be lost, if the process that wrote it died before the flush; what is cosigned next builds
    // on it. A crash here changes nothing.
    storage.write(&[File::next(name, bytes)])?;
    let latest = checkpoint.unverified().head();
    Ok((Record { keys, latest }, Some(checkpoint)))
}

/// The file that puts a checkpoint on record.
pub(super) fn file(checkpoint: &SignedCheckpoint) -> File {
    let note = checkpoint.to_string();
    let hash = Hash::of(&[note.as_bytes()]);
    let name = name(checkpoint.unverified().origin());
    File::next(name, format!("{hash}\n{note}").into_bytes())
}

fn decode(bytes: &[u8], origin: &str) -> Option<SignedCheckpoint> {
    let (hash, note) = bytes.split_at_checked(65)?;
    let expected = format!("{}\n", Hash::of(&[note]));
    let checkpoint = SignedCheckpoint::parse(note).ok()?;
    let is_ours = hash == expected.as_bytes() && checkpoint.unverified().origin() == origin;
    is_ours.then_some(checkpoint)
}
