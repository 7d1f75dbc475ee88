//! A request with its presets and defaults filled in.

use super::issue::{Ask, Error};
use super::renew::Earlier;
use super::{Actor, App, Role};
use crate::report::Edition;
use crate::rules::facts::{Bilingual, Capacity};
use crate::rules::{DomainId, Period, Subject};

/// A request with everything filled in.
pub(super) struct Wish {
    pub(super) domains: Vec<DomainId>,
    pub(super) period: Period,
    pub(super) purpose: Option<Bilingual>,
    pub(super) edition: Edition,
    pub(super) applicant: String,
    pub(super) capacity: Capacity,
    /// The report whose settings this one has, and in whose place it perhaps comes.
    pub(super) earlier: Option<Earlier>,
}

impl Wish {
    /// Fills in what presets and defaults say.
    pub(super) fn new(
        app: &App,
        actor: &Actor,
        ask: &Ask,
        subject: &Subject,
        earlier: Option<Earlier>,
    ) -> Result<Self, Error> {
        let presets = &app.reference().presets;
        let unknown =
            |what, name: &str, known: Vec<&str>| Error::UnknownWord(what, name.to_owned(), known.join(", "));
        let preset = match &ask.preset {
            None => None,
            Some(id) => Some(presets.preset(id).ok_or_else(|| {
                unknown("preset", id, presets.presets.iter().map(|p| p.id.as_str()).collect())
            })?),
        };
        let edition = ask.edition.as_deref().unwrap_or("zh");
        let edition = edition.parse().map_err(|_| Error::Edition(edition.chars().take(40).collect()))?;
        let of_preset = preset.map(|preset| preset.domains.clone()).filter(|domains| !domains.is_empty());
        let to = ask.to.unwrap_or_else(|| app.now().local_day());
        let span = ask.span.as_deref().or(preset.map(|preset| preset.span.as_str()));
        let period = match (ask.from, span) {
            (Some(from), _) => Period { from, to },
            (None, None) => return Err(Error::NoPeriod),
            (None, Some(id)) => {
                let known = || presets.spans.iter().map(|s| s.id.as_str()).collect();
                presets.span(id).ok_or_else(|| unknown("length", id, known()))?.ending(to)
            }
        };
        let purpose = match ask.purpose.as_deref().or(preset.map(|preset| preset.purpose.as_str())) {
            None => None,
            Some(id) => {
                let known = || presets.purposes.iter().map(|p| p.id.as_str()).collect();
                let purpose = presets.purpose(id).ok_or_else(|| unknown("purpose", id, known()))?;
                Some(Bilingual { zh: purpose.zh.clone(), en: purpose.en.clone() })
            }
        };
        // It is for what the earlier one was for, even where that purpose is not among the presets any more.
        let purpose = earlier.as_ref().map_or(purpose, |earlier| earlier.purpose.clone());
        let (applicant, capacity) = match &actor.role {
            Role::Subject(_) | Role::Person(_) => (subject.shown_name(), Capacity::Own),
            Role::Agent(_) => (subject.shown_name(), Capacity::Consent),
            Role::Counter(Some(consent)) | Role::Guest(consent) => {
                (consent.applicant.clone(), Capacity::Consent)
            }
            _ => (app.issuer().name.zh.clone(), Capacity::Operator),
        };
        let domains =
            ask.domains.clone().or(of_preset).unwrap_or_else(|| app.reference().profile.domains.clone());
        Ok(Self { domains, period, purpose, edition, applicant, capacity, earlier })
    }
}
