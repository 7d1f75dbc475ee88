//! Objects are kept under their digest and never trusted.

use mingzheng::rules::Digest;
use mingzheng::seal;
use mingzheng::store::{Error, Objects};

fn objects() -> (tempfile::TempDir, Objects) {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::local(&folder.path().join("new/objects"), seal::digest).unwrap();
    (folder, objects)
}

#[tokio::test]
async fn what_is_put_comes_back_under_its_digest() {
    let (_folder, objects) = objects();
    for bytes in [b"".to_vec(), b"a report".to_vec(), vec![0; 3_000_000]] {
        let digest = objects.put(bytes.clone()).await.unwrap();
        assert_eq!(digest, seal::digest(&bytes));
        assert_eq!(objects.put(bytes.clone()).await.unwrap(), digest);
        assert_eq!(objects.get(digest).await.unwrap(), Some(bytes));
    }
    assert_eq!(objects.get(Digest::ZERO).await.unwrap(), None);
    objects.ping().await.unwrap();
}

#[tokio::test]
async fn damaged_bytes_are_refused_and_mended_by_putting_them_again() {
    let (folder, objects) = objects();
    let digest = objects.put(*b"a report").await.unwrap();
    let name = digest.to_string();
    let file = folder.path().join("new/objects").join(&name[..2]).join(&name[2..]);

    for damage in [&b"another report"[..], b"a repor", b""] {
        std::fs::write(&file, damage).unwrap();
        let refused = objects.get(digest).await;
        assert!(matches!(refused, Err(Error::Corrupt(_))), "{refused:?}");
        assert_eq!(objects.put(*b"a report").await.unwrap(), digest);
        assert_eq!(objects.get(digest).await.unwrap().as_deref(), Some(&b"a report"[..]));
    }
}

#[tokio::test]
async fn the_same_bytes_may_be_put_by_many_at_once() {
    let (_folder, objects) = objects();
    let bytes = vec![7; 100_000];
    let puts = (0..20).map(|_| objects.put(bytes.clone()));
    let digests = futures::future::join_all(puts).await;
    assert!(digests.iter().all(|digest| matches!(digest, Ok(digest) if *digest == seal::digest(&bytes))));
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let refused = Objects::local(std::path::Path::new("/proc/no/objects"), seal::digest);
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
}
