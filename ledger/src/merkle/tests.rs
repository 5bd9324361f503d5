use super::*;
use proptest::prelude::*;

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

/// The Merkle Tree Hash as RFC 9162 section 2.1.1 writes it.
fn tree_hash(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(&[]),
        [leaf] => *leaf,
        _ => {
            let k = leaves.len().next_power_of_two() / 2;
            node_hash(&tree_hash(&leaves[..k]), &tree_hash(&leaves[k..]))
        }
    }
}

fn head(leaves: &[Hash]) -> TreeHead {
    TreeHead {
        size: TreeSize(leaves.len() as u64),
        root: tree_hash(leaves),
    }
}

/// Every copy of a proof with one bit changed in each hash, one hash less or one more.
fn damaged(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all: Vec<Vec<Hash>> = (0..proof.len())
        .map(|at| {
            let mut copy = proof.to_vec();
            copy[at].0[at % 32] ^= 1 << (at % 8);
            copy
        })
        .collect();
    all.extend((0..proof.len()).map(|at| [&proof[..at], &proof[at + 1..]].concat()));
    all.extend((0..=proof.len()).map(|at| [&proof[..at], &[empty_root()], &proof[at..]].concat()));
    all
}

#[test]
fn the_frontier_computes_the_tree_hash() {
    let leaves = leaves(130);
    let mut frontier = Frontier::default();
    assert_eq!(frontier.head(), TreeHead::empty());
    for (count, leaf) in leaves.iter().enumerate() {
        frontier.append(*leaf);
        assert_eq!(frontier.head(), head(&leaves[..=count]));
        let loaded = Frontier::load(&leaves[..], frontier.size()).unwrap();
        assert_eq!(loaded, frontier);
    }
}

#[test]
fn a_proof_of_nothing_is_no_evidence() {
    let leaves = leaves(3);
    let proof = ConsistencyProof::default();
    let refused = proof.verify(&TreeHead::empty(), &head(&leaves)).unwrap_err();
    assert_eq!(refused.code(), "consistency-invalid");
    let refused = proof.verify(&TreeHead::empty(), &TreeHead::empty()).unwrap_err();
    assert_eq!(refused.code(), "consistency-invalid");
}

#[test]
fn extreme_sizes_return() {
    let leaf = leaf_hash(b"");
    let size = TreeSize(u64::MAX);
    let proof = InclusionProof(vec![leaf; 64]);
    assert!(proof.root(&leaf, LeafIndex(u64::MAX - 1), size).is_err());
    assert!(proof.root(&leaf, LeafIndex(0), size).is_ok());
    let old = TreeHead {
        size: TreeSize(1),
        root: leaf,
    };
    assert!(ConsistencyProof(vec![leaf; 64]).new_root(&old, size).is_ok());
    let old = TreeHead {
        size: TreeSize(1 << 63),
        root: leaf,
    };
    assert!(ConsistencyProof(vec![leaf; 64]).new_root(&old, size).is_err());
    assert!(ConsistencyProof(vec![leaf]).new_root(&old, size).is_ok());
    assert_eq!(
        Subtree::new(1, u64::MAX).unwrap_err().code(),
        "tree-not-a-subtree"
    );
    assert_eq!(Subtree::new(2, 1).unwrap_err().code(), "tree-not-a-subtree");
}

proptest! {
    #[test]
    fn inclusion_proofs_verify_and_damage_refuses(size in 1usize..200, at: prop::sample::Index) {
        let leaves = leaves(size);
        let (head, index) = (head(&leaves), at.index(size));
        let place = LeafIndex(index as u64);
        let proof = InclusionProof::generate(&leaves[..], place, head.size).unwrap();
        let shown = proof.verify(&leaves[index], place, &head).unwrap();
        prop_assert_eq!((shown.leaf(), shown.index(), shown.head()), (leaves[index], place, head));

        for damaged in damaged(&proof.0) {
            prop_assert!(InclusionProof(damaged).verify(&leaves[index], place, &head).is_err());
        }
        let other = Hash::of(&[b"other"]);
        prop_assert!(proof.verify(&other, place, &head).is_err());
        let forged = TreeHead { root: other, ..head };
        prop_assert!(proof.verify(&leaves[index], place, &forged).is_err());
        for other in (0..size as u64).filter(|i| *i != place.0) {
            prop_assert!(proof.verify(&leaves[index], LeafIndex(other), &head).is_err());
        }
        prop_assert!(InclusionProof::generate(&leaves[..], LeafIndex(size as u64), head.size).is_err());
    }

    #[test]
    fn consistency_proofs_verify_and_damage_refuses(size in 1usize..200, at: prop::sample::Index) {
        let leaves = leaves(size);
        let (old, new) = (head(&leaves[..=at.index(size)]), head(&leaves));
        let proof = ConsistencyProof::generate(&leaves[..], old.size, new.size).unwrap();
        let shown = proof.verify(&old, &new).unwrap();
        prop_assert_eq!((shown.earlier(), shown.later()), (old, new));

        for damaged in damaged(&proof.0) {
            prop_assert!(ConsistencyProof(damaged).verify(&old, &new).is_err());
        }
        let other = Hash::of(&[b"other"]);
        let (forged_old, forged_new) = (TreeHead { root: other, ..old }, TreeHead { root: other, ..new });
        prop_assert!(proof.verify(&forged_old, &new).is_err());
        prop_assert!(proof.verify(&old, &forged_new).is_err());
        if old != new {
            prop_assert!(ConsistencyProof::generate(&leaves[..], new.size, old.size).is_err());
            prop_assert!(proof.verify(&new, &old).is_err());
        }
    }

    #[test]
    fn subtree_proofs_verify(start in 0u64..64, length in 1u64..32, more in 0u64..64, at: prop::sample::Index) {
        let start = start * length.next_power_of_two();
        let (end, size) = (start + length, start + length + more);
        let leaves = leaves(usize::try_from(size).unwrap());
        let inside = &leaves[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()];
        let (subtree, root, head) = (Subtree::new(start, end).unwrap(), tree_hash(inside), head(&leaves));

        let proof = subtree.consistency_proof(&leaves[..], head.size).unwrap();
        prop_assert_eq!(subtree.verify_consistency(&proof, &root, &head), Ok(()));
        for damaged in damaged(&proof.0) {
            prop_assert!(subtree.verify_consistency(&ConsistencyProof(damaged), &root, &head).is_err());
        }

        let offset = at.index(inside.len());
        let index = LeafIndex(start + offset as u64);
        let proof = subtree.inclusion_proof(&leaves[..], index).unwrap();
        let shown = subtree.verify_inclusion(&proof, &inside[offset], index, &root).unwrap();
        prop_assert_eq!(shown.index(), LeafIndex(offset as u64));
        prop_assert_eq!(shown.head(), TreeHead { size: TreeSize(length), root });
    }

    #[test]
    fn any_proof_returns(hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70), a: u64, b: u64, c: u64) {
        let hashes: Vec<Hash> = hashes.into_iter().map(Hash).collect();
        let leaf = leaf_hash(b"");
        let _ = InclusionProof(hashes.clone()).root(&leaf, LeafIndex(a), TreeSize(b));
        let _ = ConsistencyProof(hashes.clone()).new_root(&TreeHead { size: TreeSize(a), root: leaf }, TreeSize(b));
        if let Ok(subtree) = Subtree::new(a, b) {
            let head = TreeHead { size: TreeSize(c), root: leaf };
            let _ = subtree.verify_consistency(&ConsistencyProof(hashes), &leaf, &head);
        }
    }
}
