//! Jobs: whose they are, who takes them, and what is kept of them.

use mingzheng::flow::jobs::{self, Error};
use mingzheng::flow::{Actor, worker};
use mingzheng::rules::JobState;
use mingzheng::store::jobs as kept;
use uuid::Uuid;

use super::house::{ECOLOGY, House, MARKET, PARENT, market_sends, regulator, row, subject};
use super::large::{in_threes, job, reason, shown, worked};
use crate::engines::on_both_engines;

on_both_engines! {
    async fn everybody_sees_the_jobs_that_are_theirs(house: House) {
        let app = in_threes(&house).await;
        let mut made = Vec::new();
        for number in 1..=3 {
            made.push(job(&app, market_sends(&[row(number)])).await.id);
            house.pass(10);
        }
        made.reverse();
        for actor in [Actor::operator(), regulator(MARKET)] {
            let listed: Vec<Uuid> = jobs::list(&app, &actor, None, 9).await.unwrap().iter().map(|job| job.id).collect();
            assert_eq!(listed, made);
            let first = jobs::list(&app, &actor, None, 1).await.unwrap().remove(0);
            let rest = jobs::list(&app, &actor, Some((first.created_at, first.id)), 9).await.unwrap();
            assert_eq!(rest.iter().map(|job| job.id).collect::<Vec<_>>(), made[1..]);
        }
        for actor in [regulator(ECOLOGY), subject(PARENT)] {
            assert_eq!(jobs::list(&app, &actor, None, 9).await.unwrap(), []);
            for refused in [
                jobs::show(&app, &actor, made[0]).await,
                jobs::cancel(&app, &actor, made[0]).await,
            ] {
                assert!(matches!(refused, Err(Error::Unknown(_))), "{refused:?}");
            }
        }
        assert!(matches!(jobs::show(&app, &Actor::operator(), Uuid::nil()).await, Err(Error::Unknown(_))));
        assert_eq!(jobs::counts(&app).await.unwrap(), (3, 0));
    }

    async fn the_job_that_is_due_the_longest_is_taken_first(house: House) {
        let app = in_threes(&house).await;
        let first = job(&app, market_sends(&[row(1)])).await;
        house.pass(10);
        let second = job(&app, market_sends(&[row(2)])).await;
        assert_eq!(worker::work_once(&app).await.unwrap(), Some(first.id));
        assert_eq!(worker::work_once(&app).await.unwrap(), Some(second.id));
        assert_eq!(worker::work_once(&app).await.unwrap(), None);
    }

    async fn what_is_over_is_neither_ended_nor_tried_again(house: House) {
        let app = in_threes(&house).await;
        let done = job(&app, market_sends(&[row(1)])).await;
        house.pass(10);
        let waits = job(&app, market_sends(&[row(2)])).await;
        worked(&app, &done).await;
        let refused = jobs::cancel(&app, &regulator(MARKET), done.id).await;
        assert!(matches!(refused, Err(Error::Over(_, JobState::Done))), "{refused:?}");
        for id in [done.id, waits.id] {
            let refused = jobs::retry(&app, &Actor::operator(), id).await;
            assert!(matches!(refused, Err(Error::NotFailed(..))), "{refused:?}");
        }
        let ended = jobs::cancel(&app, &regulator(MARKET), waits.id).await.unwrap();
        assert_eq!(ended.state, JobState::Cancelled);
        assert_eq!(worker::work_once(&app).await.unwrap(), None);
        assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, 1);
    }

    async fn a_job_that_ends_its_workers_is_set_aside(house: House) {
        let app = house.with(|config| config.jobs.tries = 2).await.unwrap();
        let open = job(&app, market_sends(&[row(1)])).await;
        for _ in 0..2 {
            let mut tx = house.store.write().await.unwrap();
            let now = house.app.now();
            kept::claim(&mut tx, None, Uuid::from_u128(9), now, now).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            house.pass(10);
        }
        let aside = worked(&app, &open).await;
        assert_eq!(aside.state, JobState::Failed);
        assert!(reason(&aside).contains("never came to an end"), "{}", reason(&aside));
    }

    async fn workers_take_what_comes_until_they_are_told_to_stop(house: House) {
        let app = in_threes(&house).await;
        let working = tokio::spawn(worker::work(app.clone()));
        let open = job(&app, market_sends(&[row(1), row(2)])).await;
        let patience = std::time::Duration::from_mins(1);
        let mut now = shown(&app, &open).await;
        while !now.state.is_final() {
            now = jobs::moved(&app, &Actor::operator(), open.id, now.revision, patience).await.unwrap();
        }
        assert_eq!(now.state, JobState::Done, "{now:?}");
        jobs::stop(&app);
        tokio::time::timeout(patience, working).await.unwrap().unwrap();
    }

    async fn jobs_that_ended_long_ago_are_forgotten_and_others_kept(house: House) {
        let app = in_threes(&house).await;
        let done = job(&app, market_sends(&[row(1)])).await;
        worked(&app, &done).await;
        let waits = job(&app, market_sends(&[row(2)])).await;
        house.pass(1_000);
        let mut tx = house.store.write().await.unwrap();
        assert_eq!(kept::forget_before(&mut tx, house.app.now()).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(shown(&app, &waits).await.state, JobState::Queued);
        assert!(matches!(jobs::show(&app, &Actor::operator(), done.id).await, Err(Error::Unknown(_))));
    }
}
