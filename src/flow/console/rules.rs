//! Catalogue, profile and policy as texts with versions: what is in force, what a new text would change, and bringing it into force.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::Error;
use crate::flow::record::record;
use crate::flow::{Actor, App, Reference, known, moment, reports, rulebook};
use crate::rules::facts::Conclusion;
use crate::rules::{
    Asked, Catalogue, Domain, DomainId, Facts, Instant, LONGEST_RULES, ReportNumber, RuleKind, draw_up,
    line_of_fault,
};
use crate::seal::{self, LAST_DOMAIN};
use crate::store::issued::{self, Filter};
use crate::store::rule_versions::{self, RuleVersion};
use crate::store::{Page, Tx, proposals, subjects};

/// Reports that are drawn up again to show what a text would change.
const SAMPLES: u32 = 10;

/// A version in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its number.
    pub number: i64,
    /// The id and the version that it states.
    pub name: String,
    /// From when it holds.
    pub from: Instant,
    /// Who proposed it, and who approved it; nobody for what came with the program.
    pub people: Option<(String, String)>,
    /// It is in force.
    pub in_force: bool,
}

/// A kind of rules.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Which.
    pub kind: RuleKind,
    /// The id and the version in force.
    pub name: String,
    /// The text in force.
    pub text: String,
    /// Every version, the newest first; none where the file of the program holds.
    pub versions: Vec<Listed>,
}

/// A fault in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line where it is, from 1, where that can be told.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

/// A conclusion that would be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// A report that was issued.
    pub number: ReportNumber,
    /// The domain.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// What a report would conclude now, and of how many records; nothing where it could not be asked for.
    pub now: Option<(Conclusion, u32)>,
    /// What it would conclude by the new text.
    pub then: Option<(Conclusion, u32)>,
}

/// What a text would change.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The id and the version that it states.
    pub name: String,
    /// Domains that come: in the catalogue, or in the place's list.
    pub appear: Vec<(String, String)>,
    /// Domains that go.
    pub disappear: Vec<(String, String)>,
    /// Conclusions that differ.
    pub samples: Vec<Sample>,
    /// So many reports were drawn up again.
    pub drawn: u32,
}

/// A text without the line ends of forms.
#[must_use]
pub fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    format!("{}\n", text.trim_end())
}

/// The id and the version that data state.
fn stated(reference: &Reference, kind: RuleKind) -> (&str, &str) {
    match kind {
        RuleKind::Catalogue => (&reference.catalogue.id, &reference.catalogue.version),
        RuleKind::Profile => (&reference.profile.id, &reference.profile.version),
        RuleKind::Policy => (&reference.policy.id, &reference.policy.version),
    }
}

fn name(reference: &Reference, kind: RuleKind) -> String {
    let (id, version) = stated(reference, kind);
    format!("{id} {version}")
}

/// A kind of rules: the text in force, and every version.
pub async fn kind(app: &App, actor: &Actor, kind: RuleKind) -> Result<Kind, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let now = app.now();
    let reference = rulebook::at(app, &mut tx, now).await?;
    let versions = rule_versions::of(&mut tx, kind).await?;
    let in_force = versions.iter().filter(|it| it.effective_from <= now).map(|it| it.number).max();
    let mut listed = Vec::with_capacity(versions.len());
    for version in versions {
        let people = match version.proposal {
            Some(id) => proposals::by_id(&mut tx, id).await?,
            None => None,
        };
        listed.push(Listed {
            in_force: in_force == Some(version.number),
            number: version.number,
            name: format!("{} {}", version.id, version.version),
            from: version.effective_from,
            people: people.map(|it| (it.proposer, it.decider.unwrap_or_default())),
        });
    }
    let text = reference.texts.of(kind).to_owned();
    Ok(Kind { kind, name: name(reference, kind), text, versions: listed })
}

/// The text of a version.
pub async fn text(app: &App, actor: &Actor, kind: RuleKind, number: i64) -> Result<RuleVersion, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    rule_versions::get(&mut tx, kind, number).await?.ok_or(Error::NotFound)
}

/// What a text would change, or what is wrong with it.
pub async fn preview(
    app: &App,
    actor: &Actor,
    kind: RuleKind,
    text: &str,
) -> Result<Result<Preview, Fault>, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let now = moment::present(app, &mut tx).await??;
    let old = rulebook::at(app, &mut tx, now).await?;
    let new = match parsed(app, &mut tx, kind, text, now).await? {
        Ok(new) => new,
        Err(fault) => return Ok(Err(fault)),
    };
    let (had, has) = (domains(old, kind), domains(&new, kind));
    let only = |some: &[&Domain], others: &[&Domain]| -> Vec<(String, String)> {
        let missing = some.iter().filter(|it| others.iter().all(|other| other.id != it.id));
        missing.map(|it| (it.zh.clone(), it.en.clone())).collect()
    };
    let (appear, disappear) = (only(&has, &had), only(&had, &has));
    let mut samples = Vec::new();
    let latest = issued::list(&mut tx, &Filter::default(), Page { offset: 0, limit: SAMPLES }).await?;
    let mut drawn = 0;
    for line in latest {
        let Some(stored) = reports::stored(&mut tx, &line.report.number).await? else { continue };
        let Some(subject) = subjects::by_id(&mut tx, line.report.subject).await? else { continue };
        let (period, ids) = (line.report.period, &line.report.domains);
        let known = known::known(&mut tx, subject, ids, period, now).await?;
        let draw = |reference: &Reference| {
            let asked = again(&stored.facts, now, reference);
            draw_up(&known, app.rules_of(reference), asked).ok()
        };
        let (before, after) = (draw(old), draw(&new));
        let of = |facts: Option<&Facts>, id| {
            let line = facts?.domains.iter().find(|line| line.id == id)?;
            Some((line.conclusion, line.records))
        };
        for domain in &stored.facts.domains {
            let now = of(before.as_ref(), domain.id.clone());
            let then = of(after.as_ref(), domain.id.clone());
            if now != then {
                let number = line.report.number.clone();
                let (zh, en) = (domain.name.zh.clone(), domain.name.en.clone());
                samples.push(Sample { number, zh, en, now, then });
            }
        }
        drawn += 1;
    }
    Ok(Ok(Preview { name: name(&new, kind), appear, disappear, samples, drawn }))
}

/// The domains that a kind of rules is about: all there are, or those of the place.
fn domains(reference: &Reference, kind: RuleKind) -> Vec<&Domain> {
    let all = reference.catalogue.domains.iter();
    match kind {
        RuleKind::Profile => all.filter(|it| reference.profile.domains.contains(&it.id)).collect(),
        RuleKind::Catalogue | RuleKind::Policy => all.collect(),
    }
}

/// What a report was asked for, asked again now: of its domains those that there are.
fn again(facts: &Facts, now: Instant, reference: &Reference) -> Asked {
    let there = facts.domains.iter().map(|line| line.id.clone());
    Asked {
        number: facts.number.clone(),
        issued_at: now,
        as_of: now,
        domains: there.filter(|id| reference.catalogue.get(id).is_some()).collect(),
        period: facts.request.period,
        include_repaired: facts.request.include_repaired,
        purpose: None,
        applicant: String::new(),
        capacity: facts.request.capacity,
        channel: facts.request.channel,
    }
}

/// The data with a text in force from an instant on, if it fits to the others of then.
async fn parsed(
    app: &App,
    tx: &mut Tx,
    kind: RuleKind,
    text: &str,
    from: Instant,
) -> Result<Result<Reference, Fault>, Error> {
    if text.len() > LONGEST_RULES {
        let reason = format!(
            "文本过长，最多 {LONGEST_RULES} 字节 / the text is too long: {LONGEST_RULES} bytes at most"
        );
        return Ok(Err(Fault { line: None, reason }));
    }
    let heads = rule_versions::heads(tx).await?;
    // The others may change later on; the text must fit to each of them.
    let later = heads.iter().filter(|head| head.kind != kind && head.effective_from > from);
    let mut instants: Vec<Instant> = later.map(|head| head.effective_from).collect();
    instants.push(from);
    instants.sort_unstable();
    let mut first = None;
    for at in instants {
        let numbers = rulebook::numbers_at(&heads, at);
        match rulebook::combined(app, tx, numbers, Some((kind, text))).await? {
            Ok(reference) => first = first.or(Some(reference)),
            Err(error) => {
                let reason = error.to_string();
                return Ok(Err(Fault { line: line_of_fault(text, &reason), reason }));
            }
        }
    }
    let Some(new) = first else { return Err(Error::NotFound) }; // there was one instant at least
    if kind == RuleKind::Catalogue {
        let mut earlier = vec![app.0.reference.catalogue.clone()];
        for version in rule_versions::of(tx, kind).await? {
            earlier.extend(Catalogue::parse(&version.body));
        }
        if let Some(reason) = unfit(&new.catalogue, &earlier) {
            return Ok(Err(Fault { line: line_of_fault(text, &reason), reason }));
        }
    }
    Ok(Ok(new))
}

/// Why a catalogue cannot be used: the QR of a report names domains by the numbers of their codes, and what it says must stay true.
fn unfit(catalogue: &Catalogue, earlier: &[Catalogue]) -> Option<String> {
    let number = |domain: &Domain| {
        let number = domain.code.strip_prefix('D').and_then(|digits| digits.parse::<u16>().ok());
        number.filter(|number| (1..=LAST_DOMAIN).contains(number))
    };
    if catalogue.version.len() > 40 {
        return Some(format!("version {} is longer than 40 bytes", catalogue.version));
    }
    let mut known: HashMap<u16, &DomainId> = HashMap::new();
    for domain in earlier.iter().flat_map(|catalogue| &catalogue.domains) {
        known.extend(number(domain).map(|number| (number, &domain.id)));
    }
    let mut seen = HashSet::new();
    for domain in &catalogue.domains {
        let (code, id) = (&domain.code, &domain.id);
        let Some(number) = number(domain) else {
            return Some(format!("code {code} is none of D001 to D{LAST_DOMAIN} (domain {id})"));
        };
        let before = known.get(&number).filter(|before| **before != id);
        if let Some(before) = before {
            return Some(format!(
                "code {code} was the code of {before} before, and codes are never used again"
            ));
        }
        if !seen.insert(number) {
            return Some(format!("code {code} stands twice"));
        }
    }
    None
}

/// The data by a text, if it may come into force at an instant.
pub(super) async fn acceptable(
    app: &App,
    tx: &mut Tx,
    kind: RuleKind,
    text: &str,
    from: Instant,
) -> Result<Reference, Error> {
    let new = match parsed(app, tx, kind, text, from).await? {
        Ok(new) => new,
        Err(Fault { line, reason }) => {
            let at = line.map_or_else(|| "?".to_owned(), |line| line.to_string());
            return Err(Error::refused(
                format!("第 {at} 行有误：{reason}"),
                format!("line {at} is wrong: {reason}"),
            ));
        }
    };
    let (id, version) = stated(&new, kind);
    let known = rule_versions::of(tx, kind).await?;
    let same = known.iter().any(|it| it.id == id && it.version == version);
    if same || (known.is_empty() && stated(&app.0.reference, kind) == (id, version)) {
        return Err(Error::refused(
            format!("版本 {id} {version} 已存在，请更改 version"),
            format!("there is a version {id} {version} already: raise `version`"),
        ));
    }
    if let Some(last) = known.first().filter(|last| from <= last.effective_from) {
        return Err(Error::refused(
            format!("生效时间须晚于版本 {} 的生效时间", last.version),
            format!("it must come into force after version {}", last.version),
        ));
    }
    if kind == RuleKind::Catalogue && from.local_day() < new.catalogue.valid_from {
        return Err(Error::refused(
            format!("生效日期早于目录所写的 valid_from（{}）", new.catalogue.valid_from),
            format!("it would come into force before its valid_from, {}", new.catalogue.valid_from),
        ));
    }
    Ok(new)
}

/// Brings a text into force, in a transaction of the caller's, who holds the journal since `now`.
pub(super) async fn bring(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    kind: RuleKind,
    text: String,
    from: Instant,
    (proposal, now): (uuid::Uuid, Instant),
) -> Result<(), Error> {
    let new = acceptable(app, tx, kind, &text, from).await?;
    let mut last = rule_versions::of(tx, kind).await?.first().map_or(0, |last| last.number);
    if last == 0 {
        // What held until now came with the program: it stays reachable, whatever becomes of the files.
        let body = app.0.reference.texts.of(kind).to_owned();
        let (id, version) = stated(&app.0.reference, kind);
        last = 1;
        let first = RuleVersion {
            kind,
            number: last,
            id: id.to_owned(),
            version: version.to_owned(),
            digest: seal::digest(body.as_bytes()),
            body,
            effective_from: Instant::from_millis(0),
            proposal: None,
            stored_at: now,
        };
        rule_versions::add(tx, &first).await?;
    }
    let (id, version) = stated(&new, kind);
    let next = RuleVersion {
        kind,
        number: last + 1,
        id: id.to_owned(),
        version: version.to_owned(),
        digest: seal::digest(text.as_bytes()),
        body: text,
        effective_from: from,
        proposal: Some(proposal),
        stored_at: now,
    };
    rule_versions::add(tx, &next).await?;
    let details = json!({ "kind": kind, "id": id, "version": version, "number": next.number, "from": from,
        "text": next.digest });
    record(tx, now, actor, "change-rules", kind.word().to_owned(), details).await?;
    Ok(())
}
