//! People whom another service knows: they use accounts that are linked, and get none by being known.

use mingzheng::config::Provider;
use mingzheng::flow::account::link::{self, Stranger};
use mingzheng::flow::account::provider::{self, Brought, Identity, Trouble};
use mingzheng::flow::account::sign_in::Stage;
use mingzheng::flow::account::{Error, factor, invite, keep, sign_in};
use mingzheng::flow::{Actor, App, sessions};
use mingzheng::rules::AccountRole;

use super::house::House;
use super::people::{PASSWORD, code, knock, link as one_time, somebody, types};
use crate::engines::on_both_engines;

const ISSUER: &str = "https://id.example";

fn known(holder: &str) -> Identity {
    Identity {
        provider: "city".into(),
        issuer: ISSUER.into(),
        holder: format!("sub:{holder}"),
        second_factor: false,
    }
}

/// The same service, with a provider.
async fn with_provider(house: &House) -> App {
    let provider = Provider {
        name: "city".into(),
        zh: "示范市统一身份认证".into(),
        en: "Demo City sign-in".into(),
        issuer: ISSUER.into(),
        client_id: "mingzheng".into(),
        client_secret_file: None,
        holder: "sub".into(),
        scopes: Vec::new(),
        second_factor: Vec::new(),
    };
    house.with(|config| config.identity.provider.push(provider)).await.unwrap()
}

async fn signed(house: &House, session: &str) -> sessions::Signed {
    sessions::resume(&house.app, session).await.unwrap().unwrap()
}

on_both_engines! {
    async fn whom_a_provider_knows_gets_no_account_by_that(house: House) {
        let before = house.number("SELECT COUNT(*) FROM account").await;
        let outcome = link::enter(&house.app, &knock(), &known("wang")).await;
        assert!(matches!(outcome, Err(Stranger::NoAccount)), "{outcome:?}");
        assert_eq!(house.number("SELECT COUNT(*) FROM account").await, before);
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act = 'sign-in' AND result = 'refused'").await, 1);
    }

    async fn an_invitation_is_taken_without_a_password(house: House) {
        let app = &house.app;
        let first = one_time(app, AccountRole::Verifier).await;
        let opened = link::accept(app, &knock(), &first, "wang", &known("wang")).await.unwrap();
        assert_eq!(opened.stage, Stage::Open);
        assert_eq!(signed(&house, &opened.secret).await.name, "wang");
        assert_eq!(link::enter(app, &knock(), &known("wang")).await.unwrap().stage, Stage::Open);
        for typed in ["", PASSWORD] {
            let by_password = types(&house, "wang", typed).await;
            assert!(matches!(by_password, Err(Error::Refused)), "{by_password:?}");
        }
        let again = link::accept(app, &knock(), &first, "wang2", &known("li")).await;
        assert!(matches!(again, Err(Stranger::Account(Error::Link))), "a link works once: {again:?}");
        let second = one_time(app, AccountRole::Verifier).await;
        let twice = link::accept(app, &knock(), &second, "wang2", &known("wang")).await;
        assert!(matches!(twice, Err(Stranger::Linked)), "{twice:?}");
        let taken = link::accept(app, &knock(), &second, "wang", &known("li")).await;
        assert!(matches!(taken, Err(Stranger::Account(Error::Taken))), "{taken:?}");
        link::accept(app, &knock(), &second, "lisi", &known("li")).await.unwrap();
        assert_eq!(house.number("SELECT COUNT(*) FROM account_link").await, 2);
        let alone = signed(&house, &opened.secret).await;
        let app = with_provider(&house).await;
        assert!(link::unlink(&app, &alone, "city").await.is_err(), "nobody could sign in any more");
    }

    async fn an_operator_is_asked_for_a_second_factor_unless_the_provider_did(house: House) {
        let app = &house.app;
        let invitation = one_time(app, AccountRole::Auditor).await;
        let opened = link::accept(app, &knock(), &invitation, "auditor", &known("zhao")).await.unwrap();
        assert_eq!(opened.stage, Stage::Enrol);
        let enrolment = factor::begin_first(app, &opened.secret).await.unwrap();
        factor::confirm_first(app, &knock(), &opened.secret, &code(&enrolment.secret, &house)).await.unwrap();
        house.pass(60_000);
        let half = link::enter(app, &knock(), &known("zhao")).await.unwrap();
        assert_eq!(half.stage, Stage::Factor);
        assert!(sessions::resume(app, &half.secret).await.unwrap().is_none());
        let typed = code(&enrolment.secret, &house);
        let whole = sign_in::factor(app, &knock(), &half.secret, &typed).await.unwrap();
        assert_eq!(whole.stage, Stage::Open);
        let vouched = Identity { second_factor: true, ..known("zhao") };
        assert_eq!(link::enter(app, &knock(), &vouched).await.unwrap().stage, Stage::Open);
    }

    async fn an_account_that_is_there_is_linked_once(house: House) {
        let app = with_provider(&house).await;
        let agent = somebody(&house, "agent", AccountRole::Agent).await;
        let agent = signed(&house, &agent.session).await;
        let other = somebody(&house, "other", AccountRole::Agent).await;
        let other = signed(&house, &other.session).await;
        link::link(&app, &agent, &known("qian")).await.unwrap();
        for (who, identity) in [(&other, known("qian")), (&agent, known("qian2")), (&agent, known("qian"))] {
            let refused = link::link(&app, who, &identity).await;
            assert!(matches!(refused, Err(Stranger::Linked)), "{refused:?}");
        }
        let shown = link::of(&app, &agent).await.unwrap();
        assert!(matches!(&shown[..], [(provider, true)] if provider.name == "city"));
        let opened = link::enter(&app, &knock(), &known("qian")).await.unwrap();
        assert_eq!(signed(&house, &opened.secret).await.name, "agent");

        keep::lock(&app, &Actor::operator(), agent.account, true).await.unwrap();
        let locked = link::enter(&app, &knock(), &known("qian")).await;
        assert!(matches!(locked, Err(Stranger::Locked)), "{locked:?}");
        keep::lock(&app, &Actor::operator(), agent.account, false).await.unwrap();
        assert!(matches!(link::unlink(&app, &other, "city").await, Err(Stranger::Account(Error::NotFound))));
        link::unlink(&app, &agent, "city").await.unwrap();
        assert!(matches!(link::enter(&app, &knock(), &known("qian")).await, Err(Stranger::NoAccount)));
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act IN ('link', 'unlink')").await, 2);
    }

    async fn a_link_for_a_new_password_gives_no_other_way_in(house: House) {
        let agent = somebody(&house, "agent", AccountRole::Agent).await;
        let id = keep::named(&house.app, &Actor::operator(), &agent.name).await.unwrap();
        let reset = invite::reset(&house.app, &Actor::operator(), id).await.unwrap();
        let secret = reset.address.rsplit('/').next().unwrap();
        let refused = link::accept(&house.app, &knock(), secret, "agent", &known("sun")).await;
        assert!(matches!(refused, Err(Stranger::Account(Error::Link))), "{refused:?}");
        assert!(matches!(link::enter(&house.app, &knock(), &known("sun")).await, Err(Stranger::NoAccount)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_no_question_is_not_read() {
    let house = House::from(crate::engines::Place::on_sqlite().await);
    let app = with_provider(&house).await;
    for kept in ["", "short", &"0".repeat(64), &"é".repeat(40)] {
        let outcome = provider::finish(&app, "city", kept, Brought::default()).await;
        assert!(matches!(outcome, Err(Trouble::Stale)), "{kept}: {outcome:?}");
    }
    let outcome = provider::finish(&app, "village", "", Brought::default()).await;
    assert!(matches!(outcome, Err(Trouble::Unknown)), "{outcome:?}");
}
