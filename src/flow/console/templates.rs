//! What the templates make of the samples, to be looked at; nothing is signed.

use super::Error;
use crate::flow::{Actor, App};
use crate::report::{self, Edition};

/// A rendering that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// The name of the sample.
    pub sample: &'static str,
    /// The words of the editions.
    pub editions: Vec<&'static str>,
}

/// The renderings there are.
pub fn list(actor: &Actor) -> Result<Vec<Rendering>, Error> {
    actor.may_inspect()?;
    let editions: Vec<&'static str> = Edition::ALL.iter().map(|edition| edition.word()).collect();
    let samples = report::samples().unwrap_or_default(); // they are part of the program
    let rendering = |(sample, _)| Rendering { sample, editions: editions.clone() };
    Ok(samples.into_iter().map(rendering).collect())
}

/// The PDF of a sample in an edition, with what the checks of templates say against it.
pub fn draw(app: &App, actor: &Actor, sample: &str, edition: &str) -> Result<(Vec<u8>, Vec<String>), Error> {
    actor.may_inspect()?;
    let edition: Edition = edition.parse().map_err(|_| Error::NotFound)?;
    let samples = report::samples().unwrap_or_default();
    let (sample, facts) = samples.into_iter().find(|(name, _)| *name == sample).ok_or(Error::NotFound)?;
    let outcome = app.renderer().check_one(sample, &facts, edition);
    let faults = outcome.faults().map(|(check, fault)| format!("{check}: {fault}")).collect();
    Ok((outcome.pdf, faults))
}
