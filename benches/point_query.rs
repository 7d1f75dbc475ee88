//! What a report asks of the store, at a million records: one subject's selected domains and period.
//!
//! Budget: under 1 ms on either engine. And what quality asks of it, where all of them came in within its window: under 2 s.
//! PostgreSQL is started where it is installed. `cargo bench --bench point_query -- 100000` takes fewer records.

#[path = "../tests/it/engines.rs"]
#[expect(clippy::unwrap_used, dead_code, unused_macros, unused_imports, reason = "the tests use all of it")]
mod engines;

use std::time::Instant as Moment;

use engines::Place;
use mingzheng::rules::{
    CreditCode, Details, DomainId, Fen, Further, Instant, Name, Operation, Period, Procedure, RecordKind,
    Registration, Sanction, Standing, Subject, SubjectCode, SubjectKind, Version,
};
use mingzheng::store::records::{NewVersion, insert_versions, point_query};
use mingzheng::store::{Store, quality, subjects};
use time::Duration;
use time::macros::date;
use uuid::Uuid;

/// Records, unless a number is named.
const RECORDS: u32 = 1_000_000;
const A_SUBJECT: u32 = 10;
const A_TRANSACTION: u32 = 100_000;
const QUERIES: u32 = 2_000;

fn main() {
    // `cargo test --benches` and listing ask for nothing to be timed.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let records = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(RECORDS);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        run("SQLite", &Place::on_sqlite().await.store, records).await;
        match Place::on_postgres().await {
            Some(place) => run("PostgreSQL", &place.store, records).await,
            None => println!("PostgreSQL: not installed"),
        }
    });
}

async fn run(engine: &str, store: &Store, records: u32) {
    let begun = Moment::now();
    for first in (0..records).step_by(A_TRANSACTION as usize) {
        let mut tx = store.write().await.expect("a transaction");
        let last = (first + A_TRANSACTION).min(records);
        let new: Vec<Subject> = (first / A_SUBJECT..last / A_SUBJECT).map(subject).collect();
        subjects::insert(&mut tx, &new, at()).await.expect("subjects");
        let versions: Vec<NewVersion> = (first..last).map(|n| version(n, records)).collect();
        insert_versions(&mut tx, &versions).await.expect("versions");
        tx.commit().await.expect("a commit");
    }
    let loading = begun.elapsed().as_secs_f64();
    let domains: Vec<DomainId> = (0..41).map(domain).collect();
    let period = Period { from: date!(2021 - 11 - 23), to: date!(2026 - 11 - 22) };
    let mut times = Vec::new();
    let mut found = 0;
    for n in 0..QUERIES {
        let who = id(n * 7919 % (records / A_SUBJECT));
        let begun = Moment::now();
        let mut tx = store.read().await.expect("a transaction");
        found += point_query(&mut tx, &[who], &domains, period, at()).await.expect("an answer").len();
        drop(tx);
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    assert_eq!(found, (QUERIES * A_SUBJECT) as usize, "every subject has its records");
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[times.len() * share / 1000];
    println!(
        "{engine}: {records} records loaded in {loading:.1} s ({:.0} a second); point query of {A_SUBJECT} records \
         with its transaction: p50 {:.3} ms, p99 {:.3} ms",
        f64::from(records) / loading,
        at(500),
        at(990)
    );
    let begun = Moment::now();
    let mut tx = store.read().await.expect("a transaction");
    let came = quality::came(&mut tx, &[organ()], Instant::from_millis(0)).await.expect("an answer");
    assert_eq!(came.iter().map(|one| one.count).sum::<i64>(), i64::from(records));
    println!(
        "{engine}: quality over {records} records received: {:.0} ms",
        begun.elapsed().as_secs_f64() * 1e3
    );
}

fn at() -> Instant {
    Instant::from_millis(1_790_000_000_000)
}

fn id(n: u32) -> Uuid {
    // Spread like real ids would be over a table that grew over years.
    Uuid::from_u128(u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

fn domain(n: u32) -> DomainId {
    format!("domain-{n}").parse().expect("an id")
}

fn organ() -> CreditCode {
    "11310000MBTE5T096W".parse().expect("a code")
}

fn subject(n: u32) -> Subject {
    Subject {
        id: id(n),
        kind: SubjectKind::Enterprise,
        code: SubjectCode { scheme: mingzheng::rules::Scheme::CreditCode, value: format!("91310115T{n:09}") },
        names: vec![Name { name: format!("示范企业{n}有限公司"), from: None, to: None }],
        aliases: Vec::new(),
        registration: Registration::default(),
        relations: Vec::new(),
    }
}

fn version(n: u32, records: u32) -> NewVersion {
    let facts = "经查,当事人在其经营场所销售商品时未按规定标明商品名称、计价单位和价格,有现场笔录、询问笔录和照片为证。";
    let details = Details {
        subject_name: format!("示范企业{}有限公司", n / A_SUBJECT),
        document_number: format!("示市监处罚〔2024〕{n:07}号"),
        violation: "未按规定明码标价".into(),
        facts: facts.repeat(2),
        basis: "《中华人民共和国价格法》第十三条、第四十二条".into(),
        sanctions: vec![Sanction::Fine],
        sanction_other: None,
        content: "责令改正,罚款人民币二千元。".into(),
        fine: Some(Fen::from_yuan(2_000)),
        confiscated: None,
        permit: None,
        decided_on: date!(2022 - 01 - 01) + Duration::days(i64::from(n % 1_600)),
        effective_until: None,
        publicity_until: None,
        organ_name: "示范市市场监督管理局".into(),
        source_name: "示范市市场监督管理局".into(),
        source_code: organ(),
        remark: None,
        procedure: Procedure::Ordinary,
        further: Further::default(),
        unknown: std::collections::BTreeMap::new(),
    };
    let version = Version {
        record: id(n + records),
        number: 1,
        operation: Operation::Insert,
        kind: RecordKind::Penalty,
        domain: domain(n % 41),
        subject: id(n / A_SUBJECT),
        organ: organ(),
        document_number: details.document_number.clone(),
        upload: Uuid::nil(),
        row: 1,
        received_at: Instant::from_millis(1_780_000_000_000),
        details,
        standing: Standing::default(),
    };
    NewVersion { content: mingzheng::rules::Digest([0; 32]), version }
}
