//! Instants in UTC and days in Shanghai.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::macros::offset;
use time::{Date, OffsetDateTime, UtcOffset};

/// China has one civil time, eight hours ahead of UTC, without summer time since 1992.
const SHANGHAI: UtcOffset = offset!(+8);

/// A moment in UTC, in whole milliseconds: when the platform learned or did something.
///
/// Written as RFC 3339 in UTC (`2024-03-20T01:00:00Z`, with milliseconds only where there are any).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Instant(i64);

/// Why a text is not an [`Instant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an instant is written as RFC 3339 between the years 0001 and 9999, such as 2024-03-20T09:00:00+08:00"
)]
pub struct BadInstant;

impl Instant {
    /// The first and last moment that can be written: 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z.
    const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

    /// The moment `millis` milliseconds after 1970-01-01T00:00:00Z, moved into the years 0001 to 9999.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(*Self::RANGE.start(), *Self::RANGE.end()))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The same moment without its milliseconds.
    #[must_use]
    pub fn whole_second(self) -> Self {
        Self(self.0.div_euclid(1000) * 1000)
    }

    /// This moment as the `time` crate has it, in UTC.
    #[must_use]
    pub fn utc(self) -> OffsetDateTime {
        // Within RANGE the conversion always succeeds; the epoch stands in for what cannot happen.
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// This moment on the clocks of Shanghai (+08:00).
    #[must_use]
    pub fn local(self) -> OffsetDateTime {
        self.utc().checked_to_offset(SHANGHAI).unwrap_or_else(|| self.utc())
    }

    /// The calendar day in Shanghai.
    #[must_use]
    pub fn local_day(self) -> Date {
        self.local().date()
    }

    /// The first moment of a day in Shanghai.
    #[must_use]
    pub fn start_of(day: Date) -> Self {
        Self::from(day.midnight().assume_offset(SHANGHAI))
    }

    /// The last moment of a day in Shanghai.
    #[must_use]
    pub fn end_of(day: Date) -> Self {
        Self::from_millis(Self::start_of(day).0 + 86_400_000 - 1)
    }
}

impl From<OffsetDateTime> for Instant {
    fn from(at: OffsetDateTime) -> Self {
        let millis = at.unix_timestamp_nanos().div_euclid(1_000_000);
        Self::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.utc();
        write!(f, "{:04}-{:02}-{:02}T", at.year(), u8::from(at.month()), at.day())?;
        write!(f, "{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())?;
        match at.millisecond() {
            0 => f.write_str("Z"),
            millis => write!(f, ".{millis:03}Z"),
        }
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Instant {
    type Err = BadInstant;

    fn from_str(text: &str) -> Result<Self, BadInstant> {
        let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| BadInstant)?;
        let year = at.checked_to_offset(UtcOffset::UTC).ok_or(BadInstant)?.year();
        if (1..=9999).contains(&year) { Ok(Self::from(at)) } else { Err(BadInstant) }
    }
}

impl TryFrom<String> for Instant {
    type Error = BadInstant;

    fn try_from(text: String) -> Result<Self, BadInstant> {
        text.parse()
    }
}

impl From<Instant> for String {
    fn from(instant: Instant) -> Self {
        instant.to_string()
    }
}
