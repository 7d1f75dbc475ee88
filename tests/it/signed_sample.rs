//! The smallest PDF that keeps to the issued form, and keys to sign it with.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use mingzheng::rules::Instant;
use mingzheng::seal::{Keyring, SIGNATURE_MAX, Signer};

/// 2026-11-22 08:00 in Shanghai.
pub(crate) fn morning() -> Instant {
    "2026-11-22T00:00:00Z".parse().unwrap()
}

/// Bytes that look random and are the same each time (`seed` tells two sources apart).
pub(crate) fn dice(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
    move |bytes| {
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
    }
}

/// A key folder of a fictional operator, made on `morning`.
pub(crate) fn keys(seed: u64) -> Keyring {
    let folder = tempfile::tempdir().unwrap();
    Keyring::create(&folder.path().join("keys"), "示例市公共信用信息中心", morning(), &mut dice(seed))
        .unwrap()
}

/// The operator of most tests.
pub(crate) fn operator() -> &'static Keyring {
    static KEYS: LazyLock<Keyring> = LazyLock::new(|| keys(1));
    &KEYS
}

/// A PDF before signing: its bytes and where the `/Contents` string is.
pub(crate) struct Unsigned {
    pub(crate) bytes: Vec<u8>,
    pub(crate) gap: std::ops::Range<usize>,
}

/// A one-page PDF with `facts` embedded and a free place for the signature.
pub(crate) fn unsigned(facts: &[u8]) -> Unsigned {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(facts).unwrap();
    let packed = packed.finish().unwrap();
    let page = b"BT /F1 24 Tf 72 720 Td (Sample) Tj ET";
    let free = "0".repeat(SIGNATURE_MAX * 2);
    let signature = format!(
        "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:20261122080000+08'00')\
         /Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]\
         /ByteRange [0 0000000000 0000000000 0000000000]/Contents <{free}>>>"
    );
    let stream = |head: &str, body: &[u8]| {
        [format!("<<{head}/Length {}>>stream\n", body.len()).as_bytes(), body, b"\nendstream"].concat()
    };
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/SigFlags 3>>/Perms<</DocMDP 6 0 R>>\
          /AF[8 0 R]/Names<</EmbeddedFiles<</Names[(facts.json)8 0 R]>>>>>>"
            .to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 9 0 R>>>>/Contents 4 0 R/Annots[5 0 R]>>"
            .to_vec(),
        stream("", page),
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(seal)/V 6 0 R/F 132/Rect[400 100 500 200]/P 3 0 R>>".to_vec(),
        signature.into_bytes(),
        stream("/Type /EmbeddedFile/Subtype /application#2Fjson/Filter/FlateDecode", &packed),
        b"<</Type/Filespec/F(facts.json)/UF(facts.json)/AFRelationship/Data/EF<</F 7 0 R/UF 7 0 R>>>>".to_vec(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_vec(),
    ];
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (at, object) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", bytes.len()).unwrap();
        bytes.extend([format!("{} 0 obj\n", at + 1).as_bytes(), object, b"\nendobj\n"].concat());
    }
    let (start, size) = (bytes.len(), objects.len() + 1);
    write!(
        bytes,
        "xref\n0 {size}\n{table}trailer\n<</Size {size}/Root 1 0 R/ID[<00><00>]>>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    let hole = format!("<{free}>");
    let from = bytes.windows(hole.len()).position(|it| it == hole.as_bytes()).unwrap();
    let gap = from..from + hole.len();
    let range = format!("[0 {:010} {:010} {:010}]", gap.start, gap.end, bytes.len() - gap.end);
    let place = bytes.windows(12).position(|it| it == b"/ByteRange [").unwrap() + 11;
    bytes[place..place + range.len()].copy_from_slice(range.as_bytes());
    Unsigned { bytes, gap }
}

/// Signs and fills the free place.
pub(crate) fn sign(mut document: Unsigned, signer: &Signer, at: Instant) -> Vec<u8> {
    let parts = [&document.bytes[..document.gap.start], &document.bytes[document.gap.end..]];
    let signature = signer.sign_pdf(parts, at).unwrap();
    for (at, byte) in signature.iter().enumerate() {
        let place = document.gap.start + 1 + 2 * at;
        document.bytes[place..place + 2].copy_from_slice(format!("{byte:02x}").as_bytes());
    }
    document.bytes
}
