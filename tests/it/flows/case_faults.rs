//! Every durable step of a case fails twice: lost, and kept but reported lost. Nothing is half-done, and a repeat succeeds.

use mingzheng::flow::cases::{self, Taken};
use mingzheng::flow::{Actor, amend, renew};
use mingzheng::rules::facts::Channel;
use mingzheng::rules::{Act, CaseKind, CaseStep, Change};
use uuid::Uuid;

use super::cases::{about, opened, shown, step};
use super::faults::{drop_after, refuse};
use super::house::{House, MARKET, PARENT, regulator, row, subject};
use crate::engines::on_both_engines;
use crate::rules::house::{at, day};

/// Rows of everything that a case leaves behind.
async fn kept(house: &House) -> [i64; 10] {
    [
        house.number("SELECT COUNT(*) FROM credit_case").await,
        house.number("SELECT CAST(COALESCE(SUM(place), 0) AS BIGINT) FROM credit_case").await,
        house.number("SELECT COUNT(*) FROM case_key").await,
        house.number("SELECT COUNT(*) FROM case_event").await,
        house.number("SELECT COUNT(*) FROM case_evidence").await,
        house.number("SELECT COUNT(*) FROM case_reminder").await,
        house.number("SELECT COUNT(*) FROM report_renewal").await,
        house.number("SELECT COUNT(*) FROM record_version").await,
        house.number("SELECT COUNT(*) FROM report_status").await,
        house.number("SELECT COUNT(*) FROM journal").await,
    ]
}

/// What is done in a case, one after the other, with the tables that it writes.
const ACTS: &[(&str, &[&str])] = &[
    ("open", &["credit_case", "case_key", "case_event", "record_version", "report_status", "journal"]),
    ("evidence", &["case_evidence", "journal"]),
    ("remind", &["case_reminder", "journal"]),
    ("accept", &["case_event", "journal"]),
    ("send", &["case_event", "journal"]),
    ("renew", &["report_renewal", "report", "journal"]),
    ("reject", &["case_event", "record_version", "report_status", "journal"]),
];

/// Does one of them; whether it succeeded.
async fn act(house: &House, act: &str, id: Option<Uuid>, number: &str) -> Result<Option<Uuid>, String> {
    let (me, text) = (subject(PARENT), |error: &dyn std::fmt::Debug| format!("{error:?}"));
    let id = id.unwrap_or_default();
    let done = match act {
        "open" => {
            let opened = cases::open(&house.app, &me, &about(CaseKind::Objection, 1)).await;
            return opened.map(|it| Some(it.case.case.id)).map_err(|error| text(&error));
        }
        "evidence" => cases::add_evidence(&house.app, &me, id, "a.pdf", b"%PDF-1.7").await.map(drop),
        "remind" => {
            let wait = at("2026-11-23T19:13:00+08:00").millis() - house.app.now().millis();
            house.pass(wait.max(0));
            cases::remind(&house.app).await.map(drop)
        }
        "renew" => {
            let renewed = renew::renew(&house.app, &me, number, Channel::Api).await;
            return renewed.map(|_| None).map_err(|error| text(&error));
        }
        other => {
            let taken = Taken::because(other.parse::<CaseStep>().unwrap(), "记录无误。");
            cases::step(&house.app, &regulator(MARKET), id, &taken).await.map(drop)
        }
    };
    done.map(|()| None).map_err(|error| text(&error))
}

on_both_engines! {
    async fn whichever_row_of_a_case_cannot_be_stored_nothing_is(house: House) {
        let number = shown(&house).await.facts.number.compact().to_owned();
        let mut id = None;
        for (name, tables) in ACTS {
            house.pass(1000);
            for table in *tables {
                let before = kept(&house).await;
                refuse(&house, table, true).await;
                let failed = act(&house, name, id, &number).await;
                assert!(failed.is_err(), "{name} {table}: {failed:?}");
                assert_eq!(kept(&house).await, before, "{name} {table}");
                refuse(&house, table, false).await;
            }
            let before = kept(&house).await;
            let done = act(&house, name, id, &number).await.unwrap();
            id = id.or(done);
            let after = kept(&house).await;
            assert_ne!(after, before, "{name}");
            act(&house, name, id, &number).await.unwrap();
            assert_eq!(kept(&house).await, after, "{name}: a repeat changes nothing");
        }
        house.journal().await;
    }

    async fn a_case_that_is_dropped_at_any_moment_is_there_or_not(house: House) {
        let rows: Vec<_> = (0..40).map(row).collect();
        house.declare().await;
        house.send(&rows).await;
        let (mut there, mut not) = (0, 0);
        for polls in 0..40_u32 {
            house.pass(1000);
            let (me, asked) = (subject(PARENT), about(CaseKind::Objection, polls));
            let count = "SELECT COUNT(*) FROM credit_case";
            let before = house.number(count).await;
            let done = drop_after(2 * polls, cases::open(&house.app, &me, &asked)).await;
            let after = house.number(count).await;
            assert!(done.is_none() || after == before + 1);
            let again = cases::open(&house.app, &me, &asked).await.unwrap();
            assert_eq!(again.repeated, after == before + 1, "{polls}");
            assert!(again.case.record.standing.disputed, "the mark and the case are one");
            assert_eq!(house.number(count).await, before + 1);
            if again.repeated { there += 1 } else { not += 1 }
        }
        assert!(there > 0 && not > 0, "{there} {not}");
        house.journal().await;
    }

    async fn a_clock_that_was_set_back_changes_no_record_and_no_case(house: House) {
        let number = shown(&house).await.facts.number.compact().to_owned();
        house.send(&[row(2)]).await;
        house.pass(10);
        let (me, theirs, operator) = (subject(PARENT), regulator(MARKET), Actor::operator());
        let id = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        let record = cases::show(&house.app, &operator, id).await.unwrap().record.record;
        house.pass(10);
        let before = kept(&house).await;
        house.pass(-3_600_000);
        let told = cases::open(&house.app, &me, &about(CaseKind::Objection, 2)).await;
        assert!(matches!(told, Err(cases::Error::Clock(_))), "{told:?}");
        let told = cases::step(&house.app, &theirs, id, &Taken::plain(CaseStep::Accept)).await;
        assert!(matches!(told, Err(cases::Error::Clock(_))), "{told:?}");
        let told = cases::add_evidence(&house.app, &me, id, "a.pdf", b"%PDF-1.7").await;
        assert!(matches!(told, Err(cases::Error::Clock(_))), "{told:?}");
        let told = renew::renew(&house.app, &me, &number, Channel::Api).await;
        assert!(told.is_err(), "{told:?}");
        let change = Change::new(Act::Suspend { from: day("2026-06-01"), until: None }, None);
        let told = amend::amend(&house.app, &theirs, record, &change, None).await;
        assert!(matches!(told, Err(amend::Error::Clock(_))), "{told:?}");
        assert_eq!(kept(&house).await, before);

        house.pass(3_600_010);
        assert!(!cases::open(&house.app, &me, &about(CaseKind::Objection, 2)).await.unwrap().repeated);
        step(&house, id, Taken::plain(CaseStep::Accept)).await.unwrap();
        house.journal().await;
    }

    async fn a_step_that_is_dropped_at_any_moment_was_taken_or_not(house: House) {
        shown(&house).await;
        for polls in (0..60_u32).step_by(3) {
            let id = opened(&house, CaseKind::Objection, 1).await.case.case.id;
            house.pass(1000);
            let taken = Taken::because(CaseStep::TakeBack, "申请人撤回。");
            let operator = Actor::operator();
            let _ = drop_after(polls, cases::step(&house.app, &operator, id, &taken)).await;
            let now = cases::show(&house.app, &operator, id).await.unwrap();
            assert_eq!(now.case.ended_at.is_none(), now.record.standing.disputed, "{polls}");
            let again = step_as_operator(&house, id, taken).await;
            assert!(again.case.ended_at.is_some() && !again.record.standing.disputed);
            assert_eq!(again.events.len(), 2);
        }
        let refused = step(&house, Uuid::from_u128(5), Taken::plain(CaseStep::Accept)).await;
        assert!(refused.is_err());
        house.journal().await;
    }
}

async fn step_as_operator(house: &House, id: Uuid, taken: Taken) -> cases::Shown {
    house.pass(1000);
    cases::step(&house.app, &Actor::operator(), id, &taken).await.unwrap()
}
