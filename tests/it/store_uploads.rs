//! What authorities send and declare, and the rows that name nobody for certain.

use std::slice::from_ref;

use mingzheng::rules::{Authority, Candidate, Declaration, Desk, RecordKind};
use mingzheng::seal;
use mingzheng::store::candidates::{self, KeptAside, Wanted};
use mingzheng::store::uploads::{self, Upload, Whose};
use mingzheng::store::{Error, Store, Tx, authorities, declarations, subjects};
use uuid::Uuid;

use crate::engines::{execute, on_both_engines};
use crate::rules::house::{
    at, code, complete, day, details, fine, fire, fire_brigade, market, market_bureau, period, subject,
    year_2024,
};

/// A file of three rows.
fn upload() -> Upload {
    Upload {
        id: Uuid::from_u128(0xf0),
        authority: fire_brigade().code,
        domain: Some(fire()),
        file_name: "处罚 2024-03.csv".into(),
        file_digest: seal::digest(b"a file"),
        file_bytes: 6,
        options: "layout=national-2018".into(),
        submitted: 3,
        accepted: 1,
        repeated: 1,
        rejected: 1,
        rejects: Some(seal::digest(b"rejects")),
        received_at: at("2024-03-20T01:00:00Z"),
        received_by: "clerk".into(),
        receipt: vec![0, 159, 146, 150],
    }
}

/// A row that names an enterprise without its code.
fn aside() -> KeptAside {
    KeptAside {
        id: Uuid::from_u128(0xca),
        upload: upload().id,
        row: 2,
        authority: fire_brigade().code,
        kind: RecordKind::Penalty,
        organ: fire_brigade().code,
        document_number: fine().document_number,
        domain: fire(),
        content: seal::digest(b"content"),
        details: details(),
        codes: Vec::new(),
        received_at: at("2024-03-20T01:00:00Z"),
        resolved_at: None,
        possible: vec![subject().id],
    }
}

/// A transaction in which the authorities and the subject are known.
async fn begun(store: &Store) -> Tx {
    let mut tx = store.write().await.unwrap();
    let when = at("2024-01-01T00:00:00Z");
    authorities::save(&mut tx, &fire_brigade(), when).await.unwrap();
    authorities::save(&mut tx, &market_bureau(), when).await.unwrap();
    subjects::save(&mut tx, &subject(), when).await.unwrap();
    tx
}

on_both_engines! {
    async fn an_authority_comes_back_and_is_replaced(store: Store) {
        let mut tx = begun(&store).await;
        let changed = Authority {
            contact: Some("021-00000000".into()),
            organs: vec![code("91120116MATE5T05XP")],
            ..fire_brigade()
        };
        assert_eq!(authorities::by_code(&mut tx, changed.code).await.unwrap(), Some(fire_brigade()));

        authorities::save(&mut tx, &changed, at("2024-02-01T00:00:00Z")).await.unwrap();

        assert_eq!(authorities::by_code(&mut tx, changed.code).await.unwrap(), Some(changed.clone()));
        assert_eq!(authorities::all(&mut tx).await.unwrap(), [changed, market_bureau()]);
        assert_eq!(authorities::by_code(&mut tx, code("91310115MATE5T0255")).await.unwrap(), None);
    }

    async fn the_same_file_twice_is_recognised(store: Store) {
        let mut tx = begun(&store).await;
        assert!(uploads::insert(&mut tx, &upload()).await.unwrap());

        let again = Upload { id: Uuid::from_u128(0xf1), file_name: "another name.csv".into(), ..upload() };
        assert!(!uploads::insert(&mut tx, &again).await.unwrap());
        let found = uploads::by_file(&mut tx, upload().authority, upload().file_digest, &upload().options).await.unwrap();
        assert_eq!(found, Some((upload(), false)));

        let differently = Upload { options: "strict".into(), received_at: at("2024-03-21T00:00:00Z"), ..again.clone() };
        assert!(uploads::insert(&mut tx, &differently).await.unwrap());
        let by_another = Upload { id: Uuid::from_u128(0xf2), authority: market_bureau().code, domain: None, rejects: None, ..again };
        assert!(uploads::insert(&mut tx, &by_another).await.unwrap());

        assert_eq!(uploads::by_id(&mut tx, by_another.id).await.unwrap(), Some(by_another));
        assert_eq!(uploads::by_id(&mut tx, Uuid::from_u128(1)).await.unwrap(), None);
        let own = Whose::Desks(vec![Desk::whole(upload().authority)]);
        let listed = uploads::listed(&mut tx, &own, None, 9).await.unwrap();
        assert_eq!(listed, [differently.clone(), upload()]);
        let after = Some((differently.received_at, differently.id));
        let second = uploads::listed(&mut tx, &own, after, 1).await.unwrap();
        assert_eq!(second, [upload()]);
    }

    async fn a_receipt_that_does_not_add_up_is_refused(store: Store) {
        let mut tx = begun(&store).await;
        let wrong = Upload { accepted: 2, ..upload() };
        assert!(matches!(uploads::insert(&mut tx, &wrong).await, Err(Error::Refused(_))));
    }

    async fn an_upload_is_never_changed(store: Store) {
        let mut tx = begun(&store).await;
        uploads::insert(&mut tx, &upload()).await.unwrap();
        tx.commit().await.unwrap();
        for forbidden in ["UPDATE upload SET accepted = 2, repeated = 0", "DELETE FROM upload"] {
            let mut tx = store.write().await.unwrap();
            assert!(execute(&mut tx, forbidden).await.is_err(), "{forbidden}");
        }
    }

    async fn each_declaration_holds_until_the_next_one(store: Store) {
        let declared = |through: &str, received: &str| Declaration {
            complete_through: day(through),
            nothing_to_report: true,
            received_at: at(received),
            ..complete(&fire_brigade(), fire())
        };
        let one = declared("2024-03-18", "2024-03-19T00:00:00Z");
        let two = declared("2024-03-25", "2024-03-26T00:00:00Z");
        let market_s = complete(&market_bureau(), market());
        let mut tx = begun(&store).await;
        for declaration in [&one, &two, &market_s] {
            declarations::declare(&mut tx, declaration).await.unwrap();
        }

        let mut as_of = async |instant: &str, domains: &[_]| {
            declarations::as_of(&mut tx, domains, at(instant)).await.unwrap()
        };
        assert_eq!(as_of("2024-03-18T23:59:59Z", &[fire()]).await, []);
        assert_eq!(as_of("2024-03-19T00:00:00Z", &[fire()]).await, from_ref(&one));
        assert_eq!(as_of("2024-03-25T23:59:59.999Z", &[fire(), market()]).await, from_ref(&one));
        assert_eq!(as_of("2024-03-26T00:00:00Z", &[fire()]).await, from_ref(&two));
        assert_eq!(as_of("2027-01-01T00:00:00Z", &[fire(), market()]).await, [two.clone(), market_s]);
        assert_eq!(as_of("2027-01-01T00:00:00Z", &[]).await, []);

        let newest = declarations::newest(&mut tx, one.authority, &fire()).await.unwrap();
        assert_eq!(newest, Some(two.clone()));
        assert_eq!(declarations::newest(&mut tx, one.authority, &market()).await.unwrap(), None);
        let late = Declaration { received_at: at("2024-03-20T00:00:00Z"), ..two };
        assert!(matches!(declarations::declare(&mut tx, &late).await, Err(Error::Conflict)));
    }

    async fn a_declaration_is_never_changed(store: Store) {
        let mut tx = begun(&store).await;
        declarations::declare(&mut tx, &complete(&fire_brigade(), fire())).await.unwrap();
        tx.commit().await.unwrap();
        for forbidden in [
            "DELETE FROM declaration",
            "UPDATE declaration SET complete_through = '2030-01-01'",
            "UPDATE declaration SET complete_through = '2030-01-01', superseded_at = 9999999999999",
        ] {
            let mut tx = store.write().await.unwrap();
            assert!(execute(&mut tx, forbidden).await.is_err(), "{forbidden}");
        }
    }

    async fn a_row_kept_aside_counts_until_it_is_resolved(store: Store) {
        let mut tx = begun(&store).await;
        assert!(candidates::insert(&mut tx, &aside(), &[]).await.unwrap());
        let as_of = async |tx: &mut Tx, instant: &str, domains: &[_], period| {
            candidates::as_of(tx, &[subject().id, Uuid::from_u128(5)], domains, period, at(instant)).await.unwrap().len()
        };
        assert_eq!(as_of(&mut tx, "2024-03-20T00:59:59Z", &[fire()], year_2024()).await, 0);
        assert_eq!(as_of(&mut tx, "2024-03-20T01:00:00Z", &[fire()], year_2024()).await, 1);
        assert_eq!(as_of(&mut tx, "2024-03-20T01:00:00Z", &[market()], year_2024()).await, 0);
        assert_eq!(as_of(&mut tx, "2024-03-20T01:00:00Z", &[fire()], period("2024-03-11", "2024-12-31")).await, 0);

        let when = at("2024-04-01T00:00:00Z");
        candidates::resolve(&mut tx, aside().id, Some(subject().id), "clerk", "同一主体", when).await.unwrap();
        let twice = candidates::resolve(&mut tx, aside().id, None, "another", "", when).await;
        assert!(matches!(twice, Err(Error::Conflict)));

        assert_eq!(as_of(&mut tx, "2024-03-31T23:59:59Z", &[fire()], year_2024()).await, 1);
        assert_eq!(as_of(&mut tx, "2024-04-01T00:00:00Z", &[fire()], year_2024()).await, 0);
        let then = at("2024-03-31T00:00:00Z");
        let found = candidates::as_of(&mut tx, &[subject().id], &[fire()], year_2024(), then).await.unwrap();
        assert_eq!(found, [Candidate {
            domain: fire(),
            decided_on: Some(details().decided_on),
            received_at: aside().received_at,
            resolved_at: Some(when),
        }]);
    }

    async fn the_same_row_is_kept_aside_once(store: Store) {
        let mut tx = begun(&store).await;
        assert!(candidates::insert(&mut tx, &aside(), &[]).await.unwrap());
        let again = KeptAside { id: Uuid::from_u128(0xcb), row: 9, ..aside() };
        assert!(!candidates::insert(&mut tx, &again, &[]).await.unwrap());
        let corrected = KeptAside { content: seal::digest(b"corrected"), possible: vec![], ..again };
        assert!(candidates::insert(&mut tx, &corrected, &[]).await.unwrap());

        assert_eq!(candidates::by_id(&mut tx, aside().id).await.unwrap(), Some(aside()));
        assert_eq!(candidates::by_id(&mut tx, Uuid::from_u128(1)).await.unwrap(), None);
        let open = async |tx: &mut Tx, wanted: Wanted| candidates::open(tx, &wanted).await.unwrap();
        let of = |authority: Authority| Wanted { desk: Some(Desk::whole(authority.code)), ..Wanted::all(10) };
        assert_eq!(open(&mut tx, of(fire_brigade())).await, [aside(), corrected.clone()]);
        assert_eq!(open(&mut tx, Wanted { limit: 1, ..of(fire_brigade()) }).await, [aside()]);
        let after = Some((aside().received_at, aside().id));
        assert_eq!(open(&mut tx, Wanted { after, ..Wanted::all(10) }).await, std::slice::from_ref(&corrected));
        assert_eq!(open(&mut tx, of(market_bureau())).await, []);
        assert_eq!(open(&mut tx, Wanted { domain: Some(market()), ..Wanted::all(10) }).await, []);

        let name = details().subject_name;
        assert_eq!(candidates::may_belong(&mut tx, &[], &[(name, subject().id)]).await.unwrap(), 1);
        let now_possible = candidates::by_id(&mut tx, corrected.id).await.unwrap().unwrap().possible;
        assert_eq!(now_possible, [subject().id]);
    }
}
