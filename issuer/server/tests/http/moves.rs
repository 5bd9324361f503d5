//! A result moves to a wallet that was restored from a backup, and the copies from before end.

use crate::world::{
    NOW, Reply, World, request_id, submission,
    wallet::{Wallet, copies},
};
use schemas::{
    Place,
    crypto::aws_lc::SigningKey,
    hcert::{Reading, Scanned},
    sd_cwt::profile::HeldCopy,
    status::{Snapshot, Status},
};
use serde_json::{Value, json};

/// A wallet with new keys and no offer: one that was restored.
fn restored(keys: usize) -> Wallet {
    Wallet {
        code: String::new(),
        tx_code: String::new(),
        keys: (0..keys).map(|_| SigningKey::generate().unwrap()).collect(),
    }
}

async fn refresh(world: &World, token: &Value, moves: &[(&str, &str)]) -> Reply {
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str().unwrap()),
    ];
    world.post_form("/token", &[&refresh[..], moves].concat()).await
}

/// The token response to a receipt that is to move.
async fn begin(world: &World, receipt: &Value) -> Value {
    let reply = refresh(world, receipt, &[("attest_moves", "true")]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let token = reply.json();
    assert_eq!(token["attest_moves"], true);
    assert_ne!(token["refresh_token"], *receipt);
    token
}

/// The token response to a receipt as it is.
async fn ask(world: &World, receipt: &Value) -> Value {
    let reply = refresh(world, receipt, &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.json().get("attest_moves"), None);
    reply.json()
}

fn who(token: &Value) -> String {
    format!("token {}", token["access_token"].as_str().unwrap())
}

async fn order(world: &World, token: &Value, wallet: &Wallet) -> Reply {
    let request = wallet.request(&wallet.nonce(world).await, NOW.0);
    world.post(&who(token), "/credential", &request).await
}

async fn ordered(world: &World, token: &Value, wallet: &Wallet) -> Vec<HeldCopy> {
    let reply = order(world, token, wallet).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    copies(&reply.json())
}

#[track_caller]
fn assert_moved(reply: &Reply, error: &str) {
    let (status, said, description) = reply.oauth_detail();
    assert_eq!((status, &*said), (400, error), "{description}");
    assert!(description.ends_with("(issuer-receipt-moved)"), "{description}");
}

async fn assert_ended(world: &World, receipt: &Value) {
    assert_moved(&refresh(world, receipt, &[]).await, "invalid_grant");
    let moves = refresh(world, receipt, &[("attest_moves", "true")]).await;
    assert_moved(&moves, "invalid_grant");
}

/// A result that a first wallet picked up, and did not acknowledge.
struct Held {
    submitted: Value,
    wallet: Wallet,
    token: Value,
    copies: Vec<HeldCopy>,
}

impl Held {
    async fn new(world: &World) -> Self {
        let submitted = world.submit(1).await;
        let wallet = Wallet::scan(&submitted, 2);
        let token = wallet.token(world, &wallet.tx_code).await.json();
        let copies = ordered(world, &token, &wallet).await;
        Self {
            submitted,
            wallet,
            token,
            copies,
        }
    }

    /// What the first wallet has, and every backup of it.
    fn receipt(&self) -> &Value {
        &self.token["refresh_token"]
    }

    async fn paper(&self, world: &World) -> Place {
        let path = format!(
            "/v1/results/{}/certificate",
            self.submitted["result_id"].as_str().unwrap()
        );
        let text = world.get("station", &path).await.json()["text"].clone();
        let decoded = Scanned::new(text.as_str().unwrap()).unwrap();
        let decoded = decoded.decode(Reading::Strict).unwrap();
        decoded.unverified_claims().unwrap().place.unwrap()
    }

    /// A correction under another request identifier; the identifier of the new result.
    async fn correct(&self, world: &World, id: &Value, number: u32) -> Value {
        let mut body = submission(1);
        body["request_id"] = request_id(number).into();
        body["person"]["given_name"] = format!("Erika {}", "M".repeat(number as usize)).into();
        let path = format!("/v1/results/{}/correct", id.as_str().unwrap());
        let reply = world.post("station", &path, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["result_id"].clone()
    }
}

async fn published(world: &World) -> Snapshot {
    world.anchor_all().await;
    world.service().publish_status().await.unwrap();
    world.anchor_all().await;
    let entries = world.ledger.entries(2);
    Snapshot::decode(&world.ledger.object(&entries.last().unwrap().root())).unwrap()
}

#[tokio::test]
async fn the_first_order_of_a_restored_wallet_ends_the_old_copies() {
    let world = World::new().await;
    let held = Held::new(&world).await;
    let wallet = restored(2);
    // Asking changes nothing: the old wallet goes on.
    let token = begin(&world, held.receipt()).await;
    assert_eq!(
        ask(&world, held.receipt()).await["refresh_token"],
        *held.receipt()
    );
    assert_eq!(
        ordered(&world, &held.token, &held.wallet).await[0].place(),
        held.copies[0].place()
    );

    // The order moves it. After a lost answer, the same again, also when the service was started anew.
    let moved = ordered(&world, &token, &wallet).await;
    let metrics = world.metrics().await;
    assert!(
        metrics.contains("attest_issuer_results_moved_total 1"),
        "{metrics}"
    );
    let world = world.restart().await;
    let again = ordered(&world, &token, &wallet).await;
    assert_eq!(moved[0].commitment(), again[0].commitment());
    let receipt = &token["refresh_token"];
    assert_eq!(ask(&world, receipt).await["refresh_token"], *receipt);

    // The old wallet's receipt, its tokens and its offer are good for nothing more.
    assert_ended(&world, held.receipt()).await;
    assert_moved(
        &order(&world, &held.token, &held.wallet).await,
        "credential_request_denied",
    );
    let paper = json!({ "credential_configuration_id": "attest-hcert" });
    assert_moved(
        &world.post(&who(&held.token), "/credential", &paper).await,
        "credential_request_denied",
    );
    let offer = held
        .wallet
        .token(&world, &held.wallet.tx_code)
        .await
        .oauth_detail();
    assert!(offer.2.ends_with("(issuer-code-used)"), "{}", offer.2);
    assert_eq!(world.post(&who(&token), "/credential", &paper).await.status, 200);

    // The copies of before are published as revoked, among decoys; the new ones and the paper are not.
    let on_paper = held.paper(&world).await;
    let snapshot = published(&world).await;
    let status = |place: Place| snapshot.status(place.batch, place.slot);
    assert!(
        held.copies
            .iter()
            .all(|copy| status(copy.place()) == Status::Revoked)
    );
    assert!(
        moved
            .iter()
            .all(|copy| status(copy.place()) == Status::NotRevoked)
    );
    assert_eq!(status(on_paper), Status::NotRevoked);
    assert_eq!(snapshot.revoked_count(), 2 + issuer::status::MIN_DECOYS);
}

#[tokio::test]
async fn what_ended_is_not_given_out_again() {
    let world = World::new().await;
    let held = Held::new(&world).await;
    let token = begin(&world, held.receipt()).await;
    // Not even for the old keys, whoever has them.
    let copies = ordered(&world, &token, &held.wallet).await;
    assert_eq!(copies.len(), 2);
    for copy in &copies {
        assert!(
            held.copies
                .iter()
                .all(|old| old.place().batch != copy.place().batch)
        );
    }
}

#[tokio::test]
async fn of_two_restored_wallets_one_wins() {
    let world = World::new().await;
    let held = Held::new(&world).await;
    let (one, other) = (
        begin(&world, held.receipt()).await,
        begin(&world, held.receipt()).await,
    );
    assert_ne!(one["refresh_token"], other["refresh_token"]);
    let (first, second) = (restored(1), restored(1));
    let (a, b) = tokio::join!(order(&world, &one, &first), order(&world, &other, &second));
    let (loser, winner, refused) = match a.status.as_u16() {
        200 => (&other, &one, b),
        _ => (&one, &other, a),
    };
    assert_moved(&refused, "credential_request_denied");
    assert_ended(&world, &loser["refresh_token"]).await;
    ask(&world, &winner["refresh_token"]).await;
    // A new backup, of the winner, moves it once more.
    let third = begin(&world, &winner["refresh_token"]).await;
    ordered(&world, &third, &restored(1)).await;
    assert_ended(&world, &winner["refresh_token"]).await;
    assert_ended(&world, held.receipt()).await;
}

#[tokio::test]
async fn a_backup_between_the_token_and_the_order_is_good() {
    let world = World::new().await;
    let held = Held::new(&world).await;
    // What is in the vault before the order goes out is a receipt too, and so in a backup.
    let saved = begin(&world, held.receipt()).await["refresh_token"].clone();
    assert_eq!(ask(&world, &saved).await["refresh_token"], saved);
    let token = begin(&world, &saved).await;
    ordered(&world, &token, &restored(1)).await;
    assert_ended(&world, &saved).await;
    ask(&world, &token["refresh_token"]).await;
}

#[tokio::test]
async fn a_refused_order_moves_nothing() {
    let world = World::new().await;
    let held = Held::new(&world).await;
    for _ in 0..3 {
        ordered(&world, &held.token, &restored(8)).await;
    }
    // 26 of 32 copies: those that end count too.
    let token = begin(&world, held.receipt()).await;
    let refused = order(&world, &token, &restored(7)).await.oauth_detail();
    assert!(refused.2.ends_with("(issuer-copies-exhausted)"), "{}", refused.2);
    ask(&world, held.receipt()).await;
    let copies = ordered(&world, &held.token, &held.wallet).await;
    assert_eq!(copies[0].place(), held.copies[0].place());
    assert_eq!(published(&world).await.revoked_count(), 0);
}

#[tokio::test]
async fn a_receipt_that_ended_leads_to_no_correction() {
    let world = World::new().await;
    let held = Held::new(&world).await;
    let token = begin(&world, held.receipt()).await;
    ordered(&world, &token, &restored(1)).await;
    let corrected = held.correct(&world, &held.submitted["result_id"], 2).await;
    // The lost wallet stays out; the one in force goes on, and its receipt is an ordinary one.
    assert_ended(&world, held.receipt()).await;
    let new = ask(&world, &token["refresh_token"]).await;
    assert_eq!(new["attest_replaces"], true);
    ordered(&world, &new, &restored(1)).await;
    // Also when it is corrected again.
    held.correct(&world, &corrected, 3).await;
    assert_ended(&world, held.receipt()).await;
    assert_eq!(ask(&world, &new["refresh_token"]).await["attest_replaces"], true);
}

#[tokio::test]
async fn a_backup_from_before_a_correction_moves_the_corrected_result() {
    let world = World::new().await;
    let held = Held::new(&world).await;
    let id = held.correct(&world, &held.submitted["result_id"], 2).await;
    // The lost wallet has got the corrected result by itself.
    let lost = ask(&world, held.receipt()).await;
    let copies = ordered(&world, &lost, &restored(2)).await;
    let token = begin(&world, held.receipt()).await;
    assert_eq!(token["attest_replaces"], true);
    ordered(&world, &token, &restored(2)).await;
    // Neither what it got nor the backup is good for anything more, also after another correction.
    assert_ended(&world, &lost["refresh_token"]).await;
    assert_ended(&world, held.receipt()).await;
    let snapshot = published(&world).await;
    assert!(
        copies
            .iter()
            .all(|copy| snapshot.status(copy.place().batch, copy.place().slot) == Status::Revoked)
    );
    held.correct(&world, &id, 3).await;
    assert_ended(&world, &lost["refresh_token"]).await;
    assert_ended(&world, held.receipt()).await;
    ask(&world, &token["refresh_token"]).await;
}

#[tokio::test]
async fn a_move_that_a_correction_overtakes_is_still_a_move() {
    let world = World::new().await;
    let held = Held::new(&world).await;
    let token = begin(&world, held.receipt()).await;
    held.correct(&world, &held.submitted["result_id"], 2).await;
    let late = order(&world, &token, &restored(1)).await.oauth_detail();
    assert!(late.2.ends_with("(issuer-result-not-standing)"), "{}", late.2);
    // The lost wallet gets the corrected result, the restored one asks again with what it saved: only one of them stays.
    let lost = ask(&world, held.receipt()).await;
    ordered(&world, &lost, &restored(1)).await;
    let carried = ask(&world, &token["refresh_token"]).await;
    assert_eq!(carried["attest_replaces"], true);
    assert_ne!(carried["refresh_token"], lost["refresh_token"]);
    ordered(&world, &carried, &restored(1)).await;
    assert_ended(&world, &lost["refresh_token"]).await;
    assert_ended(&world, held.receipt()).await;
    // It was saved before the order, or it was not: both receipts lead to the same.
    for receipt in [&token["refresh_token"], &carried["refresh_token"]] {
        assert_eq!(
            ask(&world, receipt).await["refresh_token"],
            carried["refresh_token"]
        );
    }
}

#[tokio::test]
async fn only_a_receipt_moves() {
    let world = World::new().await;
    let submitted = world.submit(1).await;
    let wallet = Wallet::scan(&submitted, 1);
    let offer = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        ),
        ("pre-authorized_code", &*wallet.code),
        ("tx_code", &*wallet.tx_code),
        ("attest_moves", "true"),
    ];
    let token = world.post_form("/token", &offer).await.json();
    assert_eq!(token.get("attest_moves"), None);
    let malformed = refresh(&world, &token["refresh_token"], &[("attest_moves", "yes")]).await;
    assert_eq!(malformed.oauth_detail().1, "invalid_request");
    let not = refresh(&world, &token["refresh_token"], &[("attest_moves", "false")]).await;
    assert_eq!(not.json()["refresh_token"], token["refresh_token"]);
}
