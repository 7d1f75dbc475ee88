//! The extract: the same facts on one page, as a certificate would have them. Records are counted, not listed.
//!
//! One page holds 60 domains with names of the usual length; more go on on a second page.

use super::front::{column, picture, title, verification};
use super::{Desk, ElementId, Field, ROOT, Voice, day, seal};
use crate::report::Error;
use crate::report::layout::table::{Cell, Table};
use crate::report::layout::{Align, Flow, Text};
use crate::report::page::{Role, Scope, SealBox};
use crate::report::template::Say;
use crate::rules::facts::{Conclusion, DomainFacts};

/// So many domains stand three in a row; more stand four in a row.
const THREE_IN_A_ROW: usize = 45;

pub(super) fn print(desk: &mut Desk<'_>) -> Result<SealBox, Error> {
    title(desk, Say::ExtractTitle, Say::ExtractSubtitle)?;
    let sect = desk.flow.open(Role::Sect, ROOT);
    whom(desk, sect)?;
    desk.flow.y += desk.flow.geometry.style.body.leading / 2.0;
    let says = desk.text(|voice| says(voice));
    let style = desk.flow.geometry.style.statement;
    desk.flow.paragraph(sect, style, &says)?;
    conclusions(desk, sect)?;
    for say in [Say::ExtractLegend, Say::ExtractFull] {
        let text = desk.said(say);
        desk.note(sect, &text)?;
    }
    close(desk)
}

/// Whom it is about, and what was asked.
fn whom(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let (facts, subject) = (desk.facts, &desk.facts.subject);
    let leading = desk.leading();
    let label = |say| Text::from(leading.say(say, &[]));
    let purpose = match &facts.request.purpose {
        Some(purpose) => leading.name(purpose).into(),
        None => label(Say::RequestNoPurpose),
    };
    let period = facts.request.period;
    let fields = [
        Field::wide(label(Say::ExtractName), &*subject.name),
        Field::short(leading.words.words.scheme(subject.scheme).into(), &*subject.code),
        Field::short(label(Say::FrontNumber), facts.number.to_string()),
        Field::short(
            label(Say::FrontPeriod),
            leading.say(Say::FrontDays, &[&day(period.from), &day(period.to)]),
        ),
        Field::short(label(Say::FrontAsOf), leading.time(facts.as_of)),
        Field::short(label(Say::RequestApplicant), &*facts.request.applicant),
        Field::short(label(Say::RequestPurpose), purpose),
    ];
    desk.fields(sect, leading.words.columns.fields, &fields, None)
}

/// The sentence that the page is about.
fn says(voice: Voice<'_>) -> String {
    let (facts, counts) = (voice.facts, voice.facts.summary);
    let period = facts.request.period;
    let [domains, none, found, open] =
        [counts.domains, counts.none, counts.found, counts.not_covered].map(|n| n.to_string());
    let [records, repaired, disputed] =
        [counts.records, counts.repaired, counts.disputed].map(|n| n.to_string());
    voice.say(
        Say::ExtractSays,
        &[
            &voice.time(facts.as_of),
            voice.name(&facts.issuer.territory),
            &day(period.from),
            &day(period.to),
            &domains,
            &none,
            &found,
            &records,
            &repaired,
            &disputed,
            &open,
        ],
    )
}

/// Every domain with its conclusion, several in a row.
fn conclusions(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let styles = desk.flow.geometry.style;
    let domains = &desk.facts.domains;
    let across = if domains.len() > THREE_IN_A_ROW { 4 } else { 3 };
    let leading = desk.leading();
    let columns = leading.words.columns.extract;
    let columns: Vec<f32> = std::iter::repeat_n(columns, across).flatten().collect();
    let head = |say| {
        Cell::new(&desk.flow, styles.head, leading.say(say, &[])).head(Scope::Column).align(Align::Centre)
    };
    let pair = || [head(Say::ExtractDomain), head(Say::ExtractConclusion)];
    let heads = std::iter::repeat_with(pair).take(across).flatten().collect();
    let mut table = Table::begin(&mut desk.flow, sect, &columns, heads, None)?;
    for several in domains.chunks(across) {
        let mut row: Vec<Cell> =
            several.iter().flat_map(|domain| cells(&desk.flow, leading, domain)).collect();
        while row.len() < across * 2 {
            row.push(Cell::new(&desk.flow, styles.grid, ""));
        }
        table.row(&mut desk.flow, &row)?;
    }
    table.end(&mut desk.flow);
    Ok(())
}

/// A domain and its conclusion: a sign and words, so that neither colour nor shape alone tells.
fn cells(flow: &Flow<'_>, voice: Voice<'_>, domain: &DomainFacts) -> [Cell; 2] {
    let styles = flow.geometry.style;
    let count = domain.records.to_string();
    let (style, said) = match domain.conclusion {
        Conclusion::None => (styles.grid, voice.say(Say::ExtractNone, &[])),
        Conclusion::NotCovered => (styles.grid_strong, voice.say(Say::ExtractOpen, &[])),
        Conclusion::Found if domain.gaps.is_empty() => {
            (styles.grid_strong, voice.say(Say::ExtractFound, &[&count]))
        }
        Conclusion::Found => (styles.grid_strong, voice.say(Say::ExtractFoundPart, &[&count])),
    };
    let sign = voice.words.words.sign(domain.conclusion);
    [
        Cell::new(flow, style, voice.name(&domain.name)).head(Scope::Row),
        Cell::new(flow, style, format!("{sign} {said}")),
    ]
}

/// How to verify, the QR, and the seal, side by side.
fn close(desk: &mut Desk<'_>) -> Result<SealBox, Error> {
    let geometry = desk.flow.geometry;
    let (page, front, place) = (geometry.page, geometry.front, geometry.seal);
    desk.flow.need(front.qr.max(place.size + geometry.style.sign.leading / 2.0));
    let sect = desk.flow.open(Role::Sect, ROOT);
    let top = desk.flow.y;
    picture(desk, sect, page.left, top)?;
    let left = page.left + front.qr + front.inset;
    let wide = page.width - page.right - place.width - front.inset - left;
    let mut said = vec![(geometry.style.small_label, desk.said(Say::ExtractVerify))];
    said.extend(verification(desk));
    let said: Vec<_> = said.into_iter().map(|(style, text)| (style, Text::from(text.first()))).collect();
    let below = column(desk, sect, (left, top + front.inset, wide), &said)?;
    let sealed = desk.flow.open(Role::Sect, ROOT);
    let seal = seal::signed(desk, sealed, (page.width - page.right - place.width, top + front.inset))?;
    desk.flow.y = desk.flow.y.max(below).max(top + front.qr);
    Ok(seal)
}
