//! What a log counts.

use super::shared::Published;
use crate::metrics::Metrics;
use axum::response::IntoResponse;
use ledger::merkle::TreeSize;
use metrics::{Counter, Gauge, Histogram};
use std::time::Duration;

pub(super) struct LogMetrics {
    metrics: Metrics,
    entries: Gauge,
    published: Gauge,
    cosigners: Gauge,
    publications: Counter,
    append: Histogram,
}

impl LogMetrics {
    pub(super) fn new() -> Self {
        let metrics = Metrics::new();
        Self {
            entries: metrics.gauge("attest_log_entries", "Entries of the tree that was last signed."),
            published: metrics.gauge(
                "attest_log_published_entries",
                "Entries of the tree that was last published.",
            ),
            cosigners: metrics.gauge(
                "attest_log_cosigners",
                "Witnesses that cosigned what was last published.",
            ),
            publications: metrics.counter("attest_log_publications_total", "Checkpoints published."),
            append: metrics.histogram(
                "attest_log_append_seconds",
                "From a request to append to its entries being published.",
            ),
            metrics,
        }
    }

    pub(super) fn signed(&self, size: TreeSize) {
        self.entries.set(size.0 as f64);
    }

    pub(super) fn published(&self, published: &Published) {
        self.publications.increment(1);
        self.published.set(published.size.0 as f64);
        self.cosigners.set(published.cosigners as f64);
    }

    pub(super) fn appended(&self, took: Duration) {
        self.append.record(took.as_secs_f64());
    }

    pub(super) fn refused(&self, code: &'static str) {
        self.metrics
            .labelled("attest_log_refused_total", "code", code)
            .increment(1);
    }

    /// Whether a witness answered with a cosignature.
    pub(super) fn cosignature(&self, witness: &str, given: bool) {
        let name = match given {
            true => "attest_log_cosignatures_total",
            false => "attest_log_cosignature_failures_total",
        };
        self.metrics.labelled(name, "witness", witness).increment(1);
    }

    /// That a checkpoint was anchored on the chain.
    pub(super) fn anchored(&self, size: TreeSize, gas: u64) {
        let metrics = &self.metrics;
        let entries = metrics.gauge(
            "attest_log_chain_entries",
            "Entries of the tree that was last anchored on the chain.",
        );
        entries.set(size.0 as f64);
        let spent = metrics.counter("attest_log_chain_gas_total", "Gas that was spent on anchoring.");
        spent.increment(gas);
    }

    /// That nothing was, and why.
    pub(super) fn not_anchored(&self, code: &'static str) {
        let name = "attest_log_chain_failures_total";
        self.metrics.labelled(name, "code", code).increment(1);
    }

    pub(super) fn render(&self) -> impl IntoResponse + use<> {
        self.metrics.render()
    }
}
