//! What a subject shows to somebody else: how far, for how long, how often.

use time::Date;

use super::DomainId;
use super::instant::Instant;
use super::words::words;

words! {
    /// How a subject shows itself.
    ShareKind {
        /// On the holder's own screen: a code that is drawn anew every minute, each for one look.
        Dynamic = "dynamic",
        /// By a link that is sent to somebody.
        Grant = "grant",
    }
}

words! {
    /// Where something that is shown stands.
    ShareState {
        /// It may be looked at.
        Open = "open",
        /// Every look that was granted was taken.
        UsedUp = "used-up",
        /// Its time is over.
        Over = "over",
        /// The holder took it back.
        Revoked = "revoked",
    }
}

words! {
    /// Where the wish of a verifier to look stands.
    AskState {
        /// The holder has not answered.
        Waiting = "waiting",
        /// The holder agreed: the verifier may look once.
        Agreed = "agreed",
        /// The holder declined.
        Declined = "declined",
        /// The verifier looked.
        Used = "used",
    }
}

/// What is shown, how often and until when; fixed by the holder when it is made, and nothing wider afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How.
    pub kind: ShareKind,
    /// The domains.
    pub domains: Vec<DomainId>,
    /// First day.
    pub from: Date,
    /// Last day; the day of the look where it is missing.
    pub to: Option<Date>,
    /// For whom: any words, or `@name` for the account that alone may look.
    pub recipient: Option<String>,
    /// Whoever looks may take along a signed report.
    pub download: bool,
    /// Only a verifier who is signed in may look, and only after the holder agreed to it and its purpose.
    pub consent: bool,
    /// Looks at most.
    pub uses: u32,
    /// How long, in minutes.
    pub minutes: u32,
}

/// Why terms are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTerms {
    /// A life that is too short or too long.
    #[error("a grant lives from 1 hour to 30 days")]
    Life,
    /// Too few or too many looks.
    #[error("a grant is for 1 to {max} looks", max = Terms::MOST_USES)]
    Uses,
    /// A recipient that is too long.
    #[error("a recipient has at most {max} characters", max = Terms::LONGEST_TEXT)]
    Recipient,
    /// A purpose that is missing or too long.
    #[error("say what for, in at most {max} characters", max = Terms::LONGEST_TEXT)]
    Purpose,
}

impl Terms {
    /// Looks that one grant can be for.
    pub const MOST_USES: u32 = 1000;
    /// The longest name of a recipient, and the longest purpose, in characters.
    pub const LONGEST_TEXT: usize = 100;
    /// How long a holder shows a dynamic code before asking for it again, in minutes: a telephone that lies open somewhere stops.
    pub const SHOWING: u32 = 30;
    /// A dynamic code is drawn anew after so many milliseconds.
    pub const RENEWED: i64 = 60_000;
    /// A dynamic code opens nothing so many milliseconds after it was drawn: a screenshot is dead by then.
    pub const LIVES: i64 = 90_000;

    /// Checks life, looks and recipient.
    ///
    /// # Errors
    /// Says which of them is out of range.
    pub fn check(&self) -> Result<(), BadTerms> {
        const HOUR: u32 = 60;
        let life = match self.kind {
            ShareKind::Dynamic => 1..=Self::SHOWING,
            ShareKind::Grant => HOUR..=30 * 24 * HOUR,
        };
        if !life.contains(&self.minutes) {
            return Err(BadTerms::Life);
        }
        if !(1..=Self::MOST_USES).contains(&self.uses) {
            return Err(BadTerms::Uses);
        }
        let long = |text: &String| text.chars().count() > Self::LONGEST_TEXT;
        if self.recipient.as_ref().is_some_and(long) { Err(BadTerms::Recipient) } else { Ok(()) }
    }
}

/// Where it stands: what was taken back is told first, what is over last.
#[must_use]
pub fn share_state(revoked: bool, used_up: bool, until: Instant, now: Instant) -> ShareState {
    match (revoked, used_up) {
        (true, _) => ShareState::Revoked,
        (false, true) => ShareState::UsedUp,
        (false, false) if now < until => ShareState::Open,
        (false, false) => ShareState::Over,
    }
}
