//! Selecting and concluding: what is known becomes what a report says. A pure function.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use time::Date;
use uuid::Uuid;

use super::catalogue::{Catalogue, Domain, DomainId, Profile};
use super::coverage::{self, Authority, Declaration, Gap, GapReason};
use super::facts::{
    AuthorityFacts, Basis, Bilingual, Capacity, Channel, Conclusion, DomainFacts, Facts, Issuer, Mark, Named,
    RecordFacts, RequestFacts, SubjectFacts, Summary,
};
use super::instant::Instant;
use super::period::{BadPeriod, Period};
use super::policy::{Policy, RepairRule};
use super::record::Version;
use super::report_number::ReportNumber;
use super::subject::{RelationKind, Subject};

/// A row that names this subject only by name, or that was rejected: what it tells may be missing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its domain.
    pub domain: DomainId,
    /// Day of its decision; it may be any where that cannot be read.
    pub decided_on: Option<Date>,
    /// When it came.
    pub received_at: Instant,
    /// When somebody decided whose it is, or a good row came in its place.
    pub resolved_at: Option<Instant>,
}

/// What is known: read in one snapshot. Rows received after the instant asked about are ignored, so that more may be
/// handed in than is needed.
#[derive(Clone, Debug)]
pub struct Known {
    /// The subject.
    pub subject: Subject,
    /// Branches known of it; they are subjects of their own.
    pub branches: u32,
    /// Versions of its records (and of subjects merged into it).
    pub versions: Vec<Version>,
    /// Candidates.
    pub candidates: Vec<Candidate>,
    /// The authorities.
    pub authorities: Vec<Authority>,
    /// Their declarations, all versions or the newest.
    pub declarations: Vec<Declaration>,
}

/// The rules in force.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'a> {
    /// The domains there are.
    pub catalogue: &'a Catalogue,
    /// The domains of this place.
    pub profile: &'a Profile,
    /// Which records count.
    pub policy: &'a Policy,
    /// Who issues.
    pub issuer: &'a Issuer,
}

/// A request, with the number and the instants the report gets.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The report's number.
    pub number: ReportNumber,
    /// When it is issued.
    pub issued_at: Instant,
    /// What was known then counts.
    pub as_of: Instant,
    /// The domains, in any order.
    pub domains: Vec<DomainId>,
    /// The days.
    pub period: Period,
    /// Show repaired records with a mark, by the subject's own choice.
    pub include_repaired: bool,
    /// What for.
    pub purpose: Option<Bilingual>,
    /// Who asks, by name.
    pub applicant: String,
    /// As what.
    pub capacity: Capacity,
    /// How.
    pub channel: Channel,
}

/// Why no facts can be drawn up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No domain was chosen.
    #[error("no domain was chosen: choose at least one, or `all`")]
    NoDomain,
    /// A domain that the catalogue does not have.
    #[error("{0} is not a domain of the catalogue: see the list of domains")]
    UnknownDomain(DomainId),
    /// The period cannot be asked for.
    #[error(transparent)]
    Period(#[from] BadPeriod),
}

/// Draws up the facts. The same arguments give the same facts at any later time.
pub fn draw_up(known: &Known, rules: InForce<'_>, asked: Asked) -> Result<Facts, Refusal> {
    let issued_on = asked.issued_at.local_day();
    Period::asked(asked.period.from, asked.period.to, issued_on, rules.policy.longest_years)?;
    let domains = chosen(&asked.domains, rules)?;
    let repaired = match rules.policy.repair_rule(issued_on) {
        RepairRule::Hide if asked.include_repaired => RepairRule::Mark,
        rule => rule,
    };

    let newest = newest(&known.versions, asked.as_of);
    let mut lines = Vec::with_capacity(domains.len());
    let mut records = Vec::new();
    for domain in domains {
        let mut shown = one_for_each_key(newest.iter().copied().filter(|version| {
            version.domain == domain.id && counts(version, asked.period, rules.policy, repaired)
        }));
        shown.sort_by_key(|v| (Reverse(v.details.decided_on), v.document_number.clone(), v.record));
        lines.push(line(domain, shown.len(), known, &asked));
        records.extend(shown.into_iter().map(|version| record(version, asked.as_of)));
    }

    let summary = summary(&lines, &records);
    Ok(Facts {
        format: Facts::FORMAT.to_owned(),
        number: asked.number,
        issued_at: asked.issued_at,
        as_of: asked.as_of,
        issuer: rules.issuer.clone(),
        subject: subject(known),
        request: RequestFacts {
            applicant: asked.applicant,
            capacity: asked.capacity,
            channel: asked.channel,
            purpose: asked.purpose,
            period: asked.period,
            include_repaired: asked.include_repaired,
        },
        basis: basis(rules, repaired),
        summary,
        domains: lines,
        records,
    })
}

/// The domains asked for, once each and in printing order. One that this place does not have is not left out: nobody
/// answers for it here, so that it comes out as not covered.
fn chosen<'a>(asked: &[DomainId], rules: InForce<'a>) -> Result<Vec<&'a Domain>, Refusal> {
    let asked: BTreeSet<&DomainId> = asked.iter().collect();
    let mut domains = Vec::with_capacity(asked.len());
    for id in asked {
        let domain = rules.catalogue.get(id);
        domains.push(domain.ok_or_else(|| Refusal::UnknownDomain(id.clone()))?);
    }
    domains.sort_by_key(|domain| rules.catalogue.rank(&domain.id));
    if domains.is_empty() { Err(Refusal::NoDomain) } else { Ok(domains) }
}

/// The newest version of each record that was known at an instant.
fn newest(versions: &[Version], as_of: Instant) -> Vec<&Version> {
    let mut newest: HashMap<Uuid, &Version> = HashMap::new();
    for version in versions.iter().filter(|version| version.received_at <= as_of) {
        let kept = newest.entry(version.record).or_insert(version);
        if (kept.received_at, kept.number) < (version.received_at, version.number) {
            *kept = version;
        }
    }
    newest.into_values().collect()
}

/// One version for each key, the one received last, whoever of the subjects that were merged it was sent for: one decision is one record
/// (4.3, step 7 of the rules of selection). They are told apart after selection, so that a record that is not shown never hides one that is.
fn one_for_each_key<'a>(versions: impl Iterator<Item = &'a Version>) -> Vec<&'a Version> {
    let mut kept: BTreeMap<_, &Version> = BTreeMap::new();
    for version in versions {
        let key = (version.organ, &version.document_number, version.kind);
        let kept = kept.entry(key).or_insert(version);
        if (kept.received_at, kept.record) < (version.received_at, version.record) {
            *kept = version;
        }
    }
    kept.into_values().collect()
}

/// Whether a version is shown.
fn counts(version: &Version, period: Period, policy: &Policy, repaired: RepairRule) -> bool {
    let standing = &version.standing;
    period.contains(version.details.decided_on)
        && !standing.withdrawn
        && standing.annulled.is_none()
        && policy.includes(&version.domain, version.kind, &version.details)
        && (standing.repaired.is_none() || repaired == RepairRule::Mark)
}

/// A line of the table: the conclusion for one domain.
fn line(domain: &Domain, records: usize, known: &Known, asked: &Asked) -> DomainFacts {
    let (period, today) = (asked.period, asked.as_of.local_day());
    let mut gaps = BTreeSet::new();
    let mut authorities = Vec::new();
    for authority in known.authorities.iter().filter(|authority| authority.domains.contains(&domain.id)) {
        let declared = known
            .declarations
            .iter()
            .filter(|d| {
                d.authority == authority.code && d.domain == domain.id && d.received_at <= asked.as_of
            })
            .max_by_key(|d| {
                // Of two that came at the same instant, the one that claims less.
                let less = (Reverse(d.complete_through), d.data_from, Reverse(d.declared_lag_days));
                (d.received_at, less, d.last_success_at)
            });
        gaps.extend(coverage::gaps(period, today, declared));
        authorities.push(AuthorityFacts {
            code: authority.code,
            name: Bilingual { zh: authority.zh.clone(), en: authority.en.clone() },
            data_from: declared.map(|d| d.data_from),
            complete_through: declared.map(|d| d.complete_through),
            declared_lag_days: declared.map(|d| d.declared_lag_days),
            last_success_at: declared.map(|d| d.last_success_at),
        });
    }
    let whole = |reason| Gap { from: period.from, to: period.to, reason };
    if authorities.is_empty() {
        gaps.insert(whole(GapReason::NoAuthority));
    }
    let open = |candidate: &&Candidate| {
        candidate.domain == domain.id
            && candidate.received_at <= asked.as_of
            && candidate.resolved_at.is_none_or(|at| at > asked.as_of)
            && candidate.decided_on.is_none_or(|day| period.contains(day))
    };
    gaps.extend(known.candidates.iter().filter(open).map(|candidate| Gap {
        from: candidate.decided_on.unwrap_or(period.from),
        to: candidate.decided_on.unwrap_or(period.to),
        reason: GapReason::UnconfirmedCandidate,
    }));
    authorities.sort_by_key(|authority| authority.code);
    DomainFacts {
        id: domain.id.clone(),
        code: domain.code.clone(),
        name: Bilingual { zh: domain.zh.clone(), en: domain.en.clone() },
        authorities,
        conclusion: match (records, gaps.is_empty()) {
            (1.., _) => Conclusion::Found,
            (0, false) => Conclusion::NotCovered,
            (0, true) => Conclusion::None,
        },
        records: u32::try_from(records).unwrap_or(u32::MAX),
        gaps: gaps.into_iter().collect(),
    }
}

/// A record as the report shows it.
fn record(version: &Version, as_of: Instant) -> RecordFacts {
    let (details, standing) = (version.details.clone(), &version.standing);
    let suspended = standing.suspended_from.is_some()
        && standing.suspended_until.is_none_or(|until| until >= as_of.local_day());
    let mut marks = Vec::new();
    if let Some(repair) = &standing.repaired {
        marks.push(if repair.on_commitment { Mark::RepairedOnCommitment } else { Mark::Repaired });
    }
    marks.extend(standing.disputed.then_some(Mark::Disputed));
    marks.extend(suspended.then_some(Mark::Suspended));
    marks.extend(standing.corrected.then_some(Mark::Corrected));
    RecordFacts {
        id: version.record,
        version: version.number,
        domain: version.domain.clone(),
        kind: version.kind,
        document_number: details.document_number,
        violation: details.violation,
        facts: details.facts,
        basis: details.basis,
        sanctions: details.sanctions,
        sanction_other: details.sanction_other,
        content: details.content,
        fine: details.fine,
        confiscated: details.confiscated,
        permit: details.permit,
        decided_on: details.decided_on,
        effective_until: details.effective_until,
        publicity_until: details.publicity_until,
        organ_name: details.organ_name,
        organ: version.organ,
        source_name: details.source_name,
        remark: details.remark,
        procedure: details.procedure,
        received_at: version.received_at,
        marks,
        repaired_on: standing.repaired.as_ref().map(|repair| repair.repaired_on),
    }
}

/// The subject as the report shows it.
fn subject(known: &Known) -> SubjectFacts {
    let subject = &known.subject;
    let registration = subject.registration.clone();
    let merged = subject.relations.iter().any(|relation| relation.kind == RelationKind::MergedInto);
    SubjectFacts {
        kind: subject.kind,
        scheme: subject.code.scheme,
        code: subject.code.shown(),
        name: subject.shown_name(),
        former_names: match subject.kind {
            super::subject::SubjectKind::NaturalPerson => Vec::new(),
            _ => subject.names.iter().filter(|n| n.to.is_some()).map(|n| n.name.clone()).collect(),
        },
        other_codes: subject.aliases.iter().map(super::subject::SubjectCode::shown).collect(),
        representative: registration.representative,
        address: registration.address,
        registration_authority: registration.authority,
        established_on: registration.established_on,
        state: registration.state.or(merged.then(|| "已并入其他主体".to_owned())),
        source: registration.source,
        source_on: registration.source_on,
        branches_left_out: known.branches,
    }
}

/// The rules as the report names them.
fn basis(rules: InForce<'_>, repaired: RepairRule) -> Basis {
    let InForce { catalogue, profile, policy, .. } = rules;
    let named = |id: &str, version: &str, zh: &str, en: &str| Named {
        id: id.to_owned(),
        version: version.to_owned(),
        text: Bilingual { zh: zh.to_owned(), en: en.to_owned() },
    };
    Basis {
        catalogue: named(&catalogue.id, &catalogue.version, &catalogue.zh, &catalogue.en),
        profile: named(&profile.id, &profile.version, &profile.note_zh, &profile.note_en),
        policy: named(&policy.id, &policy.version, &policy.zh, &policy.en),
        repaired,
    }
}

/// Counts what is shown.
fn summary(lines: &[DomainFacts], records: &[RecordFacts]) -> Summary {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let with = |conclusion| count(lines.iter().filter(|line| line.conclusion == conclusion).count());
    let marked =
        |marks: &[Mark]| count(records.iter().filter(|r| r.marks.iter().any(|m| marks.contains(m))).count());
    Summary {
        domains: count(lines.len()),
        found: with(Conclusion::Found),
        none: with(Conclusion::None),
        not_covered: with(Conclusion::NotCovered),
        records: count(records.len()),
        repaired: marked(&[Mark::Repaired, Mark::RepairedOnCommitment]),
        disputed: marked(&[Mark::Disputed]),
    }
}
