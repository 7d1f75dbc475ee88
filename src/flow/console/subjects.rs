//! The subjects: who is known, under which names and codes and when, and how two that are one become one.
//!
//! Nothing is overwritten. A code that is added leads to the same subject from then on, and rows that named it and were kept aside hold
//! back its conclusions. Of two subjects that are one, the one is said to be merged into the other: records stay where they are,
//! reports about the other show both, and what was issued about either is superseded, so that no "none" outlives the merge.

use serde_json::json;
use uuid::Uuid;

use super::{Error, reason};
use crate::flow::record::record;
use crate::flow::{Actor, App, Listing, issue, moment, notices, withheld};
use crate::rules::{
    CreditCode, Instant, Relation, RelationKind, Scheme, Status, Subject, SubjectCode, SubjectKind, mask,
};
use crate::store::{self, Page, Tx, namesakes, reports, statuses, subjects};

/// Pairs of namesakes that are shown at a time.
const PAIRS: u32 = 50;
/// Reports read at a time.
const PAGE: u32 = 500;
/// Why reports about merged subjects do not stand any more.
const MERGED: &str = "主体已与另一主体合并 / the subject was merged with another one";

/// A subject in a list: persons are masked.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its id.
    pub id: Uuid,
    /// What kind of subject it is.
    pub kind: SubjectKind,
    /// Its present name.
    pub name: String,
    /// Its present code.
    pub code: String,
    /// It was merged into another one.
    pub merged: bool,
}

/// How a subject relates to another one.
#[derive(Clone, Debug)]
pub struct Related {
    /// How, and when.
    pub relation: Relation,
    /// The other one.
    pub other: Line,
}

/// A subject with everything that is registered of it.
#[derive(Clone, Debug)]
pub struct One {
    /// The subject; the names and codes of persons are masked.
    pub subject: Subject,
    /// How it relates to others.
    pub related: Vec<Related>,
    /// Who was merged into it, directly or through others.
    pub merged: Vec<Line>,
    /// Who has the same name and may be the same: of one of the two only codes without check characters are known.
    pub namesakes: Vec<Line>,
}

/// Two of whom one may be the other: nobody has merged them or told them apart.
#[derive(Clone, Debug)]
pub struct Namesakes {
    /// The one, of whom a credit code or organisation code is known.
    pub one: Line,
    /// The other, of whom only codes without check characters are.
    pub other: Line,
    /// Since when this is known.
    pub since: Instant,
}

fn line(subject: &Subject) -> Line {
    Line {
        id: subject.id,
        kind: subject.kind,
        name: subject.shown_name(),
        code: subject.code.shown(),
        merged: subject.merged_into().is_some(),
    }
}

/// A part of the subjects that have some code, or a name with some words in it; and how many they are.
pub async fn search(
    app: &App,
    actor: &Actor,
    words: Option<&str>,
    page: Listing,
) -> Result<(Vec<Line>, u32), Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let (ids, total) = subjects::search(&mut tx, words, page).await?;
    let mut lines = Vec::with_capacity(ids.len());
    for id in ids {
        lines.extend(subjects::by_id(&mut tx, id).await?.as_ref().map(line));
    }
    Ok((lines, total))
}

/// A subject.
pub async fn one(app: &App, actor: &Actor, id: Uuid) -> Result<One, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let mut subject = subjects::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let mut related = Vec::new();
    for relation in &subject.relations {
        if let Some(other) = subjects::by_id(&mut tx, relation.other).await? {
            related.push(Related { relation: relation.clone(), other: line(&other) });
        }
    }
    let mut merged = Vec::new();
    for other in subjects::with_merged(&mut tx, id).await?.into_iter().filter(|other| *other != id) {
        merged.extend(subjects::by_id(&mut tx, other).await?.as_ref().map(line));
    }
    let mut namesakes = Vec::new();
    for pair in namesakes::open(&mut tx, Some(id), PAIRS).await? {
        let who = if pair.subject == id { pair.other } else { pair.subject };
        namesakes.extend(subjects::by_id(&mut tx, who).await?.as_ref().map(line));
    }
    if subject.kind == SubjectKind::NaturalPerson {
        for name in &mut subject.names {
            name.name = mask::person_name(&name.name);
        }
    }
    for code in std::iter::once(&mut subject.code).chain(&mut subject.aliases) {
        code.value = code.shown();
    }
    Ok(One { subject, related, merged, namesakes })
}

/// The pairs of namesakes about whom somebody should decide, oldest first; not all of them where they are many.
pub async fn namesakes(app: &App, actor: &Actor) -> Result<Vec<Namesakes>, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let mut pairs = Vec::new();
    for pair in namesakes::open(&mut tx, None, PAIRS).await? {
        let one = subjects::by_id(&mut tx, pair.subject).await?;
        let other = subjects::by_id(&mut tx, pair.other).await?;
        if let (Some(one), Some(other)) = (one, other) {
            pairs.push(Namesakes { one: line(&one), other: line(&other), since: pair.since });
        }
    }
    Ok(pairs)
}

/// Says of two namesakes that they are not one: what is recorded of the one holds back nothing that is said of the other.
pub async fn tell_apart(app: &App, actor: &Actor, id: Uuid, namesake: Uuid, why: &str) -> Result<(), Error> {
    actor.may_operate()?;
    let why = reason(why)?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let pairs = namesakes::open(&mut tx, Some(id), u32::MAX).await?;
    let two = [(id, namesake), (namesake, id)];
    let pair = pairs.into_iter().find(|pair| two.contains(&(pair.subject, pair.other)));
    let pair = pair.ok_or_else(|| {
        Error::refused(
            "两者不是待确认的同名主体，或已有人处理",
            "the two are no open namesakes, or somebody has decided already",
        )
    })?;
    namesakes::tell_apart(&mut tx, pair.subject, pair.other, &actor.name, &why, now).await?;
    let one = subjects::by_id(&mut tx, pair.subject).await?.ok_or(Error::NotFound)?;
    let other = subjects::by_id(&mut tx, pair.other).await?.ok_or(Error::NotFound)?;
    let details = json!({ "other": other.code.shown(), "reason": why });
    record(&mut tx, now, actor, "namesakes-apart", one.code.shown(), details).await?;
    Ok(tx.commit().await?)
}

/// Some subjects, as lists show them.
pub async fn lines(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Line>, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let mut lines = Vec::with_capacity(ids.len());
    for id in ids {
        lines.extend(subjects::by_id(&mut tx, *id).await?.as_ref().map(line));
    }
    Ok(lines)
}

/// The subject that bears or bore a code; the one it was merged into, where it was.
pub async fn by_any_code(app: &App, actor: &Actor, code: &str) -> Result<Uuid, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let found = issue::find_subject(&mut tx, code).await?;
    let unknown = || Error::refused("没有此代码的主体", "no subject has this code");
    found.map(|subject| subject.id).ok_or_else(unknown)
}

/// Adds a code that the subject bears or bore.
pub async fn add_code(app: &App, actor: &Actor, id: Uuid, code: SubjectCode, why: &str) -> Result<(), Error> {
    actor.may_operate()?;
    let why = reason(why)?;
    let code = SubjectCode::new(code.scheme, &code.value);
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let mut subject = subjects::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    fits(&subject, &code)?;
    match subjects::by_code(&mut tx, &code).await? {
        Some(other) if other.id == id => {
            return Err(Error::refused("该主体已有此代码", "the subject has this code already"));
        }
        Some(_) => {
            return Err(Error::refused(
                "此代码属于另一主体；如为同一主体，请提出合并",
                "this code is another subject's: propose to merge the two if they are one",
            ));
        }
        None => {}
    }
    let scheme = code.scheme;
    subject.aliases.push(code);
    subjects::save(&mut tx, &subject, now).await?;
    withheld::made_known(&mut tx, std::slice::from_ref(&subject), &[], now).await?;
    let details = json!({ "scheme": scheme, "reason": why });
    record(&mut tx, now, actor, "code-add", subject.code.shown(), details).await?;
    Ok(tx.commit().await?)
}

/// Whether a code can be a subject's.
fn fits(subject: &Subject, code: &SubjectCode) -> Result<(), Error> {
    let is_person = subject.kind == SubjectKind::NaturalPerson;
    if is_person != (code.scheme == Scheme::IdentityNumber) {
        return Err(Error::refused(
            "自然人只有证件号码，其他主体没有证件号码",
            "persons have identity numbers only, and nobody else has one",
        ));
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '(' | ')');
    if code.value.is_empty() || code.value.chars().count() > 40 || !code.value.chars().all(plain) {
        return Err(Error::refused(
            "代码应为 1 至 40 个字母、数字或连字符",
            "a code has 1 to 40 letters, digits or hyphens",
        ));
    }
    match code.value.parse::<CreditCode>() {
        Err(error) if code.scheme == Scheme::CreditCode => {
            Err(Error::refused("不是有效的统一社会信用代码", error.to_string()))
        }
        _ => Ok(()),
    }
}

/// The two that would be merged, if they can be.
pub(super) async fn mergeable(tx: &mut Tx, from: Uuid, into: Uuid) -> Result<(Subject, Subject), Error> {
    let from = subjects::by_id(tx, from).await?.ok_or(Error::NotFound)?;
    let into = subjects::by_id(tx, into).await?.ok_or(Error::NotFound)?;
    if from.id == into.id {
        return Err(Error::refused("不能与自己合并", "a subject is not merged into itself"));
    }
    for one in [&from, &into] {
        if line(one).merged {
            let code = one.code.shown();
            return Err(Error::refused(
                format!("{code} 已并入其他主体，请选用并入后的主体"),
                format!("{code} was merged before: take the subject that it was merged into"),
            ));
        }
    }
    if (from.kind == SubjectKind::NaturalPerson) != (into.kind == SubjectKind::NaturalPerson) {
        return Err(Error::refused("自然人不能与其他主体合并", "a person is merged with persons only"));
    }
    Ok((from, into))
}

/// Merges one subject into another, in a transaction of the caller's, who holds the journal since `now`.
pub(super) async fn merge(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    from: Uuid,
    into: Uuid,
    now: Instant,
) -> Result<(), Error> {
    let (mut from, into) = mergeable(tx, from, into).await?;
    from.relations.push(Relation {
        kind: RelationKind::MergedInto,
        other: into.id,
        from: Some(now.local_day()),
        to: None,
    });
    subjects::save(tx, &from, now).await?;
    let superseded = merged(app, tx, actor, into.id, now).await?;
    let details = json!({ "into": into.code.shown(), "superseded": superseded });
    record(tx, now, actor, "merge", from.code.shown(), details).await?;
    Ok(())
}

/// Supersedes every live report about a subject into which somebody was merged, and about those that were; tells how many they are.
pub(in crate::flow) async fn merged(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    survivor: Uuid,
    now: Instant,
) -> Result<u32, store::Error> {
    let mut superseded = 0;
    for id in subjects::with_merged(tx, survivor).await? {
        superseded += supersede(app, tx, actor, id, now).await?;
    }
    Ok(superseded)
}

/// Supersedes every live report about a subject, and tells how many they are.
async fn supersede(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
    now: Instant,
) -> Result<u32, store::Error> {
    let (mut offset, mut superseded) = (0, 0);
    loop {
        let page = reports::by_subjects(tx, &[id], Page { offset, limit: PAGE }).await?;
        for report in &page {
            let Some(current) = statuses::current(tx, id, &report.number).await? else { continue };
            if !matches!(current.status, Status::Valid | Status::Disputed) {
                continue;
            }
            let event = statuses::Event {
                place: current.place + 1,
                status: Status::Superseded,
                since: now,
                reason: Some(MERGED.to_owned()),
                actor: actor.name.clone(),
            };
            statuses::add(tx, id, &report.number, &event).await?;
            notices::status(app, tx, report, &event).await?;
            superseded += 1;
        }
        if page.is_empty() {
            return Ok(superseded);
        }
        offset += PAGE;
    }
}
