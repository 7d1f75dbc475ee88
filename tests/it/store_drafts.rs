//! Files that are checked before they are stored: kept whole, found by id and by upload, and forgotten in time.

use mingzheng::store::drafts::{self, Draft};
use mingzheng::store::{Error, Store, authorities};
use uuid::Uuid;

use crate::engines::on_both_engines;
use crate::rules::house::{at, fire, fire_brigade};

fn draft(n: u128, upload: Option<Uuid>, received_at: &str) -> Draft {
    Draft {
        id: Uuid::from_u128(n),
        authority: fire_brigade().code,
        domain: Some(fire()),
        owner: "@clerk".into(),
        file_name: "处罚.csv".into(),
        file: Some(vec![0, 159, 146, 150]),
        settings: b"{}".to_vec(),
        found: b"\x00 is no trouble".to_vec(),
        rejects: None,
        upload,
        received_at: at(received_at),
    }
}

on_both_engines! {
    async fn drafts_are_kept_whole_and_forgotten_in_time(store: Store) {
        let stored = Uuid::from_u128(9);
        let old = draft(1, None, "2026-11-20T00:00:00Z");
        let old_but_stored = draft(2, Some(stored), "2026-11-20T00:00:00Z");
        let new = draft(3, None, "2026-11-22T00:00:00Z");
        let mut tx = store.write().await.unwrap();
        authorities::save(&mut tx, &fire_brigade(), at("2026-11-01T00:00:00Z")).await.unwrap();
        for one in [&old, &old_but_stored, &new] {
            drafts::insert(&mut tx, one).await.unwrap();
        }
        assert_eq!(drafts::by_id(&mut tx, old.id).await.unwrap(), Some(old.clone()));
        assert_eq!(drafts::of_upload(&mut tx, stored).await.unwrap(), Some(old_but_stored.clone()));
        assert_eq!(drafts::of_upload(&mut tx, new.id).await.unwrap(), None);

        let (day, month) = (at("2026-11-21T00:00:00Z"), at("2026-10-22T00:00:00Z"));
        assert_eq!(drafts::forget_before(&mut tx, day, month).await.unwrap(), 1);
        assert_eq!(drafts::by_id(&mut tx, old.id).await.unwrap(), None);
        assert_eq!(drafts::forget_before(&mut tx, month, day).await.unwrap(), 1, "what was stored goes later");
        drafts::forget(&mut tx, new.id).await.unwrap();
        assert_eq!(drafts::by_id(&mut tx, new.id).await.unwrap(), None);
        drafts::insert(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.write().await.unwrap();
        assert!(matches!(drafts::insert(&mut tx, &new).await, Err(Error::Conflict)), "an id is one file's");
    }
}
