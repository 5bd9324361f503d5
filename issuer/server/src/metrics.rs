//! What an operator sees: counts and times, never a person.

use crate::{Error, result::State};
use issuer::batch::Closing;
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder, SharedString, Unit,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::time::Duration;

/// The metrics of one service. They belong to it and not to the process, since a demo runs several parties in one.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// Orders that wait for the writer.
    pub queue_depth: Gauge,
    /// Orders of one transaction.
    pub group_size: Histogram,
    /// Seconds from the start of a transaction until it is durable.
    pub commit_seconds: Histogram,
    /// Credentials in a batch when it closed.
    pub batch_credentials: Histogram,
    /// Seconds from a batch's closing until a cosigned checkpoint covers it.
    pub anchoring_seconds: Histogram,
    /// Entries that wait for the ledger.
    pub entries_waiting: Gauge,
    /// Kinds of entries of which the log refuses one.
    pub entries_refused: Gauge,
    /// 1 in the process that does the background work.
    pub leading: Gauge,
    /// Answers of the log that were errors.
    pub ledger_failures: Counter,
    /// Heads that were signed with ML-DSA-44 and that the log has.
    pub heads_signed: Counter,
    /// Heads that did not get there.
    pub head_failures: Counter,
    /// Credentials handed to wallets.
    pub copies_issued: Counter,
    /// Results that moved to another wallet.
    pub results_moved: Counter,
    /// Wrong transaction codes.
    pub tx_codes_wrong: Counter,
    /// Results deleted at expiry.
    pub results_purged: Counter,
}

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// Bounds in seconds; the goal for anchoring is 4 s at the 99th percentile.
const SECONDS: [f64; 12] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 3.0, 4.0, 10.0, 60.0];
/// Bounds of counts; a batch has 256 slots, and below 32 people hide one another badly.
const COUNTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

impl Metrics {
    /// Metrics that all stand at zero.
    #[must_use]
    pub fn new() -> Self {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
            .and_then(|builder| builder.set_buckets(&COUNTS));
        let recorder = builder.expect("the bounds are not empty").build_recorder();
        let gauge = |name: &'static str, help| {
            recorder.describe_gauge(KeyName::from(name), None, SharedString::from(help));
            recorder.register_gauge(&Key::from_name(name), &METADATA)
        };
        let counter = |name: &'static str, help| {
            recorder.describe_counter(KeyName::from(name), None, SharedString::from(help));
            recorder.register_counter(&Key::from_name(name), &METADATA)
        };
        let histogram = |name: &'static str, unit, help| {
            recorder.describe_histogram(KeyName::from(name), unit, SharedString::from(help));
            recorder.register_histogram(&Key::from_name(name), &METADATA)
        };
        for (name, help) in [
            ("attest_issuer_requests_total", "Requests by path and status."),
            (
                "attest_issuer_ledger_refusals_total",
                "Refusals of the log that waiting does not mend, by its code.",
            ),
            (
                "attest_issuer_batches_closed_total",
                "Closed batches, by why they closed.",
            ),
        ] {
            recorder.describe_counter(KeyName::from(name), None, SharedString::from(help));
        }
        let help = "Results by state.";
        recorder.describe_gauge(
            KeyName::from("attest_issuer_results"),
            None,
            SharedString::from(help),
        );
        Self {
            queue_depth: gauge("attest_issuer_queue_depth", "Orders that wait for the writer."),
            group_size: histogram("attest_issuer_group_size", None, "Orders of one transaction."),
            commit_seconds: histogram(
                "attest_issuer_commit_seconds",
                Some(Unit::Seconds),
                "From the start of a transaction until it is durable.",
            ),
            batch_credentials: histogram(
                "attest_issuer_batch_credentials",
                None,
                "Credentials in a batch when it closed; below 32, people hide one another badly.",
            ),
            anchoring_seconds: histogram(
                "attest_issuer_anchoring_seconds",
                Some(Unit::Seconds),
                "From a batch's closing until a cosigned checkpoint covers it.",
            ),
            entries_waiting: gauge(
                "attest_issuer_entries_waiting",
                "Entries that wait for the ledger.",
            ),
            entries_refused: gauge(
                "attest_issuer_entries_refused",
                "Kinds of entries of which the log refuses one until somebody settles it; should be 0.",
            ),
            leading: gauge(
                "attest_issuer_leading",
                "1 in the one process that brings entries to the ledger, publishes and deletes.",
            ),
            ledger_failures: counter(
                "attest_issuer_ledger_failures_total",
                "Answers of the log that were errors.",
            ),
            heads_signed: counter(
                "attest_issuer_heads_signed_total",
                "Heads of chains, signed with ML-DSA-44, that the log has: at least two an hour.",
            ),
            head_failures: counter(
                "attest_issuer_head_failures_total",
                "Signed heads that did not get to the log.",
            ),
            copies_issued: counter(
                "attest_issuer_copies_issued_total",
                "Credentials signed for wallets.",
            ),
            results_moved: counter(
                "attest_issuer_results_moved_total",
                "Results that moved to a wallet restored from a backup.",
            ),
            tx_codes_wrong: counter("attest_issuer_tx_codes_wrong_total", "Wrong transaction codes."),
            results_purged: counter("attest_issuer_results_purged_total", "Results deleted at expiry."),
            handle: recorder.handle(),
            recorder,
        }
    }

    /// Counts a closed batch.
    pub fn batch_closed(&self, because: Closing, credentials: usize) {
        let because = match because {
            Closing::Full => "full",
            Closing::Early => "early",
            Closing::Late => "late",
        };
        self.labelled(
            "attest_issuer_batches_closed_total",
            &[Label::new("because", because)],
        )
        .increment(1);
        self.batch_credentials
            .record(f64::from(u32::try_from(credentials).unwrap_or(u32::MAX)));
    }

    /// Counts an answered request. `path` is the route's pattern, never what was asked for.
    pub fn request(&self, path: &str, status: u16) {
        let labels = [
            Label::new("path", path.to_owned()),
            Label::new("status", status.to_string()),
        ];
        self.labelled("attest_issuer_requests_total", &labels)
            .increment(1);
    }

    /// Counts a refusal that a person may want to know of.
    pub fn failure(&self, error: &Error) {
        self.labelled(
            "attest_issuer_failures_total",
            &[Label::new("code", error.code())],
        )
        .increment(1);
    }

    /// Counts a refusal of the log by its code; `kinds` of entries are refused now.
    pub fn refused(&self, code: &str, kinds: usize) {
        let labels = [Label::new("code", code.to_owned())];
        self.labelled("attest_issuer_ledger_refusals_total", &labels)
            .increment(1);
        self.entries_refused.set(crate::anchor::count(kinds));
    }

    /// The gauge of results in one state.
    pub fn results(&self, state: State) -> Gauge {
        let state = match state {
            State::Issued => "issued",
            State::Revoked => "revoked",
            State::Replaced => "replaced",
        };
        let key = Key::from_parts("attest_issuer_results", vec![Label::new("state", state)]);
        self.recorder.register_gauge(&key, &METADATA)
    }

    /// All of them in Prometheus' text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }

    fn labelled<const N: usize>(&self, name: &'static str, labels: &[Label; N]) -> Counter {
        self.recorder
            .register_counter(&Key::from_parts(name, labels.to_vec()), &METADATA)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// A duration for a histogram.
#[must_use]
pub fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_what_was_counted() {
        let metrics = Metrics::new();
        metrics.batch_closed(Closing::Late, 3);
        metrics.request("/v1/results", 201);
        metrics.results(State::Issued).set(5.0);
        metrics.anchoring_seconds.record(2.5);
        let text = metrics.render();
        for line in [
            "attest_issuer_batches_closed_total{because=\"late\"} 1",
            "attest_issuer_requests_total{path=\"/v1/results\",status=\"201\"} 1",
            "attest_issuer_results{state=\"issued\"} 5",
            "attest_issuer_anchoring_seconds_bucket{le=\"3\"} 1",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }
}
