//! The members' log and witnesses, and the static files that they publish.

use super::said::Said;
use crate::{Files, case::LogState, seed::seed};
use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{
    checkpoint::{Checkpoint, SignedCheckpoint},
    cosignature::CosignerKey,
    heads::Heads,
    merkle::TreeHead,
    note::{KeyName, SignerKey},
    policy::{Log, Policy, Witness, default_quorum},
    tile::Edge,
};
use schemas::{Hash, UnixTime};
use std::collections::BTreeMap;

/// Ten, of which seven have to cosign.
pub const WITNESSES: usize = 10;

/// A log and its witnesses.
pub struct Members {
    /// The log's key.
    pub log: SignerKey,
    /// The witnesses' keys.
    pub witnesses: Vec<CosignerKey>,
    /// Their other keys, of ML-DSA-44.
    pub post_quantum: Vec<CosignerKey>,
}

/// What a log serves.
#[derive(Clone)]
pub struct Published {
    /// The checkpoint with its signatures.
    pub checkpoint: String,
    /// Tiles, bundles and objects by path.
    pub files: Files,
}

impl Default for Members {
    fn default() -> Self {
        let name = |text: String| text.parse::<KeyName>().expect("a name without spaces");
        let witness = |number| {
            let label = format!("witness {number}");
            CosignerKey::from_seed(name(format!("witness-{number}.example")), &seed(&label))
        };
        let post_quantum = |number| {
            let label = format!("witness {number}, ML-DSA-44");
            CosignerKey::ml_dsa_44_from_seed(name(format!("witness-{number}.example")), &seed(&label))
        };
        Self {
            log: SignerKey::from_seed(name("log.example/attest".into()), &seed("log")),
            witnesses: (0..WITNESSES).map(witness).collect(),
            post_quantum: (0..WITNESSES).map(post_quantum).collect(),
        }
    }
}

impl Members {
    /// What verifiers know of them.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let log = Log {
            key: self.log.verifier(),
            url: None,
        };
        let witnesses = |keys: &[CosignerKey], suffix: &str| -> Vec<Witness> {
            let witness = |(number, key): (usize, &CosignerKey)| Witness {
                name: format!("member-{number}{suffix}"),
                key: key.key().clone(),
                url: None,
            };
            keys.iter().enumerate().map(witness).collect()
        };
        let quorum = default_quorum(WITNESSES);
        Policy::new(vec![log], witnesses(&self.witnesses, ""), quorum)
            .and_then(|policy| {
                policy.with_post_quantum(witnesses(&self.post_quantum, "-post-quantum"), quorum)
            })
            .expect("seven of ten different keys")
    }

    /// The log of these entries, cosigned by the first `cosigners` witnesses, so that a verifier knows it as of `as_of`.
    #[must_use]
    pub fn publish(&self, said: &[Said], as_of: UnixTime, cosigners: usize) -> Published {
        let (head, files) = grown(said);
        let checkpoint = Checkpoint::new(self.log.verifier().name(), head).sign(&self.log);
        Published {
            checkpoint: self.cosigned(checkpoint, as_of, cosigners).to_string(),
            files,
        }
    }

    /// The same with the files that post-quantum doors read: the heads, and a checkpoint that `cosigners` witnesses cosigned with
    /// ML-DSA-44 too.
    #[must_use]
    pub fn publish_post_quantum(
        &self,
        said: &[Said],
        as_of: UnixTime,
        heads: &Heads,
        cosigners: usize,
    ) -> Published {
        let mut published = self.publish(said, as_of, WITNESSES);
        let checkpoint = SignedCheckpoint::parse(published.checkpoint.as_bytes()).expect("made here");
        let whole = add(&self.post_quantum[..cosigners], checkpoint, as_of, &self.log);
        published
            .files
            .insert("checkpoint-post-quantum".into(), whole.to_string().into_bytes());
        published.files.insert("heads".into(), heads.encode());
        published
    }

    /// Adds cosignatures a second apart, of which the fourth newest is of `as_of`: a quorum of seven vouches for it.
    ///
    /// # Panics
    /// On a checkpoint that the log did not sign.
    #[must_use]
    pub fn cosigned(
        &self,
        checkpoint: SignedCheckpoint,
        as_of: UnixTime,
        cosigners: usize,
    ) -> SignedCheckpoint {
        add(&self.witnesses[..cosigners], checkpoint, as_of, &self.log)
    }
}

fn add(
    witnesses: &[CosignerKey],
    mut checkpoint: SignedCheckpoint,
    as_of: UnixTime,
    log: &SignerKey,
) -> SignedCheckpoint {
    let verified = checkpoint.verify(&[log.verifier()]).expect("the log signed it");
    let newest = as_of.plus(i64::try_from(WITNESSES - default_quorum(WITNESSES)).expect("three"));
    for (age, witness) in (0..).zip(witnesses) {
        checkpoint
            .add(witness.cosign(&verified, newest.plus(-age)))
            .expect("few signatures");
    }
    checkpoint
}

/// The tree and the files of these entries.
#[must_use]
pub fn grown(said: &[Said]) -> (TreeHead, Files) {
    let mut edge = Edge::default();
    let leaves: Vec<&[u8]> = said.iter().map(|said| &*said.leaf).collect();
    let tiles = edge.grow(&leaves).expect("entries are short").into_iter();
    let mut files: Files = tiles.map(|file| (file.tile.to_string(), file.bytes)).collect();
    let objects = said.iter().filter_map(|said| said.object.clone());
    files.extend(objects.map(|object| (format!("object/{}", Hash::of(&[&object])), object)));
    (edge.head(), files)
}

impl Published {
    /// The files in a folder.
    #[must_use]
    pub fn in_folder(&self, folder: &str) -> Files {
        let files = self
            .files
            .iter()
            .map(|(path, bytes)| (format!("{folder}/{path}"), bytes.clone()));
        let checkpoint = (
            format!("{folder}/checkpoint"),
            self.checkpoint.clone().into_bytes(),
        );
        files.chain([checkpoint]).collect()
    }

    /// The files within a vector; tiles of hashes are left out, since a verifier computes them.
    #[must_use]
    pub fn to_state(&self) -> LogState {
        let needed = self.files.iter().filter(|(path, _)| !is_hash_tile(path));
        let files: BTreeMap<String, String> = needed
            .map(|(path, bytes)| (path.clone(), STANDARD.encode(bytes)))
            .collect();
        LogState {
            checkpoint: self.checkpoint.clone(),
            files,
        }
    }
}

fn is_hash_tile(path: &str) -> bool {
    path.strip_prefix("tile/")
        .is_some_and(|rest| !rest.starts_with("entries/"))
}
