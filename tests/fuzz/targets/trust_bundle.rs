//! A trust bundle that somebody brings: what passes says what the operator signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingzheng::seal::TrustBundle;
use mingzheng_fuzz::{bundle, edited, trust};

fuzz_target!(|recipe: &[u8]| {
    let bytes = edited(bundle(), recipe);
    // The same content in another spelling of JSON is the same bundle.
    if let Ok(read) = TrustBundle::parse(&bytes) {
        assert_eq!(read.operator, trust().operator);
        assert_eq!(read.origins, trust().origins);
    }
});
