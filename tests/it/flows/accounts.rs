//! Accounts, from the first link to the last failure.

use mingzheng::flow::account::password::{self, Weak};
use mingzheng::flow::account::provider::Identity;
use mingzheng::flow::account::sign_in::{self, Knock, Stage};
use mingzheng::flow::account::{Error, factor, invite, keep, link as accounts_link};
use mingzheng::flow::{Actor, Role, sessions};
use mingzheng::rules::AccountRole;
use mingzheng::seal;
use mingzheng::store::{accounts, invitations, journal, sessions as store_sessions};

use super::house::{House, MARKET, PARENT, regulator, subject};
use super::people::{PASSWORD, code, grants, knock, link, somebody, types};
use crate::engines::on_both_engines;

const MINUTE: i64 = 60_000;

/// The secret of a link by which the holder of an account sets a new password.
async fn reset(house: &House, actor: &Actor, account: uuid::Uuid) -> String {
    let link = invite::reset(&house.app, actor, account).await.unwrap();
    link.address.rsplit('/').next().unwrap().to_owned()
}

async fn is_in(house: &House, session: &str) -> bool {
    sessions::resume(&house.app, session).await.unwrap().is_some()
}

on_both_engines! {
    async fn the_first_link_makes_a_security_operator_and_is_not_made_again(house: House) {
        let app = &house.app;
        let older = invite::first(app).await.unwrap().unwrap();
        let newer = invite::first(app).await.unwrap().unwrap();
        let secret = |link: &invite::Link| link.address.rsplit('/').next().unwrap().to_owned();
        assert!(matches!(invite::look(app, &secret(&older)).await, Err(Error::Link)), "an older link holds no more");
        let opened =
            invite::accept(app, &knock(), &secret(&newer), "Wang.Anquan", PASSWORD, PASSWORD).await.unwrap();
        assert_eq!(opened.stage, Stage::Enrol, "an operator needs a second factor first");
        assert!(!is_in(&house, &opened.secret).await);
        assert!(invite::first(app).await.unwrap().is_none());
        let again = invite::accept(app, &knock(), &secret(&newer), "other", PASSWORD, PASSWORD).await;
        assert!(matches!(again, Err(Error::Link)), "a link works once: {again:?}");
        assert!(house.journal().await > 0);
    }

    async fn a_password_and_a_code_open_a_session_and_a_code_opens_one_only(house: House) {
        let security = somebody(&house, "security", AccountRole::Security).await;
        let key = security.key.unwrap();
        house.pass(MINUTE);
        let opened = types(&house, "Security", PASSWORD).await.unwrap();
        assert_eq!(opened.stage, Stage::Factor);
        assert!(!is_in(&house, &opened.secret).await, "half signed in is not signed in");
        let right = code(&key, &house);
        let open = sign_in::factor(&house.app, &knock(), &opened.secret, &right).await.unwrap();
        assert_eq!(open.stage, Stage::Open);
        assert_ne!(open.secret, opened.secret, "the secret is new after every step");
        assert!(is_in(&house, &open.secret).await);
        let over = sign_in::factor(&house.app, &knock(), &opened.secret, &right).await;
        assert!(matches!(over, Err(Error::Ended)));
        let second = types(&house, "security", PASSWORD).await.unwrap();
        let replayed = sign_in::factor(&house.app, &knock(), &second.secret, &right).await;
        assert!(matches!(replayed, Err(Error::WrongCode)), "a code works once: {replayed:?}");
    }

    async fn a_recovery_code_works_once(house: House) {
        let link = link(&house.app, AccountRole::Auditor).await;
        let opened = invite::accept(&house.app, &knock(), &link, "auditor", PASSWORD, PASSWORD).await.unwrap();
        let enrolment = factor::begin_first(&house.app, &opened.secret).await.unwrap();
        let now = code(&enrolment.secret, &house);
        let (_, codes) = factor::confirm_first(&house.app, &knock(), &opened.secret, &now).await.unwrap();
        for (attempt, works) in [(&codes[0], true), (&codes[0], false), (&codes[1].to_lowercase(), true)] {
            let opened = types(&house, "auditor", PASSWORD).await.unwrap();
            let outcome = sign_in::factor(&house.app, &knock(), &opened.secret, attempt).await;
            assert_eq!(outcome.is_ok(), works, "{outcome:?}");
        }
    }

    async fn five_failures_lock_a_name_for_a_quarter_of_an_hour_whether_somebody_has_it_or_not(house: House) {
        somebody(&house, "agent", AccountRole::Agent).await;
        for name in ["agent", "nobody"] {
            for attempt in 1..=5 {
                let outcome = types(&house, name, "not the password").await;
                assert!(matches!(outcome, Err(Error::Refused)), "{name} {attempt}: {outcome:?}");
            }
            let locked = types(&house, name, PASSWORD).await;
            assert!(matches!(locked, Err(Error::Locked(_))), "{name}: {locked:?}");
        }
        house.pass(15 * MINUTE - 1000);
        assert!(matches!(types(&house, "agent", PASSWORD).await, Err(Error::Locked(_))));
        house.pass(2000);
        assert_eq!(types(&house, "agent", PASSWORD).await.unwrap().stage, Stage::Open);
        let named = house.number("SELECT COUNT(*) FROM journal WHERE details LIKE '%nobody%' OR actor LIKE '%nobody%' OR object LIKE '%nobody%'").await;
        assert_eq!(named, 0, "what nobody is called is not written down: it may be a password");
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act = 'sign-in-lock'").await, 2);
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act = 'sign-in' AND result = 'refused'").await, 10);
    }

    async fn every_miss_hashes_a_password_once_and_leaves_as_much_behind(house: House) {
        let app = &house.app;
        let security = somebody(&house, "security", AccountRole::Security).await;
        for name in ["agent", "locked"] {
            somebody(&house, name, AccountRole::Agent).await;
        }
        let signed = sessions::resume(app, &security.session).await.unwrap().unwrap();
        let id = keep::named(app, &signed.actor, "locked").await.unwrap();
        keep::lock(app, &signed.actor, id, true).await.unwrap();
        let known = Identity {
            provider: "city".into(),
            issuer: "https://id.example".into(),
            holder: "sub:1".into(),
            second_factor: false,
        };
        let one_time = link(app, AccountRole::Agent).await;
        accounts_link::accept(app, &knock(), &one_time, "elsewhere", &known).await.unwrap();
        for (name, typed) in [
            ("nobody", "not the password"),
            ("not a name at all!", "not the password"),
            ("agent", "not the password"),
            ("locked", PASSWORD),
            ("locked", "not the password"),
            ("elsewhere", "not the password"),
            ("elsewhere", ""),
        ] {
            let before = (password::hashed(app), house.number("SELECT COUNT(*) FROM journal").await);
            let outcome = types(&house, name, typed).await;
            assert!(matches!(outcome, Err(Error::Refused)), "{name}: {outcome:?}");
            let after = (password::hashed(app), house.number("SELECT COUNT(*) FROM journal").await);
            assert_eq!(after, (before.0 + 1, before.1 + 1), "{name} {typed}");
        }
    }

    async fn a_link_or_a_session_that_is_over_is_no_row_like_one_that_never_was(house: House) {
        let used = link(&house.app, AccountRole::Agent).await;
        let opened = invite::accept(&house.app, &knock(), &used, "agent", PASSWORD, PASSWORD).await.unwrap();
        let over = link(&house.app, AccountRole::Agent).await;
        let id = |secret: &str| seal::digest(secret.as_bytes());
        let found = async |secret: &str| {
            let mut tx = house.store.read().await.unwrap();
            invitations::find(&mut tx, id(secret), house.app.now()).await.unwrap().is_some()
        };
        assert!(found(&over).await && !found(&used).await && !found("never").await);
        house.pass(3 * 24 * 60 * MINUTE + 1000);
        assert!(!found(&over).await);
        let (now, long) = (house.app.now(), mingzheng::rules::Instant::from_millis(0));
        let mut tx = house.store.read().await.unwrap();
        let session = id(&opened.secret);
        assert!(store_sessions::find(&mut tx, session, long, long).await.unwrap().is_some());
        for (opened, seen) in [(now, long), (long, now)] {
            assert!(store_sessions::find(&mut tx, session, opened, seen).await.unwrap().is_none());
        }
    }

    async fn many_attempts_at_once_are_not_more_than_five(house: House) {
        somebody(&house, "agent", AccountRole::Agent).await;
        let attempts = (0..12).map(|_| types(&house, "agent", "not the password"));
        let outcomes = futures::future::join_all(attempts).await;
        let judged = outcomes.iter().filter(|it| matches!(it, Err(Error::Refused))).count();
        assert_eq!(judged, 5, "{outcomes:?}");
    }

    async fn a_right_password_does_not_buy_more_guesses_at_the_code(house: House) {
        somebody(&house, "system", AccountRole::System).await;
        let mut refused = 0;
        for _ in 0..12 {
            let Ok(opened) = types(&house, "system", PASSWORD).await else { break };
            let outcome = sign_in::factor(&house.app, &knock(), &opened.secret, "000000").await;
            assert!(outcome.is_err());
            refused += 1;
        }
        assert!(refused <= 5, "{refused}");
    }

    async fn twenty_failures_from_one_address_lock_it_and_no_other(house: House) {
        somebody(&house, "agent", AccountRole::Agent).await;
        for attempt in 0..20 {
            let outcome = types(&house, &format!("guess{attempt}"), "not the password").await;
            assert!(matches!(outcome, Err(Error::Refused)));
        }
        assert!(matches!(types(&house, "agent", PASSWORD).await, Err(Error::Locked(_))));
        let elsewhere = Knock { address: "192.0.2.8".into(), ..knock() };
        assert!(sign_in::begin(&house.app, &elsewhere, "agent", PASSWORD).await.is_ok());
    }

    async fn a_session_ends_after_fifteen_idle_minutes_and_after_twelve_hours(house: House) {
        let idle = somebody(&house, "idle", AccountRole::Verifier).await;
        let busy = somebody(&house, "busy", AccountRole::Verifier).await;
        let short = types(&house, "idle", PASSWORD).await.unwrap().secret;
        house.pass(14 * MINUTE);
        assert!(is_in(&house, &short).await, "fourteen minutes are not fifteen");
        assert!(is_in(&house, &busy.session).await);
        for minutes in (24..=714).step_by(10) {
            house.pass(10 * MINUTE);
            assert!(is_in(&house, &busy.session).await, "after {minutes} minutes");
        }
        assert!(!is_in(&house, &idle.session).await, "idle");
        house.pass(10 * MINUTE);
        assert!(!is_in(&house, &busy.session).await, "twelve hours are enough");
    }

    async fn changing_the_password_ends_every_session_but_the_new_one(house: House) {
        let first = somebody(&house, "agent", AccountRole::Agent).await;
        let second = types(&house, "agent", PASSWORD).await.unwrap().secret;
        let signed = sessions::resume(&house.app, &second).await.unwrap().unwrap();
        let here = knock();
        let change = async |old, new| password::change(&house.app, &signed, &here, old, new, new).await;
        assert!(matches!(change("wrong", "dongtian xiatian").await, Err(Error::Refused)));
        assert!(matches!(change(PASSWORD, PASSWORD).await, Err(Error::Password(Weak::Same))));
        assert!(matches!(change(PASSWORD, "short").await, Err(Error::Password(Weak::Short))));
        let opened = change(PASSWORD, "dongtian he xiatian").await.unwrap();
        assert!(is_in(&house, &opened.secret).await);
        assert!(!is_in(&house, &first.session).await && !is_in(&house, &second).await);
        assert!(matches!(types(&house, "agent", PASSWORD).await, Err(Error::Refused)));
    }

    async fn what_others_changed_while_a_password_was_hashed_stays_changed(house: House) {
        let (app, from_here) = (&house.app, knock());
        let security = somebody(&house, "security", AccountRole::Security).await.signed(&house).await;
        let new = "dongtian xiatian gaoshan";
        // Waits until so many passwords are being hashed, and changes the account before whoever hashes can write.
        let meanwhile = async |hashes: u64, id, change: &str| {
            while password::hashed(app) < hashes {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            let mut tx = house.store.write().await.unwrap();
            journal::hold(&mut tx).await.unwrap();
            let now = app.now();
            match change {
                "lock" => accounts::set_state(&mut tx, id, accounts::LOCKED, now).await.unwrap(),
                "role" => accounts::set_role(&mut tx, id, AccountRole::Verifier, now).await.unwrap(),
                _ => accounts::set_password(&mut tx, id, "another", now).await.unwrap(),
            }
            tx.commit().await.unwrap();
        };
        let kept = async |id| accounts::by_id(&mut house.store.read().await.unwrap(), id).await.unwrap().unwrap();
        for (at, change) in ["lock", "role", "password"].into_iter().enumerate() {
            let name = format!("agent-{at}");
            let agent = somebody(&house, &name, AccountRole::Agent).await;
            let signed = agent.signed(&house).await;
            let id = signed.account;
            let before = kept(id).await;
            let changed = |account: &accounts::Account| match change {
                "lock" => account.state == accounts::LOCKED && account.password == before.password,
                "role" => account.role == AccountRole::Verifier && account.password == before.password,
                _ => account.password.as_deref() == Some("another"),
            };

            let from = password::hashed(app);
            let (outcome, ()) = tokio::join!(
                password::change(app, &signed, &from_here, PASSWORD, new, new),
                meanwhile(from + 1, id, change)
            );
            assert!(matches!(outcome, Err(Error::Ended)), "{change}: {outcome:?}");
            assert!(changed(&kept(id).await), "{change}");

            let mut tx = house.store.write().await.unwrap();
            journal::hold(&mut tx).await.unwrap();
            accounts::set_state(&mut tx, id, accounts::ACTIVE, app.now()).await.unwrap();
            accounts::set_role(&mut tx, id, AccountRole::Agent, app.now()).await.unwrap();
            accounts::set_password(&mut tx, id, before.password.as_deref().unwrap(), app.now()).await.unwrap();
            tx.commit().await.unwrap();

            // The same by a link for a new password, for a second factor, and for a session.
            let one_time = reset(&house, &security.actor, id).await;
            let from = password::hashed(app);
            let (outcome, ()) = tokio::join!(
                invite::accept(app, &from_here, &one_time, &name, new, new),
                meanwhile(from + 1, id, change)
            );
            assert!(matches!(outcome, Err(Error::Ended)), "{change}: {outcome:?}");
            assert!(changed(&kept(id).await), "{change}");
        }

        let agent = somebody(&house, "agent", AccountRole::Agent).await;
        let signed = agent.signed(&house).await;
        let enrolment = factor::begin(app, signed.account).await.unwrap();
        let again = factor::begin(app, signed.account).await.unwrap();
        assert_eq!(enrolment.secret, again.secret);
        let typed = code(&enrolment.secret, &house);
        let from = password::hashed(app);
        let (outcome, ()) = tokio::join!(
            factor::confirm(app, &from_here, &signed, PASSWORD, &typed),
            meanwhile(from + 1, signed.account, "lock")
        );
        assert!(matches!(outcome, Err(Error::Ended)), "{outcome:?}");
        let after = kept(signed.account).await;
        assert_eq!((after.state.as_str(), after.factor), (accounts::LOCKED, None));

        somebody(&house, "typist", AccountRole::Agent).await;
        let id = keep::named(app, &security.actor, "typist").await.unwrap();
        let from = password::hashed(app);
        let (outcome, ()) =
            tokio::join!(types(&house, "typist", PASSWORD), meanwhile(from + 1, id, "password"));
        assert!(matches!(outcome, Err(Error::Ended)), "the old password opens nothing: {outcome:?}");
    }

    async fn one_sees_and_ends_ones_own_sessions_only(house: House) {
        let own = somebody(&house, "agent", AccountRole::Agent).await;
        let other = somebody(&house, "other", AccountRole::Agent).await;
        let another = types(&house, "agent", PASSWORD).await.unwrap().secret;
        let signed = sessions::resume(&house.app, &own.session).await.unwrap().unwrap();
        let of_other = sessions::resume(&house.app, &other.session).await.unwrap().unwrap();
        let list = sessions::list(&house.app, &signed).await.unwrap();
        assert_eq!((list.len(), list.iter().filter(|one| one.own).count()), (2, 1));
        sessions::end(&house.app, &signed, of_other.session).await.unwrap();
        assert!(is_in(&house, &other.session).await, "not one's own");
        let ends = list.iter().find(|one| !one.own).unwrap();
        sessions::end(&house.app, &signed, ends.id).await.unwrap();
        assert!(!is_in(&house, &another).await && is_in(&house, &own.session).await);
        sessions::leave(&house.app, &own.session).await.unwrap();
        assert!(!is_in(&house, &own.session).await);
    }

    async fn the_security_operator_locks_and_changes_others_but_not_itself(house: House) {
        let security = somebody(&house, "security", AccountRole::Security).await;
        let agent = somebody(&house, "agent", AccountRole::Agent).await;
        let signed = sessions::resume(&house.app, &security.session).await.unwrap().unwrap();
        let id = keep::named(&house.app, &signed.actor, "agent").await.unwrap();
        keep::lock(&house.app, &signed.actor, id, true).await.unwrap();
        assert!(!is_in(&house, &agent.session).await, "its sessions end");
        assert!(matches!(types(&house, "agent", PASSWORD).await, Err(Error::Refused)), "in the same words as ever");
        keep::lock(&house.app, &signed.actor, id, false).await.unwrap();
        let clerk = grants(AccountRole::Clerk);
        keep::set_role(&house.app, &signed.actor, id, AccountRole::Clerk, &clerk).await.unwrap();
        let session = types(&house, "agent", PASSWORD).await.unwrap().secret;
        let now = sessions::resume(&house.app, &session).await.unwrap().unwrap();
        assert!(matches!(now.actor.role, Role::Clerk(ref posts) if posts[0].authority.as_str() == MARKET));
        let own = keep::lock(&house.app, &signed.actor, signed.account, true).await;
        assert!(matches!(own, Err(Error::Own)), "{own:?}");
        for forbidden in [now.actor, regulator(MARKET), subject(PARENT)] {
            assert!(matches!(keep::lock(&house.app, &forbidden, id, true).await, Err(Error::Forbidden(_))));
        }
    }

    async fn a_link_for_a_new_password_does_not_pass_by_the_second_factor(house: House) {
        let security = somebody(&house, "security", AccountRole::Security).await;
        let system = somebody(&house, "system", AccountRole::System).await;
        let signed = sessions::resume(&house.app, &security.session).await.unwrap().unwrap();
        let id = keep::named(&house.app, &signed.actor, &system.name).await.unwrap();
        let link = invite::reset(&house.app, &signed.actor, id).await.unwrap();
        let secret = link.address.rsplit('/').next().unwrap();
        let new = "qiutian de luoye";
        let opened = invite::accept(&house.app, &knock(), secret, "ignored", new, new).await.unwrap();
        assert_eq!(opened.stage, Stage::Factor);
        assert!(!is_in(&house, &system.session).await && !is_in(&house, &opened.secret).await);
        keep::drop_factor(&house.app, &signed.actor, id).await.unwrap();
        assert_eq!(types(&house, "system", new).await.unwrap().stage, Stage::Enrol);
    }

    async fn an_operators_password_is_renewed_after_ninety_days(house: House) {
        let system = somebody(&house, "system", AccountRole::System).await;
        let agent = somebody(&house, "agent", AccountRole::Agent).await;
        house.pass(91 * 24 * 60 * MINUTE);
        let opened = types(&house, &system.name, PASSWORD).await.unwrap();
        let now = code(&system.key.unwrap(), &house);
        let opened = sign_in::factor(&house.app, &knock(), &opened.secret, &now).await.unwrap();
        assert_eq!(opened.stage, Stage::Renew);
        assert!(!is_in(&house, &opened.secret).await);
        let new = "qiutian de luoye";
        let same = sign_in::renew(&house.app, &knock(), &opened.secret, PASSWORD, PASSWORD, PASSWORD).await;
        assert!(matches!(same, Err(Error::Password(Weak::Same))));
        let opened = sign_in::renew(&house.app, &knock(), &opened.secret, PASSWORD, new, new).await.unwrap();
        assert!(is_in(&house, &opened.secret).await);
        assert_eq!(types(&house, &agent.name, PASSWORD).await.unwrap().stage, Stage::Open, "others keep theirs");
    }

    async fn what_is_over_gives_nothing(house: House) {
        let until = mingzheng::rules::Instant::from_millis(house.app.now().millis() + 10 * MINUTE);
        let mut own = grants(AccountRole::Agent);
        own[0].until = Some(until);
        let invited = invite::Invited { shown: "示范".into(), role: AccountRole::Agent, grants: own };
        let link = invite::invite(&house.app, &Actor::operator(), invited).await.unwrap();
        let secret = link.address.rsplit('/').next().unwrap();
        let opened = invite::accept(&house.app, &knock(), secret, "agent", PASSWORD, PASSWORD).await.unwrap();
        let subjects = async || {
            let signed = sessions::resume(&house.app, &opened.secret).await.unwrap().unwrap();
            signed.actor.subjects().len()
        };
        assert_eq!(subjects().await, 1);
        house.pass(11 * MINUTE);
        assert_eq!(subjects().await, 0);
    }
}

#[test]
fn nobodys_hash_is_computed_like_everybodys() {
    let parameters = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
    let lengths = |hash: &str| hash.split('$').map(str::len).collect::<Vec<_>>();
    let somebodys = seal::hash_password(PASSWORD, [7; 16]).unwrap();
    assert_eq!(parameters(seal::NOBODYS_HASH), parameters(&somebodys));
    assert_eq!(lengths(seal::NOBODYS_HASH), lengths(&somebodys));
    assert!(seal::is_password(PASSWORD, Some(&somebodys)));
    assert!(!seal::is_password(PASSWORD, None) && !seal::is_password("", None));
}

#[test]
fn weak_passwords_are_refused_and_say_why() {
    for (name, typed, weak) in [
        ("wang", "elevenchars", Weak::Short),
        ("wang", "chuntian WANG qutian", Weak::Name),
        ("wang", "password1234", Weak::Known),
        ("wang", "P@ssw0rd123456", Weak::Known),
        ("wang", "qwertyqwerty12", Weak::Known),
        ("wang", "aaaaaaaaaaaaaaaa", Weak::Known),
        ("wang", "121212121212121212", Weak::Known),
        ("wang", &"长".repeat(129), Weak::Long),
    ] {
        assert_eq!(password::check(name, typed), Err(weak), "{typed}");
        assert!(!weak.zh().is_empty());
    }
    for fine in [PASSWORD, "correct horse battery staple", "春天去天安门看升旗仪式吧", "Tr0ub4dor&3xyz"]
    {
        assert_eq!(password::check("wang", fine), Ok(()), "{fine}");
    }
}
