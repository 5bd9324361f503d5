use super::*;
use crate::merkle::{ConsistencyProof, Frontier, InclusionProof, LeafIndex, TreeHead, leaf_hash};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Files = BTreeMap<Tile, Vec<u8>>;

fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(|i| i.to_string().into_bytes()).collect()
}

/// A log that grew from nothing through these sizes.
fn log(sizes: &[u64]) -> (Edge, Files) {
    let (mut edge, mut files) = (Edge::default(), Files::new());
    for size in sizes {
        let from = edge.head().size.0;
        let written = edge.grow(&entries(from..*size)).unwrap();
        files.extend(written.into_iter().map(|file| (file.tile, file.bytes)));
    }
    (edge, files)
}

fn read(files: &Files) -> impl Fn(Tile) -> Result<Vec<u8>, Error> {
    |tile| files.get(&tile).cloned().ok_or(Error::TileMissing(tile))
}

fn source(files: &Files, size: u64) -> TileSource<impl Fn(Tile) -> Result<Vec<Hash>, Error>> {
    TileSource::new(TreeSize(size), |tile: Tile| tile.hashes(&read(files)(tile)?))
}

fn tile(path: &str) -> Result<Tile, Error> {
    path.parse()
}

#[test]
fn paths_are_those_of_the_specification() {
    let big = Tile::in_tree(Level::Hashes(0), 1_234_067, TreeSize(u64::MAX)).unwrap();
    assert_eq!(big.to_string(), "tile/0/x001/x234/067");
    let paths: Vec<String> = Tile::grown(TreeSize(0), TreeSize(70_000))
        .map(|t| t.to_string())
        .collect();
    let hashes = paths.iter().filter(|path| !path.contains("entries"));
    assert_eq!(hashes.count(), 273 + 1 + 1 + 1 + 1);
    for path in [
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
        "tile/entries/273.p/112",
    ] {
        assert!(paths.contains(&path.to_owned()), "{path}");
    }
    let paths: Vec<String> = Tile::grown(TreeSize(255), TreeSize(256))
        .map(|t| t.to_string())
        .collect();
    assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
}

#[test]
fn a_tile_has_one_path() {
    assert_eq!(
        tile("tile/63/x018/x446/x744/x073/x709/x551/615").unwrap().index(),
        u64::MAX
    );
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/1",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/+1/001",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/x001/x002",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/65536",
        "tile/0/001.p/01",
        "tile/0/001.p/",
        "tile/0/001.p/1/",
        "tile/0/+01",
        "/tile/0/001",
        "tile/data/001",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/entries/001.P/1",
        "tile/0/..",
        "tile/0/%30%30%30",
    ] {
        assert_eq!(tile(path), Err(Error::TilePathMalformed), "{path}");
    }
}

#[test]
fn a_grown_log_is_what_one_growth_writes() {
    let (edge, files) = log(&[0, 1, 3, 255, 256, 257, 600, 1024]);
    let (at_once, files_at_once) = log(&[1024]);
    assert_eq!(edge.head(), at_once.head());
    assert!(
        files_at_once
            .iter()
            .all(|(tile, bytes)| files.get(tile) == Some(bytes))
    );
    let frontier: Frontier = entries(0..1024).iter().map(|entry| leaf_hash(entry)).collect();
    assert_eq!(edge.head(), frontier.head());
    assert_eq!(
        Frontier::load(&source(&files, 1024), TreeSize(1024)),
        Ok(frontier)
    );
}

#[test]
fn a_log_of_three_levels_proves_and_restarts() {
    let (mut edge, mut files) = log(&[65_000, 66_000]);
    let head = edge.head();
    let loaded = Edge::load(&head, read(&files)).unwrap();
    assert_eq!(loaded.head(), head);
    let written = edge.grow(&entries(66_000..66_010)).unwrap();
    assert_eq!(loaded.clone().grow(&entries(66_000..66_010)).unwrap(), written);
    files.extend(written.into_iter().map(|file| (file.tile, file.bytes)));

    let (size, source) = (TreeSize(66_010), source(&files, 66_010));
    for index in [0, 255, 256, 65_535, 65_536, 66_009] {
        let proof = InclusionProof::generate(&source, LeafIndex(index), size).unwrap();
        let leaf = leaf_hash(&entries(index..index + 1)[0]);
        assert!(proof.verify(&leaf, LeafIndex(index), &edge.head()).is_ok());
    }
    let proof = ConsistencyProof::generate(&source, head.size, size).unwrap();
    assert!(proof.verify(&head, &edge.head()).is_ok());
}

#[test]
fn a_log_refuses_to_start_on_another_tree() {
    for size in [1, 256, 300, 512] {
        let (edge, files) = log(&[size]);
        let head = edge.head();
        assert!(Edge::load(&head, read(&files)).is_ok());
        let other = TreeHead {
            root: leaf_hash(b"other"),
            ..head
        };
        assert_eq!(
            Edge::load(&other, read(&files)).unwrap_err().code(),
            "tree-mismatch"
        );
        let last = |level| Tile::in_tree(level, (size - 1) / TILE_WIDTH, head.size).unwrap();
        for damaged in [last(Level::Entries), last(Level::Hashes(0))] {
            let mut files = files.clone();
            *files.get_mut(&damaged).unwrap().last_mut().unwrap() ^= 1;
            assert_eq!(
                Edge::load(&head, read(&files)).unwrap_err().code(),
                "tree-mismatch",
                "{damaged}"
            );
            files.get_mut(&damaged).unwrap().pop();
            assert_eq!(
                Edge::load(&head, read(&files)).unwrap_err().code(),
                "tile-malformed"
            );
            files.remove(&damaged);
            assert_eq!(
                Edge::load(&head, read(&files)).unwrap_err().code(),
                "tile-missing"
            );
        }
    }
    let not_empty = TreeHead {
        root: leaf_hash(b""),
        ..TreeHead::empty()
    };
    assert_eq!(
        Edge::load(&not_empty, read(&Files::new())).unwrap_err().code(),
        "tree-mismatch"
    );
}

#[test]
fn too_long_an_entry_changes_nothing() {
    let (mut edge, _) = log(&[3]);
    let before = edge.head();
    let refused = edge
        .grow(&[vec![0; 1], vec![0; MAX_ENTRY_BYTES + 1]])
        .unwrap_err();
    assert_eq!(refused.code(), "too-long");
    assert_eq!(edge.head(), before);
    assert!(edge.grow(&[vec![0; MAX_ENTRY_BYTES]]).is_ok());
}

#[test]
fn a_client_knows_which_tiles_a_proof_needs() {
    let (_, files) = log(&[66_000]);
    let (index, size) = (LeafIndex(1000), TreeSize(66_000));
    let tiles = needed(size, |source| InclusionProof::generate(source, index, size)).unwrap();
    let fetched: Files = tiles.iter().map(|tile| (*tile, files[tile].clone())).collect();
    let proof = InclusionProof::generate(&source(&fetched, 66_000), index, size).unwrap();
    assert_eq!(
        proof,
        InclusionProof::generate(&source(&files, 66_000), index, size).unwrap()
    );
    let paths: Vec<String> = tiles.iter().map(Tile::to_string).collect();
    assert_eq!(
        paths,
        ["tile/0/003", "tile/0/257.p/208", "tile/1/000", "tile/1/001.p/1"]
    );
}

#[test]
fn a_proof_reads_each_tile_once() {
    let (_, files) = log(&[66_000]);
    let (index, size) = (LeafIndex(1000), TreeSize(66_000));
    let tiles = needed(size, |source| InclusionProof::generate(source, index, size)).unwrap();
    let reads = core::cell::Cell::new(0);
    let counted = TileSource::new(size, |tile: Tile| {
        reads.set(reads.get() + 1);
        tile.hashes(&read(&files)(tile)?)
    });
    let proof = InclusionProof::generate(&counted, index, size).unwrap();
    assert_eq!((proof.0.len(), tiles.len(), reads.get()), (17, 4, 4));
}

proptest! {
    #[test]
    fn reads_the_paths_it_writes(level in prop::option::of(0u8..=63), index: u64, width in 1u16..=256) {
        let level = level.map_or(Level::Entries, Level::Hashes);
        let tile = Tile { level, index, width };
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
    }

    #[test]
    fn any_path_returns(path in "(tile/)?(entries|[0-9]{0,3})/([x0-9/]{0,12})(\\.p/[0-9]{0,4})?") {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn reads_the_bundles_it_writes(entries in prop::collection::vec(any::<Vec<u8>>(), 1..256)) {
        let mut edge = Edge::default();
        let files = edge.grow(&entries).unwrap();
        let tile = Tile::in_tree(Level::Entries, 0, edge.head().size).unwrap();
        let bundle = &files.iter().find(|file| file.tile == tile).unwrap().bytes;
        prop_assert_eq!(tile.entries(bundle).unwrap(), entries.iter().map(|e| &e[..]).collect::<Vec<_>>());
    }

    #[test]
    fn any_bundle_returns(bytes: Vec<u8>, width in 1u16..=256) {
        let tile = Tile { level: Level::Entries, index: 0, width };
        let _ = tile.entries(&bytes);
        let _ = Tile { level: Level::Hashes(0), ..tile }.hashes(&bytes);
    }
}
