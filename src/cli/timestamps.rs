//! Timestamps that could not be had when reports were issued.

use std::process::ExitCode;

use serde_json::json;

use super::{General, show};
use crate::flow::{Actor, timestamps};

/// Timestamps.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Timestamps {
    /// Get them now; a running service does so by itself
    Complete,
}

impl Timestamps {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let Self::Complete = self;
        let app = general.app().await?;
        let done = timestamps::complete(&app, &Actor::operator()).await?;
        let timestamps::Completed { stamped, given_up, waiting, trouble } = done;
        let text = format!(
            "已补时间戳 {stamped} 份,放弃 {given_up} 份,待补 {waiting} 份 / {stamped} reports stamped, {given_up} given up, {waiting} still wait"
        );
        let machine =
            json!({ "stamped": stamped, "given_up": given_up, "waiting": waiting, "trouble": trouble });
        show::done(general, &machine, &text);
        match trouble {
            Some(trouble) => {
                anyhow::bail!("{trouble}; reports that wait verify as they are, try again later")
            }
            None => Ok(ExitCode::SUCCESS),
        }
    }
}
