//! People who sign in, and systems that come by themselves.

use std::process::ExitCode;

use serde_json::json;

use super::{General, show};
use crate::flow::account::invite::{self, Invited};
use crate::flow::account::{keep, read_grant, write_grant};
use crate::flow::{Actor, Listing, clients};
use crate::rules::{AccountRole, Digest, Grant};

/// Accounts.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Account {
    /// Make a one-time link by which somebody gets an account
    Invite {
        /// The name of the person
        #[arg(long)]
        name: String,
        #[command(flatten)]
        role: RoleOf,
    },
    /// List the accounts
    List,
    /// Lock an account, and end its sessions
    Lock {
        /// The name that one signs in with
        name: String,
    },
    /// Unlock an account
    Unlock {
        /// The name that one signs in with
        name: String,
    },
    /// Make a one-time link by which the holder sets a new password
    Reset {
        /// The name that one signs in with
        name: String,
        /// Take the second factor off as well
        #[arg(long)]
        factor: bool,
    },
}

/// Clients.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Client {
    /// Make a client; its token is shown once
    New {
        /// A name for logs and the journal
        #[arg(long)]
        name: String,
        #[command(flatten)]
        role: RoleOf,
        /// For how many days the token holds
        #[arg(long, default_value_t = 365)]
        days: u32,
        /// SHA-256 of the certificate (DER) that it must come with
        #[arg(long, value_name = "SHA256")]
        certificate: Option<Digest>,
    },
    /// List the clients
    List,
    /// Revoke a client
    Revoke {
        /// Its name
        name: String,
    },
}

/// A role, and how far it goes.
#[derive(Debug, clap::Args)]
pub(super) struct RoleOf {
    /// agent, person, clerk, verifier, counter, system, security or auditor
    #[arg(long)]
    role: AccountRole,
    /// For an agent `CODE; see ask share; LAST DAY; PURPOSE`, for a clerk `AUTHORITY; DOMAIN DOMAIN`, for a person their number
    #[arg(long, value_name = "TEXT")]
    grant: Vec<String>,
}

impl RoleOf {
    fn read(&self) -> anyhow::Result<(AccountRole, Vec<Grant>)> {
        let grants = self.grant.iter().map(|text| read_grant(self.role, text).map_err(anyhow::Error::msg));
        Ok((self.role, grants.collect::<anyhow::Result<_>>()?))
    }
}

impl Account {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let operator = Actor::operator();
        let link = match self {
            Self::Invite { name, role } => {
                let (role, grants) = role.read()?;
                invite::invite(&app, &operator, Invited { shown: name, role, grants }).await?
            }
            Self::Reset { name, factor } => {
                let id = keep::named(&app, &operator, &name).await?;
                if factor {
                    keep::drop_factor(&app, &operator, id).await?;
                }
                invite::reset(&app, &operator, id).await?
            }
            Self::List => return list(&app, general).await,
            Self::Lock { name } => {
                let id = keep::named(&app, &operator, &name).await?;
                keep::lock(&app, &operator, id, true).await?;
                show::done(general, &json!({ "locked": name }), &format!("{name} 已锁定 / {name} is locked"));
                return Ok(ExitCode::SUCCESS);
            }
            Self::Unlock { name } => {
                let id = keep::named(&app, &operator, &name).await?;
                keep::lock(&app, &operator, id, false).await?;
                show::done(
                    general,
                    &json!({ "unlocked": name }),
                    &format!("{name} 已解锁 / {name} is unlocked"),
                );
                return Ok(ExitCode::SUCCESS);
            }
        };
        let text =
            format!("一次性链接,{} 前有效 / one-time link, works until then:\n{}", link.until, link.address);
        show::done(general, &json!({ "link": link.address, "until": link.until }), &text);
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(app: &crate::flow::App, general: &General) -> anyhow::Result<ExitCode> {
    let every = Listing { offset: 0, limit: u32::MAX };
    let (accounts, _) = keep::list(app, &Actor::operator(), every).await?;
    if general.json {
        let rows = accounts.iter().map(|it| {
            let grants: Vec<String> = it.grants.iter().map(write_grant).collect();
            json!({ "name": it.name, "person": it.shown, "role": it.role, "grants": grants,
                "locked": it.locked, "factor": it.factor, "made": it.created_at })
        });
        println!("{:#}", rows.collect::<serde_json::Value>());
        return Ok(ExitCode::SUCCESS);
    }
    for it in accounts {
        let state = if it.locked { "已锁定 locked" } else { "可用 in use" };
        println!("{:<20} {:<12} {} {} {}", it.name, it.role.word(), it.shown, it.role.zh(), state);
    }
    Ok(ExitCode::SUCCESS)
}

impl Client {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let operator = Actor::operator();
        match self {
            Self::New { name, role, days, certificate } => {
                let (role, grants) = role.read()?;
                let wanted = clients::Wanted { name, role, grants, days, certificate };
                let made = clients::make(&app, &operator, wanted).await?;
                let text = format!(
                    "令牌仅显示一次,{} 前有效 / the token is shown once, holds until then:\n{}",
                    made.until, made.secret
                );
                show::done(general, &json!({ "secret": made.secret, "until": made.until }), &text);
            }
            Self::List => {
                let clients = clients::list(&app, &operator).await?;
                if general.json {
                    let rows = clients.iter().map(|it| {
                        let grants: Vec<String> = it.grants.iter().map(write_grant).collect();
                        json!({ "name": it.name, "role": it.role, "grants": grants, "until": it.until,
                            "certificate": it.certificate, "revoked": it.revoked_at })
                    });
                    println!("{:#}", rows.collect::<serde_json::Value>());
                    return Ok(ExitCode::SUCCESS);
                }
                for it in clients {
                    let state = if it.revoked_at.is_some() { "已吊销 revoked" } else { "" };
                    println!("{:<24} {:<10} {} {state}", it.name, it.role.word(), it.until);
                }
            }
            Self::Revoke { name } => {
                clients::revoke(&app, &operator, &name).await?;
                show::done(
                    general,
                    &json!({ "revoked": name }),
                    &format!("{name} 已吊销 / {name} is revoked"),
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
