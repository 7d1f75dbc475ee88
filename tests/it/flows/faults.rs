//! Every durable step fails twice: lost, and kept but reported lost. Nothing accepted is lost, nothing is half-done, and
//! a repeat succeeds.

use std::pin::pin;
use std::task::Poll;

use mingzheng::flow::issue::{self, Ask, Error as NotIssued};
use mingzheng::flow::upload::{self, Error as NotUploaded};
use mingzheng::flow::{Actor, amend, candidates, records, revoke};
use mingzheng::rules::{Act, Change, Status};
use mingzheng::store::{Error as StoreError, Tx};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::check::issued;
use super::house::{House, MARKET, PARENT, Row, ask, market, market_sends, regulator, row};
use crate::engines::{execute, on_both_engines};
use crate::rules::house::day;

/// The steps of an upload with a new subject, a correction, a rejected row and a declaration; and of a report.
pub(super) const STEPS: &[(&str, &[&str])] = &[
    (
        "upload",
        &[
            "subject",
            "subject_code",
            "record_version",
            "report_status",
            "candidate",
            "candidate_subject",
            "rejection",
            "rejection_subject",
            "upload",
            "declaration",
            "journal",
        ],
    ),
    ("amend", &["record_version", "report_status", "idempotency", "journal"]),
    ("resolve", &["record_version", "report_status", "journal"]),
    (
        "report",
        &[
            "report",
            "report_edition",
            "report_key",
            "report_record",
            "report_gap",
            "report_status",
            "idempotency",
            "journal",
        ],
    ),
];

/// Makes the engine refuse the next rows of a table, and takes that back.
pub(crate) async fn refuse(house: &House, table: &str, on: bool) {
    refuse_for(house, table, on, "P0001").await;
}

/// The same, for a reason of which `PostgreSQL` is told the code.
pub(crate) async fn refuse_for(house: &House, table: &str, on: bool, reason: &str) {
    let mut tx = house.store.write().await.unwrap();
    let (sqlite, postgres) = if on {
        (
            vec![format!(
                "CREATE TRIGGER refused BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )],
            vec![
                format!(
                    "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{reason}'; END $$"
                ),
                format!(
                    "CREATE TRIGGER refused BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refused()"
                ),
            ],
        )
    } else {
        (vec!["DROP TRIGGER refused".to_owned()], vec!["DROP FUNCTION refused() CASCADE".to_owned()])
    };
    let statements = if matches!(tx, Tx::Sqlite(_)) { sqlite } else { postgres };
    for sql in statements {
        execute(&mut tx, sql.leak()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// What the upload of these tests sends.
pub(super) fn sent(house: &House) -> upload::Sent {
    let fresh = Row { code: "91310115MATE5T9990".into(), ..row(50) };
    let new_subject = Row { code: MARKET.into(), name: "示范市市场监督管理局", ..row(51) };
    let nameless = Row { code: String::new(), fine: "6".into(), ..row(1) };
    let rejected = Row { decided: "2025/02/30".into(), ..row(53) };
    let rows = [Row { fine: "9".into(), ..row(1) }, row(2), fresh, new_subject, nameless, rejected];
    upload::Sent { declared: Some(super::house::all_loaded(house)), ..market_sends(&rows) }
}

/// The first record is suspended, under a key.
pub(super) async fn amended(house: &House) -> Result<amend::Amended, amend::Error> {
    let found = records::search(&house.app, &regulator(MARKET), &records::Wanted::default()).await.unwrap();
    let first = found.records.iter().find(|shown| shown.version.details.document_number == row(1).document);
    let change = Change::new(Act::Suspend { from: day("2026-06-01"), until: None }, None);
    amend::amend(&house.app, &regulator(MARKET), first.unwrap().version.record, &change, Some("k")).await
}

/// The nameless row becomes a correction of the first record.
pub(super) async fn resolved(house: &House) -> Result<candidates::Resolved, candidates::Error> {
    let open = candidates::open(&house.app, &regulator(MARKET), None, None, None, None).await.unwrap().rows;
    let row = open.iter().find(|row| row.cause == candidates::Cause::NameOnly).unwrap();
    candidates::resolve(&house.app, &regulator(MARKET), row.id, PARENT, "经核对").await
}

/// About a domain with data and one without.
pub(super) fn keyed() -> Ask {
    let domains = vec![market(), "ecological-environment".parse().unwrap()];
    Ask { domains: Some(domains), idempotency_key: Some("order".into()), ..ask() }
}

on_both_engines! {
    async fn whichever_row_cannot_be_stored_nothing_is(house: House) {
        let first = issued(&house).await;
        for (act, tables) in STEPS {
            house.pass(10);
            let live = house.issue(ask()).await.unwrap();
            house.pass(10);
            for table in *tables {
                let before = house.kept().await;
                refuse(&house, table, true).await;
                let failed = match *act {
                    "upload" => house.upload(sent(&house)).await.is_err(),
                    "amend" => amended(&house).await.is_err(),
                    "resolve" => resolved(&house).await.is_err(),
                    _ => house.issue(keyed()).await.is_err(),
                };
                assert!(failed, "{act} {table}");
                assert_eq!(house.kept().await, before, "{act} {table}");
                refuse(&house, table, false).await;
                house.journal().await;
            }
            house.pass(10);
            match *act {
                "upload" => {
                    let done = house.upload(sent(&house)).await.unwrap();
                    assert!(!done.replayed && done.receipt.corrected == 1, "{:?}", done.receipt);
                    assert_eq!(house.status(&first).await, Status::Superseded);
                }
                "amend" => {
                    assert!(!amended(&house).await.unwrap().repeated);
                    assert_eq!(house.status(&live).await, Status::Superseded);
                    assert!(amended(&house).await.unwrap().repeated);
                }
                "resolve" => {
                    assert!(resolved(&house).await.unwrap().record.is_some());
                    assert_eq!(house.status(&live).await, Status::Superseded);
                }
                _ => assert!(!house.issue(keyed()).await.unwrap().repeated),
            }
        }
        house.journal().await;
    }

    async fn where_no_object_can_be_put_nothing_is_stored(house: House) {
        let before = house.kept().await;
        let objects = house.config.objects();
        let aside = objects.with_extension("aside");
        std::fs::rename(&objects, &aside).unwrap();
        std::fs::write(&objects, b"no folder").unwrap();

        let upload = house.upload(market_sends(&[row(1)])).await.unwrap_err();
        assert!(matches!(&upload, NotUploaded::Store(error) if error.may_pass()), "{upload:?}");
        let issue = house.issue(keyed()).await.unwrap_err();
        assert!(matches!(&issue, NotIssued::Store(error) if error.may_pass()), "{issue:?}");
        assert_eq!(house.kept().await, before);

        std::fs::remove_file(&objects).unwrap();
        std::fs::rename(&aside, &objects).unwrap();
        assert_eq!(house.send(&[row(1)]).await.receipt.accepted, 1);
        assert!(!house.issue(keyed()).await.unwrap().repeated);
    }

    async fn an_upload_that_is_dropped_at_any_moment_is_there_or_not(house: House) {
        let (mut there, mut not) = (0, 0);
        for polls in (0..160_u32).step_by(5) {
            let file = market_sends(&[row(polls), row(1000 + polls)]);
            let before = house.number("SELECT COUNT(*) FROM record_version").await;
            let actor = regulator(MARKET);
            let done = drop_after(polls, upload::upload(&house.app, &actor, file.clone())).await;
            let after = house.number("SELECT COUNT(*) FROM record_version").await;
            assert!(after == before || after == before + 2, "{polls}: {before} {after}");
            assert!(done.is_none() || after == before + 2);

            let again = house.upload(file).await.unwrap();
            assert_eq!(again.receipt.accepted, 2, "{polls}");
            assert_eq!(again.replayed, after == before + 2, "{polls}");
            if again.replayed { there += 1 } else { not += 1 }
            assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, before + 2);
        }
        assert!(there > 0 && not > 0, "{there} {not}");
        house.journal().await;
    }

    async fn a_report_that_is_dropped_at_any_moment_is_there_or_not(house: House) {
        house.declare().await;
        for polls in (0..90_u32).step_by(6) {
            let asked = Ask { idempotency_key: Some(format!("k-{polls}")), ..ask() };
            let before = house.number("SELECT COUNT(*) FROM report").await;
            let actor = Actor::operator();
            let done = drop_after(polls, issue::issue(&house.app, &actor, asked.clone())).await;
            let after = house.number("SELECT COUNT(*) FROM report").await;
            assert!(after == before || after == before + 1);
            assert!(done.is_none() || after == before + 1);

            let again = house.issue(asked).await.unwrap();
            assert_eq!(again.repeated, after == before + 1, "{polls}");
            assert_eq!(house.number("SELECT COUNT(*) FROM report").await, before + 1);
            assert_eq!(house.status(&again).await, Status::Valid);
        }
        house.journal().await;
    }

    async fn a_closed_store_is_trouble_of_ours_and_passes(house: House) {
        let issued = issued(&house).await;
        let before = house.kept().await;
        let gone = match house.store.read().await.unwrap() { Tx::Postgres(_) => true, Tx::Sqlite(_) => false };
        if gone {
            // The server ends every connection of the app; the next ones are opened again.
            let end = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
            house.number(end).await;
        }
        let mut tries = 0;
        let done = loop {
            tries += 1;
            match house.upload(market_sends(&[row(77)])).await {
                Ok(done) => break done,
                Err(NotUploaded::Store(error)) => assert!(error.may_pass() && tries < 20, "{error:?}"),
                Err(error) => panic!("{error:?}"),
            }
        };
        assert_eq!(done.receipt.accepted, 1);
        assert_eq!(house.kept().await[0], before[0] + 1);
        assert!(house.revoke(&issued).await.is_ok());
    }
}

/// Polls a future so many times and drops it. `Some` where it was done by then.
pub(crate) async fn drop_after<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Waits until every write that is under way has ended: the journal has one holder at a time.
pub(crate) async fn settle(house: &House) {
    let mut tx = house.store.write().await.unwrap();
    mingzheng::store::journal::hold(&mut tx).await.unwrap();
}

/// Stands between a program and PostgreSQL: what is sent arrives; after so many commits, the answer to one is lost
/// together with the connection.
pub(crate) async fn deaf_proxy(to: String, commits: usize) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (to, seen) = (to.clone(), std::sync::Arc::clone(&seen));
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = TcpStream::connect(to).await.unwrap().into_split();
                let (deafen, mut deaf) = tokio::sync::watch::channel(false);
                let back = tokio::spawn(async move {
                    let mut bytes = vec![0; 65536];
                    loop {
                        let Ok(read) = from_server.read(&mut bytes).await else { return };
                        if read == 0 || *deaf.borrow_and_update() {
                            return; // the answer is lost, and the connection ends
                        }
                        if to_client.write_all(&bytes[..read]).await.is_err() {
                            return;
                        }
                    }
                });
                let mut bytes = vec![0; 65536];
                while let Ok(read) = from_client.read(&mut bytes).await {
                    if read == 0 {
                        break;
                    }
                    let commit = bytes[..read].windows(7).any(|word| word == b"COMMIT\0");
                    if commit && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == commits {
                        deafen.send_replace(true);
                    }
                    if to_server.write_all(&bytes[..read]).await.is_err() {
                        break;
                    }
                }
                drop(to_server);
                let _ = back.await;
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_but_reported_lost_is_there_when_it_is_asked_for_again() {
    let Some(place) = crate::engines::Place::on_postgres().await else { return };
    let url = place.url.clone();
    let house = House::from(place);
    house.declare().await;
    let (_, rest) = url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let (mut uploads, mut reports, mut revocations) = (0, 0, 0);
    for commits in 0..8 {
        let proxy = deaf_proxy(server.to_owned(), commits).await;
        let Ok(app) = house.try_second(format!("postgres://postgres@{proxy}/{database}")).await else {
            continue;
        };
        let number = u32::try_from(commits).unwrap();
        let file = market_sends(&[row(number)]);
        if let Err(lost) = upload::upload(&app, &regulator(MARKET), file.clone()).await {
            assert!(matches!(&lost, NotUploaded::Store(StoreError::Unavailable(_))), "{lost:?}");
            uploads += 1;
            settle(&house).await;
            assert!(house.upload(file.clone()).await.unwrap().replayed, "{commits}");
        }
        house.pass(10);
        let asked = Ask { idempotency_key: Some(format!("k-{commits}")), ..ask() };
        let report = match issue::issue(&app, &Actor::operator(), asked.clone()).await {
            Ok(report) => report,
            Err(lost) => {
                assert!(matches!(&lost, NotIssued::Store(StoreError::Unavailable(_))), "{lost:?}");
                settle(&house).await;
                let report = house.issue(asked).await.unwrap();
                reports += usize::from(report.repeated);
                report
            }
        };
        house.pass(10);
        if let Err(lost) =
            revoke::in_emergency(&app, &Actor::operator(), report.facts.number.compact(), "误").await
        {
            assert!(matches!(&lost, revoke::Error::Store(StoreError::Unavailable(_))), "{lost:?}");
            revocations += 1;
            settle(&house).await;
            assert!(matches!(house.revoke(&report).await, Err(revoke::Error::Already(..))));
        }
        assert_eq!(house.status(&report).await, Status::Revoked);
    }
    assert!(uploads > 0 && reports > 0 && revocations > 0, "{uploads} {reports} {revocations}");
    house.journal().await;
}
