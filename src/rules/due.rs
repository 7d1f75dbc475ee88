//! How long each part of a case may take, in working days: when it is due, and when somebody is to be reminded.
//!
//! Times of day count on working days only, so that no reminder falls on a holiday. A day ends at midnight in Shanghai: what
//! is due on a day may be done all day long.

use serde::{Deserialize, Serialize};
use time::Date;

use super::calendar::Calendar;
use super::case::{CaseKind, CaseState, Progress};
use super::instant::Instant;
use super::words::told;

/// To accept a case and send it to its authority: by the next working day.
const ACCEPT: u32 = 1;
/// For the authority to decide: 5 working days, as for repairs in Tianjin since 2021 (15 before).
const DECIDE: u32 = 5;
/// What one extension adds.
const EXTENSION: u32 = 5;
/// To withdraw what a decision that fell says: 3 working days (Administrative Penalty Law 2021, articles 48 and 85).
const ANNUL: u32 = 3;
/// To verify a commitment on which a repair was granted: a rule of our own.
const VERIFY: u32 = 20;
/// Somebody is reminded when this share of the working time has passed, in percent.
const REMIND_AT: i64 = 80;

/// When a part of a case is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The last moment.
    pub at: Instant,
    /// From when on the end is near.
    pub near_at: Instant,
    /// Whether the holidays of every year it runs through are known; where not, only weekends were left out.
    pub calendar_known: bool,
}

told! {
    /// Of what somebody is reminded.
    Reminder:
    Near = "near", "即将到期", "it is due soon";
    Overdue = "overdue", "已超期", "it is overdue";
}

/// The working days that this part of a case may take; `None` where it waits for nobody.
#[must_use]
pub fn working_days(progress: &Progress) -> Option<u32> {
    match (progress.kind, progress.state) {
        (CaseKind::Annulment, CaseState::Submitted) => Some(ANNUL),
        (_, CaseState::Submitted | CaseState::Accepted) => Some(ACCEPT),
        (_, CaseState::WithAuthority) => Some(DECIDE + if progress.extended { EXTENSION } else { 0 }),
        (_, CaseState::GrantedOnCommitment) => Some(VERIFY),
        _ => None,
    }
}

/// When this part of a case is due, its time counted from an instant.
#[must_use]
pub fn due(calendar: &Calendar, progress: &Progress, counted_from: Instant) -> Option<Due> {
    let days = working_days(progress)?;
    let first = counted_from.local_day();
    let last = calendar.add_working_days(first, days);
    let at = Instant::end_of(last);
    Some(Due {
        at,
        near_at: share(calendar, counted_from, at, REMIND_AT),
        calendar_known: (first.year()..=last.year()).all(|year| calendar.knows(year)),
    })
}

impl Due {
    /// Of what somebody is to be reminded at an instant.
    #[must_use]
    pub fn reminder(&self, now: Instant) -> Option<Reminder> {
        if now > self.at {
            Some(Reminder::Overdue)
        } else if now >= self.near_at {
            Some(Reminder::Near)
        } else {
            None
        }
    }

    /// When the next reminder is due after one was given, or none was yet.
    #[must_use]
    pub fn next_reminder(&self, given: Option<Reminder>) -> Option<Instant> {
        match given {
            None => Some(self.near_at),
            Some(Reminder::Near) => Some(Instant::from_millis(self.at.millis() + 1)),
            Some(Reminder::Overdue) => None,
        }
    }
}

/// The moment at which a share of the working time from one instant to another has passed; the end itself where no working
/// time lies between them.
fn share(calendar: &Calendar, from: Instant, to: Instant, percent: i64) -> Instant {
    let wanted = worked(calendar, from, to).map(|(_, time)| time).sum::<i64>() * percent / 100;
    let mut passed = 0;
    for (begin, time) in worked(calendar, from, to) {
        if passed + time > wanted {
            return Instant::from_millis(begin + wanted - passed).min(to);
        }
        passed += time;
    }
    to
}

/// The stretches of working time between two instants: where each begins, and its length, in milliseconds.
fn worked(calendar: &Calendar, from: Instant, to: Instant) -> impl Iterator<Item = (i64, i64)> {
    let days = std::iter::successors(Some(from.local_day()), |day: &Date| day.next_day());
    days.take_while(move |day| *day <= to.local_day()).filter(|day| calendar.is_working_day(*day)).map(
        move |day| {
            let begin = Instant::start_of(day).max(from).millis();
            let end = Instant::end_of(day).min(to).millis() + 1;
            (begin, (end - begin).max(0))
        },
    )
}
