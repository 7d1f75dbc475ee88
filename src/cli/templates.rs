//! What the templates make of the samples, judged.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use super::General;
use crate::report::{CheckOutcome, Renderer};

/// The report templates.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Templates {
    /// Draw every edition of every sample twice, compare, and judge what came out
    Check {
        /// Write what was drawn into this folder, to be looked at; nothing is signed
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

impl Templates {
    pub(super) fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let Self::Check { out } = self;
        let outcomes = Renderer::load()?.check()?;
        if let Some(folder) = &out {
            write(folder, &outcomes)?;
        }
        if general.json {
            println!("{:#}", machine(&outcomes));
        } else {
            table(&outcomes);
        }
        let failed = outcomes.iter().filter(|outcome| outcome.faults().next().is_some()).count();
        anyhow::ensure!(failed == 0, "{failed} of {} renderings have faults", outcomes.len());
        Ok(ExitCode::SUCCESS)
    }
}

fn write(folder: &Path, outcomes: &[CheckOutcome]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for outcome in outcomes.iter().filter(|outcome| !outcome.pdf.is_empty()) {
        let file = folder.join(format!("{}.{}.pdf", outcome.sample, outcome.edition.word()));
        std::fs::write(&file, &outcome.pdf).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

fn machine(outcomes: &[CheckOutcome]) -> serde_json::Value {
    let one = |o: &CheckOutcome| {
        let faults: Vec<_> =
            o.faults().map(|(check, fault)| json!({ "check": check, "fault": fault })).collect();
        json!({ "sample": o.sample, "edition": o.edition.word(), "pages": o.pages, "bytes": o.pdf.len(),
            "checks": o.judged.len(), "faults": faults })
    };
    outcomes.iter().map(one).collect()
}

/// A line for each rendering with what is wrong with it, then one for each check.
fn table(outcomes: &[CheckOutcome]) {
    for o in outcomes {
        let faults = o.faults().count();
        let verdict = if faults == 0 { "ok".to_owned() } else { format!("{faults} faults") };
        println!(
            "{:<12} {:<8} {:>4} 页/pages {:>8} 字节/bytes  {verdict}",
            o.sample,
            o.edition.word(),
            o.pages,
            o.pdf.len()
        );
        for (check, fault) in o.faults() {
            println!("    {check}: {fault}");
        }
    }
    let Some(most) = outcomes.iter().max_by_key(|outcome| outcome.judged.len()) else { return };
    println!();
    for judged in &most.judged {
        let failed =
            outcomes.iter().filter(|outcome| outcome.faults().any(|(check, _)| check == judged.check)).count();
        println!("{:>3}/{} {}", outcomes.len() - failed, outcomes.len(), judged.check);
    }
}
