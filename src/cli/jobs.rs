//! Work in the background: listed, followed, ended, tried again.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{General, show};
use crate::flow::jobs::{self, Job, Progress};
use crate::flow::upload::{Extent, Receipt};
use crate::flow::{Actor, App, dry_run};
use crate::rules::{Instant, JobState};

/// Jobs.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Jobs {
    /// List jobs, newest first
    List {
        /// How many at most
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
    },
    /// Show how a job stands
    Show {
        /// The job
        id: Uuid,
    },
    /// Follow a job until it ends
    Watch {
        /// The job
        id: Uuid,
    },
    /// End a job; what was stored by then stays, and its receipt covers exactly that
    Cancel {
        /// The job
        id: Uuid,
    },
    /// Have a failed job tried again, as long as its file is kept
    Retry {
        /// The job
        id: Uuid,
    },
}

/// How long nothing is said while a job is followed.
const PATIENCE: Duration = Duration::from_secs(30);

impl Jobs {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let (app, actor) = (general.app().await?, Actor::operator());
        match self {
            Self::List { limit } => {
                let found = jobs::list(&app, &actor, None, limit).await?;
                let text: Vec<String> = found.iter().map(line).collect();
                let text =
                    if text.is_empty() { "没有任务 / no jobs".to_owned() } else { text.join("\n") };
                show::done(general, &json!({ "jobs": found.iter().map(value).collect::<Vec<_>>() }), &text);
            }
            Self::Show { id } => told(general, &jobs::show(&app, &actor, id).await?),
            Self::Watch { id } => return watch(general, &app, &actor, id).await,
            Self::Cancel { id } => told(general, &jobs::cancel(&app, &actor, id).await?),
            Self::Retry { id } => told(general, &jobs::retry(&app, &actor, id).await?),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Follows a job until it ends.
pub(super) async fn watch(general: &General, app: &App, actor: &Actor, id: Uuid) -> anyhow::Result<ExitCode> {
    let bar = show::rows(general);
    let mut seen = 0;
    loop {
        let job = jobs::moved(app, actor, id, seen, PATIENCE).await?;
        if job.state.is_final() {
            bar.finish_and_clear();
            return ended(general, &job);
        }
        seen = job.revision;
        bar.set_message(progress(&job));
    }
}

/// Tells how a job ended.
pub(super) fn ended(general: &General, job: &Job) -> anyhow::Result<ExitCode> {
    if job.state == JobState::Failed {
        bail!("job {} failed: {}", job.id, reason(job).unwrap_or_default());
    }
    told(general, job);
    let rejected = receipt(job).or(dry_run::found(job)).is_some_and(|receipt| receipt.rejected > 0);
    Ok(if rejected { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

/// Tells how a job stands.
pub(super) fn told(general: &General, job: &Job) {
    let mut lines = vec![line(job), progress(job)];
    lines.extend(reason(job).map(|reason| format!("原因 reason: {reason}")));
    if dry_run::is_check(job) {
        lines.push("仅校验,未入库 / a dry run: nothing is stored".to_owned());
    }
    if let Some(receipt) = receipt(job) {
        lines.push(summary(&receipt));
    }
    lines.extend(dry_run::found(job).map(|found| counts(&found)));
    for fault in Progress::of(job).faults.iter().take(20) {
        let text = |name: &str| fault.get(name).and_then(Value::as_str).unwrap_or_default();
        let row = fault.get("row").and_then(Value::as_u64).unwrap_or_default();
        lines.push(format!(
            "  第 {row} 行 {} “{}”: {} / {}",
            text("column"),
            text("value"),
            text("reason_zh"),
            text("reason_en")
        ));
    }
    show::done(general, &value(job), &lines.join("\n"));
}

/// A receipt in words.
pub(super) fn summary(receipt: &Receipt) -> String {
    let cancelled = match receipt.extent {
        Extent::Whole => "",
        Extent::Cancelled => {
            "\n已取消:回执只涵盖已处理的行,重新发送同一文件即可完成 / cancelled: the receipt covers the rows worked off; send the same file again to complete it"
        }
    };
    let aside = match receipt.set_aside {
        0 => String::new(),
        rows => format!(
            "\n其中 {rows} 行只有名称没有代码,已暂存待确认:mingzheng candidate list / {rows} of them name somebody by name only and are kept aside"
        ),
    };
    format!(
        "{}{aside}\n批次 upload {}  文件 SHA-256 {}{cancelled}",
        counts(receipt),
        receipt.upload,
        receipt.file_sha256
    )
}

/// What became of the rows, or would.
fn counts(receipt: &Receipt) -> String {
    let Receipt { submitted, accepted, corrected, repeated, rejected, .. } = receipt;
    format!(
        "提交 submitted {submitted} = 接受 accepted {accepted} (其中更正 corrected {corrected}) + 重复 repeated {repeated} + 退回 rejected {rejected}"
    )
}

/// A job in one line.
fn line(job: &Job) -> String {
    let state = match job.state {
        JobState::Queued => "等待 queued",
        JobState::Running => "进行中 running",
        JobState::Done => "完成 done",
        JobState::Failed => "失败 failed",
        JobState::Cancelled => "已取消 cancelled",
    };
    format!("{}  {}  {state}  {}  {}", job.id, job.kind, job.created_at, job.created_by)
}

/// How far a job is, in one line.
pub(super) fn progress(job: &Job) -> String {
    let Progress { stage, rows_done, rows_per_second, accepted, repeated, rejected, .. } = Progress::of(job);
    let speed = rows_per_second.map(|rows| format!(",每秒 {rows} 行 rows/s")).unwrap_or_default();
    format!(
        "{stage}: 已处理 {rows_done} 行 rows{speed}; 接受 accepted {accepted}, 重复 repeated {repeated}, 退回 rejected {rejected}"
    )
}

fn reason(job: &Job) -> Option<&str> {
    job.outcome.as_ref()?.get("reason")?.as_str()
}

/// The receipt that a job ended with.
pub(super) fn receipt(job: &Job) -> Option<Receipt> {
    serde_json::from_value(job.outcome.as_ref()?.get("receipt")?.clone()).ok()
}

/// A job for machines.
fn value(job: &Job) -> Value {
    let ended_at: Option<Instant> = job.finished_at;
    json!({ "id": job.id, "kind": job.kind, "dry_run": dry_run::is_check(job), "state": job.state, "progress": Progress::of(job),
        "attempts": job.attempts, "cancel_requested": job.cancel, "outcome": job.outcome,
        "created_at": job.created_at, "created_by": job.created_by, "finished_at": ended_at })
}
