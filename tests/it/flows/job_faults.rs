//! Every change of a job fails twice: lost, and kept but reported lost. No job is lost, none is done twice, and what was asked for
//! once more is answered.

use mingzheng::flow::jobs::{self, Error, Job};
use mingzheng::flow::upload::Sent;
use mingzheng::flow::{Actor, App, worker};
use mingzheng::rules::JobState;
use mingzheng::store::Tx;

use super::faults::{deaf_proxy, refuse, settle};
use super::house::{House, MARKET, market_sends, regulator, row};
use super::large::{bring, faulty, in_threes, job, receipt, shown, worked};
use super::large_faults::{LEASE, to_the_end};
use crate::engines::{Place, execute, on_both_engines};

/// Makes the engine refuse the changes of a job that a condition tells, and takes that back.
async fn refuse_change(house: &House, condition: Option<&str>) {
    let mut tx = house.store.write().await.unwrap();
    let statements = match (condition, &tx) {
        (Some(when), Tx::Sqlite(_)) => vec![format!(
            "CREATE TRIGGER held BEFORE UPDATE ON job WHEN {when} BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )],
        (Some(when), Tx::Postgres(_)) => vec![
            "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$".to_owned(),
            format!("CREATE TRIGGER held BEFORE UPDATE ON job FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION held()"),
        ],
        (None, Tx::Sqlite(_)) => vec!["DROP TRIGGER held".to_owned()],
        (None, Tx::Postgres(_)) => vec!["DROP FUNCTION held() CASCADE".to_owned()],
    };
    for sql in statements {
        execute(&mut tx, sql.leak()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

const CLAIM: &str = "OLD.state = 'queued' AND NEW.state = 'running'";
const ADVANCE: &str = "OLD.state = 'running' AND NEW.state = 'running' AND NEW.revision > OLD.revision AND NEW.attempts = OLD.attempts";
const RENEW: &str = "NEW.revision = OLD.revision";
const PUT_OFF: &str = "OLD.state = 'running' AND NEW.state = 'queued'";
const FINISH: &str = "NEW.state IN ('done', 'failed', 'cancelled') AND OLD.state <> NEW.state";
const CANCEL: &str = "NEW.cancel <> OLD.cancel";
const REVIVE: &str = "OLD.state = 'failed' AND NEW.state = 'queued'";

/// A file of three parts with rows of its own, in good order.
fn file(round: u32) -> Sent {
    market_sends(&(0..7).map(|n| row(3000 + round * 10 + n)).collect::<Vec<_>>())
}

/// A file that fails for good: strict was asked for, and a row is faulty.
fn hopeless(round: u32) -> Sent {
    Sent { strict: true, ..market_sends(&[row(4000 + round), faulty(5000 + round)]) }
}

async fn versions(house: &House) -> i64 {
    house.number("SELECT COUNT(*) FROM record_version").await
}

/// The job came to its end, and each of its rows is there once.
async fn whole(house: &House, job: &Job, before: i64) {
    assert_eq!(job.state, JobState::Done, "{job:?}");
    let told = receipt(job);
    assert_eq!((told.submitted, told.accepted, told.repeated, told.rejected), (7, 7, 0, 0));
    assert_eq!(versions(house).await, before + 7);
    house.journal().await;
}

/// A job that has failed.
async fn failed(house: &House, app: &App, round: u32) -> Job {
    let failed = to_the_end(house, app, &job(app, hopeless(round)).await).await;
    assert_eq!(failed.state, JobState::Failed, "{failed:?}");
    failed
}

on_both_engines! {
    async fn whichever_change_of_its_job_cannot_be_stored_the_file_is_stored_once(house: House) {
        let app = in_threes(&house).await;
        for (round, change) in (0..).zip([CLAIM, ADVANCE, FINISH]) {
            let before = versions(&house).await;
            let open = job(&app, file(round)).await;
            refuse_change(&house, Some(change)).await;
            let met = worker::work_once(&app).await;
            refuse_change(&house, None).await;
            assert_eq!(met.is_err(), change == CLAIM, "{change}: {met:?}");
            let now = shown(&app, &open).await;
            assert_eq!((now.state, now.attempts), (JobState::Queued, u32::from(change != CLAIM)), "{change}");
            // No step was told as done that was not: the first one needs the proof that the job is held.
            if change != FINISH {
                assert_eq!(versions(&house).await, before, "{change}");
            }
            whole(&house, &to_the_end(&house, &app, &open).await, before).await;
        }
    }

    async fn a_job_that_cannot_be_put_off_or_failed_is_taken_again_after_its_lease(house: House) {
        let app = in_threes(&house).await;
        let open = job(&app, file(0)).await;
        refuse(&house, "record_version", true).await;
        refuse_change(&house, Some(PUT_OFF)).await;
        assert!(worker::work_once(&app).await.is_err());
        refuse_change(&house, None).await;
        refuse(&house, "record_version", false).await;
        assert_eq!(shown(&app, &open).await.state, JobState::Running);
        assert_eq!(worker::work_once(&app).await.unwrap(), None, "somebody holds it");
        whole(&house, &to_the_end(&house, &app, &open).await, 0).await;

        let open = job(&app, hopeless(0)).await;
        refuse_change(&house, Some(FINISH)).await;
        assert!(worker::work_once(&app).await.is_err());
        refuse_change(&house, None).await;
        assert_eq!(shown(&app, &open).await.state, JobState::Running);
        house.pass(LEASE);
        assert_eq!(worked(&app, &open).await.state, JobState::Failed);
        assert_eq!(versions(&house).await, 7);
    }

    async fn a_lease_that_cannot_be_renewed_costs_nothing_while_steps_are_taken(house: House) {
        let app = house.with(|config| (config.jobs.part_rows, config.jobs.lease_seconds) = (3, 3)).await.unwrap();
        let open = job(&app, file(0)).await;
        refuse_change(&house, Some(RENEW)).await;
        let mut holder = house.store.write().await.unwrap();
        mingzheng::store::journal::hold(&mut holder).await.unwrap();
        let waits = async {
            tokio::time::sleep(std::time::Duration::from_millis(2_500)).await; // two renewals fall into it
            drop(holder);
        };
        let (met, ()) = tokio::join!(worker::work_once(&app), waits);
        met.unwrap();
        whole(&house, &shown(&app, &open).await, 0).await;
        refuse_change(&house, None).await;
    }

    async fn an_end_that_cannot_be_stored_was_not_wanted(house: House) {
        let app = in_threes(&house).await;
        let open = job(&app, file(0)).await;
        let entries = house.journal().await;
        for (change, table) in [(Some(CANCEL), None), (None, Some("journal"))] {
            match (change, table) {
                (Some(_), _) => refuse_change(&house, change).await,
                (None, table) => refuse(&house, table.unwrap(), true).await,
            }
            let lost = jobs::cancel(&app, &regulator(MARKET), open.id).await;
            assert!(matches!(lost, Err(Error::Store(_))), "{lost:?}");
            match table {
                Some(table) => refuse(&house, table, false).await,
                None => refuse_change(&house, None).await,
            }
            assert_eq!(shown(&app, &open).await, open);
            assert_eq!(house.journal().await, entries);
        }
        let ended = jobs::cancel(&app, &regulator(MARKET), open.id).await.unwrap();
        assert_eq!(ended.state, JobState::Cancelled);
        assert_eq!(versions(&house).await, 0);
    }

    async fn a_revival_that_cannot_be_stored_leaves_the_job_failed(house: House) {
        let app = in_threes(&house).await;
        let failed = failed(&house, &app, 0).await;
        let entries = house.journal().await;
        refuse_change(&house, Some(REVIVE)).await;
        let lost = jobs::retry(&app, &Actor::operator(), failed.id).await;
        assert!(matches!(lost, Err(Error::Store(_))), "{lost:?}");
        assert!(bring(&app, hopeless(0), true).await.is_err());
        refuse_change(&house, None).await;
        assert_eq!((shown(&app, &failed).await, house.journal().await), (failed.clone(), entries));
        let revived = jobs::retry(&app, &Actor::operator(), failed.id).await.unwrap();
        assert_eq!((revived.state, revived.attempts), (JobState::Queued, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_kept_but_reported_lost_is_there_when_it_is_asked_for_again() {
    let Some(place) = Place::on_postgres().await else { return };
    let url = place.url.clone();
    let house = House::from(place);
    let (_, rest) = url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let app = in_threes(&house).await;
    let (mut brought, mut ended, mut revived, mut failures) = (0, 0, 0, 0);
    for commits in 0..6 {
        let round = u32::try_from(commits).unwrap();
        let deaf = async || {
            let through =
                format!("postgres://postgres@{}/{database}", deaf_proxy(server.to_owned(), commits).await);
            house.with(|config| (config.jobs.part_rows, config.store.url) = (3, Some(through))).await
        };
        // A file is brought: it has one job, however often it is brought.
        let Ok(app_bringing) = deaf().await else { continue };
        if bring(&app_bringing, file(round), true).await.is_err() {
            settle(&house).await;
            brought += 1;
        }
        let open = job(&app, file(round)).await;
        let count = house.number("SELECT COUNT(*) FROM job WHERE state = 'queued'").await;
        assert_eq!(count, 1, "{commits}");
        // It is ended: once.
        let Ok(app_ending) = deaf().await else { continue };
        if jobs::cancel(&app_ending, &regulator(MARKET), open.id).await.is_err() {
            settle(&house).await;
            let again = jobs::cancel(&app, &regulator(MARKET), open.id).await;
            assert!(matches!(again, Err(Error::Over(_, JobState::Cancelled))), "{again:?}");
            ended += 1;
        }
        assert_eq!(shown(&app, &open).await.state, JobState::Cancelled);
        // A job fails: for good, and for one reason.
        let open = job(&app, hopeless(round)).await;
        let Ok(app_failing) = deaf().await else { continue };
        failures += u32::from(worker::work_once(&app_failing).await.is_err());
        settle(&house).await;
        let now = shown(&app, &open).await;
        let failed = if now.state.is_final() { now } else { to_the_end(&house, &app, &open).await };
        assert_eq!(failed.state, JobState::Failed, "{commits}");
        // It is revived: once.
        let Ok(app_reviving) = deaf().await else { continue };
        if jobs::retry(&app_reviving, &Actor::operator(), open.id).await.is_err() {
            settle(&house).await;
            let again = jobs::retry(&app, &Actor::operator(), open.id).await;
            assert!(matches!(again, Err(Error::NotFailed(_, JobState::Queued))), "{again:?}");
            revived += 1;
        }
        let waits = shown(&app, &open).await;
        assert_eq!(waits.state, JobState::Queued);
        jobs::cancel(&app, &Actor::operator(), open.id).await.unwrap();
        // It was begun before: a worker ends it, for it might have something to show.
        assert_eq!(to_the_end(&house, &app, &open).await.state, JobState::Cancelled);
    }
    assert!(
        brought > 0 && ended > 0 && revived > 0 && failures > 0,
        "{brought} {ended} {revived} {failures}"
    );
    assert_eq!(versions(&house).await, 0);
    house.journal().await;
}
