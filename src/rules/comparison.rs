//! What differs between two reports about one subject: a pure function of their facts.
//!
//! Comparing is even-handed: exchanging the two reports exchanges what came and what went, and a report has no difference
//! from itself. When data were received, and in which version, is not compared: only what a reader would see.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::catalogue::DomainId;
use super::coverage::Gap;
use super::facts::{Bilingual, Conclusion, DomainFacts, Facts, RecordFacts};
use super::period::Period;
use super::words::told;

told! {
    /// A part of a record that may differ.
    RecordField:
    Kind = "kind", "记录种类", "kind of record";
    DocumentNumber = "document-number", "决定书文号", "document number";
    Violation = "violation", "违法行为类型", "kind of violation";
    Facts = "facts", "违法事实", "what happened";
    Basis = "basis", "处罚依据", "legal basis";
    Sanctions = "sanctions", "处罚类别", "kinds of penalty";
    Content = "content", "处罚内容", "the penalty";
    Amounts = "amounts", "罚没金额", "fine and confiscation";
    Permit = "permit", "证照", "permit";
    DecidedOn = "decided-on", "决定日期", "day of the decision";
    EffectiveUntil = "effective-until", "处罚有效期", "in force until";
    PublicityUntil = "publicity-until", "公示截止期", "published until";
    Organ = "organ", "处罚机关", "the organ that decided";
    Source = "source", "数据来源单位", "the body that sent it";
    Remark = "remark", "备注", "remark";
    Procedure = "procedure", "处罚程序", "procedure";
    Marks = "marks", "状态标注", "marks";
}

/// Two reports, side by side: only what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The days of the first and of the second, where they are not the same.
    pub periods: Option<(Period, Period)>,
    /// Whether repaired records are shown in the first and in the second, where that is not the same.
    pub include_repaired: Option<(bool, bool)>,
    /// The domains that differ, by their codes.
    pub domains: Vec<DomainDifference>,
}

/// A domain in which two reports differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainDifference {
    /// The domain.
    pub id: DomainId,
    /// Its short code.
    pub code: String,
    /// Its name.
    pub name: Bilingual,
    /// What the first says; `None` where it was not asked about the domain.
    pub first: Option<Said>,
    /// What the second says.
    pub second: Option<Said>,
    /// The records that differ, by their ids.
    pub records: Vec<RecordDifference>,
}

/// What a report says of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The conclusion.
    pub conclusion: Conclusion,
    /// How many records it shows.
    pub records: u32,
    /// The days it leaves open.
    pub gaps: Vec<Gap>,
}

/// A record in which two reports differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordDifference {
    /// Only the second shows it.
    Came(Box<RecordFacts>),
    /// Only the first shows it.
    Went(Box<RecordFacts>),
    /// Both show it, and say different things.
    Changed {
        /// As the first shows it.
        first: Box<RecordFacts>,
        /// As the second shows it.
        second: Box<RecordFacts>,
        /// What differs; at least one.
        fields: Vec<RecordField>,
    },
}

/// Compares two reports.
#[must_use]
pub fn compare(first: &Facts, second: &Facts) -> Comparison {
    let mut lines: BTreeMap<(&str, &DomainId), [Option<&DomainFacts>; 2]> = BTreeMap::new();
    for (at, facts) in [first, second].into_iter().enumerate() {
        for line in &facts.domains {
            lines.entry((&line.code, &line.id)).or_default()[at] = Some(line);
        }
    }
    let domains = lines.into_values().filter_map(|[one, other]| {
        let line = one.or(other)?;
        let difference = DomainDifference {
            id: line.id.clone(),
            code: line.code.clone(),
            name: line.name.clone(),
            first: one.map(Said::of),
            second: other.map(Said::of),
            records: records(first, second, &line.id),
        };
        let same = difference.first == difference.second && difference.records.is_empty();
        (!same).then_some(difference)
    });
    Comparison {
        periods: unlike(first.request.period, second.request.period),
        include_repaired: unlike(first.request.include_repaired, second.request.include_repaired),
        domains: domains.collect(),
    }
}

/// Both, where they are not the same.
fn unlike<T: PartialEq>(one: T, other: T) -> Option<(T, T)> {
    if one == other { None } else { Some((one, other)) }
}

impl Comparison {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same comparison with the two reports exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        let domains = self.domains.into_iter().map(|it| DomainDifference {
            first: it.second,
            second: it.first,
            records: it.records.into_iter().map(RecordDifference::mirrored).collect(),
            ..it
        });
        Self {
            periods: self.periods.map(|(one, other)| (other, one)),
            include_repaired: self.include_repaired.map(|(one, other)| (other, one)),
            domains: domains.collect(),
        }
    }
}

impl Said {
    fn of(line: &DomainFacts) -> Self {
        Self { conclusion: line.conclusion, records: line.records, gaps: line.gaps.clone() }
    }
}

impl RecordDifference {
    fn mirrored(self) -> Self {
        match self {
            Self::Came(record) => Self::Went(record),
            Self::Went(record) => Self::Came(record),
            Self::Changed { first, second, fields } => Self::Changed { first: second, second: first, fields },
        }
    }
}

/// The records of one domain that came, went or changed.
fn records(first: &Facts, second: &Facts, domain: &DomainId) -> Vec<RecordDifference> {
    let mut pairs: BTreeMap<Uuid, [Option<&RecordFacts>; 2]> = BTreeMap::new();
    for (at, facts) in [first, second].into_iter().enumerate() {
        for record in facts.records.iter().filter(|record| record.domain == *domain) {
            pairs.entry(record.id).or_default()[at] = Some(record);
        }
    }
    let difference = |pair: [Option<&RecordFacts>; 2]| match pair {
        [Some(one), Some(other)] => {
            let fields = fields(one, other);
            let boxed = |record: &RecordFacts| Box::new(record.clone());
            let changed =
                RecordDifference::Changed { first: boxed(one), second: boxed(other), fields: fields.clone() };
            (!fields.is_empty()).then_some(changed)
        }
        [Some(one), None] => Some(RecordDifference::Went(Box::new(one.clone()))),
        [None, Some(other)] => Some(RecordDifference::Came(Box::new(other.clone()))),
        [None, None] => None,
    };
    pairs.into_values().filter_map(difference).collect()
}

/// The parts in which two showings of a record differ.
fn fields(one: &RecordFacts, other: &RecordFacts) -> Vec<RecordField> {
    let differs = |field: &RecordField| match field {
        RecordField::Kind => one.kind != other.kind,
        RecordField::DocumentNumber => one.document_number != other.document_number,
        RecordField::Violation => one.violation != other.violation,
        RecordField::Facts => one.facts != other.facts,
        RecordField::Basis => one.basis != other.basis,
        RecordField::Sanctions => {
            (&one.sanctions, &one.sanction_other) != (&other.sanctions, &other.sanction_other)
        }
        RecordField::Content => one.content != other.content,
        RecordField::Amounts => (one.fine, one.confiscated) != (other.fine, other.confiscated),
        RecordField::Permit => one.permit != other.permit,
        RecordField::DecidedOn => one.decided_on != other.decided_on,
        RecordField::EffectiveUntil => one.effective_until != other.effective_until,
        RecordField::PublicityUntil => one.publicity_until != other.publicity_until,
        RecordField::Organ => (one.organ, &one.organ_name) != (other.organ, &other.organ_name),
        RecordField::Source => one.source_name != other.source_name,
        RecordField::Remark => one.remark != other.remark,
        RecordField::Procedure => one.procedure != other.procedure,
        RecordField::Marks => (&one.marks, one.repaired_on) != (&other.marks, other.repaired_on),
    };
    RecordField::ALL.iter().copied().filter(|field| differs(field)).collect()
}
