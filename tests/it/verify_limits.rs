//! Files made to be too much: each gets an answer, none a crash.

use flate2::{Compress, Compression, FlushCompress};
use mingzheng::rules::{Integrity, Reason};
use mingzheng::verify::{self, LARGEST, MOST_DOTS, MOST_NESTED, MOST_PAGES, MOST_UNPACKED, Reference};
use proptest::prelude::*;

use crate::signed_sample::signed;
use crate::verify_attacks::{find, stream, told};

/// So many megabytes of zeros, compressed (RFC 1950): one compressed piece over and over.
pub(crate) fn zeros(megabytes: usize) -> Vec<u8> {
    let mut piece = Vec::with_capacity(1 << 16);
    let mut packer = Compress::new(Compression::best(), false);
    packer.compress_vec(&vec![0; 1 << 20], &mut piece, FlushCompress::Full).unwrap();
    // The checksum of so many zeros (RFC 1950, 8.2).
    let adler = (((megabytes << 20) % 65_521) << 16 | 1).to_be_bytes();
    [&b"\x78\xda"[..], &piece.repeat(megabytes), b"\x03\0", &adler[4..]].concat()
}

#[test]
fn a_file_that_unpacks_to_too_much_is_not_unpacked() {
    let bomb = stream("/Filter/FlateDecode", &zeros(usize::try_from(MOST_UNPACKED >> 20).unwrap() + 1));
    assert!(bomb.len() < 1 << 20);
    let file = [signed(), b"\n20 0 obj\n", &bomb[..], b"\nendobj\n"].concat();
    let looked = verify::explain(&file, None);
    assert!(looked.reasons.contains(&Reason::LimitReached), "{:?}", looked.reasons);
    assert_eq!(looked.pages, 0);
}

#[test]
fn a_file_that_is_too_large_is_not_looked_into() {
    let looked = verify::explain(&vec![b' '; LARGEST + 1], None);
    assert_eq!(looked.reasons, [Reason::LimitReached]);
}

#[test]
fn a_picture_with_too_many_dots_is_not_unpacked() {
    // Only the head of a PNG: it says how large the picture would be.
    let side = u32::try_from(MOST_DOTS.isqrt() + 1).unwrap().to_be_bytes();
    let head = [&b"IHDR"[..], &side, &side, b"\x08\0\0\0\0"].concat();
    let crc = crc(&head).to_be_bytes();
    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0d"[..], &head, &crc, b"\0\0\0\0IDAT\x35\xaf\x06\x1e"].concat();
    let looked = verify::explain(&png, None);
    assert_eq!(looked.reasons, [Reason::LimitReached]);
}

/// A small PDF of these objects, the first of which is its catalogue.
pub(crate) fn small(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    for (at, object) in objects.iter().enumerate() {
        out.extend([format!("{} 0 obj\n", at + 1).as_bytes(), object, b"\nendobj\n"].concat());
    }
    let end = format!("trailer\n<</Root 1 0 R/Size {}>>\n%%EOF\n", objects.len() + 1);
    [&out[..], end.as_bytes()].concat()
}

/// The tree of so many pages, which follow it.
fn tree(pages: usize) -> Vec<u8> {
    let kids: Vec<String> = (3..3 + pages).map(|page| format!("{page} 0 R")).collect();
    format!("<</Type/Pages/Kids[{}]/Count {pages}>>", kids.join(" ")).into_bytes()
}

const CATALOGUE: &[u8] = b"<</Type/Catalog/Pages 2 0 R>>";

/// The look at a file is cut short or not; in either case the verdict is that on a file without a signature.
#[track_caller]
fn is_cut(what: &str, file: &[u8], cut: bool) -> verify::Looked {
    let looked = verify::explain(file, None);
    assert_eq!(looked.reasons.contains(&Reason::LimitReached), cut, "{what}: {:?}", looked.reasons);
    assert!(!looked.reasons.contains(&Reason::NotLookedInto), "{what}");
    let verdict = verify::pdf(file, &crate::signed_sample::trust(), crate::signed_sample::later(7200));
    assert_eq!(
        (verdict.integrity, verdict.reasons.as_slice()),
        (Integrity::NotOurs, &[Reason::SignatureMissing][..])
    );
    let (told, _) = verify::conclude(verdict, looked.clone(), None, false);
    assert_eq!(
        (told.integrity, told.reasons.contains(&Reason::LimitReached)),
        (Integrity::NotOurs, cut),
        "{what}"
    );
    looked
}

#[test]
fn pages_beyond_the_limit_are_left_out_and_told() {
    for (pages, cut) in [(MOST_PAGES, false), (MOST_PAGES + 1, true)] {
        let page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>".to_vec();
        let objects = [vec![CATALOGUE.to_vec(), tree(pages)], vec![page; pages]].concat();
        assert_eq!(is_cut("pages", &small(&objects), cut).pages, MOST_PAGES);
    }
}

#[test]
fn forms_within_forms_beyond_the_limit_are_told() {
    let forms = |deep: usize| {
        let page =
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</A 5 0 R>>>>>>";
        let form = |at: usize| {
            let head = "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A";
            let body = if at + 1 < deep { &b"/A Do"[..] } else { b"0 0 9 9 re f" };
            stream(&format!("{head} {} 0 R>>>>", at + 6), body)
        };
        let first = vec![CATALOGUE.to_vec(), tree(1), page.to_vec(), stream("", b"/A Do")];
        small(&[first, (0..deep).map(form).collect()].concat())
    };
    // The constant is of its own room; the reader of PDF goes on to 50.
    for (deep, cut) in [(1, false), (40, false), (41, true), (200, true)] {
        is_cut(&format!("{deep} forms"), &forms(deep), cut);
    }
}

#[test]
fn objects_within_objects_beyond_the_limit_are_told() {
    for (deep, cut) in [(MOST_NESTED, false), (MOST_NESTED + 1, true)] {
        // The page itself is the first.
        let nested = format!("{}{}", "[".repeat(deep - 1), "]".repeat(deep - 1));
        let page = format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Deep {nested}>>").into_bytes();
        let looked = is_cut(&format!("{deep} objects"), &small(&[CATALOGUE.to_vec(), tree(1), page]), cut);
        assert!(looked.pages == 1 || cut);
    }
}

#[test]
fn a_file_that_unpacks_to_just_the_limit_is_looked_into() {
    let megabytes = usize::try_from(MOST_UNPACKED >> 20).unwrap();
    let page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>".to_vec();
    let full = stream("/Filter/FlateDecode", &zeros(megabytes));
    let objects = [CATALOGUE.to_vec(), tree(1), page, full];
    assert_eq!(is_cut("the limit", &small(&objects), false).pages, 1);
    // One byte more, in a stream of its own (RFC 1950, RFC 1951 3.2.4).
    let byte = stream("/Filter/FlateDecode", b"\x78\x01\x01\x01\0\xfe\xff\0\0\x01\0\x01");
    assert_eq!(is_cut("a byte more", &small(&[&objects[..], &[byte]].concat()), true).pages, 0);
}

#[test]
fn a_file_of_just_the_largest_size_is_looked_into() {
    let page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>".to_vec();
    let mut file = small(&[CATALOGUE.to_vec(), tree(1), page]);
    let end = file.split_off(find(&file, b"trailer"));
    file.resize(LARGEST - end.len(), b'\n');
    let file = [file, end].concat();
    assert_eq!(is_cut("the largest", &file, false).pages, 1);
    assert_eq!(verify::explain(&[&file[..], b"\n"].concat(), None).reasons, [Reason::LimitReached]);
}

#[test]
fn a_picture_of_just_so_many_dots_is_unpacked() {
    let (width, height) = (6000, MOST_DOTS / 6000);
    assert_eq!(width * height, MOST_DOTS);
    let picture = |width: u64| {
        let [width, height] = [width, height].map(|side| u32::try_from(side).unwrap().to_be_bytes());
        // One bit a dot; the rows are a little longer than is needed, which readers pass over.
        let head = [&b"IHDR"[..], &width, &height, b"\x01\0\0\0\0"].concat();
        let rows = [&b"IDAT"[..], &zeros(8)].concat();
        let chunk = |chunk: &[u8]| {
            let length = u32::try_from(chunk.len() - 4).unwrap().to_be_bytes();
            [&length[..], chunk, &crc(chunk).to_be_bytes()].concat()
        };
        [&b"\x89PNG\r\n\x1a\n"[..], &chunk(&head), &chunk(&rows), &chunk(b"IEND")].concat()
    };
    assert_eq!(verify::explain(&picture(width), None).reasons, []);
    assert_eq!(verify::explain(&picture(width + 1), None).reasons, [Reason::LimitReached]);
}

/// CRC-32 as in PNG (ISO/IEC 15948, D.1).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}

#[test]
fn a_deep_or_endless_structure_gets_an_answer() {
    let deep = [&b"[".repeat(200_000)[..], &b"]".repeat(200_000)].concat();
    let nested = b"<</A".repeat(100_000);
    let own_parent = b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>".to_vec();
    let own_form =
        stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A 4 0 R>>>>", b"/A Do /A Do");
    for (what, number, body) in [
        ("deep array", 4, deep),
        ("deep dictionary", 9, nested),
        ("own parent", 2, own_parent),
        ("own form", 4, own_form),
    ] {
        let objects = [(number, body)];
        let (verdict, findings) = told(&crate::verify_attacks::revised_with(signed(), &objects, 1, ""));
        assert_eq!(verdict.integrity, Integrity::Altered, "{what}: {findings:?}");
    }
}

#[test]
fn a_question_survives_its_way_and_a_cut_one_is_refused() {
    let reference = Reference { facts: b"{}".to_vec(), pdf: Some(b"%PDF".to_vec()) };
    let question = verify::question(b"file", Some(&reference));
    let (bytes, back) = verify::read_question(&question).unwrap();
    let back = back.unwrap();
    assert_eq!((bytes, back.facts, back.pdf), (&b"file"[..], reference.facts, reference.pdf));
    assert!(verify::read_question(&verify::question(b"file", None)).unwrap().1.is_none());
    for length in 0..question.len() {
        assert!(verify::read_question(&question[..length]).is_none());
    }
}

/// A file that somebody worked on without knowing what he does.
fn worked_on() -> impl Strategy<Value = Vec<u8>> {
    let place = 0..signed().len();
    let act = prop_oneof![
        (place.clone(), any::<u8>()).prop_map(|(at, byte)| Act::Overwrite(at, byte)),
        (place.clone(), 1..4000usize).prop_map(|(at, length)| Act::CutOut(at, length)),
        (place.clone(), place.clone(), 1..2000usize)
            .prop_map(|(from, to, length)| Act::Copy(from, to, length)),
        place.prop_map(Act::CutOff),
        Just(Act::DropSignature),
    ];
    prop::collection::vec(act, 1..6)
        .prop_map(|acts| acts.into_iter().fold(signed().to_vec(), |bytes, act| act.on(bytes)))
}

#[derive(Clone, Debug)]
enum Act {
    Overwrite(usize, u8),
    CutOut(usize, usize),
    Copy(usize, usize, usize),
    CutOff(usize),
    DropSignature,
}

impl Act {
    fn on(self, mut bytes: Vec<u8>) -> Vec<u8> {
        let length = bytes.len().max(1);
        match self {
            Self::Overwrite(at, byte) => bytes.iter_mut().skip(at % length).take(1).for_each(|it| *it = byte),
            Self::CutOut(at, many) => drop(bytes.drain(at % length..(at % length + many).min(length))),
            Self::Copy(from, to, many) => {
                let piece = bytes[from % length..].iter().take(many).copied().collect::<Vec<_>>();
                bytes.splice(to % length..to % length, piece);
            }
            Self::CutOff(at) => bytes.truncate(length - at % length / 8),
            Self::DropSignature if bytes.windows(10).any(|it| it == b"/ByteRange") => {
                let at = find(&bytes, b"/ByteRange");
                bytes[at + 1] = b'X';
            }
            Self::DropSignature => (),
        }
        if bytes.is_empty() { vec![0] } else { bytes }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_done_to_a_file_it_gets_an_answer_and_is_not_intact(bytes in worked_on()) {
        let (verdict, _) = told(&bytes);
        let same = bytes == signed();
        prop_assert_eq!(verdict.integrity == Integrity::Intact, same);
    }
}
