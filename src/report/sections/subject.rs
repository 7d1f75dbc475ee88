//! Whom the report is about, and what was asked.

use super::{Desk, Field, day};
use crate::report::Error;
use crate::report::page::ElementId;
use crate::report::template::Say;
use crate::rules::SubjectKind;

pub(super) fn subject(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let subject = &desk.facts.subject;
    let person = subject.kind == SubjectKind::NaturalPerson;
    let label = |say| desk.say(say, &[]);
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| label(Say::SubjectMissing));
    let listed = |names: &[String]| match names {
        [] => label(Say::SubjectNone),
        names => names.join(&label(Say::FormList)),
    };
    let source = match (&subject.source, subject.source_on) {
        (Some(source), Some(on)) => desk.say(Say::SubjectSourceOn, &[source, &day(on)]),
        (Some(source), None) => source.clone(),
        (None, Some(on)) => day(on),
        (None, None) => label(Say::SubjectMissing),
    };
    let name = label(if person { Say::SubjectPerson } else { Say::SubjectName });
    let mut fields = vec![
        Field::wide(name, &*subject.name),
        Field::short(desk.words.words.scheme(subject.scheme), &*subject.code),
        Field::short(label(Say::SubjectKind), desk.words.words.subject_kind(subject.kind)),
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
        count => desk.say(Say::SubjectBranches, &[&count.to_string()]),
    };
    desk.fields(sect, &fields)?;
    desk.note(sect, &note)
}

pub(super) fn request(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let request = &desk.facts.request;
    let label = |say| desk.say(say, &[]);
    let lists = &desk.words.words;
    let purpose = match &request.purpose {
        Some(purpose) => desk.name(purpose).to_owned(),
        None => label(Say::RequestNoPurpose),
    };
    let days = desk.say(Say::RequestDays, &[&day(request.period.from), &day(request.period.to)]);
    let count = desk.say(Say::RequestCount, &[&desk.facts.domains.len().to_string()]);
    let repaired = if request.include_repaired { Say::RequestRepairedYes } else { Say::RequestRepairedNo };
    let fields = [
        Field::short(label(Say::RequestApplicant), &*request.applicant),
        Field::short(label(Say::RequestCapacity), lists.capacity(request.capacity)),
        Field::short(label(Say::RequestChannel), lists.channel(request.channel)),
        Field::short(label(Say::RequestPurpose), purpose),
        Field::short(label(Say::RequestPeriod), days),
        Field::short(label(Say::RequestDomains), count),
        Field::short(label(Say::RequestRepaired), label(repaired)),
    ];
    desk.fields(sect, &fields)
}

impl Desk<'_> {
    /// A small remark below a table.
    pub(super) fn note(&mut self, parent: ElementId, text: &str) -> Result<(), Error> {
        let style = self.flow.geometry.style.small;
        self.flow.y += self.flow.geometry.table.down;
        self.flow.paragraph(parent, style, text)
    }
}
