//! Two monitors on the same files, without a lock that holds.

use crate::{
    Error,
    monitor::{Monitor, MonitorConfig, testing::World},
    storage::{Disk as _, Files, StorageError, simulated::SimulatedDisk},
};
use schemas::crypto::{SigningKey as _, aws_lc::SigningKey};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::{net::TcpListener, time};

#[tokio::test]
async fn the_one_that_learns_of_another_ends() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy");
    std::fs::write(&policy, World::new().policy.to_string()).unwrap();
    let mut config = MonitorConfig::new(policy, &SigningKey::generate().unwrap().public());
    config.pace.save_ms = 1_000;
    let disk = SimulatedDisk::new(1);
    let monitor = Monitor::open(&config, Arc::new(Files::on(disk.clone()).unwrap())).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = tokio::spawn(monitor.run(listener, pending()));

    let written = async {
        while disk.read("monitor").unwrap().is_none() {
            time::sleep(Duration::from_millis(50)).await;
        }
    };
    time::timeout(Duration::from_secs(30), written).await.unwrap();
    assert!(!running.is_finished());
    disk.write("tmp/another", b"another").unwrap();
    disk.rename("tmp/another", "monitor").unwrap();
    let ended = time::timeout(Duration::from_secs(30), running).await.unwrap();
    let error = ended.unwrap().unwrap_err();
    assert!(
        matches!(error, Error::Storage(StorageError::Superseded { .. })),
        "{error}"
    );
}
