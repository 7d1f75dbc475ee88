//! Whom a report is about, and how much of a person it shows.

use mingzheng::rules::{
    Known, Name, Period, Registration, Relation, RelationKind, Scheme, Subject, SubjectCode, SubjectKind,
};
use uuid::Uuid;

use super::house::*;

#[test]
fn the_report_says_whom_it_is_about_and_by_which_rules() {
    let registration = Registration {
        representative: Some("王五".into()),
        state: Some("存续".into()),
        ..Registration::default()
    };
    let subject = Subject { registration, ..subject() };

    let facts = report(&Known { subject, ..clean() }, asked());

    assert_eq!(facts.format, "mingzheng-facts/1");
    assert_eq!(facts.subject.scheme, Scheme::CreditCode);
    assert_eq!(facts.subject.code, "91310115MATE5T017A");
    assert_eq!(facts.subject.representative.as_deref(), Some("王五"));
    assert_eq!(facts.subject.state.as_deref(), Some("存续"));
    assert_eq!((&*facts.basis.catalogue.id, &*facts.basis.profile.id), ("test", "here"));
    assert_eq!(facts.issuer, issuer());
    assert_eq!(facts.request.period, Period { from: day("2024-01-01"), to: day("2024-12-31") });
}

#[test]
fn a_person_is_masked_and_so_are_former_names() {
    let identity = |value: &str| SubjectCode { scheme: Scheme::IdentityNumber, value: value.into() };
    let person = Subject {
        kind: SubjectKind::NaturalPerson,
        code: identity("999999199001010016"),
        names: vec![
            Name { name: "王小明".into(), from: None, to: None },
            Name { name: "王大明".into(), from: None, to: Some(day("2020-01-01")) },
        ],
        aliases: vec![identity("11010519491231002X")],
        ..subject()
    };

    let facts = report(&Known { subject: person, ..clean() }, asked());

    assert_eq!(facts.subject.name, "王**");
    assert_eq!(facts.subject.code, "999999********0016");
    assert_eq!(facts.subject.former_names, [""; 0]);
    assert_eq!(facts.subject.other_codes, ["110105********002X"]);
}

#[test]
fn a_merged_subject_is_said_to_be_merged() {
    let merged = Relation { kind: RelationKind::MergedInto, other: Uuid::from_u128(9), from: None, to: None };
    let subject = Subject { relations: vec![merged], ..subject() };

    let facts = report(&Known { subject, ..clean() }, asked());

    assert_eq!(facts.subject.state.as_deref(), Some("已并入其他主体"));
}
