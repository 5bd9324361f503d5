//! Writes the test vectors in place of those that are there.

use std::{fs, io};

fn main() -> io::Result<()> {
    let root = generate::folder();
    for folder in generate::FOLDERS {
        match fs::remove_dir_all(root.join(folder)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let files = generate::files();
    for (path, bytes) in &files {
        let path = root.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, bytes)?;
    }
    let bytes: usize = files.values().map(Vec::len).sum();
    println!("{} files, {} kB", files.len(), bytes / 1_000);
    Ok(())
}
