//! Sample facts, with which templates are checked and looked at.

use super::{Edition, Error, Issue, Renderer};
use crate::rules::{Digest, Facts};

/// Names and facts as they lie in `report-templates/samples`.
const SAMPLES: &[(&str, &str)] = &[
    ("clean", include_str!("../../report-templates/samples/clean.json")),
    ("records", include_str!("../../report-templates/samples/records.json")),
    ("not-covered", include_str!("../../report-templates/samples/not-covered.json")),
    ("rare", include_str!("../../report-templates/samples/rare.json")),
    ("person", include_str!("../../report-templates/samples/person.json")),
];

/// A code that no report has, and an address that leads nowhere.
const CODE: &str = "0000-0000-0000-0000-0";
const QR: &str = "https://verify.example.cn/v/00000000000000000";

/// How a template did on a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    /// The sample.
    pub sample: &'static str,
    /// The edition.
    pub edition: Edition,
    /// Pages.
    pub pages: usize,
    /// Bytes without a signature.
    pub bytes: usize,
    /// What went wrong; `None` for nothing.
    pub fault: Option<String>,
}

/// The samples by name.
pub fn samples() -> Result<Vec<(&'static str, Facts)>, Error> {
    SAMPLES.iter().map(|(name, text)| Ok((*name, read(name, text)?))).collect()
}

/// The first sample: what most reports look like.
pub(in crate::report) fn first() -> Result<Facts, Error> {
    let (name, text) = SAMPLES[0];
    read(name, text)
}

/// A sample as if it were issued.
pub(in crate::report) fn issue<'a>(facts: &'a Facts, canonical: &'a [u8], edition: Edition) -> Issue<'a> {
    Issue { facts, canonical, digest: Digest::ZERO, code: CODE.to_owned(), qr: QR.to_owned(), edition }
}

fn read(name: &'static str, text: &str) -> Result<Facts, Error> {
    serde_json::from_str(text).map_err(|e| Error::Template { name, reason: e.to_string() })
}

impl Renderer {
    /// Draws every sample in every edition twice and compares.
    pub fn check(&self) -> Result<Vec<CheckOutcome>, Error> {
        let mut outcomes = Vec::new();
        for (sample, facts) in samples()? {
            for edition in Edition::ALL {
                outcomes.push(self.check_one(sample, &facts, edition));
            }
        }
        Ok(outcomes)
    }

    fn check_one(&self, sample: &'static str, facts: &Facts, edition: Edition) -> CheckOutcome {
        let canonical = facts.canonical();
        let issue = issue(facts, &canonical, edition);
        let once =
            || -> Result<_, Error> { Ok((self.sheet(&issue)?.pages.len(), self.render(&issue)?.bytes)) };
        match (once(), once()) {
            (Ok((pages, first)), Ok((_, second))) => CheckOutcome {
                sample,
                edition,
                pages,
                bytes: first.len(),
                fault: (first != second).then(|| "two renderings differ".to_owned()),
            },
            (Err(error), _) | (_, Err(error)) => {
                CheckOutcome { sample, edition, pages: 0, bytes: 0, fault: Some(error.to_string()) }
            }
        }
    }
}
