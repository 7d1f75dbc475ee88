//! Verifying, online against the store beside us or offline against a bundle.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::batch::Batch;
use super::{General, show};
use crate::flow::Clock;
use crate::flow::batch;
use crate::flow::check::{self, Answer, Brought};
use crate::flow::offline::Verifier;
use crate::rules::{Digest, DomainSince, Finding, Findings, PageDifference, Reason, Verdict};
use crate::seal::{Hasher, TrustBundle};
use crate::verify;

/// Verifies a PDF, a photograph (PNG, JPEG), a verification code, the text of a QR, or the SHA-256 of a PDF.
///
/// Exit code 0: genuine and valid; 1: not; 2: cannot tell, or wrong use. Of a batch the worst counts: 1, then 2, then 0.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// A file, a code, the text of a QR, or a SHA-256
    #[arg(value_name = "FILE|CODE|QR-TEXT|SHA256")]
    #[arg(required_unless_present = "batch")]
    what: Option<String>,
    /// Verify many things: a folder, a zip, or a list of codes (text or CSV)
    #[arg(long, value_name = "PATH", conflicts_with = "what")]
    batch: Option<PathBuf>,
    /// Where the results of a batch go
    #[arg(long, value_name = "DIR", default_value = "mingzheng-results", requires = "batch")]
    out: PathBuf,
    /// How many things of a batch are verified at a time; one for each core by default
    #[arg(long, value_name = "N", requires = "batch", value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: Option<u8>,
    /// Verify offline against this bundle (`mingzheng trust export`)
    #[arg(long, value_name = "BUNDLE")]
    trust: Option<PathBuf>,
    /// The uploaded file that a receipt is about: say whether it is that one
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    file: Option<PathBuf>,
    /// Write pictures of the pages that differ from the report as issued into this folder
    #[arg(long, value_name = "DIR")]
    compare: Option<PathBuf>,
}

/// Bytes read from a file: one more than is verified, so that a larger one is told apart.
const READ: u64 = verify::LARGEST as u64 + 1;

/// How the names of files end that are verified.
const FILES: [&str; 4] = ["pdf", "png", "jpg", "jpeg"];

impl Verify {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        if let Some(path) = self.batch {
            let Self { out, trust, jobs, .. } = self;
            return Batch { path, out, trust, jobs: jobs.map(usize::from) }.run(general).await;
        }
        let what = self.what.unwrap_or_default();
        if let Some((csv, signature)) = sheet(&what)? {
            let verdict = match &self.trust {
                Some(bundle) => verify::sheet(&csv, &signature, &read_bundle(bundle)?, Clock::system().now()),
                None => batch::check_sheet(&super::open(&general.config()?).await?, &csv, &signature).await?,
            };
            show::done(general, &serde_json::to_value(&verdict)?, &show::verdict(&verdict));
            return Ok(exit_code(&verdict));
        }
        let brought = brought(&what)?;
        let beside = self.file.as_deref().map(|file| is_about(&brought, file)).transpose()?;
        let mut answer = if let Some(bundle) = &self.trust {
            let (trust, how) = (read_bundle(bundle)?, general.config()?.verify);
            Verifier::new(trust, &how, Clock::system().now()).check(brought).await
        } else {
            let config = general.config()?;
            if !config.keys().exists() {
                bail!(
                    "there is no store in {} to ask: give a trust bundle with --trust, or a store with --home",
                    config.home.0.display()
                );
            }
            check::check(&super::open(&config).await?, brought).await?
        };
        answer.verdict.reasons.extend(beside);
        if let Some(folder) = &self.compare {
            write_pictures(folder, &answer.findings)?;
        }
        let verdict = &answer.verdict;
        if general.json {
            println!("{:#}", machine(&answer));
        } else {
            println!("{}\n{}", show::verdict(verdict), show::findings(&answer.findings));
        }
        Ok(exit_code(verdict))
    }
}

fn exit_code(verdict: &Verdict) -> ExitCode {
    ExitCode::from(match verdict {
        verdict if verdict.reasons.contains(&Reason::FileDiffers) => 1,
        verdict if verdict.is_genuine_and_valid() => 0,
        verdict if verdict.cannot_tell() => 2,
        _ => 1,
    })
}

/// A sheet of results: a CSV file with its signature beside it. It is intact or not, but never a report: the exit code is 2.
fn sheet(what: &str) -> anyhow::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let beside = format!("{what}.sig");
    let is_table = Path::new(what).extension().is_some_and(|it| it.eq_ignore_ascii_case("csv"));
    if !is_table || !Path::new(what).is_file() || !Path::new(&beside).is_file() {
        return Ok(None);
    }
    let read = |name: &str| -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(name).with_context(|| format!("{name} cannot be read"))?;
        file.take(READ).read_to_end(&mut bytes).with_context(|| format!("{name} cannot be read"))?;
        Ok(bytes)
    };
    Ok(Some((read(what)?, read(&beside)?)))
}

/// Whether a receipt is about a file.
fn is_about(brought: &Brought, file: &Path) -> anyhow::Result<Reason> {
    let receipt = match brought {
        Brought::Pdf(bytes) => verify::ReceiptFile::read(bytes),
        Brought::Code(_) | Brought::Hash(_) | Brought::Qr(_) => None,
    };
    let Some(receipt) = receipt else {
        bail!("--file goes with the receipt for an upload, which this is not");
    };
    let unreadable = || format!("{} cannot be read", file.display());
    let mut from = std::fs::File::open(file).with_context(unreadable)?;
    let (mut hasher, mut chunk) = (Hasher::new(), vec![0; 1 << 20]);
    loop {
        let read = from.read(&mut chunk).with_context(unreadable)?;
        if read == 0 {
            let same = hasher.finish() == receipt.file_sha256;
            return Ok(if same { Reason::FileMatches } else { Reason::FileDiffers });
        }
        hasher.update(&chunk[..read]);
    }
}

pub(super) fn read_bundle(bundle: &Path) -> anyhow::Result<TrustBundle> {
    let bytes = std::fs::read(bundle).with_context(|| format!("{} cannot be read", bundle.display()))?;
    TrustBundle::parse(&bytes).with_context(|| format!("{} is no trust bundle", bundle.display()))
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
    let looks_like_a_file = what.contains(['/', '\\'])
        || path.extension().is_some_and(|e| FILES.iter().any(|it| e.eq_ignore_ascii_case(it)));
    if looks_like_a_file {
        bail!("there is no file {what}");
    }
    Ok(Brought::Code(what.to_owned()))
}

/// The answer for machines; pictures go into files.
fn machine(answer: &Answer) -> Value {
    let Answer { verdict, findings, .. } = answer;
    let worded = |code: &str, zh: &str, en: &str| json!({ "code": code, "zh": zh, "en": en });
    let reason = |reason: &Reason| worded(reason.word(), reason.zh(), reason.en());
    let found = |it: &Finding| {
        json!({ "attack": reason(&it.attack), "page": it.page, "field": it.field, "path": it.path,
            "was": it.was, "now": it.now })
    };
    let page = |it: &PageDifference| json!({ "page": it.page, "issued_page": it.issued_page, "share": it.share, "boxes": it.boxes });
    let change = |it: &DomainSince| {
        let records: Vec<_> =
            it.records.iter().map(|(became, count)| json!({ "became": became, "count": count })).collect();
        json!({ "domain": it.id, "code": it.code, "name": it.name, "records": records, "coverage": it.coverage })
    };
    json!({ "integrity": verdict.integrity, "issuer": verdict.issuer, "status": verdict.status,
        "facts": verdict.facts, "reasons": verdict.reasons.iter().map(reason).collect::<Vec<_>>(),
        "signer": verdict.signer, "signed_at": verdict.signed_at,
        "timestamped_at": verdict.timestamped_at, "facts_sha256": verdict.facts_digest,
        "changed_since_issue": answer.is_changed(), "changes": answer.changes().iter().map(change).collect::<Vec<_>>(),
        "genuine_and_valid": verdict.is_genuine_and_valid(),
        "kind": worded(findings.kind.word(), findings.kind.zh(), findings.kind.en()),
        "findings": findings.list.iter().map(found).collect::<Vec<_>>(),
        "comparison": findings.comparison.iter().map(page).collect::<Vec<_>>() })
}

/// Writes the pictures of the pages that differ.
fn write_pictures(folder: &Path, findings: &Findings) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    for (name, png) in findings.pictures() {
        let file = folder.join(name);
        std::fs::write(&file, &png.0).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}
