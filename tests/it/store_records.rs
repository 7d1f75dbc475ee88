//! Versions of records are only ever added, and each is found as of any instant.

use std::slice::from_ref;

use mingzheng::rules::{Details, Instant, Known, Operation, Period, Repair, Standing, Version};
use mingzheng::seal;
use mingzheng::store::records::{self, Kept, NewVersion};
use mingzheng::store::{Error, Store, Tx, subjects};
use uuid::Uuid;

use crate::engines::{execute, on_both_engines};
use crate::rules::house::{
    as_of, asked, at, code, day, details, fine, fire, known, market, period, report, subject, then,
    with_versions, year_2024,
};

/// Versions as they go in, each with the digest of what it says.
pub(crate) fn new(versions: &[Version]) -> Vec<NewVersion> {
    let content = |version: &Version| seal::digest(&serde_json::to_vec(&version.details).unwrap());
    versions.iter().map(|v| NewVersion { version: v.clone(), content: content(v) }).collect()
}

/// The subject of all these tests, and what was sent about it: each slice in a transaction of its own.
pub(crate) async fn on_file(store: &Store, sent: &[&[Version]]) {
    let mut tx = store.write().await.unwrap();
    subjects::save(&mut tx, &subject(), at("2024-01-01T00:00:00Z")).await.unwrap();
    tx.commit().await.unwrap();
    for versions in sent {
        let mut tx = store.write().await.unwrap();
        records::insert_versions(&mut tx, &new(versions)).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A standing that is repaired.
fn repaired() -> Standing {
    let repair = Repair { repaired_on: day("2025-04-01"), on_commitment: true };
    Standing { repaired: Some(repair), ..Standing::default() }
}

/// The fine, repaired on commitment, and the repair taken back.
fn flipped_back() -> [Version; 3] {
    let two = then(&fine(), Operation::Repair, "2025-04-03T08:00:00+08:00", repaired());
    let three = then(&two, Operation::RepairRevoked, "2025-05-01T08:00:00+08:00", Standing::default());
    [fine(), two, three]
}

/// Other fines, so many of them, decided on different days in two domains.
pub(crate) fn fines(count: u32) -> Vec<Version> {
    (1..=count)
        .map(|i| Version {
            record: Uuid::from_u128(0x1000 + u128::from(i)),
            document_number: format!("沪市监罚〔2024〕第{i:06}号"),
            domain: if i % 2 == 0 { fire() } else { market() },
            row: i,
            details: Details {
                decided_on: day("2024-01-01") + time::Duration::days(i64::from(i % 366)),
                ..details()
            },
            ..fine()
        })
        .collect()
}

async fn point(store: &Store, as_of: &str) -> Vec<Version> {
    let mut tx = store.read().await.unwrap();
    records::point_query(&mut tx, &[subject().id], &[fire()], year_2024(), at(as_of)).await.unwrap()
}

on_both_engines! {
    async fn a_version_comes_back_as_it_went_in(store: Store) {
        let mut odd = fine();
        odd.details.unknown.insert("备注二".into(), "\u{2070e}\"\\\n%_'; --".into());
        odd.details.effective_until = Some(day("2099-12-30"));
        odd.details.remark = Some(String::from("\\N\t\\.\r\n\\"));
        odd.document_number = "甲\\N\t乙\r\n\\".into();
        on_file(&store, &[&[odd.clone()]]).await;

        let mut tx = store.read().await.unwrap();
        let kept = records::newest(&mut tx, odd.subject, odd.record).await.unwrap().unwrap();

        assert_eq!(kept, Kept {
            content: new(&[odd.clone()])[0].content,
            version: odd,
            superseded_at: None,
        });
        assert_eq!(records::newest(&mut tx, subject().id, Uuid::from_u128(9)).await.unwrap(), None);
    }

    async fn each_version_holds_until_the_next_one(store: Store) {
        let [one, two, three] = flipped_back();
        on_file(&store, &[from_ref(&one), from_ref(&two), from_ref(&three)]).await;

        let mut tx = store.read().await.unwrap();
        let history = records::history(&mut tx, one.subject, one.record).await.unwrap();
        let times: Vec<_> = history.iter().map(|kept| (kept.version.number, kept.superseded_at)).collect();
        assert_eq!(times, [(1, Some(two.received_at)), (2, Some(three.received_at)), (3, None)]);

        assert_eq!(point(&store, "2024-03-20T08:59:59.999+08:00").await, []);
        assert_eq!(point(&store, "2024-03-20T09:00:00+08:00").await, from_ref(&one));
        assert_eq!(point(&store, "2025-04-03T07:59:59.999+08:00").await, [one]);
        assert_eq!(point(&store, "2025-04-03T08:00:00+08:00").await, [two]);
        assert_eq!(point(&store, "2025-05-01T08:00:00+08:00").await, [three]);
    }

    async fn several_versions_of_a_record_may_come_together(store: Store) {
        let [one, two, three] = flipped_back();
        on_file(&store, &[&[three.clone(), one.clone(), two.clone()]]).await;

        let mut tx = store.read().await.unwrap();
        let history = records::history(&mut tx, one.subject, one.record).await.unwrap();
        let versions: Vec<_> = history.into_iter().map(|kept| kept.version).collect();
        assert_eq!(versions, [one, two, three]);
    }

    async fn the_point_query_filters_by_domain_and_day(store: Store) {
        let in_market = Version { record: Uuid::from_u128(0x11), domain: market(), document_number: "二".into(), ..fine() };
        on_file(&store, &[&[fine(), in_market.clone()]]).await;

        let mut tx = store.read().await.unwrap();
        let now = at("2026-11-22T00:00:00Z");
        let mut ask = async |subjects: &[Uuid], domains: &[_], period: Period| {
            let found = records::point_query(&mut tx, subjects, domains, period, now).await.unwrap();
            found.into_iter().map(|version| version.record.as_u128()).collect::<Vec<_>>()
        };
        let me = [subject().id];
        assert_eq!(ask(&me, &[fire()], year_2024()).await, [0x10]);
        assert_eq!(ask(&me, &[fire(), market()], year_2024()).await, [0x10, 0x11]);
        assert_eq!(ask(&me, &[fire()], period("2024-03-10", "2024-03-10")).await, [0x10]);
        assert_eq!(ask(&me, &[fire()], period("2024-03-11", "2024-12-31")).await, Vec::<u128>::new());
        assert_eq!(ask(&me, &[fire()], period("2024-01-01", "2024-03-09")).await, Vec::<u128>::new());
        assert_eq!(ask(&[Uuid::from_u128(77)], &[fire()], year_2024()).await, Vec::<u128>::new());
        assert_eq!(ask(&[], &[fire()], year_2024()).await, Vec::<u128>::new());
        assert_eq!(ask(&me, &[], year_2024()).await, Vec::<u128>::new());
    }

    async fn a_second_record_of_one_key_is_refused(store: Store) {
        on_file(&store, &[&[fine()]]).await;
        let twin = Version { record: Uuid::from_u128(0x99), ..fine() };

        let mut tx = store.write().await.unwrap();
        let refused = records::insert_versions(&mut tx, &new(&[twin])).await;

        assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    }

    async fn the_same_document_number_for_two_subjects_is_legal(store: Store) {
        on_file(&store, &[&[fine()]]).await;
        let other = mingzheng::rules::Subject { id: Uuid::from_u128(2), code: code("91310115MATE5T0255").into(), ..subject() };
        let on_other = Version { subject: other.id, record: Uuid::from_u128(0x99), ..fine() };

        let mut tx = store.write().await.unwrap();
        subjects::insert(&mut tx, &[other], at("2024-01-01T00:00:00Z")).await.unwrap();
        records::insert_versions(&mut tx, &new(std::slice::from_ref(&on_other))).await.unwrap();

        let keys = [fine().key(), on_other.key()];
        let newest = records::newest_by_keys(&mut tx, &keys).await.unwrap();
        assert_eq!(newest[&keys[0]].version.record, fine().record);
        assert_eq!(newest[&keys[1]].version.record, on_other.record);
    }

    async fn a_version_whose_predecessor_is_not_the_newest_is_refused(store: Store) {
        let [one, two, three] = flipped_back();
        on_file(&store, &[&[one.clone(), two.clone()]]).await;
        let earlier = Version { received_at: at("2025-04-03T07:00:00+08:00"), ..three.clone() };
        let elsewhere = Version { document_number: "另一号".into(), ..three.clone() };
        let gap = Version { number: 4, ..three };

        for wrong in [two, earlier, elsewhere, gap, Version { number: 1, ..one }] {
            let mut tx = store.write().await.unwrap();
            let refused = records::insert_versions(&mut tx, &new(&[wrong])).await;
            assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
        }
        let mut tx = store.read().await.unwrap();
        assert_eq!(records::history(&mut tx, subject().id, fine().record).await.unwrap().len(), 2);
    }

    async fn many_versions_go_in_and_are_found_by_key(store: Store) {
        let many = fines(1003);
        on_file(&store, &[&many]).await;

        let mut tx = store.read().await.unwrap();
        let keys: Vec<_> = many.iter().map(Version::key).collect();
        let newest = records::newest_by_keys(&mut tx, &keys).await.unwrap();
        assert_eq!(newest.len(), 1003);
        assert!(many.iter().all(|version| newest[&version.key()].version == *version));
        let unknown = fine().key();
        assert!(records::newest_by_keys(&mut tx, &[unknown]).await.unwrap().is_empty());

        let corrected: Vec<_> = many
            .iter()
            .map(|version| then(version, Operation::Correct, "2024-06-01T00:00:00Z", Standing::default()))
            .collect();
        drop(tx);
        let mut tx = store.write().await.unwrap();
        records::insert_versions(&mut tx, &new(&corrected)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.read().await.unwrap();
        let newest = records::newest_by_keys(&mut tx, &keys).await.unwrap();
        assert!(newest.values().all(|kept| kept.version.number == 2));
    }

    async fn what_is_kept_cannot_be_changed_or_removed(store: Store) {
        let [one, two, _] = flipped_back();
        on_file(&store, &[&[one, two]]).await;
        for forbidden in [
            "DELETE FROM record_version",
            "UPDATE record_version SET domain = 'other'",
            "UPDATE record_version SET details = '{}', superseded_at = 9999999999999 WHERE number = 2",
            "UPDATE record_version SET superseded_at = NULL WHERE number = 1",
            "UPDATE record_version SET superseded_at = 9999999999999 WHERE number = 1",
            "UPDATE record_version SET superseded_at = 1 WHERE number = 2",
            "UPDATE record_version SET number = 3 WHERE number = 2",
        ] {
            let mut tx = store.write().await.unwrap();
            assert!(execute(&mut tx, forbidden).await.is_err(), "{forbidden}");
        }
        let mut tx = store.write().await.unwrap();
        let allowed = "UPDATE record_version SET superseded_at = 9999999999999 WHERE number = 2";
        assert_eq!(execute(&mut tx, allowed).await.unwrap(), 1);
    }

    async fn a_transaction_that_is_dropped_leaves_nothing(store: Store) {
        on_file(&store, &[]).await;
        {
            let mut tx = store.write().await.unwrap();
            records::insert_versions(&mut tx, &new(&fines(100))).await.unwrap();
        }
        let mut tx = store.write().await.unwrap();
        let keys: Vec<_> = fines(100).iter().map(Version::key).collect();
        assert!(records::newest_by_keys(&mut tx, &keys).await.unwrap().is_empty());
    }

    async fn a_reader_sees_one_snapshot(store: Store) {
        on_file(&store, &[]).await;
        let mut reader = store.read().await.unwrap();
        let now = at("2026-11-22T00:00:00Z");
        let mut ask = async || {
            records::point_query(&mut reader, &[subject().id], &[fire()], year_2024(), now).await.unwrap().len()
        };
        assert_eq!(ask().await, 0);
        on_file(&store, &[&[fine()]]).await;
        assert_eq!(ask().await, 0);
        drop(reader);
        assert_eq!(point(&store, "2026-11-22T00:00:00Z").await.len(), 1);
    }

    async fn the_store_and_the_rules_select_the_same(store: Store) {
        let versions = lives(60);
        on_file(&store, &[&versions]).await;
        let all = with_versions(&versions);

        for month in 1..=24_u8 {
            let as_of = at("2024-01-01T00:00:00Z").millis() + i64::from(month) * 31 * 86_400_000;
            let as_of = Instant::from_millis(as_of);
            for period in [year_2024(), period("2024-03-05", "2024-03-20"), period("2023-01-01", "2023-12-31")] {
                let mut tx = store.read().await.unwrap();
                let domains = [fire(), market()];
                let found = records::point_query(&mut tx, &[subject().id], &domains, period, as_of).await.unwrap();
                let ask = || mingzheng::rules::Asked { as_of, period, domains: domains.to_vec(), ..asked() };
                if as_of.local_day() < period.to {
                    continue;
                }
                assert_eq!(report(&with_versions(&found), ask()), report(&all, ask()), "{as_of} {period}");
            }
        }
    }

    async fn the_worked_cases_hold_through_the_store(store: Store) {
        let [one, two, three] = flipped_back();
        let corrected = Version {
            details: Details { decided_on: day("2023-12-30"), ..details() },
            ..then(&three, Operation::Correct, "2025-06-01T00:00:00+08:00", Standing { corrected: true, ..Standing::default() })
        };
        let versions = [one, two, three, corrected];
        on_file(&store, &[&versions[..1], &versions[1..2], &versions[2..3], &versions[3..]]).await;

        for instant in [
            "2025-04-02T12:00:00+08:00", "2025-04-03T08:00:00+08:00", "2025-05-01T07:59:59.999+08:00",
            "2025-05-01T08:00:00+08:00", "2025-05-31T23:59:59+08:00", "2025-06-01T00:00:00+08:00",
        ] {
            let found = point(&store, instant).await;
            let through_store = Known { versions: found, ..known() };
            assert_eq!(report(&through_store, as_of(instant)), report(&with_versions(&versions), as_of(instant)));
        }
    }
}

/// Records that are corrected, repaired, annulled and withdrawn at many times: always the same ones.
fn lives(count: u32) -> Vec<Version> {
    let mut chance = 7_u64;
    let mut draw = |below: u64| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % below
    };
    let mut versions = Vec::new();
    for first in fines(count) {
        let mut version = first;
        for _ in 0..=draw(4) {
            versions.push(version.clone());
            let later = version.received_at.millis() + i64::try_from(draw(200)).unwrap() * 86_400_000;
            version.received_at = Instant::from_millis(later);
            version.number += 1;
            version.operation = Operation::Correct;
            version.standing.corrected = true;
            match draw(5) {
                0 => version.details.decided_on = day("2023-06-01"),
                1 => version.standing = repaired(),
                2 => version.standing.withdrawn = true,
                3 => version.domain = if version.domain == fire() { market() } else { fire() },
                _ => version.standing = Standing::default(),
            }
        }
    }
    versions
}

#[tokio::test]
async fn the_point_query_searches_its_index_and_nothing_else() {
    // The statement is put together here from the words it has in the source, so that neither can change alone.
    const PARTS: [&str; 7] = [
        " FROM record_version v WHERE v.subject IN ",
        " AND v.domain IN ",
        " AND v.decided_on >= ",
        " AND v.decided_on <= ",
        " AND v.received_at <= ",
        " AND (v.superseded_at IS NULL OR v.superseded_at > ",
        ") ORDER BY v.decided_on DESC, v.record",
    ];
    let source = include_str!("../../src/store/records.rs");
    let mut sql = String::from("EXPLAIN QUERY PLAN SELECT v.details");
    for (part, value) in PARTS.iter().zip(["(x'01', x'02')", "('a', 'b')", "'2024'", "'2025'", "5", "5", ""])
    {
        assert!(source.contains(part), "{part}");
        sql += part;
        sql += value;
    }
    let place = crate::engines::Place::on_sqlite().await;
    let Tx::Sqlite(mut tx) = place.store.read().await.unwrap() else { unreachable!() };

    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *tx).await.unwrap();

    let steps: Vec<_> = plan.into_iter().map(|(_, _, _, step)| step).collect();
    assert_eq!(
        steps,
        [
            "SEARCH v USING INDEX record_version_report (subject=? AND domain=? AND decided_on>? AND decided_on<?)",
            "USE TEMP B-TREE FOR ORDER BY",
        ]
    );
}
