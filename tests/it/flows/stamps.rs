//! Reports carry timestamps; an authority that is down or lies never stops them, and they get theirs later.

use mingzheng::flow::check::Brought;
use mingzheng::flow::issue::{self, Issued};
use mingzheng::flow::timestamps::{self, Completed};
use mingzheng::flow::{Actor, App, reports};
use mingzheng::report::pdf::resign;
use mingzheng::rules::{Instant, Integrity, IssuerTrust, Reason, SignatureLevel, Status};
use mingzheng::seal::{inspect, with_token};
use mingzheng::verify;

use super::clock_house::{ClockHouse, FAULTS, Mode};
use super::faults::{drop_after, refuse};
use super::house::{House, ask};
use crate::engines::on_both_engines;

/// A process whose timestamps come from an authority of others, with a short patience.
async fn asking(house: &House, clock: &ClockHouse) -> App {
    let file = clock.trust_file();
    let change = |config: &mut mingzheng::config::Config| {
        config.timestamp.url.clone_from(&clock.url);
        config.timestamp.timeout_seconds = 1;
        config.timestamp.trust = Some(file);
    };
    house.with(change).await.unwrap()
}

async fn issued_by(app: &App) -> Issued {
    issue::issue(app, &Actor::operator(), ask()).await.unwrap()
}

/// The file that is handed out now.
async fn fetched(app: &App, issued: &Issued) -> Vec<u8> {
    let number = issued.facts.number.compact();
    reports::pdf(app, &Actor::operator(), number).await.unwrap().2
}

async fn completed(app: &App) -> Completed {
    timestamps::complete(app, &Actor::operator()).await.unwrap()
}

/// A file that is genuine and valid for the issuer and for a stranger, and as it was issued.
async fn assert_stands(house: &House, app: &App, file: Vec<u8>) -> Option<Instant> {
    let offline = verify::pdf(&file, &house.bundle_of(app).await, app.now());
    assert!(offline.is_genuine_and_valid(), "{:?}", offline.reasons);
    let online = mingzheng::flow::check::check(app, Brought::Pdf(file)).await.unwrap().verdict;
    assert!(online.is_genuine_and_valid(), "{:?}", online.reasons);
    assert!(online.reasons.contains(&Reason::BytesAsIssued), "{:?}", online.reasons);
    assert_eq!(offline.timestamped_at, online.timestamped_at);
    online.timestamped_at
}

on_both_engines! {
    async fn a_report_carries_its_timestamp_and_what_verifies_it_later(house: House) {
        house.declare().await;
        let issued = house.issue(ask()).await.unwrap();
        assert_eq!((issued.level, issued.timestamp_pending), (SignatureLevel::LongTerm, false));
        let at = issued.timestamped_at.unwrap();
        assert_eq!(at, house.app.now().whole_second());
        assert_eq!(assert_stands(&house, &house.app, issued.pdf.clone()).await, Some(at));
        let shown = reports::show(&house.app, &Actor::operator(), issued.facts.number.compact()).await.unwrap();
        assert_eq!((shown.level, shown.timestamped_at), (SignatureLevel::LongTerm, Some(at)));
        let by_code = house.check(Brought::Code(issued.code.unwrap().to_string())).await.verdict;
        assert_eq!(by_code.timestamped_at, Some(at));
        assert_eq!(timestamps::waiting(&house.app).await.unwrap(), 0);
    }

    async fn without_an_authority_reports_go_out_plain_and_wait_for_nothing(house: House) {
        house.declare().await;
        let app = house.with(|config| config.timestamp.url = "none".to_owned()).await.unwrap();
        let issued = issued_by(&app).await;
        assert_eq!((issued.level, issued.timestamped_at), (SignatureLevel::Basic, None));
        assert!(!issued.timestamp_pending);
        assert_eq!(assert_stands(&house, &app, issued.pdf).await, None);
        assert_eq!(completed(&app).await, Completed::default());
    }

    async fn an_authority_that_fails_never_stops_a_report_and_is_asked_again_later(house: House) {
        house.declare().await;
        let clock = ClockHouse::open(house.app.now()).await;
        let app = asking(&house, &clock).await;
        for fault in FAULTS {
            house.pass(3_600_000); // whatever rest it was given is over
            clock.set(fault, house.app.now()).await;
            let before = clock.asked();
            let issued = issued_by(&app).await;
            assert_eq!((issued.level, issued.timestamp_pending), (SignatureLevel::Basic, true), "{fault:?}");
            assert_eq!(clock.asked(), before + 1, "{fault:?}");
            assert_eq!(assert_stands(&house, &app, issued.pdf).await, None, "{fault:?}");
            // While it is left alone, reports do not wait for it.
            let next = issued_by(&app).await;
            assert!(next.timestamp_pending, "{fault:?}");
            assert_eq!(clock.asked(), before + 1, "{fault:?}");
            let tried = completed(&app).await;
            assert!(tried.stamped == 0 && tried.trouble.is_some(), "{fault:?} {tried:?}");
        }
        let waiting = u32::try_from(FAULTS.len() * 2).unwrap();
        assert_eq!(timestamps::waiting(&app).await.unwrap(), waiting);

        house.pass(3_600_000);
        clock.set(Mode::Honest, house.app.now()).await;
        let done = completed(&app).await;
        assert_eq!((done.stamped, done.given_up, done.waiting, done.trouble), (waiting, 0, 0, None));
        assert_eq!(completed(&app).await, Completed::default());
        house.journal().await;
    }

    async fn the_later_edition_is_the_same_document_under_the_same_code(house: House) {
        house.declare().await;
        let clock = ClockHouse::open(house.app.now()).await;
        let app = asking(&house, &clock).await;
        clock.set(Mode::Broken, house.app.now()).await;
        let issued = issued_by(&app).await;
        house.pass(3_600_000);
        let now = house.app.now();
        clock.set(Mode::Honest, now).await;
        assert_eq!(completed(&app).await.stamped, 1);

        let later = fetched(&app, &issued).await;
        let (old, new) = (resign::signature(&issued.pdf).unwrap(), resign::signature(&later).unwrap());
        assert_eq!(resign::with_signature(later.clone(), &old).unwrap(), issued.pdf, "only the signature's place differs");
        assert_eq!(with_token(&old, &inspect(&new).unwrap().token.unwrap()).unwrap(), new);
        // Both verify, by file, by digest and by code; the older one without a time.
        assert_eq!(assert_stands(&house, &app, issued.pdf.clone()).await, None);
        assert_eq!(assert_stands(&house, &app, later.clone()).await, Some(now.whole_second()));
        for digest in [issued.pdf_sha256, mingzheng::seal::digest(&later)] {
            let verdict = house.check(Brought::Hash(digest)).await.verdict;
            assert!(verdict.is_genuine_and_valid() && verdict.reasons.contains(&Reason::HashFound));
        }
        let code = issued.code.clone().unwrap().to_string();
        assert!(house.check(Brought::Code(code)).await.verdict.is_genuine_and_valid());
        let shown = reports::show(&app, &Actor::operator(), issued.facts.number.compact()).await.unwrap();
        assert_eq!(shown.pdf_sha256, mingzheng::seal::digest(&later));
        assert!(shown.timestamped_at.is_some() && !shown.timestamp_pending);

        // A timestamp that was never ours to hand out is not what was issued.
        let other = ClockHouse::open(now).await;
        other.set(Mode::Stranger, now).await;
        let second = asking(&house, &other).await;
        assert!(issued_by(&second).await.timestamp_pending);
        let stripped = resign::with_signature(later, &old).unwrap();
        assert_eq!(assert_stands(&house, &app, stripped).await, None, "the first edition again");
    }

    async fn a_crash_before_the_commit_leaves_a_report_waiting(house: House) {
        house.declare().await;
        let clock = ClockHouse::open(house.app.now()).await;
        let app = asking(&house, &clock).await;
        clock.set(Mode::Broken, house.app.now()).await;
        let issued = issued_by(&app).await;
        house.pass(3_600_000);
        clock.set(Mode::Honest, house.app.now()).await;
        for table in ["report_edition", "report_key", "journal"] {
            refuse(&house, table, true).await;
            assert!(timestamps::complete(&app, &Actor::operator()).await.is_err(), "{table}");
            refuse(&house, table, false).await;
            assert_eq!(timestamps::waiting(&app).await.unwrap(), 1, "{table}");
            assert_eq!(fetched(&app, &issued).await, issued.pdf, "{table}");
        }
        for polls in 0..40 {
            let done = drop_after(polls, timestamps::complete(&app, &Actor::operator())).await;
            let editions = house.number("SELECT COUNT(*) FROM report_edition").await;
            let waiting = house.number("SELECT COUNT(*) FROM timestamp_wanted").await;
            assert_eq!(editions + waiting, 2, "{polls}: there or not");
            assert!(done.is_none() || waiting == 0, "{polls}");
        }
        completed(&app).await;
        assert!(assert_stands(&house, &app, fetched(&app, &issued).await).await.is_some());
        house.journal().await;
    }

    async fn two_processes_stamp_a_report_once(house: House) {
        house.declare().await;
        let clock = ClockHouse::open(house.app.now()).await;
        let (one, two) = (asking(&house, &clock).await, asking(&house, &clock).await);
        clock.set(Mode::Broken, house.app.now()).await;
        for _ in 0..3 {
            assert!(issued_by(&one).await.timestamp_pending);
        }
        house.pass(3_600_000);
        clock.set(Mode::Honest, house.app.now()).await;
        let (first, second) = tokio::join!(completed(&one), completed(&two));
        assert_eq!(first.stamped + second.stamped, 3, "{first:?} {second:?}");
        assert_eq!(house.number("SELECT COUNT(*) FROM report_edition").await, 6);
        house.journal().await;
    }

    async fn without_fresh_revocation_lists_reports_go_out_with_a_timestamp_alone(house: House) {
        house.declare().await;
        std::fs::remove_file(house.config.keys().join("ca.key.pem")).unwrap();
        // The lists that are there are good for a week.
        let app = house.with(|_| ()).await.unwrap();
        let level = issued_by(&app).await.level;
        house.pass(8 * 86_400_000);
        let app = house.with(|_| ()).await.unwrap();
        let issued = issued_by(&app).await;
        assert_eq!(issued.level, SignatureLevel::Timestamped, "{level}");
        assert!(assert_stands(&house, &app, issued.pdf).await.is_some());
    }

    async fn an_authority_of_others_makes_long_term_reports_where_its_lists_are_at_hand(house: House) {
        house.declare().await;
        let clock = ClockHouse::open(house.app.now()).await;
        let app = asking(&house, &clock).await;
        let issued = issued_by(&app).await;
        assert_eq!((issued.level, issued.timestamp_pending), (SignatureLevel::Timestamped, false));
        assert!(assert_stands(&house, &app, issued.pdf).await.is_some());

        clock.publish_lists(&house.config.keys());
        let app = asking(&house, &clock).await;
        let issued = issued_by(&app).await;
        assert_eq!(issued.level, SignatureLevel::LongTerm);
        assert!(assert_stands(&house, &app, issued.pdf).await.is_some());
    }

    async fn a_status_stands_for_every_edition(house: House) {
        house.declare().await;
        let clock = ClockHouse::open(house.app.now()).await;
        let app = asking(&house, &clock).await;
        clock.set(Mode::Garbage, house.app.now()).await;
        let issued = issued_by(&app).await;
        house.pass(3_600_000);
        house.revoke(&issued).await.unwrap();
        house.pass(1000);
        clock.set(Mode::Honest, house.app.now()).await;
        assert_eq!(completed(&app).await.stamped, 1);
        for file in [issued.pdf.clone(), fetched(&app, &issued).await] {
            let verdict = house.check(Brought::Pdf(file)).await.verdict;
            assert_eq!((verdict.integrity, verdict.issuer), (Integrity::Intact, IssuerTrust::Trusted));
            assert_eq!(verdict.status.status, Status::Revoked);
        }
    }
}
