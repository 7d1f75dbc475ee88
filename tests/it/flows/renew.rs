//! A report that is no longer valid is followed by a fresh one, free of charge and once for each time.

use mingzheng::flow::cases::{self, Taken};
use mingzheng::flow::issue::{Ask, Issued};
use mingzheng::flow::renew::{self, Error};
use mingzheng::flow::reports;
use mingzheng::flow::{Actor, check};
use mingzheng::rules::facts::{Channel, Mark};
use mingzheng::rules::{CaseKind, CaseStep, Status};

use super::cases::{opened, step};
use super::house::{House, MARKET, PARENT, Row, SUBSIDIARY, ask, regulator, row, subject};
use crate::engines::on_both_engines;

/// A report with settings of its own, and a record that it shows.
async fn issued(house: &House) -> Issued {
    house.declare().await;
    house.send(&[row(1)]).await;
    house.pass(10);
    let wish =
        Ask { purpose: Some("listing".into()), include_repaired: true, edition: Some("en".into()), ..ask() };
    house.issue(wish).await.unwrap()
}

async fn renewed(house: &House, actor: &Actor, of: &Issued) -> Result<Issued, Error> {
    house.pass(1000);
    renew::renew(&house.app, actor, of.facts.number.compact(), Channel::Api).await
}

on_both_engines! {
    async fn a_disputed_report_is_renewed_with_the_same_settings(house: House) {
        let before = issued(&house).await;
        let valid = renewed(&house, &subject(PARENT), &before).await;
        assert!(matches!(valid, Err(Error::Valid(_))), "{valid:?}");
        opened(&house, CaseKind::Objection, 1).await;

        let fresh = renewed(&house, &subject(PARENT), &before).await.unwrap();

        assert!(!fresh.repeated && fresh.code.is_some());
        assert_ne!(fresh.facts.number, before.facts.number);
        let (was, is) = (&before.facts, &fresh.facts);
        assert_eq!((&is.request.period, &is.request.purpose), (&was.request.period, &was.request.purpose));
        assert!(is.request.include_repaired && is.request.purpose.is_some());
        let ids = |facts: &mingzheng::rules::Facts| facts.domains.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(is), ids(was));
        assert_eq!(is.records[0].marks, [Mark::Disputed]);
        let shown = reports::show(&house.app, &subject(PARENT), fresh.facts.number.compact()).await.unwrap();
        assert_eq!((shown.edition.word(), shown.status.status), ("en", Status::Valid));
        let answer = house.check(check::Brought::Pdf(fresh.pdf)).await;
        assert!(answer.verdict.is_genuine_and_valid());
    }

    async fn each_change_of_status_brings_one_fresh_report(house: House) {
        let before = issued(&house).await;
        let id = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        let fresh = renewed(&house, &subject(PARENT), &before).await.unwrap();
        let kept = house.number("SELECT COUNT(*) FROM report").await;
        for actor in [subject(PARENT), Actor::operator()] {
            let again = renewed(&house, &actor, &before).await.unwrap();
            assert_eq!((again.repeated, &again.facts.number), (true, &fresh.facts.number));
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM report").await, kept);

        for next in [CaseStep::Accept, CaseStep::Send] {
            step(&house, id, Taken::plain(next)).await.unwrap();
        }
        house.pass(1000);
        house.send(&[Row { fine: "3".into(), ..row(1) }]).await;
        step(&house, id, Taken::plain(CaseStep::UpholdCorrected)).await.unwrap();
        assert_eq!((house.status(&before).await, house.status(&fresh).await), (Status::Superseded, Status::Superseded));
        let second = renewed(&house, &subject(PARENT), &before).await.unwrap();
        assert!(!second.repeated && second.facts.number != fresh.facts.number);
        assert!(!second.facts.records[0].marks.contains(&Mark::Disputed));
        let of_fresh = renewed(&house, &subject(PARENT), &fresh).await.unwrap();
        assert!(!of_fresh.repeated, "the fresh one was superseded, too");
        house.journal().await;
    }

    async fn two_who_ask_at_once_get_the_same_report(house: House) {
        let before = issued(&house).await;
        opened(&house, CaseKind::Objection, 1).await;
        house.pass(1000);
        let other = house.second().await;
        let number = before.facts.number.compact();
        let (me, operator) = (subject(PARENT), Actor::operator());
        let (one, two) = tokio::join!(
            renew::renew(&house.app, &me, number, Channel::Api),
            renew::renew(&other, &operator, number, Channel::Api)
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.facts.number, two.facts.number);
        assert_ne!(one.repeated, two.repeated);
        assert_eq!(house.number("SELECT COUNT(*) FROM report").await, 2);
    }

    async fn days_that_lie_too_far_back_by_now_are_left_out(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(10);
        let from = crate::rules::house::day("2021-11-22");
        let before = house.issue(Ask { from: Some(from), ..ask() }).await.unwrap();
        house.pass(30 * 86_400_000);
        opened(&house, CaseKind::Objection, 1).await;
        let fresh = renewed(&house, &subject(PARENT), &before).await.unwrap();
        assert_eq!(fresh.facts.request.period.from, crate::rules::house::day("2021-12-22"));
        assert_eq!(fresh.facts.request.period.to, before.facts.request.period.to);
    }

    async fn what_is_revoked_or_somebody_elses_is_not_renewed(house: House) {
        let before = issued(&house).await;
        let id = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        for stranger in [subject(SUBSIDIARY), regulator(MARKET)] {
            let refused = renewed(&house, &stranger, &before).await;
            assert!(matches!(refused, Err(Error::Report(reports::Error::NotFound))), "{refused:?}");
        }
        house.revoke(&before).await.unwrap();
        let refused = renewed(&house, &subject(PARENT), &before).await;
        assert!(matches!(refused, Err(Error::Revoked(..))), "{refused:?}");
        cases::step(&house.app, &subject(PARENT), id, &Taken::plain(CaseStep::TakeBack)).await.unwrap();
        assert_eq!(house.status(&before).await, Status::Revoked);
        assert_eq!(house.number("SELECT COUNT(*) FROM report").await, 1);
    }
}
