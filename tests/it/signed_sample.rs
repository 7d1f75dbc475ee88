//! The smallest PDF that keeps to the issued form, and keys to sign it with.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use mingzheng::rules::facts::{
    Basis, Bilingual, Capacity, Channel, Conclusion, DomainFacts, Facts, Issuer, Named, RequestFacts,
    SubjectFacts, Summary,
};
use mingzheng::rules::{Instant, Period, RepairRule, ReportNumber, Scheme, SubjectKind, VerificationCode};
use mingzheng::seal::{Claim, Keyring, QrText, SIGNATURE_MAX, Signer, TrustBundle};
use time::macros::date;

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

fn both(zh: &str, en: &str) -> Bilingual {
    Bilingual { zh: zh.into(), en: en.into() }
}

fn named(id: &str, version: &str) -> Named {
    Named { id: id.into(), version: version.into(), text: both("示例", "Sample") }
}

/// A report on a fictional enterprise: 41 domains, one of each conclusion and then none, no records.
pub(crate) fn facts() -> Facts {
    let conclusion = |number| match number {
        2 => Conclusion::Found,
        3 => Conclusion::NotCovered,
        _ => Conclusion::None,
    };
    let domain = |number: u32| DomainFacts {
        id: format!("domain-{number}").parse().unwrap(),
        code: format!("D{number:03}"),
        name: both("示例领域", "Sample domain"),
        authorities: Vec::new(),
        conclusion: conclusion(number),
        records: u32::from(number == 2),
        gaps: Vec::new(),
    };
    Facts {
        format: Facts::FORMAT.into(),
        number: ReportNumber::new("MZCR", date!(2026 - 11 - 22), [1, 2, 3, 4, 5, 6, 7, 8]),
        issued_at: morning(),
        as_of: morning(),
        issuer: Issuer {
            name: both("示例市公共信用信息中心", "Sample City Credit Information Centre"),
            territory: both("示例市", "Sample City"),
            origin: "https://verify.credit.example.cn".into(),
        },
        subject: SubjectFacts {
            kind: SubjectKind::Enterprise,
            scheme: Scheme::CreditCode,
            code: "91310115MATE5T017A".into(),
            name: "示例(上海)测试有限公司".into(),
            former_names: Vec::new(),
            other_codes: Vec::new(),
            representative: None,
            address: None,
            registration_authority: None,
            established_on: None,
            state: None,
            source: None,
            source_on: None,
            branches_left_out: 0,
        },
        request: RequestFacts {
            applicant: "示例(上海)测试有限公司".into(),
            capacity: Capacity::Own,
            channel: Channel::Portal,
            purpose: None,
            period: Period { from: date!(2023 - 11 - 22), to: date!(2026 - 11 - 21) },
            include_repaired: false,
        },
        basis: Basis {
            catalogue: named("national", "2026-01-01"),
            profile: named("sample-city", "2026-01-01"),
            policy: named("standard", "2026-01-01"),
            repaired: RepairRule::Hide,
        },
        summary: Summary {
            domains: 41,
            found: 1,
            none: 39,
            not_covered: 1,
            records: 1,
            ..Summary::default()
        },
        domains: (1..=41).map(domain).collect(),
        records: Vec::new(),
    }
}

/// The sample report's verification code.
pub(crate) fn code() -> VerificationCode {
    VerificationCode::from_random([0x5a; 10])
}

/// The sample report's claim.
pub(crate) fn claim() -> Claim {
    Claim::of(&facts(), code(), 123_456, &[0; 16]).unwrap()
}

/// The text of the sample report's QR code.
pub(crate) fn qr_text() -> String {
    let claim = operator().signer.sign_claim(&claim()).unwrap();
    QrText { origin: facts().issuer.origin, code: code(), claim: Some(claim) }.write()
}

/// What a verifier of the operator's reports trusts, made an hour after `morning`.
pub(crate) fn trust() -> TrustBundle {
    TrustBundle::of(operator(), vec![facts().issuer.origin], later(3600))
}

/// Some seconds after `morning`.
pub(crate) fn later(seconds: i64) -> Instant {
    Instant::from_millis(morning().millis() + seconds * 1000)
}

/// The sample report as a signed PDF.
pub(crate) fn signed() -> &'static [u8] {
    static SIGNED: LazyLock<Vec<u8>> =
        LazyLock::new(|| sign(unsigned(&facts().canonical()), &operator().signer, morning()));
    &SIGNED
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
    let mut bytes = b"%PDF-1.7\n%\xe6\x98\x8e\xe8\xaf\x81\n".to_vec();
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
