//! Who looked at a subject: its reports by the hour, its one-codes one by one, and nobody else's.

use mingzheng::flow::account::sign_in::Knock;
use mingzheng::flow::check::Brought;
use mingzheng::flow::lookers::{self, Look, What};
use mingzheng::flow::mine::{self, Error};
use mingzheng::flow::share::{self, Asked, Viewer};
use mingzheng::flow::{Actor, Listing, Role, notices};
use mingzheng::rules::{AccountRole, ShareKind};
use uuid::Uuid;

use super::house::{House, PARENT, SUBSIDIARY, ask, subject};
use super::people::{agent, somebody};
use super::sharing::asked;
use crate::engines::on_both_engines;

async fn grant(house: &House, uses: u32) -> (Uuid, String) {
    let asked = Asked { recipient: "示范银行".into(), uses, ..asked(ShareKind::Grant) };
    let made = share::make(&house.app, &subject(PARENT), asked).await.unwrap();
    (made.share.id, made.code.unwrap().0.compact())
}

async fn opens(house: &House, actor: Option<&str>, code: &str) {
    house.pass(1000);
    let viewer = Viewer {
        actor: actor.map(|name| Actor { name: name.to_owned(), role: Role::Verifier }),
        shown: actor.map(|_| "示范银行信贷部".to_owned()),
        knock: Knock { address: "203.0.113.77".into(), agent: "test".into() },
    };
    share::open(&house.app, &viewer, code, "secret").await.unwrap();
}

async fn list(house: &House, actor: &Actor, id: Uuid, offset: u32, limit: u32) -> (Vec<Look>, u32) {
    lookers::list(&house.app, actor, id, Listing { offset, limit }).await.unwrap()
}

on_both_engines! {
    async fn looks_at_reports_and_one_codes_stand_in_one_list_latest_first(house: House) {
        let see = agent(&house, "seer", &[(PARENT, &["see"])]).await.signed(&house).await.actor;
        let id = mine::subjects(&house.app, &see).await.unwrap()[0].id;
        assert_eq!(list(&house, &see, id, 0, 5).await, (Vec::new(), 0));
        let issued = house.issue(ask()).await.unwrap();
        house.pass(1000);
        let first = house.app.now();
        house.check(Brought::Hash(issued.pdf_sha256)).await;
        house.check(Brought::Hash(issued.pdf_sha256)).await;
        notices::send(&house.app).await.unwrap();
        let (share, code) = grant(&house, 2).await;
        opens(&house, Some("@bank"), &code).await;
        opens(&house, None, &code).await;

        let (looks, total) = list(&house, &see, id, 0, 5).await;
        assert_eq!((looks.len(), total), (3, 3));
        let what = |viewer: Option<&str>| What::Code {
            share, kind: ShareKind::Grant, recipient: Some("示范银行".into()), viewer: viewer.map(str::to_owned),
            shown: viewer.map(|_| "示范银行信贷部".to_owned()), purpose: None, address: "203.0.113.*".into(),
        };
        assert_eq!((&looks[0].what, &looks[1].what), (&what(None), &what(Some("@bank"))));
        assert_eq!(looks[0].at.millis() - looks[1].at.millis(), 1000);
        let report = What::Report { number: issued.facts.number.clone(), times: 2 };
        assert_eq!((&looks[2].what, looks[2].at), (&report, first));

        assert_eq!(list(&house, &see, id, 1, 1).await, (vec![looks[1].clone()], 3), "page by page");
        assert_eq!(list(&house, &see, id, 2, 5).await.0, vec![looks[2].clone()]);
        assert_eq!(list(&house, &see, id, 5, 5).await, (Vec::new(), 3));
    }

    async fn only_who_may_see_the_subject_sees_who_looked_at_it(house: House) {
        let own = agent(&house, "own", &[(PARENT, &["see"])]).await.signed(&house).await.actor;
        let id = mine::subjects(&house.app, &own).await.unwrap()[0].id;
        let (_, code) = grant(&house, 1).await;
        opens(&house, None, &code).await;
        assert_eq!(list(&house, &own, id, 0, 5).await.1, 1);
        let share_only = agent(&house, "shares", &[(PARENT, &["share", "ask"])]).await.signed(&house).await.actor;
        let elsewhere = agent(&house, "elsewhere", &[(SUBSIDIARY, &["see"])]).await.signed(&house).await.actor;
        let mut strangers = vec![share_only, elsewhere.clone(), subject(SUBSIDIARY)];
        for role in [AccountRole::Clerk, AccountRole::Verifier] {
            strangers.push(somebody(&house, role.word(), role).await.signed(&house).await.actor);
        }
        for stranger in strangers {
            let seen = lookers::list(&house.app, &stranger, id, Listing { offset: 0, limit: 5 }).await;
            assert!(matches!(seen, Err(Error::NotFound)), "{stranger:?}");
        }
        let theirs = mine::subjects(&house.app, &elsewhere).await.unwrap()[0].id;
        assert_eq!(list(&house, &elsewhere, theirs, 0, 5).await, (Vec::new(), 0), "and of its own nothing of the other's");
    }
}
