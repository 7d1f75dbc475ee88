//! Objections, repairs and annulments, handled by the operator.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use time::Date;
use uuid::Uuid;

use super::upload::day;
use super::{General, case_text, show};
use crate::flow::Actor;
use crate::flow::cases::{self, Asked, Filter, Taken};
use crate::rules::{Annulment, AnnulmentKind, CaseKind, CaseState, CaseStep, Instant, Promises};

/// Cases about records.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Cases {
    /// Open a case on behalf of a subject; one that is open already is given back
    Open(Open),
    /// List cases, latest first
    List(List),
    /// Show a case with everything that belongs to it
    Show {
        /// The case
        id: Uuid,
    },
    /// Take a case further; the record changes with it
    Step(Box<Step>),
    /// Add a piece of evidence (PDF, JPEG or PNG), or fetch one
    Evidence(Evidence),
    /// Give every reminder that is due, each once
    Remind,
}

/// A case to be opened.
#[derive(Debug, clap::Args)]
pub(super) struct Open {
    /// objection, repair or annulment
    #[arg(long)]
    kind: CaseKind,
    /// The subject, by any of its codes
    #[arg(long, value_name = "CODE")]
    subject: String,
    /// The record, by its id as a report shows it
    #[arg(long, value_name = "ID", required_unless_present = "document")]
    record: Option<Uuid>,
    /// The record, by its document number
    #[arg(long, value_name = "NUMBER", conflicts_with = "record")]
    document: Option<String>,
    /// What is the case, in the applicant's words
    #[arg(long, value_name = "TEXT")]
    statement: String,
    /// For a repair: the act was put right and every duty fulfilled
    #[arg(long)]
    duties_fulfilled: bool,
    /// For a repair: a public commitment that everything stated is true
    #[arg(long)]
    commitment: bool,
}

/// Which cases to list.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Of this kind
    #[arg(long)]
    kind: Option<CaseKind>,
    /// In this state
    #[arg(long)]
    state: Option<CaseState>,
    /// Not ended, and due by the end of this day
    #[arg(long, value_name = "DAY", value_parser = day)]
    due: Option<Date>,
    /// Not ended, and overdue
    #[arg(long)]
    overdue: bool,
    /// After this case: the last of the page before
    #[arg(long, value_name = "ID")]
    after: Option<Uuid>,
}

/// A step to be taken.
#[derive(Debug, clap::Args)]
pub(super) struct Step {
    /// The case
    id: Uuid,
    /// What is done: one of those that `cases show` calls possible
    #[arg(value_name = "STEP")]
    what: CaseStep,
    /// Why; the applicant reads it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// To uphold an objection by a correction: the whole new content, a JSON object of cells by the names of their columns
    #[arg(long, value_name = "FILE")]
    correction: Option<PathBuf>,
    /// To annul: since when
    #[arg(long, value_name = "DAY", value_parser = day, requires = "annulment")]
    annulled_on: Option<Date>,
    /// To annul: reconsideration, judgment, own-motion, confirmed-unlawful or confirmed-void
    #[arg(long, value_name = "KIND", requires = "annulled_on")]
    annulment: Option<AnnulmentKind>,
    /// To grant a repair: the day, today by default
    #[arg(long, value_name = "DAY", value_parser = day)]
    repaired_on: Option<Date>,
}

/// A piece of evidence.
#[derive(Debug, clap::Args)]
pub(super) struct Evidence {
    /// The case
    id: Uuid,
    /// The file to add
    #[arg(required_unless_present = "fetch")]
    file: Option<PathBuf>,
    /// Fetch the piece with this number instead
    #[arg(long, value_name = "N", conflicts_with = "file", requires = "out")]
    fetch: Option<u32>,
    /// Where to write it
    #[arg(long, value_name = "FILE", requires = "fetch")]
    out: Option<PathBuf>,
}

impl Cases {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let me = Actor::operator();
        let (machine, person): (Value, String) = match self {
            Self::Open(open) => {
                let opened = cases::open(&app, &me, &open.asked()).await?;
                let mut machine = case_text::json_shown(&opened.case);
                machine["repeated"] = json!(opened.repeated);
                (machine, case_text::shown(&opened.case))
            }
            Self::List(list) => {
                let listed = cases::list(&app, &me, list.filter()).await?;
                let lines: Vec<String> = listed.cases.iter().map(case_text::line).collect();
                let machine: Vec<Value> = listed.cases.iter().map(case_text::json_line).collect();
                (json!({ "cases": machine, "next": listed.next }), lines.join("\n"))
            }
            Self::Show { id } => {
                let shown = cases::show(&app, &me, id).await?;
                (case_text::json_shown(&shown), case_text::shown(&shown))
            }
            Self::Step(step) => {
                let shown = cases::step(&app, &me, step.id, &step.taken()?).await?;
                (case_text::json_shown(&shown), case_text::shown(&shown))
            }
            Self::Evidence(evidence) => evidence.run(&app, &me).await?,
            Self::Remind => {
                let given = cases::remind(&app).await?;
                let line = |it: &cases::Reminded| {
                    let (reminder, due) = (it.reminder, it.due_at.local_day());
                    format!("{} {} {} {reminder} — 期限 due {due}", it.case, it.kind.zh(), reminder.zh())
                };
                let machine = |it: &cases::Reminded| {
                    json!({ "case": it.case, "kind": it.kind, "state": it.state, "authority": it.authority,
                        "reminder": it.reminder, "due_at": it.due_at })
                };
                let lines: Vec<String> = given.iter().map(line).collect();
                let none = "没有到期的提醒 / no reminder is due".to_owned();
                (given.iter().map(machine).collect(), if lines.is_empty() { none } else { lines.join("\n") })
            }
        };
        show::done(general, &machine, &person);
        Ok(ExitCode::SUCCESS)
    }
}

impl Open {
    fn asked(self) -> Asked {
        let (duties_fulfilled, commitment) = (self.duties_fulfilled, self.commitment);
        Asked {
            kind: self.kind,
            subject: Some(self.subject),
            record: self.record,
            document_number: self.document,
            statement: self.statement,
            promises: Promises { duties_fulfilled, commitment },
        }
    }
}

impl List {
    fn filter(self) -> Filter {
        Filter {
            kind: self.kind,
            state: self.state,
            due_by: self.due.map(Instant::end_of),
            overdue: self.overdue,
            after: self.after,
            limit: None,
            subject: None,
            authority: None,
        }
    }
}

impl Step {
    fn taken(&self) -> anyhow::Result<Taken> {
        let correction = match &self.correction {
            None => None,
            Some(file) => {
                let text =
                    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
                let cells = serde_json::from_slice(&text);
                Some(cells.with_context(|| format!("{} is not a JSON object of cells", file.display()))?)
            }
        };
        let annulment = self.annulled_on.zip(self.annulment);
        Ok(Taken {
            step: self.what,
            reason: self.reason.clone(),
            correction,
            annulment: annulment.map(|(annulled_on, kind)| Annulment { annulled_on, kind }),
            repaired_on: self.repaired_on,
        })
    }
}

impl Evidence {
    async fn run(self, app: &crate::flow::App, me: &Actor) -> anyhow::Result<(Value, String)> {
        if let (Some(place), Some(out)) = (self.fetch, &self.out) {
            let (piece, _, bytes) = cases::fetch_evidence(app, me, self.id, place).await?;
            std::fs::write(out, &bytes).with_context(|| format!("{} cannot be written", out.display()))?;
            let text = format!("证据 {place} 已写入 {} / evidence {place} is in that file", out.display());
            return Ok((json!({ "place": place, "file": out, "sha256": piece.digest }), text));
        }
        let Some(file) = self.file else { bail!("name the file to add") };
        let bytes = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let piece = cases::add_evidence(app, me, self.id, &name, &bytes).await?.piece;
        let text =
            format!("已收到证据 {} / evidence {} is kept: {}", piece.place, piece.place, piece.media_type);
        let machine = json!({ "place": piece.place, "media_type": piece.media_type, "bytes": piece.bytes,
            "sha256": piece.digest });
        Ok((machine, text))
    }
}
