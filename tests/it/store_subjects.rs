//! Subjects are found by any code they bear or bore, and by name.

use mingzheng::rules::{Name, Relation, RelationKind, Scheme, Subject, SubjectCode};
use mingzheng::store::{Error, Store, subjects};
use uuid::Uuid;

use crate::engines::on_both_engines;
use crate::rules::house::{at, code, day, subject};

const WHEN: &str = "2024-01-01T00:00:00Z";

/// A subject with a past: a former name, other codes and relations.
fn renamed() -> Subject {
    let alias = |scheme, value: &str| SubjectCode { scheme, value: value.into() };
    Subject {
        names: vec![
            Name { name: "明证测试科技有限公司".into(), from: Some(day("2024-06-01")), to: None },
            Name { name: "老字号测试厂（上海）".into(), from: None, to: Some(day("2024-05-31")) },
        ],
        aliases: vec![
            alias(Scheme::RegistrationNumber, "310115600985533"),
            alias(Scheme::OrganisationCode, "MATE5T017"),
        ],
        relations: vec![Relation {
            kind: RelationKind::ControlledBy,
            other: Uuid::from_u128(4),
            from: Some(day("2020-01-01")),
            to: None,
        }],
        registration: mingzheng::rules::Registration {
            representative: Some("测试㙓".into()),
            established_on: Some(day("2001-02-03")),
            ..Default::default()
        },
        ..subject()
    }
}

/// Another subject, related to the first.
fn other(id: u128, of: &str, kind: RelationKind, to: Option<time::Date>) -> Subject {
    Subject {
        id: Uuid::from_u128(id),
        code: code(of).into(),
        relations: vec![Relation { kind, other: subject().id, from: None, to }],
        ..subject()
    }
}

on_both_engines! {
    async fn a_subject_comes_back_whole_by_id_and_by_every_code(store: Store) {
        let mut tx = store.write().await.unwrap();
        subjects::save(&mut tx, &renamed(), at(WHEN)).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = store.read().await.unwrap();
        assert_eq!(subjects::by_id(&mut tx, subject().id).await.unwrap(), Some(renamed()));
        assert_eq!(subjects::by_id(&mut tx, Uuid::from_u128(99)).await.unwrap(), None);
        let codes: Vec<_> = std::iter::once(renamed().code).chain(renamed().aliases).collect();
        for code in &codes {
            assert_eq!(subjects::by_code(&mut tx, code).await.unwrap(), Some(renamed()), "{code:?}");
        }
        let unknown = SubjectCode { scheme: Scheme::TaxNumber, value: codes[0].value.clone() };
        assert_eq!(subjects::by_code(&mut tx, &unknown).await.unwrap(), None);

        let ids = subjects::ids_by_codes(&mut tx, &[codes.clone(), vec![unknown]].concat()).await.unwrap();
        assert_eq!(ids.len(), codes.len());
        assert!(codes.iter().all(|code| ids[code] == subject().id));
    }

    async fn saving_again_replaces_what_was_known(store: Store) {
        let mut tx = store.write().await.unwrap();
        subjects::save(&mut tx, &renamed(), at(WHEN)).await.unwrap();
        subjects::save(&mut tx, &subject(), at(WHEN)).await.unwrap();

        assert_eq!(subjects::by_id(&mut tx, subject().id).await.unwrap(), Some(subject()));
        assert_eq!(subjects::by_code(&mut tx, &renamed().aliases[0]).await.unwrap(), None);
    }

    async fn no_two_subjects_share_a_code(store: Store) {
        let mut tx = store.write().await.unwrap();
        subjects::save(&mut tx, &renamed(), at(WHEN)).await.unwrap();
        tx.commit().await.unwrap();

        let mut thief = other(2, "91310115MATE5T0255", RelationKind::SubsidiaryOf, None);
        thief.aliases = vec![renamed().aliases[0].clone()];
        let mut tx = store.write().await.unwrap();
        let refused = subjects::save(&mut tx, &thief, at(WHEN)).await;

        assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    }

    async fn names_are_compared_in_normal_form_former_ones_too(store: Store) {
        let namesake = Subject { names: vec![renamed().names[1].clone()], ..other(2, "91310115MATE5T0255", RelationKind::SubsidiaryOf, None) };
        let mut tx = store.write().await.unwrap();
        subjects::insert(&mut tx, &[renamed(), namesake], at(WHEN)).await.unwrap();

        let asked = ["老字号测试厂 (上海)", "明证测试科技有限公司", "无此名"].map(String::from);
        let ids = subjects::ids_by_names(&mut tx, &asked).await.unwrap();

        assert_eq!(ids.len(), 2);
        assert_eq!(ids["老字号测试厂(上海)"], [Uuid::from_u128(1), Uuid::from_u128(2)]);
        assert_eq!(ids["明证测试科技有限公司"], [Uuid::from_u128(1)]);
    }

    async fn present_branches_are_counted(store: Store) {
        let closed = Some(day("2024-01-01"));
        let mut tx = store.write().await.unwrap();
        subjects::insert(&mut tx, &[
            subject(),
            other(2, "91310101MATE5T033N", RelationKind::BranchOf, None),
            other(3, "91310000MATE5T041X", RelationKind::BranchOf, closed),
            other(4, "91310115MATE5T0255", RelationKind::SubsidiaryOf, None),
        ], at(WHEN)).await.unwrap();

        assert_eq!(subjects::branches(&mut tx, subject().id).await.unwrap(), 1);
        assert_eq!(subjects::branches(&mut tx, Uuid::from_u128(2)).await.unwrap(), 0);
    }

    async fn subjects_merged_into_one_are_followed_through_others_and_in_circles(store: Store) {
        let merged = |id, code, into: u128| {
            let mut subject = other(id, code, RelationKind::MergedInto, None);
            subject.relations[0].other = Uuid::from_u128(into);
            subject
        };
        let mut tx = store.write().await.unwrap();
        subjects::insert(&mut tx, &[
            merged(1, "91310115MATE5T017A", 3),
            merged(2, "91310101MATE5T033N", 1),
            merged(3, "91310000MATE5T041X", 2),
            other(4, "91310115MATE5T0255", RelationKind::SubsidiaryOf, None),
        ], at(WHEN)).await.unwrap();

        let all = subjects::with_merged(&mut tx, subject().id).await.unwrap();
        assert_eq!(all, [1, 2, 3].map(Uuid::from_u128));
        let alone = subjects::with_merged(&mut tx, Uuid::from_u128(4)).await.unwrap();
        assert_eq!(alone, [Uuid::from_u128(4)]);
    }

    async fn many_subjects_go_in_at_once(store: Store) {
        let many: Vec<_> = (0..501_u32)
            .map(|i| Subject {
                id: Uuid::from_u128(u128::from(i)),
                code: SubjectCode { scheme: Scheme::RegistrationNumber, value: format!("R{i}") },
                ..subject()
            })
            .collect();
        let mut tx = store.write().await.unwrap();
        subjects::insert(&mut tx, &many, at(WHEN)).await.unwrap();

        let codes: Vec<_> = many.iter().map(|subject| subject.code.clone()).collect();
        let ids = subjects::ids_by_codes(&mut tx, &codes).await.unwrap();
        assert!(many.iter().all(|subject| ids[&subject.code] == subject.id));
    }
}
