//! Rows come one request after another, each once.

use mingzheng::flow::lines::{self, Error, ROWS};
use mingzheng::flow::upload::{self, Sent};
use mingzheng::rules::Digest;

use super::house::{House, MARKET, Row, csv, market_sends, regulator, row};
use crate::engines::on_both_engines;

/// Rows as lines of JSON with the names of the columns.
pub(crate) fn ndjson(rows: &[Row]) -> Vec<u8> {
    let table = String::from_utf8(csv(rows)).unwrap();
    let mut records = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = records.next().unwrap();
    let object = |cells: Vec<&str>| {
        let pairs = head.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), cell.into()));
        serde_json::Value::Object(pairs.collect()).to_string() + "\n"
    };
    records.map(object).collect::<String>().into_bytes()
}

fn sent(rows: &[Row]) -> Sent {
    Sent { file_name: "records.ndjson".into(), bytes: ndjson(rows), ..market_sends(&[]) }
}

async fn take(house: &House, key: &str, sent: Sent) -> Result<upload::Done, Error> {
    lines::take(&house.app, &regulator(MARKET), key, sent).await
}

on_both_engines! {
    async fn a_key_brings_the_same_receipt_and_other_rows_need_another(house: House) {
        let first = take(&house, "a", sent(&[row(1), row(2)])).await.unwrap();
        assert_eq!((first.receipt.accepted, first.replayed), (2, false));
        let before = house.kept().await;

        let again = take(&house, "a", sent(&[row(1), row(2)])).await.unwrap();
        assert_eq!((&again.receipt, &again.signature, again.replayed), (&first.receipt, &first.signature, true));
        let reused = take(&house, "a", sent(&[row(3)])).await;
        assert!(matches!(reused, Err(Error::KeyReused)), "{reused:?}");
        let strict = take(&house, "a", Sent { strict: true, ..sent(&[row(1), row(2)]) }).await;
        assert!(matches!(strict, Err(Error::KeyReused)), "{strict:?}");
        assert_eq!(house.kept().await, before);

        // The same rows under another key are the same file.
        let other = take(&house, "b", sent(&[row(1), row(2)])).await.unwrap();
        assert_eq!((other.receipt.upload, other.replayed), (first.receipt.upload, true));
        let other = take(&house, "b", sent(&[row(1), row(2)])).await.unwrap();
        assert_eq!(other.receipt.upload, first.receipt.upload);
        house.journal().await;
    }

    async fn rows_by_request_and_by_file_are_the_same_records(house: House) {
        let rows = [row(1), row(2), Row { code: "91310115MATE5T0170".into(), ..row(3) }];
        let by_request = take(&house, "a", sent(&rows)).await.unwrap().receipt;
        house.pass(10);
        let by_file = house.upload(market_sends(&rows)).await.unwrap().receipt;

        assert_eq!((by_request.accepted, by_request.rejected), (2, 1));
        assert_eq!((by_file.accepted, by_file.repeated, by_file.rejected), (0, 2, 1));
        assert_ne!(by_request.rows_sha256, Some(Digest::ZERO));
    }

    async fn one_key_twice_at_once_stores_once(house: House) {
        let second = house.second().await;
        for round in 0..5 {
            let key = format!("k{round}");
            let rows = sent(&[row(10 + round)]);
            let actor = regulator(MARKET);
            let (one, two) = tokio::join!(
                lines::take(&house.app, &actor, &key, rows.clone()),
                lines::take(&second, &actor, &key, rows)
            );
            let (one, two) = (one.unwrap(), two.unwrap());
            assert_eq!(one.receipt, two.receipt);
            assert!(one.replayed != two.replayed);
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, 5);
    }

    async fn a_request_has_a_key_and_some_rows(house: House) {
        for key in ["", &"k".repeat(201), "a\nb"] {
            assert!(matches!(take(&house, key, sent(&[row(1)])).await, Err(Error::BadKey)), "{key:?}");
        }
        for bytes in [b"".to_vec(), b"\n \n".to_vec(), b"{}\n".repeat(ROWS + 1)] {
            let refused = take(&house, "a", Sent { bytes, ..sent(&[]) }).await;
            assert!(matches!(refused, Err(Error::Rows(_))), "{refused:?}");
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM idempotency").await, 0);
    }

    async fn the_line_for_places_has_an_end(house: House) {
        let mut taken = Vec::new();
        for _ in 0..4 {
            taken.push(lines::place(&house.app).await.unwrap());
        }
        let waits = || {
            let app = house.app.clone();
            tokio::spawn(async move { lines::place(&app).await.map(drop) })
        };
        let waiting: Vec<_> = (0..16).map(|_| waits()).collect();
        // One more than there is room for is sent away, whichever it is.
        let one_more = waits();
        let sent_away = async {
            loop {
                let over = waiting.iter().chain([&one_more]).filter(|waits| waits.is_finished()).count();
                if over > 0 {
                    return over;
                }
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(tokio::time::timeout(std::time::Duration::from_secs(30), sent_away).await.unwrap(), 1);
        drop(taken);
        let mut full = 0;
        for waits in waiting.into_iter().chain([one_more]) {
            full += u32::from(matches!(waits.await.unwrap(), Err(Error::Full)));
        }
        assert_eq!(full, 1);
        assert!(lines::place(&house.app).await.is_ok());
    }
}
