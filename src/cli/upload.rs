//! Uploading a regulator's file, and declaring coverage.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Value, json};
use time::Date;

use super::{General, show};
use crate::flow::Actor;
use crate::flow::upload::{self, Declared, Done, Error, Fault, Sent};
use crate::rules::{CreditCode, DomainId, parse_day};

/// Uploads a file of violation records.
#[derive(Debug, clap::Args)]
pub(super) struct Upload {
    /// The file: CSV in UTF-8 or GB 18030
    file: PathBuf,
    /// The code of the authority that sends
    #[arg(long)]
    authority: CreditCode,
    /// The domain of all rows, where the authority has several and the file has no column for it
    #[arg(long)]
    domain: Option<DomainId>,
    /// Check only, store nothing
    #[arg(long)]
    dry_run: bool,
    /// Take nothing if any row is faulty
    #[arg(long)]
    strict: bool,
    /// Write the rejected rows here, with their faults beside them
    #[arg(long, value_name = "OUT")]
    rejects: Option<PathBuf>,
    /// Codes whose check digits are wrong but which the register confirms
    #[arg(long, value_name = "CODE", value_delimiter = ',', requires = "because")]
    confirmed: Vec<String>,
    /// How it is known that the register confirms them; kept in the journal
    #[arg(long, value_name = "REASON", requires = "confirmed")]
    because: Option<String>,
    #[command(flatten)]
    coverage: Coverage,
}

/// What the data now cover.
#[derive(Clone, Debug, clap::Args)]
struct Coverage {
    /// Every decision from this day on has been loaded
    #[arg(long, value_name = "DAY", value_parser = day)]
    data_from: Option<Date>,
    /// Every decision up to this day has been uploaded
    #[arg(long, value_name = "DAY", value_parser = day)]
    complete_through: Option<Date>,
    /// So many days after a decision it may still be on its way
    #[arg(long, value_name = "DAYS")]
    lag: Option<u16>,
}

/// Declares what an authority's data cover, without a file.
#[derive(Debug, clap::Args)]
pub(super) struct Declare {
    /// The authority's code
    #[arg(long)]
    authority: CreditCode,
    /// The domain; the authority's only one by default
    #[arg(long)]
    domain: Option<DomainId>,
    #[command(flatten)]
    coverage: Coverage,
    /// There was nothing to report
    #[arg(long)]
    nothing_to_report: bool,
}

/// A day of the command line.
pub(super) fn day(text: &str) -> Result<Date, String> {
    parse_day(text).ok_or_else(|| "a day is written YYYY-MM-DD, and must exist".to_owned())
}

/// Faults shown to a person; the file of rejects has them all.
const SHOWN: usize = 20;

impl Coverage {
    fn declared(&self, nothing_to_report: bool) -> Option<Declared> {
        let declared = Declared {
            data_from: self.data_from,
            complete_through: self.complete_through,
            lag_days: self.lag,
            nothing_to_report,
        };
        (declared != Declared::default()).then_some(declared)
    }
}

impl Declare {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let sent = Sent {
            authority: Some(self.authority),
            domain: self.domain,
            declared: self.coverage.declared(self.nothing_to_report),
            ..Sent::default()
        };
        let done = upload::upload(&app, &Actor::operator(), sent).await?;
        let text = format!("已登记数据范围 / coverage declared at {}", done.receipt.received_at);
        show::done(general, &json!({ "declared_at": done.receipt.received_at }), &text);
        Ok(ExitCode::SUCCESS)
    }
}

impl Upload {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let unreadable = || format!("{} cannot be read", self.file.display());
        let bytes = std::fs::read(&self.file).with_context(unreadable)?;
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let sent = Sent {
            file_name: name.unwrap_or_default(),
            bytes,
            authority: Some(self.authority),
            domain: self.domain.clone(),
            strict: self.strict,
            dry_run: self.dry_run,
            declared: self.coverage.declared(false),
            confirmed: self.confirmed.clone(),
            confirmed_because: self.because.clone(),
        };
        let turning = show::spinner(general, "校验并入库 / checking and storing");
        let outcome = upload::upload(&app, &Actor::operator(), sent).await;
        turning.finish_and_clear();
        match outcome {
            Ok(done) => {
                self.write_rejects(done.rejects.as_deref())?;
                self.show(general, &done);
                Ok(if done.receipt.rejected > 0 { ExitCode::from(3) } else { ExitCode::SUCCESS })
            }
            Err(error) => {
                if let Error::Strict { faults, rejects, .. } = &error {
                    self.write_rejects(Some(rejects))?;
                    print_faults(faults);
                }
                Err(plain(error))
            }
        }
    }

    fn write_rejects(&self, rejects: Option<&[u8]>) -> anyhow::Result<()> {
        let (Some(out), Some(rejects)) = (&self.rejects, rejects) else { return Ok(()) };
        std::fs::write(out, rejects).with_context(|| format!("{} cannot be written", out.display()))
    }

    fn show(&self, general: &General, done: &Done) {
        let receipt = &done.receipt;
        if general.json {
            let faults: Vec<Value> = done.faults.iter().map(value).collect();
            let warnings: Vec<Value> = done.warnings.iter().map(value).collect();
            let machine = json!({ "receipt": receipt, "signature": done.signature, "replayed": done.replayed,
                "dry_run": done.dry_run, "coverage_held_back": done.coverage_held_back, "faults": faults, "warnings": warnings });
            println!("{machine:#}");
            return;
        }
        let head = match (done.dry_run, done.replayed) {
            (true, _) => "仅校验,未入库 / checked, nothing stored",
            (_, true) => "该文件此前已接收,未作改动 / this file was taken in before: nothing changed",
            _ => "已接收 / taken in",
        };
        println!("{head}");
        println!(
            "提交 submitted {} = 接受 accepted {} (其中更正 corrected {}) + 重复 repeated {} + 退回 rejected {}",
            receipt.submitted, receipt.accepted, receipt.corrected, receipt.repeated, receipt.rejected
        );
        if receipt.set_aside > 0 {
            println!(
                "其中 {} 行只有名称没有代码,已暂存待确认:mingzheng candidate list / {} of them name somebody by name only and are kept aside",
                receipt.set_aside, receipt.set_aside
            );
        }
        println!("批次 upload {}  文件 SHA-256 {}", receipt.upload, receipt.file_sha256);
        if done.coverage_held_back {
            println!(
                "有退回的行,数据范围未推进;更正后请重新申报 / rows were rejected, so coverage did not advance: declare again once they are corrected"
            );
        }
        print_faults(&done.faults);
        if !done.warnings.is_empty() {
            println!("提示 warnings: {}", done.warnings.len());
            print_faults(&done.warnings);
        }
        if let Some(out) = self.rejects.as_ref().filter(|_| done.rejects.is_some()) {
            println!("退回的行已写入 rejected rows are in {}", out.display());
        }
    }
}

fn print_faults(faults: &[Fault]) {
    for fault in faults.iter().take(SHOWN) {
        let column = fault.column.as_ref().map_or(String::new(), |c| format!(" {}({})", c.zh, c.code));
        println!(
            "  第 {} 行{column} “{}”: {}{} / {} {}",
            fault.row,
            fault.value,
            fault.zh(),
            fault.remedy_zh(),
            fault.en(),
            fault.remedy_en()
        );
    }
    if faults.len() > SHOWN {
        println!(
            "  …… 另有 {} 项,见退回文件 / and {} more: see --rejects",
            faults.len() - SHOWN,
            faults.len() - SHOWN
        );
    }
}

fn value(fault: &Fault) -> Value {
    json!({ "row": fault.row, "column": fault.column.as_ref().map(|c| c.code.clone()), "code": fault.code.word(),
        "value": fault.value, "reason_zh": fault.zh(), "reason_en": fault.en(),
        "remedy_zh": fault.remedy_zh(), "remedy_en": fault.remedy_en() })
}

/// An error with the remedy in its line.
fn plain(error: Error) -> anyhow::Error {
    match error {
        Error::Unreadable(fault) => {
            anyhow::anyhow!("{}{} / {} {}", fault.zh(), fault.remedy_zh(), fault.en(), fault.remedy_en())
        }
        other => other.into(),
    }
}
