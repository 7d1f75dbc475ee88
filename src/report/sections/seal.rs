//! Who issues, when, and the seal over both: as on official documents, name and day lie in the seal, the day under its lower
//! edge (GB/T 9704-2012, 7.3.5.1).

use super::front::column;
use super::{Belongs, Desk, ElementId, Role, Text};
use crate::report::Error;
use crate::report::layout::Align;
use crate::report::page::{Element, SealBox};

use crate::report::seal_art::{Words, round_seal};
use crate::report::template::Say;

pub(super) fn print(desk: &mut Desk<'_>, sect: ElementId) -> Result<SealBox, Error> {
    let geometry = desk.flow.geometry;
    let (page, place, styles) = (geometry.page, geometry.seal, geometry.style);
    desk.flow.need(place.size + styles.sign.leading / 2.0);
    let top = desk.flow.y;
    let number = desk.facts.number.to_string();
    let said = [
        (styles.body, desk.text(|voice| voice.say(Say::SealNumber, &[&number]))),
        (styles.body, desk.text(|voice| voice.say(Say::SealTime, &[&voice.time(desk.facts.issued_at)]))),
        (styles.small, desk.said(Say::SealStatement)),
    ];
    let wide = page.measure() - place.width - place.gap;
    let below = column(desk, sect, (page.left, top, wide), &said)?;
    let seal = signed(desk, sect, (page.width - page.right - place.width, top))?;
    desk.flow.y = below.max(desk.flow.y);
    Ok(seal)
}

/// The issuer's name and the day, centred, and the seal on them; goes on below.
pub(super) fn signed(
    desk: &mut Desk<'_>,
    parent: ElementId,
    (x, top): (f32, f32),
) -> Result<SealBox, Error> {
    let geometry = desk.flow.geometry;
    let (place, style) = (geometry.seal, geometry.style.sign);
    let (facts, leading) = (desk.facts, desk.leading());
    let issuer = leading.name(&facts.issuer.name);
    let on = facts.issued_at.local().date();
    let [year, month, number] = [on.year(), u8::from(on.month()).into(), on.day().into()].map(|n| n.to_string());
    let name = Text::from(leading.say(Say::SealSigned, &[issuer]));
    let day = Text::from(leading.say(Say::SealDay, &[&year, &month, &number]));

    let mut below = top;
    for (text, middle) in [(name, place.name), (day, place.day)] {
        let height = desk.flow.height(&style, place.width, text.first())?;
        let y = top + place.size * middle - height / 2.0;
        let element = desk.flow.open_for(Role::P, parent, 0, text.first());
        let line = (x, y, place.width);
        desk.flow.place(line, &style, Align::Centre, text.first(), Belongs::To(element))?;
        below = below.max(y + height);
    }
    let alt = leading.say(Say::SealAlt, &[issuer, &leading.time(facts.issued_at)]);
    let element =
        desk.flow.add(Element { alt: Some(alt.clone()), ..Element::new(Role::Form, Some(parent)) });
    let (line, foot) = (leading.say(Say::SealLine, &[]), leading.say(Say::SealFoot, &[]));
    if let Some(character) = desk.flow.fonts.missing(&[issuer, &line, &foot].concat()) {
        return Err(Error::NoGlyph { character });
    }
    let radius = place.size / 2.0;
    let left = x + (place.width - place.size) / 2.0;
    let words = Words { ring: issuer, line: &line, foot: &foot };
    let paints = round_seal(desk.flow.fonts, left + radius, top + radius, radius, words);
    desk.flow.y = below.max(top + place.size);
    Ok(SealBox {
        page: desk.flow.page(),
        place: [left, top, place.size, place.size],
        paints,
        alt,
        element,
        reason: leading.say(Say::SealReason, &[]),
        location: leading.name(&facts.issuer.territory).to_owned(),
    })
}
