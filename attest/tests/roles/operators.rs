//! What operators do to a cooperative that runs: restart it member by member, restore an old backup by mistake, and go on after a
//! log is lost (`docs/operators.md`).

use super::world::*;
use std::{fs, path::Path, process::Command, time::Duration};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// People enough that their batch closes at once.
const PEOPLE: usize = 40;
const NETWORK: &str = "network/network.toml";

/// A station of an issuer, from which people come in.
pub(super) struct Station {
    pub(super) client: reqwest::Client,
    pub(super) issuer: Issuer,
    next: usize,
}

impl Station {
    pub(super) fn of(issuer: Issuer) -> Self {
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
        Self {
            client: client.expect("a client"),
            issuer,
            next: 0,
        }
    }

    /// People enough for a batch, and one of their results.
    pub(super) async fn day(&mut self) -> serde_json::Value {
        let mut result = None;
        for number in self.next..self.next + PEOPLE {
            result = Some(submit(&self.client, &self.issuer.url, &self.issuer.station, number).await);
        }
        self.next += PEOPLE;
        result.expect("somebody came")
    }

    pub(super) async fn certificate(&self, result: &serde_json::Value) -> String {
        certificate(&self.client, &self.issuer.url, &self.issuer.station, result).await
    }

    pub(super) async fn published(&self, log: &str) -> u64 {
        let asked = self.client.get(format!("{log}/metrics")).send();
        let text = asked.await.expect("an answer").text().await.expect("a text");
        let name = "attest_log_published_entries ";
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.parse().ok());
        value.unwrap_or_else(|| panic!("{text}"))
    }
}

/// A service that was told any free port keeps the one that it got, also after a restart.
fn settle(place: &Place, config: &str, url: &str) {
    let text = fs::read_to_string(place.path(config)).expect("a file");
    let address = url.strip_prefix("http://").expect("a URL");
    place.write(config, text.replace("127.0.0.1:0", address));
}

pub(super) fn witness_config(member: usize) -> String {
    format!("member-{member}/witness.toml")
}

/// A witness that was stopped, started again.
fn restart(place: &Place, process: Process, member: usize) -> Process {
    assert!(process.stop().success());
    place.start(&["witness", "--config", &witness_config(member)]).0
}

/// All members on ports that they keep.
pub(super) fn found_settled(place: &Place) -> Cooperative {
    let cooperative = found_with(place, MEMBERS, &[]);
    let policy = fs::read_to_string(place.path("network/members.policy")).expect("a policy");
    for line in policy.lines() {
        let items: Vec<&str> = line.split(' ').collect();
        if let ["witness", name, _, url] = items[..] {
            settle(place, &format!("{name}/witness.toml"), url);
        }
    }
    settle(place, "log/log.toml", &cooperative.log_url);
    cooperative
}

pub(super) fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.expect("cp is there").success());
}

#[tokio::test]
async fn members_restart_one_after_the_other_and_publication_goes_on() {
    let place = Place::new();
    let mut cooperative = found_settled(&place);
    let mut station = Station::of(open_issuer(&place, &cooperative));
    for member in 1..=MEMBERS {
        let before = station.published(&cooperative.log_url).await;
        // While the member is down, and not only afterwards.
        let process = cooperative.witnesses.remove(0);
        assert!(process.stop().success());
        let result = station.day().await;
        station.certificate(&result).await;
        let during = station.published(&cooperative.log_url).await;
        assert!(during > before, "nothing was published without member {member}");
        let started = place.start(&["witness", "--config", &witness_config(member)]);
        cooperative.witnesses.push(started.0);
    }
    // The log last: issuers go on without it, and it goes on from where it was.
    let result = {
        assert!(cooperative.log.stop().success());
        let result = station.day().await;
        let (log, url) = place.start(&["ledger", "--config", "log/log.toml"]);
        assert_eq!(url, cooperative.log_url);
        cooperative.log = log;
        result
    };
    station.certificate(&result).await;
}

#[tokio::test]
async fn a_log_that_was_restored_from_an_old_backup_signs_nothing() {
    let place = Place::new();
    let cooperative = found_settled(&place);
    let mut station = Station::of(open_issuer(&place, &cooperative));
    let result = station.day().await;
    station.certificate(&result).await;
    // The backup is of a log that does not run, and is whole.
    assert!(cooperative.log.stop().success());
    copy(&place.path("log/files"), &place.path("backup"));
    let (log, _) = place.start(&["ledger", "--config", "log/log.toml"]);
    let result = station.day().await;
    station.certificate(&result).await;
    assert!(log.stop().success());
    copy(&place.path("log/files"), &place.path("newest"));

    // Restored by mistake: entries come in at once, and none is signed. The log ends and says why.
    fs::remove_dir_all(place.path("log/files")).expect("a folder");
    copy(&place.path("backup"), &place.path("log/files"));
    let late = station.day().await;
    let mut restored = place.command(&["ledger", "--config", "log/log.toml"]);
    let ended = tokio::task::spawn_blocking(move || restored.output().expect("the binary runs"));
    let ended = tokio::time::timeout(PATIENCE, ended).await.expect("it ends");
    let ended = ended.expect("no panic");
    let said = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(
        said.contains("[log-behind]") && said.contains("Restore the newest copy"),
        "{said}"
    );
    let head = |folder: &str| fs::read(place.path(folder).join("head")).expect("a file");
    assert_eq!(head("log/files"), head("backup"), "nothing was signed");

    // The newest copy goes on, with what came in meanwhile.
    fs::remove_dir_all(place.path("log/files")).expect("a folder");
    copy(&place.path("newest"), &place.path("log/files"));
    let (_log, _) = place.start(&["ledger", "--config", "log/log.toml"]);
    station.certificate(&late).await;
}

#[tokio::test]
async fn the_next_log_takes_over_from_one_that_is_lost() {
    let place = Place::new();
    let mut cooperative = found_settled(&place);
    let mut station = Station::of(open_issuer(&place, &cooperative));
    let early = station.day().await;
    let paper = station.certificate(&early).await;
    place.write("early.txt", paper);
    let mirror = [
        "ledger",
        "mirror",
        &cooperative.log_url,
        "--into",
        "mirror",
        "--network",
        NETWORK,
    ];
    place.ok(&mirror);

    // Its folder and its key are gone. The member founds the next one.
    assert!(cooperative.log.stop().success());
    fs::remove_dir_all(place.path("log")).expect("a folder");
    let late = station.day().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let (listen, url) = free
        .map(|free| (free.to_string(), format!("http://{free}")))
        .expect("a port");
    let mut init = vec!["ledger", "init", "log-2", "--origin", "attest.example/log-2"];
    init.extend([
        "--listen",
        &listen,
        "--url",
        &url,
        "--registrar",
        &cooperative.registrar,
    ]);
    let next = place.ok(&init);

    // Seven offices name it, first, and the one before without an address: what it signed still holds.
    let before = fs::read_to_string(place.path("lines")).expect("lines");
    let mut lines = vec![next.trim().to_owned()];
    lines.extend(
        before
            .lines()
            .map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
                ["log", key, ..] => format!("log {key}"),
                _ => line.to_owned(),
            }),
    );
    place.write("lines-2", lines.join("\n") + "\n");
    let proposal = place.ok(&["policy", "propose", "--network", NETWORK, "lines-2"]);
    place.write("proposal", proposal);
    let mut enact = vec!["policy".to_owned(), "enact".to_owned(), "proposal".to_owned()];
    for office in (1..=QUORUM).map(|member| format!("office-{member}")) {
        let signed = place.ok(&["policy", "sign", &office, "proposal", "--network", NETWORK]);
        enact.push(format!("{office}.signed"));
        place.write(&format!("{office}.signed"), signed);
    }
    enact.extend(["--network", NETWORK, "--into", "network-2"].map(str::to_owned));
    place.ok(&enact.iter().map(String::as_str).collect::<Vec<_>>());
    let new_policy = place.path("network-2/members.policy");
    for (member, process) in (1..).zip(std::mem::take(&mut cooperative.witnesses)) {
        fs::copy(
            &new_policy,
            place.path(&format!("member-{member}/members.policy")),
        )
        .expect("a copy");
        cooperative.witnesses.push(restart(&place, process, member));
    }
    fs::copy(&new_policy, place.path("log-2/members.policy")).expect("a copy");
    let (_log, at) = place.start(&["ledger", "--config", "log-2/log.toml"]);
    assert_eq!(at, url);

    // What the last one said is carried over, once.
    let network = "network-2/network.toml";
    let carry_over = [
        "ledger",
        "carry-over",
        "mirror",
        "--network",
        network,
        "--to",
        &url,
    ];
    let carried = place.ok(&carry_over);
    assert!(carried.contains(", of which 0 no longer count"), "{carried}");
    let size = station.published(&url).await;
    assert_eq!(place.ok(&carry_over), carried);
    assert_eq!(station.published(&url).await, size, "once");

    // The issuer appends there from now on, also what came in while there was no log.
    assert!(station.issuer.process.stop().success());
    let config = fs::read_to_string(place.path("issuer/issuer.toml")).expect("a file");
    place.write("issuer/issuer.toml", config.replace(&cooperative.log_url, &url));
    station.issuer.process = place.start(&["issuer", "--config", "issuer/issuer.toml"]).0;
    let paper = station.certificate(&late).await;
    place.write("late.txt", paper);

    // Doors that follow the next log know what the last one said; the last one is read from its mirror.
    place.ok(&["verify", "--network", network, "early.txt"]);
    place.ok(&["verify", "--network", network, "late.txt"]);
    place.ok(&["verify", "--network", network, "--ledger", "mirror", "early.txt"]);
}
