//! The calls of the script, without a browser.

use crate::{Call, Wallet};
use serde_json::{Value, json};
use web::Module;

const NOW: i64 = 1_795_413_725;

fn call(wallet: &mut Wallet, call: &Value, body: &[u8]) -> Result<(Value, Vec<u8>), &'static str> {
    let call: Call = serde_json::from_value(call.clone()).unwrap();
    let answer = wallet.call(call, body).map_err(|refusal| refusal.code)?;
    Ok((answer.head().clone(), answer.body().to_vec()))
}

fn opened() -> Wallet {
    let mut wallet = Wallet::default();
    let (opened, _) = call(&mut wallet, &json!({ "call": "open" }), b"").unwrap();
    assert_eq!(opened, json!({ "keys": [] }));
    wallet
}

const GRANT: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

fn offer() -> String {
    let grant = json!({ "pre-authorized_code": "nF" });
    json!({ "credential_issuer": "https://issuer.example", "grants": { GRANT: grant } }).to_string()
}

#[test]
fn nothing_is_answered_before_a_vault_is_open() {
    let mut wallet = Wallet::default();
    for asked in [
        json!({ "call": "encode" }),
        json!({ "call": "list", "now": NOW }),
        json!({ "call": "refresh", "number": 0 }),
        json!({ "call": "renew", "now": NOW }),
        json!({ "call": "take-up", "offer": offer(), "code": "1" }),
        json!({ "call": "answer", "answer": "saved", "now": NOW }),
    ] {
        assert_eq!(call(&mut wallet, &asked, b""), Err("wallet-not-open"), "{asked}");
    }
}

#[test]
fn a_vault_comes_back_as_it_was_and_damage_is_told() {
    let mut wallet = opened();
    let (_, bytes) = call(&mut wallet, &json!({ "call": "encode" }), b"").unwrap();
    let open = json!({ "call": "open" });
    assert!(call(&mut wallet, &open, &bytes).is_ok());
    assert_eq!(
        call(&mut wallet, &open, &bytes[1..]).map(drop),
        Err("vault-malformed")
    );
    let list = call(&mut wallet, &json!({ "call": "list", "now": NOW }), b"");
    assert_eq!(list.unwrap().0, json!({ "people": [], "unknown": 0 }));
}

#[test]
fn a_text_is_recognised_by_what_it_is_for() {
    let mut wallet = opened();
    let mut recognise = |text: &str| {
        call(&mut wallet, &json!({ "call": "recognise", "text": text }), b"").map(|(head, _)| head)
    };
    let challenge = "AC1:/UGF6BBT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1BT1J5A/Y1/Y1/Y1/Y1/Y1/Y1/Y1UY1";
    assert_eq!(
        recognise(challenge),
        Ok(json!({ "kind": "challenge", "disclose": "initials" }))
    );
    assert_eq!(
        recognise(&offer()),
        Ok(json!({ "kind": "offer", "issuer": "https://issuer.example" }))
    );
    assert_eq!(recognise("HC1:…"), Ok(json!({ "kind": "import" })));
    assert_eq!(recognise("https://shop.example"), Err("offer-malformed"));
}

#[test]
fn a_pick_up_begins_with_a_wish() {
    let mut wallet = opened();
    let take_up = json!({ "call": "take-up", "offer": offer(), "code": "123456" });
    let (wish, _) = call(&mut wallet, &take_up, b"").unwrap();
    assert_eq!((&wish["wish"], &wish["moved"]), (&json!("ask"), &json!(false)));
    assert_eq!(
        wish["url"],
        "https://issuer.example/.well-known/openid-credential-issuer"
    );
    let answer = |given: Value| json!({ "call": "answer", "answer": given, "now": NOW });
    let metadata = json!({ "credential_issuer": "https://issuer.example", "attest_issuer_number": 1 });
    let metadata = metadata.to_string();
    let (wish, _) = call(
        &mut wallet,
        &answer(json!({ "status": 200 })),
        metadata.as_bytes(),
    )
    .unwrap();
    assert_eq!(wish["media_type"], "application/x-www-form-urlencoded");
    let wrong = br#"{"error":"invalid_grant","error_description":"wrong (issuer-tx-code-wrong)"}"#;
    let refused = call(&mut wallet, &answer(json!({ "status": 400 })), wrong);
    assert_eq!(refused, Err("issuer-tx-code-wrong"));
    assert_eq!(
        call(&mut wallet, &answer(json!("saved")), b""),
        Err("pick-up-out-of-turn")
    );
}

#[test]
fn a_backup_opens_under_its_passphrase() {
    let mut wallet = Wallet::default();
    let random = vec![7; 48];
    let seal = json!({ "call": "seal", "passphrase": "four words", "random": random });
    let (_, sealed) = call(&mut wallet, &seal, b"plain").unwrap();
    let unseal = |passphrase: &str| json!({ "call": "unseal", "passphrase": passphrase });
    assert_eq!(
        call(&mut wallet, &unseal("four words"), &sealed).unwrap().1,
        b"plain"
    );
    assert_eq!(
        call(&mut wallet, &unseal("other"), &sealed),
        Err("file-wrong-passphrase")
    );
    let few = json!({ "call": "seal", "passphrase": "", "random": [1] });
    assert_eq!(call(&mut wallet, &few, b""), Err("randomness-missing"));
}
