//! Whom the report is about, and what was asked.

use super::{Desk, Field, Text, day};
use crate::report::Error;
use crate::report::page::ElementId;
use crate::report::template::Say;
use crate::rules::SubjectKind;

pub(super) fn subject(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let subject = &desk.facts.subject;
    let person = subject.kind == SubjectKind::NaturalPerson;
    let label = |say| desk.said(say);
    let known = |text: &Option<String>| match text {
        Some(text) => Text::from(text.as_str()),
        None => label(Say::SubjectMissing),
    };
    let listed = |names: &[String]| match names {
        [] => label(Say::SubjectNone),
        names => desk.leading().list(names).into(),
    };
    let source = match (&subject.source, subject.source_on) {
        (Some(source), Some(on)) => desk.leading().say(Say::SubjectSourceOn, &[source, &day(on)]).into(),
        (Some(source), None) => source.as_str().into(),
        (None, Some(on)) => day(on).into(),
        (None, None) => label(Say::SubjectMissing),
    };
    let name = label(if person { Say::SubjectPerson } else { Say::SubjectName });
    let scheme = desk.text(|voice| voice.words.words.scheme(subject.scheme).to_owned());
    let kind = desk.text(|voice| voice.words.words.subject_kind(subject.kind).to_owned());
    let mut fields = vec![
        Field::wide(name, &*subject.name),
        Field::short(scheme, &*subject.code),
        Field::short(label(Say::SubjectKind), kind),
    ];
    // A person has no register of its own kind, so what is not known of one is not asked for either.
    let shown = |text: &Option<String>| !person || text.is_some();
    if shown(&subject.representative) {
        fields.push(Field::short(label(Say::SubjectRepresentative), known(&subject.representative)));
    }
    if shown(&subject.state) {
        fields.push(Field::short(label(Say::SubjectState), known(&subject.state)));
    }
    if let Some(on) = subject.established_on {
        fields.push(Field::short(label(Say::SubjectEstablished), day(on)));
    } else if !person {
        fields.push(Field::short(label(Say::SubjectEstablished), label(Say::SubjectMissing)));
    }
    if shown(&subject.registration_authority) {
        let authority = known(&subject.registration_authority);
        fields.push(Field::short(label(Say::SubjectRegistration), authority));
    }
    if shown(&subject.address) {
        fields.push(Field::wide(label(Say::SubjectAddress), known(&subject.address)));
    }
    if !person || !subject.former_names.is_empty() {
        fields.push(Field::wide(label(Say::SubjectFormer), listed(&subject.former_names)));
    }
    fields.push(Field::short(label(Say::SubjectOther), listed(&subject.other_codes)));
    fields.push(Field::short(label(Say::SubjectSource), source));
    let note = match subject.branches_left_out {
        _ if person => label(Say::SubjectMasked),
        0 => label(Say::SubjectNoBranches),
        count => desk.text(|voice| voice.say(Say::SubjectBranches, &[&count.to_string()])),
    };
    desk.fields(sect, desk.columns().fields, &fields, None)?;
    desk.note(sect, &note)
}

pub(super) fn request(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let request = &desk.facts.request;
    let label = |say| desk.said(say);
    let purpose = match &request.purpose {
        Some(purpose) => desk.text(|voice| voice.name(purpose).to_owned()),
        None => label(Say::RequestNoPurpose),
    };
    let period = request.period;
    let days = desk.text(|voice| voice.say(Say::RequestDays, &[&day(period.from), &day(period.to)]));
    let domains = desk.facts.domains.len().to_string();
    let count = desk.text(|voice| voice.say(Say::RequestCount, &[&domains]));
    let repaired = if request.include_repaired { Say::RequestRepairedYes } else { Say::RequestRepairedNo };
    let capacity = desk.text(|voice| voice.words.words.capacity(request.capacity).to_owned());
    let channel = desk.text(|voice| voice.words.words.channel(request.channel).to_owned());
    let fields = [
        Field::short(label(Say::RequestApplicant), &*request.applicant),
        Field::short(label(Say::RequestCapacity), capacity),
        Field::short(label(Say::RequestChannel), channel),
        Field::short(label(Say::RequestPurpose), purpose),
        Field::short(label(Say::RequestPeriod), days),
        Field::short(label(Say::RequestDomains), count),
        Field::short(label(Say::RequestRepaired), label(repaired)),
    ];
    desk.fields(sect, desk.columns().fields, &fields, None)
}
