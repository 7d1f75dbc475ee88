//! Two reports side by side: only what differs.

#![expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "templates hand over references")]

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{Face, Holder, Problem, page, words};
use crate::flow::reports;
use crate::http::extract::Query;
use crate::http::pages::frame::Lang;
use crate::rules::facts::{Facts, RecordFacts};
use crate::rules::{Comparison, DomainDifference, Fen, RecordDifference, RecordField, Said, compare};

#[derive(Template)]
#[template(path = "my_compare.html", config = "src/http/pages/askama.toml")]
struct Compared {
    holder: Holder,
    left: Facts,
    right: Facts,
    comparison: Comparison,
}

#[derive(Deserialize)]
pub(super) struct Two {
    #[serde(default)]
    left: String,
    #[serde(default)]
    right: String,
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Query(Two { left, right }): Query<Two>,
) -> Result<Response, Problem> {
    let left = reports::show(&face.app, holder.actor(), &left).await?.facts;
    let right = reports::show(&face.app, holder.actor(), &right).await?.facts;
    if left.subject.code != right.subject.code {
        return Err(Problem::UNPROCESSABLE.with_detail(
            "两份报告的主体不同，不能比较 / the two reports are about different subjects: choose two about the same",
        ));
    }
    let comparison = compare(&left, &right);
    page(StatusCode::OK, &Compared { holder, left, right, comparison })
}

impl Compared {
    /// The domains that both were asked about, and in which they differ.
    fn asked_in_both(&self) -> Vec<&DomainDifference> {
        let both = |it: &&DomainDifference| it.first.is_some() && it.second.is_some();
        self.comparison.domains.iter().filter(both).collect()
    }

    /// The domains that only one of them was asked about, with a heading for each of the two.
    fn asked_in_one(&self) -> Vec<(&'static str, &'static str, Vec<&DomainDifference>)> {
        let only = |first: bool| {
            let lacks = |it: &&DomainDifference| if first { it.second.is_none() } else { it.first.is_none() };
            self.comparison.domains.iter().filter(lacks).collect()
        };
        let mut parts = vec![
            ("只有第一份选择的领域", "Domains that only the first was asked about", only(true)),
            ("只有第二份选择的领域", "Domains that only the second was asked about", only(false)),
        ];
        parts.retain(|(_, _, domains): &(_, _, Vec<_>)| !domains.is_empty());
        parts
    }

    /// What the one report says that was asked about a domain.
    fn said_in_one(&self, domain: &DomainDifference) -> (String, Vec<String>) {
        let said = if domain.first.is_some() { &domain.first } else { &domain.second };
        Self::said(said, &self.holder.frame.lang)
    }

    /// What one report says of a domain.
    fn said(said: &Option<Said>, lang: &Lang) -> (String, Vec<String>) {
        match said {
            None => (lang.say("未选择该领域", "not asked about").to_owned(), Vec::new()),
            Some(said) => {
                let (_, sign, text) = words::said(&said.conclusion, &said.records, lang);
                (format!("{sign} {text}"), said.gaps.iter().map(|gap| words::gap(gap, lang)).collect())
            }
        }
    }

    /// A part of a record, as text.
    fn part(record: &RecordFacts, field: &RecordField, lang: &Lang) -> String {
        let day = |day: Option<time::Date>| day.map_or_else(|| "—".to_owned(), |day| day.to_string());
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".to_owned());
        let yuan = |fen: Option<Fen>| fen.map_or_else(|| "—".to_owned(), |fen| words::yuan(&fen));
        let list = |words: Vec<&'static str>| {
            if words.is_empty() { "—".to_owned() } else { words.join(lang.say("、", ", ")) }
        };
        match field {
            RecordField::Kind => words::kind(&record.kind, lang).to_owned(),
            RecordField::DocumentNumber => record.document_number.clone(),
            RecordField::Violation => record.violation.clone(),
            RecordField::Facts => record.facts.clone(),
            RecordField::Basis => record.basis.clone(),
            RecordField::Sanctions => {
                let mut names = list(record.sanctions.iter().map(|it| words::sanction(it, lang)).collect());
                if let Some(other) = &record.sanction_other {
                    names.push('：');
                    names.push_str(other);
                }
                names
            }
            RecordField::Content => record.content.clone(),
            RecordField::Amounts => format!("{} / {}", yuan(record.fine), yuan(record.confiscated)),
            RecordField::Permit => text(&record.permit),
            RecordField::DecidedOn => record.decided_on.to_string(),
            RecordField::EffectiveUntil => day(record.effective_until),
            RecordField::PublicityUntil => day(record.publicity_until),
            RecordField::Organ => record.organ_name.clone(),
            RecordField::Source => record.source_name.clone(),
            RecordField::Remark => text(&record.remark),
            RecordField::Procedure => words::procedure(&record.procedure, lang).to_owned(),
            RecordField::Marks => {
                let marks = list(record.marks.iter().map(|mark| words::mark(mark, lang)).collect());
                record.repaired_on.map_or(marks.clone(), |day| format!("{marks} {day}"))
            }
        }
    }
}
