//! Days, and periods of days.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, Duration, Month};

/// Reads a day written `YYYY-M-D` with `-`, `/` or `.`, or as eight digits. `None` where it is no day of 1900 to 9999.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    let (year, month, day) = match text.len() {
        8 if text.bytes().all(|b| b.is_ascii_digit()) => (&text[..4], &text[4..6], &text[6..]),
        _ => {
            let mark = text.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
            let (year, rest) = text.split_once(mark)?;
            let (month, day) = rest.split_once(mark)?;
            (year, month, day)
        }
    };
    let number = |part: &str, longest: usize| {
        let digits = !part.is_empty() && part.len() <= longest && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<u16>().ok()).flatten()
    };
    let month = Month::try_from(u8::try_from(number(month, 2)?).ok()?).ok()?;
    let day = u8::try_from(number(day, 2)?).ok()?;
    let date = Date::from_calendar_date(i32::from(number(year, 4)?), month, day).ok()?;
    (date.year() >= 1900).then_some(date)
}

/// The same day some years earlier; the last of February stands in for 29 February.
#[must_use]
pub fn years_before(day: Date, years: u16) -> Date {
    months_before(day, u32::from(years) * 12)
}

/// The same day some months earlier, or the last day of that month where it is shorter.
#[must_use]
pub fn months_before(day: Date, months: u32) -> Date {
    let count = i64::from(day.year()) * 12 + i64::from(u8::from(day.month())) - 1 - i64::from(months);
    let year = i32::try_from(count.div_euclid(12)).unwrap_or(Date::MIN.year());
    let month = u8::try_from(count.rem_euclid(12) + 1).ok().and_then(|m| Month::try_from(m).ok());
    let month = month.unwrap_or(Month::January); // 1 to 12 always
    Date::from_calendar_date(year, month, day.day().min(month.length(year))).unwrap_or(Date::MIN)
}

/// The same day some months later, or the last day of that month where it is shorter.
#[must_use]
pub fn months_after(day: Date, months: u32) -> Date {
    let count = i64::from(day.year()) * 12 + i64::from(u8::from(day.month())) - 1 + i64::from(months);
    let year = i32::try_from(count.div_euclid(12)).unwrap_or(Date::MAX.year());
    let month = u8::try_from(count.rem_euclid(12) + 1).ok().and_then(|m| Month::try_from(m).ok());
    let month = month.unwrap_or(Month::December); // 1 to 12 always
    Date::from_calendar_date(year, month, day.day().min(month.length(year))).unwrap_or(Date::MAX)
}

/// Days from `from` to `to`, both included; days are local days in Asia/Shanghai.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// Why a period cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPeriod {
    /// It ends before it begins.
    #[error("the period begins on {0} and ends before that, on {1}: exchange the two days")]
    UpsideDown(Date, Date),
    /// It ends in the future.
    #[error("the period ends on {0}, after today, {1}: end it today or earlier")]
    Future(Date, Date),
    /// It begins too long ago.
    #[error("the period begins on {0}; the earliest day that can be asked for is {1}")]
    TooLong(Date, Date),
}

impl Period {
    /// A period that may be asked for on `today`: not upside down, not in the future, not beginning more than `years`
    /// years ago.
    ///
    /// # Errors
    /// Says which of the three is broken, and by which day.
    pub fn asked(from: Date, to: Date, today: Date, years: u16) -> Result<Self, BadPeriod> {
        let earliest = years_before(today, years);
        if from > to {
            Err(BadPeriod::UpsideDown(from, to))
        } else if to > today {
            Err(BadPeriod::Future(to, today))
        } else if from < earliest {
            Err(BadPeriod::TooLong(from, earliest))
        } else {
            Ok(Self { from, to })
        }
    }

    /// Whether a day is within.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// The number of days.
    #[must_use]
    pub fn days(&self) -> i64 {
        (self.to - self.from + Duration::DAY).whole_days().max(0)
    }

    /// The common part of two periods.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let common = Self { from: self.from.max(other.from), to: self.to.min(other.to) };
        (common.from <= common.to).then_some(common)
    }
}

/// `2024-01-01/2024-12-31` (ISO 8601 interval).
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.from, self.to)
    }
}
