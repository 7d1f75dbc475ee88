//! Every known way to forge around a signature gets its own name, and none of them is ever intact.

use mingzheng::rules::{Facts, Finding, Findings, Integrity, Kind, Reason, Verdict};
use mingzheng::verify;

use crate::signed_sample::{facts, keys, later, morning, sign, signed, trust, unsigned};

/// The verdict on a file and what a closer look adds, offline.
pub(crate) fn told(bytes: &[u8]) -> (Verdict, Findings) {
    let (trust, now) = (trust(), later(7200));
    let verdict = verify::pdf(bytes, &trust, now);
    let looked = verify::explain(bytes, None);
    let qr = verify::best_qr(&looked, &trust, now).map(|text| verify::qr(text, &trust, now).verdict);
    verify::conclude(verdict, looked, qr, false)
}

/// Told by exactly these names of attacks, in any order; other reasons may stand beside them.
#[track_caller]
fn named(what: &str, bytes: &[u8], wanted: &[Reason]) -> Findings {
    let (verdict, findings) = told(bytes);
    assert!(!verdict.is_genuine_and_valid(), "{what}");
    assert_ne!(verdict.integrity, Integrity::Intact, "{what}");
    let mut names: Vec<Reason> = verdict.reasons.into_iter().filter(|it| NAMES.contains(it)).collect();
    let mut wanted = wanted.to_vec();
    names.sort();
    wanted.sort();
    assert_eq!(names, wanted, "{what}: {findings:?}");
    findings
}

/// The reasons that name an attack or a change.
const NAMES: &[Reason] = &[
    Reason::AppendedRevision,
    Reason::SecondSignature,
    Reason::TrailingBytes,
    Reason::PrefixBytes,
    Reason::ByteRangeGap,
    Reason::ByteRangeOverlap,
    Reason::ByteRangeMalformed,
    Reason::SignatureWrapped,
    Reason::SignatureEmptied,
    Reason::SignatureStripped,
    Reason::Rewritten,
    Reason::RevisionEmpty,
    Reason::ShadowHide,
    Reason::ShadowReplace,
    Reason::ShadowHideReplace,
    Reason::PagesSwapped,
    Reason::PageMissing,
    Reason::PageAdded,
    Reason::AnnotationAdded,
    Reason::AnnotationChanged,
    Reason::FactsChanged,
    Reason::MetadataChanged,
];

pub(crate) fn find(bytes: &[u8], word: &[u8]) -> usize {
    bytes.windows(word.len()).position(|it| it == word).unwrap()
}

/// The file with a revision behind it that has these objects, and whatever else in its trailer.
pub(crate) fn revised_with(
    bytes: &[u8],
    objects: &[(usize, Vec<u8>)],
    root: usize,
    trailer: &str,
) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let previous = text.rsplit_once("startxref").unwrap().1.trim().lines().next().unwrap().to_owned();
    let mut out = bytes.to_vec();
    let mut table = String::from("xref\n0 0\n");
    for (number, body) in objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend([format!("{number} 0 obj\n").as_bytes(), body, b"\nendobj\n"].concat());
    }
    let start = out.len();
    let end = format!(
        "{table}trailer\n<</Size 9000/Root {root} 0 R/Prev {previous}{trailer}>>\nstartxref\n{start}\n%%EOF\n"
    );
    [out, end.into_bytes()].concat()
}

fn revised(objects: &[(usize, Vec<u8>)]) -> Vec<u8> {
    revised_with(signed(), objects, 1, "")
}

pub(crate) fn stream(head: &str, body: &[u8]) -> Vec<u8> {
    let open = format!("<<{head}/Length {}>>stream\n", body.len());
    [open.as_bytes(), body, b"\nendstream"].concat()
}

const PAGE: &str = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 9 0 R>>>>/Contents";

/// The file with the numbers of its byte range replaced.
fn ranged(range: &str) -> Vec<u8> {
    let mut bytes = signed().to_vec();
    let from = find(&bytes, b"/ByteRange [") + 11;
    let to = from + find(&bytes[from..], b"]") + 1;
    assert!(range.len() <= to - from, "{range}");
    bytes[from..to].fill(b' ');
    bytes[from..from + range.len()].copy_from_slice(range.as_bytes());
    bytes
}

fn range() -> [usize; 4] {
    let from = find(signed(), b"/ByteRange [") + 12;
    let text = std::str::from_utf8(&signed()[from..from + 34]).unwrap();
    let numbers: Vec<usize> = text.split([' ', ']']).take(4).map(|it| it.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

#[test]
fn a_revision_is_named_by_what_it_does() {
    use Reason::{
        AnnotationAdded, AnnotationChanged, AppendedRevision, MetadataChanged, PageAdded, PageMissing,
    };
    use Reason::{RevisionEmpty, ShadowHide, ShadowHideReplace, ShadowReplace};
    named("nothing changed", &revised(&[(20, b"<<>>".to_vec())]), &[AppendedRevision, RevisionEmpty]);
    named("words removed", &revised(&[(4, stream("", b""))]), &[AppendedRevision, ShadowHide]);
    let cover = b"BT /F1 24 Tf 72 720 Td (Sample) Tj ET 1 g 60 700 200 60 re f";
    named("words covered", &revised(&[(4, stream("", cover))]), &[AppendedRevision, ShadowHide]);

    let other = stream("", b"BT /F1 24 Tf 72 720 Td (Simple) Tj ET");
    let found = named("words replaced", &revised(&[(4, other.clone())]), &[AppendedRevision, ShadowReplace]);
    let change = found.list.iter().find(|it| it.attack == Reason::PageTextChanged).unwrap();
    assert_eq!(
        (change.page, change.was.as_deref(), change.now.as_deref()),
        (Some(1), Some("Sample"), Some("Simple"))
    );
    assert_eq!(found.comparison.len(), 1);
    let page = &found.comparison[0];
    assert!(page.share > 0.0 && page.brought.is_some() && page.issued.is_some());
    // The word begins 72 points from the left, about 100 points from the top.
    assert!(
        page.boxes.iter().all(|[l, t, r, b]| *l > 60.0 && *t > 80.0 && *r < 200.0 && *b < 140.0),
        "{:?}",
        page.boxes
    );

    let pages = |kids: &str, count| format!("<</Type/Pages/Kids[{kids}]/Count {count}>>").into_bytes();
    let new_page = format!("{PAGE} 21 0 R>>").into_bytes();
    let text = stream("", b"BT /F1 24 Tf 72 500 Td (Quite another text) Tj ET");
    let two = [(2, pages("20 0 R 3 0 R", 2)), (20, new_page.clone()), (21, text.clone())];
    named("page put before", &revised(&two), &[AppendedRevision, PageAdded]);
    let instead = [(2, pages("20 0 R", 1)), (20, new_page), (21, text)];
    // Its seal went with the page.
    named("page replaced", &revised(&instead), &[AppendedRevision, AnnotationChanged, ShadowHideReplace]);
    named("no page left", &revised(&[(2, pages("", 0))]), &[AppendedRevision, PageMissing]);

    let page = format!("{PAGE} 4 0 R/Annots[5 0 R 20 0 R]>>").into_bytes();
    let note = b"<</Type/Annot/Subtype/FreeText/Rect[100 100 200 200]/Contents(paid)>>".to_vec();
    let found = named("note added", &revised(&[(3, page), (20, note)]), &[AppendedRevision, AnnotationAdded]);
    assert_eq!(found.list.iter().filter(|it| it.page == Some(1)).count(), 1);
    let seal =
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(seal)/V 6 0 R/F 132/Rect[300 100 400 200]/P 3 0 R>>".to_vec();
    named("seal moved", &revised(&[(5, seal)]), &[AppendedRevision, AnnotationChanged]);
    let about = revised_with(signed(), &[(20, b"<</Title(Another title)>>".to_vec())], 1, "/Info 20 0 R");
    named("title added", &about, &[AppendedRevision, MetadataChanged]);
}

#[test]
fn changed_facts_are_told_field_by_field() {
    let mut other: Facts = facts();
    other.subject.name = "另一家公司".into();
    other.domains[1].conclusion = other.domains[0].conclusion;
    let object = stream("/Type /EmbeddedFile/Subtype /application#2Fjson", &other.canonical());
    let found = named("facts", &revised(&[(7, object)]), &[Reason::AppendedRevision, Reason::FactsChanged]);
    let field = |path: &str| found.list.iter().find(|it| it.path.as_deref() == Some(path)).unwrap();
    let told = |it: &Finding| (it.field.clone().unwrap(), it.was.clone().unwrap(), it.now.clone().unwrap());
    let name = ("主体名称".into(), "示例(上海)测试有限公司".into(), "另一家公司".into());
    assert_eq!(told(field("subject/name")), name);
    let conclusion = told(field("domains/D002/conclusion"));
    assert_eq!(conclusion.0, "领域 D002 结论");
    assert!(conclusion.1.starts_with('●') && conclusion.2.starts_with('○'), "{conclusion:?}");
    assert_eq!(found.list.iter().filter(|it| it.attack == Reason::FactsChanged).count(), 2);
    assert_eq!(found.kind, Kind::OursChanged);
}

#[test]
fn tricks_with_the_byte_range_are_named() {
    use Reason::{ByteRangeGap, ByteRangeMalformed, ByteRangeOverlap, SignatureEmptied};
    let [_, a, b, c] = range();
    for (what, range, name) in [
        ("larger gap", format!("[0 {:010} {b:010} {c:010}]", a - 50), ByteRangeGap),
        ("gap behind", format!("[0 {a:010} {:010} {:010}]", b + 9, c - 9), ByteRangeGap),
        ("later start", format!("[9 {:010} {b:010} {c:010}]", a - 9), ByteRangeGap),
        ("overlap", format!("[0 {a:010} {:010} {c:010}]", a - 1), ByteRangeOverlap),
        ("negative", format!("[0 {a:010} -00000009 {c:010}]"), ByteRangeOverlap),
        ("wrong order", format!("[{b} {c} 0 {a}]"), ByteRangeOverlap),
        ("three ranges", "[0 9 20 9 40 9]".to_owned(), ByteRangeMalformed),
        ("beyond the end", format!("[0 {a} {b} 999999]"), ByteRangeMalformed),
        ("a real number", format!("[0.0 {a} {b} {c}]"), ByteRangeMalformed),
        ("a sign", format!("[+0 {a} {b} {c}]"), ByteRangeMalformed),
        ("a reference", "9 0 R".to_owned(), ByteRangeMalformed),
        ("too large", "[0 99999999999999999999999 1 2]".to_owned(), ByteRangeMalformed),
        ("nothing", "null".to_owned(), SignatureEmptied),
        ("empty", "[]".to_owned(), SignatureEmptied),
        ("zeros", "[0 0 0 0]".to_owned(), SignatureEmptied),
    ] {
        named(what, &ranged(&range), &[name]);
    }
}

#[test]
fn emptied_and_stripped_signatures_are_told_apart() {
    let swapped = |old: &[u8], new: &[u8]| {
        let mut bytes = signed().to_vec();
        let at = find(&bytes, old);
        bytes[at..at + new.len()].copy_from_slice(new);
        bytes
    };
    named("no range", &swapped(b"/ByteRange", b"/XyteRange"), &[Reason::SignatureEmptied]);
    let hex = [&b"/Contents <"[..], &signed()[find(signed(), b"/Contents <3") + 11..][..4]].concat();
    named("no value", &swapped(&hex, b"/Xontents <"), &[Reason::SignatureEmptied]);
    let mut zeros = signed().to_vec();
    let [_, a, b, _] = range();
    zeros[a + 1..b - 1].fill(b'0');
    named("zeros", &zeros, &[Reason::SignatureEmptied]);
    let mut gone = signed().to_vec();
    let from = find(&gone, b"<</Type/Sig/Filter");
    gone[from..b + 2].fill(b' ');
    named("stripped", &gone, &[Reason::SignatureStripped]);
}

#[test]
fn a_signature_that_was_wrapped_into_another_file_is_named() {
    // Everything that was signed is still there, but what a reader shows lies between.
    let [_, a, b, c] = range();
    let (first, value, second) = (&signed()[..a], &signed()[a..b], &signed()[b..]);
    let page = stream("", b"BT /F1 24 Tf 72 720 Td (Forged) Tj ET");
    let padded = |moved: usize| {
        let hex = String::from_utf8_lossy(value);
        let dictionary = format!(
            "6 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 {a} {moved:010} {c}]/Contents {hex}>>\nendobj\n"
        );
        let between = [b"\n4 0 obj\n", &page[..], b"\nendobj\n", dictionary.as_bytes()].concat();
        [first, value, &between[..]].concat()
    };
    let moved = padded(0).len();
    let wrapped = [&padded(moved)[..], second].concat();
    let (verdict, _) = told(&wrapped);
    assert_ne!(verdict.integrity, Integrity::Intact);
    assert!(verdict.reasons.contains(&Reason::SignatureWrapped), "{:?}", verdict.reasons);
}

#[test]
fn bytes_before_and_behind_are_told() {
    named("behind", &[signed(), b"\nPK\x03\x04"].concat(), &[Reason::TrailingBytes]);
    let (verdict, findings) = told(&[b"MZ\x90\0 not a PDF \n", signed()].concat());
    assert!(verdict.reasons.contains(&Reason::PrefixBytes), "{:?}", verdict.reasons);
    assert_eq!((verdict.integrity, findings.kind), (Integrity::Altered, Kind::OursChanged));
}

#[test]
fn a_second_signature_is_named() {
    let second = b"<</Type/Sig/Contents<3003020101>/ByteRange[0 1 2 3]>>".to_vec();
    let (verdict, _) = told(&revised(&[(20, second)]));
    assert!(verdict.reasons.contains(&Reason::SecondSignature), "{:?}", verdict.reasons);
    assert!(!verdict.reasons.contains(&Reason::RevisionEmpty));
}

#[test]
fn a_file_signed_by_somebody_else_says_by_whom() {
    let theirs = sign(unsigned(&facts().canonical()), &keys(2).signer, morning());
    let (verdict, findings) = told(&theirs);
    assert_eq!((verdict.integrity, findings.kind), (Integrity::NotOurs, Kind::OtherSigner));
    assert_eq!(verdict.signer.as_deref(), Some("示例市公共信用信息中心"));
}

#[test]
fn every_kind_and_reason_has_words_in_both_languages() {
    for kind in Kind::ALL {
        assert!(!kind.zh().is_ascii() && kind.en().is_ascii(), "{kind}");
    }
    for reason in Reason::ALL {
        assert!(!reason.zh().is_ascii() && reason.en().ends_with('.'), "{reason}");
    }
}
