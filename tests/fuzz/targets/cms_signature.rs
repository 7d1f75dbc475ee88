//! A signature that somebody brings: only the one that was made is genuine, and in one spelling.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingzheng::seal;
use mingzheng_fuzz::{edited, signature};

fuzz_target!(|recipe: &[u8]| {
    let bytes = edited(signature(), recipe);
    if let Some(found) = seal::inspect(&bytes) {
        // Whether the certificates lead to a root is a question of its own: here they must be those that were sent along.
        let ours = seal::inspect(signature()).is_some_and(|ours| ours.chain == found.chain);
        let passes = found.genuine && found.canonical && found.covers(&[b"one", b"two"]) && ours;
        assert!(!passes || bytes == signature(), "a forgery passes");
    }
});
