//! The top of the first page: the title on the left, the verification block on the right.

use super::Desk;
use crate::report::Error;
use crate::report::layout::{Align, ROOT, rectangle};
use crate::report::page::{Belongs, Element, Paint, Role};
use crate::report::qr::qr;
use crate::report::template::Say;

use super::day;

pub(super) fn print(desk: &mut Desk<'_>) -> Result<(), Error> {
    let page = desk.flow.geometry.page;
    let front = desk.flow.geometry.front;
    let top = page.top;
    let left = title(desk, page.measure() - front.block - front.gap)?;
    let right = verification(desk, page.width - page.right - front.block)?;
    desk.flow.y = top + left.max(right);
    Ok(())
}

/// The title and what the report is about; gives the height.
fn title(desk: &mut Desk<'_>, width: f32) -> Result<f32, Error> {
    let (page, styles) = (desk.flow.geometry.page, desk.flow.geometry.style);
    let facts = desk.facts;
    let period = facts.request.period;
    let head = desk.flow.open(Role::H1, ROOT);
    let lines = [
        (styles.title, desk.say(Say::FrontTitle, &[])),
        (styles.subtitle, desk.say(Say::FrontSubtitle, &[])),
        (styles.label, desk.say(Say::FrontAbout, &[&short(&facts.subject.name)])),
        (styles.cell, desk.say(Say::FrontPeriod, &[&day(period.from), &day(period.to)])),
        (styles.cell, desk.say(Say::FrontNumber, &[&facts.number.to_string()])),
        (styles.cell, desk.say(Say::FrontIssued, &[&desk.time(facts.issued_at)])),
        (styles.cell, desk.say(Say::FrontAsOf, &[&desk.time(facts.as_of)])),
    ];
    let mut y = page.top;
    for (at, (style, text)) in lines.iter().enumerate() {
        let element = if at < 2 { head } else { desk.flow.open_for(Role::P, ROOT, text) };
        y += style.before;
        y += desk.flow.place((page.left, y, width), style, Align::Left, text, Belongs::To(element))?;
        y += style.after;
    }
    Ok(y - page.top)
}

/// Code, address, fingerprint and QR in a frame; gives the height.
fn verification(desk: &mut Desk<'_>, x: f32) -> Result<f32, Error> {
    let geometry = desk.flow.geometry;
    let (front, styles, top) = (geometry.front, geometry.style, geometry.page.top);
    let sect = desk.flow.open(Role::Sect, ROOT);
    let frame = desk.flow.pages.last().map_or(0, Vec::len);
    let blank = Paint::Path { segments: Vec::new(), fill: None, stroke: None };
    desk.flow.mark(blank, Belongs::Decoration);

    let width = front.block - front.qr - front.inset * 2.0;
    let digest = desk.issue.digest.to_string();
    let lines = [
        (styles.small_label, desk.say(Say::FrontCode, &[])),
        (styles.code, desk.issue.code.clone()),
        (styles.small_label, desk.say(Say::FrontAddress, &[])),
        (styles.small, desk.facts.issuer.origin.clone()),
        (styles.small, desk.say(Say::FrontHint, &[])),
        (styles.small_label, desk.say(Say::FrontFingerprint, &[])),
        (styles.small, digest),
    ];
    let mut y = top + front.inset;
    for (style, text) in &lines {
        let element = desk.flow.open_for(Role::P, sect, text);
        let place = (x + front.inset, y, width);
        y += desk.flow.place(place, style, Align::Left, text, Belongs::To(element))?;
    }
    let height = (y - top + front.inset).max(front.qr);

    let alt = desk.say(Say::FrontQr, &[&desk.issue.code]);
    let figure = desk.flow.add(Element {
        role: Role::Figure,
        parent: Some(sect),
        alt: Some(alt),
        scope: None,
        column_span: 1,
        lang: None,
    });
    let corner = (x + front.block - front.qr, top + (height - front.qr) / 2.0);
    let code = qr(&desk.issue.qr)?.paint(corner.0, corner.1, front.qr, geometry.colour.ink());
    desk.flow.mark(code, Belongs::To(figure));

    let stroke = Some((geometry.colour.rule(), geometry.table.line * 1.5));
    let segments = rectangle(x, top, front.block, height).to_vec();
    if let Some(mark) = desk.flow.pages.last_mut().and_then(|page| page.get_mut(frame)) {
        mark.paint = Paint::Path { segments, fill: None, stroke };
    }
    Ok(height)
}

/// A name beside the verification block, which has no room for the longest; the whole name stands in its section.
fn short(name: &str) -> String {
    const LONGEST: usize = 60;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\u{2026}", &name[..end]),
        None => name.to_owned(),
    }
}
