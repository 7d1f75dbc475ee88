//! One language speaking of one report.

use time::Date;

use crate::report::template::{Language, Say, Template};
use crate::rules::facts::{Bilingual, DomainFacts, Facts};
use crate::rules::{DomainId, Fen, Instant, Period};

/// The words of a language, and the facts that they are said of.
#[derive(Clone, Copy)]
pub(super) struct Voice<'a> {
    pub(super) words: &'a Template,
    pub(super) facts: &'a Facts,
}

impl<'a> Voice<'a> {
    /// A text of the template with its places filled in.
    pub(super) fn say(self, say: Say, filled: &[&str]) -> String {
        self.words.say(say, filled)
    }

    /// A name in this language, or in Chinese where it has no other.
    pub(super) fn name(self, name: &Bilingual) -> &str {
        match self.words.language {
            Language::En if !name.en.trim().is_empty() => &name.en,
            _ => &name.zh,
        }
    }

    /// A moment on the clocks of China.
    pub(super) fn time(self, at: Instant) -> String {
        let local = at.local();
        let clock = format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second());
        self.say(Say::FormTime, &[&day(local.date()), &clock])
    }

    /// The first and the last of some days, or the one there is.
    pub(super) fn days(self, days: Period) -> String {
        if days.from == days.to {
            self.say(Say::DomainsOneDay, &[&day(days.from)])
        } else {
            self.say(Say::DomainsDays, &[&day(days.from), &day(days.to)])
        }
    }

    /// An amount in 万元 and in yuan.
    pub(super) fn money(self, amount: Fen) -> String {
        self.say(Say::FormMoney, &[&amount.wan(), &yuan(amount)])
    }

    /// Several things one after the other.
    pub(super) fn list(self, things: &[String]) -> String {
        things.join(&self.say(Say::FormList, &[]))
    }

    /// The name of a domain; its id where the facts do not list it.
    pub(super) fn domain_name(self, id: &'a DomainId) -> &'a str {
        let listed: Option<&'a DomainFacts> = self.facts.domains.iter().find(|domain| domain.id == *id);
        listed.map_or(id.as_str(), |domain| self.name(&domain.name))
    }
}

/// A day as `2026-11-22`.
pub(super) fn day(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// An amount in yuan with separators, and fen where there are any: `2,000`, `1,234.50`.
fn yuan(amount: Fen) -> String {
    let (whole, fen) = (amount.0 / 100, amount.0 % 100);
    let digits = whole.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if fen == 0 { text } else { format!("{text}.{fen:02}") }
}
