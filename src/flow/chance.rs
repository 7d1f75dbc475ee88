//! The two doors through which time and chance come in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::rules::{Instant, VerificationCode};

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Instant + Send + Sync>);

impl Clock {
    /// The clock of the machine.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the door through which time comes in")]
    pub fn system() -> Self {
        Self(Arc::new(|| Instant::from(time::OffsetDateTime::now_utc())))
    }

    /// A clock that stands still until its hand is moved: the number of milliseconds since 1970.
    #[must_use]
    pub fn standing(hand: Arc<AtomicI64>) -> Self {
        Self(Arc::new(move || Instant::from_millis(hand.load(Ordering::SeqCst))))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// Draws random bytes.
#[derive(Clone)]
pub struct Chance(Arc<Fill>);

/// Fills a slice with random bytes.
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Chance {
    /// The random numbers of the operating system, fit for secrets.
    ///
    /// # Panics
    /// Where the operating system has no random numbers to give; nothing could be trusted then.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the door through which chance comes in")]
    pub fn system() -> Self {
        Self(Arc::new(|bytes| getrandom::fill(bytes).expect("the operating system gives random numbers")))
    }

    /// The same bytes in the same order each time, for tests and samples; not secret (`SplitMix64`).
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let state = AtomicU64::new(seed);
        Self(Arc::new(move |bytes| {
            for chunk in bytes.chunks_mut(8) {
                let mut z = state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
            }
        }))
    }

    /// Fills a slice.
    pub fn fill(&self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }

    /// A number of random bytes.
    #[must_use]
    pub fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A fresh verification code.
    #[must_use]
    pub fn code(&self) -> VerificationCode {
        VerificationCode::from_random(self.draw())
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}
