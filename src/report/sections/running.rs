//! The lines at the head and foot of every page, once it is known how many there are.

use super::Desk;
use crate::report::Error;
use crate::report::layout::Align;
use crate::report::page::Belongs;
use crate::report::template::Say;

pub(super) fn print(desk: &mut Desk<'_>) -> Result<(), Error> {
    let geometry = desk.flow.geometry;
    let (page, style) = (geometry.page, geometry.style.running);
    let (left, measure, right) = (page.left, page.measure(), page.width - page.right);
    let issuer = desk.name(&desk.facts.issuer.name);
    let issuer = desk.say(Say::RunningIssuer, &[issuer]);
    let title = desk.say(Say::RunningTitle, &[]);
    let number = desk.say(Say::RunningNumber, &[&desk.facts.number.to_string()]);
    let code = desk.say(Say::RunningCode, &[&desk.issue.code]);
    let foot = page.height - page.footer;
    let pages = std::mem::take(&mut desk.flow.pages);
    let count = pages.len().to_string();
    for (at, content) in pages.into_iter().enumerate() {
        desk.flow.pages.push(Vec::with_capacity(content.len() + 8));
        let this = desk.say(Say::RunningPage, &[&(at + 1).to_string(), &count]);
        let (above, below) = (page.header, foot - style.leading);
        let lines = [
            (Align::Left, above, &issuer),
            (Align::Centre, above, &title),
            (Align::Right, above, &number),
            (Align::Left, below, &code),
            (Align::Right, below, &this),
        ];
        for (align, y, text) in lines {
            let place = (left, y, measure);
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
