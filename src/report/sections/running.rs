//! The lines at the head and foot of every page, once it is known how many there are.

use super::Desk;
use crate::report::{Edition, Error};
use crate::report::layout::Align;
use crate::report::page::Belongs;
use crate::report::template::Say;

pub(super) fn print(desk: &mut Desk<'_>) -> Result<(), Error> {
    let geometry = desk.flow.geometry;
    let (page, style) = (geometry.page, geometry.style.running);
    let (left, measure, right) = (page.left, page.measure(), page.width - page.right);
    let voice = desk.leading();
    let title = if desk.issue.edition == Edition::Extract { Say::ExtractTitle } else { Say::FrontTitle };
    let title = voice.say(title, &[]).replace('\n', " ");
    let title = voice.say(Say::RunningTitle, &[voice.name(&desk.facts.issuer.name), &title]);
    let number = voice.say(Say::RunningNumber, &[&desk.facts.number.to_string()]);
    let code = voice.say(Say::RunningCode, &[&desk.issue.code]);
    // A long title goes on above its line, and never into the number.
    let beside = measure - desk.flow.fonts.width(style.size, 0.0, &number) - style.size * 2.0;
    let over = desk.flow.height(&style, beside, &title)? - style.leading;
    let (above, below) = (page.header, page.height - page.footer - style.leading);
    let pages = std::mem::take(&mut desk.flow.pages);
    let of = voice.say(Say::RunningPages, &[&pages.len().to_string()]);
    for (at, content) in pages.into_iter().enumerate() {
        desk.flow.pages.push(Vec::with_capacity(content.len() + 8));
        let this = voice.say(Say::RunningPage, &[&(at + 1).to_string()]);
        let lines = [
            (Align::Left, (left, above - over, beside), &title),
            (Align::Right, (left, above, measure), &number),
            (Align::Left, (left, below, measure), &code),
            (Align::Centre, (left, below, measure), &this),
            (Align::Right, (left, below, measure), &of),
        ];
        for (align, place, text) in lines {
            desk.flow.place(place, &style, align, text, Belongs::Pagination)?;
        }
        for y in [above + style.leading + 3.0, below - 3.0] {
            desk.flow.rule((left, y), (right, y), geometry.colour.rule(), geometry.table.line);
        }
        if let Some(page) = desk.flow.pages.last_mut() {
            page.extend(content);
        }
    }
    Ok(())
}
