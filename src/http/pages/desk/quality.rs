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
use crate::rules::LATE_AFTER;

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
        vec![
            self.freshness(),
            self.lag(),
            self.late_rate(),
            self.reject_rate(),
            self.waiting(),
            self.open_cases(),
        ]
    }

    fn freshness(&self) -> Chart {
        let say = |zh, en| self.frame.say(zh, en);
        let hint = say(
            "距“数据完整至”已过的天数；超过声明的时滞即迟到",
            "days since the data are complete; more than the declared delay is late",
        );
        self.chart(("freshness", say("新鲜度", "Freshness"), hint), 10.0, |it| {
            let Some(fresh) = &it.freshness else {
                return (say("从未声明", "nothing declared").to_owned(), 0.0, true);
            };
            let late = if fresh.late { say("，迟到", ", late") } else { "" };
            let (days, delay) = (say("天", "days"), say("时滞", "delay"));
            let since = fresh.days_since_complete;
            let value = format!("{since} {days}{late} ({delay} {})", fresh.declared_lag_days);
            (value, count(u64::try_from(since).unwrap_or(0)), fresh.late)
        })
    }

    fn lag(&self) -> Chart {
        let say = |zh, en| self.frame.say(zh, en);
        let hint = say(
            "从决定到收到的工作日，十分之九在此之内",
            "working days from decision to receipt, nine of ten within",
        );
        self.chart(("lag", say("时滞", "Lag"), hint), 7.0, |it| {
            let lag = &it.lag;
            let value = match lag.received {
                0 => say("无数据", "no data").to_owned(),
                _ => format!("{} ({} {})", lag.p90, say("中位", "median"), lag.median),
            };
            (value, f64::from(lag.p90), lag.p90 > LATE_AFTER)
        })
    }

    fn late_rate(&self) -> Chart {
        let say = |zh, en| self.frame.say(zh, en);
        let hint = say("超过 7 个工作日才收到的占比", "the share that took more than 7 working days");
        self.chart(("late", say("逾期率", "Late rate"), hint), 1.0, |it| {
            let rate = it.late_rate.unwrap_or_default();
            (
                format!("{} ({}/{})", self.percent(it.late_rate), it.lag.late, it.lag.received),
                rate,
                rate > 0.1,
            )
        })
    }

    fn reject_rate(&self) -> Chart {
        let say = |zh, en| self.frame.say(zh, en);
        let hint = say("报送的行中被退回的占比", "the share of rows that were refused");
        self.chart(("rejects", say("退回率", "Reject rate"), hint), 1.0, |it| {
            let rate = it.reject_rate.unwrap_or_default();
            (
                format!("{} ({}/{})", self.percent(it.reject_rate), it.rejected, it.submitted),
                rate,
                rate > 0.05,
            )
        })
    }

    fn waiting(&self) -> Chart {
        let say = |zh, en| self.frame.say(zh, en);
        let hint = say(
            "未处理的行：处理前相关主体“不作结论”",
            "rows that wait: until then those they name get no conclusion",
        );
        self.chart(("waiting", say("待确认数据", "Waiting rows"), hint), 10.0, |it| {
            (it.quarantine_open.to_string(), count(it.quarantine_open), it.quarantine_open > 0)
        })
    }

    fn open_cases(&self) -> Chart {
        let say = |zh, en| self.frame.say(zh, en);
        let hint = say("括号内为已超期", "overdue in brackets");
        self.chart(("cases", say("未办结事项", "Open cases"), hint), 10.0, |it| {
            let value = format!("{} ({} {})", it.cases_open, say("超期", "overdue"), it.cases_overdue);
            (value, count(it.cases_open), it.cases_overdue > 0)
        })
    }

    fn percent(&self, share: Option<f64>) -> String {
        let nothing = || self.frame.say("无数据", "no data").to_owned();
        share.map_or_else(nothing, |share| format!("{:.1}%", share * 100.0))
    }

    /// A chart of each domain's text, length, and whether it stands out; `least` is what fills the width where no bar is longer.
    fn chart(
        &self,
        (id, title, hint): (&'static str, &'static str, &'static str),
        least: f64,
        of: impl Fn(&OfDomain) -> (String, f64, bool),
    ) -> Chart {
        let figures: Vec<_> = self.figures.domains.iter().map(|it| (it, of(it))).collect();
        let most = figures.iter().map(|(_, (_, length, _))| *length).fold(least, f64::max);
        let bars = figures.into_iter().enumerate().map(|(at, (domain, (value, length, bad)))| Bar {
            name: self.frame.domain(&domain.domain),
            value,
            length: whole(length / most * 100.0),
            y: at * LINE,
            bad,
        });
        Chart { id, title, hint, bars: bars.collect() }
    }
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
