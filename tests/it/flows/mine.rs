//! A subject looks at itself: its own records, cases and reports, and nobody else's.

use mingzheng::flow::cases::{self, Asked, Filter, Taken};
use mingzheng::flow::mine::{self, Error, Repairable};
use mingzheng::flow::{Actor, Listing, again, issue, preview, register, renew, reports};
use mingzheng::rules::facts::{Channel, Conclusion};
use mingzheng::rules::{AccountRole, CaseKind, CaseStep, Party, Promises};
use uuid::Uuid;

use super::house::{House, PARENT, Row, SUBSIDIARY, ask, row};
use super::people::{agent, somebody};
use crate::engines::on_both_engines;
use crate::rules::house::day;

const ALL: Listing = Listing { offset: 0, limit: 50 };

/// Records of the listed company: a fine of last year, and one of this month; and an agent of it.
async fn begun(house: &House) -> Actor {
    house.declare().await;
    house.send(&[row(1), Row { decided: "2026/11/02".into(), ..row(2) }]).await;
    house.pass(10);
    agent(house, "agent", &[(PARENT, &["see", "ask"])]).await.signed(house).await.actor
}

/// Somebody who acts for the subsidiary.
async fn stranger(house: &House) -> Actor {
    agent(house, "stranger", &[(SUBSIDIARY, &["see", "ask", "share"])]).await.signed(house).await.actor
}

fn about(record: Uuid, kind: CaseKind) -> Asked {
    Asked {
        kind,
        subject: Some(PARENT.to_owned()),
        record: Some(record),
        document_number: None,
        statement: "金额有误。".to_owned(),
        promises: Promises { duties_fulfilled: true, commitment: true },
    }
}

on_both_engines! {
    async fn an_agent_sees_the_records_of_its_subject_and_when_they_can_be_repaired(house: House) {
        let agent = begun(&house).await;
        let held = mine::subjects(&house.app, &agent).await.unwrap();
        assert_eq!((held.len(), held[0].code.as_str()), (1, PARENT));
        assert!(held[0].scope.see && held[0].scope.ask && !held[0].scope.share && held[0].scope.delegate);

        let lines = mine::records(&house.app, &agent, held[0].id).await.unwrap();

        let decided: Vec<_> = lines.iter().map(|it| it.record.version.details.decided_on).collect();
        assert_eq!(decided, [day("2026-11-02"), day("2025-05-16")]);
        assert_eq!(lines[0].repair, Repairable::From(day("2027-02-02")), "three months after a decision of a fine");
        assert_eq!(lines[1].repair, Repairable::Now);
        let whole = mine::record(&house.app, &agent, lines[1].record.version.record).await.unwrap();
        assert_eq!((whole.versions.len(), whole.cases.len(), whole.repair), (1, 0, Repairable::Now));
        let facts = mine::coverage(&house.app, &agent, held[0].id).await.unwrap();
        assert_eq!(facts.domains.len(), house.app.reference().profile.domains.len());
        let found: Vec<_> = facts.domains.iter().filter(|it| it.conclusion == Conclusion::Found).collect();
        assert_eq!((found.len(), found[0].records), (1, 2));
    }

    async fn a_preview_says_what_the_report_says_and_keeps_nothing(house: House) {
        let agent = begun(&house).await;
        let kept = house.kept().await;
        let seen = preview::preview(&house.app, &agent, &ask()).await.unwrap();
        assert_eq!(house.kept().await, kept, "nothing is stored");
        let issued = issue::issue(&house.app, &agent, ask()).await.unwrap();
        assert_eq!((seen.domains, seen.records, seen.summary), (issued.facts.domains, issued.facts.records, issued.facts.summary));
        assert_eq!(seen.request, issued.facts.request);
    }

    async fn a_report_is_asked_for_again_with_the_same_settings(house: House) {
        let agent = begun(&house).await;
        let spanned = issue::Ask {
            from: None, to: None, span: Some("36-months".into()), purpose: Some("loan".into()),
            edition: Some("en".into()), include_repaired: true, ..ask()
        };
        let before = issue::issue(&house.app, &agent, spanned).await.unwrap().facts;
        house.pass(40 * 86_400_000);
        let agent = Actor { name: agent.name, role: agent.role };
        let key = || Some("again-1".to_owned());
        let number = before.number.compact();
        let fresh = again::again(&house.app, &agent, number, Channel::Portal, key()).await.unwrap();
        let twice = again::again(&house.app, &agent, number, Channel::Portal, key()).await.unwrap();
        assert_eq!((twice.repeated, &twice.facts.number), (true, &fresh.facts.number));

        let (was, is) = (&before.request, &fresh.facts.request);
        assert_eq!((&is.purpose, is.include_repaired), (&was.purpose, true));
        assert_eq!(is.period.to, house.app.now().local_day(), "it ends today, as the other did");
        assert_eq!(is.period.from, day("2024-01-02"), "thirty-six months");
        let shown = reports::show(&house.app, &agent, fresh.facts.number.compact()).await.unwrap();
        assert_eq!(shown.edition.word(), "en");

        let fixed = issue::Ask { to: Some(day("2026-11-01")), ..ask() };
        let fixed = issue::issue(&house.app, &agent, fixed).await.unwrap().facts;
        house.pass(1000);
        let again = again::again(&house.app, &agent, fixed.number.compact(), Channel::Portal, None).await.unwrap();
        assert_eq!(again.facts.request.period, fixed.request.period, "days in the past stay");
    }

    async fn what_a_report_was_for_stays_when_it_is_asked_for_again_though_it_is_not_offered_any_more(house: House) {
        let agent = begun(&house).await;
        let before = issue::issue(&house.app, &agent, issue::Ask { purpose: Some("loan".into()), ..ask() }).await.unwrap().facts;
        let folder = tempfile::tempdir().unwrap();
        let presets = include_str!("../../../data/presets.toml").replace("银行贷款", "融资贷款");
        std::fs::write(folder.path().join("presets.toml"), presets).unwrap();
        let later = house.with(|config| config.rules.folder = Some(folder.path().into())).await.unwrap();
        house.pass(1000);
        let number = before.number.compact();
        let again::Settings { ask: wanted, purpose } = again::settings(&later, &agent, number).await.unwrap();
        assert_eq!((wanted.purpose, &purpose), (None, &before.request.purpose), "it is told what is not offered any more");
        let fresh = again::again(&later, &agent, number, Channel::Portal, Some("again".into())).await.unwrap().facts;
        assert_eq!(fresh.request.purpose, before.request.purpose);
        assert_eq!(fresh.request.purpose.unwrap().zh, "银行贷款");

        let silent = issue::issue(&house.app, &agent, ask()).await.unwrap().facts;
        house.pass(1000);
        let again = again::again(&later, &agent, silent.number.compact(), Channel::Portal, None).await.unwrap().facts;
        assert_eq!(again.request.purpose, None);
    }

    async fn an_agent_opens_and_takes_back_a_case_and_one_who_may_only_look_does_not(house: House) {
        let actor = begun(&house).await;
        let looker = agent(&house, "looker", &[(PARENT, &["see"])]).await.signed(&house).await.actor;
        let subject = mine::subjects(&house.app, &actor).await.unwrap()[0].id;
        let record = mine::records(&house.app, &actor, subject).await.unwrap()[0].record.version.record;

        let refused = cases::open(&house.app, &looker, &about(record, CaseKind::Objection)).await;
        assert!(matches!(refused, Err(cases::Error::UnknownRecord)), "{refused:?}");
        let opened = cases::open(&house.app, &actor, &about(record, CaseKind::Objection)).await.unwrap();
        let id = opened.case.case.id;
        assert_eq!((opened.case.party, opened.case.possible()), (Party::Applicant, vec![CaseStep::TakeBack]));
        assert_eq!(mine::record(&house.app, &actor, record).await.unwrap().cases.len(), 1);
        let seen = cases::show(&house.app, &looker, id).await.unwrap();
        assert_eq!(seen.possible(), [], "who may only look can do nothing");
        for refused in [
            cases::step(&house.app, &looker, id, &Taken::plain(CaseStep::TakeBack)).await.err(),
            cases::add_evidence(&house.app, &looker, id, "a.pdf", b"%PDF-1.7").await.err(),
        ] {
            assert!(matches!(refused, Some(cases::Error::Forbidden(_))), "{refused:?}");
        }
        let listed = cases::list(&house.app, &looker, Filter { subject: Some(subject), ..Filter::default() }).await;
        assert_eq!(listed.unwrap().cases.len(), 1);
        cases::add_evidence(&house.app, &actor, id, "a.pdf", b"%PDF-1.7").await.unwrap();
        cases::step(&house.app, &actor, id, &Taken::plain(CaseStep::TakeBack)).await.unwrap();
    }

    async fn what_was_merged_into_a_subject_is_its_own(house: House) {
        let former = begun(&house).await;
        let issued = issue::issue(&house.app, &former, ask()).await.unwrap();
        let other = stranger(&house).await;
        let held = async || mine::subjects(&house.app, &other).await.unwrap();
        assert_eq!(mine::records(&house.app, &other, held().await[0].id).await.unwrap().len(), 0);

        let merged = format!(
            "[[subject]]\nkind = \"enterprise\"\ncode = \"{PARENT}\"\nnames = [{{ name = \"示范甲智能科技股份有限公司\" }}]\n\
             relations = [{{ kind = \"merged-into\", other = \"{SUBSIDIARY}\", from = \"2026-11-22\" }}]\n"
        );
        register::subjects(&house.app, &Actor::operator(), &merged).await.unwrap();

        let lines = mine::records(&house.app, &other, held().await[0].id).await.unwrap();
        assert_eq!(lines.len(), 2);
        let record = lines[0].record.version.record;
        assert_eq!(mine::record(&house.app, &other, record).await.unwrap().versions.len(), 1);
        let (reports, number) = mine::reports(&house.app, &other, held().await[0].id, ALL).await.unwrap();
        assert_eq!((reports.len(), number), (1, 1));
        assert!(reports::show(&house.app, &other, issued.facts.number.compact()).await.is_ok());
        let asked = Asked { subject: Some(SUBSIDIARY.to_owned()), ..about(record, CaseKind::Objection) };
        let case = cases::open(&house.app, &other, &asked).await.unwrap().case.case.id;
        assert!(cases::show(&house.app, &other, case).await.is_ok());
    }

    async fn what_is_somebody_elses_is_answered_like_what_is_not_there(house: House) {
        let actor = begun(&house).await;
        let subject = mine::subjects(&house.app, &actor).await.unwrap()[0].id;
        let record = mine::records(&house.app, &actor, subject).await.unwrap()[0].record.version.record;
        let issued = issue::issue(&house.app, &actor, ask()).await.unwrap();
        let number = issued.facts.number.compact();
        let case = cases::open(&house.app, &actor, &about(record, CaseKind::Objection)).await.unwrap().case.case.id;
        cases::add_evidence(&house.app, &actor, case, "a.pdf", b"%PDF-1.7").await.unwrap();
        let person = somebody(&house, "person", AccountRole::Person).await.signed(&house).await.actor;
        assert_eq!(mine::records(&house.app, &person, subject).await.unwrap().len(), 2, "it is this person's own");

        let other = stranger(&house).await;
        let none = Uuid::from_u128(9);
        for id in [subject, none] {
            assert!(matches!(mine::records(&house.app, &other, id).await, Err(Error::NotFound)));
            assert!(matches!(mine::coverage(&house.app, &other, id).await, Err(Error::NotFound)));
            assert!(matches!(mine::reports(&house.app, &other, id, ALL).await, Err(Error::NotFound)));
            let listed = cases::list(&house.app, &other, Filter { subject: Some(id), ..Filter::default() }).await;
            assert_eq!(listed.unwrap().cases, []);
        }
        for id in [record, none] {
            assert!(matches!(mine::record(&house.app, &other, id).await, Err(Error::NotFound)));
            let opened = cases::open(&house.app, &other, &about(id, CaseKind::Repair)).await;
            assert!(matches!(opened, Err(cases::Error::UnknownRecord)), "{opened:?}");
        }
        for id in [case, none] {
            assert!(matches!(cases::show(&house.app, &other, id).await, Err(cases::Error::NotFound)));
            assert!(matches!(cases::fetch_evidence(&house.app, &other, id, 1).await, Err(cases::Error::NotFound)));
            let added = cases::add_evidence(&house.app, &other, id, "b.pdf", b"%PDF-1.7").await;
            assert!(matches!(added, Err(cases::Error::NotFound)), "{added:?}");
            let taken = cases::step(&house.app, &other, id, &Taken::plain(CaseStep::TakeBack)).await;
            assert!(matches!(taken, Err(cases::Error::NotFound)), "{taken:?}");
        }
        let elsewhere = again::again(&house.app, &other, number, Channel::Portal, None).await;
        assert!(matches!(elsewhere, Err(renew::Error::Report(reports::Error::NotFound))), "{elsewhere:?}");
        assert!(reports::pdf(&house.app, &other, number).await.is_err());
        for code in [PARENT, "91310000MATE5T0000"] {
            let asked = issue::Ask { subject: code.to_owned(), ..ask() };
            let refused = preview::preview(&house.app, &other, &asked).await;
            assert!(matches!(refused, Err(issue::Error::Forbidden(_))), "{refused:?}");
        }
        for role in [AccountRole::Clerk, AccountRole::Verifier, AccountRole::Auditor] {
            let them = somebody(&house, role.word(), role).await.signed(&house).await.actor;
            assert!(matches!(mine::subjects(&house.app, &them).await, Err(Error::NotFound)), "{role}");
            assert!(matches!(mine::record(&house.app, &them, record).await, Err(Error::NotFound)), "{role}");
        }
    }
}
