//! How good the authority's data are: bars that the server draws, and tables beside them that say the same.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{AtDesk, Desk, Face, Frame, Problem, page};
use crate::flow::quality::{self, LONGEST, OfAuthority, OfDomain, WINDOW};
use crate::http::extract::Query;

#[derive(Deserialize)]
pub(super) struct Asked {
    days: Option<u16>,
}

#[derive(Template)]
#[template(path = "desk_quality.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    desk: Desk,
    days: u16,
    figures: OfAuthority,
}

/// A bar of a chart: whose it is, what it says, and how long it is, of 100.
struct Bar {
    name: String,
    value: String,
    length: u32,
    /// Where it is drawn.
    y: usize,
    /// It stands out, and its value says why.
    bad: bool,
}

/// A chart with its table.
struct Chart {
    id: &'static str,
    title: &'static str,
    /// What a value means.
    hint: &'static str,
    bars: Vec<Bar>,
}

/// Height of a bar with its space, in the units of the drawing.
const LINE: usize = 30;

impl Chart {
    fn height(&self) -> usize {
        self.bars.len() * LINE + 4
    }
}

impl Page {
    fn windows(&self) -> [(u16, bool); 4] {
        [30, 90, 180, LONGEST].map(|days| (days, days == self.days))
    }

    fn charts(&self) -> Vec<Chart> {
        let say = |zh, en| self.frame.say(zh, en);
        let nothing = say("无数据", "no data");
        let days = |days: i64| format!("{days} {}", say("天", "days"));
        let percent =
            |share: Option<f64>| share.map_or_else(|| nothing.to_owned(), |it| format!("{:.1}%", it * 100.0));
        vec![
            self.chart(
                "freshness",
                say("新鲜度", "Freshness"),
                say(
                    "距“数据完整至”已过的天数；超过声明的时滞即迟到",
                    "days since the data are complete; more than the declared delay is late",
                ),
                |it| {
                    let fresh = it.freshness.as_ref();
                    let value = fresh.map_or_else(
                        || say("从未声明", "nothing declared").to_owned(),
                        |fresh| {
                            let late = if fresh.late { say("，迟到", ", late") } else { "" };
                            format!(
                                "{}{late} ({} {})",
                                days(fresh.days_since_complete),
                                say("时滞", "delay"),
                                fresh.declared_lag_days
                            )
                        },
                    );
                    (
                        value,
                        fresh.map(|fresh| real(fresh.days_since_complete)),
                        fresh.is_none_or(|fresh| fresh.late),
                    )
                },
            ),
            self.chart(
                "lag",
                say("时滞", "Lag"),
                say(
                    "从决定到收到的工作日，十分之九在此之内",
                    "working days from decision to receipt, nine of ten within",
                ),
                |it| {
                    let some = it.lag.received > 0;
                    let value = if some {
                        format!("{} ({} {})", it.lag.p90, say("中位", "median"), it.lag.median)
                    } else {
                        nothing.to_owned()
                    };
                    (value, some.then_some(f64::from(it.lag.p90)), it.lag.p90 > crate::rules::LATE_AFTER)
                },
            ),
            self.chart(
                "late",
                say("逾期率", "Late rate"),
                say("超过 7 个工作日才收到的占比", "the share that took more than 7 working days"),
                |it| (percent(it.late_rate), it.late_rate, it.late_rate.is_some_and(|it| it > 0.1)),
            ),
            self.chart(
                "rejects",
                say("退回率", "Reject rate"),
                say("报送的行中被退回的占比", "the share of rows that were refused"),
                |it| {
                    (
                        format!("{} ({}/{})", percent(it.reject_rate), it.rejected, it.submitted),
                        it.reject_rate,
                        it.reject_rate.is_some_and(|it| it > 0.05),
                    )
                },
            ),
            self.chart(
                "waiting",
                say("待确认数据", "Waiting rows"),
                say(
                    "未处理的行：处理前相关主体“不作结论”",
                    "rows that wait: until then those they name get no conclusion",
                ),
                |it| {
                    (it.quarantine_open.to_string(), Some(count(it.quarantine_open)), it.quarantine_open > 0)
                },
            ),
            self.chart(
                "cases",
                say("未办结事项", "Open cases"),
                say("括号内为已超期", "overdue in brackets"),
                |it| {
                    let value =
                        format!("{} ({} {})", it.cases_open, say("超期", "overdue"), it.cases_overdue);
                    (value, Some(count(it.cases_open)), it.cases_overdue > 0)
                },
            ),
        ]
    }

    fn chart(
        &self,
        id: &'static str,
        title: &'static str,
        hint: &'static str,
        of: impl Fn(&OfDomain) -> (String, Option<f64>, bool),
    ) -> Chart {
        let figures: Vec<_> = self.figures.domains.iter().map(|it| (it, of(it))).collect();
        let most = figures.iter().filter_map(|(_, (_, length, _))| *length).fold(0.0, f64::max);
        let bars = figures.into_iter().enumerate().map(|(at, (domain, (value, length, bad)))| {
            let share = length.filter(|_| most > 0.0).map_or(0.0, |length| length / most * 100.0);
            Bar { name: self.frame.domain(&domain.domain), value, length: whole(share), y: at * LINE, bad }
        });
        Chart { id, title, hint, bars: bars.collect() }
    }
}

fn real(days: i64) -> f64 {
    u32::try_from(days).map_or(f64::from(u32::MAX), f64::from)
}

fn count(of: u64) -> f64 {
    u32::try_from(of).map_or(f64::from(u32::MAX), f64::from)
}

/// A share of a hundred as a whole number, at least one where there is anything.
fn whole(share: f64) -> u32 {
    (0..=100).rev().find(|step| f64::from(*step) <= share.ceil()).unwrap_or(0)
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let days = asked.days.unwrap_or(WINDOW);
    let found = quality::quality(&face.app, &actor, days, Some(desk.code())).await?;
    let figures = found.authorities.into_iter().next().ok_or(Problem::NOT_FOUND)?;
    page(StatusCode::OK, &Page { frame, desk, days, figures })
}
