//! A witness's decision about a new checkpoint (C2SP tlog-witness, add-checkpoint), and the messages around it.
//!
//! The decision is a function of what the witness has on record for the log and of the request. Keeping the record, with
//! one decision at a time for each log and the new record durable before the answer, is the node's part.

use crate::{
    Error,
    checkpoint::{SignedCheckpoint, VerifiedCheckpoint},
    merkle::{ConsistencyProof, MAX_PROOF_HASHES, TreeHead, TreeSize},
    note::{MAX_NOTE_BYTES, NoteSignature, VerifierKey},
    text::{decimal, hash_lines, within, write_hash_lines},
};
use core::fmt;

/// Largest request in bytes: the note, and 64 lines of 45 bytes above it.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + 4096;

/// The content type of a size in an answer of status 409.
pub const SIZE_CONTENT_TYPE: &str = "text/x.tlog.size";

/// A request to cosign a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The size of the checkpoint that the witness cosigned last, by what the client knows.
    pub old: TreeSize,
    /// That the old tree is the beginning of the new one.
    pub proof: ConsistencyProof,
    /// The new checkpoint.
    pub checkpoint: SignedCheckpoint,
}

impl Request {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Error::RequestMalformed`], the errors of [`SignedCheckpoint::parse`], [`schemas::Error::TooLong`]: all of them
    /// answered with status 400.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        within("add-checkpoint request in bytes", body.len(), MAX_REQUEST_BYTES)?;
        let malformed = Error::RequestMalformed;
        let text = core::str::from_utf8(body).map_err(|_| malformed("not UTF-8"))?;
        let (lines, checkpoint) = text.split_once("\n\n").ok_or(malformed("no empty line"))?;
        let mut lines = lines.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.and_then(decimal).ok_or(malformed("no old size"))?;
        let proof = hash_lines(lines).ok_or(malformed("not a proof"))?;
        Ok(Self {
            old: TreeSize(old),
            proof: ConsistencyProof(proof),
            checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())?,
        })
    }

    /// Which log the request is about; by this the witness finds its record.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.checkpoint.unverified().origin()
    }
}

impl fmt::Display for Request {
    /// The body. A proof above [`MAX_PROOF_HASHES`] would be refused by the witness.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_assert!(self.proof.0.len() <= MAX_PROOF_HASHES);
        writeln!(f, "old {}", self.old.0)?;
        write_hash_lines(f, &self.proof.0)?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// What a witness knows of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The log's keys, all named by its origin.
    pub keys: Vec<VerifierKey>,
    /// The checkpoint cosigned last; [`TreeHead::empty`] if none was.
    pub latest: TreeHead,
}

/// Decides about a request, by the record of the log that it is about, if the log is known.
///
/// # Errors
/// A [`Refusal`], which leaves the record as it is.
pub fn add_checkpoint(record: Option<&Record>, request: &Request) -> Result<Accepted, Refusal> {
    let record = record.ok_or(Refusal::UnknownLog)?;
    let checkpoint = request
        .checkpoint
        .verify(&record.keys)
        .map_err(|error| match error {
            Error::OriginUnknown => Refusal::UnknownLog,
            error => Refusal::NotSigned(error),
        })?;
    let (old, latest, new) = (request.old, record.latest, checkpoint.head());
    match &request.proof {
        _ if old > new.size => Err(Refusal::OldSizeAbove),
        _ if old != latest.size => Err(Refusal::Stale(latest.size)),
        _ if old == new.size && new.root != latest.root => {
            Err(Refusal::Fork(latest.size, Box::new(checkpoint)))
        }
        // Everything begins with the empty tree, so there is nothing to prove.
        proof if old.0 == 0 && proof.0.is_empty() => Ok(Accepted(checkpoint)),
        proof => match proof.verify(&latest, &new) {
            Ok(_) => Ok(Accepted(checkpoint)),
            Err(error) => Err(Refusal::NotConsistent(error, Box::new(checkpoint))),
        },
    }
}

/// A checkpoint to cosign once it is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Accepted(VerifiedCheckpoint);

impl Accepted {
    /// The head to put on record in place of the latest.
    #[must_use]
    pub fn latest(&self) -> TreeHead {
        self.0.head()
    }

    /// The checkpoint, for a caller whose record is durable by now. To cosign before is to risk cosigning a smaller or
    /// another tree after a crash.
    pub fn recorded(self) -> VerifiedCheckpoint {
        self.0
    }
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is not a request.
    Malformed(Error),
    /// No such log is known here.
    UnknownLog,
    /// No signature by a trusted key of the log, or one that does not verify.
    NotSigned(Error),
    /// The old size is above the new one.
    OldSizeAbove,
    /// The old size is not the one on record, which is this.
    Stale(TreeSize),
    /// The log signed another tree of the size on record: evidence of two histories.
    Fork(TreeSize, Box<VerifiedCheckpoint>),
    /// The proof does not verify; the log may have signed a tree that does not begin with the one on record.
    NotConsistent(Error, Box<VerifiedCheckpoint>),
}

impl Refusal {
    /// The HTTP status that tlog-witness assigns.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::OldSizeAbove => 400,
            Self::NotSigned(_) => 403,
            Self::UnknownLog => 404,
            Self::Stale(_) | Self::Fork(..) => 409,
            Self::NotConsistent(..) => 422,
        }
    }

    /// The size on record, which is the body of an answer of status 409, of [`SIZE_CONTENT_TYPE`].
    #[must_use]
    pub fn size(&self) -> Option<TreeSize> {
        match self {
            Self::Stale(size) | Self::Fork(size, _) => Some(*size),
            _ => None,
        }
    }
}

/// What a witness answered, as its client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It cosigned; lines by keys that the client does not know count for nothing.
    Cosigned(Vec<NoteSignature>),
    /// It has another checkpoint on record than the client thought; the client proves from there.
    Conflict(TreeSize),
    /// It refused, with this status.
    Refused(u16),
}

impl Answer {
    /// Reads an answer by its status, content type and body.
    ///
    /// # Errors
    /// [`Error::NoteMalformed`], [`Error::RequestMalformed`] when the body is not what the status promises;
    /// [`schemas::Error::TooLong`].
    pub fn parse(status: u16, content_type: &str, body: &[u8]) -> Result<Self, Error> {
        within("add-checkpoint answer in bytes", body.len(), MAX_NOTE_BYTES)?;
        let text = core::str::from_utf8(body);
        let text = || text.map_err(|_| Error::RequestMalformed("the answer is not UTF-8"));
        match status {
            200 => Ok(Self::Cosigned(NoteSignature::parse_lines(text()?)?)),
            409 if content_type == SIZE_CONTENT_TYPE => {
                let size = text()?.strip_suffix('\n').and_then(decimal);
                let size = size.ok_or(Error::RequestMalformed("the answer is not a size"))?;
                Ok(Self::Conflict(TreeSize(size)))
            }
            status => Ok(Self::Refused(status)),
        }
    }
}

#[cfg(test)]
mod tests;
