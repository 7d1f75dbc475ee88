//! Working days: weekends, public holidays, and weekends made up for (调休), announced year by year.

use std::collections::BTreeSet;

use serde::Deserialize;
use time::{Date, Weekday};

/// A calendar of working days, from a file that the operator edits each year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i32>,
    holidays: BTreeSet<Date>,
    worked: BTreeSet<Date>,
}

/// What is wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCalendar {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Shape(String),
    /// A day stands in a list of another year.
    #[error("{0} does not belong to the year {1}")]
    Year(Date, i32),
    /// A day is both a holiday and worked.
    #[error("{0} is both a holiday and a working day")]
    Both(Date),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    year: i32,
    holidays: Vec<Date>,
    worked: Vec<Date>,
}

impl Calendar {
    /// Reads a calendar from TOML: `[[year]]` with `year`, `holidays` and `worked` (days as `"2026-10-01"`).
    pub fn parse(text: &str) -> Result<Self, BadCalendar> {
        let file: File = toml::from_str(text).map_err(|e| BadCalendar::Shape(e.to_string()))?;
        let mut calendar =
            Self { years: BTreeSet::new(), holidays: BTreeSet::new(), worked: BTreeSet::new() };
        for Entry { year, holidays, worked } in file.year {
            if let Some(day) = holidays.iter().chain(&worked).find(|day| day.year() != year) {
                return Err(BadCalendar::Year(*day, year));
            }
            calendar.years.insert(year);
            calendar.holidays.extend(holidays);
            calendar.worked.extend(worked);
        }
        match calendar.holidays.intersection(&calendar.worked).next() {
            Some(day) => Err(BadCalendar::Both(*day)),
            None => Ok(calendar),
        }
    }

    /// Whether the year's holidays have been entered; without them only weekends are known.
    #[must_use]
    pub fn knows(&self, year: i32) -> bool {
        self.years.contains(&year)
    }

    /// Whether people work on this day.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.worked.contains(&day) || !(weekend || self.holidays.contains(&day))
    }

    /// The day on which the `count`-th working day after `day` falls; `day` itself is not counted.
    #[must_use]
    pub fn add_working_days(&self, day: Date, count: u32) -> Date {
        let mut last = day;
        let mut left = count;
        while left > 0 {
            let Some(next) = last.next_day() else { return last };
            last = next;
            left -= u32::from(self.is_working_day(last));
        }
        last
    }

    /// The working days after `from` up to and including `to`.
    #[must_use]
    pub fn working_days_between(&self, from: Date, to: Date) -> u32 {
        let mut count = 0;
        let mut day = from;
        while day < to {
            let Some(next) = day.next_day() else { return count };
            day = next;
            count += u32::from(self.is_working_day(day));
        }
        count
    }
}
