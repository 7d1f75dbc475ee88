//! Judges what templates make of samples, without a program from outside: what a reader would notice, and what PDF/A-3 and
//! PDF/UA-1 ask of a page model and of its file.

mod file;
mod place;
mod structure;

use super::layout::breaking::is_wide;
use super::page::{Belongs, Paint, Segment, Sheet};
use super::{Edition, Error, Issue, Renderer, samples};
use crate::rules::Facts;

/// What one check says of one rendering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The check.
    pub check: &'static str,
    /// What is wrong; `None` for nothing.
    pub fault: Option<String>,
}

/// How a template did on a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    /// The sample.
    pub sample: &'static str,
    /// The edition.
    pub edition: Edition,
    /// Pages.
    pub pages: usize,
    /// The file without a signature; empty if it could not be drawn.
    pub pdf: Vec<u8>,
    /// What every check says.
    pub judged: Vec<Judgement>,
}

impl CheckOutcome {
    /// What is wrong, with the check that found it.
    pub fn faults(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.judged.iter().filter_map(|one| Some((one.check, one.fault.as_deref()?)))
    }
}

/// A rendering: pages, and the file that was made of them, twice.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The pages.
    pub sheet: Sheet,
    /// The file, without a signature.
    pub pdf: Vec<u8>,
    /// The same, made once more.
    pub again: Vec<u8>,
}

/// A rendering to be judged.
struct Case<'a> {
    issue: &'a Issue<'a>,
    renderer: &'a Renderer,
    sheet: &'a Sheet,
    pdf: &'a [u8],
    again: &'a [u8],
}

/// What a check finds wrong.
type Fault = Option<String>;

/// The checks, each with the clause that asks for it.
const CHECKS: &[(&str, fn(&Case<'_>) -> Fault)] = &[
    ("the same bytes twice", same),
    ("one page for an extract of 60 domains", one_page),
    ("text within the margins", place::within),
    ("no text on another", place::apart),
    ("no page ends with a heading", place::headed),
    ("no row cut that a page holds", place::whole),
    ("a structure of standard types, rightly nested (ISO 14289-1, 7.1)", structure::nested),
    ("headings that skip no level (ISO 14289-1, 7.4.2)", structure::headings),
    ("tables regular, their cells with headers (ISO 14289-1, 7.5)", structure::tables),
    ("pictures and seal with a text in their place (ISO 14289-1, 7.3 and 7.18.1)", structure::alternatives),
    ("nothing tagged without content, reading from top to bottom (ISO 14289-1, 7.1)", structure::filled),
    ("other languages named (ISO 14289-1, 7.2)", structure::languages),
    ("one revision, nothing active (ISO 19005-3, 6.1 and 6.5)", file::closed),
    ("identification and colours (ISO 19005-3, 6.2.3 and 6.6.4)", file::declared),
    ("fonts embedded, with a way back to text (ISO 19005-3, 6.2.11)", file::fonts),
    ("the facts inside, as issued (ISO 19005-3, 6.8)", file::attached),
    ("the QR read at 150 dpi", place::qr),
];

impl Renderer {
    /// Draws every sample in every edition twice, and judges each.
    pub fn check(&self) -> Result<Vec<CheckOutcome>, Error> {
        let mut outcomes = Vec::new();
        for (sample, facts) in samples()? {
            for edition in Edition::ALL {
                outcomes.push(self.check_one(sample, &facts, edition));
            }
        }
        Ok(outcomes)
    }

    /// Draws facts in an edition twice, and judges what came out.
    #[must_use]
    pub fn check_one(&self, sample: &'static str, facts: &Facts, edition: Edition) -> CheckOutcome {
        let canonical = facts.canonical();
        let issue = super::samples::issue(facts, &canonical, edition);
        match self.draw_twice(&issue) {
            Ok(drawn) => {
                let judged = self.judge(&issue, &drawn);
                CheckOutcome { sample, edition, pages: drawn.sheet.pages.len(), pdf: drawn.pdf, judged }
            }
            Err(error) => {
                let judged = vec![Judgement { check: "drawn", fault: Some(error.to_string()) }];
                CheckOutcome { sample, edition, pages: 0, pdf: Vec::new(), judged }
            }
        }
    }

    /// Draws a report twice, to be judged.
    pub fn draw_twice(&self, issue: &Issue<'_>) -> Result<Drawn, Error> {
        let (pdf, again) = (self.render(issue)?.bytes, self.render(issue)?.bytes);
        Ok(Drawn { sheet: self.sheet(issue)?, pdf, again })
    }

    /// Judges a rendering by every check.
    #[must_use]
    pub fn judge(&self, issue: &Issue<'_>, drawn: &Drawn) -> Vec<Judgement> {
        let Drawn { sheet, pdf, again } = drawn;
        let case = Case { issue, renderer: self, sheet, pdf, again };
        CHECKS.iter().map(|(check, judge)| Judgement { check, fault: judge(&case) }).collect()
    }
}

fn same(case: &Case<'_>) -> Fault {
    (case.pdf != case.again).then(|| "two renderings differ".to_owned())
}

fn one_page(case: &Case<'_>) -> Fault {
    let pages = case.sheet.pages.len();
    let must = case.issue.edition == Edition::Extract && case.issue.facts.domains.len() <= 60;
    (must && pages > 1).then(|| format!("{pages} pages"))
}
