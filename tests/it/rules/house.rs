//! A place with three domains, its authorities, and an enterprise with a fine: change what the test is about, leave the
//! rest. Every subject is fictional.

use std::collections::BTreeMap;

use mingzheng::rules::facts::{Bilingual, Capacity, Channel, Conclusion, DomainFacts, Issuer};
use mingzheng::rules::{
    Asked, Authority, Catalogue, Counts, CreditCode, Declaration, Details, DomainId, Facts, Fen, Further,
    InForce, Instant, Known, Name, Operation, Period, Policy, Procedure, Profile, RecordKind, Refusal,
    Registration, RepairFrom, RepairRule, ReportNumber, Sanction, Standing, Subject, SubjectKind, Version,
    draw_up, parse_day,
};
use time::Date;
use uuid::Uuid;

/// Every decision a test does not date was received then.
pub(crate) const RECEIVED: &str = "2024-03-20T09:00:00+08:00";

pub(crate) fn day(text: &str) -> Date {
    parse_day(text).unwrap()
}

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(crate) fn code(text: &str) -> CreditCode {
    text.parse().unwrap()
}

pub(crate) fn parent() -> CreditCode {
    code("91310115MATE5T017A")
}

pub(crate) fn fire() -> DomainId {
    "fire-rescue".parse().unwrap()
}

pub(crate) fn market() -> DomainId {
    "market-regulation".parse().unwrap()
}

/// A domain that nobody answers for.
pub(crate) fn film() -> DomainId {
    "film".parse().unwrap()
}

pub(crate) fn catalogue() -> Catalogue {
    let domain = |id: &str, code: &str, zh: &str| {
        format!(
            "[[domain]]\nid = {id:?}\ncode = {code:?}\nzh = {zh:?}\nen = {id:?}\nauthority_zh = \"局\"\nauthority_en = \"Bureau\"\n"
        )
    };
    let head = "id = \"test\"\nversion = \"1\"\nvalid_from = \"2024-01-01\"\nzh = \"测试目录\"\nen = \"A catalogue for tests\"\n";
    let domains = [
        domain("market-regulation", "D001", "市场监管"),
        domain("fire-rescue", "D010", "消防"),
        domain("film", "D035", "电影"),
        domain("customs", "D042", "海关"),
    ];
    Catalogue::parse(&format!("{head}{}", domains.concat())).unwrap()
}

/// The place has no customs of its own.
pub(crate) fn profile() -> Profile {
    let text = "id = \"here\"\nversion = \"1\"\nterritory_zh = \"本市\"\nterritory_en = \"This city\"\nnote_zh = \"可编辑\"\nnote_en = \"Editable\"\ndomains = [\"market-regulation\", \"fire-rescue\", \"film\"]\n";
    Profile::parse(text, &catalogue()).unwrap()
}

/// `ndrc-2025`: marked before 2026-04-01, hidden from then on.
pub(crate) fn ndrc() -> Policy {
    Policy {
        id: "ndrc-2025".into(),
        version: "1".into(),
        zh: "行政处罚(含简易程序)、行政强制、刑事、严重失信主体名单".into(),
        en: "Penalties, also by summary procedure; compulsory measures; crimes; serious dishonesty".into(),
        longest_years: 5,
        counts: Counts {
            ordinary: true,
            summary: true,
            warnings_only: true,
            dishonesty_list: true,
            abnormal_list: false,
            compulsory_measure: true,
            criminal: true,
            court_enforcement: false,
            dishonesty_domains: None,
        },
        repaired: vec![
            RepairFrom { from: day("2023-05-01"), rule: RepairRule::Mark },
            RepairFrom { from: day("2026-04-01"), rule: RepairRule::Hide },
        ],
    }
}

/// `zj-2023`: no summary procedure.
pub(crate) fn zhejiang() -> Policy {
    let counts =
        Counts { summary: false, dishonesty_list: false, compulsory_measure: false, ..ndrc().counts };
    Policy { id: "zj-2023".into(), counts, ..ndrc() }
}

/// A policy with one rule for repaired records, whatever the day of issue.
pub(crate) fn repaired_are(rule: RepairRule) -> Policy {
    Policy { repaired: vec![RepairFrom { from: day("2023-05-01"), rule }], ..ndrc() }
}

pub(crate) fn issuer() -> Issuer {
    Issuer {
        name: both("某市公共信用信息服务中心", "A Municipal Public Credit Centre"),
        territory: both("本市", "This city"),
        origin: "https://verify.example.cn".into(),
    }
}

pub(crate) fn both(zh: &str, en: &str) -> Bilingual {
    Bilingual { zh: zh.into(), en: en.into() }
}

/// An enterprise with a past.
pub(crate) fn subject() -> Subject {
    Subject {
        id: Uuid::from_u128(1),
        kind: SubjectKind::Enterprise,
        code: parent().into(),
        names: vec![Name { name: "明证测试科技有限公司".into(), from: None, to: None }],
        aliases: vec![],
        registration: Registration::default(),
        relations: vec![],
    }
}

pub(crate) fn fire_brigade() -> Authority {
    authority("11310000MBTE5T096W", &[fire()])
}

pub(crate) fn market_bureau() -> Authority {
    authority("52310000MJTE5T0876", &[market()])
}

pub(crate) fn authority(of: &str, domains: &[DomainId]) -> Authority {
    Authority {
        code: code(of),
        zh: "某市某局".into(),
        en: "A municipal bureau".into(),
        contact: None,
        domains: domains.to_vec(),
        organs: vec![],
    }
}

/// Everything from 2020 on is complete through yesterday, with a week of delay.
pub(crate) fn complete(authority: &Authority, domain: DomainId) -> Declaration {
    Declaration {
        authority: authority.code,
        domain,
        data_from: day("2020-01-01"),
        complete_through: day("2026-11-21"),
        declared_lag_days: 7,
        last_success_at: at("2026-11-22T03:00:00+08:00"),
        nothing_to_report: false,
        received_at: at("2026-11-22T03:00:00+08:00"),
    }
}

/// A fine by the fire brigade, decided on 2024-03-10 and received on 2024-03-20 at nine.
pub(crate) fn fine() -> Version {
    Version {
        record: Uuid::from_u128(0x10),
        number: 1,
        operation: Operation::Insert,
        kind: RecordKind::Penalty,
        domain: fire(),
        subject: subject().id,
        organ: fire_brigade().code,
        document_number: "沪消行罚决字〔2024〕第0001号".into(),
        upload: Uuid::from_u128(0xf0),
        row: 1,
        received_at: at(RECEIVED),
        details: details(),
        standing: Standing::default(),
    }
}

pub(crate) fn details() -> Details {
    Details {
        subject_name: "明证测试科技有限公司".into(),
        document_number: "沪消行罚决字﹝2024﹞第0001号".into(),
        violation: "消防设施未保持完好有效".into(),
        facts: "疏散通道堆放杂物。".into(),
        basis: "《中华人民共和国消防法》第六十条".into(),
        sanctions: vec![Sanction::Fine],
        sanction_other: None,
        content: "罚款人民币五千元".into(),
        fine: Some(Fen::from_yuan(5_000)),
        confiscated: None,
        permit: None,
        decided_on: day("2024-03-10"),
        effective_until: None,
        publicity_until: None,
        organ_name: "某市消防救援支队".into(),
        source_name: "某市消防救援支队".into(),
        source_code: fire_brigade().code,
        remark: None,
        procedure: Procedure::Ordinary,
        further: Further::default(),
        unknown: BTreeMap::new(),
    }
}

/// The next version of a record: what it says or where it stands has changed.
pub(crate) fn then(
    earlier: &Version,
    operation: Operation,
    received_at: &str,
    standing: Standing,
) -> Version {
    Version {
        number: earlier.number + 1,
        operation,
        received_at: at(received_at),
        standing,
        ..earlier.clone()
    }
}

/// The fine and nothing else, every authority complete.
pub(crate) fn known() -> Known {
    Known {
        subject: subject(),
        branches: 0,
        versions: vec![fine()],
        candidates: vec![],
        authorities: vec![fire_brigade(), market_bureau()],
        declarations: vec![complete(&fire_brigade(), fire()), complete(&market_bureau(), market())],
    }
}

/// The fine through these versions.
pub(crate) fn with_versions(versions: &[Version]) -> Known {
    Known { versions: versions.to_vec(), ..known() }
}

/// Nothing on record.
pub(crate) fn clean() -> Known {
    with_versions(&[])
}

pub(crate) fn year_2024() -> Period {
    period("2024-01-01", "2024-12-31")
}

pub(crate) fn period(from: &str, to: &str) -> Period {
    Period { from: day(from), to: day(to) }
}

/// The fire domain over the year 2024, asked by the enterprise itself on 2026-11-22 at noon.
pub(crate) fn asked() -> Asked {
    let now = at("2026-11-22T12:00:00+08:00");
    Asked {
        number: ReportNumber::new("MZCR", now.local_day(), [7; 8]),
        issued_at: now,
        as_of: now,
        domains: vec![fire()],
        period: year_2024(),
        include_repaired: false,
        purpose: None,
        applicant: "明证测试科技有限公司".into(),
        capacity: Capacity::Own,
        channel: Channel::Portal,
    }
}

/// What the platform said, or would have said, at an instant; drawn up today, as an operator does.
pub(crate) fn as_of(instant: &str) -> Asked {
    Asked { as_of: at(instant), ..asked() }
}

/// Asked and issued on the same day.
pub(crate) fn issued_at(instant: &str) -> Asked {
    Asked { issued_at: at(instant), ..as_of(instant) }
}

pub(crate) fn report(known: &Known, asked: Asked) -> Facts {
    report_under(&ndrc(), known, asked)
}

pub(crate) fn report_under(policy: &Policy, known: &Known, asked: Asked) -> Facts {
    try_report(policy, known, asked).unwrap()
}

pub(crate) fn try_report(policy: &Policy, known: &Known, asked: Asked) -> Result<Facts, Refusal> {
    let (catalogue, profile, issuer) = (catalogue(), profile(), issuer());
    let rules = InForce { catalogue: &catalogue, profile: &profile, policy, issuer: &issuer };
    draw_up(known, rules, asked)
}

/// The line of one domain.
pub(crate) fn line<'a>(facts: &'a Facts, domain: &DomainId) -> &'a DomainFacts {
    facts.domains.iter().find(|line| line.id == *domain).unwrap()
}

/// The conclusion on the fire domain.
pub(crate) fn conclusion(facts: &Facts) -> Conclusion {
    line(facts, &fire()).conclusion
}

/// Whether the fine stands in the report.
pub(crate) fn shows_fine(facts: &Facts) -> bool {
    let shown = facts.records.iter().any(|record| record.id == fine().record);
    assert_eq!(
        shown,
        conclusion(facts) == Conclusion::Found,
        "the table and the details contradict each other"
    );
    shown
}
