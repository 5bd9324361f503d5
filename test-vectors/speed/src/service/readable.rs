//! Whether a verifier accepts what was acknowledged: each certificate is fetched with its proof and examined against a
//! view that was synced from the log's static files.

use super::{
    connection::{Connection, member},
    issuer::Running,
};
use crate::world::synced;
use schemas::{crypto::aws_lc::AwsLc, sd_cwt::profile::Audience};
use std::{fs, path::Path};
use tokio::task::JoinSet;
use verifier::{
    Door, Policy, Verdict, foreign::CountryRules, network::Network, replay::ReplayMemory, trust::TrustList,
    verdict::stopped,
};

/// Connections that certificates are fetched on.
const CONNECTIONS: usize = 16;

/// How many of the results a verifier accepts.
pub async fn count_accepted(issuer: &Running, results: &[String], network: &Path) -> usize {
    let network = fs::read_to_string(network).expect("the ledger wrote it");
    let network = Network::from_toml(&network).expect("a network document");
    let log = network
        .terms()
        .members
        .logs()
        .iter()
        .find_map(|log| log.url.clone());
    let view = synced(&network, &log.expect("the log's address")).await;
    let door = Door {
        policy: &Policy::default(),
        view: Some(&view),
        trust: &TrustList::default(),
        rules: &CountryRules::default(),
        audience: Audience::AnyDoor,
        crypto: &AwsLc,
        stopwatch: stopped,
    };
    let accepted = |text: &&String| {
        let examined = door.examine(text, verifier_server::now(), &mut ReplayMemory::default());
        matches!(examined.report.verdict(), Verdict::Accept(_))
    };
    fetch_all(issuer, results).await.iter().filter(accepted).count()
}

/// The texts of all certificates.
async fn fetch_all(issuer: &Running, results: &[String]) -> Vec<String> {
    let mut fetching = JoinSet::new();
    for part in results.chunks(results.len().div_ceil(CONNECTIONS).max(1)) {
        let mut connection = Connection::open(&issuer.address, &issuer.key).await;
        let part = part.to_vec();
        fetching.spawn(async move {
            let mut texts = Vec::with_capacity(part.len());
            for result in part {
                let answer = connection
                    .ask("GET", &format!("/v1/results/{result}/certificate"), "")
                    .await;
                assert_eq!(answer.status, "200", "{}", answer.body);
                texts.push(member(answer.body, "text").expect("a certificate").to_owned());
            }
            texts
        });
    }
    fetching.join_all().await.concat()
}
