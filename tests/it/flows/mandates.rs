//! Somebody who acts for a subject lets others act for it: as far as they may themselves, and no longer than they may.

use mingzheng::flow::account::keep;
use mingzheng::flow::mandates::{self, Error, Wanted};
use mingzheng::flow::share::{self, Asked, Viewer};
use mingzheng::flow::{Actor, issue, mine};
use mingzheng::rules::{AccountRole, Grant, ShareKind, ShareState};
use time::Duration;
use uuid::Uuid;

use super::house::{House, PARENT, SUBSIDIARY, ask};
use super::people::{PASSWORD, Somebody, agent, knock, somebody, types};
use super::sharing::asked;
use crate::engines::on_both_engines;

/// Who acts for the listed company, and somebody who acts for its subsidiary only.
async fn two(house: &House) -> (Somebody, Somebody) {
    let owner = agent(house, "owner", &[(PARENT, &["see", "ask", "share"])]).await;
    let helper = agent(house, "helper", &[(SUBSIDIARY, &["see", "ask"])]).await;
    (owner, helper)
}

/// The listed company, as the owner sees it.
async fn parent(house: &House, owner: &Somebody) -> Uuid {
    mine::subjects(&house.app, &owner.signed(house).await.actor).await.unwrap()[0].id
}

fn wanted(house: &House, subject: Uuid) -> Wanted {
    Wanted {
        subject,
        to: "Helper".to_owned(),
        ask: true,
        share: false,
        purpose: "上市申报".to_owned(),
        until: house.app.now().local_day() + Duration::days(30),
    }
}

/// How many subjects somebody looks after now, and whether they may ask about the listed company.
async fn may(house: &House, somebody: &Somebody) -> (usize, bool) {
    let actor = somebody.signed(house).await.actor;
    let held = mine::subjects(&house.app, &actor).await.unwrap();
    let asked = mingzheng::flow::preview::preview(&house.app, &actor, &ask()).await;
    (held.len(), asked.is_ok())
}

on_both_engines! {
    async fn a_mandate_holds_from_the_next_request_until_it_is_revoked(house: House) {
        let (owner, helper) = two(&house).await;
        let subject = parent(&house, &owner).await;
        assert_eq!(may(&house, &helper).await, (1, false));
        let id = mandates::give(&house.app, &owner.signed(&house).await, &wanted(&house, subject)).await.unwrap();
        assert_eq!(may(&house, &helper).await, (2, true));
        let again = mandates::give(&house.app, &owner.signed(&house).await, &wanted(&house, subject)).await.unwrap();
        assert_eq!(again, id, "the same one given again is one");
        let listed = mandates::list(&house.app, &owner.signed(&house).await, subject).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].name.as_str(), listed[0].purpose.as_str()), ("helper", "上市申报"));
        assert!(listed[0].scope.see && listed[0].scope.ask && !listed[0].scope.share);

        mandates::revoke(&house.app, &owner.signed(&house).await, subject, id).await.unwrap();
        assert_eq!(may(&house, &helper).await, (1, false));
        let twice = mandates::revoke(&house.app, &owner.signed(&house).await, subject, id).await;
        assert!(matches!(twice, Err(Error::Mine(mine::Error::NotFound))), "{twice:?}");
        let acts = house.number("SELECT COUNT(*) FROM journal WHERE act IN ('mandate-give', 'mandate-revoke')").await;
        assert_eq!(acts, 2);
        house.journal().await;
    }

    async fn what_is_shown_by_a_mandate_ends_with_it(house: House) {
        let (owner, helper) = two(&house).await;
        let subject = parent(&house, &owner).await;
        let until = house.app.now().local_day() + Duration::days(3);
        let wanted = Wanted { share: true, until, ..wanted(&house, subject) };
        let id = mandates::give(&house.app, &owner.signed(&house).await, &wanted).await.unwrap();
        let given = mandates::list(&house.app, &owner.signed(&house).await, subject).await.unwrap().remove(0);
        let month = Asked { minutes: 30 * 24 * 60, uses: 9, ..asked(ShareKind::Grant) };
        let shows = async |somebody: &Somebody, asked: &Asked| {
            let made = share::make(&house.app, &somebody.signed(&house).await.actor, asked.clone()).await.unwrap();
            (made.share, made.code.unwrap().0.compact())
        };
        let (long, _) = shows(&helper, &month).await;
        assert_eq!(long.until, given.until, "no longer than the mandate");
        let (short, code) = shows(&helper, &asked(ShareKind::Grant)).await;
        assert_eq!(short.until.millis(), house.app.now().max(short.made_at).millis() + 60 * 60_000);
        let (own, kept) = shows(&owner, &month).await;
        assert!(own.until > given.until, "its giver may for good");

        mandates::revoke(&house.app, &owner.signed(&house).await, subject, id).await.unwrap();
        let viewer = Viewer { knock: knock(), ..Viewer::default() };
        let opened = share::open(&house.app, &viewer, &code, "a secret of the browser").await;
        assert!(matches!(opened, Err(share::Error::Revoked)), "{opened:?}");
        let owner = owner.signed(&house).await.actor;
        for (share, state) in [(&long, ShareState::Revoked), (&short, ShareState::Revoked), (&own, ShareState::Open)] {
            assert_eq!(share::show(&house.app, &owner, share.id).await.unwrap().state, state);
        }
        share::open(&house.app, &viewer, &kept, "a secret of the browser").await.unwrap();
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act = 'share-revoke'").await, 2);
        house.journal().await;
    }

    async fn what_is_shown_stays_where_another_mandate_allows_it(house: House) {
        let owner = agent(&house, "owner", &[(PARENT, &["see", "ask", "share"])]).await;
        let helper = agent(&house, "helper", &[(PARENT, &["see", "share"])]).await;
        let subject = parent(&house, &owner).await;
        let wanted = Wanted { share: true, ..wanted(&house, subject) };
        let id = mandates::give(&house.app, &owner.signed(&house).await, &wanted).await.unwrap();
        let actor = helper.signed(&house).await.actor;
        let month = Asked { minutes: 30 * 24 * 60, ..asked(ShareKind::Grant) };
        let made = share::make(&house.app, &actor, month).await.unwrap();
        assert!(made.share.until.millis() - made.share.made_at.millis() == 30 * 24 * 60 * 60_000, "its own is for good");
        mandates::revoke(&house.app, &owner.signed(&house).await, subject, id).await.unwrap();
        let shown = share::show(&house.app, &helper.signed(&house).await.actor, made.share.id).await.unwrap();
        assert_eq!(shown.state, ShareState::Open);
    }

    async fn what_its_giver_loses_its_holder_loses(house: House) {
        let (owner, helper) = two(&house).await;
        let subject = parent(&house, &owner).await;
        mandates::give(&house.app, &owner.signed(&house).await, &wanted(&house, subject)).await.unwrap();
        let account = keep::named(&house.app, &Actor::operator(), "owner").await.unwrap();
        let grant = |scope: &[&str]| Grant {
            object: PARENT.to_owned(),
            scope: scope.iter().map(|&word| word.to_owned()).collect(),
            ..Grant::default()
        };
        let set = async |grants: &[Grant]| {
            keep::set_role(&house.app, &Actor::operator(), account, AccountRole::Agent, grants).await.unwrap();
        };
        set(&[grant(&["see"])]).await;
        assert_eq!(may(&house, &helper).await, (2, false), "its giver may only look");
        set(&[Grant { object: SUBSIDIARY.to_owned(), ..grant(&["see", "ask"]) }]).await;
        assert_eq!(may(&house, &helper).await, (1, false), "its giver acts for another subject now");
        set(&[grant(&["see", "ask"])]).await;
        assert_eq!(may(&house, &helper).await, (2, true));
        keep::lock(&house.app, &Actor::operator(), account, true).await.unwrap();
        assert_eq!(may(&house, &helper).await, (1, false), "its giver is locked out");
    }

    async fn a_mandate_cannot_be_handed_on_nor_go_further_than_its_giver(house: House) {
        let (owner, helper) = two(&house).await;
        let subject = parent(&house, &owner).await;
        somebody(&house, "clerk", AccountRole::Clerk).await;
        let third = agent(&house, "third", &[(SUBSIDIARY, &["see"])]).await;
        mandates::give(&house.app, &owner.signed(&house).await, &wanted(&house, subject)).await.unwrap();

        let on = Wanted { to: "third".to_owned(), ..wanted(&house, subject) };
        let handed = mandates::give(&house.app, &helper.signed(&house).await, &on).await;
        assert!(matches!(handed, Err(Error::Mine(mine::Error::NotFound))), "{handed:?}");
        assert_eq!(may(&house, &third).await, (1, false));
        assert!(mandates::list(&house.app, &helper.signed(&house).await, subject).await.is_err());

        let owner = owner.signed(&house).await;
        let give = async |change: fn(&mut Wanted)| {
            let mut wanted = wanted(&house, subject);
            change(&mut wanted);
            mandates::give(&house.app, &owner, &wanted).await.unwrap_err()
        };
        assert!(matches!(give(|it| it.to = "nobody".into()).await, Error::Nobody(_)));
        assert!(matches!(give(|it| it.to = "clerk".into()).await, Error::Nobody(_)), "clerks act for nobody");
        assert!(matches!(give(|it| it.to = "owner".into()).await, Error::Oneself));
        assert!(matches!(give(|it| it.purpose = " ".into()).await, Error::Purpose));
        assert!(matches!(give(|it| it.purpose = "长".repeat(101)).await, Error::Purpose));
        assert!(matches!(give(|it| it.until -= Duration::days(31)).await, Error::Until(_)));
        assert!(matches!(give(|it| it.until += Duration::days(400)).await, Error::Until(_)));
        let unknown = give(|it| it.subject = Uuid::from_u128(9)).await;
        assert!(matches!(unknown, Error::Mine(mine::Error::NotFound)));
        assert_eq!(house.number("SELECT COUNT(*) FROM mandate").await, 1);
        let lesser = agent(&house, "lesser", &[(PARENT, &["see"])]).await;
        let far = mandates::give(&house.app, &lesser.signed(&house).await, &wanted(&house, subject)).await;
        assert!(matches!(far, Err(Error::TooFar)), "{far:?}");
    }

    async fn a_mandate_that_is_over_gives_nothing(house: House) {
        let (owner, _) = two(&house).await;
        let subject = parent(&house, &owner).await;
        let short = Wanted { until: house.app.now().local_day(), ..wanted(&house, subject) };
        mandates::give(&house.app, &owner.signed(&house).await, &short).await.unwrap();
        house.pass(24 * 60 * 60_000);
        let opened = types(&house, "helper", PASSWORD).await.unwrap();
        let helper = Somebody { name: "helper".into(), session: opened.secret, key: None };
        assert_eq!(may(&house, &helper).await, (1, false));
    }

    async fn what_somebody_asks_by_a_mandate_is_said_to_be_with_consent(house: House) {
        let (owner, helper) = two(&house).await;
        let subject = parent(&house, &owner).await;
        mandates::give(&house.app, &owner.signed(&house).await, &wanted(&house, subject)).await.unwrap();
        house.pass(10);
        let issued = issue::issue(&house.app, &helper.signed(&house).await.actor, ask()).await.unwrap();
        assert_eq!(issued.facts.request.capacity, mingzheng::rules::facts::Capacity::Consent);
    }
}
