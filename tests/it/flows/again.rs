//! What was taken back can come again, and what waits is not settled by what says nothing about it.

use mingzheng::flow::candidates::{self, Open};
use mingzheng::flow::issue::Ask;
use mingzheng::flow::upload::{Declared, Done, Error, Sent};
use mingzheng::flow::{Actor, amend, jobs, records, register};
use mingzheng::rules::facts::Conclusion;
use mingzheng::rules::{Act, Change, Period};
use uuid::Uuid;

use super::house::{
    AUTHORITIES, HEAD, House, MARKET, PARENT, Row, SUBSIDIARY, all_loaded, ask, csv, market_sends, regulator,
    row,
};
use super::large::{bring, in_threes, job, worked};
use super::operations::{ANNUL, Doing, SUSPEND, WITHDRAW, operations};
use crate::engines::on_both_engines;
use crate::rules::house::{code, day};

async fn send(house: &House, rows: &[Row]) -> Done {
    let done = house.send(rows).await;
    house.pass(10);
    done
}

/// Whether the listed company has records of market regulation decided in these days, as a report concludes.
async fn within(house: &House, days: Period) -> Conclusion {
    house.pass(10);
    let ask = Ask { from: Some(days.from), to: Some(days.to), ..ask() };
    house.issue(ask).await.unwrap().facts.domains[0].conclusion
}

async fn concluded(house: &House) -> Conclusion {
    within(house, Period { from: day("2023-11-22"), to: day("2026-11-22") }).await
}

/// Market regulation withdraws the record that it sent.
async fn withdraw(house: &House) {
    let found = records::search(&house.app, &regulator(MARKET), &records::Wanted::default()).await.unwrap();
    let change = Change::new(Act::Withdraw { on: None }, Some("报送有误"));
    let record = found.records[0].version.record;
    amend::amend(&house.app, &regulator(MARKET), record, &change, None).await.unwrap();
    house.pass(10);
}

async fn open(house: &House) -> Vec<Open> {
    candidates::open(&house.app, &regulator(MARKET), None, None, None, None).await.unwrap().rows
}

async fn resolve(house: &House, id: Uuid, to: &str) {
    house.pass(10);
    candidates::resolve(&house.app, &regulator(MARKET), id, to, "经核对").await.unwrap();
    house.pass(10);
}

fn nameless(number: u32) -> Row {
    Row { code: String::new(), ..row(number) }
}

on_both_engines! {
    async fn a_file_whose_record_was_withdrawn_is_read_afresh_when_it_comes_again(house: House) {
        house.declare().await;
        send(&house, &[row(1)]).await;
        assert!(send(&house, &[row(1)]).await.replayed);
        for times in 1..3 {
            withdraw(&house).await;
            assert_eq!(concluded(&house).await, Conclusion::None);
            let again = send(&house, &[row(1)]).await;
            assert_eq!((again.replayed, again.receipt.accepted), (false, 1), "{times}");
            assert_eq!(concluded(&house).await, Conclusion::Found);
            let known = send(&house, &[row(1)]).await;
            assert!(known.replayed && known.receipt == again.receipt, "{times}");
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM upload").await, 3);

        // The same in the background.
        withdraw(&house).await;
        let app = in_threes(&house).await;
        let open = job(&app, market_sends(&[row(1)])).await;
        worked(&app, &open).await;
        assert_eq!(concluded(&house).await, Conclusion::Found);
        assert!(send(&house, &[row(1)]).await.replayed);
    }

    async fn a_file_that_brings_a_record_and_takes_it_back_changes_nothing_when_it_comes_again(house: House) {
        house.declare().await;
        let record = csv(&[row(1)]);
        let record = String::from_utf8(record).unwrap();
        let line = record.lines().nth(1).unwrap();
        let Doing(operation, reason, on, ..) = WITHDRAW;
        let text = format!("{HEAD},操作,操作理由,操作日期\n{line},,,\n{line},{operation},{reason},{on}\n");
        let sent = || Sent { bytes: text.clone().into_bytes(), ..market_sends(&[]) };
        assert_eq!(house.upload(sent()).await.unwrap().receipt.accepted, 2);
        house.pass(10);
        assert!(house.upload(sent()).await.unwrap().replayed);
        assert_eq!(concluded(&house).await, Conclusion::None);

        // A longer file says all of it once more: the record stands in between, and not in the end.
        let longer = Sent { bytes: format!("{text}\n").into_bytes(), ..market_sends(&[]) };
        house.upload(longer).await.unwrap();
        assert_eq!(concluded(&house).await, Conclusion::None);
    }

    async fn a_row_with_a_name_alone_comes_again_after_its_record_was_withdrawn(house: House) {
        house.declare().await;
        send(&house, &[nameless(1)]).await;
        resolve(&house, open(&house).await[0].id, PARENT).await;
        assert_eq!(concluded(&house).await, Conclusion::Found);
        send(&house, &[nameless(1), row(9)]).await;
        assert!(open(&house).await.is_empty(), "it stands as a record");
        let found = records::search(&house.app, &regulator(MARKET), &records::Wanted::default()).await.unwrap();
        for shown in found.records {
            let change = Change::new(Act::Withdraw { on: None }, Some("报送有误"));
            amend::amend(&house.app, &regulator(MARKET), shown.version.record, &change, None).await.unwrap();
            house.pass(10);
        }
        assert_eq!(concluded(&house).await, Conclusion::None);

        send(&house, &[nameless(1)]).await;
        assert_eq!(open(&house).await.len(), 1);
        assert_eq!(concluded(&house).await, Conclusion::NotCovered);
    }

    async fn a_row_that_was_nobodys_comes_again_once_somebody_bears_its_name(house: House) {
        house.declare().await;
        let theirs = |number| Row { name: "后来登记有限公司", ..nameless(number) };
        send(&house, &[theirs(1)]).await;
        resolve(&house, open(&house).await[0].id, "nobody").await;
        send(&house, &[theirs(1), row(8)]).await;
        assert!(open(&house).await.is_empty(), "nobody bears the name yet");

        let newcomer = "91310115MATE5T99XR";
        let entry = format!("[[subject]]\nkind = \"enterprise\"\ncode = \"{newcomer}\"\nnames = [{{ name = \"后来登记有限公司\" }}]\n");
        register::subjects(&house.app, &Actor::operator(), &entry).await.unwrap();
        house.pass(10);
        send(&house, &[theirs(1), row(9)]).await;
        assert_eq!(open(&house).await.len(), 1);
        let asked = Ask { subject: newcomer.to_owned(), ..ask() };
        assert_eq!(house.issue(asked).await.unwrap().facts.domains[0].conclusion, Conclusion::NotCovered);
        // Whoever has looked at it knowing the bearer has said so for good.
        resolve(&house, open(&house).await[0].id, "nobody").await;
        send(&house, &[theirs(1), row(10)]).await;
        assert!(open(&house).await.is_empty());
    }

    async fn what_was_known_settles_no_row_about_another_day(house: House) {
        house.declare().await;
        let early = Row { decided: "2023/12/30".into(), ..row(1) };
        send(&house, std::slice::from_ref(&early)).await;
        // It is corrected to a day of the next year, with an amount that cannot be.
        let mended = Row { decided: "2024/03/10".into(), fine: "-1".into(), ..row(1) };
        assert_eq!(send(&house, &[mended]).await.receipt.rejected, 1);
        let year = Period { from: day("2024-01-01"), to: day("2024-12-31") };
        assert_eq!(within(&house, year).await, Conclusion::NotCovered);

        assert_eq!(send(&house, &[early.clone(), row(2)]).await.receipt.repeated, 1);
        assert_eq!(within(&house, year).await, Conclusion::NotCovered, "the old row says nothing of the correction");
        // A damaged row about the day that is known is settled by the good one.
        let damaged = Row { fine: "-2".into(), ..early.clone() };
        send(&house, &[damaged]).await;
        assert_eq!(open(&house).await.len(), 2);
        send(&house, &[early, row(3)]).await;
        assert_eq!(open(&house).await.len(), 1);
        send(&house, &[Row { decided: "2024/03/10".into(), fine: "3".into(), ..row(1) }]).await;
        assert!(open(&house).await.is_empty());
        assert_eq!(within(&house, year).await, Conclusion::Found);
    }

    async fn what_is_done_to_a_record_settles_no_row_about_what_it_says(house: House) {
        house.declare().await;
        send(&house, &[row(1)]).await;
        send(&house, &[Row { fine: "7".into(), ..nameless(1) }]).await;
        send(&house, &[Row { fine: "-7".into(), ..row(1) }]).await;
        assert_eq!(open(&house).await.len(), 2);
        let faulty = Doing("暂缓执行", "", "2026-06-41", "", "", "");
        house.upload(operations(&[(&row(1), faulty)])).await.unwrap();
        house.pass(10);
        assert_eq!(open(&house).await.len(), 3);

        house.upload(operations(&[(&row(1), SUSPEND)])).await.unwrap();
        house.pass(10);
        assert_eq!(open(&house).await.len(), 2, "it was to be suspended, and is");
        house.upload(operations(&[(&row(1), WITHDRAW)])).await.unwrap();
        assert_eq!(open(&house).await.len(), 2);
        assert_eq!(concluded(&house).await, Conclusion::NotCovered, "what the waiting rows say is not withdrawn");
        let refused = house.upload(operations(&[(&row(1), ANNUL)])).await.unwrap();
        assert_eq!(refused.receipt.rejected, 1);
    }

    async fn a_faulty_row_sent_for_two_domains_holds_back_both(house: House) {
        let both = AUTHORITIES.replacen(
            "[\"market-regulation\"]",
            "[\"market-regulation\", \"ecological-environment\"]",
            1,
        );
        register::authorities(&house.app, &Actor::operator(), &both).await.unwrap();
        house.pass(10);
        let faulty = Row { decided: "2025/02/30".into(), ..row(1) };
        for domain in ["market-regulation", "ecological-environment"] {
            for _ in 0..2 {
                let sent = Sent { domain: Some(domain.parse().unwrap()), ..market_sends(std::slice::from_ref(&faulty)) };
                house.upload(sent).await.unwrap();
                house.pass(10);
            }
        }
        let domains: Vec<String> = open(&house).await.iter().flat_map(|row| row.domains.iter().map(ToString::to_string)).collect();
        assert_eq!(domains, ["market-regulation", "ecological-environment"]);
    }

    async fn with_faulty_rows_nothing_is_declared_to_reach_further(house: House) {
        let since = |first: &str, lag| Declared { data_from: Some(day(first)), lag_days: Some(lag), ..all_loaded(&house) };
        let declares = async |rows: &[Row], declared| {
            let sent = Sent { declared: Some(declared), ..market_sends(rows) };
            let done = house.upload(sent).await.unwrap();
            house.pass(10);
            done.coverage_held_back
        };
        assert!(!declares(&[row(1)], since("2023-01-01", 5)).await);
        let faulty = Row { decided: "2025/02/30".into(), ..row(2) };
        assert!(declares(std::slice::from_ref(&faulty), since("2020-01-01", 5)).await, "back");
        assert!(declares(&[faulty, row(3)], since("2023-01-01", 30)).await, "with a longer delay");
        let held = "SELECT COUNT(*) FROM declaration WHERE data_from >= '2023-01-01' AND declared_lag_days = 5";
        assert_eq!(house.number(held).await, house.number("SELECT COUNT(*) FROM declaration").await);
        assert!(!declares(&[row(4)], since("2020-01-01", 30)).await, "a good file reaches as far as it says");
        assert_eq!(house.number("SELECT COUNT(*) FROM declaration WHERE data_from = '2020-01-01'").await, 1);
    }

    async fn while_a_file_waits_or_has_failed_nothing_is_declared_to_reach_further(house: House) {
        let app = in_threes(&house).await;
        house.declare().await;
        house.pass(86_400_000);
        let bare = || Sent { authority: Some(code(MARKET)), declared: Some(all_loaded(&house)), ..Sent::default() };
        let waits = job(&app, Sent { declared: Some(all_loaded(&house)), ..market_sends(&[row(1)]) }).await;
        house.pass(10);
        assert!(matches!(house.upload(bare()).await, Err(Error::Declaration(_))));
        let small = Sent { declared: Some(all_loaded(&house)), ..market_sends(&[row(2)]) };
        assert!(house.upload(small).await.unwrap().coverage_held_back);
        // What was declared can be said again.
        let same = Declared { complete_through: Some(day("2026-11-22")), ..all_loaded(&house) };
        house.upload(Sent { declared: Some(same), ..bare() }).await.unwrap();
        house.pass(10);
        let done = worked(&app, &waits).await;
        assert_eq!(done.outcome.unwrap()["coverage_held_back"], false, "it does not wait for itself");
        house.pass(10);
        house.upload(bare()).await.unwrap();

        house.pass(86_400_000);
        let lost = job(&app, market_sends(&[row(3)])).await;
        let kept = house.object(mingzheng::seal::digest(&csv(&[row(3)])));
        std::fs::remove_file(kept).unwrap();
        assert_eq!(worked(&app, &lost).await.state, mingzheng::rules::JobState::Failed);
        house.pass(10);
        assert!(matches!(house.upload(bare()).await, Err(Error::Declaration(_))), "what failed is not there");
        bring(&app, market_sends(&[row(3)]), true).await.unwrap();
        worked(&app, &lost).await;
        house.pass(10);
        house.upload(bare()).await.unwrap();
        assert!(jobs::show(&app, &Actor::operator(), lost.id).await.is_ok());
        assert_eq!(within(&house, Period { from: day("2023-11-22"), to: day("2026-11-24") }).await, Conclusion::Found);
        let other = Ask { subject: SUBSIDIARY.to_owned(), ..ask() };
        assert_eq!(house.issue(other).await.unwrap().facts.domains[0].conclusion, Conclusion::None);
    }
}
