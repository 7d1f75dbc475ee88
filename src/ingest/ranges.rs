//! The rows of a block, checked range by range on every core.
//!
//! What is between rows of a file is not looked at here, so that ranges know nothing of each other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::alike::Alike;
use super::assemble::Found;
use super::block::Block;
use super::check::{Reading, check};
use super::header::Heading;

/// Rows of a range: their cells stay close to the core that reads them, and each core gets several of a block.
const RANGE: usize = 512;

/// Checks the rows of a block that are in order, by so many threads, this one among them.
pub(super) fn checked(
    reading: &Reading<'_>,
    headings: &[Heading],
    block: &Block,
    threads: usize,
) -> Vec<Found> {
    let rows = block.sound().len();
    let ranges = rows.div_ceil(RANGE);
    let next = AtomicUsize::new(0);
    let work = || {
        // What cells said is remembered from range to range of the block.
        let mut alike: Vec<Alike<'_>> = headings.iter().map(|_| Alike::new()).collect();
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= ranges {
                return done;
            }
            let (from, mut noted) = (at * RANGE, Vec::new());
            let range = from..rows.min(from + RANGE);
            let (table, unknown) = check(reading, headings, block, range, &mut alike, &mut noted);
            done.push((at, Found::of(reading, table, &unknown, noted)));
        }
    };
    let mut found = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(ranges)).map(|_| scope.spawn(work)).collect();
        let mut found = work();
        for other in others {
            match other.join() {
                Ok(done) => found.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    });
    found.sort_unstable_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, found)| found).collect()
}
