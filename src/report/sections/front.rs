//! The top of the first page: the title, and below it a frame with whom and what the report is about, how to verify it, and
//! the QR.

use super::{Belongs, Desk, ElementId, ROOT, Text, day};
use crate::report::Error;
use crate::report::geometry::Style;
use crate::report::layout::{Align, rectangle};
use crate::report::page::{Element, Paint, Role};
use crate::report::qr::qr;
use crate::report::template::Say;

/// A label and what it says, one below the other or on one line.
type Line = (Style, Text);

pub(super) fn print(desk: &mut Desk<'_>) -> Result<(), Error> {
    let geometry = desk.flow.geometry;
    let (page, front) = (geometry.page, geometry.front);
    title(desk, Say::FrontTitle, Say::FrontSubtitle)?;
    let top = desk.flow.y;
    let frame = desk.flow.pages.last().map_or(0, Vec::len);
    let blank = Paint::Path { segments: Vec::new(), fill: None, stroke: None };
    desk.flow.mark(blank, Belongs::Decoration);

    let free = page.measure() - front.qr - front.inset * 3.0;
    let (left, wide) = (page.left + front.inset, free * front.facts);
    let facts = desk.flow.open(Role::Sect, ROOT);
    let said = about(desk);
    let below = pairs(desk, facts, (left, top + front.inset, wide - front.inset), &said)?;
    let verify = desk.flow.open(Role::Sect, ROOT);
    let x = left + wide + front.inset;
    let said = verification(desk);
    let beside = column(desk, verify, (x, top + front.inset, free - wide), &said)?;
    let height = (below.max(beside) - top + front.inset).max(front.qr);
    picture(desk, verify, page.width - page.right - front.qr, top + (height - front.qr) / 2.0)?;

    let stroke = Some((geometry.colour.rule(), geometry.table.line * 1.5));
    let segments = rectangle(page.left, top, page.measure(), height).to_vec();
    if let Some(mark) = desk.flow.pages.last_mut().and_then(|page| page.get_mut(frame)) {
        mark.paint = Paint::Path { segments, fill: None, stroke };
    }
    desk.flow.y = top + height;
    Ok(())
}

/// The title over the whole page, centred, the leading language first.
pub(super) fn title(desk: &mut Desk<'_>, title: Say, subtitle: Say) -> Result<(), Error> {
    let (page, styles) = (desk.flow.geometry.page, desk.flow.geometry.style);
    let head = desk.flow.open(Role::H1, ROOT);
    let (title, subtitle) = (desk.said(title), desk.said(subtitle));
    for (voice, said) in title.said() {
        let rest = subtitle.said().filter(|(of, _)| *of == voice).map(|(_, said)| (styles.subtitle, said));
        let part = if voice == 0 { head } else { desk.flow.open_for(Role::Span, head, voice, said) };
        for (style, said) in std::iter::once((styles.title, said)).chain(rest) {
            let style = desk.flow.geometry.under_title(&style, voice);
            desk.flow.y += style.before;
            let place = (page.left, desk.flow.y, page.measure());
            desk.flow.y += desk.flow.place(place, &style, Align::Centre, said, Belongs::To(part))?;
        }
    }
    desk.flow.y += styles.subtitle.after;
    Ok(())
}

/// Whom and what the report is about: labels and what they say.
fn about(desk: &Desk<'_>) -> Vec<(Text, Text)> {
    let facts = desk.facts;
    let period = facts.request.period;
    vec![
        (desk.said(Say::FrontAbout), Text::from(short(&facts.subject.name))),
        (
            desk.said(Say::FrontPeriod),
            desk.text(|voice| voice.say(Say::FrontDays, &[&day(period.from), &day(period.to)])),
        ),
        (desk.said(Say::FrontNumber), facts.number.to_string().into()),
        (desk.said(Say::FrontAsOf), desk.text(|voice| voice.time(facts.as_of))),
        (desk.said(Say::FrontIssued), desk.text(|voice| voice.time(facts.issued_at))),
        (desk.said(Say::FrontIssuer), desk.text(|voice| voice.name(&facts.issuer.name).to_owned())),
    ]
}

/// Prints labels and beside each what it says; gives where they end.
fn pairs(
    desk: &mut Desk<'_>,
    parent: ElementId,
    (x, top, width): (f32, f32, f32),
    pairs: &[(Text, Text)],
) -> Result<f32, Error> {
    let styles = desk.flow.geometry.style;
    let wide = |(voice, said): (usize, &str)| {
        desk.flow.fonts.width(desk.flow.geometry.voiced(&styles.label, voice).size, 0.0, said)
    };
    let widest = pairs.iter().flat_map(|(label, _)| label.said()).map(wide).fold(0.0, f32::max);
    let aside = (widest + styles.label.size).min(width / 2.0);
    let mut y = top;
    for (label, value) in pairs {
        let one = column(desk, parent, (x, y, aside), &[(styles.label, label.clone())])?;
        let other = column(desk, parent, (x + aside, y, width - aside), &[(styles.cell, value.clone())])?;
        y = one.max(other);
    }
    Ok(y)
}

/// Code, address and fingerprint.
pub(super) fn verification(desk: &Desk<'_>) -> Vec<Line> {
    let styles = desk.flow.geometry.style;
    vec![
        (styles.small_label, desk.said(Say::FrontCode)),
        (styles.code, desk.issue.code.as_str().into()),
        (styles.small_label, desk.said(Say::FrontAddress)),
        (styles.cell, desk.facts.issuer.origin.as_str().into()),
        (styles.small, desk.said(Say::FrontHint)),
        (styles.small_label, desk.said(Say::FrontFingerprint)),
        (styles.small, desk.issue.digest.to_string().into()),
    ]
}

/// Prints lines one below the other from a place, and gives where they end.
pub(super) fn column(
    desk: &mut Desk<'_>,
    parent: ElementId,
    (x, top, width): (f32, f32, f32),
    lines: &[Line],
) -> Result<f32, Error> {
    let mut y = top;
    for (style, text) in lines {
        y += style.before;
        for (voice, said) in text.said() {
            let style = desk.flow.geometry.voiced(style, voice);
            let element = desk.flow.open_for(Role::P, parent, voice, said);
            y += desk.flow.place((x, y, width), &style, Align::Left, said, Belongs::To(element))?;
        }
        y += style.after;
    }
    Ok(y)
}

/// The QR with its quiet zone.
pub(super) fn picture(desk: &mut Desk<'_>, parent: ElementId, x: f32, y: f32) -> Result<(), Error> {
    let geometry = desk.flow.geometry;
    let alt = Some(desk.leading().say(Say::FrontQr, &[&desk.issue.code]));
    let figure = desk.flow.add(Element { alt, ..Element::new(Role::Figure, Some(parent)) });
    let code = qr(&desk.issue.qr)?.paint(x, y, geometry.front.qr, geometry.colour.ink());
    desk.flow.mark(code, Belongs::To(figure));
    Ok(())
}

/// A name in the frame, which has no room for the longest; the whole name stands in its section.
pub(super) fn short(name: &str) -> String {
    const LONGEST: usize = 60;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\u{2026}", &name[..end]),
        None => name.to_owned(),
    }
}
