//! How good the data are: figures from the store, and the same late feed in a report and in the figures.

use mingzheng::flow::Actor;
use mingzheng::flow::issue::Ask;
use mingzheng::flow::quality::{self, Error, OfAuthority, Quality};
use mingzheng::rules::facts::Conclusion;
use mingzheng::rules::{CaseKind, GapReason};

use super::cases::opened;
use super::house::{ECOLOGY, House, MARKET, PARENT, Row, ask, regulator, row, subject};
use crate::engines::on_both_engines;
use crate::rules::house::{code, day};

async fn figures(house: &House, actor: &Actor) -> Result<Quality, Error> {
    quality::quality(&house.app, actor, quality::WINDOW, None).await
}

async fn market(house: &House) -> OfAuthority {
    figures(house, &regulator(MARKET)).await.unwrap().authorities.remove(0)
}

on_both_engines! {
    async fn the_figures_are_those_of_what_came_in(house: House) {
        house.declare().await;
        let fresh = |number: u32, decided: &str| Row { decided: decided.into(), ..row(number) };
        // Received on Sunday 22 November: working days since the decision are 0, 1, 2 and 8.
        let faulty = Row { code: "91310115MATE5T0170".into(), ..row(5) };
        let rows = [fresh(1, "2026/11/20"), fresh(2, "2026/11/19"), fresh(3, "2026/11/18"), fresh(4, "2026/11/10"), faulty];
        house.send(&rows).await;
        house.pass(1000);
        house.send(&[Row { fine: "3".into(), ..fresh(1, "2026/11/20") }]).await;
        opened(&house, CaseKind::Repair, 1).await;
        opened(&house, CaseKind::Annulment, 2).await;
        house.pass(2 * 86_400_000);

        let all = market(&house).await;

        assert_eq!((all.uploads, all.submitted, all.rejected), (2, 6, 1));
        assert_eq!((all.quarantine_open, all.quarantine_oldest_days), (1, Some(2)), "the rejected row waits");
        assert!((all.reject_rate.unwrap() - 1.0 / 6.0).abs() < 1e-9);
        let it = &all.domains[0];
        assert_eq!((it.lag.received, it.lag.median, it.lag.p90, it.lag.max, it.lag.late), (4, 1, 8, 8, 1));
        assert_eq!((it.late_rate, it.corrections, it.correction_rate), (Some(0.25), 1, Some(0.2)));
        assert_eq!((it.cases_open, it.cases_overdue), (2, 1), "on Tuesday the repair should be accepted");
        let fresh = it.freshness.unwrap();
        assert_eq!((fresh.complete_through, fresh.days_since_complete, fresh.late), (day("2026-11-22"), 2, false));
        assert!(!it.lag.calendar_unknown);

        house.pass(100 * 86_400_000);
        let later = market(&house).await;
        assert_eq!((later.uploads, later.domains[0].lag.received, later.domains[0].late_rate), (0, 0, None));
        assert_eq!(later.domains[0].cases_overdue, 2);
    }

    async fn a_stale_feed_is_late_here_and_leaves_reports_without_a_conclusion(house: House) {
        house.declare().await;
        let of = async |house: &House| {
            let today = house.app.now().local_day();
            let issued = house.issue(Ask { to: Some(today), from: Some(day("2024-01-01")), ..ask() }).await.unwrap();
            let domain = issued.facts.domains[0].clone();
            (domain.conclusion, domain.gaps, market(house).await.domains[0].freshness.unwrap().late)
        };
        // The declared delay is 9 days: nine days after the last complete day all is well, a day later it is not.
        house.pass(9 * 86_400_000);
        assert_eq!(of(&house).await, (Conclusion::None, vec![], false));
        house.pass(86_400_000);
        let (conclusion, gaps, late) = of(&house).await;
        assert_eq!((conclusion, late), (Conclusion::NotCovered, true));
        assert_eq!((gaps[0].reason, gaps[0].from), (GapReason::LateFeed, day("2026-11-23")));
        house.declare().await;
        house.pass(10);
        assert_eq!(of(&house).await, (Conclusion::None, vec![], false));
    }

    async fn each_sees_its_own_figures_and_the_operator_all(house: House) {
        let all = figures(&house, &Actor::operator()).await.unwrap().authorities;
        let known = all.iter().filter(|it| [code(MARKET), code(ECOLOGY)].contains(&it.code)).count();
        assert!(all.len() > 10 && known == 2);
        assert_eq!(market(&house).await.code, code(MARKET));
        let of = async |actor: &Actor, days, authority| quality::quality(&house.app, actor, days, authority).await;
        let own = of(&regulator(MARKET), 1, Some(code(MARKET))).await.unwrap();
        assert_eq!(own.authorities.len(), 1);
        let other = of(&regulator(MARKET), 90, Some(code(ECOLOGY))).await;
        assert!(matches!(other, Err(Error::Unknown(_))), "{other:?}");
        let none = of(&Actor::operator(), 90, Some(code(PARENT))).await;
        assert!(matches!(none, Err(Error::Unknown(_))), "{none:?}");
        let subject = of(&subject(PARENT), 90, None).await;
        assert!(matches!(subject, Err(Error::Forbidden(_))), "{subject:?}");
        for days in [0, 367] {
            assert!(matches!(of(&Actor::operator(), days, None).await, Err(Error::Window(_))));
        }
    }
}
