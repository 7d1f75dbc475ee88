//! Verifying, online against the store beside us or offline against a bundle.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::json;

use super::{General, show};
use crate::flow::Clock;
use crate::flow::check::{self, Brought};
use crate::rules::{Digest, Verdict};
use crate::seal::TrustBundle;
use crate::verify;

/// Verifies a PDF, a verification code, the text of a QR, or the SHA-256 of a PDF.
///
/// Exit code 0: genuine and valid; 1: not; 2: cannot tell, or wrong use.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// A file, a code, the text of a QR, or a SHA-256
    #[arg(value_name = "FILE|CODE|QR-TEXT|SHA256")]
    what: String,
    /// Verify offline against this bundle (`mingzheng trust export`)
    #[arg(long, value_name = "BUNDLE")]
    trust: Option<PathBuf>,
}

/// Bytes read from a file: one more than is verified, so that a larger one is told apart.
const READ: u64 = verify::LARGEST as u64 + 1;

impl Verify {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let brought = brought(&self.what)?;
        let (verdict, changed) = if let Some(bundle) = &self.trust {
            (offline(bundle, brought)?, None)
        } else {
            let config = general.config()?;
            if !config.keys().exists() {
                bail!(
                    "there is no store in {} to ask: give a trust bundle with --trust, or a store with --home",
                    config.home.0.display()
                );
            }
            let answer = check::check(&super::open(&config).await?, brought).await?;
            (answer.verdict, answer.changed_since_issue)
        };
        if general.json {
            let reasons: Vec<_> =
                verdict.reasons.iter().map(|r| json!({ "code": r, "zh": r.zh(), "en": r.en() })).collect();
            let machine = json!({ "integrity": verdict.integrity, "issuer": verdict.issuer, "status": verdict.status,
                "facts": verdict.facts, "reasons": reasons, "signer": verdict.signer,
                "signed_at": verdict.signed_at,
                "timestamped_at": verdict.timestamped_at, "facts_sha256": verdict.facts_digest,
                "changed_since_issue": changed, "genuine_and_valid": verdict.is_genuine_and_valid() });
            println!("{machine:#}");
        } else {
            println!("{}", show::verdict(&verdict));
        }
        Ok(ExitCode::from(match &verdict {
            verdict if verdict.is_genuine_and_valid() => 0,
            verdict if verdict.cannot_tell() => 2,
            _ => 1,
        }))
    }
}

/// What was given: a file if there is one of that name, else by its looks.
fn brought(what: &str) -> anyhow::Result<Brought> {
    let path = Path::new(what);
    if path.is_file() {
        let file = std::fs::File::open(path).with_context(|| format!("{what} cannot be read"))?;
        let mut bytes = Vec::new();
        file.take(READ).read_to_end(&mut bytes).with_context(|| format!("{what} cannot be read"))?;
        return Ok(Brought::Pdf(bytes));
    }
    if what.contains("://") {
        return Ok(Brought::Qr(what.to_owned()));
    }
    if let Ok(digest) = what.parse::<Digest>() {
        return Ok(Brought::Hash(digest));
    }
    let looks_like_a_file =
        what.contains(['/', '\\']) || path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf"));
    if looks_like_a_file {
        bail!("there is no file {what}");
    }
    Ok(Brought::Code(what.to_owned()))
}

fn offline(bundle: &Path, brought: Brought) -> anyhow::Result<Verdict> {
    let bytes = std::fs::read(bundle).with_context(|| format!("{} cannot be read", bundle.display()))?;
    let trust =
        TrustBundle::parse(&bytes).with_context(|| format!("{} is no trust bundle", bundle.display()))?;
    let now = Clock::system().now();
    Ok(match brought {
        Brought::Pdf(bytes) => verify::pdf(&bytes, &trust, now),
        Brought::Qr(text) => verify::qr(&text, &trust, now).verdict,
        Brought::Code(text) => verify::code_alone(&text),
        Brought::Hash(_) => verify::hash_alone(),
    })
}
