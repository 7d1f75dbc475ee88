//! Uploading a regulator's file, and declaring coverage.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use time::Date;

use super::{General, jobs as jobs_shown, show};
use crate::flow::jobs::{self, Job};
use crate::flow::receive::{self, Taken};
use crate::flow::spool::Spool;
use crate::flow::upload::{self, Declared, Described, Done, Error, Fault, Sent, Signed};
use crate::flow::{Actor, App, dry_run, uploads, worker};
use crate::rules::{CreditCode, DomainId, parse_day};

/// Uploads a file of violation records.
#[derive(Debug, clap::Args)]
pub(super) struct Upload {
    /// The file: XLSX, CSV, TSV, NDJSON, JSON or Parquet, as it is, as gzip, or several in a ZIP archive
    file: PathBuf,
    /// The code of the authority that sends
    #[arg(long)]
    authority: CreditCode,
    /// The domain of all rows, where the authority has several and the file has no column for it
    #[arg(long)]
    domain: Option<DomainId>,
    /// The layout of its columns, such as national-2018; the one that fits best by default
    #[arg(long, value_name = "ID")]
    layout: Option<String>,
    /// Check only, store nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not wait: `mingzheng serve` stores or checks the file in the background
    #[arg(long)]
    background: bool,
    /// Take nothing if any row is faulty
    #[arg(long)]
    strict: bool,
    /// Write the rejected rows here, in the format sent, with their faults beside them
    #[arg(long, value_name = "OUT")]
    rejects: Option<PathBuf>,
    /// Write the signed receipt here
    #[arg(long, value_name = "OUT")]
    receipt: Option<PathBuf>,
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
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let sent = Sent {
            file_name: name.unwrap_or_default(),
            bytes: Vec::new(),
            authority: Some(self.authority),
            domain: self.domain.clone(),
            layout: self.layout.clone(),
            strict: self.strict,
            dry_run: self.dry_run,
            declared: self.coverage.declared(false),
            confirmed: self.confirmed.clone(),
            confirmed_because: self.because.clone(),
        };
        let turning = show::spinner(general, "校验并入库 / checking and storing");
        let mut spool = Spool::new(&app).await?;
        spool.copy(&self.file).await.with_context(unreadable)?;
        let outcome =
            receive::receive(&app, &Actor::operator(), sent, spool.finish().await?, self.background).await;
        turning.finish_and_clear();
        match outcome {
            Ok(Taken::Done(done)) => {
                self.write_rejects(done.rejects.as_ref().map(|file| &file.bytes[..]))?;
                if let (Some(signature), false) = (&done.signature, done.dry_run) {
                    let signed = Signed { receipt: done.receipt.clone(), signature: signature.clone() };
                    self.write_receipt(&signed.to_file())?;
                }
                told(general, &done);
                if let Some(out) = self.rejects.as_ref().filter(|_| done.rejects.is_some() && !general.json) {
                    println!("退回的行已写入 rejected rows are in {}", out.display());
                }
                Ok(if done.receipt.rejected > 0 { ExitCode::from(3) } else { ExitCode::SUCCESS })
            }
            Ok(Taken::Job(job)) if self.background => {
                jobs_shown::told(general, &job);
                Ok(ExitCode::SUCCESS)
            }
            Ok(Taken::Job(job)) => Box::pin(self.work(general, &app, *job)).await,
            Err(error) => {
                if let Error::Strict { faults, rejects, .. } = &error {
                    self.write_rejects(Some(&rejects.bytes))?;
                    print_faults(faults);
                }
                Err(plain(error))
            }
        }
    }

    /// Works a large file off, here and now; `serve` goes on where this ends early.
    async fn work(&self, general: &General, app: &App, job: Job) -> anyhow::Result<ExitCode> {
        let (id, actor) = (job.id, Actor::operator());
        let file = self.file.display();
        if !general.json {
            let doing = if self.dry_run { ("校验,不入库", "checked") } else { ("入库", "stored") };
            eprintln!(
                "大文件分批{},任务 {id};中断后重新运行同一命令或启动 mingzheng serve 即可继续 / a large file, {} part by part as job {id}; if it is interrupted, run the same command again or `mingzheng serve`, and it goes on",
                doing.0, doing.1
            );
        }
        let bar = show::rows(general);
        let stopping = app.clone();
        let interrupted = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                jobs::stop(&stopping);
            }
        });
        let working = async {
            loop {
                // Where another process has the job, this one follows it.
                if !worker::work_on(app, id).await? {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
                let job = jobs::show(app, &actor, id).await?;
                if job.state.is_final() || jobs::is_stopping(app) {
                    return anyhow::Ok(job);
                }
            }
        };
        let following = async {
            let mut seen = 0;
            loop {
                tokio::time::sleep(Duration::from_millis(300)).await;
                if let Ok(job) = jobs::moved(app, &actor, id, seen, Duration::from_secs(5)).await {
                    seen = job.revision;
                    bar.set_message(jobs_shown::progress(&job));
                }
            }
        };
        let job = tokio::select! { job = working => job?, () = following => job };
        interrupted.abort();
        bar.finish_and_clear();
        if !job.state.is_final() {
            bail!(
                "interrupted: what is stored stays, and `mingzheng upload {file} …` or `mingzheng serve` goes on with job {id}"
            );
        }
        if let Some(receipt) = jobs_shown::receipt(&job) {
            self.write_receipt(&uploads::receipt(app, &actor, receipt.upload).await?)?;
            if receipt.rejected > 0 && self.rejects.is_some() {
                let (rejects, ..) = uploads::rejects(app, &actor, receipt.upload).await?;
                self.write_rejects(Some(&rejects.read().await?))?;
            }
        }
        if let Some(found) = dry_run::found(&job)
            && found.rejects_sha256.is_some()
            && self.rejects.is_some()
        {
            let (rejects, ..) = dry_run::rejects(app, &actor, id).await?;
            self.write_rejects(Some(&rejects.read().await?))?;
        }
        jobs_shown::ended(general, &job)
    }

    fn write_receipt(&self, receipt: &[u8]) -> anyhow::Result<()> {
        let Some(out) = &self.receipt else { return Ok(()) };
        std::fs::write(out, receipt).with_context(|| format!("{} cannot be written", out.display()))
    }

    fn write_rejects(&self, rejects: Option<&[u8]>) -> anyhow::Result<()> {
        let (Some(out), Some(rejects)) = (&self.rejects, rejects) else { return Ok(()) };
        std::fs::write(out, rejects).with_context(|| format!("{} cannot be written", out.display()))
    }
}

/// Tells what came of one record that was entered.
pub(super) fn entered(general: &General, outcome: Result<Done, Error>) -> anyhow::Result<ExitCode> {
    match outcome {
        Ok(done) => {
            told(general, &done);
            Ok(if done.receipt.rejected > 0 { ExitCode::from(3) } else { ExitCode::SUCCESS })
        }
        Err(error) => {
            if let Error::Strict { faults, .. } = &error {
                print_faults(faults);
            }
            Err(plain(error))
        }
    }
}

/// Tells what came of rows that were sent.
fn told(general: &General, done: &Done) {
    let receipt = &done.receipt;
    if general.json {
        let faults: Vec<Value> = done.faults.iter().map(upload::told).collect();
        let warnings: Vec<Value> = done.warnings.iter().map(upload::told).collect();
        let found = done.described.as_ref();
        let machine = json!({ "format": found.map(Described::format_name), "encoding": found.and_then(Described::encoding_name),
            "layout": found.map(|found| &found.layout), "receipt": receipt, "signature": done.signature, "replayed": done.replayed,
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
    if let Some(found) = &done.described {
        let encoding = found.encoding_name().map_or(String::new(), |encoding| format!(", {encoding}"));
        println!("格式 format {}{encoding}  布局 layout {}", found.format_name(), found.layout);
        if !found.skipped.is_empty() {
            println!("未读取的工作表 sheets left out: {}", found.skipped.join(", "));
        }
    }
    println!("{}", jobs_shown::summary(receipt));
    if done.coverage_held_back {
        println!(
            "有退回的行或尚未处理完的文件,数据范围未推进;处理后请重新申报 / rows were rejected or files wait, so coverage did not advance: declare again once that is settled"
        );
    }
    print_faults(&done.faults);
    if !done.warnings.is_empty() {
        println!("提示 warnings: {}", done.warnings.len());
        print_faults(&done.warnings);
    }
}

fn print_faults(faults: &[Fault]) {
    for fault in faults.iter().take(SHOWN) {
        let column = fault.column.as_ref().map_or(String::new(), |c| format!(" {}({})", c.zh, c.code));
        let (zh, en) = fault.with_remedy();
        println!("  第 {} 行{column} “{}”: {zh} / {en}", fault.row, fault.value);
    }
    if faults.len() > SHOWN {
        println!(
            "  …… 另有 {} 项,见退回文件 / and {} more: see --rejects",
            faults.len() - SHOWN,
            faults.len() - SHOWN
        );
    }
}

/// An error with the remedy in its line.
fn plain(error: Error) -> anyhow::Error {
    match error {
        Error::Unreadable(fault) => {
            let (zh, en) = fault.with_remedy();
            anyhow::anyhow!("{zh} / {en}")
        }
        other => other.into(),
    }
}
