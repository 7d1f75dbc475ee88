//! A subject's request becomes a report, and says what was known.

use mingzheng::flow::issue::{self, Ask, Error};
use mingzheng::flow::upload;
use mingzheng::flow::{Actor, Forbidden, register};
use mingzheng::rules::facts::Conclusion;
use mingzheng::rules::{Facts, InForce, Instant, Refusal, draw_up};
use mingzheng::store::{authorities, candidates, declarations, records, rejections, subjects};

use super::house::{
    ALIAS, House, MARKET, PARENT, Row, SUBSIDIARY, ask, market, market_sends, regulator, row, subject,
};
use crate::engines::on_both_engines;
use crate::rules::house::{code, day};

/// The facts drawn up again from what the store says was known then.
async fn again(house: &House, facts: &Facts) -> Facts {
    as_of(house, facts, facts.as_of).await
}

/// The facts drawn up again as of another instant.
pub(super) async fn as_of(house: &House, facts: &Facts, as_of: Instant) -> Facts {
    let reference = house.app.reference();
    let mut tx = house.store.read().await.unwrap();
    let of = code(&facts.subject.code).into();
    let subject = subjects::by_code(&mut tx, &of).await.unwrap().unwrap();
    let ids = subjects::with_merged(&mut tx, subject.id).await.unwrap();
    let domains: Vec<_> = facts.domains.iter().map(|domain| domain.id.clone()).collect();
    let period = facts.request.period;
    let mut unsettled = candidates::as_of(&mut tx, &ids, &domains, period, as_of).await.unwrap();
    unsettled.extend(rejections::as_of(&mut tx, &ids, &domains, period, as_of).await.unwrap());
    let known = mingzheng::rules::Known {
        branches: subjects::branches(&mut tx, subject.id).await.unwrap(),
        versions: records::point_query(&mut tx, &ids, &domains, period, as_of).await.unwrap(),
        candidates: unsettled,
        authorities: authorities::all(&mut tx).await.unwrap(),
        declarations: declarations::as_of(&mut tx, &domains, as_of).await.unwrap(),
        subject,
    };
    let in_force = InForce {
        catalogue: &reference.catalogue,
        profile: &reference.profile,
        policy: &reference.policy,
        issuer: house.app.issuer(),
    };
    let asked = mingzheng::rules::Asked {
        number: facts.number.clone(),
        issued_at: facts.issued_at,
        as_of,
        domains,
        period,
        include_repaired: facts.request.include_repaired,
        purpose: facts.request.purpose.clone(),
        applicant: facts.request.applicant.clone(),
        capacity: facts.request.capacity,
        channel: facts.request.channel,
    };
    draw_up(&known, in_force, asked).unwrap()
}

on_both_engines! {
    async fn a_report_says_none_found_or_not_covered(house: House) {
        let blank = house.issue(ask()).await.unwrap();
        assert_eq!(blank.facts.domains[0].conclusion, Conclusion::NotCovered);

        house.declare().await;
        house.pass(10);
        let clean = house.issue(Ask { domains: Some(vec![market(), "tobacco".parse().unwrap()]), ..ask() }).await.unwrap();
        let conclusions: Vec<_> = clean.facts.domains.iter().map(|d| d.conclusion).collect();
        assert_eq!(conclusions, [Conclusion::None, Conclusion::NotCovered]);

        house.send(&[row(1), row(2)]).await;
        house.pass(10);
        let found = house.issue(ask()).await.unwrap();
        assert_eq!((found.facts.domains[0].conclusion, found.facts.summary.records), (Conclusion::Found, 2));
        assert_ne!(found.facts.number, clean.facts.number);
        assert!(found.pdf.starts_with(b"%PDF-1.7"));
        house.journal().await;
    }

    async fn a_subject_is_found_by_any_of_its_codes(house: House) {
        for name in [PARENT, ALIAS, "91310115mate5t017a", " 91310115 MATE5T017A "] {
            let issued = house.issue(Ask { subject: name.into(), ..ask() }).await.unwrap();
            assert_eq!(issued.facts.subject.code, PARENT);
        }
    }

    async fn the_same_key_and_request_give_the_same_report(house: House) {
        let keyed = Ask { idempotency_key: Some("k-1".into()), ..ask() };
        let first = house.issue(keyed.clone()).await.unwrap();
        let before = house.kept().await;
        house.pass(3_600_000);

        let second = house.issue(keyed.clone()).await.unwrap();

        assert_eq!((first.repeated, second.repeated), (false, true));
        assert_eq!((&second.facts, second.pdf_sha256, &second.pdf), (&first.facts, first.pdf_sha256, &first.pdf));
        assert!(second.code.is_none() && second.qr.is_none());
        assert_eq!(house.kept().await, before);

        let other = house.issue(Ask { subject: SUBSIDIARY.into(), ..keyed.clone() }).await;
        assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
        let own = issue::issue(&house.app, &subject(PARENT), keyed).await.unwrap();
        assert_ne!(own.facts.number, first.facts.number);
        for bad in [String::new(), "k".repeat(201)] {
            let refused = house.issue(Ask { idempotency_key: Some(bad), ..ask() }).await;
            assert!(matches!(refused, Err(Error::BadKey)), "{refused:?}");
        }
    }

    async fn the_same_key_from_many_at_once_gives_one_report(house: House) {
        let second = house.second().await;
        let actor = Actor::operator();
        let keyed = || Ask { idempotency_key: Some("k-2".into()), ..ask() };
        let (a, b, c, d) = tokio::join!(
            issue::issue(&house.app, &actor, keyed()),
            issue::issue(&second, &actor, keyed()),
            issue::issue(&house.app, &actor, keyed()),
            issue::issue(&second, &actor, keyed()),
        );
        let all = [a.unwrap(), b.unwrap(), c.unwrap(), d.unwrap()];
        assert!(all.iter().all(|issued| issued.facts.number == all[0].facts.number));
        assert_eq!(all.iter().filter(|issued| !issued.repeated).count(), 1);
        assert_eq!(house.number("SELECT COUNT(*) FROM report").await, 1);
    }

    async fn a_subject_asks_about_itself_the_operator_about_all_and_a_regulator_about_none(house: House) {
        let unknown = "91310115MATE5T9990";
        let who = [
            (Actor::operator(), PARENT, "report"), (Actor::operator(), SUBSIDIARY, "report"), (Actor::operator(), unknown, "unknown"),
            (subject(PARENT), PARENT, "report"), (subject(PARENT), ALIAS, "report"), (subject(ALIAS), PARENT, "report"),
            (subject(PARENT), SUBSIDIARY, "forbidden"), (subject(PARENT), unknown, "forbidden"), (subject(unknown), unknown, "unknown"),
            (regulator(MARKET), PARENT, "forbidden"), (regulator(MARKET), MARKET, "forbidden"), (regulator(MARKET), unknown, "forbidden"),
        ];
        for (actor, about, expected) in who {
            let answer = issue::issue(&house.app, &actor, Ask { subject: about.into(), ..ask() }).await;
            let word = match &answer {
                Ok(_) => "report",
                Err(Error::UnknownSubject(_)) => "unknown",
                Err(Error::Forbidden(Forbidden::Subject(_))) => "forbidden",
                Err(_) => "other",
            };
            assert_eq!(word, expected, "{actor:?} about {about}: {answer:?}");
        }
    }

    async fn a_request_that_makes_no_sense_is_refused_and_leaves_nothing(house: House) {
        let before = house.kept().await;
        let refused = async |ask| house.issue(ask).await.map(|issued| issued.facts.number).unwrap_err();
        let days = |from: &str, to: &str| Ask { from: Some(day(from)), to: Some(day(to)), ..ask() };

        for bad in [
            days("2026-11-22", "2026-11-21"), days("2021-11-21", "2026-11-22"), days("2026-11-01", "2026-11-23"),
            Ask { domains: Some(vec![]), ..ask() }, Ask { domains: Some(vec!["no-such".parse().unwrap()]), ..ask() },
        ] {
            let error = refused(bad).await;
            assert!(matches!(error, Error::Refused(_)), "{error:?}");
        }
        let unknown = refused(Ask { domains: Some(vec!["no-such".parse().unwrap()]), ..ask() }).await;
        assert!(matches!(unknown, Error::Refused(Refusal::UnknownDomain(_))), "{unknown:?}");
        for (word, bad) in [
            ("preset", Ask { preset: Some("nothing".into()), ..ask() }),
            ("length", Ask { from: None, span: Some("a-while".into()), ..ask() }),
            ("purpose", Ask { purpose: Some("fun".into()), ..ask() }),
        ] {
            let error = refused(bad).await.to_string();
            assert!(error.starts_with(&format!("there is no {word}")), "{error}");
        }
        assert!(matches!(refused(Ask { edition: Some("fr".into()), ..ask() }).await, Error::Edition(_)));
        assert!(matches!(refused(Ask { from: None, ..ask() }).await, Error::NoPeriod));
        for odd in ["", "\u{0}", "'; --", "91310115MATE5T0170"] {
            let error = refused(Ask { subject: odd.into(), ..ask() }).await;
            assert!(matches!(error, Error::UnknownSubject(_)), "{odd:?}: {error:?}");
        }
        assert_eq!(house.kept().await, before);
    }

    async fn presets_and_spans_fill_in_what_is_missing(house: House) {
        let bare = Ask { domains: None, from: None, to: None, ..ask() };
        let listing = house.issue(Ask { preset: Some("listing".into()), ..bare.clone() }).await.unwrap().facts;
        assert_eq!((listing.request.period.from, listing.request.period.to), (day("2023-01-01"), day("2026-11-22")));
        assert_eq!(listing.request.purpose.unwrap().en, "Listing");
        let all = house.issue(Ask { span: Some("12-months".into()), ..bare }).await.unwrap().facts;
        assert_eq!(all.domains.len(), 41);
        assert_eq!(all.request.period.from, day("2025-11-23"));
    }

    async fn a_character_that_no_font_has_is_refused_by_name(house: House) {
        let text = "[[subject]]\nkind = \"enterprise\"\ncode = \"91310115MATE5T017A\"\nnames = [{ name = \"示范\u{1F600}公司\" }]\n";
        register::subjects(&house.app, &Actor::operator(), text).await.unwrap();
        house.pass(10);
        let before = house.kept().await;

        let refused = house.issue(ask()).await.unwrap_err();

        assert!(matches!(refused, Error::NoGlyph('\u{1F600}')), "{refused:?}");
        assert!(refused.to_string().contains("U+1F600"), "{refused}");
        assert_eq!(house.kept().await, before);
    }

    async fn nothing_is_done_by_a_clock_that_was_set_back(house: House) {
        house.declare().await;
        let issued = house.issue(ask()).await.unwrap();
        let before = house.kept().await;
        house.pass(-3_600_000);

        let refused = house.issue(ask()).await;
        assert!(matches!(refused, Err(Error::Clock { .. })), "{refused:?}");
        let refused = house.upload(market_sends(&[row(1)])).await;
        assert!(matches!(refused, Err(upload::Error::Clock(_))), "{refused:?}");
        assert!(house.revoke(&issued).await.is_err());
        assert_eq!(house.kept().await, before);

        house.pass(3_600_010);
        house.send(&[row(1)]).await;
        assert_eq!(again(&house, &issued.facts).await, issued.facts);
    }

    async fn what_comes_in_the_same_millisecond_does_not_change_what_was_issued(house: House) {
        house.declare().await;
        let clean = house.issue(ask()).await.unwrap();

        house.send(&[row(1)]).await; // the clock stands still

        assert_eq!(again(&house, &clean.facts).await, clean.facts);
        let found = house.issue(ask()).await;
        house.pass(10);
        let later = house.issue(ask()).await.unwrap();
        assert_eq!(later.facts.summary.records, 1);
        if let Ok(found) = found {
            assert_eq!(again(&house, &found.facts).await, found.facts);
        }
    }

    async fn the_same_facts_come_out_at_any_later_time(house: House) {
        house.declare().await;
        house.send(&[row(1), row(2)]).await;
        house.pass(10);
        let first = house.issue(Ask { domains: None, ..ask() }).await.unwrap();
        for step in 3..6_u32 {
            house.pass(86_400_000);
            house.send(&[row(step), Row { fine: step.to_string(), ..row(1) }]).await;
            house.declare().await;
            house.pass(10);
            assert_eq!(again(&house, &first.facts).await, first.facts);
        }
        assert_eq!(again(&house, &first.facts).await.canonical(), first.facts.canonical());
    }
}
