//! The facts that travel in a document: only one spelling of them is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingzheng::rules::Facts;
use mingzheng_fuzz::{edited, facts};

fuzz_target!(|recipe: &[u8]| {
    let bytes = edited(facts(), recipe);
    if let Ok(facts) = Facts::from_canonical(&bytes) {
        assert_eq!(facts.canonical(), bytes);
    }
});
