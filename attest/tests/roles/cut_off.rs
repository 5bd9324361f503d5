//! Members that are cut off. Their processes are held where they are: connections stay open and nobody answers, which is how
//! machines fail more often than by ending.

use super::world::*;
use std::time::Duration;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
#[tokio::test]
async fn three_cut_off_go_unnoticed_and_four_stop_publication_alone() {
    let place = Place::new();
    let cooperative = found_with(&place, MEMBERS, &[]);
    let issuer = open_issuer(&place, &cooperative);
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
    let client = client.expect("a client");
    let (url, key) = (&*issuer.url, &*issuer.station);
    let day = async |first: usize| submit_many(&client, url, key, first).await;
    let metric = async |name: &str| {
        let asked = client.get(format!("{}/metrics", cooperative.log_url)).send();
        let text = asked.await.expect("an answer").text().await.expect("a text");
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse::<u64>().ok());
        value.unwrap_or_else(|| panic!("{name}: {text}"))
    };

    // Up to three at once: results are published as if nothing were.
    for (at, witness) in cooperative.witnesses.iter().enumerate().take(MEMBERS - QUORUM) {
        witness.hold(true);
        let results = day(at * PEOPLE).await;
        certificate(&client, url, key, &results[0]).await;
    }

    // With four the test centre goes on, the log takes what comes, and nobody is shown anything that no quorum has seen.
    cooperative.witnesses[MEMBERS - QUORUM].hold(true);
    let results = day(MEMBERS * PEOPLE).await;
    let taken_in = async {
        while metric("attest_log_entries").await == metric("attest_log_published_entries").await {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let taken_in = tokio::time::timeout(PATIENCE, taken_in).await;
    taken_in.expect("the log gets what was issued");
    let (signed, published) = (
        metric("attest_log_entries").await,
        metric("attest_log_published_entries").await,
    );
    assert!(published < signed, "{published} of {signed}");

    // They return, and nothing was lost.
    cooperative
        .witnesses
        .iter()
        .for_each(|witness| witness.hold(false));
    for result in &results {
        certificate(&client, url, key, result).await;
    }
    assert!(metric("attest_log_published_entries").await >= signed);
    for witness in cooperative.witnesses {
        assert!(witness.stop().success());
    }
    assert!(cooperative.log.stop().success());
}
