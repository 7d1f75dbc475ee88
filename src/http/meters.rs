//! What is measured, for Prometheus.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// The counters of one server; two servers in one process do not share them.
pub(super) struct Meters {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

const REQUESTS: &str = "mingzheng_http_requests_total";
const SECONDS: &str = "mingzheng_http_request_seconds";
const VERDICTS: &str = "mingzheng_verdicts_total";
const ROWS: &str = "mingzheng_upload_rows_total";
const REPORTS: &str = "mingzheng_reports_total";
const JOBS: &str = "mingzheng_jobs";
const WAITING: &str = "mingzheng_timestamps_pending";

static META: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

impl Meters {
    pub(super) fn new() -> Self {
        let buckets = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(SECONDS.to_owned()), &buckets)
            .unwrap_or_else(|_| PrometheusBuilder::new()); // only an empty list of buckets is refused
        let recorder = builder.build_recorder();
        let meters = Self { handle: recorder.handle(), recorder };
        let describe = |name: &'static str, text: &'static str| {
            meters.recorder.describe_counter(name.into(), None, text.into());
        };
        describe(REQUESTS, "Requests by method, route and status");
        describe(VERDICTS, "Verdicts by integrity and status");
        describe(ROWS, "Rows of uploads by what became of them");
        describe(REPORTS, "Reports issued");
        let waiting = "Reports that went out without the timestamp they should have";
        meters.recorder.describe_gauge(JOBS.into(), None, "Jobs that are open, and that failed".into());
        meters.recorder.describe_gauge(WAITING.into(), None, waiting.into());
        meters.recorder.describe_histogram(SECONDS.into(), None, "Seconds a request took, by route".into());
        meters
    }

    fn count(&self, name: &'static str, labels: Vec<Label>, by: u64) {
        self.recorder.register_counter(&Key::from_parts(name, labels), &META).increment(by);
    }

    pub(super) fn request(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let route = Label::new("route", route.to_owned());
        let labels = vec![
            Label::new("method", known(method)),
            route.clone(),
            Label::new("status", status.as_u16().to_string()),
        ];
        self.count(REQUESTS, labels, 1);
        let seconds = Key::from_parts(SECONDS, vec![route]);
        self.recorder.register_histogram(&seconds, &META).record(took.as_secs_f64());
    }

    pub(super) fn verdict(&self, integrity: &'static str, status: &'static str) {
        self.count(VERDICTS, vec![Label::new("integrity", integrity), Label::new("status", status)], 1);
    }

    pub(super) fn rows(&self, outcome: &'static str, rows: u64) {
        self.count(ROWS, vec![Label::new("outcome", outcome)], rows);
    }

    pub(super) fn report(&self) {
        self.count(REPORTS, Vec::new(), 1);
    }

    pub(super) fn waiting(&self, reports: u32) {
        self.recorder.register_gauge(&Key::from_name(WAITING), &META).set(f64::from(reports));
    }

    pub(super) fn jobs(&self, open: u32, failed: u32) {
        for (state, jobs) in [("open", open), ("failed", failed)] {
            let key = Key::from_parts(JOBS, vec![Label::new("state", state)]);
            self.recorder.register_gauge(&key, &META).set(f64::from(jobs));
        }
    }

    /// Everything in the text format of Prometheus.
    pub(super) fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// The method, if it is one of those that mean something: others would make as many series as somebody likes.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}
