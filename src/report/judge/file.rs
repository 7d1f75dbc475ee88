//! What the bytes of the file must say.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::{Case, Fault};

/// What of our own files is not compressed; and that with the objects that are compressed together.
pub(super) fn opened(pdf: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let open = open(pdf);
    let mut all = open.clone();
    for at in places(pdf, b"/Type/ObjStm") {
        all.extend(stream(pdf, at).unwrap_or_default());
    }
    (open, all)
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

/// Whether a name stands in an object, and not only as the beginning of another: the tags of fonts are made of any six letters.
fn is_name_in(bytes: &[u8], name: &str) -> bool {
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'_' | b'.');
    places(bytes, name.as_bytes()).any(|at| !bytes.get(at + name.len()).is_some_and(goes_on))
}

pub(super) fn closed(case: &Case<'_>) -> Fault {
    let all = &case.objects;
    let begins = case.pdf.starts_with(b"%PDF-1.7\n%") && case.pdf.ends_with(b"%%EOF\n");
    if !begins {
        return Some("not a whole PDF 1.7".to_owned());
    }
    let once = ["startxref", "/ByteRange", "/Type/Sig/"].into_iter().find(|word| count(all, word) != 1);
    let never = ["/JavaScript", "/JS", "/URI", "/Launch", "/OpenAction", "/AA", "/Encrypt", "/Prev"];
    // `Prev` is a word of bookmarks too; in the open, where only the last cross-references are, it would be a revision.
    let active =
        never.into_iter().find(|word| is_name_in(if *word == "/Prev" { &case.open } else { all }, word));
    once.or(active).map(|word| format!("{word} stands in it as it must not"))
}

pub(super) fn declared(case: &Case<'_>) -> Fault {
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
    wanted.into_iter().find(|word| count(&case.objects, word) == 0).map(|word| format!("{word} is missing"))
}

pub(super) fn fonts(case: &Case<'_>) -> Fault {
    let [fonts, descriptors, programs, texts] =
        ["/Subtype/Type0", "/Type/FontDescriptor", "/FontFile2 ", "/ToUnicode "]
            .map(|word| count(&case.objects, word));
    let whole = fonts > 0 && [descriptors, programs, texts] == [fonts; 3];
    (!whole).then(|| format!("{fonts} fonts, {programs} programs, {texts} maps"))
}

pub(super) fn attached(case: &Case<'_>) -> Fault {
    if count(&case.objects, "/AFRelationship/Data") != 1 || count(&case.objects, "/AF[") != 1 {
        return Some("no associated file".to_owned());
    }
    let inside = places(case.pdf, b"/Type/EmbeddedFile").next().and_then(|at| stream(case.pdf, at));
    (inside.as_deref() != Some(case.issue.canonical)).then(|| "they differ".to_owned())
}

#[cfg(test)]
mod tests {
    use super::is_name_in;

    #[test]
    fn a_font_whose_tag_begins_like_an_action_is_none() {
        assert!(!is_name_in(b"/BaseFont/URIUKN+MingzhengSong/FontName/JSABCD+Song/AAAAAA+Song", "/URI"));
        assert!(!is_name_in(b"/FontName/JSABCD+Song/Flags 6", "/JS"));
        for action in
            [&b"<</S/URI/URI(x)>>"[..], b"<</S /JavaScript /JS (x)>>", b"<</AA<</O 1 0 R>>>>", b"/JS"]
        {
            let found = ["/URI", "/JS", "/AA"].into_iter().any(|name| is_name_in(action, name));
            assert!(found, "{}", String::from_utf8_lossy(action));
        }
    }
}
