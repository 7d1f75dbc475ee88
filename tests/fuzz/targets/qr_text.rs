//! The text of a QR code: what is read is written back as it was, and only the claim that was signed is intact.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mingzheng::rules::Integrity;
use mingzheng::seal::QrText;
use mingzheng::verify;
use mingzheng_fuzz::{edited, now, qr_text, trust};

fuzz_target!(|recipe: &[u8]| {
    // Most of it is a claim behind its digits, where few changes of the text lead: so half of the recipes are for the claim.
    let text = match recipe.split_first() {
        Some((1, recipe)) => {
            let mut read = QrText::read(qr_text()).expect("ours is read");
            read.claim = read.claim.map(|claim| edited(&claim, recipe));
            read.write()
        }
        _ => String::from_utf8_lossy(&edited(qr_text().as_bytes(), recipe)).into_owned(),
    };
    let answer = verify::qr(&text, trust(), now());
    assert!(answer.verdict.integrity != Integrity::Intact || text == qr_text(), "a forgery passes");
    if let Ok(read) = QrText::read(&text) {
        assert_eq!(read.write(), text);
    }
});
