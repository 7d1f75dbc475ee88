//! `candidate`: rows that hold subjects back, and whose they are.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{General, show};
use crate::flow::Actor;
use crate::flow::candidates::{self, Cause, Open};
use crate::flow::records::Place;
use crate::rules::{CreditCode, DomainId};

/// Rows that hold subjects back: nameless ones kept aside, and rejected ones.
#[derive(Debug, Subcommand)]
pub(super) enum Candidate {
    /// List the rows that nobody has resolved
    List {
        /// Of this authority
        #[arg(long)]
        authority: Option<CreditCode>,
        /// Of this domain
        #[arg(long)]
        domain: Option<DomainId>,
        /// The page after this one
        #[arg(long, value_name = "PLACE")]
        after: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
    },
    /// Say whose a row is, or that it is nobody's here
    Resolve {
        /// The row's id
        id: Uuid,
        /// A code of the subject, or `nobody`; a rejected row can only be dismissed with `nobody`
        #[arg(long, value_name = "CODE|nobody")]
        to: String,
        /// How it is known; kept in the journal
        #[arg(long)]
        reason: String,
    },
}

impl Candidate {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        match self {
            Self::List { authority, domain, after, limit } => {
                let after = after.as_deref().map(str::parse::<Place>).transpose()?;
                let page =
                    candidates::open(&app, &Actor::operator(), authority, domain, after, limit).await?;
                let next = page.next.map(|place| place.to_string());
                let mut lines: Vec<String> = page.rows.iter().map(line).collect();
                if lines.is_empty() {
                    lines.push("没有待确认的行 / nothing waits".to_owned());
                }
                lines.extend(next.iter().map(|next| format!("后续 / more: --after {next}")));
                let rows: Vec<Value> = page.rows.iter().map(machine).collect();
                show::done(general, &json!({ "candidates": rows, "next": next }), &lines.join("\n"));
            }
            Self::Resolve { id, to, reason } => {
                let done = candidates::resolve(&app, &Actor::operator(), id, &to, &reason).await?;
                let text = match done.record {
                    Some(record) => format!("已归入记录 / it belongs to record {record}"),
                    None => "已确认不属于本平台主体 / it is nobody's here".to_owned(),
                };
                let machine = json!({ "id": done.id, "record": done.record, "resolved_at": done.at });
                show::done(general, &machine, &text);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line(row: &Open) -> String {
    let cause = match row.cause {
        Cause::NameOnly => "只有名称 / name only",
        Cause::CodesInDoubt => "代码存疑 / codes in doubt",
        Cause::Rejected => "已退回 / rejected",
    };
    let unknown = || "?".to_owned();
    let possible: Vec<String> =
        row.possible.iter().map(|it| format!("{} {} ({})", it.code, it.name, it.matches)).collect();
    format!(
        "{} {cause} · {} · {} {} {} · {} → {}",
        row.id,
        row.authority,
        row.document_number.clone().unwrap_or_else(unknown),
        row.decided_on.map_or_else(unknown, |day| day.to_string()),
        row.name.clone().unwrap_or_default(),
        row.wrong().map(|[zh, en]| format!("{zh} / {en}")).collect::<Vec<_>>().join("; "),
        if possible.is_empty() { "无匹配主体 / no match".to_owned() } else { possible.join("; ") },
    )
}

fn machine(row: &Open) -> Value {
    let possible: Vec<Value> = (row.possible.iter())
        .map(|it| json!({ "code": it.code, "name": it.name, "matches": it.matches }))
        .collect();
    json!({ "id": row.id, "cause": row.cause, "authority": row.authority, "domains": row.domains, "kind": row.kind,
        "organ": row.organ, "document_number": row.document_number, "decided_on": row.decided_on, "name": row.name,
        "faults": row.faults, "upload": row.upload, "row": row.row, "received_at": row.received_at,
        "possible": possible })
}
