//! What the report covers and by which rules; notes and disclaimers.

use super::{Desk, Text, Voice, day};
use crate::report::Error;
use crate::report::page::{ElementId, Role};
use crate::report::template::Say;
use crate::rules::facts::Named;

pub(super) fn print(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let facts = desk.facts;
    let (basis, period) = (&facts.basis, facts.request.period);
    let named = |say, named: &Named| {
        desk.text(|voice: Voice<'_>| voice.say(say, &[&named.id, &named.version, voice.name(&named.text)]))
    };
    let texts = [
        desk.text(|voice| voice.say(Say::ScopeTerritory, &[voice.name(&facts.issuer.territory)])),
        named(Say::ScopeProfile, &basis.profile),
        named(Say::ScopeCatalogue, &basis.catalogue),
        named(Say::ScopePolicy, &basis.policy),
        desk.text(|voice| voice.say(Say::ScopePeriod, &[&day(period.from), &day(period.to)])),
        desk.text(|voice| voice.say(Say::ScopeCutOff, &[&voice.time(facts.as_of)])),
        desk.said(Say::ScopeNone),
    ];
    list(desk, sect, &texts)
}

pub(super) fn notes(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let count = desk.leading().words.notes.len();
    let note = |at: usize| desk.text(|voice| voice.words.notes.get(at).cloned().unwrap_or_default());
    let texts: Vec<Text> = (0..count).map(note).collect();
    list(desk, sect, &texts)
}

/// A numbered list.
fn list(desk: &mut Desk<'_>, parent: ElementId, texts: &[Text]) -> Result<(), Error> {
    let style = desk.flow.geometry.style.body;
    let list = desk.flow.open(Role::L, parent);
    for (at, text) in texts.iter().enumerate() {
        let label = desk.leading().say(Say::FormLabel, &[&(at + 1).to_string()]);
        desk.flow.item(list, style, &label, text)?;
    }
    Ok(())
}
