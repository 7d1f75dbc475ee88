//! What every row of an upload and every report pays to the rules.

use std::collections::BTreeMap;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use mingzheng::rules::facts::{Bilingual, Capacity, Channel, Issuer};
use mingzheng::rules::{
    Asked, Authority, Catalogue, CreditCode, Declaration, Details, Facts, Fen, Further, InForce, Instant,
    Known, Name, Operation, Period, Policy, Procedure, Profile, RecordKind, Registration, ReportNumber,
    Sanction, Standing, Subject, SubjectKind, Version, draw_up, parse_day,
};
use time::Date;
use uuid::Uuid;

const SUBJECT: &str = "91310115MATE5T017A";
const AUTHORITY: &str = "11310000MBTE5T096W";

fn main() {
    divan::main();
}

fn day(text: &str) -> Date {
    parse_day(text).expect("a day")
}

fn code(text: &str) -> CreditCode {
    text.parse().expect("a code")
}

fn both(zh: &str, en: &str) -> Bilingual {
    Bilingual { zh: zh.into(), en: en.into() }
}

/// The 41 domains of the default place, under the default policy.
struct House {
    catalogue: Catalogue,
    profile: Profile,
    policy: Policy,
    issuer: Issuer,
    now: Instant,
}

impl House {
    fn new() -> Self {
        let catalogue = Catalogue::parse(include_str!("../data/catalogue.toml")).expect("the catalogue");
        let profile = include_str!("../data/profiles/shanghai.toml");
        Self {
            profile: Profile::parse(profile, &catalogue).expect("the profile"),
            catalogue,
            policy: Policy::parse(include_str!("../data/policies/ndrc-2025.toml")).expect("the policy"),
            issuer: Issuer {
                name: both("某市公共信用信息服务中心", "A Municipal Public Credit Centre"),
                territory: both("本市", "This city"),
                origin: "https://verify.example.cn".into(),
            },
            now: "2026-11-22T12:00:00+08:00".parse().expect("an instant"),
        }
    }

    fn version(&self, at: usize) -> Version {
        let organ = code(AUTHORITY);
        let document_number = format!("沪消行罚决字〔2024〕第{at:04}号");
        Version {
            record: Uuid::from_u128(0x1000 + at as u128),
            number: 1,
            operation: Operation::Insert,
            kind: RecordKind::Penalty,
            domain: self.profile.domains[at % self.profile.domains.len()].clone(),
            subject: Uuid::from_u128(1),
            organ,
            document_number: document_number.clone(),
            upload: Uuid::from_u128(2),
            row: 1,
            received_at: Instant::start_of(day("2024-03-20")),
            details: Details {
                subject_name: "明证测试科技有限公司".into(),
                document_number,
                violation: "消防设施未保持完好有效".into(),
                facts: "疏散通道堆放杂物。".repeat(20),
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
                source_code: organ,
                remark: None,
                procedure: Procedure::Ordinary,
                further: Further::default(),
                unknown: BTreeMap::new(),
            },
            standing: Standing::default(),
        }
    }

    fn known(&self, records: usize) -> Known {
        let name = Name { name: "明证测试科技有限公司".into(), from: None, to: None };
        let authority = Authority {
            code: code(AUTHORITY),
            zh: "某市某局".into(),
            en: "A municipal bureau".into(),
            contact: None,
            domains: self.profile.domains.clone(),
            organs: vec![],
        };
        let declaration = |domain: &_| Declaration {
            authority: authority.code,
            domain: Clone::clone(domain),
            data_from: day("2020-01-01"),
            complete_through: day("2026-11-21"),
            declared_lag_days: 7,
            last_success_at: self.now,
            nothing_to_report: false,
            received_at: self.now,
        };
        Known {
            subject: Subject {
                id: Uuid::from_u128(1),
                kind: SubjectKind::Enterprise,
                code: code(SUBJECT).into(),
                names: vec![name],
                aliases: vec![],
                registration: Registration::default(),
                relations: vec![],
            },
            branches: 0,
            versions: (0..records).map(|at| self.version(at)).collect(),
            candidates: vec![],
            declarations: self.profile.domains.iter().map(declaration).collect(),
            authorities: vec![authority],
        }
    }

    fn asked(&self) -> Asked {
        Asked {
            number: ReportNumber::new("MZCR", self.now.local_day(), [7; 8]),
            issued_at: self.now,
            as_of: self.now,
            domains: self.profile.domains.clone(),
            period: Period { from: day("2023-11-23"), to: day("2026-11-22") },
            include_repaired: false,
            purpose: None,
            applicant: "明证测试科技有限公司".into(),
            capacity: Capacity::Own,
            channel: Channel::Portal,
        }
    }

    fn report(&self, known: &Known) -> Facts {
        let rules = InForce {
            catalogue: &self.catalogue,
            profile: &self.profile,
            policy: &self.policy,
            issuer: &self.issuer,
        };
        draw_up(known, rules, self.asked()).expect("facts")
    }
}

#[divan::bench(args = [1_000, 100_000])]
fn parse_credit_codes(bencher: Bencher, n: usize) {
    let codes = vec![SUBJECT; n];
    bencher
        .counter(ItemsCount::new(n))
        .bench(|| codes.iter().filter(|code| black_box(code).parse::<CreditCode>().is_ok()).count());
}

#[divan::bench(args = [0, 5, 200])]
fn draw_up_41_domains(bencher: Bencher, records: usize) {
    let house = House::new();
    let known = house.known(records);
    bencher.bench(|| house.report(black_box(&known)));
}

#[divan::bench(args = [0, 5, 200])]
fn canonical_json(bencher: Bencher, records: usize) {
    let house = House::new();
    let facts = house.report(&house.known(records));
    bencher.bench(|| black_box(&facts).canonical());
}

#[divan::bench(args = [0, 5, 200])]
fn read_canonical_json(bencher: Bencher, records: usize) {
    let house = House::new();
    let bytes = house.report(&house.known(records)).canonical();
    bencher.bench(|| Facts::from_canonical(black_box(&bytes)).is_ok());
}
