//! How a wallet gets its credentials.

use crate::world::{
    DAY, NOW, World,
    wallet::{Wallet, claims, copies, header, is_anchored, proof, signed},
};
use schemas::crypto::{
    Crypto, SigningKey as _,
    aws_lc::{AwsLc, SigningKey},
};
use serde_json::{Value, json};
use std::collections::HashSet;

#[tokio::test]
async fn a_wallet_picks_up_copies_until_it_acknowledges() {
    let world = World::new().await;
    let submitted = world.submit(1).await;
    let wallet = Wallet::scan(&submitted, 4);
    let (_, first, early) = wallet.pick_up(&world).await;
    assert!(early.iter().all(|copy| copy.proof().is_none()));
    // Each copy is for its key, and in a batch of its own; the certificate for paper is in yet another one.
    let key = AwsLc.es256(world.registrar.keys()[0].point()).unwrap();
    for (copy, holder) in early.iter().zip(&wallet.keys) {
        let contents = copy.verify(&*key, &holder.public(), NOW).unwrap();
        assert_eq!(contents.person.unwrap().given_name.as_str(), "Erika");
        assert_eq!(copy.expires().start().0, NOW.day().start().0 + 4 * DAY);
    }
    let batches: HashSet<_> = early.iter().map(|copy| copy.place().batch).collect();
    assert_eq!(batches.len(), 4);
    assert!(
        batches.iter().all(|batch| batch.0 != 0),
        "the certificate is in batch 0"
    );

    // The same again, from a wallet that lost the answer, also after a restart.
    let world = world.restart().await;
    assert_eq!(wallet.pick_up(&world).await.1, first);
    // Once they are anchored, they come with their proofs.
    world.anchor_all().await;
    let (who, response, late) = wallet.pick_up(&world).await;
    for (copy, before) in late.iter().zip(&early) {
        assert_eq!(copy.commitment(), before.commitment());
        assert!(is_anchored(
            &world,
            copy.proof().unwrap(),
            copy.commitment(),
            copy.place()
        ));
    }
    // A key more gets a copy more.
    let mut wallet = wallet;
    wallet.keys.push(SigningKey::generate().unwrap());
    assert_eq!(wallet.pick_up(&world).await.2.len(), 5);

    // The acknowledgement uses the code up; saying it again changes nothing.
    let path = "/v1/results/".to_owned() + submitted["result_id"].as_str().unwrap();
    assert_eq!(world.get("station", &path).await.json()["picked_up"], false);
    let accepted = json!({ "notification_id": response["notification_id"], "event": "credential_accepted" });
    for _ in 0..2 {
        assert_eq!(world.post(&who, "/notification", &accepted).await.status, 204);
    }
    assert_eq!(world.get("station", &path).await.json()["picked_up"], true);
    let used = wallet.token(&world, &wallet.tx_code).await.oauth_detail();
    assert_eq!((used.0, &*used.1), (400, "invalid_grant"));
    assert!(used.2.ends_with("(issuer-code-used)"));
}

#[tokio::test]
async fn a_wallet_that_runs_low_gets_more_copies() {
    let world = World::new().await;
    let submitted = world.submit(1).await;
    let mut wallet = Wallet::scan(&submitted, 4);
    let token = wallet.token(&world, &wallet.tx_code).await.json();
    let (who, response, first) = wallet.pick_up(&world).await;
    let accepted = json!({ "notification_id": response["notification_id"], "event": "credential_accepted" });
    world.post(&who, "/notification", &accepted).await;

    // A day later, with the refresh token and new keys.
    world.clock.advance(DAY);
    let refresh_token = token["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    let reply = world.post_form("/token", &form).await;
    let who = format!("token {}", reply.json()["access_token"].as_str().unwrap());
    wallet.keys = (0..4).map(|_| SigningKey::generate().unwrap()).collect();
    let request = wallet.request(&wallet.nonce(&world).await, NOW.0 + DAY);
    let more = copies(&world.post(&who, "/credential", &request).await.json());
    // They expire with the first ones: more copies do not make a result last longer.
    assert_eq!(more[0].expires(), first[0].expires());
    let batches: HashSet<_> = first.iter().chain(&more).map(|copy| copy.place().batch).collect();
    assert_eq!(batches.len(), 8);

    // It ends with the result, and a code is no refresh token.
    let wrong = [("grant_type", "refresh_token"), ("refresh_token", &*wallet.code)];
    assert_eq!(
        world.post_form("/token", &wrong).await.oauth_detail().1,
        "invalid_grant"
    );
    let missing = [("grant_type", "refresh_token")];
    assert_eq!(
        world.post_form("/token", &missing).await.oauth_detail().1,
        "invalid_request"
    );
    world.clock.advance(3 * DAY);
    assert_eq!(
        world.post_form("/token", &form).await.oauth_detail().1,
        "invalid_grant"
    );
}

#[tokio::test]
async fn the_certificate_comes_without_key_proofs() {
    let world = World::new().await;
    let submitted = world.submit(1).await;
    let who = Wallet::scan(&submitted, 0).authorize(&world).await;
    let request = json!({ "credential_configuration_id": "attest-hcert" });
    let reply = world.post(&who, "/credential", &request).await;
    assert_eq!(reply.headers["cache-control"], "no-store");
    let from_wallet = reply.json()["credentials"][0]["credential"].clone();
    let path = format!(
        "/v1/results/{}/certificate",
        submitted["result_id"].as_str().unwrap()
    );
    assert_eq!(from_wallet, world.get("station", &path).await.json()["text"]);
}

#[tokio::test]
async fn a_transaction_code_cannot_be_guessed() {
    let world = World::new().await;
    let submitted = world.submit(1).await;
    let wallet = Wallet::scan(&submitted, 1);
    let wrong = if wallet.tx_code == "000000" {
        "000001"
    } else {
        "000000"
    };
    for left in (1..5).rev() {
        let refused = wallet.token(&world, wrong).await.oauth_detail();
        assert_eq!((refused.0, &*refused.1), (400, "invalid_grant"));
        assert!(
            refused.2.contains(&format!("{left} attempts are left")),
            "{}",
            refused.2
        );
    }
    // The fifth locks it, also for the right code, also after a restart.
    assert!(
        wallet
            .token(&world, wrong)
            .await
            .oauth_detail()
            .2
            .ends_with("(issuer-tx-code-locked)")
    );
    let world = world.restart().await;
    assert!(
        wallet
            .token(&world, &wallet.tx_code)
            .await
            .oauth_detail()
            .2
            .ends_with("(issuer-tx-code-locked)")
    );
    // A supervisor unlocks it.
    let path = format!("/v1/results/{}/unlock", submitted["result_id"].as_str().unwrap());
    assert_eq!(world.post("supervisor", &path, &json!({})).await.status, 204);
    assert_eq!(wallet.token(&world, &wallet.tx_code).await.status, 200);
}

#[tokio::test]
async fn wrong_token_requests() {
    let world = World::new().await;
    let wallet = Wallet::scan(&world.submit(1).await, 0);
    let grant = (
        "grant_type",
        "urn:ietf:params:oauth:grant-type:pre-authorized_code",
    );
    let code = ("pre-authorized_code", &*wallet.code);
    let tx_code = ("tx_code", &*wallet.tx_code);
    let other = ("pre-authorized_code", &*wallet.code.to_lowercase());
    let cases: [(&[_], _, _); 6] = [
        (&[code, tx_code], "invalid_request", "issuer-body-malformed"),
        (&[grant, tx_code], "invalid_request", "issuer-body-malformed"),
        (
            &[grant, code, code, tx_code],
            "invalid_request",
            "issuer-body-malformed",
        ),
        (&[grant, code], "invalid_request", "issuer-tx-code-missing"),
        (
            &[("grant_type", "authorization_code"), code, tx_code],
            "unsupported_grant_type",
            "issuer-grant-type-unsupported",
        ),
        (&[grant, other, tx_code], "invalid_grant", "issuer-code-invalid"),
    ];
    for (form, error, code) in cases {
        let refused = world.post_form("/token", form).await.oauth_detail();
        assert_eq!((refused.0, &*refused.1), (400, error), "{form:?}");
        assert!(refused.2.ends_with(&format!("({code})")), "{}", refused.2);
    }
    // A revoked result is no longer handed out.
    let wallet = Wallet::scan(&world.submit(2).await, 1);
    let who = wallet.authorize(&world).await;
    let id = world.submit(2).await["result_id"].as_str().unwrap().to_owned();
    world
        .post(
            "station",
            &format!("/v1/results/{id}/revoke"),
            &json!({ "reason": "laboratory-error" }),
        )
        .await;
    assert_eq!(
        wallet.token(&world, &wallet.tx_code).await.oauth_detail().1,
        "invalid_grant"
    );
    let nonce = wallet.nonce(&world).await;
    let refused = world
        .post(&who, "/credential", &wallet.request(&nonce, NOW.0))
        .await
        .oauth_detail();
    assert_eq!((refused.0, &*refused.1), (400, "credential_request_denied"));
}

#[tokio::test]
async fn wrong_credential_requests() {
    let world = World::new().await;
    let wallet = Wallet::scan(&world.submit(1).await, 1);
    let (who, nonce, key) = (
        wallet.authorize(&world).await,
        wallet.nonce(&world).await,
        &wallet.keys[0],
    );
    let with = |jwts: &[String]| json!({ "credential_configuration_id": "attest-sd-cwt", "proofs": { "jwt": jwts } });
    let good = proof(key, &claims(&nonce, NOW.0));
    let claiming = |change: fn(&mut Value)| {
        let mut claims = claims(&nonce, NOW.0);
        change(&mut claims);
        with(&[proof(key, &claims)])
    };
    let heading = |change: fn(&mut schemas::jws::Header)| {
        let mut header = header(&key.public());
        change(&mut header);
        with(&[signed(key, header, &claims(&nonce, NOW.0))])
    };
    let stolen = SigningKey::generate().unwrap();
    let cases = [
        (json!({}), "invalid_credential_request"),
        (
            json!({ "credential_identifier": "x" }),
            "unknown_credential_identifier",
        ),
        (
            json!({ "credential_configuration_id": "x" }),
            "unknown_credential_configuration",
        ),
        (
            json!({ "credential_configuration_id": "attest-sd-cwt" }),
            "invalid_proof",
        ),
        (
            json!({ "credential_configuration_id": "attest-hcert", "proofs": { "jwt": [good] } }),
            "invalid_proof",
        ),
        (
            json!({ "credential_configuration_id": "attest-sd-cwt", "proofs": { "di_vp": [] } }),
            "invalid_credential_request",
        ),
        (
            json!({ "credential_configuration_id": "attest-hcert", "credential_response_encryption": {} }),
            "invalid_encryption_parameters",
        ),
        (with(&[]), "invalid_proof"),
        (with(&vec![good.clone(); 9]), "invalid_proof"),
        (with(&[good.clone(), good.clone()]), "invalid_proof"),
        (with(&["x".into()]), "invalid_proof"),
        (with(&["x".repeat(2000)]), "invalid_proof"),
        (
            claiming(|claims| claims["aud"] = json!("https://other.example")),
            "invalid_proof",
        ),
        (
            claiming(|claims| claims["aud"] = json!(["https://issuer.example"])),
            "invalid_proof",
        ),
        (
            claiming(|claims| claims["iat"] = json!(NOW.0 - 301)),
            "invalid_proof",
        ),
        (
            claiming(|claims| claims["iat"] = json!(NOW.0 + 61)),
            "invalid_proof",
        ),
        (
            claiming(|claims| claims["iss"] = json!("wallet")),
            "invalid_proof",
        ),
        (
            claiming(|claims| drop(claims.as_object_mut().unwrap().remove("nonce"))),
            "invalid_proof",
        ),
        (claiming(|claims| claims["nonce"] = json!("x")), "invalid_nonce"),
        (
            heading(|header| drop(header.insert("typ".into(), json!("JWT")))),
            "invalid_proof",
        ),
        (
            heading(|header| drop(header.insert("kid".into(), json!("0")))),
            "invalid_proof",
        ),
        (heading(|header| drop(header.remove("jwk"))), "invalid_proof"),
        (
            heading(|header| header["jwk"]["crv"] = json!("P-384")),
            "invalid_proof",
        ),
        (
            heading(|header| header["jwk"]["d"] = json!("AA")),
            "invalid_proof",
        ),
        (
            heading(|header| header["jwk"]["x"] = json!("AA")),
            "invalid_proof",
        ),
        (
            with(&[signed(&stolen, header(&key.public()), &claims(&nonce, NOW.0))]),
            "invalid_proof",
        ),
    ];
    for (request, error) in cases {
        let refused = world.post(&who, "/credential", &request).await.oauth_detail();
        assert_eq!((refused.0, &*refused.1), (400, error), "{request}: {}", refused.2);
        assert!(refused.2.is_ascii() && refused.2.len() > 10, "{}", refused.2);
    }
    // Another token, none, an old one, an old nonce.
    for who in ["", "token x", &format!("token {}", wallet.code)] {
        let reply = world
            .post(who, "/credential", &with(std::slice::from_ref(&good)))
            .await;
        assert_eq!(
            (reply.oauth_detail().0, &*reply.oauth_detail().1),
            (401, "invalid_token")
        );
        assert!(reply.headers["www-authenticate"].contains("invalid_token"));
    }
    world.clock.advance(301);
    let late = with(&[proof(key, &claims(&nonce, NOW.0 + 301))]);
    assert_eq!(
        world.post(&who, "/credential", &late).await.oauth_detail().1,
        "invalid_nonce"
    );
    world.clock.advance(300);
    assert_eq!(
        world.post(&who, "/credential", &late).await.oauth_detail().1,
        "invalid_token"
    );
}

#[tokio::test]
async fn copies_have_an_end() {
    let world = World::new().await;
    let submitted = world.submit(1).await;
    let who = Wallet::scan(&submitted, 0).authorize(&world).await;
    for round in 0..5 {
        let wallet = Wallet::scan(&submitted, 8);
        let nonce = wallet.nonce(&world).await;
        let reply = world
            .post(&who, "/credential", &wallet.request(&nonce, NOW.0))
            .await;
        if round < 4 {
            assert_eq!(copies(&reply.json()).len(), 8);
        } else {
            assert_eq!(reply.oauth_detail().1, "credential_request_denied");
        }
    }
}

#[tokio::test]
async fn wrong_notifications() {
    let world = World::new().await;
    let wallet = Wallet::scan(&world.submit(1).await, 1);
    let (who, response, _) = wallet.pick_up(&world).await;
    let id = &response["notification_id"];
    let cases = [
        (
            json!({ "notification_id": "x", "event": "credential_accepted" }),
            "invalid_notification_id",
        ),
        (
            json!({ "notification_id": id, "event": "credential_eaten" }),
            "invalid_notification_request",
        ),
        (
            json!({ "event": "credential_accepted" }),
            "invalid_notification_request",
        ),
    ];
    for (request, error) in cases {
        let refused = world.post(&who, "/notification", &request).await.oauth_detail();
        assert_eq!((refused.0, &*refused.1), (400, error));
    }
    assert_eq!(
        world.post("", "/notification", &json!({})).await.oauth_detail().0,
        401
    );
    // A failure leaves the code good.
    let failed = json!({ "notification_id": id, "event": "credential_failure" });
    assert_eq!(world.post(&who, "/notification", &failed).await.status, 204);
    assert_eq!(wallet.token(&world, &wallet.tx_code).await.status, 200);
}

#[tokio::test]
async fn the_metadata_is_of_one_piece() {
    let world = World::new().await;
    let issuer = world
        .get("", "/.well-known/openid-credential-issuer")
        .await
        .json();
    let server = world
        .get("", "/.well-known/oauth-authorization-server")
        .await
        .json();
    assert_eq!(issuer["credential_issuer"], server["issuer"]);
    let offered = world.submit(1).await["offer"]["credential_configuration_ids"].clone();
    for id in offered.as_array().unwrap() {
        assert!(
            issuer["credential_configurations_supported"]
                .get(id.as_str().unwrap())
                .is_some()
        );
    }
    for endpoint in ["credential_endpoint", "nonce_endpoint", "notification_endpoint"] {
        let path = issuer[endpoint]
            .as_str()
            .unwrap()
            .strip_prefix("https://issuer.example")
            .unwrap();
        assert_ne!(world.post("", path, &json!({})).await.status, 404);
    }
    assert_eq!(server["token_endpoint"], "https://issuer.example/token");
}
