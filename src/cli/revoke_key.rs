//! `keys revoke`: takes trust from a key, from a time on.

use std::process::ExitCode;

use serde_json::json;

use super::{General, show};
use crate::flow::{Actor, signers};
use crate::rules::Instant;

/// Takes trust from a key, from a time on.
///
/// What is proven to be from before that time still verifies: by its timestamp, or by the file that this platform keeps. With a
/// key in force revoked, nothing is issued until `mingzheng keys rotate`. Export the trust bundle again afterwards: verifiers offline
/// know only what their bundle says.
#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    /// SHA-256 of the certificate or its first digits, `current` for the keys in force, `timestamps` for the local authority
    #[arg(value_name = "FINGERPRINT|current|timestamps", default_value = "current")]
    which: String,
    /// Somebody else may have had the key from this time on, such as 2026-11-22T08:00:00+08:00
    #[arg(long, value_name = "TIME", required_unless_present = "since")]
    compromised_since: Option<Instant>,
    /// The key is not to be trusted from this time on; nobody else is known to have it
    #[arg(long, value_name = "TIME", conflicts_with = "compromised_since")]
    since: Option<Instant>,
    /// Why; it goes into the journal
    #[arg(long)]
    reason: String,
}

impl Revoke {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let app = general.app().await?;
        let compromised = self.compromised_since.is_some();
        let Some(since) = self.compromised_since.or(self.since) else {
            anyhow::bail!("give --compromised-since or --since");
        };
        let done =
            signers::revoke(&app, &Actor::operator(), &self.which, compromised, since, &self.reason).await?;
        let mut lines = Vec::new();
        for fingerprint in &done.fingerprints {
            lines.push(format!(
                "证书 {fingerprint} 自 {since} 起不再可信 / this certificate is not trusted from then on"
            ));
        }
        if done.in_force {
            lines.push(
                "当前密钥已吊销,更换前不再出具报告:mingzheng keys rotate / a key in force is revoked: nothing is issued until \
                 `mingzheng keys rotate`"
                    .to_owned(),
            );
        }
        if compromised && done.stamps_locally && self.which != "timestamps" {
            lines.push(
                "若整个密钥目录可能失窃,本地时间戳密钥也须吊销:mingzheng keys revoke timestamps / if the whole key folder may be stolen, revoke the \
                 local timestamp authority, too: `mingzheng keys revoke timestamps`"
                    .to_owned(),
            );
        }
        lines.push("请重新导出信任包 / export the trust bundle again: mingzheng trust export".to_owned());
        let machine = json!({ "certificates": done.fingerprints, "since": since, "compromised": compromised,
            "in_force": done.in_force });
        show::done(general, &machine, &lines.join("\n"));
        Ok(ExitCode::SUCCESS)
    }
}
