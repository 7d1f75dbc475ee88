//! `keys create`, `keys rotate`, `keys show`: the keys that sign reports (`keys revoke` is in `revoke_key`).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::revoke_key::Revoke;
use super::{General, show};
use crate::config::Config;
use crate::flow::{Actor, Chance, Clock, rotate};
use crate::rules::{Instant, KeyKind};
use crate::seal::{Keyring, Listed, Module, Place, Role, Wanted};

/// Fewer days left than these are worth a word.
const SOON: i64 = 60;

/// The keys that sign reports, claims, receipts and trust bundles.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Keys {
    /// Make the key folder, before the first start
    Create(Choice),
    /// Put new signing keys in force; what the old ones signed stays valid
    ///
    /// A `mingzheng serve` that runs takes them before its next report, and within a few seconds.
    Rotate(Choice),
    /// Show certificates, fingerprints and days left
    Show,
    /// Take trust from a key, from a time on
    Revoke(Revoke),
}

/// Which keys, and where.
#[derive(Debug, clap::Args)]
pub(super) struct Choice {
    /// The kind that signs documents: p256, rsa-3072 or sm2; without it as configured, or as until now
    #[arg(long, value_name = "KIND")]
    kind: Option<KeyKind>,
    /// Keep the signing keys in the hardware module that this file (TOML) names; a key that is there already is used
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    pkcs11: Option<PathBuf>,
    /// Keep the signing keys in files
    #[arg(long)]
    files: bool,
}

impl Choice {
    fn wanted(&self, config: &Config) -> anyhow::Result<Wanted> {
        let place = match &self.pkcs11 {
            Some(file) => Some(Place::Module(named(file)?)),
            None => self.files.then_some(Place::Files),
        };
        if let (Some(asked), Some(configured)) = (self.kind, config.keys.kind) {
            ensure!(
                asked == configured,
                "the configuration says {configured} under [keys]: change it there, and start `mingzheng keys` again"
            );
        }
        Ok(Wanted { kind: self.kind.or(config.keys.kind), place })
    }
}

fn named(file: &Path) -> anyhow::Result<Module> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Module::parse(&text).with_context(|| file.display().to_string())
}

impl Keys {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        if let Self::Revoke(revoke) = self {
            return revoke.run(general).await;
        }
        let config = general.config()?;
        let (folder, now) = (config.keys(), Clock::system().now());
        let makes = matches!(self, Self::Create(_));
        ensure!(
            makes || folder.exists(),
            "there are no keys at {}; `mingzheng keys create` makes some",
            folder.display()
        );
        match self {
            Self::Create(choice) => create(&config, &choice, now)?,
            Self::Rotate(choice) => {
                let wanted = choice.wanted(&config)?;
                rotate::rotate(&config, &Actor::operator(), wanted, Clock::system(), Chance::system())
                    .await?;
                if !general.json {
                    println!(
                        "新密钥已启用,运行中的服务几秒内自动改用 / the new keys are in force; a running service takes them within seconds"
                    );
                }
            }
            Self::Show | Self::Revoke(_) => {}
        }
        let listed = Keyring::list(&folder)?;
        show::done(general, &machine(&folder, &listed, now), &person(&folder, &listed, now));
        Ok(ExitCode::SUCCESS)
    }
}

fn create(config: &Config, choice: &Choice, now: Instant) -> anyhow::Result<()> {
    let wanted = choice.wanted(config)?;
    let chance = Chance::system();
    Keyring::create_with(&config.keys(), &config.issuer.zh, wanted, now, &mut |bytes| chance.fill(bytes))?;
    show::notice_of_keys(&config.keys());
    Ok(())
}

fn days_left(listed: &Listed, now: Instant) -> i64 {
    let (_, to) = listed.certificate.life();
    (to.millis() - now.millis()).div_euclid(86_400_000)
}

fn machine(folder: &Path, listed: &[Listed], now: Instant) -> Value {
    let one = |it: &Listed| {
        let (from, to) = it.certificate.life();
        json!({ "role": it.role, "kind": it.certificate.kind(), "sha256": it.certificate.digest(), "key": it.kept,
            "operator": it.certificate.organization(), "from": from, "to": to, "days_left": days_left(it, now) })
    };
    json!({ "folder": folder, "certificates": listed.iter().map(one).collect::<Vec<_>>() })
}

fn person(folder: &Path, listed: &[Listed], now: Instant) -> String {
    let mut lines = vec![format!("密钥目录 key folder  {}", folder.display())];
    for it in listed {
        let (from, to) = it.certificate.life();
        let (zh, en) = match it.role {
            Role::Root => ("根证书", "root"),
            Role::Issuing => ("签发机构", "issuing"),
            Role::Signing => ("签名", "signing"),
            Role::Documents => ("文档签名", "documents"),
            Role::Retired => ("已退役", "retired"),
        };
        let left = days_left(it, now);
        lines.push(format!("{zh} {en} · {} · 私钥 key: {}", it.certificate.kind(), it.kept));
        lines.push(format!("  SHA-256 {}", it.certificate.digest()));
        lines.push(format!("  {} — {} · 剩余 days left: {left}", from.local().date(), to.local().date()));
        if left < SOON && [Role::Signing, Role::Documents].contains(&it.role) {
            lines
                .push("  即将到期,请运行 keys rotate / it ends soon: run `mingzheng keys rotate`".to_owned());
        }
    }
    lines.join("\n")
}
