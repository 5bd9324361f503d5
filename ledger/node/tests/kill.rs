//! The real process on the real disk, killed at random moments: it always starts again and has all that it acknowledged.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::{Cooperative, Issuer, Signed, bind, place};
use ledger::tile::{Level, TILE_WIDTH, Tile};
use ledger_node::{Error, Log, LogConfig, Witness, WitnessConfig, storage::LocalFiles};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep};

const MEMBERS: usize = 3;
const WRITERS: u32 = 4;
/// Where the child finds its task.
const TASK: &str = "ATTEST_TEST_KILL_TASK";

/// What the child runs.
#[derive(Serialize, Deserialize)]
struct Task {
    log: (SocketAddr, PathBuf, LogConfig),
    witnesses: Vec<(SocketAddr, PathBuf, WitnessConfig)>,
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_twenty_times() {
    survive(20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute or two"]
async fn killed_two_hundred_times() {
    survive(200).await;
}

/// Not a test: the process that is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the others"]
async fn child() {
    let Some(task) = std::env::var_os(TASK) else {
        return;
    };
    let task: Task = serde_json::from_slice(&fs::read(task).unwrap()).unwrap();
    for (address, folder, config) in task.witnesses {
        let witness = Witness::open(&config, Arc::new(LocalFiles::open(&folder).unwrap())).unwrap();
        tokio::spawn(witness.run(bind(address).await, std::future::pending()));
    }
    let (address, folder, config) = task.log;
    let storage = Arc::new(LocalFiles::open(&folder).unwrap());
    let log = match Log::open(&config, storage.clone()) {
        // The first process was killed before it had made the log.
        Err(Error::LogMissing) => {
            Log::create(&config, storage.clone()).unwrap();
            Log::open(&config, storage)
        }
        opened => opened,
    };
    log.unwrap_or_else(|error| panic!("{error}"))
        .run(bind(address).await, std::future::pending())
        .await
        .unwrap();
}

fn spawn(task: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored", "--nocapture"])
        .env(TASK, task)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// What the log acknowledged, by index.
type Acknowledged = Arc<Mutex<BTreeMap<u64, Vec<u8>>>>;

async fn survive(kills: usize) {
    let members = Arc::new(Cooperative::new(MEMBERS, MEMBERS).await);
    let witnesses = members.witnesses.iter();
    let task = Task {
        log: (members.log_address, members.log_folder(), members.log_config()),
        witnesses: witnesses
            .map(|member| (member.address, member.folder.clone(), member.config.clone()))
            .collect(),
    };
    let path = members.folder.path().join("task.json");
    fs::write(&path, serde_json::to_vec(&task).unwrap()).unwrap();

    let (done, acknowledged) = (Arc::new(AtomicBool::new(false)), Acknowledged::default());
    let writers = (1..=WRITERS).map(|number| {
        let members = Arc::clone(&members);
        tokio::spawn(write(
            members,
            number,
            Arc::clone(&done),
            Arc::clone(&acknowledged),
        ))
    });
    let writers: Vec<_> = writers.collect();

    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut seen = 0;
    for kill in 0..kills {
        let mut process = spawn(&path);
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        // While it starts, or once it is under way.
        if kill > 0 && !random.is_multiple_of(4) {
            seen = check(&members, &mut process, &acknowledged, seen).await;
        }
        sleep(Duration::from_millis((random >> 8) % 250)).await;
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let mut process = spawn(&path);
    check(&members, &mut process, &acknowledged, seen).await;
    done.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let size = check(&members, &mut process, &acknowledged, seen).await;
    process.kill().unwrap();
    process.wait().unwrap();
    let acknowledged = acknowledged.lock().unwrap().len();
    println!("killed {kills} times: {acknowledged} entries acknowledged, {size} published, none lost");
    assert!(acknowledged > kills, "only {acknowledged} entries");
}

/// An issuer that appends batch after batch, each again until it is acknowledged.
async fn write(members: Arc<Cooperative>, number: u32, done: Arc<AtomicBool>, acknowledged: Acknowledged) {
    let (mut issuer, event) = Issuer::new(&members.registrar, number);
    let mut next = event;
    while !done.load(Ordering::Relaxed) {
        match attempt(&members, &next).await {
            Some((index, size)) => {
                assert!(index < size);
                let entry = next.entry.encode().to_vec();
                let earlier = acknowledged.lock().unwrap().insert(index, entry);
                assert_eq!(earlier, None, "index {index} was given twice");
                next = issuer.batch();
            }
            None => sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn attempt(members: &Cooperative, entry: &Signed) -> Option<(u64, u64)> {
    let body = serde_json::json!({ "entries": [entry.to_json()] }).to_string();
    let response = members
        .http
        .post(members.url("/entries"))
        .body(body)
        .send()
        .await
        .ok()?;
    let status = response.status();
    let answer: serde_json::Value = response.json().await.ok()?;
    match status {
        StatusCode::OK => Some(place(&answer["entries"][0])),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => None,
        other => panic!("{other}: {answer}"),
    }
}

/// The process starts, and its published tree has every entry that was acknowledged. Returns its size.
async fn check(members: &Cooperative, process: &mut Child, acknowledged: &Acknowledged, seen: u64) -> u64 {
    let expected = acknowledged.lock().unwrap().clone();
    let start = Instant::now();
    let checkpoint = loop {
        assert_eq!(process.try_wait().unwrap(), None, "the process refused to start");
        if let Ok(response) = members.http.get(members.url("/checkpoint")).send().await
            && response.status() == StatusCode::OK
            && let Ok(bytes) = response.bytes().await
        {
            let checkpoint = ledger::checkpoint::SignedCheckpoint::parse(&bytes).unwrap();
            break members.policy.verify(&checkpoint).unwrap();
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "the log publishes nothing"
        );
        sleep(Duration::from_millis(10)).await;
    };
    let size = checkpoint.checkpoint().head().size;
    assert!(
        size.0 >= seen,
        "what was published has shrunk from {seen} to {}",
        size.0
    );
    let mut entries = Vec::new();
    for index in 0..size.0.div_ceil(TILE_WIDTH) {
        let bundle = Tile::in_tree(Level::Entries, index, size).unwrap();
        let (status, bytes) = members.get(&format!("/{bundle}")).await;
        assert_eq!(status, StatusCode::OK, "{bundle}");
        entries.extend(bundle.entries(&bytes).unwrap().into_iter().map(<[u8]>::to_vec));
    }
    let leaves: Vec<_> = entries
        .iter()
        .map(|entry| ledger::merkle::leaf_hash(entry))
        .collect();
    assert_eq!(
        ledger::merkle::root_of(&leaves),
        checkpoint.checkpoint().head().root
    );
    for (index, entry) in expected {
        assert_eq!(
            usize::try_from(index).ok().and_then(|index| entries.get(index)),
            Some(&entry),
            "entry {index} was acknowledged"
        );
    }
    size.0
}
