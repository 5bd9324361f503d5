//! A log in a real object store over HTTP, from its beginning to a second process that thinks that the log is its own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;
#[path = "common/s3.rs"]
mod s3;

use common::{Cooperative, Issuer, Signed, bind, until};
use ledger::merkle::TreeSize;
use ledger_node::{
    Cure, Error, Log, Source, Trust, mirror,
    storage::{LocalFiles, Place, S3Config, Storage},
};
use s3::S3Server;
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tokio::{sync::oneshot, task::JoinHandle};

/// A folder with static files.
struct Folder(PathBuf);

impl Source for Folder {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(std::fs::read(self.0.join(path)).ok())
    }
}

/// A log over HTTP, for a thread that may wait.
struct Http(String, reqwest::Client, tokio::runtime::Handle);

impl Source for Http {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        self.2.block_on(async {
            let answer = self.1.get(format!("{}/{path}", self.0)).send().await.unwrap();
            match answer.status().as_u16() {
                200 => Ok(Some(answer.bytes().await.unwrap().to_vec())),
                404 => Ok(None),
                status => panic!("{path}: {status}"),
            }
        })
    }
}

struct Process {
    stop: oneshot::Sender<()>,
    done: JoinHandle<Result<(), Error>>,
}

impl Process {
    async fn start(members: &Cooperative, storage: Arc<dyn Storage>, address: SocketAddr) -> Self {
        let log = Log::open(&members.log_config(), storage).unwrap();
        let listener = bind(address).await;
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(log.run(listener, async { drop(stopped.await) }));
        Self { stop, done }
    }

    async fn stop(self) {
        let _ = self.stop.send(());
        self.done.await.unwrap().unwrap();
    }
}

fn batches(issuer: &mut Issuer, count: usize) -> Vec<Signed> {
    (0..count).map(|_| issuer.batch()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_lives_in_an_object_store() {
    let Some(server) = tokio::task::spawn_blocking(|| S3Server::start(1)).await.unwrap() else {
        return;
    };
    let mut members = Cooperative::new(3, 2).await;
    for witness in &mut members.witnesses {
        witness.start().await;
    }
    let open = || Place::from(server.config(Some("a/log"))).open().unwrap();

    // Begin, append, publish.
    Log::create(&members.log_config(), open()).unwrap();
    let again = Log::create(&members.log_config(), open()).unwrap_err();
    assert_eq!(again.code(), "log-exists");
    let log = Process::start(&members, open(), members.log_address).await;
    let mut issuer = members.register(1).await;
    for _ in 0..3 {
        let (status, answer) = members.append(&batches(&mut issuer, 100)).await;
        assert_eq!(status, 200, "{answer}");
    }
    let first = members.checkpoint().await.unwrap().checkpoint().head();
    assert_eq!(first.size, TreeSize(302));
    log.stop().await;

    // Stop, reopen, go on.
    let log = Process::start(&members, open(), members.log_address).await;
    assert_eq!(members.checkpoint().await.unwrap().checkpoint().head(), first);
    assert_eq!(members.appended(&issuer.batch()).await.0, 302);

    // A mirror of it.
    let copy = members.folder.path().join("mirror");
    let source = Http(
        members.url(""),
        members.http.clone(),
        tokio::runtime::Handle::current(),
    );
    let (trust, into) = (Trust::Policy(members.policy.clone()), copy.clone());
    let copied = tokio::task::spawn_blocking(move || {
        mirror(&source, &trust, &LocalFiles::open(&into).unwrap()).unwrap()
    });
    assert_eq!(copied.await.unwrap().entries, 303);
    log.stop().await;

    // Damage is found at the start and by a check, and mended.
    let config = members.log_config();
    let survey = Log::check(&config, &*open()).unwrap();
    assert_eq!((survey.entries, survey.faults.len()), (303, 0));
    server.put("a/log/tile/entries/000", b"damaged");
    assert_eq!(
        Log::open(&config, open()).err().unwrap().code(),
        "storage-damaged"
    );
    let survey = Log::check(&config, &*open()).unwrap();
    let fault = &survey.faults[0];
    assert_eq!(
        (fault.name.as_str(), fault.cure),
        ("tile/entries/000", Cure::Mirror)
    );
    let survey = Log::repair(&config, &*open(), &Folder(copy)).unwrap();
    assert_eq!((survey.repaired.len(), survey.faults.len()), (1, 0));

    // Two processes: at most one goes on, the other says why, and there is one history.
    let other_address = common::free_address().await;
    let one = Process::start(&members, open(), members.log_address).await;
    let other = Process::start(&members, open(), other_address).await;
    let more = Mutex::new(batches(&mut issuer, 1_000).into_iter());
    until("one of them to stop", || async {
        let entry = more.lock().unwrap().next().unwrap();
        let body = serde_json::json!({ "entries": [entry.to_json()] }).to_string();
        for address in [other_address, members.log_address] {
            let url = format!("http://{address}/entries");
            let _ = members.http.post(url).body(body.clone()).send().await;
        }
        (one.done.is_finished() || other.done.is_finished()).then_some(())
    })
    .await;
    let mut refusals = 0;
    for process in [one, other] {
        let _ = process.stop.send(());
        if let Err(error) = process.done.await.unwrap() {
            assert_eq!(error.code(), "storage-superseded", "{error}");
            refusals += 1;
        }
    }
    assert!(refusals > 0);
    let log = Process::start(&members, open(), members.log_address).await;
    let last = until("a checkpoint", || members.checkpoint())
        .await
        .checkpoint()
        .head();
    assert!(last.size >= TreeSize(303));
    log.stop().await;
    assert_eq!(Log::check(&config, &*open()).unwrap().faults, []);
}
