//! Issuing a report.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;
use time::Date;

use super::upload::day;
use super::{General, show};
use crate::flow::Actor;
use crate::flow::issue::{self, Ask, Issued};
use crate::flow::renew;
use crate::rules::DomainId;
use crate::rules::facts::Channel;

/// Issues a report as the operator and writes its PDF.
#[derive(Debug, clap::Args)]
pub(super) struct Report {
    /// The subject, by any of its codes
    #[arg(long, value_name = "CODE", required_unless_present = "renew", conflicts_with = "renew")]
    subject: Option<String>,
    /// In place of a report that became disputed or superseded: a fresh one with the same settings
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["domains", "preset", "from", "to", "span", "purpose", "include_repaired"])]
    renew: Option<String>,
    /// The domains: `all`, or ids separated by commas
    #[arg(long, value_name = "all|ID,…", conflicts_with = "preset")]
    domains: Option<String>,
    /// A ready-made choice of domains, length and purpose
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// First day asked about
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Date>,
    /// Last day asked about; today by default
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<Date>,
    /// A ready-made length in place of --from, such as 36-months
    #[arg(long, value_name = "NAME", conflicts_with = "from")]
    span: Option<String>,
    /// What for
    #[arg(long, value_name = "NAME")]
    purpose: Option<String>,
    /// Show the subject's repaired records, with a mark
    #[arg(long)]
    include_repaired: bool,
    /// What to make: zh, en or zh-en (Chinese with English) in full, or extract (one page)
    #[arg(long, alias = "lang", default_value = "zh")]
    edition: String,
    /// Where to write the PDF
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Refuses a place that cannot be written before anything is issued.
fn writable(out: &Path) -> anyhow::Result<()> {
    let fresh = !out.exists();
    let opened = OpenOptions::new().append(true).create(true).open(out);
    opened.with_context(|| format!("{} cannot be written; nothing was issued", out.display()))?;
    if fresh {
        std::fs::remove_file(out).with_context(|| format!("{} cannot be written", out.display()))?;
    }
    Ok(())
}

impl Report {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let out = self.out.clone();
        let app = general.app().await?;
        let issued = if let Some(number) = &self.renew {
            writable(&out)?;
            renew::renew(&app, &Actor::operator(), number, Channel::CommandLine).await?
        } else {
            let ask = self.ask()?;
            writable(&out)?;
            issue::issue(&app, &Actor::operator(), ask).await?
        };
        written(general, &out, &issued)
    }

    /// What is asked for.
    fn ask(self) -> anyhow::Result<Ask> {
        let ids = self.domains.as_deref().filter(|domains| *domains != "all");
        let ids =
            ids.map(|ids| ids.split(',').map(|id| id.trim().parse()).collect::<Result<Vec<DomainId>, _>>());
        Ok(Ask {
            subject: self.subject.unwrap_or_default(), // clap asks for it
            domains: ids.transpose()?,
            preset: self.preset,
            from: self.from,
            to: self.to,
            span: self.span,
            purpose: self.purpose,
            include_repaired: self.include_repaired,
            edition: Some(self.edition),
            channel: Channel::CommandLine,
            idempotency_key: None,
        })
    }
}

/// Writes an issued report and tells about it.
fn written(general: &General, out: &Path, issued: &Issued) -> anyhow::Result<ExitCode> {
    std::fs::write(out, &issued.pdf).with_context(|| {
        let number = &issued.facts.number;
        format!(
            "report {number} was issued, but {} cannot be written; fetch its PDF from the store",
            out.display()
        )
    })?;
    let s = issued.facts.summary;
    let timestamp = match (issued.timestamped_at, issued.timestamp_pending) {
        (Some(at), _) => format!("时间戳 timestamp {at}"),
        (None, true) => "时间戳待补 timestamp pending (mingzheng timestamps complete)".to_owned(),
        (None, false) => "无时间戳 no timestamp".to_owned(),
    };
    let code = issued.code.as_ref().map(ToString::to_string).unwrap_or_default();
    let text = format!(
        "报告 report {}\n核验码 code {code}\n文件 file {} ({} bytes)\n签名级别 level {}; {timestamp}\n{} 个领域 / domains: {} 有记录 found, {} 无记录 none, {} 不作结论 not covered; {} 条记录 records",
        issued.facts.number,
        out.display(),
        issued.pdf.len(),
        issued.level,
        s.domains,
        s.found,
        s.none,
        s.not_covered,
        s.records
    );
    let machine = json!({ "number": issued.facts.number, "code": code, "qr": issued.qr, "file": out,
        "bytes": issued.pdf.len(), "facts_sha256": issued.facts_sha256, "pdf_sha256": issued.pdf_sha256,
        "level": issued.level, "timestamped_at": issued.timestamped_at,
        "timestamp_pending": issued.timestamp_pending, "summary": s });
    show::done(general, &machine, &text);
    Ok(ExitCode::SUCCESS)
}
