//! Days as cells write them.

use time::{Date, Duration};

use crate::rules::{normal, parse_day};

use super::fault::FaultCode;

/// Minutes that China is ahead of UTC.
const AHEAD: i64 = 8 * 60;
const MINUTES_OF_A_DAY: i64 = 24 * 60;

/// A day. A time of day behind it is dropped, unless an offset from UTC comes with it: then the day is the one it was in China, since
/// `2024-03-09T16:00:00Z` is how programs write midnight of 10 March there.
pub(super) fn day(cell: &str) -> Result<Date, (FaultCode, String)> {
    // A day in one of the usual shapes is in normal form.
    if let Some(day) = parse_day(cell) {
        return Ok(day);
    }
    let cell = cell.trim();
    let (date, clock) = match cell.split_once(['T', ' ']) {
        Some((date, clock))
            if clock.contains(':') && clock.chars().all(|c| "0123456789:. +-Z".contains(c)) =>
        {
            (date, Some(clock))
        }
        _ => (cell, None),
    };
    let text = normal::code(date).replace(['年', '月'], "-").replace('日', "");
    let shaped = {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let marks = text.chars().filter(|c| "-/.".contains(*c)).count();
        digits + marks == text.chars().count() && ((digits == 8 && marks == 0) || (digits >= 6 && marks == 2))
    };
    let wrong = if shaped { FaultCode::NoSuchDay } else { FaultCode::DateShape };
    let day = parse_day(&text).ok_or((wrong, String::new()))?;
    clock.map_or(Some(day), |clock| in_china(day, clock)).ok_or((FaultCode::DateShape, String::new()))
}

/// The day that it is in China when clocks elsewhere show this; the day itself where they are clocks in China.
fn in_china(day: Date, clock: &str) -> Option<Date> {
    let Some(at) = clock.find(['Z', '+', '-']) else { return Some(day) };
    let (time, zone) = clock.split_at(at);
    let mut parts = time.trim().split(':');
    let (hours, minutes) = (number(parts.next()?, 24)?, number(parts.next()?, 59)?);
    let moment = hours * 60 + minutes - offset(zone.trim())? + AHEAD;
    day.checked_add(Duration::days(moment.div_euclid(MINUTES_OF_A_DAY)))
}

/// Minutes ahead of UTC: `Z`, `+08:00`, `+0800`, `+08`, `-05:00`.
fn offset(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("Z", "") => return Some(0),
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replacen(':', "", 1);
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "00"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    Some(sign * (number(hours, 18)? * 60 + number(minutes, 59)?))
}

fn number(digits: &str, most: i64) -> Option<i64> {
    let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().filter(|number| *number <= most)
}
