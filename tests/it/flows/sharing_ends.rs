//! What somebody shows ends with their right to show it, and whoever looks is told that it was taken back.

use mingzheng::flow::account::keep;
use mingzheng::flow::mandates::{self, Wanted};
use mingzheng::flow::share::{self, Asked, Error, Viewer};
use mingzheng::flow::{Actor, clients, mine};
use mingzheng::rules::facts::Channel;
use mingzheng::rules::{AccountRole, Grant, ShareKind, ShareState};
use time::Duration;
use uuid::Uuid;

use super::house::{House, PARENT, SUBSIDIARY, subject};
use super::people::{agent, knock};
use super::sharing::asked;
use crate::engines::on_both_engines;

const SECRET: &str = "a secret of the browser";

fn somewhere() -> Viewer {
    Viewer { knock: knock(), ..Viewer::default() }
}

/// What an actor shows for a month, nine times, with a report to take along: its id and its code.
async fn shows(house: &House, actor: &Actor) -> (Uuid, String) {
    let month = Asked { minutes: 30 * 24 * 60, uses: 9, download: true, ..asked(ShareKind::Grant) };
    let made = share::make(&house.app, actor, month).await.unwrap();
    (made.share.id, made.code.unwrap().0.compact())
}

fn grants(object: &str, scope: &[&str]) -> Vec<Grant> {
    let scope = scope.iter().map(|&word| word.to_owned()).collect();
    vec![Grant { object: object.to_owned(), scope, ..Grant::default() }]
}

/// Whether a code opens what it shows; everything that a look could be told says the same.
async fn opens(house: &House, code: &str) -> bool {
    let knocked = share::knock(&house.app, &somewhere(), code).await;
    let opened = share::open(&house.app, &somewhere(), code, SECRET).await;
    match (&knocked, &opened) {
        (Ok(_), Ok(_)) => true,
        (Err(Error::Revoked), Err(Error::Revoked)) => false,
        _ => panic!("{knocked:?}, {opened:?}"),
    }
}

on_both_engines! {
    async fn it_ends_when_the_giver_of_the_mandate_loses_the_right(house: House) {
        let owner = agent(&house, "owner", &[(PARENT, &["see", "ask", "share"])]).await;
        let helper = agent(&house, "helper", &[(SUBSIDIARY, &["see", "ask"])]).await;
        let signed = owner.signed(&house).await;
        let wanted = Wanted {
            subject: mine::subjects(&house.app, &signed.actor).await.unwrap()[0].id,
            to: "helper".to_owned(),
            ask: true,
            share: true,
            purpose: "上市申报".to_owned(),
            until: house.app.now().local_day() + Duration::days(60),
        };
        mandates::give(&house.app, &signed, &wanted).await.unwrap();
        let (id, code) = shows(&house, &helper.signed(&house).await.actor).await;
        assert!(opens(&house, &code).await);
        let look = share::open(&house.app, &somewhere(), &code, SECRET).await.unwrap();
        share::seen(&house.app, look, SECRET).await.unwrap();

        let operator = Actor::operator();
        let account = keep::named(&house.app, &operator, "owner").await.unwrap();
        let set = async |scope: &[&str]| {
            keep::set_role(&house.app, &operator, account, AccountRole::Agent, &grants(PARENT, scope)).await.unwrap();
        };
        set(&["see", "ask"]).await;
        let looks = house.number("SELECT COUNT(*) FROM journal WHERE act = 'share-look'").await;
        assert!(!opens(&house, &code).await, "its giver may not show the company any more");
        assert!(matches!(share::seen(&house.app, look, SECRET).await, Err(Error::Revoked)), "what was opened is closed");
        let report = share::report(&house.app, &somewhere(), look, SECRET, Channel::Portal).await;
        assert!(matches!(report, Err(Error::Revoked)), "and no report is taken along");
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act = 'share-look'").await, looks, "no look was taken");
        let shown = share::show(&house.app, &subject(PARENT), id).await.unwrap();
        assert_eq!(shown.state, ShareState::Revoked, "the company sees that it opens nothing");

        set(&["see", "ask", "share"]).await;
        assert!(opens(&house, &code).await, "it is asked at the moment of the look");
        keep::lock(&house.app, &operator, account, true).await.unwrap();
        assert!(!opens(&house, &code).await, "its giver is locked out");
        house.journal().await;
    }

    async fn it_ends_when_the_account_that_made_it_is_locked_or_acts_for_others(house: House) {
        let holder = agent(&house, "holder", &[(PARENT, &["see", "share"])]).await;
        let (_, code) = shows(&house, &holder.signed(&house).await.actor).await;
        assert!(opens(&house, &code).await);
        let operator = Actor::operator();
        let account = keep::named(&house.app, &operator, "holder").await.unwrap();
        keep::lock(&house.app, &operator, account, true).await.unwrap();
        assert!(!opens(&house, &code).await);
        keep::lock(&house.app, &operator, account, false).await.unwrap();
        assert!(opens(&house, &code).await);
        let elsewhere = grants(SUBSIDIARY, &["see", "share"]);
        keep::set_role(&house.app, &operator, account, AccountRole::Agent, &elsewhere).await.unwrap();
        assert!(!opens(&house, &code).await);
    }

    async fn it_ends_with_the_client_or_the_token_that_made_it(house: House) {
        let operator = Actor::operator();
        let wanted = clients::Wanted {
            name: "erp".into(), role: AccountRole::Agent, grants: grants(PARENT, &["see", "share"]), days: 30, certificate: None,
        };
        let secret = clients::make(&house.app, &operator, wanted).await.unwrap().secret;
        let client = clients::find(&house.app, &secret, None).await.unwrap().unwrap();
        let (_, by_client) = shows(&house, &client).await;
        let (_, by_token) = shows(&house, &subject(PARENT)).await;
        assert!(opens(&house, &by_client).await && opens(&house, &by_token).await);
        clients::revoke(&house.app, &operator, "erp").await.unwrap();
        assert!(!opens(&house, &by_client).await && opens(&house, &by_token).await);
        let without = house.with(|config| config.token.clear()).await.unwrap();
        let opened = share::open(&without, &somewhere(), &by_token, SECRET).await;
        assert!(matches!(opened, Err(Error::Revoked)), "{opened:?}");
    }
}
