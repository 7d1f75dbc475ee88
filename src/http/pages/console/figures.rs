//! How many reports were issued, and how many certificates they replaced: by month, as a table and as a picture.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use time::Date;

use super::typed;
use crate::flow::console::issued::{self, Monthly};
use crate::http::extract::Query;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::Member;
use crate::rules::{months_before, parse_day};

/// The height of a chart's tallest bar, and the width of a month, in units of the picture.
const TALLEST: u32 = 110;
const MONTH: u32 = 46;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new().route("/console/figures", get(show))
}

#[derive(Template)]
#[template(path = "console/figures.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    from: String,
    to: String,
    fault: bool,
    charts: Vec<Chart>,
    reports: u32,
    concluded: u32,
}

/// Bars of one unit.
struct Chart {
    zh: &'static str,
    en: &'static str,
    width: u32,
    bars: Vec<Bar>,
}

/// A month of a chart.
struct Bar {
    label: String,
    value: u32,
    x: u32,
    middle: u32,
    y: u32,
    height: u32,
}

impl Chart {
    fn new(zh: &'static str, en: &'static str, months: &[Monthly], value: fn(&Monthly) -> u32) -> Self {
        let most = months.iter().map(value).max().unwrap_or(0).max(1);
        let bar = |(place, month): (u32, &Monthly)| {
            let value = value(month);
            let height = u64::from(value) * u64::from(TALLEST) / u64::from(most);
            let height = u32::try_from(height).unwrap_or(TALLEST);
            let x = place * MONTH + 8;
            Bar { label: name(month.month), value, x, middle: x + 15, y: TALLEST + 20 - height, height }
        };
        let bars: Vec<Bar> = (0..).zip(months).map(bar).collect();
        Self { zh, en, width: MONTH * u32::try_from(bars.len()).unwrap_or(1).max(1), bars }
    }
}

#[derive(Deserialize)]
struct Asked {
    from: Option<String>,
    to: Option<String>,
}

/// A month as `2026-11`.
fn name(month: Date) -> String {
    format!("{:04}-{:02}", month.year(), u8::from(month.month()))
}

/// The first day of a month as typed; `None` where it is none.
fn read(text: Option<&String>, otherwise: Date) -> Option<Date> {
    typed(text).map_or(Some(otherwise), |text| parse_day(&format!("{text}-01")))
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    member.actor().may_inspect()?;
    let today = face.app.now().local_day();
    let year = months_before(today, 11);
    let span = read(asked.from.as_ref(), year).zip(read(asked.to.as_ref(), today));
    let (from, to) = span.unwrap_or((year, today));
    let fault = span.is_none() || to < from;
    let months =
        if fault { Vec::new() } else { issued::monthly(&face.app, member.actor(), from, to).await? };
    let charts = vec![
        Chart::new("每月出具报告（份）", "Reports issued, by month", &months, |month| {
            month.issued.reports
        }),
        Chart::new("每月替代证明（份）", "Certificates replaced, by month", &months, |month| {
            month.issued.concluded
        }),
    ];
    let sum = |value: fn(&Monthly) -> u32| months.iter().map(value).fold(0, u32::saturating_add);
    let shown = Page {
        from: name(from),
        to: name(to),
        fault,
        reports: sum(|month| month.issued.reports),
        concluded: sum(|month| month.issued.concluded),
        charts,
        frame: member.frame,
    };
    page(if fault { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &shown)
}
