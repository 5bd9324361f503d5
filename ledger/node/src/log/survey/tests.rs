use super::{
    super::{
        simulation::CAST,
        tree::{Addition, Tree},
    },
    *,
};
use crate::storage::{
    Disk as _, Files,
    simulated::{Dice, Fault as Misfortune, SimulatedDisk},
};
use ledger::note::SignerKey;
use schemas::{Hash, UnixTime};
use std::{collections::BTreeMap, sync::Arc};

/// A log on a disk, what it looked like when it was whole, and its mirror.
struct World {
    disk: SimulatedDisk,
    whole: BTreeMap<String, Vec<u8>>,
    mirror: Mirror,
}

#[derive(Clone, Default)]
struct Mirror(BTreeMap<String, Vec<u8>>);

impl Source for Mirror {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.get(path).cloned())
    }
}

fn on(disk: &SimulatedDisk) -> Arc<dyn Storage> {
    Arc::new(Files::on(disk.clone()).unwrap())
}

fn additions(from: u64, count: u64) -> Vec<Addition> {
    let entry = |n| Addition {
        entry: format!("entry {n}").into_bytes(),
        object: None,
    };
    (from..from + count).map(entry).collect()
}

/// Signed by the log and two of its three witnesses.
fn cosigned(signed: &VerifiedCheckpoint) -> Vec<u8> {
    let mut note = signed.signed().clone();
    for witness in &CAST.cosigners[..2] {
        let line = witness.cosign(signed, UnixTime(1_700_000_000)).unwrap();
        note.add(line).unwrap();
    }
    note.to_string().into_bytes()
}

impl World {
    /// A log that grew in these steps, of which the last is not published. Its second entry speaks of an object, and it has
    /// kept evidence.
    fn grown(steps: &[u64]) -> Self {
        let disk = SimulatedDisk::new(1);
        let storage = on(&disk);
        let mut tree = Tree::create(Arc::clone(&storage), CAST.log.clone(), b"entry 0".to_vec()).unwrap();
        let first = &CAST.submissions[0];
        let object = first.object.clone().unwrap();
        tree = tree
            .append(vec![Addition {
                entry: first.entry.clone(),
                object: Some(File::once(files::object(&Hash::of(&[&object])), object)),
            }])
            .unwrap();
        let mut published = cosigned(tree.signed());
        for step in steps {
            published = cosigned(tree.signed());
            let size = tree.signed().head().size.0;
            tree = tree.append(additions(size, *step)).unwrap();
        }
        storage
            .write(&[File::next(files::checkpoint(), published)])
            .unwrap();
        let said = evidence::Evidence {
            size: 2,
            entry: CAST.submissions[1].entry.clone(),
            object: None,
        };
        evidence::write(&*storage, &said).unwrap();
        let whole: BTreeMap<String, Vec<u8>> = disk
            .paths()
            .into_iter()
            .map(|path| (path.clone(), disk.read(&path).unwrap().unwrap()))
            .collect();
        let mut mirror = Mirror(whole.clone());
        mirror
            .0
            .retain(|path, _| path != "head" && !path.starts_with("evidence"));
        Self { disk, whole, mirror }
    }

    fn survey(&self, mirror: Option<&Mirror>) -> Result<Survey, Error> {
        let source = mirror.map(|mirror| -> &dyn Source { mirror });
        survey(&*on(&self.disk), CAST.log.verifier(), &CAST.policy, source)
    }

    fn check(&self) -> Survey {
        self.survey(None).unwrap()
    }

    fn open(&self) -> Result<TreeHead, Error> {
        let tree = Tree::open(on(&self.disk), CAST.log.clone(), &mut |_, _| Ok(()))?;
        evidence::read(&*on(&self.disk))?;
        Ok(tree.signed().head())
    }

    fn damage(&self, path: &str, how: usize) {
        match how {
            0 => self.disk.damage(path, |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 4;
            }),
            1 => self.disk.damage(path, |bytes| bytes.truncate(bytes.len() / 2)),
            2 => self.disk.damage(path, |bytes| bytes[0] ^= 0x80),
            _ => self.disk.remove(path).unwrap(),
        }
    }

    fn restore(&self) {
        for path in self.disk.paths() {
            self.disk.remove(&path).unwrap();
        }
        for (path, bytes) in &self.whole {
            self.disk.write(path, bytes).unwrap();
        }
    }
}

const STEPS: [u64; 8] = [1, 252, 1, 1, 1, 300, 9, 1];

#[test]
fn a_whole_log_has_no_faults() {
    let world = World::grown(&STEPS);
    let survey = world.check();
    assert_eq!((survey.entries, survey.published), (568, Some(567)));
    assert_eq!((&survey.faults, &survey.repaired), (&vec![], &vec![]));
    let again = world.survey(Some(&world.mirror)).unwrap();
    assert_eq!(again, survey);
}

/// Each file of the log, with a bit flipped, cut off, or gone.
#[test]
fn any_damage_is_found_and_mended_from_a_mirror() {
    for steps in [&STEPS[..], &[254, 256], &[254], &[3]] {
        let world = World::grown(steps);
        let head = world.open().unwrap();
        for (path, whole) in &world.whole {
            for how in 0..4 {
                world.restore();
                world.damage(path, how);
                let head_now = world.disk.read("head").unwrap().unwrap_or_default();
                let decided = Head::note(&head_now) == Head::note(&world.whole["head"]);
                let found = world.check();
                let named = found.faults.iter().any(|fault| fault.name.as_str() == path);
                // What is gone and not needed is no fault.
                assert!(
                    named || how == 3 && world.open().is_ok(),
                    "{path} {how}: {found:?}"
                );
                let harmless = found.faults.is_empty();
                let others = found
                    .faults
                    .iter()
                    .filter(|fault| fault.name.as_str() != path)
                    .count();
                assert_eq!(others, 0, "{path} {how}: {found:?}");

                let mended = world.survey(Some(&world.mirror)).unwrap();
                let left: Vec<_> = mended
                    .faults
                    .iter()
                    .map(|fault| (fault.name.as_str(), fault.cure))
                    .collect();
                let now = world.disk.read(path).unwrap();
                match path.as_str() {
                    // What was decided is all that counts of it.
                    "head" if decided => assert_eq!(left, [], "{how}"),
                    "head" => assert_eq!(left, [("head", Cure::Backup)], "{how}"),
                    path if path.starts_with("evidence") => {
                        assert!(left == [(path, Cure::Backup)] || how == 3, "{left:?}");
                    }
                    _ => {
                        assert!(left.is_empty(), "{path} {how}: {left:?}");
                        assert!(harmless || now.as_ref() == Some(whole), "{path} {how}");
                    }
                }
                match left.is_empty() {
                    true => assert_eq!(world.open().unwrap(), head, "{path} {how}"),
                    false => drop(world.open().unwrap_err()),
                }
            }
        }
    }
}

#[test]
fn any_number_of_files_is_mended_together() {
    let world = World::grown(&STEPS);
    let head = world.open().unwrap();
    for seed in 0..300 {
        let mut dice = Dice(seed);
        world.restore();
        let most = 1 + dice.below(12);
        let mut hit = Vec::new();
        for path in world
            .whole
            .keys()
            .filter(|path| *path != "head" && !path.starts_with("evidence"))
        {
            if dice.below(12) < most {
                world.damage(path, dice.below(4));
                hit.push(path);
            }
        }
        let mended = world
            .survey(Some(&world.mirror))
            .unwrap_or_else(|error| panic!("seed {seed}, {hit:?}: {error}"));
        assert_eq!(mended.faults, [], "seed {seed}: {hit:?}");
        assert_eq!(world.open().unwrap(), head);
        let again = world.check();
        assert_eq!(again.faults, [], "seed {seed}");
    }
}

#[test]
fn a_crash_is_no_damage() {
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let world = World::grown(&[3, 250]);
        let tree = Tree::open(on(&world.disk), CAST.log.clone(), &mut |_, _| Ok(())).unwrap();
        world.disk.arm(
            dice.roll() % 40,
            [Misfortune::Error, Misfortune::Kill, Misfortune::PowerLoss][dice.below(3)],
        );
        let size = tree.signed().head().size.0;
        drop(tree.append(additions(size, [1, 2, 300][dice.below(3)])));
        world.disk.restart();
        let survey = world.check();
        assert_eq!(survey.faults, [], "seed {seed}");
        assert_eq!(survey.entries, world.open().unwrap().size.0);
    }
}

#[test]
fn a_mirror_that_does_not_fit_changes_nothing() {
    let world = World::grown(&STEPS);
    let older = World::grown(&STEPS[..5]);
    let larger = {
        let mut steps = STEPS.to_vec();
        steps.extend([7, 1]);
        World::grown(&steps)
    };
    world.damage("tile/entries/001", 0);
    let damaged: Vec<_> = world
        .disk
        .paths()
        .iter()
        .map(|path| world.disk.read(path).unwrap())
        .collect();
    let refused = |mirror: &Mirror, code: &str| {
        let refusal = world.survey(Some(mirror)).unwrap_err();
        assert_eq!(refusal.code(), code, "{refusal}");
        let now: Vec<_> = world
            .disk
            .paths()
            .iter()
            .map(|path| world.disk.read(path).unwrap())
            .collect();
        assert!(now == damaged, "{code}: something was written");
    };
    // It is behind: what is needed cannot be had, and what can be had is mended.
    let survey = world.survey(Some(&older.mirror)).unwrap();
    let left: Vec<_> = survey.faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!((left, survey.repaired.len()), (vec!["tile/entries/001"], 0));
    // The log here has forgotten what it signed.
    refused(&larger.mirror, "mirror-ahead");
    // Another log's.
    let mut foreign = world.mirror.clone();
    let stranger = SignerKey::from_seed("example.com/other".parse().unwrap(), &[9; 32]);
    let checkpoint =
        ledger::checkpoint::Checkpoint::new(stranger.verifier().name(), world.open_head()).sign(&stranger);
    foreign
        .0
        .insert("checkpoint".into(), checkpoint.to_string().into_bytes());
    refused(&foreign, "mirror-foreign");
    // Of another history, under this log's key.
    let mut other = world.mirror.clone();
    let root = Hash([7; 32]);
    let lie = TreeHead {
        size: TreeSize(500),
        root,
    };
    let checkpoint = ledger::checkpoint::Checkpoint::new(CAST.log.verifier().name(), lie);
    let checkpoint = checkpoint.sign_with(|note| CAST.log.sign(note)).unwrap();
    other
        .0
        .insert("checkpoint".into(), checkpoint.to_string().into_bytes());
    refused(&other, "mirror-unfit");
    // It lies about the very entries: nobody else knows them, if their tile is gone too.
    world.damage("tile/0/001", 3);
    let damaged: Vec<_> = world
        .disk
        .paths()
        .iter()
        .map(|path| world.disk.read(path).unwrap())
        .collect();
    let mut lying = world.mirror.clone();
    lying.0.get_mut("tile/entries/001").unwrap()[9] ^= 1;
    let survey = world.survey(Some(&lying)).unwrap();
    let left: Vec<_> = survey.faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(
        (left, survey.repaired.len()),
        (vec!["tile/entries/001", "tile/0/001"], 0)
    );
    let now: Vec<_> = world
        .disk
        .paths()
        .iter()
        .map(|path| world.disk.read(path).unwrap())
        .collect();
    assert!(now == damaged);
}

impl World {
    fn open_head(&self) -> TreeHead {
        let bytes = self.whole["head"].clone();
        SignedCheckpoint::parse(Head::note(&bytes).unwrap())
            .unwrap()
            .unverified()
            .head()
    }
}

#[test]
fn without_anything_signed_there_is_nothing_to_hold_against() {
    let world = World::grown(&STEPS);
    world.damage("head", 3);
    let survey = world.survey(Some(&world.mirror)).unwrap();
    assert_eq!((survey.entries, survey.faults.len()), (567, 1), "{survey:?}");
    assert_eq!(
        (survey.faults[0].name.as_str(), survey.faults[0].cure),
        ("head", Cure::Backup)
    );
    world.damage("checkpoint", 0);
    assert_eq!(world.survey(None).unwrap_err().code(), "storage-damaged");
    world.damage("checkpoint", 3);
    assert_eq!(world.survey(None).unwrap_err().code(), "log-missing");
}

/// An older copy of `head`, as from a careless backup, is found by the files of the larger tree, or by the mirror.
#[test]
fn an_older_head_is_not_mended() {
    let world = World::grown(&STEPS);
    let older = World::grown(&STEPS[..7]);
    let head = older.whole["head"].clone();
    world.disk.damage("head", |bytes| *bytes = head);
    let survey = world.check();
    assert!(
        survey.faults.iter().all(|fault| fault.cure == Cure::Backup) && !survey.faults.is_empty(),
        "{survey:?}"
    );
    world.open().unwrap_err();
}
