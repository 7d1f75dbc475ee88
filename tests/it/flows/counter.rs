//! A clerk at a counter issues for whoever stands there, with their consent, and sees nothing else.

use mingzheng::flow::counter::{self, Applicant, Error, Lacks};
use mingzheng::flow::issue::{self, Ask};
use mingzheng::flow::{Actor, Forbidden, Listing, Role};
use mingzheng::rules::facts::{Capacity, Channel};
use mingzheng::rules::{ActsAs, ShownDocument};
use mingzheng::store::journal;

use super::house::{House, PARENT, ask, regulator, row, subject};
use crate::engines::on_both_engines;

/// The natural person of the samples.
const PERSON: &str = "999999199001010016";
const ALL: Listing = Listing { offset: 0, limit: 50 };

fn clerk(name: &str) -> Actor {
    Actor { name: name.to_owned(), role: Role::Counter(None) }
}

fn head() -> Applicant {
    Applicant {
        name: "示范一".to_owned(),
        acts_as: Some(ActsAs::Head),
        document: Some(ShownDocument::IdentityCard),
        agreed: true,
    }
}

on_both_engines! {
    async fn a_report_is_issued_with_the_consent_of_whoever_stands_there(house: House) {
        let (app, clerk, other) = (&house.app, clerk("@window"), clerk("@window2"));
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(1000);
        let found = counter::find(app, &clerk, PARENT).await.unwrap();
        assert_eq!((found.len(), found[0].name.as_str()), (1, "示范甲智能科技股份有限公司"));
        let id = found[0].id;
        assert!(counter::find(app, &clerk, "甲智能").await.unwrap().iter().any(|line| line.id == id));
        assert!(matches!(counter::find(app, &clerk, "甲").await, Err(Error::Words)));

        let kept = house.kept().await;
        let facts = counter::preview(app, &clerk, id, &head(), ask()).await.unwrap();
        assert_eq!(facts.summary.records, 1);
        assert_eq!(house.kept().await, kept, "nothing is stored by a preview");

        let once = Ask { idempotency_key: Some("a".to_owned()), ..ask() };
        let issued = counter::issue(app, &clerk, id, &head(), once.clone()).await.unwrap();
        let request = &issued.facts.request;
        assert_eq!((request.channel, request.capacity), (Channel::Counter, Capacity::Consent));
        assert_eq!(request.applicant, "示范一");
        assert!(counter::issue(app, &clerk, id, &head(), once).await.unwrap().repeated);

        let mut tx = house.store.read().await.unwrap();
        let entries = journal::about(&mut tx, &issued.facts.number.to_string()).await.unwrap();
        drop(tx);
        let entry = &entries[0].entry;
        assert_eq!((entry.actor.as_str(), entry.act.as_str()), ("@window", "issue"));
        assert_eq!(entry.details["consent"], serde_json::json!({ "shown": "identity-card", "as": "head" }));
        assert!(!entry.details.to_string().contains("示范一"), "the journal names no applicant");

        let (today, total) = counter::today(app, &clerk, ALL).await.unwrap();
        assert_eq!((today.len(), total, &today[0].number), (1, 1, &issued.facts.number));
        assert_eq!(today[0].applicant, "示范一");
        let (_, _, pdf) = counter::pdf(app, &clerk, issued.facts.number.compact()).await.unwrap();
        assert_eq!(pdf, issued.pdf);

        // What others issued is nothing to a counter.
        assert_eq!(counter::today(app, &other, ALL).await.unwrap().1, 0);
        let denied = counter::pdf(app, &other, issued.facts.number.compact()).await;
        assert!(matches!(denied, Err(Error::NotFound)));
        let own = issue::issue(app, &subject(PARENT), ask()).await.unwrap();
        let denied = counter::pdf(app, &clerk, own.facts.number.compact()).await;
        assert!(matches!(denied, Err(Error::NotFound)));
        // Nor is what the same account issued in another role, or on another day.
        let earlier = Actor { name: "@window".to_owned(), role: Role::Subject(PARENT.to_owned()) };
        let own = issue::issue(app, &earlier, ask()).await.unwrap();
        assert!(matches!(counter::pdf(app, &clerk, own.facts.number.compact()).await, Err(Error::NotFound)));
        assert_eq!(counter::today(app, &clerk, ALL).await.unwrap().0.len(), 1);
        house.pass(86_400_000);
        assert!(counter::today(app, &clerk, ALL).await.unwrap().0.is_empty());
        let gone = counter::pdf(app, &clerk, issued.facts.number.compact()).await;
        assert!(matches!(gone, Err(Error::NotFound)), "a consent is to one request");
        house.journal().await;
    }

    async fn without_consent_nothing_is_looked_up_or_issued(house: House) {
        let (app, clerk) = (&house.app, clerk("@window"));
        let id = counter::find(app, &clerk, PARENT).await.unwrap()[0].id;
        let person = counter::find(app, &clerk, PERSON).await.unwrap().remove(0);
        assert!(person.person && person.name.contains('*') && person.code.contains('*'));
        assert!(counter::find(app, &clerk, "示范").await.unwrap().iter().all(|line| !line.person));
        let kept = house.kept().await;
        let as_person = |name: &str| Applicant {
            name: name.to_owned(),
            acts_as: Some(ActsAs::Oneself),
            ..head()
        };
        let wrong = [
            (id, Applicant { agreed: false, ..head() }, Lacks::Consent),
            (id, Applicant { name: " ".to_owned(), ..head() }, Lacks::Name),
            (id, Applicant { name: "一\n二".to_owned(), ..head() }, Lacks::Name),
            (id, Applicant { name: "甲".repeat(41), ..head() }, Lacks::Name),
            (id, Applicant { acts_as: None, ..head() }, Lacks::Part),
            (id, Applicant { acts_as: Some(ActsAs::Oneself), ..head() }, Lacks::Part),
            (person.id, head(), Lacks::Part),
            (id, Applicant { document: None, ..head() }, Lacks::Document),
            (person.id, as_person("王五"), Lacks::OtherName),
            (
                person.id,
                Applicant { document: Some(ShownDocument::ElectronicLicence), ..as_person("王五") },
                Lacks::Document,
            ),
        ];
        for (id, applicant, lacks) in wrong {
            let answer = counter::issue(app, &clerk, id, &applicant, ask()).await;
            assert!(matches!(&answer, Err(Error::Applicant(found)) if *found == lacks), "{applicant:?} {answer:?}");
            let answer = counter::preview(app, &clerk, id, &applicant, ask()).await;
            assert!(matches!(&answer, Err(Error::Applicant(_))), "{applicant:?}");
        }
        // Nor past the counter: a clerk without a consent reaches nobody.
        assert!(issue::issue(app, &clerk, ask()).await.is_err());
        assert!(matches!(counter::issue(app, &clerk, app.mint(), &head(), ask()).await, Err(Error::NotFound)));
        for other in [Actor::operator(), subject(PARENT), regulator(PARENT)] {
            let denied = |error: Error| matches!(error, Error::Forbidden(Forbidden::Role(..)));
            assert!(denied(counter::find(app, &other, PARENT).await.unwrap_err()));
            assert!(denied(counter::issue(app, &other, id, &head(), ask()).await.unwrap_err()));
            assert!(denied(counter::preview(app, &other, id, &head(), ask()).await.unwrap_err()));
            assert!(denied(counter::today(app, &other, ALL).await.unwrap_err()));
            assert!(denied(counter::pdf(app, &other, "x").await.unwrap_err()));
        }
        assert_eq!(house.kept().await, kept);
    }

    async fn a_person_who_comes_in_person_is_printed_masked(house: House) {
        let (app, clerk) = (&house.app, clerk("@window"));
        let person = counter::find(app, &clerk, PERSON).await.unwrap().remove(0);
        let name = {
            let mut tx = house.store.read().await.unwrap();
            let of = mingzheng::store::subjects::by_id(&mut tx, person.id).await.unwrap().unwrap();
            of.name().to_owned()
        };
        let applicant = Applicant { name: name.clone(), acts_as: Some(ActsAs::Oneself), ..head() };
        let issued = counter::issue(app, &clerk, person.id, &applicant, ask()).await.unwrap();
        assert_eq!(issued.facts.request.applicant, person.name);
        assert!(!String::from_utf8(issued.facts.canonical()).unwrap().contains(&name));
    }
}
