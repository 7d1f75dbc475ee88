//! What changed since a report was issued: a pure function of its facts and of what the same question would get now.
//!
//! It is told to whoever verifies the report, and therefore only as counts: how many records, by domain and by what became of
//! them, within the domains and days of the report. Which records they are, whoever asks for a fresh report learns.

use std::collections::BTreeMap;

use super::catalogue::DomainId;
use super::comparison::{DomainDifference, RecordDifference, RecordField, compare};
use super::coverage::GapReason;
use super::facts::{Bilingual, DomainFacts, Facts, Mark, RecordFacts};
use super::record::{Operation, Version};
use super::words::told;

told! {
    /// What became of a record since.
    Became:
    Added = "added", "新增", "new";
    Corrected = "corrected", "更正", "corrected";
    Repaired = "repaired", "修复", "repaired";
    RepairRevoked = "repair-revoked", "修复被撤销", "no longer repaired";
    Disputed = "disputed", "进入异议", "now disputed";
    Settled = "settled", "异议办结", "no longer disputed";
    Suspended = "suspended", "暂缓执行", "suspended";
    Withdrawn = "withdrawn", "撤回", "withdrawn";
    Annulled = "annulled", "决定被撤销", "annulled";
}

told! {
    /// What became of the data of a domain since.
    CoverageBecame:
    Complete = "complete", "数据已补全", "its data are complete by now";
    Incomplete = "incomplete", "数据现不完整", "its data are incomplete now";
}

/// What changed in a domain since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSince {
    /// The domain.
    pub id: DomainId,
    /// Its short code.
    pub code: String,
    /// Its name.
    pub name: Bilingual,
    /// How many records, by what became of them. One that was changed twice counts for each.
    pub records: Vec<(Became, u32)>,
    /// What became of its data.
    pub coverage: Option<CoverageBecame>,
}

/// What changed since a report was issued, in the order of the report's domains; empty where nothing did.
///
/// `newest` are the versions of records that hold now, within the report's domains and days. That time passes is no change: neither that
/// data grow old, nor that a suspension ends by itself.
#[must_use]
pub fn since(then: &Facts, present: &Facts, newest: &[Version]) -> Vec<DomainSince> {
    let mut differences = compare(then, present).domains;
    let place = |id: &DomainId| then.domains.iter().position(|line| line.id == *id);
    differences.sort_by_key(|difference| place(&difference.id));
    let told = differences.into_iter().map(|difference| of_domain(difference, then, present, newest));
    told.filter(|told| !told.records.is_empty() || told.coverage.is_some()).collect()
}

fn of_domain(difference: DomainDifference, then: &Facts, present: &Facts, newest: &[Version]) -> DomainSince {
    let DomainDifference { id, code, name, records, .. } = difference;
    let line = |facts: &Facts| facts.domains.iter().find(|line| line.id == id).cloned();
    let coverage = line(then).zip(line(present)).and_then(|(then, present)| coverage(&then, &present));
    let mut counts: BTreeMap<Became, u32> = BTreeMap::new();
    for became in records.iter().flat_map(|record| became(record, newest)) {
        *counts.entry(became).or_default() += 1;
    }
    DomainSince { id, code, name, records: counts.into_iter().collect(), coverage }
}

/// What became of a record, at least one thing where it is not what it was.
fn became(record: &RecordDifference, newest: &[Version]) -> Vec<Became> {
    let holds = |record: &RecordFacts| newest.iter().find(|version| version.record == record.id);
    match record {
        RecordDifference::Came(record) => {
            let back = holds(record).is_some_and(|version| version.operation == Operation::RepairRevoked);
            vec![if back { Became::RepairRevoked } else { Became::Added }]
        }
        RecordDifference::Went(record) => vec![match holds(record).map(|version| &version.standing) {
            Some(standing) if standing.withdrawn => Became::Withdrawn,
            Some(standing) if standing.annulled.is_some() => Became::Annulled,
            Some(standing) if standing.repaired.is_some() => Became::Repaired,
            // It belongs elsewhere by now: to another domain, another day, or what is not counted.
            _ => Became::Corrected,
        }],
        RecordDifference::Changed { first, second, .. } if first.version == second.version => Vec::new(),
        RecordDifference::Changed { first, second, fields } => {
            let is = |record: &RecordFacts, marks: &[Mark]| record.marks.iter().any(|it| marks.contains(it));
            let turned = |marks: &[Mark]| (is(first, marks), is(second, marks));
            let corrected = fields.iter().any(|field| *field != RecordField::Marks);
            let repaired = turned(&[Mark::Repaired, Mark::RepairedOnCommitment]);
            let (disputed, suspended) = (turned(&[Mark::Disputed]), turned(&[Mark::Suspended]));
            let all = [
                (corrected, Became::Corrected),
                (repaired == (false, true), Became::Repaired),
                (repaired == (true, false), Became::RepairRevoked),
                (disputed == (false, true), Became::Disputed),
                (disputed == (true, false), Became::Settled),
                (suspended == (false, true), Became::Suspended),
            ];
            all.into_iter().filter_map(|(is, became)| is.then_some(became)).collect()
        }
    }
}

/// What became of the data of a domain. That nothing came since and the days of grace ran out is no change.
fn coverage(then: &DomainFacts, present: &DomainFacts) -> Option<CoverageBecame> {
    match (then.gaps.is_empty(), present.gaps.is_empty()) {
        (true, false) => {
            let late = present.gaps.iter().all(|gap| gap.reason == GapReason::LateFeed);
            (!late || went_back(then, present)).then_some(CoverageBecame::Incomplete)
        }
        (false, true) => Some(CoverageBecame::Complete),
        _ => None,
    }
}

/// Whether an authority now declares less than it did.
fn went_back(then: &DomainFacts, present: &DomainFacts) -> bool {
    present.authorities.iter().any(|now| {
        let before = then.authorities.iter().find(|it| it.code == now.code);
        before.is_none_or(|before| now.complete_through < before.complete_through)
    })
}
