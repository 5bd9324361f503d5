//! Backups that are restored, made and restored as `docs/operators.md` says, and older ones than it says.

use super::{monitor::until, operators::*, world::*};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ledger::entry::{Entry, Leaf};
use std::{fs, process::Command, time::Duration};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
const ISSUER: [&str; 3] = ["issuer", "--config", "issuer/issuer.toml"];
const DATABASE: &str = "issuer/data/issuer.sqlite";

/// A backup of the database while the issuer runs. Nothing, and a line that says so, where SQLite's shell is missing.
fn back_up(place: &Place, to: &str) -> bool {
    let into = format!("VACUUM INTO '{}'", place.path(to).display());
    let done = Command::new("sqlite3")
        .arg(place.path(DATABASE))
        .arg(into)
        .status();
    let Ok(status) = done else {
        println!("left out: 1 test of a restored issuer (needs sqlite3)");
        return false;
    };
    assert!(status.success());
    true
}

/// Puts a backup in the place of the database, whose other files go.
fn restore(place: &Place, from: &str) {
    for file in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(place.path(&format!("{DATABASE}{file}")));
    }
    fs::copy(place.path(from), place.path(DATABASE)).expect("a copy");
}

/// Runs a service that ends by itself and says why.
async fn ends(place: &Place, arguments: &[&str], code: &str) {
    let mut command = place.command(arguments);
    let ended = tokio::task::spawn_blocking(move || command.output().expect("the binary runs"));
    let ended = tokio::time::timeout(PATIENCE, ended).await.expect("it ends");
    let ended = ended.expect("no panic");
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(
        said.contains(&format!("[{code}]")) && said.contains("estore the newest copy"),
        "{said}"
    );
}

/// The last batch that the log has of the issuer; it has no evidence against it.
async fn last_batch(place: &Place, client: &reqwest::Client, log: &str) -> Entry {
    assert!(!place.path("log/files/evidence").exists());
    let said = client.get(format!("{log}/issuers/1")).send().await;
    let said: serde_json::Value = said.expect("an answer").json().await.expect("JSON");
    let bytes = BASE64_STANDARD.decode(said["batch"].as_str().expect("a batch"));
    match Leaf::decode(&bytes.expect("base64")).expect("an entry") {
        Leaf::Entry(entry) => *entry.unverified(),
        Leaf::Null => panic!("not a batch"),
    }
}

#[tokio::test]
async fn older_copies_are_found_and_the_newest_go_on() {
    let place = Place::new();
    let mut cooperative = found_settled(&place);
    let mut station = Station::of(open_issuer(&place, &cooperative));
    let result = station.day().await;
    station.certificate(&result).await;
    a_monitor(&place, &cooperative, &mut station).await;
    a_witness(&place, &mut cooperative, &mut station).await;
    an_issuer(&place, cooperative, station).await;
}

/// From a copy that was made while it ran it reads on, and raises no alarm.
async fn a_monitor(place: &Place, cooperative: &Cooperative, station: &mut Station) {
    let (registrar, listen) = (&*cooperative.registrar, "127.0.0.1:0");
    place.ok(&[
        "monitor",
        "init",
        "monitor",
        "--registrar",
        registrar,
        "--listen",
        listen,
    ]);
    copy(
        &place.path("network/members.policy"),
        &place.path("monitor/members.policy"),
    );
    let config = "monitor/monitor.toml";
    let settings = fs::read_to_string(place.path(config)).expect("a file");
    let pace = "[monitor.pace]\npoll_ms = 300\nretry_ms = 1000\nsave_ms = 1000\ngrace_ms = 2000";
    place.write(config, settings.replace("#[monitor.pace]", pace));
    let start = ["monitor", "--config", config];
    let (monitor, url) = place.start(&start);
    until(&station.client, &format!("{url}/readyz"), |status, _| {
        status == 200
    })
    .await;
    let data = place.path("monitor/files");
    let written = || data.join("monitor").exists() && data.join("view").exists();
    while !written() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    fs::create_dir(place.path("copy")).expect("a folder");
    copy(&data.join("monitor"), &place.path("copy/monitor"));
    for name in ["leaves", "view"] {
        copy(&data.join(name), &place.path("copy").join(name));
    }
    let result = station.day().await;
    station.certificate(&result).await;
    assert!(monitor.stop().success());
    fs::remove_dir_all(&data).expect("a folder");
    copy(&place.path("copy"), &data);

    let (monitor, url) = place.start(&start);
    let size = station.published(&cooperative.log_url).await;
    let read = format!("attest_monitor_entries{{log=\"attest.example/log\"}} {size}\n");
    let metrics = until(&station.client, &format!("{url}/metrics"), |_, text| {
        text.contains(&read)
    })
    .await;
    let mut alarms = metrics
        .lines()
        .filter(|line| line.starts_with("attest_monitor_alarms{"));
    assert!(alarms.all(|line| line.ends_with(" 0")), "{metrics}");
    assert!(monitor.stop().success());
}

/// With older records it does not start, and cosigns nothing.
async fn a_witness(place: &Place, cooperative: &mut Cooperative, station: &mut Station) {
    let start = ["witness", "--config", "member-1/witness.toml"];
    let records = place.path("member-1/records");
    copy(
        &place.path("network/members.policy"),
        &place.path("member-1/members.policy"),
    );
    assert!(cooperative.witnesses.remove(0).stop().success());
    copy(&records, &place.path("old-records"));
    let (witness, _) = place.start(&start);
    let result = station.day().await;
    station.certificate(&result).await;
    let size = station.published(&cooperative.log_url).await;
    let published = format!("{}/checkpoint", cooperative.log_url);
    until(&station.client, &published, |_, note| {
        let entries = note.lines().nth(1).and_then(|line| line.parse::<u64>().ok());
        entries >= Some(size) && note.contains("attest.example/member-1 ")
    })
    .await;
    assert!(witness.stop().success());

    fs::rename(&records, place.path("newest-records")).expect("a folder");
    copy(&place.path("old-records"), &records);
    ends(place, &start, "record-behind").await;
    fs::remove_dir_all(&records).expect("a folder");
    ends(place, &start, "record-behind").await;
    fs::remove_dir_all(&records).expect("a folder");
    copy(&place.path("newest-records"), &records);
    cooperative.witnesses.push(place.start(&start).0);
}

/// With an older database it sends nothing, also when it learns that late.
async fn an_issuer(place: &Place, cooperative: Cooperative, mut station: Station) {
    let log = cooperative.log_url.clone();
    if !back_up(place, "old.sqlite") {
        return;
    }
    let result = station.day().await;
    station.certificate(&result).await;
    assert!(back_up(place, "newest.sqlite"));
    assert!(station.issuer.process.stop().success());
    let before = last_batch(place, &station.client, &log).await;

    restore(place, "old.sqlite");
    ends(place, &ISSUER, "issuer-behind").await;
    // Without a log it takes results, and closes a batch of them. Nothing of it is ever sent.
    assert!(cooperative.log.stop().success());
    station.issuer.process = place.start(&ISSUER).0;
    station.day().await;
    let (_log, _) = place.start(&["ledger", "--config", "log/log.toml"]);
    let mut process = station.issuer.process;
    let ended = async {
        loop {
            if let Some(status) = process.0.try_wait().expect("it is ours") {
                break status;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let ended = tokio::time::timeout(PATIENCE, ended).await.expect("it ends");
    assert_eq!(ended.code(), Some(2));
    assert_eq!(last_batch(place, &station.client, &log).await, before);

    // One that has every batch goes on where it was.
    restore(place, "newest.sqlite");
    station.issuer.process = place.start(&ISSUER).0;
    let result = station.day().await;
    station.certificate(&result).await;
    let after = last_batch(place, &station.client, &log).await;
    assert!(after.subject().number() > before.subject().number());
}
