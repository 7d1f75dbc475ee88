//! Several writers at once lose nothing and wait for each other.

use std::time::Duration;

use mingzheng::rules::Version;
use mingzheng::store::{Error, Settings, Store, records};
use uuid::Uuid;

use crate::engines::{Place, on_both_engines};
use crate::rules::house::{fine, subject};
use crate::store_records::{fines, new, on_file};

/// How many of these records there are.
async fn kept(store: &Store, versions: &[Version]) -> usize {
    let mut tx = store.read().await.unwrap();
    let keys: Vec<_> = versions.iter().map(Version::key).collect();
    records::newest_by_keys(&mut tx, &keys).await.unwrap().len()
}

on_both_engines! {
    async fn what_many_writers_write_is_all_there(store: Store) {
        on_file(&store, &[]).await;
        let many = fines(400);
        let writers = many.chunks(50).map(|chunk| {
            let (store, chunk) = (store.clone(), new(chunk));
            tokio::spawn(async move {
                for half in chunk.chunks(25) {
                    let mut tx = store.write().await.unwrap();
                    records::insert_versions(&mut tx, half).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        });
        for writer in futures::future::join_all(writers).await {
            writer.unwrap();
        }
        assert_eq!(kept(&store, &many).await, 400);
    }

    async fn of_two_that_store_one_record_at_once_one_is_told(store: Store) {
        on_file(&store, &[]).await;
        let write = async |record: u128| {
            let version = Version { record: Uuid::from_u128(record), ..fine() };
            let mut tx = store.write().await.unwrap();
            let stored = records::insert_versions(&mut tx, &new(&[version])).await;
            tokio::time::sleep(Duration::from_millis(30)).await;
            if stored.is_ok() {
                tx.commit().await.unwrap();
            }
            stored
        };
        let (a, b) = tokio::join!(write(0xa), write(0xb));

        assert!(matches!((&a, &b), (Ok(()), Err(Error::Conflict)) | (Err(Error::Conflict), Ok(()))), "{a:?} {b:?}");
        assert_eq!(kept(&store, &[fine()]).await, 1);
    }

    async fn a_second_program_waits_for_the_first(place: Place) {
        on_file(&place.store, &[]).await;
        let other = Store::open(&Settings::at(&place.url)).await.unwrap();
        let many = fines(40);
        let (ours, theirs) = many.split_at(20);
        let write = async |store: &Store, versions: &[Version]| {
            for version in versions {
                let mut tx = store.write().await.unwrap();
                records::insert_versions(&mut tx, &new(std::slice::from_ref(version))).await.unwrap();
                tx.commit().await.unwrap();
            }
        };
        tokio::join!(write(&place.store, ours), write(&other, theirs));

        assert_eq!(kept(&other, &many).await, 40);
        other.close().await;
    }

    async fn what_was_committed_is_there_after_opening_again(place: Place) {
        on_file(&place.store, &[&[fine()]]).await;
        place.store.close().await;

        let again = Store::open(&Settings::at(&place.url)).await.unwrap();

        again.ping().await.unwrap();
        assert_eq!(kept(&again, &[fine()]).await, 1);
        assert!(matches!(place.store.write().await, Err(Error::Unavailable(_))));
        let mut tx = again.read().await.unwrap();
        assert!(mingzheng::store::subjects::by_id(&mut tx, subject().id).await.unwrap().is_some());
        drop(tx);
        again.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_waits_too_long_is_told_that_it_may_try_again() {
    let place = Place::on_sqlite().await;
    let settings = Settings { wait: Duration::from_millis(200), ..Settings::at(&place.url) };
    let impatient = Store::open(&settings).await.unwrap();
    let _held = place.store.write().await.unwrap();

    let error = impatient.write().await.unwrap_err();

    assert!(error.may_pass(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_do_not_wait_for_a_writer() {
    let place = Place::on_sqlite().await;
    on_file(&place.store, &[&[fine()]]).await;
    let mut held = place.store.write().await.unwrap();
    records::insert_versions(&mut held, &new(&fines(10))).await.unwrap();

    let read = tokio::time::timeout(Duration::from_secs(5), kept(&place.store, &[fine()])).await;

    assert_eq!(read.unwrap(), 1);
}
