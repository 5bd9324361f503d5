//! The disk that this program lies on.

use std::{
    env, fs,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A folder on it: the system's own temporary ones may be in memory.
pub fn folder() -> TempDir {
    let program = env::current_exe().expect("this program");
    tempfile::tempdir_in(program.parent().expect("it is in a folder")).expect("a folder")
}

/// How often in a second it flushes a file that grew by 4 KiB, with nothing else to do.
pub fn flushes(folder: &Path, time: Duration) -> f64 {
    let mut file = fs::File::create(folder.join("flushed")).expect("a file");
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < time {
        file.write_all(&[0; 4096]).expect("the disk has room");
        file.sync_data().expect("a disk");
        count += 1;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}
