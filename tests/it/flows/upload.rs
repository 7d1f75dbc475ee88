//! A regulator's file becomes records: all of its good rows, once.

use mingzheng::flow::check::Brought;
use mingzheng::flow::issue::Ask;
use mingzheng::flow::upload::{self, Error, Sent};
use mingzheng::flow::{Actor, Forbidden};
use mingzheng::rules::Status;
use mingzheng::rules::facts::Conclusion;
use mingzheng::seal::{Purpose, verify_detached};

use super::house::{
    ECOLOGY, House, MARKET, PARENT, Row, all_loaded, ask, csv, market, market_sends, regulator, row, subject,
};
use crate::engines::on_both_engines;
use crate::rules::house::{code, day};

/// A row whose code has a wrong check digit.
fn faulty(number: u32) -> Row {
    Row { code: "91310115MATE5T0170".to_owned(), ..row(number) }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

on_both_engines! {
    async fn every_row_is_accepted_repeated_or_rejected(house: House) {
        house.send(&[row(1)]).await;
        house.pass(10);

        let done = house.send(&[row(1), row(2), row(3), faulty(4), row(2)]).await;

        let r = &done.receipt;
        assert_eq!((r.submitted, r.accepted, r.repeated, r.rejected), (5, 2, 2, 1), "{:?}", done.faults);
        assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, 3);
        let rejects = done.rejects.unwrap().csv.unwrap();
        assert!(rejects.contains("91310115MATE5T0170") && !rejects.contains("2025〕0002"), "{rejects}");
    }

    async fn the_same_file_again_changes_nothing_and_gives_the_first_receipt(house: House) {
        let first = house.send(&[row(1), faulty(2)]).await;
        let before = house.kept().await;
        house.pass(60_000);

        let second = house.send(&[row(1), faulty(2)]).await;

        assert_eq!((first.replayed, second.replayed), (false, true));
        assert_eq!((&second.receipt, &second.signature), (&first.receipt, &first.signature));
        assert_eq!(second.rejects, first.rejects);
        assert_eq!(house.kept().await, before);
    }

    async fn an_old_file_sent_again_after_its_correction_changes_nothing(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(10);
        let corrected = Row { fine: "3".into(), ..row(1) };
        let done = house.send(&[corrected]).await;
        assert_eq!((done.receipt.accepted, done.receipt.corrected), (1, 1));
        house.pass(10);
        let before = house.kept().await;

        let again = house.send(&[row(1)]).await;

        assert!(again.replayed);
        assert_eq!(house.kept().await, before);
        let facts = house.issue(ask()).await.unwrap().facts;
        assert_eq!(facts.records.len(), 1);
        assert_eq!(facts.records[0].version, 2);
    }

    async fn a_correction_supersedes_the_reports_that_show_the_record(house: House) {
        house.declare().await;
        house.send(&[row(1), Row { code: "91310115MATE5T0255".into(), name: "示范乙软件有限公司", ..row(2) }]).await;
        house.pass(10);
        let shows = house.issue(ask()).await.unwrap();
        let other = house.issue(Ask { subject: "91310115MATE5T0255".into(), ..ask() }).await.unwrap();
        assert_eq!(shows.facts.domains[0].conclusion, Conclusion::Found);
        house.pass(10);

        house.send(&[Row { fine: "3".into(), ..row(1) }]).await;

        assert_eq!(house.status(&shows).await, Status::Superseded);
        assert_eq!(house.status(&other).await, Status::Valid);
        house.pass(10);
        let fresh = house.issue(ask()).await.unwrap();
        assert_eq!(house.status(&fresh).await, Status::Valid);
        let answer = house.check(Brought::Pdf(shows.pdf)).await;
        assert!(!answer.verdict.is_genuine_and_valid());
        assert_eq!(answer.is_changed(), Some(true));
    }

    async fn strict_takes_all_rows_or_none(house: House) {
        let before = house.kept().await;

        let refused = house.upload(Sent { strict: true, ..market_sends(&[row(1), faulty(2)]) }).await;

        let Err(Error::Strict { submitted, rejected, faults, rejects }) = refused else { panic!("{refused:?}") };
        assert_eq!((submitted, rejected, faults.len()), (2, 1, 1));
        assert!(!rejects.bytes.is_empty());
        assert_eq!(house.kept().await, before);
        let taken = house.upload(Sent { strict: true, ..market_sends(&[row(1)]) }).await.unwrap();
        assert_eq!(taken.receipt.accepted, 1);
    }

    async fn a_dry_run_tells_everything_and_stores_nothing(house: House) {
        let before = house.kept().await;

        let sent = Sent { dry_run: true, declared: Some(all_loaded(&house)), ..market_sends(&[row(1), faulty(2)]) };
        let done = house.upload(sent).await.unwrap();

        assert_eq!((done.receipt.accepted, done.receipt.rejected, done.faults.len()), (1, 1, 1));
        assert_eq!((done.dry_run, &done.signature), (true, &None));
        assert_eq!(house.kept().await, before);
        assert!(!house.object(done.receipt.file_sha256).exists());
    }

    async fn a_dry_run_refuses_the_declaration_that_a_real_one_would(house: House) {
        let mut declared = all_loaded(&house);
        declared.complete_through = Some(day("2026-11-23"));
        let sent = Sent { dry_run: true, declared: Some(declared), ..market_sends(&[row(1)]) };

        let refused = house.upload(sent).await;

        assert!(matches!(refused, Err(Error::Declaration(_))), "{refused:?}");
    }

    async fn an_authority_speaks_for_itself_and_on_its_domains_only(house: House) {
        let before = house.kept().await;
        let try_it = async |actor, sent| upload::upload(&house.app, &actor, sent).await.unwrap_err();

        let other = try_it(regulator(ECOLOGY), market_sends(&[row(1)])).await;
        assert!(matches!(other, Error::Forbidden(Forbidden::Authority { .. })), "{other:?}");

        let domain = Some("fire-rescue".parse().unwrap());
        let elsewhere = try_it(regulator(MARKET), Sent { domain, ..market_sends(&[row(1)]) }).await;
        assert!(matches!(elsewhere, Error::Forbidden(Forbidden::Domain { .. })), "{elsewhere:?}");

        let no_regulator = try_it(subject(PARENT), market_sends(&[row(1)])).await;
        assert!(matches!(no_regulator, Error::Forbidden(_)), "{no_regulator:?}");

        // A regulator does not learn which authorities there are.
        let nobody = try_it(regulator(MARKET), Sent { authority: Some(code(PARENT)), ..market_sends(&[row(1)]) }).await;
        assert!(matches!(nobody, Error::Forbidden(_)), "{nobody:?}");
        let nobody = try_it(Actor::operator(), Sent { authority: Some(code(PARENT)), ..market_sends(&[row(1)]) }).await;
        assert!(matches!(nobody, Error::UnknownAuthority(_)), "{nobody:?}");

        let nameless = try_it(Actor::operator(), Sent { authority: None, ..market_sends(&[row(1)]) }).await;
        assert!(matches!(nameless, Error::NoAuthority), "{nameless:?}");
        assert_eq!(house.kept().await, before);

        let own = Sent { authority: None, ..market_sends(&[row(1)]) };
        assert_eq!(upload::upload(&house.app, &regulator(MARKET), own).await.unwrap().receipt.accepted, 1);
    }

    async fn rows_of_another_authority_are_rejected(house: House) {
        let done = house.send(&[row(1), Row { organ: ECOLOGY, ..row(2) }]).await;

        assert_eq!((done.receipt.accepted, done.receipt.rejected), (1, 1));
    }

    async fn a_receipt_is_signed_by_the_operator(house: House) {
        let done = house.send(&[row(1)]).await;

        let canonical = serde_json_canonicalizer::to_vec(&done.receipt).unwrap();
        let signature = unhex(&done.signature.unwrap());
        let roots = house.bundle().await.roots;
        let verify = |bytes: &[u8]| verify_detached(Purpose::Receipt, bytes, &signature, &roots, house.app.now());
        assert!(verify(&canonical).is_ok());
        let mut changed = canonical.clone();
        changed[20] ^= 1;
        assert!(verify(&changed).is_err());
    }

    async fn a_declaration_must_hold_together(house: House) {
        let declare = async |from: Option<&str>, through: Option<&str>| {
            let declared = upload::Declared { data_from: from.map(day), complete_through: through.map(day), ..Default::default() };
            let sent = Sent { authority: Some(code(MARKET)), declared: Some(declared), ..Sent::default() };
            house.upload(sent).await.map_err(|error| error.to_string())
        };
        let before = house.kept().await;

        let half = declare(Some("2018-01-01"), None).await.unwrap_err();
        assert!(half.contains("needs both"), "{half}");
        let upside_down = declare(Some("2026-01-02"), Some("2026-01-01")).await.unwrap_err();
        assert!(upside_down.contains("after"), "{upside_down}");
        let future = declare(Some("2018-01-01"), Some("2026-11-23")).await.unwrap_err();
        assert!(future.contains("future"), "{future}");
        let nothing = house.upload(Sent { authority: Some(code(MARKET)), ..Sent::default() }).await;
        assert!(matches!(nothing, Err(Error::Nothing)), "{nothing:?}");
        assert_eq!(house.kept().await, before);

        declare(Some("2018-01-01"), Some("2026-11-20")).await.unwrap();
        house.pass(10);
        declare(None, Some("2026-11-22")).await.unwrap();
        assert_eq!(house.number("SELECT COUNT(*) FROM declaration").await, 2);
    }

    async fn an_empty_file_is_no_declaration(house: House) {
        let before = house.kept().await;
        let empty = upload::Sent { bytes: Vec::new(), declared: Some(all_loaded(&house)), ..market_sends(&[]) };

        let refused = house.upload(empty).await;

        assert!(matches!(refused, Err(Error::Unreadable(_))), "{refused:?}");
        assert_eq!(house.kept().await, before);
    }

    async fn a_refused_declaration_takes_its_file_with_it(house: House) {
        let before = house.kept().await;
        let declared = upload::Declared { complete_through: Some(day("2026-11-20")), ..Default::default() };

        let refused = house.upload(Sent { declared: Some(declared), ..market_sends(&[row(1)]) }).await;

        assert!(matches!(refused, Err(Error::Declaration(_))), "{refused:?}");
        assert_eq!(house.kept().await, before);
    }

    async fn whatever_a_file_or_its_name_holds_the_engines_answer_alike(house: House) {
        for odd in ["\u{0}", "a\u{0}b", "\u{feff}", "\u{2028}", "𠅤", "'; DROP TABLE upload; --"] {
            let rows = [row(1), Row { facts: format!("违法{odd}事实"), ..row(2) }];
            let sent = Sent { file_name: format!("{odd}.csv"), ..market_sends(&rows) };
            let done = house.upload(sent).await.unwrap();
            let r = done.receipt;
            assert_eq!(r.submitted, r.accepted + r.repeated + r.rejected, "{odd:?}");
        }
    }

    async fn two_files_at_once_about_one_record_both_count(house: House) {
        let second = house.second().await;
        for round in 0..5_u32 {
            let one = market_sends(&[row(round), row(100 + round)]);
            let two = market_sends(&[Row { fine: "5".into(), ..row(round) }, row(200 + round)]);
            let (actor, other) = (regulator(MARKET), regulator(MARKET));
            let (one, two) = tokio::join!(upload::upload(&house.app, &actor, one), upload::upload(&second, &other, two));
            let (one, two) = (one.unwrap().receipt, two.unwrap().receipt);
            assert_eq!((one.accepted, two.accepted, one.corrected + two.corrected), (2, 2, 1), "round {round}");
        }
        house.journal().await;
    }

    async fn the_same_file_from_two_at_once_is_taken_once(house: House) {
        let second = house.second().await;
        let sent = Sent { authority: Some(code(MARKET)), domain: Some(market()), bytes: csv(&[row(1)]), ..Sent::default() };
        let actor = regulator(MARKET);
        let (one, two) = tokio::join!(
            upload::upload(&house.app, &actor, sent.clone()),
            upload::upload(&second, &actor, sent)
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.receipt, two.receipt);
        assert!(one.replayed != two.replayed);
        assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, 1);
    }
}
