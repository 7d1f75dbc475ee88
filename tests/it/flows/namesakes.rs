//! An organisation of which only unchecked codes are known may be any that bears its name: what is recorded of it is nobody's "no record".

use mingzheng::flow::Actor;
use mingzheng::flow::console::subjects;
use mingzheng::flow::issue::Ask;
use mingzheng::rules::Status;
use mingzheng::rules::facts::Conclusion;

use super::check::the_same;
use super::house::{House, MARKET, ask, regulator};
use super::rows_reach::{NOBODYS, STRANGER, conclusion, register, send};
use crate::engines::on_both_engines;
use crate::rules::house::day;

const NAME: (&str, &str) = ("CF_XDR_MC", "同名有限公司");
/// Another one.
const OTHER: &str = "91310000MATE5T9147";
/// A day before any that is asked about.
const LONG_AGO: (&str, &str) = ("CF_JDRQ", "2019/03/11");
const BLANK: (&str, &str) = ("CF_XDR_SHXYM", "");
const NUMBER: (&str, &str) = ("CF_XDR_GSZC", NOBODYS);

/// A row with nothing but a registration number founds an organisation.
async fn found_by_number(house: &House) {
    let done = send(house, 1, &[&[BLANK, NUMBER, NAME]]).await;
    assert_eq!((done.receipt.accepted, done.receipt.set_aside), (1, 0), "{:?}", done.faults);
}

async fn pairs(house: &House) -> usize {
    subjects::namesakes(&house.app, &Actor::operator()).await.unwrap().len()
}

on_both_engines! {
    async fn a_company_that_is_registered_under_a_known_name_has_no_clean_sheet(house: House) {
        house.declare().await;
        found_by_number(&house).await;

        register(&house, STRANGER, NAME.1, &[]).await;
        register(&house, OTHER, "另一公司", &[]).await;

        assert_eq!(conclusion(&house, STRANGER).await, Conclusion::NotCovered);
        assert_eq!(conclusion(&house, OTHER).await, Conclusion::None);
        assert_eq!(pairs(&house).await, 1);
    }

    async fn nor_has_one_whom_a_row_makes_known_or_calls_so(house: House) {
        house.declare().await;
        found_by_number(&house).await;
        let done = send(&house, 2, &[&[("CF_XDR_SHXYM", STRANGER), NAME, LONG_AGO]]).await;
        assert_eq!(done.receipt.accepted, 1, "{:?}", done.faults);
        assert_eq!(conclusion(&house, STRANGER).await, Conclusion::NotCovered);

        register(&house, OTHER, "另一公司", &[]).await;
        let issued = house.issue(Ask { subject: OTHER.to_owned(), ..ask() }).await.unwrap();
        assert_eq!(issued.facts.domains[0].conclusion, Conclusion::None);
        assert_eq!(the_same(&house, &issued, "its issue").await, (Status::Valid, Some(false)));
        let done = send(&house, 3, &[&[("CF_XDR_SHXYM", OTHER), NAME, LONG_AGO]]).await;
        assert_eq!(done.receipt.accepted, 1, "{:?}", done.faults);

        assert_eq!(pairs(&house).await, 2);
        assert_eq!(conclusion(&house, OTHER).await, Conclusion::NotCovered);
        assert_eq!(the_same(&house, &issued, "a row called it so").await, (Status::Valid, Some(true)));
    }

    async fn a_name_that_waits_alone_holds_back_whoever_is_called_so_later(house: House) {
        house.declare().await;
        let done = send(&house, 1, &[&[BLANK, NAME]]).await;
        assert_eq!(done.receipt.set_aside, 1, "{:?}", done.faults);
        register(&house, OTHER, "另一公司", &[]).await;
        assert_eq!(conclusion(&house, OTHER).await, Conclusion::None);

        send(&house, 2, &[&[("CF_XDR_SHXYM", OTHER), NAME, LONG_AGO]]).await;

        assert_eq!(conclusion(&house, OTHER).await, Conclusion::NotCovered);
    }

    async fn what_comes_later_for_the_other_holds_back_too(house: House) {
        house.declare().await;
        found_by_number(&house).await;
        register(&house, STRANGER, NAME.1, &[]).await;
        let ask = || Ask {
            subject: STRANGER.to_owned(),
            from: Some(day("2025-01-01")),
            to: Some(day("2025-12-31")),
            ..ask()
        };
        house.pass(10);
        let issued = house.issue(ask()).await.unwrap();
        assert_eq!(issued.facts.domains[0].conclusion, Conclusion::None);

        send(&house, 2, &[&[BLANK, NUMBER, NAME, ("CF_JDRQ", "2025/03/11")]]).await;

        assert_eq!(the_same(&house, &issued, "a record of its namesake").await, (Status::Valid, Some(true)));
        assert_eq!(house.issue(ask()).await.unwrap().facts.domains[0].conclusion, Conclusion::NotCovered);
    }

    async fn an_operator_tells_two_apart_for_good(house: House) {
        house.declare().await;
        found_by_number(&house).await;
        register(&house, STRANGER, NAME.1, &[]).await;
        let operator = Actor::operator();
        let one = subjects::by_any_code(&house.app, &operator, STRANGER).await.unwrap();
        let other = subjects::by_any_code(&house.app, &operator, NOBODYS).await.unwrap();
        for (who, namesake) in [(one, other), (other, one)] {
            let shown = subjects::one(&house.app, &operator, who).await.unwrap().namesakes;
            assert_eq!(shown.iter().map(|line| line.id).collect::<Vec<_>>(), [namesake]);
        }
        let held = house.issue(Ask { subject: STRANGER.to_owned(), ..ask() }).await.unwrap();
        house.pass(10);

        let apart = async |actor, why| subjects::tell_apart(&house.app, &actor, one, other, why).await;
        assert!(apart(regulator(MARKET), "查登记档案").await.is_err());
        assert!(apart(Actor::operator(), " ").await.is_err());
        assert_eq!(pairs(&house).await, 1);
        apart(Actor::operator(), "查登记档案，两家不同").await.unwrap();

        assert!(apart(Actor::operator(), "再次").await.is_err());
        assert_eq!(pairs(&house).await, 0);
        assert_eq!(conclusion(&house, STRANGER).await, Conclusion::None);
        assert_eq!(the_same(&house, &held, "they were told apart").await, (Status::Valid, Some(true)));
        let told = house.number("SELECT COUNT(*) FROM journal WHERE act = 'namesakes-apart'").await;
        assert_eq!(told, 1);
        // That somebody calls it so again is nothing new.
        send(&house, 2, &[&[("CF_XDR_SHXYM", STRANGER), NAME, LONG_AGO]]).await;
        assert_eq!(pairs(&house).await, 0);
    }

    async fn two_that_turn_out_to_be_one_are_no_namesakes_any_more(house: House) {
        house.declare().await;
        found_by_number(&house).await;
        register(&house, STRANGER, NAME.1, &[]).await;
        assert_eq!(pairs(&house).await, 1);

        register(&house, STRANGER, NAME.1, &[("registration-number", NOBODYS)]).await;

        assert_eq!(pairs(&house).await, 0);
        assert_eq!(conclusion(&house, STRANGER).await, Conclusion::Found);
    }
}
