//! The machine of the issuer loses its power, and nothing that was acknowledged is lost.
//!
//! Killing a process does not test `fsync`: the system keeps what it was given. So an issuer runs with its file operations
//! recorded (`record.c`); each acknowledgement is noted with the length of the record at which it came. Then disks are
//! rebuilt as they may be found at many points of the record (`image.rs`), and an issuer is opened on each.
//!
//! `ATTEST_CRASHES` says how many (30), `ATTEST_SEED` which. Linux with a C compiler; elsewhere it is left out.

mod image;
mod recording;

use crate::world::{
    self, World,
    wallet::{Wallet, copies, is_anchored},
};
use image::{Dice, Disk, Operation, Syncs};
use issuer_server::{
    Config, Ledger,
    clock::{Clock, SystemClock},
};
use recording::{Fact, Run};
use schemas::{
    Commitment,
    hcert::{Reading, Scanned},
    sd_cwt::profile::HeldCopy,
};
use serde_json::{Value, json};
use std::{env, fs, path::Path, process::Command, sync::Arc};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_with_the_power() {
    let folder = tempfile::tempdir().unwrap();
    let Some(run) = Run::record(folder.path()).await else {
        return;
    };
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let crashes = number("ATTEST_CRASHES").unwrap_or(30);
    let seed = number("ATTEST_SEED").unwrap_or_else(|| SystemClock.since_1970().as_secs());
    let record = fs::read(&run.file).unwrap();
    let operations = image::read(&record, &run.root);
    run.check_complete(&operations);

    // A third of the crashes come right after an acknowledgement, a third before the first one, the others anywhere.
    let beginning = operations
        .iter()
        .filter(|(end, _)| *end <= run.facts[0].0)
        .count();
    let mut dice = Dice(seed);
    let mut points: Vec<u64> = Vec::new();
    for crash in 0..crashes {
        points.push(match crash % 3 {
            0 => run.facts[dice.below(run.facts.len())].0,
            1 => operations[dice.below(beginning)].0,
            _ => operations[dice.below(operations.len())].0,
        });
    }
    points.sort_unstable();
    let mut disk = Disk::with(&["srv", "srv/data"]);
    let mut operations = operations.iter().peekable();
    let mut checked = Checked::default();
    for point in points {
        while let Some((_, operation)) = operations.next_if(|(end, _)| *end <= point) {
            disk.apply(operation, Syncs::Heeded);
        }
        println!(
            "seed {seed}, crash after {point} of {} bytes of the record",
            record.len()
        );
        let mut world = run.world(point);
        world.directory.disable_cleanup(true);
        println!("the disk: {}", world.directory.path().display());
        disk.write_image(world.directory.path(), &mut dice);
        checked.add(&run.check(&mut world, point).await);
        world.stop().await.directory.disable_cleanup(false);
    }
    println!("{crashes} losses of power (seed {seed}): {checked:?}, none lost");
}

/// The test can fail: a disk that ignores every sync is found out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_ignores_syncs_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let Some(run) = Run::record(folder.path()).await else {
        return;
    };
    let record = fs::read(&run.file).unwrap();
    let mut disk = Disk::with(&["srv", "srv/data"]);
    for (_, operation) in image::read(&record, &run.root) {
        disk.apply(&operation, Syncs::Ignored);
    }
    let (run, mut dice) = (Arc::new(run), Dice(1));
    let mut found_out = 0;
    for _ in 0..5 {
        let mut world = run.world(u64::MAX);
        disk.write_image(world.directory.path(), &mut dice);
        let run = run.clone();
        let check = async move { run.check(&mut world, u64::MAX).await };
        found_out += usize::from(tokio::spawn(check).await.is_err());
    }
    assert!(found_out > 0);
}

/// What was held against the images.
#[derive(Debug, Default)]
struct Checked {
    results: usize,
    certificates: usize,
    revocations: usize,
    copies: usize,
    batches: usize,
}

impl Checked {
    fn add(&mut self, other: &Self) {
        self.results += other.results;
        self.certificates += other.certificates;
        self.revocations += other.revocations;
        self.copies += other.copies;
        self.batches += other.batches;
    }
}

impl Run {
    /// The record says all that happened: carried out again, it leads to the same files.
    fn check_complete(&self, operations: &[(u64, Operation<'_>)]) {
        let mut disk = Disk::with(&["srv", "srv/data"]);
        for (_, operation) in operations {
            disk.apply(operation, Syncs::Heeded);
        }
        let again = tempfile::tempdir().unwrap();
        disk.write_seen(again.path());
        let mut difference = Command::new("diff");
        difference.arg("-r").arg("--exclude=*-shm");
        let difference = difference.arg(&self.root).arg(again.path()).output().unwrap();
        assert!(
            difference.status.success(),
            "the record is not complete: {difference:?}"
        );
    }

    /// An issuer on a folder of its own, with the log as it was at `point`.
    fn world(&self, point: u64) -> World {
        let mut world = World::closed();
        let at = |path: &Path| {
            world
                .directory
                .path()
                .join(path.strip_prefix(&self.root).unwrap())
        };
        world.config = Config {
            database_url: None,
            data: at(&self.config.data),
            keys: self.config.keys.as_deref().map(at),
            ..self.config.clone()
        };
        for (_, entry) in self.appended.iter().filter(|(length, _)| *length <= point) {
            drop(world.ledger.append(std::slice::from_ref(entry)));
        }
        self.accounts.iter().for_each(|(name, key)| world.know(name, key));
        world.clock.advance(7_200);
        world
    }

    /// Opens the issuer of `world` and holds it against everything that was acknowledged up to `point`.
    async fn check(&self, world: &mut World, point: u64) -> Checked {
        world.open().await;
        let world = &*world;
        let facts: Vec<&Fact> = self
            .facts
            .iter()
            .filter(|(at, _)| *at <= point)
            .map(|(_, fact)| fact)
            .collect();
        let is_accredited = facts.iter().any(|fact| matches!(fact, Fact::Accredited));
        let mut checked = Checked::default();
        // The newest, which are in most danger, and every seventh of the others.
        for (age, fact) in facts
            .iter()
            .rev()
            .enumerate()
            .filter(|(age, _)| *age < 60 || age % 7 == 0)
        {
            match fact {
                Fact::Accounts => assert_eq!(world.get("admin", "/v1/accounts").await.status, 200),
                Fact::Accredited => assert_eq!(world.get("", "/readyz").await.status, 200),
                Fact::Result(number, answer) => {
                    let reply = world
                        .post("station", "/v1/results", &world::submission(*number))
                        .await;
                    assert_eq!(
                        reply.json(),
                        *answer,
                        "result {number}, {age} acknowledgements before the end"
                    );
                    checked.results += 1;
                }
                Fact::Certificate(id, commitment) => {
                    let (found, _) = certificate(world, id).await.unwrap();
                    assert_eq!(found, *commitment);
                    checked.certificates += 1;
                }
                Fact::Revoked(id) => {
                    let shown = world.get("station", &format!("/v1/results/{id}")).await.json();
                    assert_eq!(shown["state"], "revoked", "{shown}");
                    checked.revocations += 1;
                }
                Fact::Copies(wallet, commitments) => {
                    assert_eq!(
                        pick_up(world, wallet, world.clock.now().0).await.unwrap(),
                        *commitments
                    );
                    checked.copies += commitments.len();
                }
            }
        }
        // It goes on, and the log takes what follows (it checks the chain): no batch number is left out or used twice.
        if is_accredited {
            world.submit(99_999_999).await;
            world.anchor_all().await;
            checked.batches = world.batches();
            let certificates = facts.iter().rev().filter_map(|fact| match fact {
                Fact::Certificate(id, _) => Some(id),
                _ => None,
            });
            for id in certificates.take(5) {
                assert!(certificate(world, id).await.unwrap().1, "{id} is not anchored");
            }
        }
        checked
    }
}

/// A result's certificate, and whether it is anchored; nothing if nobody answers.
async fn certificate(world: &World, id: &str) -> Option<(Commitment, bool)> {
    let request = world
        .client()
        .get(format!("{}/v1/results/{id}/certificate", world.url));
    let answer = answer(request.bearer_auth(world.key("station"))).await?;
    let text = answer["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
    let decoded = Scanned::new(text).unwrap().decode(Reading::Strict).unwrap();
    let place = decoded.unverified_claims().unwrap().place.unwrap();
    let anchored = decoded
        .proof()
        .unwrap()
        .is_some_and(|proof| is_anchored(world, &proof, decoded.commitment(), place));
    Some((decoded.commitment(), anchored))
}

/// A wallet's copies; nothing if nobody answers.
async fn pick_up(world: &World, wallet: &Wallet, now: i64) -> Option<Vec<Commitment>> {
    let post = |path: &str| world.client().post(format!("{}{path}", world.url));
    let form = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code={}&tx_code={}",
        wallet.code, wallet.tx_code
    );
    let request = post("/token").header("content-type", "application/x-www-form-urlencoded");
    let token = answer(request.body(form)).await?;
    let nonce = answer(post("/nonce").json(&json!({}))).await?;
    let request = wallet.request(nonce["c_nonce"].as_str().unwrap(), now);
    let request = post("/credential").json(&request);
    let reply = answer(request.bearer_auth(token["access_token"].as_str().unwrap())).await?;
    Some(copies(&reply).iter().map(HeldCopy::commitment).collect())
}

/// A good answer; nothing if nobody answers.
async fn answer(request: reqwest::RequestBuilder) -> Option<Value> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let text = response.text().await.ok()?;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).ok()
}
