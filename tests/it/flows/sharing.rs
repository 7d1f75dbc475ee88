//! A subject shows itself: codes that die, looks that are counted, holders who are asked, and windows that close.

use futures::future::join_all;
use mingzheng::flow::account::sign_in::Knock;
use mingzheng::flow::share::{self, Asked, Error, Made, Seen, Viewer, Wait};
use mingzheng::flow::{Actor, App, Listing, Mandate, Role, Scope};
use mingzheng::rules::facts::{Capacity, Channel, Conclusion};
use mingzheng::rules::{BadTerms, Facts, OneCode, Reason, Refusal, ShareKind, ShareState};
use mingzheng::verify;

use super::house::{House, MARKET, PARENT, SUBSIDIARY, market, regulator, row, subject};
use super::people;
use crate::engines::on_both_engines;
use crate::rules::house::day;

const SECRET: &str = "a secret of the browser";
const MINUTE: i64 = 60_000;

/// What the listed company would show: its market regulation since three years, once, for an hour.
pub(crate) fn asked(kind: ShareKind) -> Asked {
    Asked {
        subject: PARENT.to_owned(),
        domains: vec![market()],
        from: Some(day("2023-11-22")),
        span: None,
        to: None,
        kind,
        recipient: String::new(),
        download: false,
        consent: false,
        uses: 1,
        minutes: 60,
        idempotency_key: None,
    }
}

fn somewhere() -> Viewer {
    Viewer { knock: Knock { address: "203.0.113.77".into(), agent: "test".into() }, ..Viewer::default() }
}

fn signed_in(name: &str, role: Role) -> Viewer {
    let actor = Actor { name: name.to_owned(), role };
    Viewer { actor: Some(actor), shown: Some("示范银行".into()), ..somewhere() }
}

fn verifier() -> Viewer {
    signed_in("@bank", Role::Verifier)
}

fn agent(scope: Scope) -> Actor {
    let mandate = Mandate { subject: PARENT.into(), scope, purpose: String::new(), until: None };
    Actor { name: "@agent".into(), role: Role::Agent(vec![mandate]) }
}

async fn make(house: &House, change: impl FnOnce(&mut Asked)) -> (Made, String) {
    let mut wanted = asked(ShareKind::Grant);
    change(&mut wanted);
    let made = share::make(&house.app, &subject(PARENT), wanted).await.unwrap();
    let code = made.code.as_ref().map(|(code, ..)| code.compact()).unwrap_or_default();
    (made, code)
}

async fn open(house: &House, code: &str) -> Result<Seen, Error> {
    let id = share::open(&house.app, &somewhere(), code, SECRET).await?;
    share::seen(&house.app, id, SECRET).await
}

async fn looks(house: &House, made: &Made) -> share::Shown {
    share::show(&house.app, &subject(PARENT), made.share.id).await.unwrap()
}

on_both_engines! {
    async fn a_code_on_a_screen_opens_once_and_is_dead_after_ninety_seconds(house: House) {
        let holder = subject(PARENT);
        let made = share::make(&house.app, &holder, asked(ShareKind::Dynamic)).await.unwrap();
        assert!(made.code.is_none(), "it is drawn when it is looked at");
        let first = share::draw(&house.app, &holder, made.share.id).await.unwrap();
        assert!(first.address.ends_with(&format!("/c/{}", first.code.compact())) && first.svg.starts_with("<svg"));
        house.pass(MINUTE);
        let second = share::draw(&house.app, &holder, made.share.id).await.unwrap();
        assert_ne!(first.code, second.code);
        house.pass(29_999);
        let seen = open(&house, &first.address).await.unwrap();
        assert_eq!(seen.as_of, house.app.now(), "the conclusions are those of the moment");
        assert!(matches!(open(&house, &first.address).await, Err(Error::UsedUp)));
        let third = share::draw(&house.app, &holder, made.share.id).await.unwrap();
        house.pass(30_000);
        open(&house, &second.code.to_string().to_lowercase()).await.expect("59.999 s are not 90");
        house.pass(60_000);
        assert!(matches!(open(&house, &third.address).await, Err(Error::Over)), "a screenshot is dead");
        assert_eq!(looks(&house, &made).await.looks.len(), 2);
        house.pass(30 * MINUTE);
        assert!(matches!(share::draw(&house.app, &holder, made.share.id).await, Err(Error::Over)));
    }

    async fn of_many_scans_at_once_exactly_as_many_succeed_as_were_granted(house: House) {
        let (made, code) = make(&house, |it| it.uses = 3).await;
        let second = house.second().await;
        let apps: Vec<App> = (0..16).map(|at| if at % 2 == 0 { house.app.clone() } else { second.clone() }).collect();
        let (code, viewer) = (code.as_str(), somewhere());
        let scans = apps.iter().map(|app| share::open(app, &viewer, code, SECRET));
        let outcomes = join_all(scans).await;
        let opened = outcomes.iter().filter(|it| it.is_ok()).count();
        assert_eq!(opened, 3, "{outcomes:?}");
        assert!(outcomes.iter().all(|it| matches!(it, Ok(_) | Err(Error::UsedUp))), "{outcomes:?}");
        let shown = looks(&house, &made).await;
        assert_eq!((shown.share.looks, shown.looks.len(), shown.state), (3, 3, ShareState::UsedUp));
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act = 'share-look'").await, 3);
    }

    async fn a_look_shows_what_is_known_then_within_the_grant_and_stays_as_it_was(house: House) {
        let (_, code) = make(&house, |it| it.uses = 3).await;
        let before = open(&house, &code).await.unwrap();
        assert_eq!(before.domains[0].conclusion, Conclusion::NotCovered, "nothing was declared");
        house.pass(1000);
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(1000);
        let id = share::open(&house.app, &somewhere(), &code, SECRET).await.unwrap();
        let seen = share::seen(&house.app, id, SECRET).await.unwrap();
        assert_eq!((seen.domains.len(), seen.domains[0].id.clone()), (1, market()));
        assert_eq!((seen.domains[0].conclusion, seen.domains[0].records), (Conclusion::Found, 1));
        assert_eq!((seen.name.as_str(), seen.code.as_str()), ("示范甲智能科技股份有限公司", PARENT));
        assert_eq!((seen.period.from, seen.period.to), (day("2023-11-22"), day("2026-11-22")));
        house.pass(1000);
        house.send(&[row(2)]).await;
        house.pass(1000);
        let again = share::seen(&house.app, id, SECRET).await.unwrap();
        assert_eq!((again.as_of, again.domains[0].records), (seen.as_of, 1), "it is not drawn up anew");
        assert_eq!(open(&house, &code).await.unwrap().domains[0].records, 2);
        assert!(matches!(share::seen(&house.app, id, "another secret").await, Err(Error::NotFound)));
        house.pass(15 * MINUTE);
        assert!(matches!(share::seen(&house.app, id, SECRET).await, Err(Error::Over)));
    }

    async fn to_knock_takes_nothing_and_tells_no_name(house: House) {
        let (made, code) = make(&house, |it| it.download = true).await;
        for _ in 0..5 {
            let door = share::knock(&house.app, &somewhere(), &code).await.unwrap();
            assert!(door.download && door.wait.is_none() && door.domains == 1);
            assert!(!format!("{door:?}").contains("示范"));
        }
        assert_eq!(looks(&house, &made).await.share.looks, 0);
        open(&house, &code).await.unwrap();
    }

    async fn what_is_over_used_up_taken_back_mistyped_or_made_up_says_so(house: House) {
        let (_, over) = make(&house, |_| ()).await;
        let (_, used) = make(&house, |it| it.minutes = 24 * 60).await;
        let (back, taken) = make(&house, |it| it.minutes = 24 * 60).await;
        open(&house, &used).await.unwrap();
        share::revoke(&house.app, &subject(PARENT), back.share.id).await.unwrap();
        house.pass(60 * MINUTE);
        let made_up = OneCode::from_random([5; 17]).compact();
        let wrong = format!("{}{}", if over.starts_with('0') { '1' } else { '0' }, &over[1..]);
        let viewer = somewhere();
        for (code, right) in [
            (over, (|it| matches!(it, Error::Over)) as fn(&Error) -> bool),
            (used, |it| matches!(it, Error::UsedUp)),
            (taken, |it| matches!(it, Error::Revoked)),
            (made_up, |it| matches!(it, Error::Unknown)),
            (wrong, |it| matches!(it, Error::Mistyped)),
            (String::new(), |it| matches!(it, Error::Mistyped)),
            ("长".repeat(5000), |it| matches!(it, Error::Mistyped)),
        ] {
            let knocked = share::knock(&house.app, &viewer, &code).await.unwrap_err();
            let opened = share::open(&house.app, &viewer, &code, SECRET).await.unwrap_err();
            assert!(right(&knocked) && right(&opened), "{code}: {knocked:?} {opened:?}");
            let (zh, en) = knocked.said().unwrap();
            assert!(!zh.is_empty() && !en.contains("示范"));
        }
    }

    async fn what_is_taken_back_closes_at_once_for_those_who_look(house: House) {
        let (made, code) = make(&house, |it| { it.uses = 2; it.download = true; }).await;
        let id = share::open(&house.app, &somewhere(), &code, SECRET).await.unwrap();
        share::revoke(&house.app, &subject(PARENT), made.share.id).await.unwrap();
        share::revoke(&house.app, &subject(PARENT), made.share.id).await.expect("again changes nothing");
        assert!(matches!(share::seen(&house.app, id, SECRET).await, Err(Error::Revoked)));
        let report = share::report(&house.app, &somewhere(), id, SECRET, Channel::Portal).await;
        assert!(matches!(report, Err(Error::Revoked)));
        assert!(matches!(open(&house, &code).await, Err(Error::Revoked)));
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act = 'share-revoke'").await, 1);
    }

    async fn the_holder_is_asked_and_agrees_to_one_look(house: House) {
        let (made, code) = make(&house, |it| { it.consent = true; it.uses = 5; }).await;
        let (holder, bank) = (subject(PARENT), verifier());
        let actor = bank.actor.clone().unwrap();
        for stranger in [somewhere(), signed_in("@agent", agent(Scope::default()).role)] {
            assert!(matches!(share::knock(&house.app, &stranger, &code).await, Err(Error::AskFirst)));
            assert!(matches!(share::open(&house.app, &stranger, &code, SECRET).await, Err(Error::AskFirst)));
        }
        let wait = async || share::knock(&house.app, &bank, &code).await.unwrap().wait;
        assert_eq!(wait().await, Some(Wait::Say));
        let silent = share::ask(&house.app, &actor, "示范银行", &code, "  ").await;
        assert!(matches!(silent, Err(Error::Terms(BadTerms::Purpose))));
        for _ in 0..3 {
            share::ask(&house.app, &actor, "示范银行", &code, "贷前调查").await.unwrap();
        }
        assert_eq!(wait().await, Some(Wait::Waiting));
        assert!(matches!(share::open(&house.app, &bank, &code, SECRET).await, Err(Error::Waiting)));
        let asks = looks(&house, &made).await.asks;
        assert_eq!(asks.len(), 1, "asking again is the same wish");
        assert_eq!((asks[0].shown.as_str(), asks[0].purpose.as_str()), ("示范银行", "贷前调查"));
        let other = share::decide(&house.app, &subject(SUBSIDIARY), made.share.id, asks[0].id, true).await;
        assert!(matches!(other, Err(Error::NotFound)), "{other:?}");
        share::decide(&house.app, &holder, made.share.id, asks[0].id, true).await.unwrap();
        share::decide(&house.app, &holder, made.share.id, asks[0].id, false).await.unwrap();
        assert_eq!(wait().await, Some(Wait::Agreed), "an answer stays what it was first");
        let elsewhere = signed_in("@other", Role::Verifier);
        assert!(matches!(share::open(&house.app, &elsewhere, &code, SECRET).await, Err(Error::AskFirst)));
        let opens = (0..4).map(|_| share::open(&house.app, &bank, &code, SECRET));
        let opened = join_all(opens).await;
        assert_eq!(opened.iter().filter(|it| it.is_ok()).count(), 1, "{opened:?}");
        let look = looks(&house, &made).await.looks.remove(0);
        assert_eq!((look.viewer.as_deref(), look.purpose.as_deref()), (Some("@bank"), Some("贷前调查")));

        share::ask(&house.app, &actor, "示范银行", &code, "贷后检查").await.unwrap();
        let again = looks(&house, &made).await.asks.remove(0);
        share::decide(&house.app, &holder, made.share.id, again.id, false).await.unwrap();
        assert_eq!(wait().await, Some(Wait::Declined));
        assert!(matches!(share::open(&house.app, &bank, &code, SECRET).await, Err(Error::Declined)));
        assert_eq!(looks(&house, &made).await.share.looks, 1, "who was declined took nothing");
    }

    async fn who_waits_too_long_is_not_agreed_to_any_more(house: House) {
        let holder = subject(PARENT);
        let wanted = Asked { consent: true, ..asked(ShareKind::Dynamic) };
        let made = share::make(&house.app, &holder, wanted).await.unwrap();
        let drawn = share::draw(&house.app, &holder, made.share.id).await.unwrap();
        let (bank, code) = (verifier(), drawn.code.compact());
        share::ask(&house.app, bank.actor.as_ref().unwrap(), "示范银行", &code, "签约").await.unwrap();
        let asked = looks(&house, &made).await.asks.remove(0);
        house.pass(5 * MINUTE);
        share::decide(&house.app, &holder, made.share.id, asked.id, true).await.unwrap();
        assert!(
            share::knock(&house.app, &bank, &code).await.is_ok(),
            "who asked in time may open after the code died"
        );
        house.pass(10 * MINUTE);
        assert!(matches!(share::open(&house.app, &bank, &code, SECRET).await, Err(Error::AskFirst)));
        let late = share::ask(&house.app, bank.actor.as_ref().unwrap(), "示范银行", &code, "签约").await;
        assert!(matches!(late, Err(Error::Over)), "{late:?}");
    }

    async fn a_grant_for_an_account_is_for_that_account_alone(house: House) {
        let (_, code) = make(&house, |it| it.recipient = "@bank".into()).await;
        for other in [somewhere(), signed_in("@other", Role::Verifier)] {
            assert!(matches!(share::open(&house.app, &other, &code, SECRET).await, Err(Error::NotForYou)));
        }
        share::open(&house.app, &verifier(), &code, SECRET).await.unwrap();
        let (_, labelled) = make(&house, |it| it.recipient = "示范银行\n信贷部".into()).await;
        assert_eq!(open(&house, &labelled).await.unwrap().recipient.as_deref(), Some("示范银行 信贷部"));
    }

    async fn a_report_is_taken_along_only_where_the_holder_allowed_it(house: House) {
        house.declare().await;
        house.pass(1000);
        let (_, closed) = make(&house, |_| ()).await;
        let viewer = somewhere();
        let id = share::open(&house.app, &viewer, &closed, SECRET).await.unwrap();
        let refused = share::report(&house.app, &viewer, id, SECRET, Channel::Portal).await;
        assert!(matches!(refused, Err(Error::NotGranted)));
        let (_, code) = make(&house, |it| { it.download = true; it.recipient = "示范银行".into(); }).await;
        let id = share::open(&house.app, &viewer, &code, SECRET).await.unwrap();
        let wrong = share::report(&house.app, &viewer, id, "another", Channel::Portal).await;
        assert!(matches!(wrong, Err(Error::NotFound)));
        let (number, pdf) = share::report(&house.app, &viewer, id, SECRET, Channel::Portal).await.unwrap();
        let (again, same) = share::report(&house.app, &viewer, id, SECRET, Channel::Portal).await.unwrap();
        assert_eq!((&number, &pdf), (&again, &same), "one report for each look");
        let verdict = verify::pdf(&pdf, &house.bundle().await, house.app.now());
        assert!(verdict.is_genuine_and_valid());
        let facts: Facts = *verdict.facts.unwrap();
        assert_eq!(facts.request.applicant, "示范银行");
        assert_eq!((facts.request.capacity, facts.domains.len()), (Capacity::Consent, 1));
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act = 'issue'").await, 1);
    }

    async fn nobody_shows_what_is_not_theirs_to_show(house: House) {
        let see_and_ask = Scope { see: true, ask: true, share: false, delegate: false };
        for other in [
            Actor::operator(),
            regulator(MARKET),
            subject(SUBSIDIARY),
            agent(see_and_ask),
            Actor { name: "@system".into(), role: Role::System },
        ] {
            let made = share::make(&house.app, &other, asked(ShareKind::Grant)).await;
            assert!(matches!(made, Err(Error::Forbidden(_))), "{other:?}: {made:?}");
        }
        let nobody = share::make(&house.app, &subject(SUBSIDIARY), Asked { subject: "NONE".into(), ..asked(ShareKind::Grant) }).await;
        assert!(matches!(nobody, Err(Error::Forbidden(_))), "whether others exist is not told");
        let may = people::agent(&house, "agent", &[(PARENT, &["see", "ask", "share"])]).await.signed(&house).await.actor;
        let made = share::make(&house.app, &may, asked(ShareKind::Grant)).await.unwrap();
        let part = Listing { offset: 0, limit: 10 };
        assert_eq!(share::list(&house.app, &subject(PARENT), part).await.unwrap().1, 1, "the subject sees it, too");
        for other in [subject(SUBSIDIARY), agent(see_and_ask)] {
            assert!(share::show(&house.app, &other, made.share.id).await.is_err());
            assert!(share::revoke(&house.app, &other, made.share.id).await.is_err());
            assert!(share::draw(&house.app, &other, made.share.id).await.is_err());
            assert!(!share::list(&house.app, &other, part).await.is_ok_and(|(_, total)| total > 0));
        }
        assert!(open(&house, &made.code.unwrap().1).await.is_ok(), "nobody took it back");
    }

    async fn a_snapshot_verifies_without_a_store_says_that_it_is_not_live_and_fits_into_a_small_qr(house: House) {
        house.declare().await;
        house.pass(1000);
        let (made, _) = make(&house, |it| it.domains = house.app.reference().profile.domains.clone()).await;
        let taken = share::snapshot(&house.app, &subject(PARENT), made.share.id).await.unwrap();
        let answer = verify::qr(&taken.text, &house.bundle().await, house.app.now());
        assert_eq!(answer.verdict.reasons, [Reason::SnapshotNotLive]);
        assert!(!answer.verdict.is_genuine_and_valid(), "how things stand now is not known");
        let snapshot = answer.snapshot.unwrap();
        assert_eq!((snapshot.name.as_str(), snapshot.as_of), ("示范甲智能科技股份有限公司", taken.as_of));
        assert_eq!(snapshot.conclusions.len(), made.share.domains.len());
        let side = mingzheng::report::qr::qr(&taken.text).unwrap().width();
        assert!(side <= 77, "{side} modules: version 15 has 77");
        assert!(!taken.text.contains(PARENT) && !taken.text.contains("示范"));
        assert_eq!(looks(&house, &made).await.share.looks, 0);
        let other = share::snapshot(&house.app, &subject(SUBSIDIARY), made.share.id).await;
        assert!(matches!(other, Err(Error::NotFound)));
        share::revoke(&house.app, &subject(PARENT), made.share.id).await.unwrap();
        let late = share::snapshot(&house.app, &subject(PARENT), made.share.id).await;
        assert!(matches!(late, Err(Error::Revoked)));
    }

    async fn bad_wishes_are_refused_before_anything_is_kept(house: House) {
        let refused = async |change: fn(&mut Asked)| {
            let mut wanted = asked(ShareKind::Grant);
            change(&mut wanted);
            share::make(&house.app, &subject(PARENT), wanted).await.unwrap_err()
        };
        assert!(matches!(refused(|it| it.minutes = 59).await, Error::Terms(BadTerms::Life)));
        assert!(matches!(refused(|it| it.minutes = u32::MAX).await, Error::Terms(BadTerms::Life)));
        assert!(matches!(refused(|it| it.uses = 0).await, Error::Terms(BadTerms::Uses)));
        assert!(matches!(refused(|it| it.recipient = "长".repeat(101)).await, Error::Terms(BadTerms::Recipient)));
        assert!(matches!(refused(|it| it.domains = vec!["no-domain".parse().unwrap()]).await, Error::Refused(Refusal::UnknownDomain(_))));
        assert!(matches!(refused(|it| it.from = Some(day("2027-01-01"))).await, Error::Refused(Refusal::Period(_))));
        assert!(matches!(refused(|it| it.to = Some(day("2027-01-01"))).await, Error::Refused(Refusal::Period(_))));
        assert!(matches!(refused(|it| it.from = None).await, Error::NoPeriod));
        assert_eq!(house.number("SELECT COUNT(*) FROM share").await, 0);
    }

    async fn codes_are_kept_as_keyed_hashes_and_addresses_without_their_end(house: House) {
        let (made, code) = make(&house, |it| it.uses = 2).await;
        open(&house, &code).await.unwrap();
        let six = Knock { address: "2001:db8:1:2:3:4:5:6".into(), agent: String::new() };
        share::open(&house.app, &Viewer { knock: six, ..Viewer::default() }, &code, SECRET).await.unwrap();
        let addresses: Vec<String> = looks(&house, &made).await.looks.into_iter().map(|it| it.address).collect();
        assert_eq!(addresses, ["2001:db8:1:*", "203.0.113.*"]);
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE details LIKE '%203.0.113.77%'").await, 0);
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE act = 'share-look' AND actor LIKE 'guest of %'").await, 2);
        assert!(house.journal().await > 0);
        assert_eq!(house.number("SELECT COUNT(*) FROM share_code WHERE length(hash) = 32").await, 1);
    }
}
