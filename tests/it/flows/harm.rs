//! Requests that are dropped half-way, objects that are lost or changed, and a disk that is full.

use std::path::{Path, PathBuf};
use std::process::Command;

use mingzheng::flow::jobs::Job;
use mingzheng::flow::upload::{self, Error as NotUploaded};
use mingzheng::flow::{Actor, App, amend, candidates, cases, records, register, trust, uploads, worker};
use mingzheng::rules::{Act, CaseKind, Change, JobState};
use mingzheng::store::{Settings, Store};
use uuid::Uuid;

use super::cases::{opened, shown as with_a_report};
use super::faults::{drop_after, settle};
use super::house::{House, MARKET, PARENT, Row, keys_into, market_sends, regulator, row, subject};
use super::large::{faulty, in_threes, job, receipt, shown, worked};
use crate::engines::{Place, on_both_engines};
use crate::rules::house::day;

async fn versions(house: &House) -> i64 {
    house.number("SELECT COUNT(*) FROM record_version").await
}

/// The record with the document number of a row.
async fn record_of(house: &House, row: &Row) -> Uuid {
    let wanted =
        records::Wanted { document_number: Some(row.document.clone()), ..records::Wanted::default() };
    let found = records::search(&house.app, &regulator(MARKET), &wanted).await.unwrap();
    found.records[0].version.record
}

on_both_engines! {
    async fn a_change_that_is_dropped_at_any_moment_was_made_or_not(house: House) {
        let rows: Vec<Row> = (0..60).map(row).collect();
        house.send(&rows).await;
        let (mut there, mut not) = (0, 0);
        for (polls, of) in (0..60_u32).zip(&rows).step_by(2) {
            house.pass(1000);
            let (record, before) = (record_of(&house, of).await, versions(&house).await);
            let change = Change::new(Act::Suspend { from: day("2026-06-01"), until: None }, None);
            let (actor, key) = (regulator(MARKET), format!("k-{polls}"));
            let change = async || amend::amend(&house.app, &actor, record, &change, Some(&key)).await;
            let done = drop_after(polls, change()).await;
            settle(&house).await;
            let after = versions(&house).await;
            assert!(after == before || after == before + 1, "{polls}: {before} {after}");
            assert!(done.is_none() || after == before + 1, "{polls}");

            let again = change().await.unwrap();
            assert_eq!(again.repeated, after == before + 1, "{polls}");
            assert_eq!((again.version.number, versions(&house).await), (2, before + 1), "{polls}");
            if again.repeated { there += 1 } else { not += 1 }
        }
        assert!(there > 0 && not > 0, "{there} {not}");
        house.journal().await;
    }

    async fn a_row_kept_aside_whose_resolution_is_dropped_is_somebody_s_or_open(house: House) {
        let rows: Vec<Row> = (0..60).map(|n| Row { code: String::new(), ..row(n) }).collect();
        house.send(&rows).await;
        let open = candidates::open(&house.app, &regulator(MARKET), None, None, None, Some(200)).await.unwrap();
        let (mut there, mut not) = (0, 0);
        for (polls, row) in (0..60_u32).zip(&open.rows).step_by(2) {
            house.pass(1000);
            let (actor, before) = (regulator(MARKET), versions(&house).await);
            let resolve = async || candidates::resolve(&house.app, &actor, row.id, PARENT, "经核对").await;
            let done = drop_after(polls, resolve()).await;
            settle(&house).await;
            let after = versions(&house).await;
            assert!(after == before || after == before + 1, "{polls}: {before} {after}");
            assert!(done.is_none() || after == before + 1, "{polls}");

            match resolve().await {
                Ok(_) => not += 1,
                Err(candidates::Error::Already(id, _)) if id == row.id && after > before => there += 1,
                Err(other) => panic!("{polls}: {other:?}"),
            }
            assert_eq!(versions(&house).await, before + 1, "{polls}");
        }
        assert!(there > 0 && not > 0, "{there} {not}");
        assert_eq!(house.number("SELECT COUNT(*) FROM candidate WHERE resolved_at IS NULL").await, 30);
        house.journal().await;
    }

    async fn a_file_of_ours_that_was_lost_or_changed_is_told_by_its_digest(house: House) {
        let app = in_threes(&house).await;
        house.send(&[row(1)]).await;
        house.pass(10);
        let operator = Actor::operator();
        let done = worked(&app, &job(&app, market_sends(&[row(1), row(2), faulty(3)])).await).await;
        let told = receipt(&done);
        let files = [told.rejects_sha256.unwrap(), told.listed_sha256.unwrap()];
        for (digest, of) in files.into_iter().zip(["rejects", "rows"]) {
            let fetch = async || match of {
                "rejects" => uploads::rejects(&app, &operator, told.upload).await.map(|(file, ..)| file),
                _ => uploads::rows(&app, &operator, told.upload).await,
            };
            let kept = fetch().await.unwrap().read().await.unwrap();
            let mut changed = kept.clone();
            changed[0] ^= 1;
            for damage in [Some(&changed[..]), Some(&kept[1..]), None] {
                match damage {
                    Some(bytes) => std::fs::write(house.object(digest), bytes).unwrap(),
                    None => std::fs::remove_file(house.object(digest)).unwrap(),
                }
                let lost = fetch().await;
                assert!(matches!(lost, Err(uploads::Error::Lost(id)) if id == told.upload), "{of}: {lost:?}");
            }
            std::fs::write(house.object(digest), &kept).unwrap();
            assert_eq!(fetch().await.unwrap().read().await.unwrap(), kept, "{of}");
        }
    }

    async fn evidence_that_was_lost_or_changed_is_told_by_its_digest_and_mended_by_bringing_it_again(house: House) {
        with_a_report(&house).await;
        let (id, me) = (opened(&house, CaseKind::Objection, 1).await.case.case.id, subject(PARENT));
        let bytes = b"%PDF-1.7 decision";
        let add = async || cases::add_evidence(&house.app, &me, id, "a.pdf", bytes).await.unwrap();
        let piece = add().await.piece;
        for damage in [Some(&b"%PDF-1.7 Decision"[..]), Some(&b"%PDF"[..]), None] {
            match damage {
                Some(bytes) => std::fs::write(house.object(piece.digest), bytes).unwrap(),
                None => std::fs::remove_file(house.object(piece.digest)).unwrap(),
            }
            let lost = cases::fetch_evidence(&house.app, &me, id, piece.place).await;
            assert!(matches!(lost, Err(cases::Error::Store(_))), "{lost:?}");
            assert!(add().await.repeated);
            let mended = cases::fetch_evidence(&house.app, &me, id, piece.place).await.unwrap();
            assert_eq!(mended.2, bytes);
        }
    }
}

/// A file system of some MiB, for as long as this lives.
struct Mounted(tempfile::TempDir);

impl Mounted {
    /// `None`, and a word about it, where this user may not mount.
    fn of_mib(size: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}m"), "mingzheng-test"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        eprintln!(
            "skipped: this user may not mount a small file system; `flows::full` and `cli::jobs` tell what happens without room"
        );
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
        if !unmounted.is_ok_and(|unmounted| unmounted.success()) {
            println!("{} stays mounted", self.path().display());
        }
    }
}

/// A service whose whole home is on the mounted file system, and a file there that takes away room.
async fn at_home(house: &House, mounted: &Mounted) -> (App, Store, PathBuf) {
    let home = mounted.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let url = format!("sqlite://{}/mingzheng.db", home.display());
    keys_into(&home.join("keys"));
    let change = |config: &mut mingzheng::config::Config| {
        config.home.0.clone_from(&home);
        config.store.url = Some(url.clone());
        config.jobs.part_rows = 100;
    };
    let app = house.with(change).await.unwrap();
    app.migrate().await.unwrap();
    let (operator, samples) = (Actor::operator(), Path::new(env!("CARGO_MANIFEST_DIR")).join("data/samples"));
    let authorities = std::fs::read_to_string(samples.join("authorities.toml")).unwrap();
    register::authorities(&app, &operator, &authorities).await.unwrap();
    let ballast = mounted.path().join("ballast");
    (app, Store::open(&Settings::at(&url)).await.unwrap(), ballast)
}

async fn stored(store: &Store) -> i64 {
    let mingzheng::store::Tx::Sqlite(mut tx) = store.read().await.unwrap() else { panic!() };
    sqlx::query_scalar("SELECT COUNT(*) FROM record_version").fetch_one(&mut *tx).await.unwrap()
}

/// Leaves so many bytes of room.
fn fill(ballast: &Path, room: u64) {
    let free = || {
        let told = Command::new("df").args(["--output=avail", "-B1"]).arg(ballast.parent().unwrap()).output();
        let told = String::from_utf8(told.unwrap().stdout).unwrap();
        told.lines().nth(1).unwrap().trim().parse::<u64>().unwrap()
    };
    let bytes = usize::try_from(free().saturating_sub(room)).unwrap();
    std::fs::write(ballast, vec![0; bytes]).unwrap();
}

/// Three hundred rows of a round, 250 KB of them.
fn three_hundred(round: u32) -> upload::Sent {
    let long = "当事人未按规定明码标价。".repeat(20);
    let rows = (0..300).map(|n| Row { facts: long.clone(), ..row(round * 1000 + n) });
    market_sends(&rows.collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_nothing_is_half_done_and_with_room_again_it_goes_on() {
    let Some(mounted) = Mounted::of_mib(24) else { return };
    let house = House::from(Place::on_sqlite().await);
    let (app, store, ballast) = at_home(&house, &mounted).await;
    let actor = regulator(MARKET);
    // Room for nothing, for the file itself, and for the file and some of its rows.
    let mut told = 0;
    for (round, room) in (0_u32..).zip([0, 100_000, 400_000, 700_000, 1_000_000, 1_400_000, 8_000_000]) {
        let before = stored(&store).await;
        fill(&ballast, room);
        let taken = upload::upload(&app, &actor, three_hundred(round)).await;
        std::fs::remove_file(&ballast).unwrap();
        match taken {
            Ok(done) => assert_eq!(done.receipt.accepted, 300),
            Err(NotUploaded::Store(error)) => {
                assert!(error.may_pass(), "{room}: {error:?}");
                assert_eq!(stored(&store).await, before, "{room}");
                told += 1;
            }
            Err(other) => panic!("{room}: {other:?}"),
        }
        let again = upload::upload(&app, &actor, three_hundred(round)).await.unwrap();
        assert_eq!((again.receipt.accepted, stored(&store).await), (300, before + 300), "{room}");
    }
    assert!((2..7).contains(&told), "{told}");
    trust::check_journal(&app).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_meets_a_full_disk_goes_on_where_it_was() {
    let Some(mounted) = Mounted::of_mib(24) else { return };
    let house = House::from(Place::on_sqlite().await);
    let (app, store, ballast) = at_home(&house, &mounted).await;
    let mut met = 0;
    for (round, room) in (0_u32..).zip([0, 300_000, 800_000, 1_200_000]) {
        let before = stored(&store).await;
        let open = job(&app, three_hundred(round)).await;
        fill(&ballast, room);
        let _ = worker::work_once(&app).await;
        std::fs::remove_file(&ballast).unwrap();
        let now = shown(&app, &open).await;
        met += u32::from(now.state != JobState::Done);
        let whole_parts = stored(&store).await - before;
        assert_eq!(whole_parts % 100, 0, "{room}: parts are whole");
        let done = until_done(&house, &app, &open).await;
        let told = receipt(&done);
        assert_eq!((told.submitted, told.accepted, told.repeated), (300, 300, 0), "{room}");
        assert_eq!(stored(&store).await, before + 300);
    }
    assert!(met > 1, "{met}");
    trust::check_journal(&app).await.unwrap();
}

/// Works on past leases and waits.
async fn until_done(house: &House, app: &App, open: &Job) -> Job {
    let now = shown(app, open).await;
    if now.state == JobState::Done { now } else { super::large_faults::to_the_end(house, app, open).await }
}
