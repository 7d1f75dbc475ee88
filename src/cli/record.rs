//! `record`: what is known of a record, what was, and what is done to it.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};
use time::Date;
use uuid::Uuid;

use super::upload::day;
use super::{General, show, upload};
use crate::flow::enter::{self, Entered};
use crate::flow::records::{self, Place, Shown, State, Wanted};
use crate::flow::{Actor, amend, correct};
use crate::rules::{
    Act, Annulment, AnnulmentKind, Change, CreditCode, DomainId, Instant, RecordKind, Repair,
};

/// What is known of a record, and what is done to it.
#[derive(Debug, Subcommand)]
pub(super) enum Record {
    /// Show a record as it is known, or as it was known at an instant
    Show {
        /// The record's id
        record: Uuid,
        /// What was known at this instant
        #[arg(long, value_name = "TIME")]
        as_of: Option<Instant>,
    },
    /// Show every version of a record
    History {
        /// The record's id
        record: Uuid,
    },
    /// List records
    Search(Box<Search>),
    /// Enter one new record: it is checked, stored and receipted like a file of one row
    Add(Box<Add>),
    /// Give a record new content: every cell that a row of a file would have
    Correct {
        #[command(flatten)]
        of: Plain,
        /// The columns by their names in files, such as 违法事实=…
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = cell)]
        cells: Vec<(String, String)>,
    },
    /// Take a record back: it should never have been sent
    Withdraw(Plain),
    /// The decision fell
    Annul {
        #[command(flatten)]
        of: Plain,
        /// Since this day
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Date,
        /// reconsideration, judgment, own-motion, confirmed-unlawful or confirmed-void
        #[arg(long, value_name = "KIND")]
        kind: AnnulmentKind,
    },
    /// The subject's credit was repaired
    Repair {
        #[command(flatten)]
        of: Plain,
        /// Since this day
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Date,
        /// Granted on a commitment whose facts are still to be verified
        #[arg(long)]
        on_commitment: bool,
    },
    /// The repair was taken back
    RevokeRepair {
        #[command(flatten)]
        of: Plain,
        /// On this day
        #[arg(long, value_name = "DAY", value_parser = day)]
        on: Date,
    },
    /// Execution is suspended
    Suspend {
        #[command(flatten)]
        of: Plain,
        /// From this day on
        #[arg(long, value_name = "DAY", value_parser = day)]
        from: Date,
        /// Up to this day
        #[arg(long, value_name = "DAY", value_parser = day)]
        until: Option<Date>,
    },
    /// An objection, reconsideration or suit was opened
    Object(Plain),
    /// It was closed and left the record as it is
    CloseObjection(Plain),
}

/// A record, and why something is done to it.
#[derive(Debug, clap::Args)]
pub(super) struct Plain {
    /// The record's id
    record: Uuid,
    /// Why; needed to withdraw, to annul and to revoke a repair
    #[arg(long)]
    reason: Option<String>,
}

/// A cell as `NAME=VALUE`; what stands behind the first `=` is the value.
fn cell(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.to_owned()));
    split.filter(|(name, _)| !name.is_empty()).ok_or_else(|| "写作 列名=内容 / write NAME=VALUE".to_owned())
}

/// One new record.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// The code of the authority that sends
    #[arg(long)]
    authority: CreditCode,
    /// The domain, where the authority has several
    #[arg(long)]
    domain: Option<DomainId>,
    /// The kind of record
    #[arg(long, default_value = "penalty")]
    kind: RecordKind,
    /// Check only, store nothing
    #[arg(long)]
    dry_run: bool,
    /// The columns by their names in files, such as 行政处罚决定书文号=…
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = cell)]
    cells: Vec<(String, String)>,
}

/// Which records are listed.
#[derive(Debug, clap::Args)]
pub(super) struct Search {
    /// Of this authority
    #[arg(long)]
    authority: Option<CreditCode>,
    /// Of this domain
    #[arg(long)]
    domain: Option<DomainId>,
    /// Under this document number
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    /// Of the subject with this code
    #[arg(long, value_name = "CODE")]
    subject: Option<String>,
    /// Of this kind, such as penalty
    #[arg(long)]
    kind: Option<RecordKind>,
    /// in-force, disputed, suspended, repaired, annulled or withdrawn
    #[arg(long)]
    state: Option<State>,
    /// Decided from this day on
    #[arg(long, value_name = "DAY", value_parser = day)]
    decided_from: Option<Date>,
    /// Decided up to this day
    #[arg(long, value_name = "DAY", value_parser = day)]
    decided_to: Option<Date>,
    /// Their newest versions came from this instant on
    #[arg(long, value_name = "TIME")]
    received_from: Option<Instant>,
    /// They came up to this instant
    #[arg(long, value_name = "TIME")]
    received_to: Option<Instant>,
    /// The page after this one
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
}

impl Record {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let (of, act) = match self {
            Self::Show { record, as_of } => {
                let app = general.app().await?;
                let shown = records::show(&app, &Actor::operator(), record, as_of).await?;
                show::done(general, &machine(&shown), &line(&shown));
                return Ok(ExitCode::SUCCESS);
            }
            Self::History { record } => {
                let app = general.app().await?;
                let shown = records::history(&app, &Actor::operator(), record).await?;
                print(general, &shown, None);
                return Ok(ExitCode::SUCCESS);
            }
            Self::Search(search) => return search.run(general).await,
            Self::Add(add) => return add.run(general).await,
            Self::Correct { of, cells } => {
                let app = general.app().await?;
                let cells = cells.into_iter().collect();
                let act = correct::correction(&app, &Actor::operator(), of.record, &cells).await?;
                (of, act)
            }
            Self::Withdraw(of) => (of, Act::Withdraw { on: None }),
            Self::Annul { of, on, kind } => (of, Act::Annul(Annulment { annulled_on: on, kind })),
            Self::Repair { of, on, on_commitment } => {
                (of, Act::Repair(Repair { repaired_on: on, on_commitment }))
            }
            Self::RevokeRepair { of, on } => (of, Act::RevokeRepair { on }),
            Self::Suspend { of, from, until } => (of, Act::Suspend { from, until }),
            Self::Object(of) => (of, Act::OpenObjection { on: None }),
            Self::CloseObjection(of) => (of, Act::CloseObjection { on: None }),
        };
        let app = general.app().await?;
        let change = Change::new(act, of.reason.as_deref());
        amend::amend(&app, &Actor::operator(), of.record, &change, None).await?;
        let shown = records::show(&app, &Actor::operator(), of.record, None).await?;
        show::done(general, &machine(&shown), &line(&shown));
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let Self { authority, domain, kind, dry_run, cells } = self;
        let entered = Entered { authority, domain, kind, cells: cells.into_iter().collect() };
        upload::entered(general, enter::enter(&app, &Actor::operator(), &entered, dry_run).await)
    }
}

impl Search {
    async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let wanted = Wanted {
            authority: self.authority,
            domain: self.domain,
            document_number: self.document,
            subject: self.subject,
            name: None,
            kind: self.kind,
            state: self.state,
            decided_from: self.decided_from,
            decided_to: self.decided_to,
            received_from: self.received_from,
            received_to: self.received_to,
            after: self.after.as_deref().map(str::parse::<Place>).transpose()?,
            limit: self.limit,
        };
        let page = records::search(&app, &Actor::operator(), &wanted).await?;
        print(general, &page.records, page.next);
        Ok(ExitCode::SUCCESS)
    }
}

fn print(general: &General, shown: &[Shown], next: Option<Place>) {
    let records: Vec<Value> = shown.iter().map(machine).collect();
    let mut lines: Vec<String> = shown.iter().map(line).collect();
    if shown.is_empty() {
        lines.push("没有记录 / no records".to_owned());
    }
    let next = next.map(|place| place.to_string());
    if let Some(next) = &next {
        lines.push(format!("后续 / more: --after {next}"));
    }
    show::done(general, &json!({ "records": records, "next": next }), &lines.join("\n"));
}

/// A version in one line.
fn line(shown: &Shown) -> String {
    let Shown { version, subject, name, superseded_at, state } = shown;
    let until = superseded_at.map_or(String::new(), |at| format!("…{at}"));
    format!(
        "{} v{} {} {} · {} {} · {} {} · {} {} · {}{until}",
        version.record,
        version.number,
        version.operation,
        state_zh(*state),
        subject,
        name,
        version.details.document_number,
        version.details.decided_on,
        version.domain,
        version.kind,
        version.received_at,
    )
}

fn state_zh(state: State) -> &'static str {
    match state {
        State::InForce => "在册 / in force",
        State::Disputed => "异议中 / disputed",
        State::Suspended => "暂缓执行 / suspended",
        State::Repaired => "已修复 / repaired",
        State::Annulled => "已撤销 / annulled",
        State::Withdrawn => "已撤回 / withdrawn",
    }
}

fn machine(shown: &Shown) -> Value {
    let Shown { version, subject, name, superseded_at, state } = shown;
    json!({ "record": version.record, "version": version.number, "operation": version.operation, "state": state,
        "kind": version.kind, "domain": version.domain, "subject": subject, "name": name,
        "organ": version.organ, "upload": version.upload, "row": version.row, "received_at": version.received_at,
        "superseded_at": superseded_at, "details": version.details, "standing": version.standing })
}
