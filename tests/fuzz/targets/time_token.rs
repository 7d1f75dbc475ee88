//! What a timestamp authority answers: only a token of this signature, made by the authority that was asked, is one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingzheng::seal::{ForeignCertificate, RevocationList, Token};
use mingzheng_fuzz::{edited, stamped};

fuzz_target!(|recipe: &[u8]| {
    let stamped = stamped();
    let answer = edited(&stamped.answer, recipe);
    if let Ok(token) = stamped.request.token(&answer) {
        assert!(token.is_for(&stamped.message), "a token of something else");
        assert_eq!(token.time(), stamped.at, "a token of another time");
    }
    if let Ok(token) = Token::read(&edited(&stamped.token, recipe)) {
        let _ = token.check_path(token.certificates());
    }
    let _ = ForeignCertificate::from_der(&edited(&stamped.authority, recipe));
    let _ = RevocationList::from_der(&edited(&stamped.revocations, recipe));
});
