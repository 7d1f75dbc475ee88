//! Verifying many things at once: a list of codes, a folder, or a zip.

use std::fs::File;
use std::io::{BufReader, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::verify::read_bundle;
use super::{General, show};
use crate::flow::batch::{self, BadBatch, Content, Item, Judge, Progress, Sheet, Source};
use crate::flow::offline::Verifier;
use crate::flow::{Actor, Clock};
use crate::rules::{Reason, Results, Tally};
use crate::verify;

/// What the command line says about a batch.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) path: PathBuf,
    pub(super) out: PathBuf,
    pub(super) trust: Option<PathBuf>,
    pub(super) jobs: Option<usize>,
}

/// A batch goes by this; more files are a case for several batches.
const MOST: usize = verify::batch::MOST_ITEMS;

impl Batch {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let source =
            source(&self.path).with_context(|| format!("{} cannot be verified", self.path.display()))?;
        let (judge, app) = if let Some(bundle) = &self.trust {
            let (trust, how) = (read_bundle(bundle)?, general.config()?.verify);
            (Judge::Bundle(Arc::new(Verifier::new(trust, &how, Clock::system().now()))), None)
        } else {
            let config = general.config()?;
            if !config.keys().exists() {
                bail!(
                    "there is no store in {} to ask: give a trust bundle with --trust, or a store with --home",
                    config.home.0.display()
                );
            }
            let app = super::open(&config).await?;
            (Judge::Store(app.clone()), Some(app))
        };
        let progress = Arc::new(Progress::default());
        let bar = watch(general, source.total, &progress);
        let jobs = self.jobs.unwrap_or_else(batch::cores);
        let rows = batch::run(&judge, source, jobs, &progress).await;
        bar.finish_and_clear();
        let rows = rows.with_context(|| format!("{} cannot be verified", self.path.display()))?;

        std::fs::create_dir_all(&self.out)
            .with_context(|| format!("the folder {} cannot be made", self.out.display()))?;
        let results = if let Some(app) = app {
            let Sheet { results, csv, signature, pdf } = batch::sign(&app, &Actor::operator(), rows).await?;
            self.write("results.csv", &csv)?;
            self.write("results.csv.sig", &signature)?;
            self.write("results.pdf", &pdf)?;
            results
        } else {
            let results = Results { checked_at: Clock::system().now(), rows };
            self.write("results.csv", results.csv().as_bytes())?;
            results
        };
        let tally = results.tally();
        self.tell(general, tally);
        Ok(ExitCode::from(match tally {
            Tally { bad: 1.., .. } => 1,
            Tally { open: 1.., .. } => 2,
            Tally { .. } => 0,
        }))
    }

    /// Writes a file of the results; one of an earlier run is replaced as a whole.
    fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let (file, beside) = (self.out.join(name), self.out.join(format!(".{name}.part")));
        std::fs::write(&beside, bytes)
            .and_then(|()| std::fs::rename(&beside, &file))
            .with_context(|| format!("{} cannot be written", file.display()))
    }

    fn tell(&self, general: &General, tally: Tally) {
        let Tally { good, bad, open } = tally;
        let (signed, out) = (self.trust.is_none(), self.out.display());
        let mut text = format!(
            "真实且有效 {good},不是 {bad},无法判断 {open} / {good} genuine and valid, {bad} not, {open} cannot tell\n"
        );
        let kept = if signed {
            format!("已签名的结果清单 / signed sheet: {out}/results.csv, results.csv.sig, results.pdf")
        } else {
            format!(
                "离线核验没有签名密钥,清单未签名 / offline there is no key to sign with: unsigned {out}/results.csv"
            )
        };
        text.push_str(&kept);
        let machine = json!({ "genuine_and_valid": good, "not": bad, "cannot_tell": open, "signed": signed,
            "results": self.out.join("results.csv") });
        show::done(general, &machine, &text);
    }
}

/// What is at a path: a folder, a zip, or a list.
fn source(path: &Path) -> anyhow::Result<Source> {
    if path.is_dir() {
        return folder(path);
    }
    let mut file = File::open(path).context("it cannot be opened")?;
    let mut head = Vec::new();
    file.by_ref().take(4).read_to_end(&mut head).context("it cannot be read")?;
    if batch::is_zip(&head) {
        return Ok(Source::zip(BufReader::new(File::open(path).context("it cannot be opened")?))?);
    }
    if head.starts_with(b"%PDF") {
        bail!("it is one PDF and no batch: leave --batch out, or name its folder");
    }
    let mut bytes = head;
    let most = verify::batch::LONGEST_LIST as u64 + 1;
    file.take(most).read_to_end(&mut bytes).context("it cannot be read")?;
    Ok(Source::read(bytes)?)
}

/// Every file of a folder and of those in it, by name. A link to a folder is not followed, so that no way is endless.
fn folder(path: &Path) -> anyhow::Result<Source> {
    let (mut files, mut folders) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        let failed = || format!("{} cannot be read", folder.display());
        for entry in std::fs::read_dir(&folder).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            let name =
                entry.path().strip_prefix(path).unwrap_or(&entry.path()).to_string_lossy().into_owned();
            if !batch::is_meant(&name) {
                continue;
            }
            if entry.file_type().with_context(failed)?.is_dir() {
                folders.push(entry.path());
            } else {
                files.push((name, entry.path()));
            }
            if files.len() > MOST {
                return Err(BadBatch::TooMany.into());
            }
        }
    }
    if files.is_empty() {
        return Err(BadBatch::Empty.into());
    }
    files.sort();
    let items = files.clone().into_iter().map(|(name, path)| {
        let content = match read(&path) {
            Ok(bytes) => batch::content(&name, bytes),
            Err(_) => Content::Nothing(Reason::ItemUnreadable),
        };
        Ok(Item { name, content })
    });
    Ok(Source { total: files.len(), items: Box::new(items) })
}

/// One byte more than is verified, so that a larger file is told apart.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(verify::LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A bar that follows the work where a person watches.
fn watch(general: &General, total: usize, progress: &Arc<Progress>) -> ProgressBar {
    if general.json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total as u64);
    if let Ok(style) =
        ProgressStyle::with_template("核验 verifying {bar:32} {pos}/{len} {elapsed} · 余 left {eta}")
    {
        bar.set_style(style);
    }
    let (shown, progress) = (bar.clone(), Arc::downgrade(progress));
    tokio::spawn(async move {
        while let Some(progress) = progress.upgrade()
            && !shown.is_finished()
        {
            shown.set_position(progress.done() as u64);
            drop(progress);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    bar
}
