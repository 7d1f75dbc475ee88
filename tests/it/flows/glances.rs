//! Codes that are asked about at the same time are looked up together, and everybody hears of their own.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use mingzheng::flow::check::{self, Brought};
use mingzheng::flow::issue::Issued;
use mingzheng::rules::{Integrity, Reason, Status, VerificationCode};
use mingzheng::store::statuses::{self, Event};
use mingzheng::store::{Tx, reports};

use super::check::issued;
use super::house::{House, ask};
use crate::engines::{execute, on_both_engines};

fn code(issued: &Issued) -> Brought {
    Brought::Code(issued.code.as_ref().unwrap().to_string())
}

on_both_engines! {
    async fn everybody_hears_of_the_report_they_asked_about(house: House) {
        let mut reports = vec![issued(&house).await];
        for _ in 1..10 {
            reports.push(house.issue(ask()).await.unwrap());
        }
        house.revoke(&reports[3]).await.unwrap();
        let nobodys = VerificationCode::from_random([7; 10]).to_string();
        // More than one look takes, the same ones several times, and strangers among them.
        let asked = (0..150_usize).map(async |at| {
            let report = reports.get(at % 11);
            let brought = report.map_or_else(|| Brought::Code(nobodys.clone()), code);
            (at, report, house.check(brought).await)
        });
        for (at, report, answer) in join_all(asked).await {
            let verdict = &answer.verdict;
            let Some(report) = report else {
                assert_eq!((verdict.integrity, &verdict.reasons[..]), (Integrity::NotOurs, &[Reason::CodeNotFound][..]), "{at}");
                continue;
            };
            assert_eq!(verdict.facts.as_deref(), Some(&report.facts), "{at}");
            let revoked = report.facts.number == reports[3].facts.number;
            assert_eq!(verdict.status.status, if revoked { Status::Revoked } else { Status::Valid }, "{at}");
        }
    }

    async fn nobody_is_told_what_was_known_before_they_asked(house: House) {
        let mut all = vec![issued(&house).await];
        for _ in 1..5 {
            all.push(house.issue(ask()).await.unwrap());
        }
        for report in &all {
            // Looks are on the way all the time, so one is while the status becomes another.
            let is_revoked = AtomicBool::new(false);
            let asking = (0..8).map(async |_| loop {
                let late = is_revoked.load(Ordering::SeqCst);
                let status = house.check(code(report)).await.verdict.status.status;
                if late {
                    return status;
                }
            });
            let revoking = async {
                let mut tx = house.store.write().await.unwrap();
                let number = &report.facts.number;
                let key = reports::Key::Number(number.clone());
                let subject = reports::find(&mut tx, &key).await.unwrap().unwrap().subject;
                let (since, actor) = (report.facts.issued_at, "operator".to_owned());
                let event = Event { place: 2, status: Status::Revoked, since, reason: None, actor };
                statuses::add(&mut tx, subject, number, &event).await.unwrap();
                tx.commit().await.unwrap();
                is_revoked.store(true, Ordering::SeqCst);
            };
            let (told, ()) = tokio::join!(join_all(asking), revoking);
            assert_eq!(told, [Status::Revoked; 8]);
        }
    }

    async fn whoever_gives_up_holds_up_nobody(house: House) {
        let issued = issued(&house).await;
        for round in 0..20 {
            let asked: Vec<_> = (0..8).map(|_| {
                let (app, brought) = (house.app.clone(), code(&issued));
                tokio::spawn(async move { check::check(&app, brought).await })
            }).collect();
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            for (at, one) in asked.iter().enumerate() {
                if at % 4 != 3 {
                    one.abort();
                }
            }
            for (at, one) in asked.into_iter().enumerate() {
                if at % 4 == 3 {
                    assert_eq!(one.await.unwrap().unwrap().verdict.status.status, Status::Valid, "{round}");
                }
            }
        }
    }

    async fn a_report_that_cannot_be_read_spoils_no_other(house: House) {
        let (broken, whole) = (issued(&house).await, house.issue(ask()).await.unwrap());
        let mut tx = house.store.write().await.unwrap();
        let guard = match tx {
            Tx::Sqlite(_) => "DROP TRIGGER report_never_changes",
            Tx::Postgres(_) => "ALTER TABLE report DISABLE TRIGGER USER",
        };
        execute(&mut tx, guard).await.unwrap();
        let cut = "UPDATE report SET facts_digest = substr(facts_digest, 2) WHERE status_index = (SELECT min(status_index) FROM report)";
        assert_eq!(execute(&mut tx, cut).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let asked = (0..12).map(async |at| {
            let one = if at % 3 == 0 { &broken } else { &whole };
            (at, check::check(&house.app, code(one)).await)
        });
        for (at, answer) in join_all(asked).await {
            if at % 3 == 0 {
                assert!(answer.is_err(), "{at}: {answer:?}");
            } else {
                assert_eq!(answer.unwrap().verdict.status.status, Status::Valid, "{at}");
            }
        }
    }
}
