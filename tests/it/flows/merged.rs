//! Two subjects that turn out to be one: nothing of either is lost, doubled, or goes on without its other half.

use mingzheng::flow::account::sign_in::Knock;
use mingzheng::flow::issue::Issued;
use mingzheng::flow::mandates::{self, Wanted};
use mingzheng::flow::share::{self, Viewer};
use mingzheng::flow::{Actor, Listing, mine, register};
use mingzheng::rules::facts::Conclusion;
use mingzheng::rules::{ShareKind, ShareState, Status};
use time::Duration;

use super::house::{ALIAS, House, PARENT, Row, SUBSIDIARY, ask, row, subject};
use super::operations::{WITHDRAW, operations};
use super::people::agent;
use super::sharing::asked;
use crate::engines::on_both_engines;

const NAME: &str = "示范乙软件有限公司";

/// The parent is merged into its subsidiary, by its own entry in a register.
async fn merge(house: &House) {
    let merged = format!(
        "[[subject]]\nkind = \"enterprise\"\ncode = \"{PARENT}\"\nnames = [{{ name = \"示范甲智能科技股份有限公司\" }}]\n\
         relations = [{{ kind = \"merged-into\", other = \"{SUBSIDIARY}\", from = \"2026-11-22\" }}]\n"
    );
    register::subjects(&house.app, &Actor::operator(), &merged).await.unwrap();
    house.pass(10);
}

async fn about(house: &House, code: &str) -> Issued {
    house.pass(10);
    house.issue(mingzheng::flow::issue::Ask { subject: code.to_owned(), ..ask() }).await.unwrap()
}

on_both_engines! {
    async fn a_register_that_merges_supersedes_what_was_said_of_either(house: House) {
        house.declare().await;
        house.send(&[Row { code: ALIAS.into(), ..row(1) }]).await;
        house.send(&[row(2)]).await;
        let (one, other) = (about(&house, PARENT).await, about(&house, SUBSIDIARY).await);
        assert_eq!(other.facts.domains[0].conclusion, Conclusion::None);
        house.pass(10);
        merge(&house).await;
        for report in [&one, &other] {
            assert_eq!(house.status(report).await, Status::Superseded);
        }
        // The same file again supersedes nothing more.
        let fresh = about(&house, SUBSIDIARY).await;
        assert_eq!(fresh.facts.domains[0].conclusion, Conclusion::Found);
        house.pass(10);
        merge(&house).await;
        assert_eq!(house.status(&fresh).await, Status::Valid);

        // A code of one in the list of another's says as much.
        let third = "91310115MATE5T99XR";
        let entry = |aliases: &str| {
            format!("[[subject]]\nkind = \"enterprise\"\ncode = \"{third}\"\nnames = [{{ name = \"示范丙有限公司\" }}]\naliases = [{aliases}]\n")
        };
        let alone = entry("");
        register::subjects(&house.app, &Actor::operator(), &alone).await.unwrap();
        let before = about(&house, third).await;
        house.pass(10);
        let with = entry(&format!("{{ scheme = \"credit-code\", value = \"{SUBSIDIARY}\" }}"));
        register::subjects(&house.app, &Actor::operator(), &with).await.unwrap();
        for report in [&before, &fresh] {
            assert_eq!(house.status(report).await, Status::Superseded);
        }
    }

    async fn a_record_of_one_that_was_merged_is_found_by_the_others_code(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(10);
        merge(&house).await;
        let theirs = Row { code: SUBSIDIARY.into(), ..row(1) };
        house.send(&[theirs.clone(), Row { code: SUBSIDIARY.into(), name: NAME, ..row(2) }]).await;
        assert_eq!(house.number("SELECT COUNT(DISTINCT record) FROM record_version").await, 2);
        assert_eq!(about(&house, SUBSIDIARY).await.facts.summary.records, 2);
        house.pass(10);
        let done = house.upload(operations(&[(&theirs, WITHDRAW)])).await.unwrap();
        assert_eq!((done.receipt.accepted, done.receipt.rejected), (1, 0), "{:?}", done.faults);
        assert_eq!(about(&house, SUBSIDIARY).await.facts.summary.records, 1);
    }

    async fn a_decision_that_came_for_both_before_is_one_record(house: House) {
        house.declare().await;
        house.send(&[row(1), Row { code: SUBSIDIARY.into(), name: NAME, ..row(1) }]).await;
        house.pass(10);
        merge(&house).await;
        assert_eq!(about(&house, SUBSIDIARY).await.facts.summary.records, 1);
    }

    async fn what_one_showed_shows_the_whole_and_can_be_taken_back(house: House) {
        house.declare().await;
        house.send(&[Row { code: SUBSIDIARY.into(), name: NAME, ..row(1) }]).await;
        house.pass(10);
        let mut wanted = asked(ShareKind::Grant);
        wanted.uses = 3;
        let made = share::make(&house.app, &subject(PARENT), wanted).await.unwrap();
        let code = made.code.as_ref().unwrap().0.compact();
        let viewer = Viewer { knock: Knock { address: "203.0.113.77".into(), agent: "test".into() }, ..Viewer::default() };
        let look = async || {
            house.pass(10);
            let id = share::open(&house.app, &viewer, &code, "a secret of the browser").await?;
            share::seen(&house.app, id, "a secret of the browser").await
        };
        assert_eq!(look().await.unwrap().domains[0].conclusion, Conclusion::None);
        merge(&house).await;
        assert_eq!(look().await.unwrap().domains[0].conclusion, Conclusion::Found);

        for holder in [subject(PARENT), subject(SUBSIDIARY)] {
            let (listed, total) = share::list(&house.app, &holder, Listing { offset: 0, limit: 9 }).await.unwrap();
            assert_eq!((listed.len(), total, listed[0].name.as_str()), (1, 1, NAME));
        }
        share::revoke(&house.app, &subject(SUBSIDIARY), made.share.id).await.unwrap();
        assert!(matches!(look().await, Err(share::Error::Revoked)));
        let shown = share::show(&house.app, &subject(SUBSIDIARY), made.share.id).await.unwrap();
        assert_eq!(shown.state, ShareState::Revoked);
    }

    async fn what_one_allowed_is_listed_with_the_other_and_ends_when_revoked(house: House) {
        let owner = agent(&house, "owner", &[(PARENT, &["see", "ask", "share"]), (SUBSIDIARY, &["see", "ask", "share"])]).await;
        let third = "91310115MATE5T99XR";
        let entry = format!("[[subject]]\nkind = \"enterprise\"\ncode = \"{third}\"\nnames = [{{ name = \"示范丙有限公司\" }}]\n");
        register::subjects(&house.app, &Actor::operator(), &entry).await.unwrap();
        let helper = agent(&house, "helper", &[(third, &["see"])]).await;
        let held = async || mine::subjects(&house.app, &owner.signed(&house).await.actor).await.unwrap();
        let parent = held().await.iter().find(|held| held.code == PARENT).unwrap().id;
        let wanted = Wanted {
            subject: parent,
            to: "Helper".to_owned(),
            ask: true,
            share: false,
            purpose: "上市申报".to_owned(),
            until: house.app.now().local_day() + Duration::days(30),
        };
        let id = mandates::give(&house.app, &owner.signed(&house).await, &wanted).await.unwrap();
        house.pass(10);
        merge(&house).await;
        let reaches = async || mine::subjects(&house.app, &helper.signed(&house).await.actor).await.unwrap().len();
        assert_eq!(reaches().await, 2);
        let survivor = held().await[0].id;
        let listed = mandates::list(&house.app, &owner.signed(&house).await, survivor).await.unwrap();
        assert_eq!(listed.iter().map(|it| it.id).collect::<Vec<_>>(), [id]);
        mandates::revoke(&house.app, &owner.signed(&house).await, survivor, id).await.unwrap();
        assert_eq!(reaches().await, 1);
    }
}
