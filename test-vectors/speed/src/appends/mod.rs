//! Entries into a log: how many a second become durable and cosigned, and how long one takes.

pub mod issuers;

use self::issuers::{Appended, Waited};
use crate::{child::Child, contest::quantile, cooperative::Cooperative, disk, scale::Scale, table::Row};
use ledger::{checkpoint::SignedCheckpoint, policy::Cosigned};
use std::{path::Path, thread};

/// Least entries a second.
const RATE: f64 = 5_000.0;
/// Most seconds from an entry's submission until it is published, at the 99th percentile: what a batch may take.
const PUBLISHED: f64 = 4.0;

/// The rows of a log whose files, and those of its witnesses, are in `folder`.
pub async fn measure(members: &Cooperative, folder: &Path, scale: &Scale) -> Vec<Row> {
    let cores = thread::available_parallelism().map_or(1, usize::from) as f64;
    // 1. Issuers, whom the registrar accredits.
    let flushes = disk::flushes(folder, scale.moment * 8);
    let (issuers, requests, leisurely) = (
        scale.issuers.to_string(),
        scale.requests.to_string(),
        scale.leisurely.to_string(),
    );
    let mut load = Child::start(&[issuers::ROLE, members.address(), &issuers, &requests, &leisurely]);
    let registered: u64 = load.hear();
    let before = published(members).await.checkpoint().head().size.0;
    assert!(before > registered, "the issuers and the null entry");

    // 2. As fast as they can.
    let used = members.cpu_seconds();
    let appended: Appended = load.ask("append");
    let used = members.cpu_seconds() - used;
    let cosigned = published(members).await;
    let entries = cosigned.checkpoint().head().size.0 - before;
    assert_eq!(entries, appended.entries, "all that was acknowledged");
    let rate = entries as f64 / appended.seconds;
    let share = |seconds: f64| 100.0 * seconds / (appended.seconds * cores);

    // 3. At leisure, and one alone.
    let Waited {
        mut busy,
        mut alone,
        seconds,
    } = load.ask("wait");
    let steady = busy.len() as f64 / seconds;
    let [median, p99] = [0.5, 0.99].map(|share| quantile(&mut busy, share));
    let idle = quantile(&mut alone, 0.5);
    vec![
        Row {
            what: format!(
                "entries durable and cosigned by 7 of 10, {entries} of {} issuers",
                scale.issuers
            ),
            figure: format!("{rate:.0}/s"),
            ratio: format!(
                "the disk alone: {flushes:.0} fsync/s; CPU: log and witnesses {:.0} %, load {:.0} %",
                share(used),
                share(appended.cpu_seconds)
            ),
            limit: format!("≥ {RATE}/s"),
            holds: rate >= RATE,
        },
        Row {
            what: format!("entry submitted to published, ten witnesses, {steady:.0} entries/s"),
            figure: format!("{median:.2} s"),
            ratio: format!(
                "p99 {p99:.2} s; {idle:.2} s on an idle log, the rest is waiting for the next checkpoint, of which \
                 there is one a second"
            ),
            limit: format!("p99 ≤ {PUBLISHED} s"),
            holds: p99 <= PUBLISHED,
        },
    ]
}

/// What the log publishes, found to be cosigned.
async fn published(members: &Cooperative) -> Cosigned {
    let answer = reqwest::get(format!("{}/checkpoint", members.url)).await;
    let bytes = answer.expect("it answers").bytes().await.expect("a checkpoint");
    let checkpoint = SignedCheckpoint::parse(&bytes).expect("a checkpoint");
    members.policy.verify(&checkpoint).expect("a quorum")
}
