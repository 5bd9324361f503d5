//! How the members fare, as a table in the terminal.

use super::members::Member;
use crate::print::{self, say};
use futures_util::future::join_all;
use ledger::{checkpoint::SignedCheckpoint, policy::Policy};
use std::{
    io::{IsTerminal, stdout},
    time::Duration,
};
use tokio::time;
use verifier_server::now;

/// How often it is drawn.
const EVERY: Duration = Duration::from_secs(2);

/// What is known of a member at a moment.
struct Row {
    name: String,
    /// Entries published, cosigners, and seconds since the quorum's word; none if nothing was published or read.
    log: Option<(u64, usize, i64)>,
    witness: bool,
    /// Open alarms of its monitor; none if that does not answer.
    alarms: Option<u64>,
}

/// Draws the table until the process is told to stop, or once, as soon as all logs have published, with `once`.
pub async fn show(client: &reqwest::Client, policy: &Policy, members: &[Member], once: bool) {
    let drawing = async {
        let mut lines = 0;
        loop {
            let rows = join_all(members.iter().map(|member| look(client, policy, member))).await;
            let all_published = rows.iter().all(|row| row.log.is_some());
            if !once || all_published {
                // Over the table of before, where that is possible.
                if stdout().is_terminal() && lines > 0 {
                    print::out(format_args!("\x1b[{lines}A\x1b[J"));
                }
                lines = draw(&rows, members);
            }
            if once && all_published {
                return;
            }
            time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = drawing => {}
        () = serve::told_to_stop() => {}
    }
}

/// Draws it; returns its height in lines.
fn draw(rows: &[Row], members: &[Member]) -> usize {
    say!("");
    say!("member      entries  cosigned  seconds ago  log pid   witness      monitor");
    for (row, member) in rows.iter().zip(members) {
        let log = match row.log {
            Some((size, cosigners, age)) => format!("{size:>7}  {cosigners:>8}  {age:>11}"),
            None => format!("{:>7}  {:>8}  {:>11}", "–", "–", "–"),
        };
        let witness = match row.witness {
            true => "answers",
            false => "SILENT",
        };
        let alarms = match row.alarms {
            Some(0) => "no alarm".to_owned(),
            Some(count) => format!("{count} ALARMS"),
            None => "SILENT".to_owned(),
        };
        let (log_id, witness_id) = (member.log.id, member.witness.id);
        say!(
            "{:<10} {log}  {log_id:>7}   {witness:<7} {witness_id:>6}  {alarms:<9} {}",
            row.name,
            member.monitor.url
        );
    }
    rows.len() + 2
}

async fn look(client: &reqwest::Client, policy: &Policy, member: &Member) -> Row {
    let get = async |url: String| {
        let response = client.get(url).send().await.ok()?.error_for_status().ok()?;
        response.bytes().await.ok()
    };
    let checkpoint = get(format!("{}/checkpoint", member.log.url)).await;
    let cosigned = checkpoint
        .and_then(|bytes| SignedCheckpoint::parse(&bytes).ok())
        .and_then(|checkpoint| policy.verify(&checkpoint).ok());
    let log = cosigned.map(|cosigned| {
        let age = now().since(cosigned.freshness());
        (
            cosigned.checkpoint().head().size.0,
            cosigned.cosigners().len(),
            age,
        )
    });
    let witness = get(format!("{}/healthz", member.witness.url)).await.is_some();
    let metrics = get(format!("{}/metrics", member.monitor.url)).await;
    let alarms = metrics.map(|bytes| {
        let text = String::from_utf8_lossy(&bytes);
        let values = text.lines().filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            name.starts_with("attest_monitor_alarms{")
                .then(|| value.parse::<u64>().ok())?
        });
        values.sum()
    });
    Row {
        name: member.name.clone(),
        log,
        witness,
        alarms,
    }
}
