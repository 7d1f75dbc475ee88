//! Who asks, and what they may. Whatever no method here allows is denied.
//!
//! One account has one role, so that nobody checks what they did themselves: the operator's duties are three accounts, and the roles of
//! tokens and of the command line stand beside them.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Forbidden;
use crate::rules::{ActsAs, Authority, CreditCode, Desk, DomainId, Instant, Subject};

/// As what somebody comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A regulator's system: uploads for its own authority.
    Regulator(CreditCode),
    /// A subject's system, by one of its codes: asks about itself.
    Subject(String),
    /// The body that runs the service, at its own command line or with a token of its configuration.
    Operator,
    /// Acts for enterprises that authorised it, each as far as it said.
    Agent(Vec<Mandate>),
    /// A natural person, by its identity number: asks about itself.
    Person(String),
    /// A clerk of regulators, at posts of one authority each.
    Clerk(Vec<Post>),
    /// Verifies reports under its own name.
    Verifier,
    /// Issues at a counter, for somebody who stands there; nothing without the consent of that applicant.
    Counter(Option<Consent>),
    /// Looks at what a subject shows, and takes along the report that it allowed; nothing else.
    Guest(Consent),
    /// Runs the service: registers, keys, catalogues. May not touch accounts.
    System,
    /// Keeps the accounts. May not touch what the service says.
    Security,
    /// Reads everything that was done. May change nothing.
    Auditor,
}

/// What a subject authorised an agent to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mandate {
    /// The subject, by one of its codes.
    pub subject: String,
    /// What it allows.
    pub scope: Scope,
    /// What for, in the subject's words; empty for anything.
    pub purpose: String,
    /// Until when; for good where it is missing.
    pub until: Option<Instant>,
}

/// How far a mandate goes.
#[expect(clippy::struct_excessive_bools, reason = "each may be given without the others")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// See its reports and requests.
    pub see: bool,
    /// Ask for reports, object to records.
    pub ask: bool,
    /// Show it to others: grants and one-codes.
    pub share: bool,
    /// Let others act for it: give mandates. What was itself given so cannot be handed on.
    #[serde(default)]
    pub delegate: bool,
}

impl Scope {
    /// What either allows.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            see: self.see || other.see,
            ask: self.ask || other.ask,
            share: self.share || other.share,
            delegate: self.delegate || other.delegate,
        }
    }
}

/// Where a clerk works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The authority.
    pub authority: CreditCode,
    /// Its domains that this clerk works on; none means all of them.
    pub domains: Vec<DomainId>,
}

/// What an applicant at the counter agreed to, as the clerk recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The subject that is asked about, by one of its codes.
    pub subject: String,
    /// Who stood there and agreed.
    pub applicant: String,
    /// What they showed: the kind of document, never its number.
    pub document: String,
    /// As what they stood there; missing where nobody stands at a counter.
    pub acts_as: Option<ActsAs>,
}

/// Somebody who acts, as the journal names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name of the token, of the account (`@name`) or of the client (`client:name`).
    pub name: String,
    /// As what.
    pub role: Role,
}

impl Actor {
    /// The operator at its own command line.
    #[must_use]
    pub fn operator() -> Self {
        Self { name: "operator".to_owned(), role: Role::Operator }
    }

    /// What the journal keeps of the consent that this actor acts on, where there is one.
    pub(super) fn consent_given(&self) -> Option<serde_json::Value> {
        match &self.role {
            Role::Counter(Some(Consent { document, acts_as: Some(acts_as), .. })) => {
                Some(json!({ "shown": document, "as": acts_as }))
            }
            Role::Counter(Some(consent)) | Role::Guest(consent) => Some(json!({ "shown": consent.document })),
            _ => None,
        }
    }

    /// The same counter clerk, with what an applicant agreed to; others stay what they are.
    #[must_use]
    pub fn with_consent(self, consent: Consent) -> Self {
        let role = match self.role {
            Role::Counter(_) => Role::Counter(Some(consent)),
            other => other,
        };
        Self { role, ..self }
    }

    /// The authority that this actor speaks for, where it is one.
    #[must_use]
    pub fn authority(&self) -> Option<CreditCode> {
        match &self.role {
            Role::Regulator(code) => Some(*code),
            Role::Clerk(posts) => {
                let first = posts.first()?.authority;
                posts.iter().all(|post| post.authority == first).then_some(first)
            }
            _ => None,
        }
    }

    /// The posts of a clerk or of an authority's system; nobody else has any.
    #[must_use]
    pub fn posts(&self) -> Vec<Post> {
        match &self.role {
            Role::Regulator(code) => vec![Post { authority: *code, domains: Vec::new() }],
            Role::Clerk(posts) => posts.clone(),
            _ => Vec::new(),
        }
    }

    /// The desks of a clerk or of an authority's system, one for each authority; nobody else has any.
    #[must_use]
    pub fn desks(&self) -> Vec<Desk> {
        let mut desks: Vec<Desk> = Vec::new();
        for Post { authority, domains } in self.posts() {
            let domains = (!domains.is_empty()).then_some(domains);
            match desks.iter_mut().find(|desk| desk.authority == authority) {
                None => desks.push(Desk { authority, domains }),
                Some(desk) => {
                    let both = desk.domains.take().zip(domains);
                    desk.domains = both.map(|(all, more)| all.into_iter().chain(more).collect());
                }
            }
        }
        desks
    }

    /// May ask about data of this authority, or of its only one where none is named? Tells at which desk; `None` is the operator,
    /// who asks about everybody.
    pub fn may_ask_at_desk(&self, authority: Option<CreditCode>) -> Result<Option<Desk>, Forbidden> {
        if self.role == Role::Operator {
            return Ok(authority.map(Desk::whole));
        }
        let mut desks = self.desks();
        if desks.is_empty() {
            return Err(Forbidden::Records(self.name.clone()));
        }
        let Some(authority) = authority else {
            let several = desks.len() > 1;
            let only = desks.pop().filter(|_| !several);
            return only.map(Some).ok_or_else(|| Forbidden::Which(self.name.clone()));
        };
        let desk = desks.into_iter().find(|desk| desk.authority == authority);
        desk.map(Some).ok_or_else(|| Forbidden::Authority { actor: self.name.clone(), authority })
    }

    /// May work at the desk of an authority, in the portal?
    pub fn may_work_at_desk(&self) -> Result<(), Forbidden> {
        match &self.role {
            Role::Clerk(posts) if !posts.is_empty() => Ok(()),
            _ => Err(Forbidden::Role(self.name.clone(), "clerk")),
        }
    }

    /// Codes of the subjects that this actor may look at by a right of its own or by a mandate.
    #[must_use]
    pub fn subjects(&self) -> Vec<&str> {
        self.codes(|scope| scope.see)
    }

    /// What this actor holds: itself, with nothing that it may not, or each of its mandates.
    pub(super) fn mandates(&self) -> Vec<Mandate> {
        match &self.role {
            Role::Agent(mandates) => mandates.clone(),
            Role::Subject(code) | Role::Person(code) => vec![Mandate {
                subject: code.clone(),
                scope: Scope { see: true, ask: true, share: true, delegate: true },
                purpose: String::new(),
                until: None,
            }],
            _ => Vec::new(),
        }
    }

    /// Whether this is the only subject that the actor has: then it is itself, and may learn that it is not known.
    #[must_use]
    pub fn is_itself(&self, code: &str) -> bool {
        matches!(&self.role, Role::Subject(own) | Role::Person(own) if own == code)
    }

    /// May upload for this authority on these domains?
    pub fn may_upload(&self, authority: &Authority, domain: Option<&DomainId>) -> Result<(), Forbidden> {
        if self.role != Role::Operator {
            self.holds_post(authority, domain)?;
        }
        match domain.filter(|domain| !authority.domains.contains(domain)) {
            Some(domain) => Err(Forbidden::Domain { authority: authority.code, domain: domain.clone() }),
            None => Ok(()),
        }
    }

    /// May ask for a report about this subject?
    pub fn may_ask(&self, subject: &Subject) -> Result<(), Forbidden> {
        self.reaches(subject, |scope| scope.ask)
    }

    /// May show this subject to others: grants and one-codes? Not even the operator shows what is not its own.
    pub fn may_share(&self, subject: &Subject) -> Result<(), Forbidden> {
        self.may_show_some()?;
        self.reaches(subject, |scope| scope.share)
    }

    /// May show any subject to others?
    pub fn may_show_some(&self) -> Result<(), Forbidden> {
        let some = !self.codes(|scope| scope.share).is_empty();
        if some { Ok(()) } else { Err(Forbidden::Share(self.name.clone())) }
    }

    /// May look after subjects of its own, or of those who gave it a mandate?
    pub fn may_hold(&self) -> Result<(), Forbidden> {
        match self.role {
            Role::Agent(_) | Role::Person(_) => Ok(()),
            _ => Err(Forbidden::Role(self.name.clone(), "agent")),
        }
    }

    /// May read records of the subjects that it is or acts for?
    pub fn may_read_own(&self) -> Result<(), Forbidden> {
        match self.role {
            Role::Subject(_) | Role::Agent(_) | Role::Person(_) => Ok(()),
            _ => Err(Forbidden::Records(self.name.clone())),
        }
    }

    /// May run the service: registers, keys, catalogues, reports that are taken back?
    pub fn may_operate(&self) -> Result<(), Forbidden> {
        self.is(&[Role::Operator, Role::System]).map_err(|()| Forbidden::Operator(self.name.clone()))
    }

    /// May look at everything that the service has, and change nothing of it?
    pub fn may_inspect(&self) -> Result<(), Forbidden> {
        self.needs(&[Role::Operator, Role::System, Role::Auditor], "system or auditor")
    }

    /// May keep accounts and clients?
    pub fn may_secure(&self) -> Result<(), Forbidden> {
        self.needs(&[Role::Operator, Role::Security], "security")
    }

    /// May read the journal?
    pub fn may_audit(&self) -> Result<(), Forbidden> {
        self.needs(&[Role::Operator, Role::Auditor], "auditor")
    }

    /// May verify under its own name, and find again what it verified?
    pub fn may_verify(&self) -> Result<(), Forbidden> {
        self.needs(&[Role::Operator, Role::Verifier], "verifier")
    }

    /// May have webhooks?
    pub fn may_hook(&self) -> Result<(), Forbidden> {
        match self.role {
            Role::Regulator(_) | Role::Clerk(_) | Role::Verifier | Role::Operator => Ok(()),
            _ => Err(Forbidden::Role(self.name.clone(), "verifier")),
        }
    }

    /// May issue for somebody at the counter?
    pub fn may_serve_counter(&self) -> Result<(), Forbidden> {
        match self.role {
            Role::Counter(_) => Ok(()),
            _ => Err(Forbidden::Role(self.name.clone(), "counter")),
        }
    }

    /// The codes through which this actor reaches subjects, as far as a scope says.
    pub(super) fn codes(&self, within: impl Fn(&Scope) -> bool) -> Vec<&str> {
        match &self.role {
            Role::Subject(code) | Role::Person(code) => vec![code],
            Role::Agent(mandates) => {
                let allowed = mandates.iter().filter(|mandate| within(&mandate.scope));
                allowed.map(|mandate| mandate.subject.as_str()).collect()
            }
            // Consent is given to one request, and to nothing that goes on afterwards.
            Role::Counter(Some(consent)) | Role::Guest(consent)
                if within(&Scope { ask: true, ..Scope::default() }) =>
            {
                vec![&consent.subject]
            }
            _ => Vec::new(),
        }
    }

    /// Does the actor reach this subject by one of its codes, as far as a scope says?
    pub(super) fn reaches(
        &self,
        subject: &Subject,
        within: impl Fn(&Scope) -> bool,
    ) -> Result<(), Forbidden> {
        let leads = |code: &&str| {
            let mut own = std::iter::once(&subject.code).chain(&subject.aliases);
            own.any(|own| own.value == own.scheme.normal(code))
        };
        let own = self.role == Role::Operator || self.codes(within).iter().any(leads);
        if own { Ok(()) } else { Err(Forbidden::Subject(self.name.clone())) }
    }

    fn holds_post(&self, authority: &Authority, domain: Option<&DomainId>) -> Result<(), Forbidden> {
        let desk = self.desks().into_iter().find(|desk| desk.authority == authority.code);
        let desk =
            desk.ok_or_else(|| Forbidden::Authority { actor: self.name.clone(), authority: authority.code })?;
        let has = |domain: &DomainId| desk.covers(Some(domain));
        let covered = domain.map_or_else(|| authority.domains.iter().all(has), has);
        if covered { Ok(()) } else { Err(Forbidden::Post(self.name.clone())) }
    }

    fn is(&self, roles: &[Role]) -> Result<(), ()> {
        if roles.contains(&self.role) { Ok(()) } else { Err(()) }
    }

    fn needs(&self, roles: &[Role], role: &'static str) -> Result<(), Forbidden> {
        self.is(roles).map_err(|()| Forbidden::Role(self.name.clone(), role))
    }
}
