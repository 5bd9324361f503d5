//! Counters of one log or witness, in the text format of Prometheus. Each has its own: a process may run several.

use axum::{http::header, response::IntoResponse};
use metrics::{Counter, Gauge, Histogram, Key, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

/// Seconds: from a witness beside us (milliseconds) to the 20 s that Rekor v2 tells its clients to wait.
const SECONDS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0,
];

pub(crate) struct Metrics(PrometheusRecorder);

impl Metrics {
    pub(crate) fn new() -> Self {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
            .expect("there are buckets");
        Self(builder.build_recorder())
    }

    pub(crate) fn counter(&self, name: &'static str, help: &'static str) -> Counter {
        self.0.describe_counter(name.into(), None, help.into());
        self.0.register_counter(&Key::from_name(name), &METADATA)
    }

    pub(crate) fn labelled(&self, name: &'static str, label: &'static str, value: &str) -> Counter {
        let key = Key::from_parts(name, vec![metrics::Label::new(label, value.to_owned())]);
        self.0.register_counter(&key, &METADATA)
    }

    pub(crate) fn labelled_gauge(
        &self,
        name: &'static str,
        help: &'static str,
        label: &'static str,
        value: &str,
    ) -> Gauge {
        self.0.describe_gauge(name.into(), None, help.into());
        let key = Key::from_parts(name, vec![metrics::Label::new(label, value.to_owned())]);
        self.0.register_gauge(&key, &METADATA)
    }

    pub(crate) fn gauge(&self, name: &'static str, help: &'static str) -> Gauge {
        self.0.describe_gauge(name.into(), None, help.into());
        self.0.register_gauge(&Key::from_name(name), &METADATA)
    }

    pub(crate) fn histogram(&self, name: &'static str, help: &'static str) -> Histogram {
        self.0.describe_histogram(name.into(), None, help.into());
        self.0.register_histogram(&Key::from_name(name), &METADATA)
    }

    /// The answer to `GET /metrics`.
    pub(crate) fn render(&self) -> impl IntoResponse + use<> {
        let handle = self.0.handle();
        handle.run_upkeep();
        let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
        (content_type, handle.render())
    }
}

static METADATA: Metadata<'static> = Metadata::new("ledger_node", Level::INFO, None);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_has_its_own_counters() {
        let (one, other) = (Metrics::new(), Metrics::new());
        one.counter("attest_x_total", "Things.").increment(2);
        one.histogram("attest_x_seconds", "Times.").record(0.3);
        let text = |metrics: &Metrics| {
            let body = metrics.render().into_response().into_body();
            async { String::from_utf8(axum::body::to_bytes(body, 9999).await.unwrap().to_vec()).unwrap() }
        };
        let shown = text(&one).await;
        assert!(shown.contains("# HELP attest_x_total Things."), "{shown}");
        assert!(shown.contains("attest_x_total 2"), "{shown}");
        assert!(shown.contains("attest_x_seconds_bucket{le=\"0.5\"} 1"), "{shown}");
        assert_eq!(text(&other).await, "");
    }
}
