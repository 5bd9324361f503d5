//! What a monitor counts.

use super::{alarm::Kind, core::Core};
use crate::metrics::Metrics;
use axum::response::IntoResponse;
use metrics::{Counter, Gauge};
use std::collections::BTreeMap;

pub(super) struct MonitorMetrics {
    metrics: Metrics,
    alarms: BTreeMap<Kind, Gauge>,
    lost: Counter,
}

impl MonitorMetrics {
    pub(super) fn new() -> Self {
        let metrics = Metrics::new();
        let gauge = |kind: Kind| {
            let name = "attest_monitor_alarms";
            (
                kind,
                metrics.labelled_gauge(name, "Open alarms.", "code", kind.code()),
            )
        };
        Self {
            alarms: Kind::ALL.map(gauge).into(),
            lost: metrics.counter(
                "attest_monitor_webhook_lost_total",
                "Alarms that could not be posted.",
            ),
            metrics,
        }
    }

    pub(super) fn lost(&self) -> Counter {
        self.lost.clone()
    }

    /// Counts a round with a log, a witness, an issuer, or another place.
    pub(super) fn polled(&self, who: &'static str, well: bool) {
        let name = if well {
            "attest_monitor_answers_total"
        } else {
            "attest_monitor_failures_total"
        };
        self.metrics.labelled(name, "of", who).increment(1);
    }

    /// Shows how things stand.
    #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
    pub(super) fn show(&self, core: &Core) {
        for (kind, gauge) in &self.alarms {
            let open = core.alarms.open().iter().filter(|alarm| alarm.key.kind == *kind);
            gauge.set(open.count() as f64);
        }
        for log in &core.logs {
            let gauge = |name, help| self.metrics.labelled_gauge(name, help, "log", log.origin());
            gauge("attest_monitor_entries", "Entries that were read of a log.").set(log.head().size.0 as f64);
            let freshness = log.freshness().map_or(0, |freshness| freshness.0);
            let name = "attest_monitor_freshness_timestamp_seconds";
            gauge(name, "When a quorum last vouched for a log's checkpoint.").set(freshness as f64);
        }
    }

    pub(super) fn render(&self) -> impl IntoResponse + use<> {
        self.metrics.render()
    }
}
