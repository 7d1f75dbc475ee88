//! An authority asks what is known of its records, and what was known at any instant.

use mingzheng::flow::amend;
use mingzheng::flow::correct::{self, Error as NotCorrected};
use mingzheng::flow::records::{self, Error, Place, State, Wanted};
use mingzheng::flow::{Actor, Forbidden, Role};
use mingzheng::rules::{Change, Operation, RecordKind};

use super::amend::annul;
use super::house::{
    ECOLOGY, HEAD, House, MARKET, PARENT, Row, SUBSIDIARY, csv, market, regulator, row, subject,
};
use crate::engines::on_both_engines;
use crate::rules::house::day;

async fn numbers(house: &House, actor: &Actor, wanted: Wanted) -> Vec<String> {
    let page = records::search(&house.app, actor, &wanted).await.unwrap();
    page.records.into_iter().map(|shown| shown.version.details.document_number).collect()
}

on_both_engines! {
    async fn records_are_found_by_what_their_authority_knows(house: House) {
        let other = Row { code: SUBSIDIARY.into(), name: "示范乙软件有限公司", decided: "2024/02/29".into(), ..row(2) };
        let first = house.send(&[row(1), other.clone()]).await.receipt.received_at;
        house.pass(1000);
        let second = house.send(&[row(3)]).await.receipt.received_at;
        let (one, two, three) = (row(1).document, other.document, row(3).document);
        let actor = regulator(MARKET);
        let every = || Wanted::default();
        let found = |wanted: Wanted| numbers(&house, &actor, wanted);

        assert_eq!(found(every()).await.len(), 3);
        assert_eq!(found(Wanted { domain: Some(market()), ..every() }).await.len(), 3);
        assert_eq!(found(Wanted { domain: Some("taxation".parse().unwrap()), ..every() }).await.len(), 0);
        assert_eq!(found(Wanted { document_number: Some(one.replace('〔', "[").replace('〕', "]")), ..every() }).await, std::slice::from_ref(&one));
        assert_eq!(found(Wanted { subject: Some(SUBSIDIARY.into()), ..every() }).await, std::slice::from_ref(&two));
        assert_eq!(found(Wanted { subject: Some("91310115MATE5T9990".into()), ..every() }).await.len(), 0);
        assert_eq!(found(Wanted { kind: Some(RecordKind::Criminal), ..every() }).await.len(), 0);
        assert_eq!(found(Wanted { decided_to: Some(day("2024-12-31")), ..every() }).await, std::slice::from_ref(&two));
        assert_eq!(found(Wanted { decided_from: Some(day("2025-01-01")), ..every() }).await.len(), 2);
        assert_eq!(found(Wanted { received_to: Some(first), ..every() }).await.len(), 2);
        assert_eq!(found(Wanted { received_from: Some(second), ..every() }).await, [three]);
        assert_eq!(found(Wanted { state: Some(State::Annulled), ..every() }).await.len(), 0);
        let operator = Actor::operator();
        assert_eq!(numbers(&house, &operator, every()).await.len(), 3);
        let of_ecology = Wanted { authority: Some(ECOLOGY.parse().unwrap()), ..every() };
        assert_eq!(numbers(&house, &operator, of_ecology.clone()).await.len(), 0);

        let refused = records::search(&house.app, &actor, &of_ecology).await;
        assert!(matches!(refused, Err(Error::Forbidden(Forbidden::Authority { .. }))), "{refused:?}");
        let verifier = Actor { name: "@bank".into(), role: Role::Verifier };
        let refused = records::search(&house.app, &verifier, &every()).await;
        assert!(matches!(refused, Err(Error::Forbidden(Forbidden::Records(_)))), "{refused:?}");
        assert_eq!(numbers(&house, &subject(PARENT), every()).await.len(), 2, "its own");
        assert_eq!(numbers(&house, &regulator(ECOLOGY), every()).await.len(), 0);
    }

    async fn pages_follow_each_other_without_gaps_whatever_they_filter(house: House) {
        house.send(&(0..25).map(row).collect::<Vec<_>>()).await;
        let all = records::search(&house.app, &regulator(MARKET), &Wanted::default()).await.unwrap().records;
        house.pass(10);
        for shown in all.iter().step_by(7) {
            amend::amend(&house.app, &regulator(MARKET), shown.version.record, &annul(), None).await.unwrap();
        }
        for (state, expected) in [(None, 25), (Some(State::Annulled), 4), (Some(State::InForce), 21)] {
            for limit in [1, 4, 30] {
                let mut wanted = Wanted { state, limit: Some(limit), ..Wanted::default() };
                let mut seen = std::collections::BTreeSet::new();
                loop {
                    let page = records::search(&house.app, &regulator(MARKET), &wanted).await.unwrap();
                    assert!(page.records.len() <= limit as usize);
                    for shown in page.records {
                        assert!(seen.insert(shown.version.record));
                    }
                    let Some(next) = page.next else { break };
                    wanted.after = Some(next.to_string().parse::<Place>().unwrap());
                }
                assert_eq!(seen.len(), expected, "{state:?} {limit}");
            }
        }
        for bad in ["", "x", "1.", "1.zz", "..", "99999999999999999999.0"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }

    async fn what_was_known_at_an_instant_is_shown_as_it_was(house: House) {
        let sent = house.send(&[row(1)]).await.receipt.received_at;
        house.pass(1000);
        let actor = regulator(MARKET);
        let record = records::search(&house.app, &actor, &Wanted::default()).await.unwrap().records[0].version.record;
        let told = amend::amend(&house.app, &actor, record, &annul(), None).await.unwrap().version.received_at;
        let show = async |at| records::show(&house.app, &actor, record, at).await;

        let before = mingzheng::rules::Instant::from_millis(sent.millis() - 1);
        assert!(matches!(show(Some(before)).await, Err(Error::NotYet(..))));
        assert_eq!(show(Some(sent)).await.unwrap().state, State::InForce);
        let last = mingzheng::rules::Instant::from_millis(told.millis() - 1);
        let old = show(Some(last)).await.unwrap();
        assert_eq!((old.version.number, old.superseded_at), (1, Some(told)));
        for at in [Some(told), None] {
            assert_eq!(show(at).await.unwrap().state, State::Annulled);
        }
        let history = records::history(&house.app, &actor, record).await.unwrap();
        let operations: Vec<_> = history.iter().map(|shown| shown.version.operation).collect();
        assert_eq!(operations, [Operation::Insert, Operation::Annul]);
        let foreign = records::history(&house.app, &regulator(ECOLOGY), record).await;
        assert!(matches!(foreign, Err(Error::Unknown(_))), "{foreign:?}");
    }

    async fn a_single_correction_is_checked_like_a_row_of_a_file(house: House) {
        house.send(&[row(1)]).await;
        house.pass(10);
        let actor = regulator(MARKET);
        let record = records::search(&house.app, &actor, &Wanted::default()).await.unwrap().records[0].version.record;
        let cells = |row: &Row| {
            let text = String::from_utf8(csv(std::slice::from_ref(row))).unwrap();
            let values = text.lines().nth(1).unwrap().to_owned();
            HEAD.split(',').map(str::to_owned).zip(values.split(',').map(str::to_owned)).collect()
        };

        let faulty = correct::correction(&house.app, &actor, record, &cells(&Row { fine: "-1".into(), ..row(1) })).await;
        assert!(matches!(faulty, Err(NotCorrected::Faulty(_))), "{faulty:?}");
        let other = correct::correction(&house.app, &actor, record, &cells(&row(2))).await;
        assert!(matches!(other, Err(NotCorrected::OtherRecord)), "{other:?}");
        let foreign = correct::correction(&house.app, &regulator(ECOLOGY), record, &cells(&row(1))).await;
        assert!(matches!(foreign, Err(NotCorrected::Unknown(_))), "{foreign:?}");
        let new = Row { fine: "3".into(), ..row(1) };
        let act = correct::correction(&house.app, &actor, record, &cells(&new)).await.unwrap();
        let done = amend::amend(&house.app, &actor, record, &Change::new(act, Some("笔误")), None).await.unwrap();
        assert_eq!((done.version.number, done.version.standing.corrected), (2, true));
        house.pass(10);
        assert_eq!(house.send(&[new, row(5)]).await.receipt.repeated, 1);
    }
}
