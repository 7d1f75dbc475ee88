//! A file for regulators to fill in.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use super::{General, show};
use crate::flow::Reference;
use crate::flow::template::{self, TemplateFormat};
use crate::rules::RecordKind;

/// Writes a file for regulators to fill in.
#[derive(Debug, clap::Args)]
pub(super) struct Template {
    /// The kind of record: penalty, compulsory-measure, dishonesty-list, abnormal-list, criminal or court-enforcement
    #[arg(long, default_value = "penalty")]
    kind: RecordKind,
    /// xlsx, with lists to choose from, notes and an example, or csv, the header alone
    #[arg(long, default_value = "xlsx")]
    format: TemplateFormat,
    /// The layout of its columns
    #[arg(long, value_name = "ID")]
    layout: Option<String>,
    /// Where it is written
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Template {
    pub(super) fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let reference = Reference::load(&general.config()?.rules)?;
        let bytes = template::template(&reference, self.layout.as_deref(), self.kind, self.format)?;
        let out = self.out.display().to_string();
        std::fs::write(&self.out, bytes).with_context(|| format!("{out} cannot be written"))?;
        show::done(general, &json!({ "out": out }), &format!("模板已写入 / template written to {out}"));
        Ok(ExitCode::SUCCESS)
    }
}
