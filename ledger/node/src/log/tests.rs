//! A whole log on a disk that fails.

use super::{
    simulation::{CAST, World},
    *,
};
use crate::{
    Pace, Witness, WitnessConfig,
    storage::{
        Files, LocalFiles,
        simulated::{Fault, SimulatedDisk},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ledger::policy::{self, Policy};
use std::{fs, path::Path, time::Duration};
use tokio::time::sleep;

fn write_key(path: &Path, seed: u8) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, hex::encode([seed; 32])).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_disk_that_fails_delays_entries_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    write_key(&path("log.key"), World::LOG_SEED);
    write_key(&path("witness.key"), World::WITNESS_SEED);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let witness = policy::Witness {
        name: "witness".into(),
        key: CAST.cosigners[0].witness(),
        url: Some(format!("http://{}", listener.local_addr().unwrap())),
    };
    let log = policy::Log {
        key: CAST.log.verifier().clone(),
        url: None,
    };
    let policy = Policy::new(vec![log], vec![witness], 1).unwrap();
    fs::write(path("policy"), policy.to_string()).unwrap();
    let config = WitnessConfig {
        checkpoints_per_second: 1_000,
        ..WitnessConfig::new("example.com/witness-0", path("witness.key"), path("policy"))
    };
    let storage = Arc::new(LocalFiles::open(&path("witness")).unwrap());
    tokio::spawn(
        Witness::open(&config, storage)
            .unwrap()
            .run(listener, std::future::pending()),
    );

    let disk = SimulatedDisk::new(1);
    let storage: Arc<dyn Storage> = Arc::new(Files::on(disk.clone()).unwrap());
    let pace = Pace {
        checkpoint_ms: 5,
        gather_ms: 1,
        idle_ms: 1_000,
        late_ms: 10,
        witness_ms: 2_000,
        retry_ms: 20,
        append_ms: 5_000,
    };
    let config = LogConfig {
        pace,
        ..LogConfig::new(
            "example.com/log",
            path("log.key"),
            path("policy"),
            &CAST.registrar,
        )
    };
    Log::create(&config, Arc::clone(&storage)).unwrap();
    let log = Log::open(&config, storage).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/entries", listener.local_addr().unwrap());
    tokio::spawn(log.run(listener, std::future::pending()));

    let http = reqwest::Client::new();
    let (mut repeated, mut place) = (0, 1);
    for (step, submission) in CAST.submissions.iter().enumerate().take(60) {
        disk.arm(step as u64 % 12, Fault::Error);
        let object = submission.object.as_ref().map(|object| BASE64.encode(object));
        let entry = serde_json::json!({ "entry": BASE64.encode(&submission.entry), "object": object });
        let body = serde_json::json!({ "entries": [entry] }).to_string();
        loop {
            let response = http.post(&url).body(body.clone()).send().await.unwrap();
            let status = response.status();
            let answer: serde_json::Value = response.json().await.unwrap();
            if status == 200 {
                assert_eq!(answer["entries"][0]["index"], place);
                break;
            }
            assert_eq!(status, 503, "{answer}");
            assert!(answer.to_string().contains("log-unavailable"), "{answer}");
            repeated += 1;
            sleep(Duration::from_millis(10)).await;
        }
        place += 1;
    }
    assert!(repeated > 20, "only {repeated} failures were noticed");
}
