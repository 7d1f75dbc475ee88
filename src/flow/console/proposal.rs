//! Four eyes: what one account proposes, another one decides.
//!
//! A proposal is what would be done and why, under a digest. The decider sends back the digest of what was on the screen, so that nobody
//! approves what they did not see. That the two are different accounts is checked here and by the schema. What was approved is done in
//! the transaction that notes the approval: neither is there without the other.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Error, authorities, reason, rules, subjects};
use crate::flow::record::{record, refused};
use crate::flow::sessions::Signed;
use crate::flow::{Actor, App, Listing, moment, revoke, rulebook};
use crate::rules::{
    AccountRole, CreditCode, Digest, DomainId, Instant, ProposalKind, ProposalState, ReportNumber, RuleKind,
};
use crate::seal;
use crate::store::accounts::ACTIVE;
use crate::store::{self, Tx, accounts, proposals};

pub use crate::store::proposals::Proposal;

/// How long a proposal waits: a week, in milliseconds.
const WAITS: i64 = 7 * 24 * 60 * 60 * 1000;

/// What would be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Plan {
    /// A report is taken back; verifiers read the reason.
    RevokeReport {
        /// Its number.
        number: ReportNumber,
    },
    /// Another text of rules comes into force.
    ChangeRules {
        /// Which.
        rules: RuleKind,
        /// The text.
        text: String,
        /// From when on; at once where it is missing.
        from: Option<Instant>,
    },
    /// A subject is merged into another one.
    MergeSubjects {
        /// The one that is merged.
        from: Uuid,
        /// The one that goes on.
        into: Uuid,
    },
    /// An authority answers for some domains no more: reports do not ask for its data about them.
    TakeDomains {
        /// The authority.
        authority: CreditCode,
        /// The domains.
        domains: Vec<DomainId>,
    },
}

/// A proposal with what it says.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The proposal.
    pub proposal: Proposal,
    /// What would be done.
    pub plan: Plan,
    /// Where it stands, also where it is over and nobody has noted it.
    pub state: ProposalState,
}

/// What somebody decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is done at once.
    Approve,
    /// It is not done, and why not.
    Decline(String),
}

impl Plan {
    fn kind(&self) -> ProposalKind {
        match self {
            Self::RevokeReport { .. } => ProposalKind::RevokeReport,
            Self::ChangeRules { .. } => ProposalKind::ChangeRules,
            Self::MergeSubjects { .. } => ProposalKind::MergeSubjects,
            Self::TakeDomains { .. } => ProposalKind::TakeDomains,
        }
    }

    /// What it is about, as the journal names it.
    fn object(&self) -> String {
        match self {
            Self::RevokeReport { number } => number.to_string(),
            Self::ChangeRules { rules, .. } => rules.word().to_owned(),
            Self::MergeSubjects { from, .. } => from.to_string(),
            Self::TakeDomains { authority, .. } => authority.to_string(),
        }
    }

    /// Whether it could be done as things stand.
    async fn check(&self, app: &App, tx: &mut Tx, now: Instant) -> Result<(), Error> {
        match self {
            Self::RevokeReport { number } => revoke::live(tx, number).await.map(drop).map_err(Error::from),
            Self::ChangeRules { rules, text, from } => {
                let from = in_time(*from, now)?;
                rules::acceptable(app, tx, *rules, text, from).await.map(drop)
            }
            Self::MergeSubjects { from, into } => subjects::mergeable(tx, *from, *into).await.map(drop),
            Self::TakeDomains { authority, domains } => {
                authorities::without(tx, *authority, domains).await.map(drop)
            }
        }
    }

    async fn carry_out(
        self,
        app: &App,
        tx: &mut Tx,
        actor: &Actor,
        proposal: &Proposal,
        now: Instant,
    ) -> Result<(), Error> {
        match self {
            Self::RevokeReport { number } => {
                revoke::within(app, tx, actor, number, proposal.reason.clone(), false, now).await?;
            }
            Self::ChangeRules { rules, text, from } => {
                let from = in_time(from, now)?;
                rules::bring(app, tx, actor, rules, text, from, (proposal.id, now)).await?;
            }
            Self::MergeSubjects { from, into } => subjects::merge(app, tx, actor, from, into, now).await?,
            Self::TakeDomains { authority, domains } => {
                authorities::take(tx, actor, authority, &domains, now).await?;
            }
        }
        Ok(())
    }
}

/// From when on rules hold that are approved now: what is known must not change behind facts that were drawn up.
fn in_time(from: Option<Instant>, now: Instant) -> Result<Instant, Error> {
    match from {
        Some(from) if from < now => Err(Error::refused(
            "生效时间已过，请以新的生效时间重新提出",
            "the time from which it would hold is over: propose it with a later one",
        )),
        from => Ok(from.unwrap_or(now)),
    }
}

/// The digest that a decider confirms: of what would be done, and why.
fn digest(payload: &str, reason: &str) -> Digest {
    let both = serde_json_canonicalizer::to_vec(&json!({ "payload": payload, "reason": reason }));
    seal::digest(&both.unwrap_or_default()) // strings always serialise
}

/// Proposes something.
pub async fn propose(app: &App, signed: &Signed, plan: Plan, why: &str) -> Result<Uuid, Error> {
    signed.actor.may_operate()?;
    let reason = reason(why)?;
    let payload = serde_json_canonicalizer::to_string(&plan).unwrap_or_default(); // words, numbers and texts
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    still_operates(&mut tx, signed.account).await?.then_some(()).ok_or_else(|| forbidden(signed))?;
    let (kind, object) = (plan.kind(), plan.object());
    if let Some(before) = proposals::open_about(&mut tx, kind, &object).await? {
        if now < before.until {
            return Err(Error::Open);
        }
        expire(&mut tx, &signed.actor, &before, now).await?;
    }
    plan.check(app, &mut tx, now).await?;
    let proposal = Proposal {
        id: app.mint(),
        kind,
        object: object.clone(),
        payload_digest: digest(&payload, &reason),
        payload,
        reason,
        proposed_by: signed.account,
        proposed_at: now,
        until: Instant::from_millis(now.millis() + WAITS),
        state: ProposalState::Open,
        decided_by: None,
        decided_at: None,
        answer: None,
        proposer: signed.name.clone(),
        decider: None,
    };
    proposals::add(&mut tx, &proposal).await?;
    let details = json!({ "proposal": proposal.id, "kind": kind, "digest": proposal.payload_digest });
    record(&mut tx, now, &signed.actor, "propose", object, details).await?;
    tx.commit().await?;
    Ok(proposal.id)
}

/// Decides a proposal; `seen` is the digest of what the decider was shown.
pub async fn decide(
    app: &App,
    signed: &Signed,
    id: Uuid,
    seen: Digest,
    decision: Decision,
) -> Result<ProposalState, Error> {
    signed.actor.may_operate()?;
    let answer = match &decision {
        Decision::Approve => None,
        Decision::Decline(why) => Some(reason(why)?),
    };
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    still_operates(&mut tx, signed.account).await?.then_some(()).ok_or_else(|| forbidden(signed))?;
    let proposal = proposals::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if proposal.state != ProposalState::Open {
        return Err(Error::Decided(proposal.state));
    }
    if proposal.until <= now {
        expire(&mut tx, &signed.actor, &proposal, now).await?;
        tx.commit().await?;
        return Err(Error::Late(proposal.until));
    }
    let own = proposal.proposed_by == signed.account;
    let changed = seen != proposal.payload_digest;
    let lost = answer.is_none() && !still_operates(&mut tx, proposal.proposed_by).await?;
    for (is, word, error) in [
        (own, "own", Error::Own),
        (changed, "changed", Error::Changed),
        (lost, "proposer-lost", Error::ProposerLost),
    ] {
        if is {
            let details = json!({ "proposal": id, "why": word });
            refused(&mut tx, now, &signed.actor, "decide", proposal.object, details).await?;
            tx.commit().await?;
            return Err(error);
        }
    }
    let plan = read(&proposal)?;
    let state = if answer.is_none() { ProposalState::Approved } else { ProposalState::Declined };
    if !proposals::decide(&mut tx, id, state, Some(signed.account), now, answer.as_deref()).await? {
        return Err(store::Error::Conflict.into());
    }
    let act = if answer.is_none() { "approve" } else { "decline" };
    let details = json!({ "proposal": id, "kind": proposal.kind, "proposed_by": format!("@{}", proposal.proposer),
        "digest": proposal.payload_digest });
    record(&mut tx, now, &signed.actor, act, proposal.object.clone(), details).await?;
    if answer.is_none() {
        plan.carry_out(app, &mut tx, &signed.actor, &proposal, now).await?;
    }
    tx.commit().await?;
    if proposal.kind == ProposalKind::ChangeRules {
        rulebook::refresh(app, &mut app.0.store.read().await?).await?;
    }
    Ok(state)
}

/// A part of all proposals, open ones first; how many there are, and how many are open.
pub async fn list(app: &App, actor: &Actor, page: Listing) -> Result<(Vec<Shown>, u32, u32), Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let now = app.now();
    let listed = proposals::list(&mut tx, page).await?;
    let shown: Result<Vec<Shown>, Error> = listed.into_iter().map(|one| shown(one, now)).collect();
    let (all, open) = proposals::count(&mut tx, now).await?;
    Ok((shown?, all, open))
}

/// A proposal.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Shown, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    shown(proposals::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?, app.now())
}

/// The open proposal of a kind about something.
pub(super) async fn open_about(
    tx: &mut Tx,
    kind: ProposalKind,
    object: &str,
    now: Instant,
) -> Result<Option<Uuid>, Error> {
    let open = proposals::open_about(tx, kind, object).await?;
    Ok(open.filter(|open| now < open.until).map(|open| open.id))
}

fn shown(proposal: Proposal, now: Instant) -> Result<Shown, Error> {
    let over = proposal.state == ProposalState::Open && proposal.until <= now;
    let state = if over { ProposalState::Expired } else { proposal.state };
    Ok(Shown { plan: read(&proposal)?, state, proposal })
}

/// What a proposal says, if nobody changed it in the store.
fn read(proposal: &Proposal) -> Result<Plan, Error> {
    let damaged = || store::Error::Corrupt(format!("proposal {}", proposal.id).into());
    if digest(&proposal.payload, &proposal.reason) != proposal.payload_digest {
        return Err(damaged().into());
    }
    Ok(serde_json::from_str(&proposal.payload).map_err(|_| damaged())?)
}

/// Notes that nobody decided a proposal in time.
async fn expire(tx: &mut Tx, actor: &Actor, proposal: &Proposal, now: Instant) -> Result<(), store::Error> {
    if proposals::decide(tx, proposal.id, ProposalState::Expired, None, now, None).await? {
        let details = json!({ "proposal": proposal.id, "kind": proposal.kind });
        record(tx, now, actor, "expire", proposal.object.clone(), details).await?;
    }
    Ok(())
}

/// Whether an account is the system operator's and may be used, as the store says now: a session may be older than that.
async fn still_operates(tx: &mut Tx, account: Uuid) -> Result<bool, store::Error> {
    let account = accounts::by_id(tx, account).await?;
    Ok(account.is_some_and(|account| account.state == ACTIVE && account.role == AccountRole::System))
}

fn forbidden(signed: &Signed) -> Error {
    crate::flow::Forbidden::Operator(signed.actor.name.clone()).into()
}
