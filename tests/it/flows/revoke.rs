//! A revoked report verifies nowhere, whatever else happens before and after.

use mingzheng::flow::account::keep;
use mingzheng::flow::check::Brought;
use mingzheng::flow::issue::Issued;
use mingzheng::flow::revoke::{self, Error};
use mingzheng::flow::{Actor, Listing, notices};
use mingzheng::rules::{AccountRole, NoticeKind, Reason, Status};
use mingzheng::{seal, verify};

use super::check::{every_way, issued};
use super::house::{House, MARKET, PARENT, Row, ask, regulator, row, subject};
use super::people::somebody;
use crate::engines::on_both_engines;
use crate::signed_sample::dice;

/// What each way to verify says of a report.
async fn said(house: &House, issued: &Issued) -> Vec<(&'static str, Status)> {
    let mut said = Vec::new();
    for (way, brought) in every_way(issued) {
        said.push((way, house.check(brought).await.verdict.status.status));
    }
    let (bundle, now) = (house.bundle().await, house.app.now());
    said.push(("pdf offline", verify::pdf(&issued.pdf, &bundle, now).status.status));
    said.push(("qr offline", verify::qr(issued.qr.as_ref().unwrap(), &bundle, now).verdict.status.status));
    said
}

on_both_engines! {
    async fn a_revoked_report_is_revoked_in_every_way(house: House) {
        let issued = issued(&house).await;

        let revoked = house.revoke(&issued).await.unwrap();

        for (way, brought) in every_way(&issued) {
            let verdict = house.check(brought).await.verdict;
            assert!(!verdict.is_genuine_and_valid(), "{way}");
            assert_eq!((verdict.status.status, verdict.status.since), (Status::Revoked, Some(revoked.at)), "{way}");
            assert_eq!(verdict.status.note.as_deref(), Some("出具有误"), "{way}");
            assert!(verdict.reasons.contains(&Reason::ReportRevoked), "{way}");
        }
        assert!(said(&house, &issued).await.iter().all(|(_, status)| *status == Status::Revoked));
        let second = house.second().await;
        let answer = mingzheng::flow::check::check(&second, Brought::Pdf(issued.pdf)).await.unwrap();
        assert_eq!(answer.verdict.status.status, Status::Revoked);
        house.journal().await;
    }

    async fn only_the_operator_revokes_once_and_with_a_reason(house: House) {
        let issued = issued(&house).await;
        let number = issued.facts.number.to_string();
        let before = house.kept().await;
        for actor in [subject(PARENT), regulator(MARKET)] {
            let refused = revoke::in_emergency(&house.app, &actor, &number, "误").await;
            assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
        }
        let operator = mingzheng::flow::Actor::operator();
        for reason in ["", " \u{0}\n", &"长".repeat(501)] {
            let refused = revoke::in_emergency(&house.app, &operator, &number, reason).await;
            assert!(matches!(refused, Err(Error::Reason)), "{refused:?}");
        }
        let refused = revoke::in_emergency(&house.app, &operator, "MZCR-20261122-22222222-2", "误").await;
        assert!(matches!(refused, Err(Error::Number(_) | Error::Unknown(_))), "{refused:?}");
        assert_eq!(house.kept().await, before);

        let (one, two) = tokio::join!(house.revoke(&issued), house.revoke(&issued));
        assert!(one.is_ok() != two.is_ok());
        let again = house.revoke(&issued).await;
        assert!(matches!(again, Err(Error::Already(..))), "{again:?}");
    }

    async fn what_one_does_alone_is_journaled_as_an_emergency_and_told_to_those_who_watch(house: House) {
        let issued = issued(&house).await;
        let mut people = Vec::new();
        for role in [AccountRole::Security, AccountRole::Auditor, AccountRole::System, AccountRole::Verifier, AccountRole::Agent] {
            let somebody = somebody(&house, role.word(), role).await;
            people.push((role, somebody.signed(&house).await));
        }
        let locked = somebody(&house, "locked", AccountRole::Auditor).await.signed(&house).await;
        keep::lock(&house.app, &Actor::operator(), locked.account, true).await.unwrap();
        house.pass(1000);
        house.revoke(&issued).await.unwrap();
        for (role, who) in &people {
            let told = notices::list(&house.app, who, Listing { offset: 0, limit: 9 }).await.unwrap().entries;
            let of_reports = |entry: &notices::Entry| entry.kind != NoticeKind::FactorChanged;
            let told: Vec<_> =
                told.into_iter().filter(of_reports).map(|entry| (entry.kind, entry.object)).collect();
            let number = Some(issued.facts.number.to_string());
            let expected = match role {
                AccountRole::Verifier => vec![],
                AccountRole::Agent => vec![(NoticeKind::ReportStatus, number)],
                _ => vec![(NoticeKind::ReportRevoked, number)],
            };
            assert_eq!(told, expected, "{role}");
        }
        let all = house.number("SELECT COUNT(*) FROM notice WHERE kind = 'report-revoked'").await;
        assert_eq!(all, 3, "not to an account that cannot be used");
        let emergency = "SELECT COUNT(*) FROM journal WHERE act = 'revoke' AND details LIKE '%\"emergency\":true%'";
        assert_eq!(house.number(emergency).await, 1);
        house.journal().await;
    }

    async fn whatever_the_order_of_acts_all_ways_agree(house: House) {
        house.declare().await;
        let mut chance = dice(31);
        let mut draw = |below: usize| { let mut byte = [0]; chance(&mut byte); usize::from(byte[0]) % below };
        let mut reports: Vec<(Issued, Status)> = Vec::new();
        let mut fine = 1;
        for step in 0..24 {
            if draw(3) > 0 {
                house.pass(i64::try_from(draw(3)).unwrap());
            }
            match draw(4) {
                0 => reports.push((house.issue(ask()).await.unwrap(), Status::Valid)),
                1 => {
                    fine += 1;
                    let number = u32::try_from(draw(3)).unwrap();
                    let corrected = house.send(&[Row { fine: fine.to_string(), ..row(number) }]).await.receipt.corrected > 0;
                    let document = row(number).document;
                    for (issued, status) in reports.iter_mut().filter(|(_, status)| corrected && *status == Status::Valid) {
                        if issued.facts.records.iter().any(|record| record.document_number == document) {
                            *status = Status::Superseded;
                        }
                    }
                }
                2 if !reports.is_empty() => {
                    let at = draw(reports.len());
                    let expected = reports[at].1 != Status::Revoked;
                    assert_eq!(house.revoke(&reports[at].0).await.is_ok(), expected, "step {step}");
                    reports[at].1 = Status::Revoked;
                }
                _ => { house.send(&[row(100 + step)]).await; }
            }
            if step % 6 == 5 {
                for (issued, status) in &reports {
                    let said = said(&house, issued).await;
                    assert!(said.iter().all(|(_, said)| said == status), "step {step}: {status} {said:?}");
                }
            }
        }
        assert!(reports.iter().any(|(_, status)| *status == Status::Revoked));
        house.journal().await;
    }

    async fn a_bundle_is_signed_and_tells_no_more_than_it_must(house: House) {
        let issued = issued(&house).await;
        house.revoke(&issued).await.unwrap();

        let text = mingzheng::flow::trust::export(&house.app).await.unwrap();

        assert!(!text.contains(&issued.code.as_ref().unwrap().to_string()));
        assert!(!text.contains(PARENT));
        let bundle = seal::TrustBundle::parse(text.as_bytes()).unwrap();
        assert_eq!(bundle.statuses.len(), 1);
        assert!(bundle.statuses.contains_key(&issued.facts_sha256));
        let changed = text.replacen("revoked", "disputed", 1);
        assert!(seal::TrustBundle::parse(changed.as_bytes()).is_err());
    }
}
