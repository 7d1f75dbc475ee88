//! A closer look at a file that somebody brings, alone or beside the report as issued: it ends, with an answer that can be sent
//! and does not grow with the file, and nothing becomes intact by it.
#![no_main]

use std::sync::Once;
use std::{panic, thread};

use libfuzzer_sys::fuzz_target;
use mingzheng::rules::Integrity;
use mingzheng::verify::{self, Looked, Reference};
use mingzheng_fuzz::{edited, facts, issued, now, trust};

/// Room for calls within calls, as the process has in which a look is taken.
const STACK: usize = 64 << 20;

/// libFuzzer ends the program at the first panic, before anybody can catch it. The readers that others wrote may panic on what
/// was made to make them, and a look answers that too: so the hook is taken off. A panic that nobody catches still ends it.
fn let_panics_be_caught() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(|_| ())));
}

fn look(bytes: &[u8], reference: Option<&Reference>) -> Looked {
    thread::scope(|scope| {
        let looking = thread::Builder::new().stack_size(STACK);
        let looking = looking.spawn_scoped(scope, || verify::explain(bytes, reference)).expect("a thread");
        looking.join().unwrap_or_else(|_| {
            eprintln!("a panic left the look");
            std::process::abort()
        })
    })
}

fuzz_target!(|recipe: &[u8]| {
    let_panics_be_caught();
    let (first, recipe) = recipe.split_first().unwrap_or((&0, &[]));
    let bytes = edited(issued(), recipe);
    let reference = Reference { facts: facts().to_vec(), pdf: (first & 2 == 0).then(|| issued().to_vec()) };
    let looked = look(&bytes, (first & 1 == 1).then_some(&reference));
    let sent = serde_json::to_vec(&looked).expect("an answer can be sent");
    assert!(sent.len() < 64 << 20, "the answer is longer than it is read");
    assert_eq!(serde_json::from_slice::<Looked>(&sent).expect("it is read again"), looked);
    let told = verify::best_qr(&looked, trust(), now()).map(|text| verify::qr(text, trust(), now()).verdict);
    let verdict = verify::pdf(&bytes, trust(), now());
    let (verdict, _) = verify::conclude(verdict, looked, told, first & 4 == 4);
    // A photograph is as intact as the claim in its QR; a document is only as it was issued.
    let document = bytes.get(..bytes.len().min(1024)).is_some_and(|head| head.windows(5).any(|it| it == b"%PDF-"));
    assert!(!document || verdict.integrity != Integrity::Intact || bytes == issued(), "a forgery passes");
});
