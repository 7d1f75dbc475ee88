//! A stranger asks: by code, QR, hash or file. An answer is never wrong, even where something was lost.

use mingzheng::flow::check::{self, Answer, Brought};
use mingzheng::flow::issue::{self, Ask, Issued};
use mingzheng::flow::upload::{Declared, Sent};
use mingzheng::flow::{Actor, amend, register, reports, signers};
use mingzheng::rules::{Act, Became, Change, Integrity, Reason, Status};
use mingzheng::seal;
use mingzheng::store::Tx;
use proptest::prelude::*;

use super::house::{
    AUTHORITIES, ECOLOGY, House, MARKET, PARENT, Row, SUBSIDIARY, all_loaded, ask, market, market_sends,
    regulator, row, subject,
};
use crate::engines::{Place, execute, on_both_engines};
use crate::rules::house::day;

/// A report with one record.
pub(super) async fn issued(house: &House) -> Issued {
    house.declare().await;
    house.send(&[row(1)]).await;
    house.pass(10);
    house.issue(ask()).await.unwrap()
}

/// Everything by which a report can be verified.
pub(super) fn every_way(issued: &Issued) -> [(&'static str, Brought); 4] {
    [
        ("code", Brought::Code(issued.code.as_ref().unwrap().to_string())),
        ("qr", Brought::Qr(issued.qr.clone().unwrap())),
        ("hash", Brought::Hash(issued.pdf_sha256)),
        ("pdf", Brought::Pdf(issued.pdf.clone())),
    ]
}

fn nothing(answer: &Answer, integrity: Integrity, reason: Reason) {
    let verdict = &answer.verdict;
    assert_eq!((verdict.integrity, &verdict.reasons[..]), (integrity, &[reason][..]));
    assert_eq!((&verdict.facts, verdict.status.status, answer.is_changed()), (&None, Status::Unknown, None));
}

/// How a report stands and whether anything changed, as its code and the digest of its file tell alike.
pub(super) async fn the_same(house: &House, issued: &Issued, after: &str) -> (Status, Option<bool>) {
    let [(_, code), _, (_, hash), _] = every_way(issued);
    house.pass(10);
    let [mut quick, mut thorough] = [house.check(code).await, house.check(hash).await];
    let first = [&mut quick, &mut thorough].map(|answer| answer.verdict.reasons.remove(0));
    assert_eq!(first, [Reason::CodeFound, Reason::HashFound], "{after}");
    assert_eq!(quick.verdict, thorough.verdict, "{after}");
    assert_eq!(quick.changed_since_issue, thorough.changed_since_issue, "{after}");
    (quick.verdict.status.status, quick.is_changed())
}

on_both_engines! {
    async fn a_report_verifies_in_every_way(house: House) {
        let issued = issued(&house).await;

        for (way, brought) in every_way(&issued) {
            let answer = house.check(brought).await;
            let verdict = &answer.verdict;
            assert!(verdict.is_genuine_and_valid(), "{way}: {verdict:?}");
            assert_eq!(verdict.facts.as_deref(), Some(&issued.facts), "{way}");
            assert_eq!(verdict.facts_digest, Some(issued.facts_sha256), "{way}");
            assert!(verdict.reasons.contains(&Reason::StatusFromStore), "{way}");
            assert_eq!(answer.is_changed(), Some(false), "{way}");
        }
    }

    async fn a_code_is_found_however_it_is_typed(house: House) {
        let code = issued(&house).await.code.unwrap();
        let compact = code.compact();
        let typed = [
            code.to_string(), compact.clone(), compact.to_lowercase(), compact.replace('0', "O").replace('1', "l"),
            format!("  {} ", code.to_string().replace('-', " ")), compact.replace('0', "o").replace('1', "I"),
        ];
        for text in typed {
            let answer = house.check(Brought::Code(text.clone())).await;
            assert!(answer.verdict.is_genuine_and_valid(), "{text}");
        }
    }

    async fn typing_errors_and_made_up_codes_are_told_apart(house: House) {
        let compact = issued(&house).await.code.unwrap().compact();
        let wrong = if compact.starts_with('7') { "8" } else { "7" };
        let mistyped = [format!("{wrong}{}", &compact[1..]), compact[1..].to_owned(), String::new(), "\u{0}".into(), "x".repeat(100_000)];
        for text in mistyped {
            nothing(&house.check(Brought::Code(text)).await, Integrity::CannotTell, Reason::CodeMistyped);
        }
        let made_up = mingzheng::rules::VerificationCode::from_random([9; 10]);
        nothing(&house.check(Brought::Code(made_up.to_string())).await, Integrity::NotOurs, Reason::CodeNotFound);
        let hash = Brought::Hash(seal::digest(b"another file"));
        nothing(&house.check(hash).await, Integrity::CannotTell, Reason::HashNotFound);
    }

    async fn a_changed_file_never_verifies(house: House) {
        let pdf = issued(&house).await.pdf;
        let flip = |at: usize| { let mut copy = pdf.clone(); copy[at] ^= 1; copy };
        let mut changed: Vec<(String, Vec<u8>)> = (0..pdf.len()).step_by(pdf.len() / 5).map(|at| (format!("byte {at}"), flip(at))).collect();
        changed.push(("appended".into(), [&pdf[..], b"\n%more\n%%EOF\n"].concat()));
        changed.push(("cut off".into(), pdf[..pdf.len() / 2].to_vec()));
        changed.push(("foreign".into(), b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n".to_vec()));
        changed.push(("empty".into(), Vec::new()));
        changed.push(("text".into(), b"not a PDF".to_vec()));
        for (what, bytes) in changed {
            let hash = house.check(Brought::Hash(seal::digest(&bytes))).await;
            let answer = house.check(Brought::Pdf(bytes)).await;
            assert!(!answer.verdict.is_genuine_and_valid(), "{what}: {:?}", answer.verdict);
            assert_eq!((&answer.verdict.facts, answer.verdict.status.status), (&None, Status::Unknown), "{what}");
            nothing(&hash, Integrity::CannotTell, Reason::HashNotFound);
        }
    }

    async fn a_report_of_another_house_with_the_same_key_is_not_in_the_store(house: House) {
        let other: House = Place::on_sqlite().await.into();
        other.pass(77);
        let foreign = other.issue(ask()).await.unwrap();

        for (way, brought) in every_way(&foreign).into_iter().filter(|(way, _)| ["pdf", "qr"].contains(way)) {
            let answer = house.check(brought).await;
            assert_eq!(answer.verdict.status.status, Status::Unknown, "{way}");
            assert!(answer.verdict.reasons.contains(&Reason::NotInStore), "{way}: {:?}", answer.verdict.reasons);
            assert!(answer.verdict.cannot_tell(), "{way}");
        }
    }

    async fn what_came_in_since_is_told_without_touching_the_status(house: House) {
        let issued = issued(&house).await;
        house.pass(10);
        let about_others = Row { code: SUBSIDIARY.into(), name: "示范乙软件有限公司", ..row(7) };
        house.send(&[about_others, Row { decided: "2019/01/01".into(), ..row(8) }]).await;
        assert_eq!(house.check(Brought::Hash(issued.pdf_sha256)).await.is_changed(), Some(false));

        house.pass(10);
        house.send(&[row(9)]).await;
        let answer = house.check(Brought::Hash(issued.pdf_sha256)).await;
        assert_eq!((answer.is_changed(), answer.verdict.status.status), (Some(true), Status::Valid));
        house.pass(6 * 365 * 86_400_000);
        let later = check::check(&house.app, Brought::Hash(issued.pdf_sha256)).await.unwrap();
        assert_eq!(later.verdict.status.status, Status::Valid);
    }

    async fn an_answer_at_a_glance_is_the_thorough_one(house: House) {
        let issued = issued(&house).await;
        let record = issued.facts.records[0].id;
        let (market, operator) = (regulator(MARKET), Actor::operator());
        let same = async |after: &str| the_same(&house, &issued, after).await;
        assert_eq!(same("nothing").await, (Status::Valid, Some(false)));

        house.send(&[Row { code: SUBSIDIARY.into(), name: "示范乙软件有限公司", ..row(7) }]).await;
        house.send(&[Row { decided: "2019/01/01".into(), ..row(8) }]).await;
        assert_eq!(same("records of others and of other days").await, (Status::Valid, Some(false)));

        let amend = async |change: &Change| {
            house.pass(10);
            amend::amend(&house.app, &market, record, change, None).await.unwrap();
        };
        amend(&Change::new(Act::OpenObjection { on: None }, None)).await;
        assert_eq!(same("an objection").await, (Status::Disputed, Some(true)));
        amend(&Change::new(Act::CloseObjection { on: None }, None)).await;
        assert_eq!(same("its end").await.0, Status::Valid);

        house.send(&[row(9)]).await;
        assert_eq!(same("another record").await, (Status::Valid, Some(true)));
        amend(&Change::new(Act::Withdraw { on: None }, Some("报送有误"))).await;
        assert_eq!(same("a withdrawal").await, (Status::Superseded, Some(true)));

        house.revoke(&issued).await.unwrap();
        assert_eq!(same("a revocation").await.0, Status::Revoked);
        let now = house.app.now();
        signers::revoke(&house.app, &operator, "current", true, now, "介质遗失").await.unwrap();
        assert_eq!(same("the loss of a key").await.0, Status::Revoked);
    }

    async fn what_authorities_cover_bears_on_an_answer_at_a_glance(house: House) {
        let issued = issued(&house).await;
        let says = async |declared: Declared| {
            house.pass(10);
            let sent = Sent { authority: Some(MARKET.parse().unwrap()), declared: Some(declared), ..Sent::default() };
            house.upload(sent).await.unwrap();
        };
        house.pass(86_400_000);
        says(all_loaded(&house)).await;
        assert_eq!(the_same(&house, &issued, "another day of data").await, (Status::Valid, Some(false)));
        says(Declared { data_from: Some(day("2026-01-01")), ..all_loaded(&house) }).await;
        assert_eq!(the_same(&house, &issued, "data that begin later").await, (Status::Valid, Some(true)));
        says(all_loaded(&house)).await;
        assert_eq!(the_same(&house, &issued, "whole again").await, (Status::Valid, Some(false)));

        house.pass(10);
        house.send(&[Row { code: String::new(), ..row(11) }]).await;
        assert_eq!(the_same(&house, &issued, "a row that may be about it").await, (Status::Valid, Some(true)));
        house.pass(10);
        house.send(&[row(11)]).await;
        assert_eq!(the_same(&house, &issued, "the same by its code").await, (Status::Valid, Some(true)));
    }

    async fn data_that_close_a_gap_bear_on_an_answer_at_a_glance(house: House) {
        let says = async |authority: &str, declared: Declared| {
            house.pass(10);
            let sent = Sent { authority: Some(authority.parse().unwrap()), declared: Some(declared), ..Sent::default() };
            house.upload(sent).await.unwrap();
        };
        let late = Declared { data_from: Some(day("2025-01-01")), ..all_loaded(&house) };
        says(MARKET, late.clone()).await;
        house.send(&[row(1)]).await;
        house.pass(10);
        // One domain with a record and a gap, and one of which nothing was ever declared.
        let ecology = "ecological-environment".parse().unwrap();
        let issued = house.issue(Ask { domains: Some(vec![market(), ecology]), ..ask() }).await.unwrap();
        assert_eq!(issued.facts.summary.found, 1);
        assert_eq!(issued.facts.incomplete().len(), 2);
        assert_eq!(the_same(&house, &issued, "nothing").await, (Status::Valid, Some(false)));
        says(MARKET, late).await;
        assert_eq!(the_same(&house, &issued, "the same gap once more").await, (Status::Valid, Some(false)));
        says(MARKET, all_loaded(&house)).await;
        assert_eq!(the_same(&house, &issued, "a gap beside a record closed").await, (Status::Valid, Some(true)));

        house.pass(10);
        let again = house.issue(Ask { domains: Some(issued.facts.domains.iter().map(|it| it.id.clone()).collect()), ..ask() });
        let again = again.await.unwrap();
        assert_eq!(the_same(&house, &again, "a fresh one").await, (Status::Valid, Some(false)));
        says(ECOLOGY, all_loaded(&house)).await;
        assert_eq!(the_same(&house, &again, "data where there were none").await, (Status::Valid, Some(true)));
    }

    async fn an_authority_without_the_domain_bears_on_an_answer_at_a_glance(house: House) {
        let issued = issued(&house).await;
        house.pass(10);
        let others = AUTHORITIES.replacen("[\"market-regulation\"]", "[\"ecological-environment\"]", 1);
        register::authorities(&house.app, &Actor::operator(), &others).await.unwrap();
        assert_eq!(the_same(&house, &issued, "a domain that nobody has").await, (Status::Valid, Some(true)));
    }

    async fn a_clock_set_back_is_told_at_a_glance_too(house: House) {
        let issued = issued(&house).await;
        house.pass(-60_000);
        for (way, brought) in every_way(&issued) {
            let answer = house.check(brought).await;
            assert_eq!((answer.is_changed(), answer.verdict.status.status), (None, Status::Valid), "{way}");
        }
    }

    async fn what_changed_is_told_by_domain_to_whoever_has_the_report_and_to_nobody_else(house: House) {
        house.declare().await;
        house.send(&[row(1), row(2)]).await;
        house.pass(10);
        let issued = house.issue(ask()).await.unwrap();
        let code = issued.code.clone().unwrap().to_string();
        assert_eq!(house.check(Brought::Code(code.clone())).await.changes(), []);
        house.pass(10);
        house.send(&[Row { fine: "3".into(), ..row(1) }, row(3), row(4)]).await;
        house.pass(10);
        let second = issued.facts.records.iter().find(|it| it.document_number == row(2).document).unwrap().id;
        let withdraw = Change::new(Act::Withdraw { on: None }, Some("报送有误"));
        amend::amend(&house.app, &regulator(MARKET), second, &withdraw, None).await.unwrap();
        house.pass(10);

        let answer = house.check(Brought::Code(code)).await;
        let [domain] = answer.changes() else { panic!("{:?}", answer.changes()) };
        assert_eq!((&domain.id, domain.code.as_str(), domain.coverage), (&market(), "D001", None));
        assert_eq!(domain.records, [(Became::Added, 2), (Became::Corrected, 1), (Became::Withdrawn, 1)]);
        assert_eq!(house.check(Brought::Pdf(issued.pdf.clone())).await.changes(), answer.changes());
        let known = format!("{:?}", answer.changes());
        assert!(!known.contains("号") && !known.contains(PARENT), "counts, and no record: {known}");

        // A signature of ours around other bytes shows that something changed, but not in which domains.
        let mut bytes = issued.pdf.clone();
        bytes.extend_from_slice(b"\n% changed");
        let altered = house.check(Brought::Pdf(bytes)).await;
        assert!(altered.verdict.facts.is_none() && altered.changes().is_empty());
        assert_eq!(house.check(Brought::Code("0000-0000-0000-0000-0".into())).await.changes(), []);
    }

    async fn a_lost_or_damaged_file_is_our_trouble_and_no_verdict(house: House) {
        let issued = issued(&house).await;
        let number = issued.facts.number.compact();
        let file = house.object(issued.pdf_sha256);
        let fetch = async || reports::pdf(&house.app, &subject(PARENT), number).await;
        assert_eq!(fetch().await.unwrap().2, issued.pdf);

        let mut damaged = issued.pdf.clone();
        damaged[100] ^= 1;
        for harm in ["damage", "loss"] {
            match harm {
                "damage" => std::fs::write(&file, &damaged).unwrap(),
                _ => std::fs::remove_file(&file).unwrap(),
            }
            let refused = fetch().await;
            assert!(matches!(refused, Err(reports::Error::Store(_))), "{harm}: {refused:?}");
            for (way, brought) in every_way(&issued) {
                assert!(house.check(brought).await.verdict.is_genuine_and_valid(), "{harm} {way}");
            }
            assert!(!house.check(Brought::Pdf(damaged.clone())).await.verdict.is_genuine_and_valid());
        }
    }

    async fn a_report_is_shown_to_its_subject_and_the_operator_only(house: House) {
        let issued = issued(&house).await;
        let number = issued.facts.number.to_string();
        for actor in [Actor::operator(), subject(PARENT)] {
            let shown = reports::show(&house.app, &actor, &number).await.unwrap();
            assert_eq!((shown.facts, shown.status.status), (issued.facts.clone(), Status::Valid));
        }
        for actor in [subject(SUBSIDIARY), regulator(MARKET)] {
            let hidden = reports::show(&house.app, &actor, &number).await;
            assert!(matches!(hidden, Err(reports::Error::NotFound)), "{hidden:?}");
            assert!(reports::pdf(&house.app, &actor, &number).await.is_err());
        }
        assert!(matches!(reports::show(&house.app, &Actor::operator(), "MZCR-1").await, Err(reports::Error::NotFound)));
    }

    async fn facts_changed_in_the_store_are_noticed(house: House) {
        let issued = issued(&house).await;
        let mut tx = house.store.write().await.unwrap();
        let guard = match tx {
            Tx::Sqlite(_) => "DROP TRIGGER report_never_changes",
            Tx::Postgres(_) => "ALTER TABLE report DISABLE TRIGGER USER",
        };
        execute(&mut tx, guard).await.unwrap();
        execute(&mut tx, "UPDATE report SET facts = facts_digest").await.unwrap();
        tx.commit().await.unwrap();

        for (way, brought) in every_way(&issued) {
            let answer = check::check(&house.app, brought).await;
            assert!(answer.is_err(), "{way}: {answer:?}");
        }
    }

    async fn no_upload_that_was_there_is_missing_from_a_report(house: House) {
        house.declare().await;
        let second = house.second().await;
        for round in 0..12_u32 {
            house.pass(1);
            let one = market_sends(&[row(round)]);
            let clerk = regulator(MARKET);
            let operator = Actor::operator();
            let wait = async { for _ in 0..round * 3 { tokio::task::yield_now().await; } };
            let sending = async { wait.await; mingzheng::flow::upload::upload(&second, &clerk, one).await };
            let (sent, report) = tokio::join!(sending, issue::issue(&house.app, &operator, Ask { edition: None, ..ask() }));
            let (sent, report) = (sent.unwrap().receipt, report.unwrap());
            let known = usize::try_from(round).unwrap() + usize::from(sent.received_at <= report.facts.as_of);
            assert_eq!(report.facts.records.len(), known, "round {round}: {} {}", sent.received_at, report.facts.as_of);
        }
        house.journal().await;
    }
}

#[test]
fn any_text_gets_a_verdict() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let house: House = runtime.block_on(async {
        let place = Place::on_sqlite().await;
        tokio::spawn(async move { House::from(place) }).await.unwrap()
    });
    proptest!(ProptestConfig::with_cases(64), |(text in "\\PC{0,80}", bytes in proptest::collection::vec(any::<u8>(), 0..400))| {
        for brought in [Brought::Code(text.clone()), Brought::Qr(text.clone()), Brought::Qr(format!("http://127.0.0.1:8600/v/{text}#1")), Brought::Pdf(bytes.clone())] {
            let answer = runtime.block_on(check::check(&house.app, brought)).unwrap();
            prop_assert!(!answer.verdict.is_genuine_and_valid() && answer.verdict.facts.is_none());
        }
    });
}
