//! What the chain says of a log that is followed.

use super::*;
use crate::monitor::MonitorChain;
use ledger::{chain::Anchor, merkle::TreeSize};

const ORIGIN: &str = "example.com/log";

/// A monitor that looks at a chain; none in a program without chains.
fn scene() -> Option<Scene> {
    let mut scene = Scene::new();
    let folder = tempfile::tempdir().unwrap();
    let url_file = folder.path().join("url");
    std::fs::write(&url_file, "http://127.0.0.1:1\n").unwrap();
    let address = format!("0x{}", "ab".repeat(20));
    let mut config = MonitorChain {
        url_file,
        chain_id: 7,
        contract: address.clone(),
        stale_ms: 3_600_000,
        anchored_by: BTreeMap::from([(ORIGIN.into(), address)]),
    };
    match config.read(&scene.world.policy) {
        Ok(watching) => scene.core.settings.chain = Some(watching),
        Err(error) => {
            assert_eq!(error.code(), "chain-not-built");
            println!("left out: 1 test of alarms of a chain (needs --features evm)");
            return None;
        }
    }
    config.contract = "0x".into();
    assert_eq!(config.read(&scene.world.policy).err().unwrap().code(), "config");
    config.contract = format!("0x{}", "ab".repeat(20));
    config.anchored_by = BTreeMap::from([("example.com/other".into(), config.contract.clone())]);
    let unknown = config.read(&scene.world.policy).err().unwrap();
    assert!(
        unknown.to_string().contains("no log example.com/other"),
        "{unknown}"
    );
    Some(scene)
}

impl Scene {
    /// The chain's answer now: so many entries of the log, or of another tree, anchored so many seconds ago.
    fn anchored(&mut self, size: u64, is_own: bool, ago: i64) {
        let own = self.core.logs[0].head_at(TreeSize(size));
        let root = own.filter(|_| is_own).map_or(Hash([9; 32]), |own| own.root);
        let head = TreeHead {
            size: TreeSize(size),
            root,
        };
        let time = UnixTime(self.now.0 - ago);
        self.core.anchored(0, Ok(Some(Anchor { head, time })), self.now);
    }

    /// The alarms of the chain after a minute in which all else is well.
    fn alarms(&mut self) -> Vec<&'static str> {
        self.minute();
        let open = self.after(0).into_iter().map(Kind::code);
        open.filter(|code| code.starts_with("chain-")).collect()
    }
}

#[test]
fn the_chain_is_held_against_the_log() {
    let Some(mut scene) = scene() else {
        return;
    };
    // A chain that was not asked yet, or does not answer, is an alarm after three idle intervals, and not before.
    assert!(scene.alarms().is_empty());
    scene.core.anchored(0, Err("chain-unreachable"), scene.now);
    assert!(scene.alarms().is_empty());
    assert!(scene.alarms().is_empty());
    assert_eq!(scene.alarms(), ["chain-silent"]);

    // It answers, and has nothing of the log.
    scene.core.anchored(0, Ok(None), scene.now);
    assert_eq!(scene.alarms(), ["chain-stale"]);
    // It has what the log had, and what is not too old.
    scene.anchored(1, true, 0);
    assert!(scene.alarms().is_empty());
    scene.anchored(2, true, 3_590);
    assert_eq!(scene.alarms(), ["chain-stale"]);

    // It has more than the log shows, for a while; then the log shows it.
    for _ in 0..4 {
        scene.anchored(3, true, 0);
        assert!(scene.alarms().is_empty());
    }
    scene.anchored(3, true, 0);
    assert_eq!(scene.alarms(), ["chain-ahead"]);
    // What was ahead turns out to be another tree.
    let batch = scene.batch(0);
    scene.grow(&[batch]);
    assert_eq!(scene.alarms(), ["chain-differs"]);
    // That stays known, whatever is anchored afterwards.
    scene.anchored(3, true, 0);
    assert_eq!(scene.alarms(), ["chain-differs"]);
}
