//! Where a tile is served, below the log's prefix (tlog-tiles, "Merkle Tree" and "Log entries").

use super::{Level, MAX_LEVEL, TILE_WIDTH, Tile};
use crate::Error;
use core::{fmt, str::FromStr};

impl fmt::Display for Tile {
    /// `tile/<L>/<N>[.p/<W>]`, with the index in groups of three digits: 1234067 is `x001/x234/067`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::Hashes(level) => write!(f, "tile/{level}/")?,
            Level::Entries => f.write_str("tile/entries/")?,
        }
        let groups = self.index.checked_ilog(1000).unwrap_or(0);
        for group in (1..=groups).rev() {
            write!(f, "x{:03}/", self.index / 1000u64.pow(group) % 1000)?;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{}", self.width)
        }
    }
}

impl FromStr for Tile {
    type Err = Error;

    /// Reads the path of a tile or bundle. There is one path for each tile.
    fn from_str(path: &str) -> Result<Self, Error> {
        parse(path)
            .filter(|tile| tile.to_string() == path)
            .ok_or(Error::TilePathMalformed)
    }
}

/// Reads the parts of a path; the caller checks that they are written in the one way there is.
fn parse(path: &str) -> Option<Tile> {
    let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let level = match level {
        "entries" => Level::Entries,
        level => Level::Hashes(level.parse().ok().filter(|level| *level <= MAX_LEVEL)?),
    };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok()?),
        None => (rest, TILE_WIDTH),
    };
    let index = index.split('/').try_fold(0u64, |index, group| {
        let digits = group.strip_prefix('x').unwrap_or(group);
        index
            .checked_mul(1000)?
            .checked_add(digits.parse().ok().filter(|group| *group < 1000)?)
    })?;
    let width = Some(width).filter(|width| (1..=TILE_WIDTH).contains(width))?;
    Some(Tile {
        level,
        index,
        width: u16::try_from(width).expect("at most 256"),
    })
}
