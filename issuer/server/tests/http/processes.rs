//! Several processes are one issuer: real ones, on one PostgreSQL, with one key store.

use crate::{
    kill::{self, HastyClock},
    postgres::{self, Server},
    world::{
        self, NOW, World, join_all, submission,
        wallet::{Wallet, is_anchored},
    },
};
use issuer_server::clock::{Clock, SystemClock};
use schemas::{
    Place,
    hcert::{Reading, Scanned},
    sd_cwt::profile::HeldCopy,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::{
    collections::{BTreeMap, HashSet},
    process::Child,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::task::JoinHandle;

/// How long anything may take here before it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// An issuer of two processes.
struct Pair {
    /// The people, as they call the one or the other.
    a: World,
    b: World,
    processes: [Process; 2],
    database: PgPool,
    since: Duration,
    log: JoinHandle<()>,
    /// Has the key store.
    _world: World,
    _server: Server,
}

/// A process that does not outlive its test.
struct Process(Child);

impl Process {
    fn kill(&mut self) {
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Pair {
    /// The first of them does the background work.
    async fn start(what: &str) -> Option<Self> {
        let server = Server::start(what).await?;
        let world = World::on(postgres::database(&server.url).await).await;
        let (log, serving) = kill::serve(world.ledger.clone()).await;
        let since = SystemClock.since_1970();
        let database = PgPool::connect(world.database.as_ref().unwrap()).await.unwrap();
        let world = world.stop().await;
        let start = async || {
            let mut caller = world.at(String::new());
            let folder = caller.directory.path().to_owned();
            let mut process = kill::start(&kill::settings(&world, &log, &folder), since);
            caller.reach(&mut process, &folder).await;
            (caller, Process(process))
        };
        let (a, first) = start().await;
        eventually(async || leaders(&database).await == 1).await;
        let (b, second) = start().await;
        Some(Self {
            a,
            b,
            processes: [first, second],
            database,
            since,
            log: serving,
            _world: world,
            _server: server,
        })
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.log.abort();
    }
}

/// Lets the people's clock follow the issuer's.
fn follow(caller: &World, since: Duration) {
    caller
        .clock
        .advance(HastyClock(since).now().since(caller.clock.now()));
}

async fn count(database: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(database).await.unwrap()
}

/// How many processes do the background work.
async fn leaders(database: &PgPool) -> i64 {
    let held = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 1818583396 \
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    count(database, held).await
}

async fn eventually(holds: impl AsyncFn() -> bool) {
    let holds = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let held = tokio::time::timeout(PATIENCE, holds).await;
    held.expect("it comes to hold");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_are_one_issuer() {
    let Some(mut pair) = Pair::start("1 test of two processes").await else {
        return;
    };
    eventually(async || pair.b.get("", "/readyz").await.status == 200).await;
    the_same_request_to_both_is_one(&pair).await;
    a_quota_is_for_both(&mut pair).await;
    wrong_codes_are_counted_by_both(&pair).await;
    a_wallet_goes_from_one_to_the_other(&pair).await;
    a_new_key_reaches_both(&pair).await;
    assert_eq!(leaders(&pair.database).await, 1);
}

/// Each request to both at once: one result, whoever was faster.
async fn the_same_request_to_both_is_one(pair: &Pair) {
    let submit = async |caller: &World, number| {
        let reply = caller.post("station", "/v1/results", &submission(number)).await;
        (reply.status.as_u16(), reply.text)
    };
    let both = (0..60u32)
        .map(|number| async move { tokio::join!(submit(&pair.a, number), submit(&pair.b, number)) });
    for (from_a, from_b) in join_all(both).await {
        assert_eq!(from_a.0, 200, "{}", from_a.1);
        assert_eq!(from_a, from_b);
    }
    assert_eq!(count(&pair.database, "SELECT COUNT(*) FROM results").await, 60);
    let mut other = submission(7);
    other["person"]["given_name"] = json!("Erich");
    for caller in [&pair.a, &pair.b] {
        let reply = caller.post("station", "/v1/results", &other).await;
        assert_eq!(reply.refused(), (409, "issuer-request-id-taken".into()));
    }
}

/// An account that was made at one is known to the other, its quota is used up by both, and closed it is closed for both.
async fn a_quota_is_for_both(pair: &mut Pair) {
    let account = json!({ "name": "Station Süd", "role": "station", "daily_quota": 10 });
    let made = pair.a.post("admin", "/v1/accounts", &account).await.json();
    for caller in [&mut pair.a, &mut pair.b] {
        caller.know("south", made["key"].as_str().unwrap());
    }
    let is_known = async |caller: &World| caller.get("south", "/v1/account").await.status == 200;
    eventually(async || is_known(&pair.b).await).await;
    let callers = [&pair.a, &pair.b];
    let submit = |number: u32| {
        let caller = callers[usize::from(number.is_multiple_of(2))];
        async move {
            let body = submission(1_000 + number);
            caller.post("south", "/v1/results", &body).await.status.as_u16()
        }
    };
    let answers = join_all((0..40u32).map(submit)).await;
    let of = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((of(200), of(429)), (10, 30), "{answers:?}");
    for caller in callers {
        let account = caller.get("south", "/v1/account").await.json();
        assert_eq!(account["used_today"], 10, "{account}");
    }
    let close = format!("/v1/accounts/{}/close", made["number"]);
    assert_eq!(pair.b.post("admin", &close, &json!({})).await.status, 204);
    assert!(!is_known(&pair.b).await);
    eventually(async || !is_known(&pair.a).await).await;
}

/// Of many guesses at both at once, five count.
async fn wrong_codes_are_counted_by_both(pair: &Pair) {
    let submitted = pair.a.submit(2_000).await;
    let wallet = Wallet::scan(&submitted, 1);
    let wrong = if wallet.tx_code == "000000" {
        "000001"
    } else {
        "000000"
    };
    let callers = [&pair.a, &pair.b];
    let guess = |number: usize| wallet.token(callers[number % 2], wrong);
    let replies = join_all((0..12).map(guess)).await;
    let left = replies
        .iter()
        .filter(|reply| reply.text.contains("attempts are left"));
    let locked = replies
        .iter()
        .filter(|reply| reply.text.contains("issuer-tx-code-locked"));
    assert_eq!((left.count(), locked.count()), (4, 8));
    for caller in callers {
        let right = wallet.token(caller, &wallet.tx_code).await.oauth_detail();
        assert!(right.2.ends_with("(issuer-tx-code-locked)"), "{}", right.2);
    }
}

/// A token of the one, a nonce of the other; the same keys get the same copies from both.
async fn a_wallet_goes_from_one_to_the_other(pair: &Pair) {
    let wallet = Wallet::scan(&pair.b.submit(3_000).await, 4);
    let who = wallet.authorize(&pair.a).await;
    let nonce = wallet.nonce(&pair.b).await;
    follow(&pair.a, pair.since);
    let request = wallet.request(&nonce, pair.a.clock.now().0);
    let (first, second) = tokio::join!(
        pair.a.post(&who, "/credential", &request),
        pair.b.post(&who, "/credential", &request)
    );
    assert_eq!(first.status, 200, "{}", first.text);
    let bytes = |reply: &world::Reply| {
        let copies = world::wallet::copies(&reply.json());
        copies.iter().map(HeldCopy::commitment).collect::<Vec<_>>()
    };
    assert_eq!(bytes(&first), bytes(&second));
    assert_eq!(count(&pair.database, SHARED_BATCHES).await, 0);
}

/// Made at one, accredited at the other: both sign with it.
async fn a_new_key_reaches_both(pair: &Pair) {
    let request = pair.a.post("admin", "/v1/keys", &json!({})).await.json();
    let request = request["request"].as_str().unwrap();
    let answer = pair.a.registrar.answer(request, NOW);
    let answer = json!({ "entry": answer.entry, "event": answer.event });
    let accredited = pair.b.post("admin", "/v1/keys/accreditation", &answer).await;
    assert_eq!(accredited.status, 204, "{}", accredited.text);
    for caller in [&pair.b, &pair.a] {
        eventually(async || {
            let keys = caller.get("", "/.well-known/jwks.json").await.json();
            keys["keys"].as_array().unwrap().len() == 2
        })
        .await;
    }
    let newest = pair.a.registrar.keys()[1].id();
    for (caller, number) in [(&pair.a, 4_000), (&pair.b, 4_001)] {
        let certificate = certificate(caller, &caller.submit(number).await).await;
        let scanned = Scanned::new(certificate["text"].as_str().unwrap()).unwrap();
        assert_eq!(scanned.decode(Reading::Strict).unwrap().key_id(), Some(newest));
    }
}

/// How often two credentials of one result stand in the same batch.
const SHARED_BATCHES: &str = "SELECT COUNT(*) FROM \
     (SELECT 1 FROM credentials GROUP BY result, place / 256 HAVING COUNT(*) > 1) AS shared";

/// Both take load. The one that brings everything to the ledger is killed in the middle; the other goes on with everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_is_killed_under_load() {
    let Some(mut pair) = Pair::start("1 test of a process killed beside another").await else {
        return;
    };
    let account = json!({ "name": "Messe", "role": "station", "daily_quota": 1_000_000 });
    let made = pair.a.post("admin", "/v1/accounts", &account).await.json();
    for caller in [&mut pair.a, &mut pair.b] {
        caller.know("station", made["key"].as_str().unwrap());
    }
    eventually(async || pair.b.get("station", "/v1/account").await.status == 200).await;
    let Pair {
        a,
        b,
        processes: [first, _],
        database,
        since,
        ..
    } = &mut pair;
    let (a, b, database, since) = (&*a, &*b, &*database, *since);
    let is_over = AtomicBool::new(false);
    let killing = async {
        let mut wallets = Vec::new();
        for number in 0..4 {
            wallets.push(pick_up(a, since, 900_000 + number).await);
            wallets.push(pick_up(b, since, 910_000 + number).await);
        }
        eventually(async || count(database, "SELECT COUNT(*) FROM results").await > 300).await;
        first.kill();
        for number in 0..4 {
            wallets.push(pick_up(b, since, 920_000 + number).await);
        }
        is_over.store(true, Ordering::SeqCst);
        wallets
    };
    let lanes = (0..3u32).map(|lane| kill::submit_until_killed(a, lane * 10_000));
    let others = (10..13u32).map(|lane| submit_until(b, lane * 10_000, &is_over));
    let (wallets, from_a, from_b) = tokio::join!(killing, join_all(lanes), join_all(others));
    let acknowledged: BTreeMap<u32, String> = from_a.into_iter().chain(from_b).flatten().collect();

    // The other has the background work now: everything comes to the ledger, in batches without a gap (the log checks that each
    // names the one before it).
    eventually(async || leaders(database).await == 1).await;
    let open = "SELECT (SELECT COUNT(*) FROM entries WHERE anchored_at IS NULL) + (SELECT COUNT(*) FROM credentials \
                WHERE place / 256 > COALESCE((SELECT MAX(number) FROM batches), -1))";
    eventually(async || count(database, open).await == 0).await;
    let batches = b.batches();
    assert_eq!(
        count(database, "SELECT COUNT(*) FROM batches").await,
        i64::try_from(batches).unwrap()
    );

    // What was acknowledged, by the one or the other, is answered as it was, and stands where nothing else does.
    let mut places: HashSet<Place> = HashSet::new();
    for (number, answer) in &acknowledged {
        let again = b.post("station", "/v1/results", &submission(*number)).await;
        assert_eq!(again.text, *answer);
        let certificate = certificate(b, &again.json()).await;
        let scanned = Scanned::new(certificate["text"].as_str().unwrap()).unwrap();
        let decoded = scanned.decode(Reading::Strict).unwrap();
        let (place, proof) = (
            decoded.unverified_claims().unwrap().place.unwrap(),
            decoded.proof(),
        );
        assert!(is_anchored(
            b,
            &proof.unwrap().unwrap(),
            decoded.commitment(),
            place
        ));
        assert!(places.insert(place), "{place:?} was given twice");
    }
    for wallet in &wallets {
        follow(b, since);
        for copy in wallet.pick_up(b).await.2 {
            assert!(is_anchored(
                b,
                copy.proof().unwrap(),
                copy.commitment(),
                copy.place()
            ));
            assert!(places.insert(copy.place()), "{:?} was given twice", copy.place());
        }
    }
    assert_eq!(count(database, SHARED_BATCHES).await, 0);
    println!(
        "{} results of two processes, one killed; {batches} batches",
        acknowledged.len()
    );
}

/// Submits one result after the other until it is over; returns the answers.
async fn submit_until(caller: &World, first: u32, is_over: &AtomicBool) -> Vec<(u32, String)> {
    let mut answered = Vec::new();
    for number in first.. {
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        let reply = caller.post("station", "/v1/results", &submission(number)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        answered.push((number, reply.text));
    }
    answered
}

/// A wallet that has its copies.
async fn pick_up(caller: &World, since: Duration, number: u32) -> Wallet {
    let wallet = Wallet::scan(&caller.submit(number).await, 4);
    follow(caller, since);
    wallet.pick_up(caller).await;
    wallet
}

async fn certificate(caller: &World, submitted: &Value) -> Value {
    let path = format!(
        "/v1/results/{}/certificate",
        submitted["result_id"].as_str().unwrap()
    );
    caller.get("station", &path).await.json()
}
