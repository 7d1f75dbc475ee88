//! A grant whose answer was lost is asked for again, and whoever follows a share sees looks as they happen.

use std::time::{Duration, Instant};

use mingzheng::flow::account::sign_in::Knock;
use mingzheng::flow::share::{self, Asked, Error, Made, Viewer};
use mingzheng::flow::{Actor, Mandate, Role, Scope, sessions};
use mingzheng::rules::{ShareKind, ShareState};

use super::faults::refuse;
use super::house::{House, PARENT, subject};
use super::people::agent;
use super::sharing::asked;
use crate::engines::on_both_engines;

const KEY: &str = "5f0c1a52-0d7e-4c11-9a55-8f7f1f0f4c21";

fn wanted(key: Option<&str>) -> Asked {
    Asked {
        recipient: "示范银行".to_owned(),
        uses: 2,
        idempotency_key: key.map(str::to_owned),
        ..asked(ShareKind::Grant)
    }
}

async fn made(house: &House, actor: &Actor, asked: Asked) -> Result<Made, Error> {
    house.pass(1000);
    share::make(&house.app, actor, asked).await
}

fn code(made: &Made) -> String {
    made.code.as_ref().unwrap().0.compact()
}

fn somewhere() -> Viewer {
    Viewer { knock: Knock { address: "203.0.113.77".into(), agent: "test".into() }, ..Viewer::default() }
}

async fn looks(house: &House, code: &str) {
    share::open(&house.app, &somewhere(), code, "a secret of the browser").await.unwrap();
}

on_both_engines! {
    async fn the_same_request_gets_the_same_grant_and_code(house: House) {
        let holder = subject(PARENT);
        let first = made(&house, &holder, wanted(Some(KEY))).await.unwrap();
        house.pass(3 * 86_400_000);
        let again = made(&house, &holder, wanted(Some(KEY))).await.unwrap();
        assert_eq!((first.repeated, again.repeated), (false, true));
        assert_eq!((first.share.id, code(&first)), (again.share.id, code(&again)));
        assert_eq!(first.code.as_ref().map(|it| &it.1), again.code.as_ref().map(|it| &it.1), "and the same address");
        for table in ["SELECT COUNT(*) FROM share", "SELECT COUNT(*) FROM share_code", "SELECT COUNT(*) FROM journal WHERE act = 'share'"] {
            assert_eq!(house.number(table).await, 1, "{table}");
        }
        let other = made(&house, &holder, wanted(Some("another key"))).await.unwrap();
        let (one, two) = (made(&house, &holder, wanted(None)).await.unwrap(), made(&house, &holder, wanted(None)).await.unwrap());
        let codes = [code(&first), code(&other), code(&one), code(&two)];
        for (at, one) in codes.iter().enumerate() {
            assert!(codes[at + 1..].iter().all(|other| other != one), "each has a code of its own");
            house.pass(1000);
        }
        looks(&house, &code(&two)).await;

        // A second process, after a restart, tells the same.
        let second = house.second().await;
        let there = share::make(&second, &holder, wanted(Some("another key"))).await.unwrap();
        assert_eq!((there.repeated, code(&there)), (true, code(&other)));
    }

    async fn nothing_in_the_database_tells_the_code(house: House) {
        let grant = made(&house, &subject(PARENT), wanted(Some(KEY))).await.unwrap();
        looks(&house, &code(&grant)).await;
        let held = |text: String| format!("SELECT COUNT(*) FROM idempotency WHERE request_key LIKE '%{text}%' OR answer LIKE '%{text}%'");
        for text in [KEY.to_owned(), code(&grant), code(&grant).to_lowercase()] {
            let sql: &'static str = Box::leak(held(text).into_boxed_str());
            assert_eq!(house.number(sql).await, 0, "{sql}");
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM idempotency").await, 1);
    }

    async fn another_request_under_the_key_is_refused_and_other_people_have_their_own_keys(house: House) {
        let holder = subject(PARENT);
        let grant = made(&house, &holder, wanted(Some(KEY))).await.unwrap();
        for other in [
            Asked { uses: 3, ..wanted(Some(KEY)) },
            Asked { recipient: String::new(), ..wanted(Some(KEY)) },
            Asked { kind: ShareKind::Dynamic, ..wanted(Some(KEY)) },
        ] {
            assert!(matches!(made(&house, &holder, other).await, Err(Error::KeyReused)));
        }
        for bad in [String::new(), "k".repeat(201)] {
            assert!(matches!(made(&house, &holder, wanted(Some(&bad))).await, Err(Error::BadKey)));
        }
        let mandate = |share| Mandate {
            subject: PARENT.into(), scope: Scope { share, see: true, ..Scope::default() }, purpose: String::new(), until: None,
        };
        let agent = Actor { name: "@agent".into(), role: Role::Agent(vec![mandate(true)]) };
        let own = made(&house, &agent, wanted(Some(KEY))).await.unwrap();
        assert!(!own.repeated && own.share.id != grant.share.id && code(&own) != code(&grant));
        // Whoever may not show the subject any more does not get the code once more either.
        let lost = Actor { role: Role::Agent(vec![mandate(false)]), ..agent };
        assert!(matches!(made(&house, &lost, wanted(Some(KEY))).await, Err(Error::Forbidden(_))));
    }

    async fn a_grant_that_was_taken_back_stays_so_when_it_is_asked_for_again(house: House) {
        let holder = subject(PARENT);
        let grant = made(&house, &holder, wanted(Some(KEY))).await.unwrap();
        share::revoke(&house.app, &holder, grant.share.id).await.unwrap();
        let again = made(&house, &holder, wanted(Some(KEY))).await.unwrap();
        assert!(again.repeated && again.share.revoked_at.is_some());
        assert!(matches!(share::knock(&house.app, &somewhere(), &code(&again)).await, Err(Error::Revoked)));
    }

    async fn a_grant_that_was_half_made_was_not_made(house: House) {
        let holder = subject(PARENT);
        for table in ["share", "share_code", "idempotency", "journal"] {
            refuse(&house, table, true).await;
            assert!(matches!(made(&house, &holder, wanted(Some(KEY))).await, Err(Error::Store(_))), "{table}");
            refuse(&house, table, false).await;
            assert_eq!(house.number("SELECT COUNT(*) FROM share").await, 0, "{table}");
        }
        assert!(!made(&house, &holder, wanted(Some(KEY))).await.unwrap().repeated);
        house.journal().await;
    }

    async fn whoever_follows_sees_a_look_within_a_second(house: House) {
        let holder = agent(&house, "holder", &[(PARENT, &["share"])]).await;
        let actor = holder.signed(&house).await.actor;
        let grant = made(&house, &actor, wanted(None)).await.unwrap();
        let id = grant.share.id;
        let (mark, shown) = share::moved(&house.app, &holder.session, id, None).await.unwrap().unwrap();
        assert_eq!((shown.looks.len(), shown.state), (0, ShareState::Open), "at once, how it stands");

        let second = house.second().await;
        let begun = Instant::now();
        let look = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            share::open(&second, &somewhere(), &code(&grant), "secret").await.unwrap();
            Instant::now()
        };
        let (moved, looked) = tokio::join!(share::moved(&house.app, &holder.session, id, Some(&mark)), look);
        let (late, waited) = (looked.elapsed(), begun.elapsed());
        let (next, shown) = moved.unwrap().unwrap();
        assert_eq!(shown.looks.len(), 1);
        assert!(late < Duration::from_secs(3) && waited > Duration::from_millis(300), "{late:?}");
        assert_ne!(mark, next);

        share::revoke(&house.app, &actor, id).await.unwrap();
        let (_, shown) = share::moved(&house.app, &holder.session, id, Some(&next)).await.unwrap().unwrap();
        assert_eq!(shown.state, ShareState::Revoked);
    }

    async fn to_follow_ends_with_the_session_and_does_not_prolong_it(house: House) {
        let holder = agent(&house, "holder", &[(PARENT, &["share"])]).await;
        let other = agent(&house, "other", &[(PARENT, &["see"])]).await;
        let actor = holder.signed(&house).await.actor;
        let id = made(&house, &actor, wanted(None)).await.unwrap().share.id;
        for session in [&other.session, "nobody's"] {
            assert!(share::moved(&house.app, session, id, None).await.unwrap().is_none(), "not theirs");
        }
        for _ in 0..2 {
            house.pass(8 * 60_000);
            let moved = share::moved(&house.app, &holder.session, id, None).await.unwrap();
            assert_eq!(moved.is_some(), sessions::stage(&house.app, &holder.session).await.unwrap().is_some());
        }
        assert!(share::moved(&house.app, &holder.session, id, None).await.unwrap().is_none(), "nobody used it for 16 minutes");
    }
}
