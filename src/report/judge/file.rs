//! What the bytes of the file must say.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::{Case, Fault};

/// The objects of our own files, without the streams that are compressed; those that hold objects are opened.
fn objects(pdf: &[u8]) -> Vec<u8> {
    let mut all = open(pdf);
    for at in places(pdf, b"/Type/ObjStm") {
        all.extend(stream(pdf, at).unwrap_or_default());
    }
    all
}

/// What of a file is not compressed.
fn open(pdf: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut done = 0;
    for begin in places(pdf, b"/Filter/FlateDecode/Length ") {
        let Some(end) = places(&pdf[begin..], b"endstream").next() else { continue };
        if begin > done {
            all.extend_from_slice(&pdf[done..begin]);
        }
        done = begin + end;
    }
    all.extend_from_slice(&pdf[done..]);
    all
}

/// The content of the compressed stream whose dictionary is at a place.
fn stream(pdf: &[u8], at: usize) -> Option<Vec<u8>> {
    let begin = at + places(&pdf[at..], b"stream\n").next()? + b"stream\n".len();
    let mut bytes = Vec::new();
    ZlibDecoder::new(&pdf[begin..]).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn places<'b>(bytes: &'b [u8], wanted: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    bytes.windows(wanted.len()).enumerate().filter(move |(_, found)| *found == wanted).map(|(at, _)| at)
}

fn count(bytes: &[u8], wanted: &str) -> usize {
    places(bytes, wanted.as_bytes()).count()
}

pub(super) fn closed(case: &Case<'_>) -> Fault {
    let all = objects(case.pdf);
    let begins = case.pdf.starts_with(b"%PDF-1.7\n%") && case.pdf.ends_with(b"%%EOF\n");
    if !begins {
        return Some("not a whole PDF 1.7".to_owned());
    }
    let once = ["startxref", "/ByteRange", "/Type/Sig/"].into_iter().find(|word| count(&all, word) != 1);
    let never = ["/JavaScript", "/JS", "/URI", "/Launch", "/OpenAction", "/AA<", "/AA ", "/Encrypt", "/Prev "];
    // `Prev` is a word of bookmarks too; in the open, where only the last cross-references are, it would be a revision.
    let plain = open(case.pdf);
    let active = never.into_iter().find(|word| count(if *word == "/Prev " { &plain } else { &all }, word) > 0);
    once.or(active).map(|word| format!("{word} stands in it as it must not"))
}

pub(super) fn declared(case: &Case<'_>) -> Fault {
    let all = objects(case.pdf);
    let wanted = [
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "/MarkInfo<</Marked true>>",
        "/DisplayDocTitle true",
        "/S/GTS_PDFA1",
        "/StructTreeRoot",
        "/Lang(",
    ];
    wanted.into_iter().find(|word| count(&all, word) == 0).map(|word| format!("{word} is missing"))
}

pub(super) fn fonts(case: &Case<'_>) -> Fault {
    let all = objects(case.pdf);
    let [fonts, descriptors, programs, texts] =
        ["/Subtype/Type0", "/Type/FontDescriptor", "/FontFile2 ", "/ToUnicode "].map(|word| count(&all, word));
    let whole = fonts > 0 && [descriptors, programs, texts] == [fonts; 3];
    (!whole).then(|| format!("{fonts} fonts, {programs} programs, {texts} maps"))
}

pub(super) fn attached(case: &Case<'_>) -> Fault {
    let all = objects(case.pdf);
    if count(&all, "/AFRelationship/Data") != 1 || count(&all, "/AF[") != 1 {
        return Some("no associated file".to_owned());
    }
    let inside = places(case.pdf, b"/Type/EmbeddedFile").next().and_then(|at| stream(case.pdf, at));
    (inside.as_deref() != Some(case.issue.canonical)).then(|| "they differ".to_owned())
}
