use super::{
    simulated::{Dice, Fault, SimulatedDisk},
    *,
};

fn name(path: &str) -> Name {
    Name::new(path)
}

fn file(path: &str, version: u8) -> File {
    File::next(name(path), vec![version; 100])
}

/// What the one caller of a storage may rely on, whatever happens to the disk: what was acknowledged is there, and
/// what was not is there as a whole or not at all.
#[test]
fn acknowledged_files_survive_and_others_are_whole() {
    let mut crashes = 0;
    for seed in 0..4_000 {
        let mut dice = Dice(seed);
        let disk = SimulatedDisk::new(seed);
        let paths = ["a", "b/c", "b/d", "b/e/f"];
        // By path: the version that must be there at least.
        let mut acknowledged = [0u8; 4];
        let mut version = 0;
        for _round in 0..4 {
            let fault = [Fault::Error, Fault::Kill, Fault::PowerLoss][dice.below(3)];
            disk.arm(dice.roll() % 60, fault);
            if let Ok(files) = Files::on(disk.clone()) {
                for _write in 0..3 {
                    version += 1;
                    let chosen: Vec<usize> = (0..4).filter(|_| dice.one_in(2)).collect();
                    let batch: Vec<File> = chosen.iter().map(|&i| file(paths[i], version)).collect();
                    if files.write(&batch).is_ok() {
                        chosen.iter().for_each(|&i| acknowledged[i] = version);
                    }
                }
            }
            crashes += u32::from(disk.is_dead());
            if dice.one_in(2) {
                disk.cut_power();
            }
            disk.restart();
            for (i, path) in paths.iter().enumerate() {
                let bytes = disk.read(path).unwrap().unwrap_or_default();
                let found = bytes.first().copied().unwrap_or(0);
                assert_eq!(
                    bytes,
                    vec![found; if found == 0 { 0 } else { 100 }],
                    "seed {seed}: {path} is torn"
                );
                assert!(
                    found >= acknowledged[i],
                    "seed {seed}: {path} lost version {}",
                    acknowledged[i]
                );
            }
        }
    }
    assert!(crashes > 1_000, "only {crashes} crashes");
}

#[test]
fn a_file_seen_before_a_crash_is_durable_once_written_again() {
    // The process dies between the rename and the flush of the folder; the next one sees the file, writes it again
    // and acts on it; then the power goes.
    let disk = SimulatedDisk::new(1);
    let tile = File::once(name("tile/0"), vec![7; 10]);
    Files::on(disk.clone()).unwrap().write(&[file("x", 1)]).unwrap();
    disk.create_folder("tile").unwrap();
    disk.write("tmp/0", &tile.bytes).unwrap();
    disk.rename("tmp/0", "tile/0").unwrap();
    Files::on(disk.clone())
        .unwrap()
        .write(std::slice::from_ref(&tile))
        .unwrap();
    disk.cut_power();
    disk.restart();
    assert_eq!(disk.read("tile/0").unwrap(), Some(tile.bytes));
}

#[test]
fn what_never_changes_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let files = LocalFiles::open(folder.path()).unwrap();
    let tile = name("tile/0/000");
    files.write(&[File::once(tile.clone(), vec![1])]).unwrap();
    files.write(&[File::once(tile.clone(), vec![1])]).unwrap();
    let error = files.write(&[File::once(tile.clone(), vec![2])]).unwrap_err();
    assert_eq!(error.code(), "storage-differs");
    assert_eq!(files.read(&tile).unwrap(), Some(vec![1]));
}

#[test]
fn local_files_read_what_they_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let files = LocalFiles::open(&folder.path().join("new/folder")).unwrap();
    files
        .write(&[file("b/c", 1), file("b/d", 2), file("a", 3)])
        .unwrap();
    files.write(&[file("b/c", 4)]).unwrap();
    let mut listed = files.list(&name("b")).unwrap();
    listed.sort();
    assert_eq!(listed, [name("b/c"), name("b/d")]);
    assert_eq!(files.read(&name("b/c")).unwrap(), Some(vec![4; 100]));
    assert_eq!(files.read(&name("b/x")).unwrap(), None);
    assert_eq!(files.list(&name("x")).unwrap(), []);
    files.remove(&name("b")).unwrap();
    assert_eq!(files.list(&name("b")).unwrap(), []);
    assert_eq!(files.list(&name("tmp")).unwrap(), []);
}

#[test]
fn a_second_opener_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = LocalFiles::open(folder.path()).unwrap();
    let refusal = LocalFiles::open(folder.path()).unwrap_err();
    assert_eq!(refusal.code(), "storage-locked");
    let text = refusal.to_string();
    assert!(
        text.ends_with("is in use by another process: stop that one first, or choose another folder"),
        "{text}"
    );
    drop(first);
    LocalFiles::open(folder.path()).unwrap();
}
