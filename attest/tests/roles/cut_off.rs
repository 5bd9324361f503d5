//! Members that are cut off: their processes are held where they are, so that connections stay open and nobody answers, which is
//! how machines fail more often than by ending; or the wire to them is.

use super::{wire::Wire, world::*};
use std::time::Duration;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test]
async fn three_cut_off_go_unnoticed_and_four_stop_publication_alone() {
    let place = Place::new();
    let mut cooperative = found_with(&place, MEMBERS, &[]);
    let witnesses = std::mem::take(&mut cooperative.witnesses);
    three_go_unnoticed_and_four_do_not(&place, &cooperative, |member, cut| witnesses[member].hold(cut)).await;
    end(cooperative, witnesses);
}

/// The same in a network of the test's own, where each member has a machine of its own.
#[tokio::test]
async fn members_without_a_network_are_as_those_that_hang() {
    if !super::wire::within_a_network("cut_off::members_without_a_network_are_as_those_that_hang") {
        return;
    }
    let place = Place::new();
    let wires: Vec<Wire> = (1..=MEMBERS).map(Wire::lay).collect();
    let machines: Vec<Machine> = wires.iter().map(Wire::machine).collect();
    let mut cooperative = found_on(&place, &machines, &[]);
    let witnesses = std::mem::take(&mut cooperative.witnesses);
    three_go_unnoticed_and_four_do_not(&place, &cooperative, |member, cut| wires[member].cut(cut)).await;
    end(cooperative, witnesses);
}

fn end(cooperative: Cooperative, witnesses: Vec<Process>) {
    for witness in witnesses {
        assert!(witness.stop().success());
    }
    assert!(cooperative.log.stop().success());
}

async fn three_go_unnoticed_and_four_do_not(
    place: &Place,
    cooperative: &Cooperative,
    cut: impl Fn(usize, bool),
) {
    let issuer = open_issuer(place, cooperative);
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
    for member in 0..MEMBERS - QUORUM {
        cut(member, true);
        let results = day(member * PEOPLE).await;
        certificate(&client, url, key, &results[0]).await;
    }

    // With four the test centre goes on, the log takes what comes, and nobody is shown anything that no quorum has seen.
    cut(MEMBERS - QUORUM, true);
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
    (0..=MEMBERS - QUORUM).for_each(|member| cut(member, false));
    for result in &results {
        certificate(&client, url, key, result).await;
    }
    assert!(metric("attest_log_published_entries").await >= signed);
}
