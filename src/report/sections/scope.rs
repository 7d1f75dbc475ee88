//! What the report covers and by which rules.

use super::{Desk, day};
use crate::report::Error;
use crate::report::page::{ElementId, Role};
use crate::report::template::Say;
use crate::rules::facts::Named;

pub(super) fn print(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let facts = desk.facts;
    let (basis, period) = (&facts.basis, facts.request.period);
    let named = |desk: &Desk<'_>, say, named: &Named| {
        desk.say(say, &[&named.id, &named.version, desk.name(&named.text)])
    };
    let texts = [
        desk.say(Say::ScopeTerritory, &[desk.name(&facts.issuer.territory)]),
        named(desk, Say::ScopeProfile, &basis.profile),
        named(desk, Say::ScopeCatalogue, &basis.catalogue),
        named(desk, Say::ScopePolicy, &basis.policy),
        desk.say(Say::ScopePeriod, &[&day(period.from), &day(period.to)]),
        desk.say(Say::ScopeCutOff, &[&desk.time(facts.as_of)]),
        desk.say(Say::ScopeNone, &[]),
    ];
    desk.list(sect, texts.iter().map(String::as_str))
}

impl Desk<'_> {
    /// A numbered list.
    pub(super) fn list<'t>(
        &mut self,
        parent: ElementId,
        texts: impl Iterator<Item = &'t str>,
    ) -> Result<(), Error> {
        let style = self.flow.geometry.style.body;
        let list = self.flow.open(Role::L, parent);
        for (at, text) in texts.enumerate() {
            let label = self.say(Say::FormLabel, &[&(at + 1).to_string()]);
            self.flow.item(list, style, &label, text)?;
        }
        Ok(())
    }
}
