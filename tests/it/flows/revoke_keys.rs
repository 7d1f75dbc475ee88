//! A signing key loses its trust: what it signed before is told from what it signed after, by proof and not by its word.

use std::path::Path;

use mingzheng::flow::check::{self, Brought};
use mingzheng::flow::issue::{self, Issued};
use mingzheng::flow::{Actor, App, ring, signers, trust};
use mingzheng::rules::{Instant, IssuerTrust, KeyKind, Reason, Verdict};
use mingzheng::seal::{Keyring, RevocationList, TrustBundle};
use mingzheng::verify;

use super::house::{House, ask};
use crate::engines::on_both_engines;
use crate::signed_sample::dice;

async fn issued_by(app: &App) -> Issued {
    issue::issue(app, &Actor::operator(), ask()).await.unwrap()
}

/// Three reports: before the loss with a timestamp, before the loss without one, and after it; and when the key was lost.
struct Story {
    stamped: Issued,
    plain: Issued,
    late: Issued,
    since: Instant,
}

impl Story {
    async fn told(house: &House) -> Self {
        house.declare().await;
        let stamped = issued_by(&house.app).await;
        let without = house.with(|config| config.timestamp.url = "none".to_owned()).await.unwrap();
        let plain = issued_by(&without).await;
        house.pass(60_000);
        let since = house.app.now();
        house.pass(60_000);
        let late = issued_by(&house.app).await;
        house.pass(60_000);
        Self { stamped, plain, late, since }
    }
}

async fn revoked(app: &App, which: &str, compromised: bool, since: Instant) -> signers::RevokedKey {
    signers::revoke(app, &Actor::operator(), which, compromised, since, "介质遗失").await.unwrap()
}

/// The operator makes new keys, and a process starts with them.
async fn rotated(house: &House) -> App {
    Keyring::rotate(&house.config.keys(), KeyKind::P256, house.app.now(), &mut dice(99)).unwrap();
    house.with(|_| ()).await.unwrap()
}

async fn online(app: &App, brought: Brought) -> Verdict {
    check::check(app, brought).await.unwrap().verdict
}

fn offline(bundle: &TrustBundle, issued: &Issued, now: Instant) -> Verdict {
    verify::pdf(&issued.pdf, bundle, now)
}

fn lists(folder: &Path) -> Vec<RevocationList> {
    RevocationList::all_from_pem(&std::fs::read_to_string(folder.join("ca.crl.pem")).unwrap()).unwrap()
}

fn assert_lost(verdict: &Verdict, reason: Reason) {
    assert_eq!(verdict.issuer, IssuerTrust::KeyRevoked, "{:?}", verdict.reasons);
    assert!(verdict.reasons.contains(&reason), "{:?}", verdict.reasons);
    assert!(!verdict.is_genuine_and_valid() && verdict.facts.is_none());
}

on_both_engines! {
    async fn what_was_signed_before_verifies_by_its_timestamp_and_what_came_after_does_not(house: House) {
        let story = Story::told(&house).await;
        let Story { stamped, plain, late, since } = &story;
        let done = revoked(&house.app, "current", true, *since).await;
        assert!(done.in_force);
        let app = rotated(&house).await;
        house.pass(1000);
        let bundle = house.bundle_of(&app).await;

        let kept = offline(&bundle, stamped, app.now());
        assert!(kept.is_genuine_and_valid(), "{:?}", kept.reasons);
        assert!(kept.reasons.contains(&Reason::TimestampTrusted));
        let unproven = offline(&bundle, plain, app.now());
        assert_lost(&unproven, Reason::SigningTimeUnproven);
        assert!(unproven.reasons.contains(&Reason::TimestampMissing));
        assert_lost(&offline(&bundle, late, app.now()), Reason::KeyCompromised);
        // A QR carries no timestamp.
        let qr = verify::qr(plain.qr.as_ref().unwrap(), &bundle, app.now()).verdict;
        assert_eq!((qr.issuer, qr.reasons.contains(&Reason::SigningTimeUnproven)), (IssuerTrust::KeyRevoked, true));

        // The issuer keeps both reports from before, and says so; the one from after verifies in no way.
        for issued in [stamped, plain] {
            let ways = [
                Brought::Pdf(issued.pdf.clone()),
                Brought::Hash(issued.pdf_sha256),
                Brought::Qr(issued.qr.clone().unwrap()),
                Brought::Code(issued.code.clone().unwrap().to_string()),
            ];
            for way in ways {
                let verdict = online(&app, way.clone()).await;
                assert!(verdict.is_genuine_and_valid(), "{way:?}: {:?}", verdict.reasons);
                assert!(verdict.facts.is_some());
            }
        }
        let known = online(&app, Brought::Pdf(plain.pdf.clone())).await;
        assert!(known.reasons.contains(&Reason::KnownToStore), "{:?}", known.reasons);
        for way in [
            Brought::Pdf(late.pdf.clone()),
            Brought::Hash(late.pdf_sha256),
            Brought::Qr(late.qr.clone().unwrap()),
            Brought::Code(late.code.clone().unwrap().to_string()),
        ] {
            let verdict = online(&app, way.clone()).await;
            assert_eq!(verdict.issuer, IssuerTrust::KeyRevoked, "{way:?}: {:?}", verdict.reasons);
            assert!(!verdict.is_genuine_and_valid());
        }
        house.journal().await;
    }

    async fn revoked_without_a_thief_needs_the_same_proof(house: House) {
        let story = Story::told(&house).await;
        revoked(&house.app, "current", false, story.since).await;
        let app = rotated(&house).await;
        let bundle = house.bundle_of(&app).await;
        assert!(offline(&bundle, &story.stamped, app.now()).is_genuine_and_valid());
        assert_lost(&offline(&bundle, &story.plain, app.now()), Reason::SigningTimeUnproven);
        assert_lost(&offline(&bundle, &story.late, app.now()), Reason::KeyCompromised);
    }

    async fn a_key_that_was_only_retired_stays_good(house: House) {
        house.declare().await;
        let without = house.with(|config| config.timestamp.url = "none".to_owned()).await.unwrap();
        let plain = issued_by(&without).await;
        let app = rotated(&house).await;
        app.register_keys().await.unwrap();
        house.pass(1000);
        assert!(offline(&house.bundle_of(&app).await, &plain, app.now()).is_genuine_and_valid());
        assert!(online(&app, Brought::Pdf(plain.pdf)).await.is_genuine_and_valid());
        assert_eq!(house.number("SELECT COUNT(*) FROM signer_event WHERE event = 'retired'").await, 1);
        app.register_keys().await.unwrap();
        assert_eq!(house.number("SELECT COUNT(*) FROM signer_event").await, 1);
        assert_eq!(house.number("SELECT COUNT(*) FROM signer").await, 3);
    }

    async fn a_process_that_runs_takes_new_keys_before_its_next_report(house: House) {
        house.declare().await;
        let (before, old) = (house.bundle().await, issued_by(&house.app).await);
        assert!(!ring::follow(&house.app).await, "nothing new");
        house.pass(1000);
        Keyring::rotate(&house.config.keys(), KeyKind::P256, house.app.now(), &mut dice(99)).unwrap();
        house.pass(1000);
        let new = issued_by(&house.app).await;
        assert!(!ring::follow(&house.app).await, "it was taken for the report");
        // The claim names its key, which an older bundle cannot know.
        let known = verify::qr(old.qr.as_ref().unwrap(), &before, house.app.now()).verdict;
        assert!(known.is_genuine_and_valid(), "{:?}", known.reasons);
        let unknown = verify::qr(new.qr.as_ref().unwrap(), &before, house.app.now()).verdict;
        assert!(unknown.reasons.contains(&Reason::SignerUnknown), "by a key that nobody knew before: {:?}", unknown.reasons);
        let after = house.bundle().await;
        for issued in [&old, &new] {
            assert!(offline(&after, issued, house.app.now()).is_genuine_and_valid());
            assert!(online(&house.app, Brought::Pdf(issued.pdf.clone())).await.is_genuine_and_valid());
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM signer").await, 3, "the store knows it, too");
        assert_eq!(house.number("SELECT COUNT(*) FROM signer_event WHERE event = 'retired'").await, 1);

        // Reports under way when the next keys come are as good as any.
        let rotate = async {
            Keyring::rotate(&house.config.keys(), KeyKind::P256, house.app.now(), &mut dice(100)).unwrap();
            ring::follow(&house.app).await
        };
        let (one, _, two) = tokio::join!(issued_by(&house.app), rotate, issued_by(&house.app));
        for issued in [&one, &two] {
            assert!(online(&house.app, Brought::Pdf(issued.pdf.clone())).await.is_genuine_and_valid());
        }
        // A folder that cannot be read takes nothing away.
        let (keys, away) = (house.config.keys(), house.config.home.0.join("away"));
        std::fs::rename(&keys, &away).unwrap();
        assert!(!ring::follow(&house.app).await);
        std::fs::rename(&away, &keys).unwrap();
        assert!(online(&house.app, Brought::Pdf(one.pdf)).await.is_genuine_and_valid());
        house.journal().await;
    }

    async fn nothing_is_issued_or_exported_with_a_revoked_key(house: House) {
        let story = Story::told(&house).await;
        revoked(&house.app, "current", true, story.since).await;
        let before = house.kept().await;
        let refused = house.issue(ask()).await.unwrap_err();
        assert!(matches!(refused, issue::Error::KeyRevoked { since, .. } if since == story.since));
        assert!(refused.to_string().contains("mingzheng keys rotate"), "{refused}");
        assert_eq!(house.kept().await, before);
        assert!(matches!(trust::export(&house.app).await, Err(trust::Error::KeyRevoked { .. })));
        // With new keys it goes on, and the new report lists the old key as revoked.
        let app = rotated(&house).await;
        house.pass(1000);
        let fresh = issued_by(&app).await;
        assert!(offline(&house.bundle_of(&app).await, &fresh, app.now()).is_genuine_and_valid());
        let old = &house.app;
        let listed = lists(&house.config.keys());
        let certificate = TrustBundle::parse(trust::export(&app).await.unwrap().as_bytes()).unwrap();
        let lost: Vec<_> = certificate.signers.iter().filter(|it| it.compromised_since.is_some()).collect();
        assert_eq!(lost.len(), 1);
        assert_eq!(listed[0].revoked_since(&lost[0].certificate), Some(story.since.whole_second()));
        let follows = issued_by(old).await;
        assert!(offline(&house.bundle_of(&app).await, &follows, app.now()).is_genuine_and_valid(), "no fresh start");
    }

    async fn a_stolen_authority_for_timestamps_proves_nothing(house: House) {
        let story = Story::told(&house).await;
        revoked(&house.app, "current", true, story.since).await;
        revoked(&house.app, "timestamps", true, story.since).await;
        let app = rotated(&house).await;
        let bundle = house.bundle_of(&app).await;
        let verdict = offline(&bundle, &story.stamped, app.now());
        assert_lost(&verdict, Reason::SigningTimeUnproven);
        assert!(verdict.reasons.contains(&Reason::TimestampAuthorityRevoked), "{:?}", verdict.reasons);
        let verdict = online(&app, Brought::Pdf(story.stamped.pdf.clone())).await;
        assert!(verdict.is_genuine_and_valid() && verdict.reasons.contains(&Reason::KnownToStore));
    }

    async fn an_authority_for_timestamps_that_only_ended_is_believed_for_what_came_before(house: House) {
        let story = Story::told(&house).await;
        revoked(&house.app, "current", true, story.since).await;
        revoked(&house.app, "timestamps", false, story.since).await;
        let app = rotated(&house).await;
        let verdict = offline(&house.bundle_of(&app).await, &story.stamped, app.now());
        assert!(verdict.is_genuine_and_valid(), "{:?}", verdict.reasons);
    }

    async fn a_revocation_says_which_key_since_when_and_why(house: House) {
        house.declare().await;
        let operator = Actor::operator();
        let now = house.app.now();
        let try_ = |which: &'static str, since: Instant, reason: &'static str| {
            let (app, operator) = (house.app.clone(), operator.clone());
            async move { signers::revoke(&app, &operator, which, true, since, reason).await }
        };
        assert!(matches!(try_("current", now, " ").await, Err(signers::Error::Reason)));
        let future = Instant::from_millis(now.millis() + 86_400_000);
        assert!(matches!(try_("current", future, "x").await, Err(signers::Error::Future(_))));
        for unknown in ["nobody", "", "00000000", "abc"] {
            assert!(matches!(try_(unknown, now, "x").await, Err(signers::Error::Unknown(_))), "{unknown}");
        }
        let fingerprint = house.bundle().await.signers[0].certificate.digest().to_string();
        let done = try_(fingerprint[..12].to_owned().leak(), now, "x").await.unwrap();
        assert_eq!(done.fingerprints[0].to_string(), fingerprint);
        // Only an earlier time adds anything.
        house.pass(1000);
        assert!(matches!(try_("current", now, "x").await, Err(signers::Error::Already(_, since)) if since == now));
        let earlier = Instant::from_millis(now.millis() - 1000);
        assert_eq!(try_("current", earlier, "x").await.unwrap().since, earlier);
        house.journal().await;
    }
}
