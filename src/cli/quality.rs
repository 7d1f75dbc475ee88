//! How good the data of the authorities are.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::json;

use super::{General, show};
use crate::flow::Actor;
use crate::flow::quality::{self, OfAuthority, OfDomain};
use crate::rules::CreditCode;

/// Shows how fresh, how late and how often wrong the data are, and what waits for an answer.
#[derive(Debug, clap::Args)]
pub(super) struct Quality {
    /// Days to look back at, today included
    #[arg(long, value_name = "DAYS", default_value_t = quality::WINDOW)]
    days: u16,
    /// One authority, by its code
    #[arg(long, value_name = "CODE")]
    authority: Option<CreditCode>,
}

impl Quality {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let found = quality::quality(&app, &Actor::operator(), self.days, self.authority).await?;
        let text: Vec<String> = found.authorities.iter().map(of_authority).collect();
        show::done(general, &json!(found), &text.join("\n"));
        Ok(ExitCode::SUCCESS)
    }
}

fn of_authority(it: &OfAuthority) -> String {
    let oldest = it.quarantine_oldest_days.map(|days| format!(", 最久 oldest {days} d")).unwrap_or_default();
    let mut text = format!(
        "{} {}\n  上传 uploads {}; 提交 rows {}, 退回 rejected {} ({}); 待处理 waiting {}{oldest}",
        it.code,
        it.name.zh,
        it.uploads,
        it.submitted,
        it.rejected,
        percent(it.reject_rate),
        it.quarantine_open
    );
    for domain in &it.domains {
        of_domain(&mut text, domain);
    }
    text
}

fn of_domain(text: &mut String, it: &OfDomain) {
    let fresh = match &it.freshness {
        None => "未声明数据范围 nothing declared".to_owned(),
        Some(fresh) => format!(
            "数据至 through {}, {} 天前 days ago, 声明时滞 declared delay {} {}",
            fresh.complete_through,
            fresh.days_since_complete,
            fresh.declared_lag_days,
            if fresh.late {
                "✗ 迟滞 late: 报告对其后不作结论 reports draw no conclusion after it"
            } else {
                "✓"
            }
        ),
    };
    let unknown = if it.lag.calendar_unknown { " (日历不全 calendar incomplete)" } else { "" };
    // Writing to a text cannot fail.
    let _ = write!(
        text,
        "\n  {}: {fresh}\n    收到 received {}: 工作日 working days 中位 median {}, p90 {}, 最长 max {}{unknown}; 逾期 late {} ({})\n    更正 corrections {} ({}); 事项 cases {} 未办结 open, {} 超期 overdue",
        it.domain,
        it.lag.received,
        it.lag.median,
        it.lag.p90,
        it.lag.max,
        it.lag.late,
        percent(it.late_rate),
        it.corrections,
        percent(it.correction_rate),
        it.cases_open,
        it.cases_overdue
    );
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "—".to_owned(), |share| format!("{:.1}%", share * 100.0))
}
