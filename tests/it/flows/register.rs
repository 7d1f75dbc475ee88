//! Authorities and subjects are made known, all of a file or none.

use mingzheng::flow::register::{self, Error};
use mingzheng::flow::{Actor, trust};

use super::house::{House, MARKET, PARENT, ask, regulator, row, subject};
use crate::engines::{execute, on_both_engines};

const TWO: &str = "[[subject]]\nkind = \"enterprise\"\ncode = \"91310115MATE5T0255\"\nnames = [{ name = \"新名称有限公司\" }]\n\n[[subject]]\nkind = \"enterprise\"\n";

on_both_engines! {
    async fn a_register_is_taken_whole_or_not_at_all(house: House) {
        let before = (house.number("SELECT COUNT(*) FROM subject_name").await, house.journal().await);
        let file = |rest: &str| format!("{TWO}{rest}");
        let relates = "code = \"91310000MATE5T041X\"\nnames = [{ name = \"x\" }]\nrelations = [{ kind = \"branch-of\", other = \"91310115MATE5T0999\" }]\n";
        for (rest, what) in [
            ("code = \"91310115MATE5T0250\"\nnames = [{ name = \"x\" }]\n", "code"),
            ("code = \"91310000MATE5T041X\"\nnames = [{ name = \"x\" }]\nodd = 1\n", "shape"),
            (relates, "relation"),
        ] {
            let refused = register::subjects(&house.app, &Actor::operator(), &file(rest)).await.unwrap_err();
            let word = match refused { Error::Code(..) => "code", Error::Shape(_) => "shape", Error::Relation(..) => "relation", _ => "other" };
            assert_eq!(word, what, "{refused}");
        }
        assert_eq!((house.number("SELECT COUNT(*) FROM subject_name").await, house.journal().await), before);
    }

    async fn only_the_operator_registers(house: House) {
        for actor in [subject(PARENT), regulator(MARKET)] {
            assert!(matches!(register::subjects(&house.app, &actor, "").await, Err(Error::Forbidden(_))));
            assert!(matches!(register::authorities(&house.app, &actor, "").await, Err(Error::Forbidden(_))));
        }
    }

    async fn an_authority_names_domains_of_the_catalogue_and_right_codes(house: House) {
        let authority = |code: &str, domain: &str| format!("[[authority]]\ncode = {code:?}\nzh = \"甲\"\nen = \"A\"\ndomains = [{domain:?}]\n");
        let refused = register::authorities(&house.app, &Actor::operator(), &authority(MARKET, "no-such")).await;
        assert!(matches!(refused, Err(Error::Domain(..))), "{refused:?}");
        let refused = register::authorities(&house.app, &Actor::operator(), &authority("11310000MBTE5T0960", "fire-rescue")).await;
        assert!(matches!(refused, Err(Error::Code(..) | Error::Shape(_))), "{refused:?}");
        let refused = register::authorities(&house.app, &Actor::operator(), "authority = 3").await;
        assert!(matches!(refused, Err(Error::Shape(_))), "{refused:?}");
    }

    async fn a_subject_registered_again_keeps_its_records(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        let text = format!("[[subject]]\nkind = \"enterprise\"\ncode = \"{PARENT}\"\nnames = [{{ name = \"新名称有限公司\" }}]\n");
        register::subjects(&house.app, &Actor::operator(), &text).await.unwrap();
        house.pass(10);

        let facts = house.issue(ask()).await.unwrap().facts;

        assert_eq!((facts.subject.name.as_str(), facts.summary.records), ("新名称有限公司", 1));
    }

    async fn a_journal_that_somebody_changed_is_told(house: House) {
        let entries = house.journal().await;
        assert!(entries >= 2);
        let mut tx = house.store.write().await.unwrap();
        let guards = match tx {
            mingzheng::store::Tx::Sqlite(_) => ["DROP TRIGGER journal_never_changes", "SELECT 1"],
            mingzheng::store::Tx::Postgres(_) => ["ALTER TABLE journal DISABLE TRIGGER USER", "SELECT 1"],
        };
        for guard in guards {
            execute(&mut tx, guard).await.unwrap();
        }
        execute(&mut tx, "UPDATE journal SET actor = 'somebody else' WHERE seq = 2").await.unwrap();
        tx.commit().await.unwrap();

        let broken = trust::check_journal(&house.app).await;

        assert!(matches!(broken, Err(trust::Error::Broken { seq: 2, .. })), "{broken:?}");
    }
}
