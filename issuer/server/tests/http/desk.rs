//! What a desk needs besides submitting: its own results, the offer again, what to print, and what can be entered.

use crate::world::{DAY, World, family_name, request_id, submission, wallet::Wallet};
use issuer_server::account::Role;
use schemas::{
    hcert::{Reading, Scanned},
    qr::{Code, Level},
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_station_lists_its_own_results_without_the_people() {
    let mut world = World::new().await;
    let (_, key) = world
        .service()
        .add_account("other", Role::Station, 10)
        .await
        .unwrap();
    world.know("other", key.expose());
    for number in 0..103 {
        world.submit(number).await;
    }
    world.post("other", "/v1/results", &submission(200)).await.json();
    let page = world.get("station", "/v1/results").await;
    assert!(!page.text.contains("Erika") && !page.text.contains(&family_name(102)));
    assert!(!page.text.contains("detected"));
    let page = page.json();
    let first = page["results"].as_array().unwrap().clone();
    let path = format!("/v1/results?before={}", page["next"].as_str().unwrap());
    let page = world.get("station", &path).await.json();
    let rest = page["results"].as_array().unwrap().clone();
    assert_eq!((first.len(), rest.len(), page.get("next")), (100, 3, None));
    // The newest first, and each once.
    let mut ids: Vec<&Value> = first.iter().chain(&rest).map(|case| &case["result_id"]).collect();
    let newest = world.submit(102).await;
    assert_eq!(*ids[0], newest["result_id"]);
    ids.sort_by_key(|id| id.as_str());
    ids.dedup();
    assert_eq!(ids.len(), 103);

    // From an instant on.
    world.clock.advance(DAY);
    world.submit(300).await;
    let path = "/v1/results?since=2026-11-24T00:00:00%2B01:00";
    let today = world.get("station", path).await.json();
    assert_eq!(today["results"].as_array().unwrap().len(), 1);

    // Nobody sees another account's.
    let others = world.get("other", "/v1/results").await.json();
    assert_eq!(others["results"].as_array().unwrap().len(), 1);
    let path = format!("/v1/results?before={}", newest["result_id"].as_str().unwrap());
    assert_eq!(
        world.get("other", &path).await.refused(),
        (404, "issuer-result-unknown".into())
    );
    assert_eq!(
        world.get("supervisor", "/v1/results").await.json(),
        json!({ "results": [] })
    );
    assert_eq!(
        world.get("admin", "/v1/results").await.refused(),
        (403, "issuer-role-insufficient".into())
    );
    assert_eq!(
        world.get("", "/v1/results").await.refused(),
        (401, "issuer-key-unknown".into())
    );
    for path in ["/v1/results?since=today", "/v1/results?limit=9"] {
        assert_eq!(
            world.get("station", path).await.refused(),
            (400, "issuer-query-malformed".into())
        );
    }
}

#[tokio::test]
async fn a_lost_slip_is_made_again_by_its_station_alone() {
    let world = World::new().await;
    let submitted = world.submit(1).await;
    let path = format!("/v1/results/{}", submitted["result_id"].as_str().unwrap());
    let offer = world.get("station", &format!("{path}/offer")).await;
    assert_eq!(offer.json(), submitted);
    assert_eq!(offer.headers["cache-control"], "no-store");
    // The link is the offer, and the code is apart from it.
    let link = submitted["link"].as_str().unwrap();
    let (page, text) = link.split_once("#credential_offer=").unwrap();
    assert_eq!(page, "https://issuer.example/wallet/");
    let text = unescape(text);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), submitted["offer"]);
    assert!(!text.contains(submitted["tx_code"].as_str().unwrap()));
    // The picture holds the link.
    let picture = world.get("station", &format!("{path}/offer.svg")).await;
    assert_eq!(picture.headers["content-type"], "image/svg+xml");
    assert_eq!(picture.text, Code::new(link).unwrap().to_svg(None));

    // Not a supervisor's, not an administrator's, and nobody's without a key.
    for suffix in ["/offer", "/offer.svg"] {
        let path = format!("{path}{suffix}");
        assert_eq!(
            world.get("supervisor", &path).await.refused(),
            (404, "issuer-result-unknown".into())
        );
        assert_eq!(
            world.get("admin", &path).await.refused(),
            (403, "issuer-role-insufficient".into())
        );
        assert_eq!(
            world.get("", &path).await.refused(),
            (401, "issuer-key-unknown".into())
        );
    }
    // What was picked up, revoked or replaced is offered to nobody any more.
    let (who, response, _) = Wallet::scan(&submitted, 1).pick_up(&world).await;
    let accepted = json!({ "notification_id": response["notification_id"], "event": "credential_accepted" });
    world.post(&who, "/notification", &accepted).await;
    for suffix in ["/offer", "/offer.svg"] {
        assert_eq!(
            world.get("station", &format!("{path}{suffix}")).await.refused(),
            (409, "issuer-code-used".into())
        );
    }
    world
        .post(
            "station",
            &format!("{path}/revoke"),
            &json!({ "reason": "wrong-person" }),
        )
        .await;
    assert_eq!(
        world.get("station", &format!("{path}/offer")).await.refused(),
        (409, "issuer-result-not-standing".into())
    );
}

#[tokio::test]
async fn the_paper_says_what_is_signed() {
    let world = World::new().await;
    let submitted = world.submit(1).await;
    let path = format!(
        "/v1/results/{}/certificate",
        submitted["result_id"].as_str().unwrap()
    );
    let words = world.get("station", &path).await.json()["words"].clone();
    let id = words["id"].as_str().unwrap();
    assert!(id.starts_with("URN:UVCI:01:DE:"), "{id}");
    assert_eq!(
        words,
        json!({
            "given_name": "Erika", "family_name": family_name(1), "date_of_birth": "1964-08-12",
            "kind": "rapid-antigen", "result": "not-detected", "sampled_at": "2026-11-23T06:10:00Z",
            "device": "Abbott, Panbio COVID-19 Ag", "centre": "Testzentrum Nord",
            "country": "DE", "issuer": "Gesundheitsamt Musterstadt", "id": id,
            "expires_at": "2026-11-27T00:00:00Z",
        })
    );
    // The pictures hold the texts: with the proof once it is there, and without for travel.
    world.anchor_all().await;
    let certificate = world.get("station", &path).await.json();
    assert_eq!(certificate["anchored"], true);
    let picture = world.get("station", &format!("{path}.svg")).await;
    let code = Code::new(certificate["text"].as_str().unwrap()).unwrap();
    assert_eq!(picture.text, code.to_svg(None));
    let travel = world.get("station", &format!("{path}?print=travel")).await.json();
    let picture = world.get("station", &format!("{path}.svg?print=travel")).await;
    let code = Code::at_level(travel["text"].as_str().unwrap(), Level::Q).unwrap();
    assert_eq!(picture.text, code.to_svg(None));
    let decoded = Scanned::new(travel["text"].as_str().unwrap()).unwrap();
    assert!(
        decoded
            .decode(Reading::Strict)
            .unwrap()
            .proof()
            .unwrap()
            .is_none()
    );
    assert_eq!(
        world.get("", &format!("{path}.svg")).await.refused(),
        (401, "issuer-key-unknown".into())
    );
}

#[tokio::test]
async fn a_station_sees_what_is_left_of_today_and_what_it_can_enter() {
    let world = World::new().await;
    world.submit(1).await;
    let used = async || world.get("station", "/v1/account").await.json()["used_today"].clone();
    assert_eq!(
        world.get("station", "/v1/account").await.json(),
        json!({
            "name": "station", "role": "station", "daily_quota": 1000, "used_today": 1,
            "issuer": "Gesundheitsamt Musterstadt",
        })
    );
    // The same request again uses nothing; the next day begins anew.
    world.submit(1).await;
    assert_eq!(used().await, 1);
    world.clock.advance(DAY);
    assert_eq!(used().await, 0);

    let sets = world.get("station", "/v1/value-sets").await.json();
    assert_eq!(
        sets["devices"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|device| device["code"] == "1232" && device["name"] == "Abbott, Panbio COVID-19 Ag")
            .count(),
        1
    );
    // Each of them can be submitted, and each reason revokes.
    for (number, device) in (10..).zip(sets["devices"].as_array().unwrap()) {
        let mut body = submission(number);
        body["test"]["device"] = device["code"].clone();
        body["test"]["result"] = sets["results"][0].clone();
        assert_eq!(world.post("station", "/v1/results", &body).await.status, 200);
    }
    assert_eq!(sets["kinds"], json!(["naat", "rapid-antigen"]));
    for (number, reason) in (100..).zip(sets["reasons"].as_array().unwrap()) {
        let mut body = submission(number);
        body["request_id"] = request_id(number).into();
        let submitted = world.post("station", "/v1/results", &body).await.json();
        let path = format!("/v1/results/{}/revoke", submitted["result_id"].as_str().unwrap());
        let revoked = world.post("station", &path, &json!({ "reason": reason })).await;
        assert_eq!(revoked.json()["reason"], *reason);
    }
    for path in ["/v1/account", "/v1/value-sets"] {
        assert_eq!(
            world.get("", path).await.refused(),
            (401, "issuer-key-unknown".into())
        );
    }
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(core::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn the_page_is_served_beside_the_service() {
    let world = World::new().await;
    let page = world.get("", "/desk/").await;
    assert_eq!(
        (page.status.as_u16(), &*page.headers["content-type"]),
        (200, "text/html; charset=utf-8")
    );
    assert!(page.headers["content-security-policy"].starts_with("default-src 'none'; script-src 'self'"));
    // Everything that the page loads is there.
    for name in [
        "style.css",
        "desk.css",
        "print.css",
        "desk.js",
        "page.js",
        "messages.json",
    ] {
        assert_eq!(
            world.get("", &format!("/desk/{name}")).await.status,
            200,
            "{name}"
        );
    }
    assert_eq!(
        world.get("", "/desk/nothing").await.refused(),
        (404, "issuer-path-unknown".into())
    );
}
