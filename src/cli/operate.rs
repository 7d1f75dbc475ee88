//! What the operator does: migrate, register, revoke, export trust, make tokens, check the journal.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use super::{General, show};
use crate::config::TokenRole;
use crate::flow::{Actor, Chance, Tokens, register, revoke, trust};
use crate::rules::CreditCode;

/// Makes authorities and subjects known; entries that are there already are brought up to date.
#[derive(Debug, clap::Args)]
pub(super) struct Register {
    /// Authorities (TOML, `[[authority]]`)
    #[arg(long, value_name = "FILE", required_unless_present = "subjects")]
    authorities: Option<PathBuf>,
    /// Subjects (TOML, `[[subject]]`)
    #[arg(long, value_name = "FILE")]
    subjects: Option<PathBuf>,
}

/// Takes a report back at once, in an emergency. From the commit on, it verifies nowhere.
///
/// Otherwise two system operators revoke together, in the console (`/console/reports`). What is revoked here stands in the journal as an
/// emergency, and every security operator, auditor and system operator is told.
#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    /// The report's number
    number: String,
    /// Why; verifiers read it
    #[arg(long)]
    reason: String,
    /// It cannot wait for a second person: revoke it alone, and have others told
    #[arg(long)]
    emergency: bool,
}

/// The trust bundle.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Trust {
    /// Write the bundle of certificates and statuses
    Export {
        /// Where to; standard output by default
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Tokens.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Token {
    /// Make a token and print the lines for the configuration; the secret is shown once
    New {
        /// A name for the journal
        #[arg(long)]
        name: String,
        /// As what its bearer comes
        #[arg(long, value_enum)]
        role: RoleWord,
        /// The authority's code, for a regulator
        #[arg(long, required_if_eq("role", "regulator"))]
        authority: Option<CreditCode>,
        /// The subject's code, for a subject
        #[arg(long, required_if_eq("role", "subject"))]
        subject: Option<String>,
    },
}

/// A role on the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum RoleWord {
    /// An authority's system
    Regulator,
    /// A subject, about itself
    Subject,
    /// The operator
    Operator,
}

/// The journal.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Journal {
    /// Follow the chain from its first link to its last
    Check,
}

pub(super) async fn migrate(general: &General) -> anyhow::Result<ExitCode> {
    let config = general.config()?;
    let app = crate::flow::App::open(&config, crate::flow::Clock::system(), Chance::system()).await?;
    app.migrate().await?;
    show::done(general, &json!({ "migrated": true }), "数据库结构已是最新 / the schema is up to date");
    Ok(ExitCode::SUCCESS)
}

impl Register {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let (mut authorities, mut subjects) = (0, 0);
        if let Some(file) = &self.authorities {
            authorities = register::authorities(&app, &Actor::operator(), &read(file)?).await?.entries;
        }
        if let Some(file) = &self.subjects {
            subjects = register::subjects(&app, &Actor::operator(), &read(file)?).await?.entries;
        }
        let text = format!(
            "已登记数源单位 {authorities} 家、主体 {subjects} 个 / registered {authorities} authorities, {subjects} subjects"
        );
        show::done(general, &json!({ "authorities": authorities, "subjects": subjects }), &text);
        Ok(ExitCode::SUCCESS)
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

impl Revoke {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        if !self.emergency {
            let origin = &app.issuer().origin;
            anyhow::bail!(
                "nothing was revoked: it takes two system operators, at {origin}/console/reports; with --emergency it is done at once, and others are told"
            );
        }
        let revoked = revoke::in_emergency(&app, &Actor::operator(), &self.number, &self.reason).await?;
        let text = format!(
            "报告 {} 已紧急撤销，已记入日志并通知安全管理员、审计员和系统管理员 / report {} is revoked: the journal says that it was an \
             emergency, and security operators, auditors and system operators are told",
            revoked.number, revoked.number
        );
        show::done(
            general,
            &json!({ "number": revoked.number, "revoked_at": revoked.at, "emergency": true }),
            &text,
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl Trust {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let Self::Export { out } = self;
        let app = general.app().await?;
        let exported = trust::export(&app).await?;
        let Some(out) = out else {
            println!("{exported}");
            return Ok(ExitCode::SUCCESS);
        };
        std::fs::write(&out, &exported).with_context(|| format!("{} cannot be written", out.display()))?;
        let text = format!("信任包已写入 {} / the trust bundle is in {}", out.display(), out.display());
        show::done(general, &json!({ "file": out }), &text);
        Ok(ExitCode::SUCCESS)
    }
}

impl Token {
    pub(super) fn run(self, general: &General) -> ExitCode {
        let Self::New { name, role, authority, subject } = self;
        let (secret, digest) = Tokens::fresh(Chance::system().draw());
        let role = match role {
            RoleWord::Regulator => TokenRole::Regulator,
            RoleWord::Subject => TokenRole::Subject,
            RoleWord::Operator => TokenRole::Operator,
        };
        let word = format!("{role:?}").to_lowercase();
        if general.json {
            let value = json!({ "secret": secret, "sha256": digest, "name": name, "role": word,
                "authority": authority, "subject": subject });
            println!("{value:#}");
            return ExitCode::SUCCESS;
        }
        println!("# 令牌仅显示一次,请妥善保存 / the secret is shown once: {secret}");
        println!("# 将以下内容写入配置文件 / write this into the configuration:");
        println!("[[token]]\nname = {name:?}\nsha256 = \"{digest}\"\nrole = \"{word}\"");
        if let Some(authority) = authority {
            println!("authority = \"{authority}\"");
        }
        if let Some(subject) = subject {
            println!("subject = {subject:?}");
        }
        ExitCode::SUCCESS
    }
}

impl Journal {
    pub(super) async fn run(&self, general: &General) -> anyhow::Result<ExitCode> {
        let Self::Check = self;
        let app = general.app().await?;
        let links = trust::check_journal(&app).await?;
        let text = format!("日志链完整,共 {links} 条 / the journal's {links} links hold");
        show::done(general, &json!({ "links": links, "intact": true }), &text);
        Ok(ExitCode::SUCCESS)
    }
}
