//! transparency-dev/merkle's inclusion and consistency proofs, of trees and of subtrees.
//!
//! Its conventions for empty trees are ours: a consistency proof from the empty tree is refused, since it would show
//! nothing; the empty subtree has the root of nothing and is part of every tree; nothing is included in an empty tree.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{
    Error,
    merkle::{
        ConsistencyProof, HashSource, InclusionProof, LeafIndex, Subtree, TreeHead, TreeSize, leaf_hash,
        node_hash, root_of,
    },
};
use schemas::Hash;
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: Base64,
    leaf_hash: Base64,
    proof: Option<Vec<Base64>>,
    #[serde(rename = "desc")]
    _desc: String,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SubtreeInclusion {
    leaf_idx: u64,
    start: u64,
    end: u64,
    root: Base64,
    leaf_hash: Base64,
    proof: Option<Vec<Base64>>,
    #[serde(rename = "desc")]
    _desc: String,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: Base64,
    root2: Base64,
    proof: Option<Vec<Base64>>,
    #[serde(rename = "desc")]
    _desc: String,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SubtreeConsistency {
    start: u64,
    end: u64,
    size: u64,
    root1: Base64,
    root2: Base64,
    proof: Option<Vec<Base64>>,
    #[serde(rename = "desc")]
    _desc: String,
    want_err: bool,
}

#[derive(Deserialize)]
struct Base64(String);

impl Base64 {
    /// No hash has no bytes. Some vectors have hashes of other lengths than 32 bytes, which our types cannot hold either; a
    /// hash of them stands in, so that equal ones stay equal and different ones different.
    fn hash(&self) -> Option<Hash> {
        let bytes = STANDARD.decode(&self.0).expect("vectors are base64");
        let stand_in = || Hash::of(&[b"stands in for ", &bytes]);
        (!bytes.is_empty()).then(|| <[u8; 32]>::try_from(&*bytes).map_or_else(|_| stand_in(), Hash))
    }
}

fn hashes(proof: Option<&Vec<Base64>>) -> Option<Vec<Hash>> {
    proof.into_iter().flatten().map(Base64::hash).collect()
}

fn head(size: u64, root: &Base64) -> Option<TreeHead> {
    Some(TreeHead {
        size: TreeSize(size),
        root: root.hash()?,
    })
}

/// Runs `verifies` on every file below a folder; returns how many there are. Fails at the first surprise.
fn run<T: for<'a> Deserialize<'a>>(
    folder: &Path,
    want_err: impl Fn(&T) -> bool,
    verifies: impl Fn(&T) -> Option<()>,
) -> usize {
    let mut files = Vec::new();
    find(folder, &mut files);
    for file in &files {
        let case: T = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(verifies(&case).is_none(), want_err(&case), "{}", file.display());
    }
    files.len()
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn rfc6962_proofs() {
    let Some(vectors) = common::vectors_for(518) else {
        return;
    };
    let folder = vectors.join("tlog/rfc6962-merkle-proofs/testdata");

    let inclusion = run(
        &folder.join("inclusion"),
        |case: &Inclusion| case.want_err,
        |case| {
            let proof = InclusionProof(hashes(case.proof.as_ref())?);
            let head = head(case.tree_size, &case.root)?;
            let verified = proof.verify(&case.leaf_hash.hash()?, LeafIndex(case.leaf_idx), &head);
            verified.is_ok().then_some(())
        },
    );
    let folder_of_subtrees = folder.join("subtreeinclusion");
    let subtree_inclusion = run(
        &folder_of_subtrees,
        |case: &SubtreeInclusion| case.want_err,
        |case| {
            let subtree = Subtree::new(case.start, case.end).ok()?;
            let proof = InclusionProof(hashes(case.proof.as_ref())?);
            let (leaf, root) = (case.leaf_hash.hash()?, case.root.hash()?);
            let verified = subtree.verify_inclusion(&proof, &leaf, LeafIndex(case.leaf_idx), &root);
            verified.is_ok().then_some(())
        },
    );
    let consistency = run(
        &folder.join("consistency"),
        |case: &Consistency| case.want_err,
        |case| {
            let proof = ConsistencyProof(hashes(case.proof.as_ref())?);
            let (old, new) = (head(case.size1, &case.root1)?, head(case.size2, &case.root2)?);
            proof.verify(&old, &new).is_ok().then_some(())
        },
    );
    let folder_of_subtrees = folder.join("subtreeconsistency");
    let subtree_consistency = run(
        &folder_of_subtrees,
        |case: &SubtreeConsistency| case.want_err,
        |case| {
            let subtree = Subtree::new(case.start, case.end).ok()?;
            let proof = ConsistencyProof(hashes(case.proof.as_ref())?);
            let head = head(case.size, &case.root2)?;
            subtree
                .verify_consistency(&proof, &case.root1.hash()?, &head)
                .ok()
        },
    );

    let counts = [inclusion, subtree_inclusion, consistency, subtree_consistency];
    assert_eq!(counts, [98, 204, 98, 118]);
    println!(
        "rfc6962-merkle-proofs: {total} of {total} cases met",
        total = counts.iter().sum::<usize>()
    );
}

/// Every subtree of every tree of up to 130 leaves, where leaf i is the byte i (draft-ietf-plants-merkle-tree-certs,
/// appendix "Subtree Test Vectors").
#[test]
fn subtree_vectors() {
    #[derive(Deserialize)]
    struct File {
        accumulated: Accumulated,
    }
    #[derive(Deserialize)]
    struct Accumulated {
        subtree_hashes: String,
        subtree_inclusion_proofs: String,
        subtree_consistency_proofs: String,
    }
    let Some(vectors) = common::vectors_for(3) else {
        return;
    };
    let bytes = std::fs::read(vectors.join("tlog/mtc-subtree-vectors/vectors.json")).unwrap();
    let File { accumulated } = serde_json::from_slice(&bytes).unwrap();

    let leaves: Vec<Hash> = (0..130u8).map(|i| leaf_hash(&[i])).collect();
    let source = Levels::of(&leaves);
    let subtrees = |size: u64| {
        (0..=size)
            .flat_map(|end| (0..=end).map(move |start| (start, end)))
            .filter_map(|(start, end)| Some((start, end, Subtree::new(start, end).ok()?)))
    };
    let (mut roots, mut inclusions, mut consistencies) = (String::new(), String::new(), String::new());
    for (start, end, subtree) in subtrees(130) {
        let inside = &leaves[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()];
        roots += &format!("[{start}, {end}) {}\n", root_of(inside));
        for index in start..end {
            let proof = subtree.inclusion_proof(&source, LeafIndex(index)).unwrap();
            inclusions += &format!("{index} [{start}, {end}){}\n", spaced(&proof.0));
        }
    }
    for size in 0..=130 {
        for (start, end, subtree) in subtrees(size) {
            let proof = subtree.consistency_proof(&source, TreeSize(size)).unwrap();
            consistencies += &format!("[{start}, {end}) {size}{}\n", spaced(&proof.0));
        }
    }
    assert_eq!(
        Hash::of(&[roots.as_bytes()]).to_string(),
        accumulated.subtree_hashes
    );
    assert_eq!(
        Hash::of(&[inclusions.as_bytes()]).to_string(),
        accumulated.subtree_inclusion_proofs
    );
    assert_eq!(
        Hash::of(&[consistencies.as_bytes()]).to_string(),
        accumulated.subtree_consistency_proofs
    );
    println!("mtc-subtree-vectors: 3 of 3 accumulated hashes met");
}

/// The roots of all complete subtrees, level by level.
struct Levels(Vec<Vec<Hash>>);

impl Levels {
    fn of(leaves: &[Hash]) -> Self {
        let parents = |level: &Vec<Hash>| -> Option<Vec<Hash>> {
            let pairs = level.chunks_exact(2);
            (level.len() > 1).then(|| pairs.map(|pair| node_hash(&pair[0], &pair[1])).collect())
        };
        Self(std::iter::successors(Some(leaves.to_vec()), parents).collect())
    }
}

impl HashSource for Levels {
    fn node(&self, level: u8, index: u64) -> Result<Hash, Error> {
        Ok(self.0[usize::from(level)][usize::try_from(index).expect("a small tree")])
    }
}

fn spaced(hashes: &[Hash]) -> String {
    hashes.iter().map(|hash| format!(" {hash}")).collect()
}
