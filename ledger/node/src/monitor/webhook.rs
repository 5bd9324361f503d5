//! Telling somebody: each alarm that opens or closes is posted as JSON to one URL.

use super::{alarm::Alarm, words};
use reqwest::{Client, Url};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{sync::mpsc, time};

/// Alarms that wait to be posted; while nobody takes them, the next ones are counted as lost.
pub(super) const MAX_WAITING: usize = 256;
/// How often one is tried: for three minutes, and longer where nobody answers.
const MAX_TRIES: u32 = 8;
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Posts what comes until nothing more can come.
pub(super) async fn run(url: Url, mut alarms: mpsc::Receiver<Alarm>, lost: metrics::Counter) {
    let Ok(client) = Client::builder().timeout(TIMEOUT).build() else {
        tracing::error!("alarms cannot be posted: the machine has no root certificates");
        return;
    };
    while let Some(alarm) = alarms.recv().await {
        if !post(&client, &url, &message(&alarm)).await {
            tracing::warn!(code = alarm.key.kind.code(), "an alarm could not be posted");
            lost.increment(1);
        }
    }
}

/// What is posted. `text` is what chat services show; the rest is for programs.
fn message(alarm: &Alarm) -> Value {
    let state = if alarm.closed.is_some() {
        "closed"
    } else {
        "opened"
    };
    let kind = alarm.key.kind;
    json!({
        "text": format!("Attest monitor: {state}: {} ({})", words::title(kind, words::Language::English), alarm.key.subject),
        "code": kind.code(),
        "subject": alarm.key.subject,
        "state": state,
        "opened": alarm.opened,
        "closed": alarm.closed,
        "facts": alarm.facts,
    })
}

async fn post(client: &Client, url: &Url, message: &Value) -> bool {
    for attempt in 0..MAX_TRIES {
        if attempt > 0 {
            time::sleep(Duration::from_secs(1 << attempt.min(6))).await;
        }
        // The answer's body is nobody's business.
        if let Ok(answer) = client.post(url.clone()).json(message).send().await
            && answer.status().is_success()
        {
            return true;
        }
    }
    false
}
