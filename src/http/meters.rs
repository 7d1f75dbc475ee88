//! What is measured, for Prometheus.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::flow::quality::{OfAuthority, OfDomain, Quality};
use crate::rules::Instant;

/// How old the figures of quality may be before they are computed anew, in milliseconds.
const STALE: i64 = 60_000;

/// The counters of one server; two servers in one process do not share them.
pub(super) struct Meters {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// When the figures of quality were computed last.
    quality_at: Mutex<Option<Instant>>,
}

const REQUESTS: &str = "mingzheng_http_requests_total";
const SECONDS: &str = "mingzheng_http_request_seconds";
const VERDICTS: &str = "mingzheng_verdicts_total";
const ROWS: &str = "mingzheng_upload_rows_total";
const REPORTS: &str = "mingzheng_reports_total";
const JOBS: &str = "mingzheng_jobs";
const HASHED: &str = "mingzheng_passwords_hashed_total";
const WAITING: &str = "mingzheng_timestamps_pending";

/// What is measured of each authority and domain, computed at most once a minute.
const GAUGES: &[(&str, &str)] = &[
    ("mingzheng_feed_late", "1 where more days have passed than the declared delay"),
    ("mingzheng_feed_days_since_complete", "Days since the last day that was declared complete"),
    ("mingzheng_receipt_lag_p90_working_days", "Working days within which nine of ten decisions arrived"),
    ("mingzheng_receipt_late_ratio", "Share of decisions that took more than 7 working days"),
    ("mingzheng_correction_ratio", "Share of corrections and withdrawals in what arrived"),
    ("mingzheng_cases_open", "Cases that have not ended"),
    ("mingzheng_cases_overdue", "Cases that are overdue"),
];

/// What is measured of each authority.
const OF_AUTHORITY: &[(&str, &str)] = &[
    ("mingzheng_reject_ratio", "Share of uploaded rows that were rejected"),
    ("mingzheng_quarantine_open", "Rows that wait for an answer: unresolved candidates and open rejections"),
    ("mingzheng_quarantine_oldest_days", "Days since the oldest of them came"),
];

static META: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

impl Meters {
    pub(super) fn new() -> Self {
        let buckets = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(SECONDS.to_owned()), &buckets)
            .unwrap_or_else(|_| PrometheusBuilder::new()); // only an empty list of buckets is refused
        let recorder = builder.build_recorder();
        let meters = Self { handle: recorder.handle(), recorder, quality_at: Mutex::default() };
        let describe = |name: &'static str, text: &'static str| {
            meters.recorder.describe_counter(name.into(), None, text.into());
        };
        describe(REQUESTS, "Requests by method, route and status");
        describe(VERDICTS, "Verdicts by integrity and status");
        describe(ROWS, "Rows of uploads by what became of them");
        describe(REPORTS, "Reports issued");
        describe(HASHED, "Passwords hashed: attempts to sign in, and new ones");
        let waiting = "Reports that went out without the timestamp they should have";
        meters.recorder.describe_gauge(JOBS.into(), None, "Jobs that are open, and that failed".into());
        meters.recorder.describe_gauge(WAITING.into(), None, waiting.into());
        for (name, text) in GAUGES.iter().chain(OF_AUTHORITY) {
            meters.recorder.describe_gauge((*name).into(), None, (*text).into());
        }
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

    pub(super) fn hashed(&self, passwords: u64) {
        self.recorder.register_counter(&Key::from_name(HASHED), &META).absolute(passwords);
    }

    pub(super) fn waiting(&self, reports: u32) {
        self.recorder.register_gauge(&Key::from_name(WAITING), &META).set(f64::from(reports));
    }

    /// Whether the figures of quality are to be computed anew; whoever is told so computes them.
    pub(super) fn wants_quality(&self, now: Instant) -> bool {
        // Nothing panics while it holds the lock.
        let mut last = self.quality_at.lock().unwrap_or_else(PoisonError::into_inner);
        let stale = last.is_none_or(|last| !(0..STALE).contains(&(now.millis() - last.millis())));
        if stale {
            *last = Some(now);
        }
        stale
    }

    pub(super) fn quality(&self, quality: &Quality) {
        for authority in &quality.authorities {
            let label = Label::new("authority", authority.code.as_str().to_owned());
            let oldest = authority.quarantine_oldest_days.map(|days| whole(days.unsigned_abs()));
            let figures = [authority.reject_rate, Some(whole(authority.quarantine_open)), oldest];
            for ((name, _), figure) in OF_AUTHORITY.iter().zip(figures) {
                self.gauge(name, vec![label.clone()], figure);
            }
            for domain in &authority.domains {
                self.of_domain(authority, domain);
            }
        }
    }

    fn of_domain(&self, authority: &OfAuthority, domain: &OfDomain) {
        let labels = vec![
            Label::new("authority", authority.code.as_str().to_owned()),
            Label::new("domain", domain.domain.as_str().to_owned()),
        ];
        let fresh = domain.freshness.as_ref();
        let days = fresh.map(|fresh| whole(fresh.days_since_complete.unsigned_abs()));
        let figures = [
            fresh.map(|fresh| if fresh.late { 1.0 } else { 0.0 }),
            days,
            (domain.lag.received > 0).then(|| f64::from(domain.lag.p90)),
            domain.late_rate,
            domain.correction_rate,
            Some(whole(domain.cases_open)),
            Some(whole(domain.cases_overdue)),
        ];
        for ((name, _), figure) in GAUGES.iter().zip(figures) {
            self.gauge(name, labels.clone(), figure);
        }
    }

    /// Sets a gauge; what cannot be told is no number.
    fn gauge(&self, name: &'static str, labels: Vec<Label>, figure: Option<f64>) {
        self.recorder.register_gauge(&Key::from_parts(name, labels), &META).set(figure.unwrap_or(f64::NAN));
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

/// A count of days or rows, which is far below 2^32.
fn whole(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
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
