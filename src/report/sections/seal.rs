//! Who issues, when, and the seal.

use super::Desk;
use crate::report::Error;
use crate::report::layout::Align;
use crate::report::page::{Belongs, Element, ElementId, Role, SealBox};
use crate::report::seal_art::{Words, round_seal};
use crate::report::template::Say;

pub(super) fn print(desk: &mut Desk<'_>, sect: ElementId) -> Result<SealBox, Error> {
    let geometry = desk.flow.geometry;
    let (page, place, styles) = (geometry.page, geometry.seal, geometry.style);
    let facts = desk.facts;
    let issuer = desk.name(&facts.issuer.name);
    let territory = desk.name(&facts.issuer.territory);
    let time = desk.time(facts.issued_at);

    desk.flow.need(place.size);
    let (top, x) = (desk.flow.y, page.width - page.right - place.size);
    let width = page.measure() - place.size - place.gap;
    let lines = [
        (styles.record, desk.say(Say::SealIssuer, &[issuer])),
        (styles.body, desk.say(Say::SealTerritory, &[territory])),
        (styles.body, desk.say(Say::SealNumber, &[&facts.number.to_string()])),
        (styles.body, desk.say(Say::SealTime, &[&time])),
        (styles.small, desk.say(Say::SealStatement, &[])),
    ];
    let mut y = top;
    for (style, text) in &lines {
        let element = desk.flow.open_for(Role::P, sect, text);
        y += style.before;
        y += desk.flow.place((page.left, y, width), style, Align::Left, text, Belongs::To(element))?;
        y += style.after;
    }
    let alt = desk.say(Say::SealAlt, &[issuer, &time]);
    let element = desk.flow.add(Element {
        role: Role::Form,
        parent: Some(sect),
        alt: Some(alt.clone()),
        scope: None,
        column_span: 1,
        lang: None,
    });
    let (line, foot) = (desk.say(Say::SealLine, &[]), desk.say(Say::SealFoot, &[]));
    let radius = place.size / 2.0;
    let words = Words { ring: issuer, line: &line, foot: &foot };
    if let Some(character) = desk.flow.fonts.missing(&[issuer, &line, &foot].concat()) {
        return Err(Error::NoGlyph { character });
    }
    let paints = round_seal(desk.flow.fonts, x + radius, top + radius, radius, words);
    desk.flow.y = y.max(top + place.size);
    Ok(SealBox {
        page: desk.flow.page(),
        place: [x, top, place.size, place.size],
        paints,
        alt,
        element,
        reason: desk.say(Say::SealReason, &[]),
        location: territory.to_owned(),
    })
}
