//! A file that somebody brings: a file is intact only as it was issued.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingzheng::rules::Integrity;
use mingzheng::verify;
use mingzheng_fuzz::{edited, issued, now, trust};

fuzz_target!(|recipe: &[u8]| {
    let bytes = edited(issued(), recipe);
    let verdict = verify::pdf(&bytes, trust(), now());
    assert!(verdict.integrity != Integrity::Intact || bytes == issued(), "a forgery passes");
});
