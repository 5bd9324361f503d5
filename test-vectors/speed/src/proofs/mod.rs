//! Proofs built from a log's tiles, for logs of a thousand to a hundred million entries.

mod curve;
mod trees;

use crate::{contest::quantile, disk, scale::Scale, table::Row};
use curve::Point;
use ledger::{
    Error,
    merkle::{ConsistencyProof, Frontier, HashSource, InclusionProof, LeafIndex, TreeHead, TreeSize},
    tile::{Tile, TileSource},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use schemas::Hash;
use std::{fs, ops::RangeInclusive, time::Instant};
use trees::{Stored, Tiles, Uniform};

/// The sizes of the rows.
const ROWS: [u64; 3] = [1_000, 1_000_000, 100_000_000];
/// How many times as much as the logarithm of the size the cost may grow.
const GROWTH: f64 = 2.0;
/// Proofs in a row of one tree, before the next has its turn.
const IN_A_ROW: usize = 16;
/// Where the picture goes.
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/proofs.svg");

/// The rows of the proofs, and their curve as a picture.
pub fn measure(scale: &Scale) -> (Vec<Row>, String) {
    // 1. Trees whose tiles are made when they are read, for the rows, and for the curve of every size: what the right edge
    //    of one size costs says nothing of the next. And some whose tiles are files.
    let uniform = Uniform::new();
    let mut made = ROWS.map(|size| Tree::new(size..=size, &uniform));
    let sizes = (0..=20).map(|step| 10f64.powf(3.0 + f64::from(step) / 4.0).round() as u64);
    let mut curve: Vec<Tree<'_>> = sizes
        .map(|size| Tree::new(size - size / 10..=size, &uniform))
        .collect();
    let folder = disk::folder();
    let written = ROWS.into_iter().filter(|size| *size <= scale.stored);
    let written: Vec<Stored> = written
        .map(|size| Stored::write(&folder.path().join(size.to_string()), size))
        .collect();
    let mut stored: Vec<Tree<'_>> = written
        .iter()
        .map(|tree| Tree::new(tree.size()..=tree.size(), tree))
        .collect();

    // 2. Proofs of each in turn, so that whatever slows the machine slows all of them.
    for _ in 0..scale.rounds {
        for tree in made.iter_mut().chain(&mut curve).chain(&mut stored) {
            (0..IN_A_ROW).for_each(|_| tree.prove());
        }
    }
    let made = made.each_mut().map(Tree::point);
    let stored: Vec<Point> = stored.iter_mut().map(Tree::point).collect();
    let rows = [
        row("inclusion", made, &stored, |point| point.inclusion),
        row("consistency", made, &stored, |point| point.consistency),
    ];
    let curve: Vec<Point> = curve.iter_mut().map(Tree::point).collect();
    (rows.into(), curve::draw(&curve))
}

/// Writes the picture to where the README shows it.
pub fn keep(picture: &str) {
    fs::write(PICTURE, picture).expect("the folder of the documents");
}

fn row(what: &str, made: [Point; 3], stored: &[Point], kind: impl Fn(&Point) -> Built) -> Row {
    let list = |points: &[Point], figure: &dyn Fn(Built) -> String| {
        let figures: Vec<String> = points.iter().map(|point| figure(kind(point))).collect();
        figures.join(" / ")
    };
    let microseconds = |built: Built| format!("{:.0}", built.microseconds);
    let growth = kind(&made[2]).microseconds / kind(&made[0]).microseconds;
    let logarithm = (ROWS[2] as f64).ln() / (ROWS[0] as f64).ln();
    Row {
        what: format!("{what} proof built from tiles, 10³ / 10⁶ / 10⁸ entries"),
        figure: format!("{} µs", list(&made, &microseconds)),
        ratio: format!(
            "{growth:.1} × from first to last, log₂ n {logarithm:.1} ×; {} hashes; 10³ / 10⁶ from files: {} µs",
            list(&made, &|built| built.hashes.to_string()),
            list(stored, &microseconds)
        ),
        limit: format!("growth ≤ {GROWTH} × that of log₂ n"),
        holds: growth <= GROWTH * logarithm,
    }
}

/// What it takes to build a proof of one kind.
#[derive(Clone, Copy)]
struct Built {
    /// The median.
    microseconds: f64,
    /// The longest proof's.
    hashes: usize,
}

/// A tree of some size, and what proofs of it took until now.
struct Tree<'a> {
    tiles: &'a dyn Tiles,
    sizes: RangeInclusive<u64>,
    rng: StdRng,
    inclusion: Took,
    consistency: Took,
}

/// The microseconds that each proof took, and the hashes of the longest.
#[derive(Default)]
struct Took {
    microseconds: Vec<f64>,
    hashes: usize,
}

impl<'a> Tree<'a> {
    fn new(sizes: RangeInclusive<u64>, tiles: &'a dyn Tiles) -> Self {
        Self {
            tiles,
            rng: StdRng::seed_from_u64(*sizes.end()),
            sizes,
            inclusion: Took::default(),
            consistency: Took::default(),
        }
    }

    /// Proves that a random entry is in it, and that it goes on from a random earlier size. That this is so is checked,
    /// outside of the time.
    fn prove(&mut self) {
        let size = TreeSize(self.rng.random_range(self.sizes.clone()));
        let source = || source(self.tiles, size);
        let head = self::head(&source(), size);
        let index = LeafIndex(self.rng.random_range(0..size.0));
        let proof = self.inclusion.time(
            || InclusionProof::generate(&source(), index, size),
            |proof| proof.0.len(),
        );
        let included = proof.verify(&self.tiles.leaf(index), index, &head);
        assert!(included.is_ok(), "it is in the tree");

        let old = TreeSize(self.rng.random_range(1..size.0));
        let proof = self.consistency.time(
            || ConsistencyProof::generate(&source(), old, size),
            |proof| proof.0.len(),
        );
        let consistent = proof.verify(&self::head(&source(), old), &head);
        assert!(consistent.is_ok(), "it is the beginning of the tree");
    }

    fn point(&mut self) -> Point {
        Point {
            size: *self.sizes.end(),
            inclusion: self.inclusion.built(),
            consistency: self.consistency.built(),
        }
    }
}

impl Took {
    fn time<T>(&mut self, build: impl FnOnce() -> Result<T, Error>, hashes: impl Fn(&T) -> usize) -> T {
        let start = Instant::now();
        let proof = build().expect("all tiles are there");
        self.microseconds.push(start.elapsed().as_secs_f64() * 1e6);
        self.hashes = self.hashes.max(hashes(&proof));
        proof
    }

    fn built(&mut self) -> Built {
        Built {
            microseconds: quantile(&mut self.microseconds, 0.5),
            hashes: self.hashes,
        }
    }
}

fn head(source: &impl HashSource, size: TreeSize) -> TreeHead {
    Frontier::load(source, size).expect("all tiles are there").head()
}

/// The hashes of a tree; none of them is read yet.
fn source(tiles: &dyn Tiles, size: TreeSize) -> TileSource<impl Fn(Tile) -> Result<Vec<Hash>, Error>> {
    TileSource::new(size, |tile| tiles.read(tile))
}
