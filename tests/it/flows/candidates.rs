//! Rows that name nobody for certain, or were rejected: while they are open, nobody they name gets a "no record".

use mingzheng::flow::candidates::{self, Cause, Error, Open};
use mingzheng::flow::issue::Ask;
use mingzheng::flow::upload::Done;
use mingzheng::flow::{Actor, register};
use mingzheng::rules::Status;
use mingzheng::rules::facts::Conclusion;
use proptest::prelude::*;
use uuid::Uuid;

use super::house::{
    ECOLOGY, House, MARKET, PARENT, Row, SUBSIDIARY, ask, market_sends, regulator, row, subject,
};
use crate::engines::{Place, on_both_engines};

/// A row that names the listed company by its name alone.
fn nameless(number: u32) -> Row {
    Row { code: String::new(), ..row(number) }
}

/// A row about the listed company whose day cannot be.
fn faulty(number: u32) -> Row {
    Row { decided: "2025/02/30".into(), ..row(number) }
}

async fn send(house: &House, rows: &[Row]) -> Done {
    let done = house.send(rows).await;
    house.pass(10);
    done
}

async fn conclusion(house: &House, of: &str) -> Conclusion {
    house.pass(10);
    house.issue(Ask { subject: of.to_owned(), ..ask() }).await.unwrap().facts.domains[0].conclusion
}

async fn open(house: &House) -> Vec<Open> {
    candidates::open(&house.app, &regulator(MARKET), None, None, None, None).await.unwrap().rows
}

async fn resolve(house: &House, id: Uuid, to: &str) -> Result<candidates::Resolved, Error> {
    house.pass(10);
    let done = candidates::resolve(&house.app, &regulator(MARKET), id, to, "经核对").await;
    house.pass(10);
    done
}

on_both_engines! {
    async fn a_row_with_a_name_and_no_code_is_kept_aside_and_holds_back_whom_it_may_be_about(house: House) {
        house.declare().await;

        let done = send(&house, &[nameless(1), Row { name: "无此企业有限公司", ..nameless(2) }]).await;

        let receipt = &done.receipt;
        assert_eq!((receipt.accepted, receipt.set_aside, receipt.rejected), (2, 2, 0), "{:?}", done.faults);
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
        assert_eq!(conclusion(&house, SUBSIDIARY).await, Conclusion::None);
        let rows = open(&house).await;
        assert_eq!((rows.len(), rows[0].cause, rows[0].row), (2, Cause::NameOnly, 1));
        let possible = &rows[0].possible[0];
        assert_eq!((possible.code.as_str(), possible.matches), (PARENT, "name"));
        assert!(rows[1].possible.is_empty());
        let again = send(&house, &[nameless(1), row(7)]).await;
        assert_eq!((again.receipt.accepted, again.receipt.repeated, again.receipt.set_aside), (1, 1, 0));
    }

    async fn it_becomes_the_record_of_whom_somebody_says_or_nobody_s(house: House) {
        house.declare().await;
        send(&house, &[nameless(1), nameless(2)]).await;
        let rows = open(&house).await;
        let before = house.kept().await;
        for actor in [regulator(ECOLOGY), subject(PARENT)] {
            let refused = candidates::resolve(&house.app, &actor, rows[0].id, PARENT, "经核对").await;
            assert!(matches!(refused, Err(Error::Unknown(_))), "{refused:?}");
        }
        assert!(matches!(resolve(&house, rows[0].id, "91310115MATE5T9990").await, Err(Error::UnknownSubject(_))));
        let no_reason = candidates::resolve(&house.app, &regulator(MARKET), rows[0].id, PARENT, " ").await;
        assert!(matches!(no_reason, Err(Error::Reason)), "{no_reason:?}");
        assert_eq!(house.kept().await, before);

        let became = resolve(&house, rows[0].id, PARENT).await.unwrap();
        assert!(became.record.is_some());
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::Found);
        let again = resolve(&house, rows[0].id, PARENT).await;
        assert!(matches!(again, Err(Error::Already(..))), "{again:?}");
        assert_eq!(resolve(&house, rows[1].id, "nobody").await.unwrap().record, None);
        assert!(open(&house).await.is_empty());
        let shown = house.issue(ask()).await.unwrap().facts.records;
        assert_eq!((shown.len(), shown[0].id), (1, became.record.unwrap()));

        let with_code = send(&house, &[row(1)]).await;
        assert_eq!(with_code.receipt.repeated, 1);
        house.journal().await;
    }

    async fn resolved_into_a_known_record_it_corrects_it_and_reports_follow(house: House) {
        house.declare().await;
        send(&house, &[row(1)]).await;
        let report = house.issue(ask()).await.unwrap();
        send(&house, &[Row { fine: "7".into(), ..nameless(1) }]).await;
        let rows = open(&house).await;

        resolve(&house, rows[0].id, PARENT).await.unwrap();

        assert_eq!(house.status(&report).await, Status::Superseded);
        let shown = house.issue(ask()).await.unwrap().facts.records;
        assert_eq!((shown.len(), shown[0].version), (1, 2));
    }

    async fn the_same_record_sent_with_its_code_settles_it(house: House) {
        house.declare().await;
        send(&house, &[nameless(1)]).await;

        send(&house, &[row(1)]).await;

        assert!(open(&house).await.is_empty());
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::Found);
    }

    async fn a_rejected_row_holds_back_whom_it_names_until_a_good_one_comes(house: House) {
        house.declare().await;
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::None);

        let done = send(&house, &[faulty(1)]).await;

        assert_eq!((done.receipt.accepted, done.receipt.rejected), (0, 1));
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
        assert_eq!(conclusion(&house, SUBSIDIARY).await, Conclusion::None);
        let rows = open(&house).await;
        assert_eq!((rows.len(), rows[0].cause, &rows[0].faults[..]), (1, Cause::Rejected, &["no-such-day".to_owned()][..]));
        assert!(matches!(resolve(&house, rows[0].id, PARENT).await, Err(Error::Rejected)));
        send(&house, &[faulty(1), row(5)]).await;
        assert_eq!(open(&house).await.len(), 1);

        // The good one was decided outside of what is asked about.
        send(&house, &[Row { decided: "2020/02/28".into(), ..row(1) }]).await;

        assert!(open(&house).await.is_empty());
        let facts = house.issue(Ask { from: Some(crate::rules::house::day("2025-06-01")), ..ask() }).await.unwrap().facts;
        assert_eq!(facts.domains[0].conclusion, Conclusion::None);
    }

    async fn a_rejected_row_is_dismissed_only_with_a_reason(house: House) {
        house.declare().await;
        send(&house, &[faulty(1)]).await;
        let rows = open(&house).await;

        resolve(&house, rows[0].id, "nobody").await.unwrap();

        assert_eq!(conclusion(&house, PARENT).await, Conclusion::None);
        send(&house, &[faulty(1), row(9)]).await; // sent again, it holds back again
        assert_eq!(open(&house).await.len(), 1);
    }

    async fn a_row_that_cannot_be_taken_apart_and_one_with_a_wrong_code_hold_back_too(house: House) {
        house.declare().await;
        let mut sent = market_sends(&[row(1)]);
        sent.bytes.extend(format!("\"astray,{SUBSIDIARY},x\n").as_bytes());
        house.upload(sent).await.unwrap();
        assert_eq!(conclusion(&house, SUBSIDIARY).await, Conclusion::NotCovered);

        let wrong = Row { code: "91310115MATE5T017B".into(), decided: "2024/01/05".into(), ..row(2) };
        send(&house, &[wrong]).await;
        let rows = open(&house).await;
        assert_eq!((rows.len(), rows[1].possible[0].code.as_str()), (2, PARENT));
    }

    async fn whoever_becomes_known_later_is_held_back_too(house: House) {
        house.declare().await;
        let (code, name) = ("91310000MATE5T9982", "后来登记有限公司");
        let by_code = Row { code: code.into(), name, ..faulty(1) };
        send(&house, &[by_code]).await;
        let text = format!("[[subject]]\nkind = \"enterprise\"\ncode = {code:?}\nconfirmed_by_register = true\nnames = [{{ name = {name:?} }}]\n");

        register::subjects(&house.app, &Actor::operator(), &text).await.unwrap();

        assert_eq!(open(&house).await.len(), 1);
    }
}

/// What may happen to a row about one of two subjects.
#[derive(Clone, Debug)]
enum Event {
    Good(u32, bool),
    Faulty(u32, bool),
    Nameless(u32, bool),
    Resolve(usize, bool),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (1..4_u32, any::<bool>()).prop_map(|(number, parent)| Event::Good(number, parent)),
        (1..4_u32, any::<bool>()).prop_map(|(number, parent)| Event::Faulty(number, parent)),
        (1..4_u32, any::<bool>()).prop_map(|(number, parent)| Event::Nameless(number, parent)),
        (0..4_usize, any::<bool>()).prop_map(|(at, nobody)| Event::Resolve(at, nobody)),
    ]
}

/// A row about the listed company or its subsidiary.
fn about(parent: bool, row: Row) -> Row {
    if parent {
        row
    } else {
        let code = if row.code.is_empty() { String::new() } else { SUBSIDIARY.to_owned() };
        Row {
            code, name: "示范乙软件有限公司", document: row.document.replace("市监", "市监乙"), ..row
        }
    }
}

#[test]
fn whoever_is_named_in_an_unresolved_row_never_gets_a_no_record() {
    let config = ProptestConfig { cases: 6, max_shrink_iters: 20, ..ProptestConfig::default() };
    proptest!(config, |(events in prop::collection::vec(event(), 1..9))| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let house: House = tokio::spawn(async { House::from(Place::on_sqlite().await) }).await.unwrap();
            house.declare().await;
            for (step, event) in events.iter().enumerate() {
                match event {
                    Event::Good(number, parent) => drop(send(&house, &[about(*parent, row(*number))]).await),
                    Event::Faulty(number, parent) => {
                        let facts = format!("第 {step} 次报送。");
                        drop(send(&house, &[about(*parent, Row { facts, ..faulty(*number) })]).await);
                    }
                    Event::Nameless(number, parent) => drop(send(&house, &[about(*parent, nameless(*number))]).await),
                    Event::Resolve(at, nobody) => {
                        let rows = open(&house).await;
                        let Some(row) = rows.get(*at) else { continue };
                        let to = if *nobody { "nobody" } else { row.possible[0].code.as_str() };
                        let done = resolve(&house, row.id, to).await;
                        assert!(done.is_ok() || matches!(done, Err(Error::Rejected)), "{done:?}");
                    }
                }
                let rows = open(&house).await;
                for subject in [PARENT, SUBSIDIARY] {
                    let named = rows.iter().any(|row| row.possible.iter().any(|it| it.code == subject));
                    let found = conclusion(&house, subject).await;
                    assert!(!named || found != Conclusion::None, "{subject} {rows:?}");
                }
            }
        });
    });
}
