//! What a QR code says fits into it, has one spelling, and stays readable for good.

use mingzheng::rules::facts::Conclusion;
use mingzheng::rules::{Period, Scheme, VerificationCode};
use mingzheng::seal::{BadClaim, BadQrText, Certificate, Claim, ClaimSubject, QrText, SignedClaim, digest};
use proptest::prelude::*;
use qrcode::{EcLevel, QrCode, Version};
use time::macros::date;

use crate::signed_sample::{claim, code, facts, keys, morning, operator, qr_text};

/// A text of version 1 and the certificate of its signer, as they were when the version was frozen. They are never made anew: if
/// this test fails, paper that people hold can no longer be checked.
const FROZEN: [&str; 2] =
    [include_str!("../golden/qr-1/text.txt"), include_str!("../golden/qr-1/signer.pem")];

#[test]
fn the_grammar_of_version_1_is_frozen() {
    let [text, certificate] = FROZEN;
    let text = text.trim_end();
    let read = QrText::read(text).unwrap();
    assert_eq!(read.write(), text);
    assert_eq!((read.origin.as_str(), &read.code), ("https://verify.credit.example.cn", &code()));
    let bytes = read.claim.unwrap();
    let message = SignedClaim::read(&bytes).unwrap();
    assert!(message.holds_for(&Certificate::from_pem(certificate).unwrap()));
    assert!(!message.holds_for(keys(2).signer.certificate()));
    let facts = "15541ec381f92374592ffb87aa6e9df24053819799151e1e13c5edfd686fcbfd";
    let conclusion = |number| match number {
        2 => Conclusion::Found,
        3 => Conclusion::NotCovered,
        _ => Conclusion::None,
    };
    let said = Claim {
        subject: ClaimSubject::Code("91310115MATE5T017A".into()),
        code: code(),
        number: "MZCR-20261122-12345678-A".parse().unwrap(),
        catalogue: "2026-01-01".into(),
        conclusions: (1..=41).map(|number| (number, conclusion(number))).collect(),
        period: Period { from: date!(2023 - 11 - 22), to: date!(2026 - 11 - 21) },
        as_of: morning(),
        issued_at: morning(),
        facts: facts.parse().unwrap(),
        status_index: 123_456,
    };
    assert_eq!(message.claim, said);
}

#[test]
fn a_claim_says_what_the_facts_say() {
    let claim = claim();
    assert_eq!(claim.subject, ClaimSubject::Code("91310115MATE5T017A".into()));
    assert_eq!(claim.facts, digest(&facts().canonical()));
    assert_eq!(claim.conclusions.len(), 41);
    assert_eq!(claim.conclusions[&1], Conclusion::None);
    assert_eq!(claim.conclusions[&2], Conclusion::Found);
    assert_eq!(claim.conclusions[&3], Conclusion::NotCovered);
}

#[test]
fn a_natural_person_is_only_committed_to() {
    let mut facts = facts();
    facts.subject.scheme = Scheme::IdentityNumber;
    facts.subject.code = "999999********0016".into();
    let commitment = ClaimSubject::commit("999999199001010016", &[7; 16]);
    let ClaimSubject::Commitment(bytes) = commitment.clone() else { panic!("a commitment") };
    let claim = Claim::of(&facts, code(), 1, &bytes).unwrap();
    assert_eq!(claim.subject, commitment);
    assert_ne!(commitment, ClaimSubject::commit("999999199001010016", &[8; 16]));
    let bytes = operator().signer.sign_claim(&claim).unwrap();
    assert_eq!(SignedClaim::read(&bytes).unwrap().claim, claim);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let mut odd = facts();
    odd.domains[4].code = "X5".into();
    assert_eq!(Claim::of(&odd, code(), 1, &[0; 16]), Err(BadClaim::Domain("X5".into())));
    odd = facts();
    odd.domains[4].code = "D513".into();
    assert_eq!(Claim::of(&odd, code(), 1, &[0; 16]), Err(BadClaim::Domain("D513".into())));
    odd = facts();
    odd.basis.catalogue.version = "v".repeat(41);
    assert_eq!(Claim::of(&odd, code(), 1, &[0; 16]), Err(BadClaim::TooLong("v".repeat(41))));
}

#[test]
fn the_qr_code_has_version_12_or_less_at_level_m() {
    let mut widest = facts();
    widest.domains = (1..=64_u32)
        .map(|number| {
            let mut domain = widest.domains[0].clone();
            domain.code = format!("D{number:03}");
            domain
        })
        .collect();
    let widest = Claim::of(&widest, code(), u64::from(u32::MAX), &[0; 16]).unwrap();
    let origin = "https://verify.credit.sample.gov.example.cn".to_owned();
    for (claim, origin) in [(claim(), facts().issuer.origin), (widest, origin)] {
        let signed = operator().signer.sign_claim(&claim).unwrap();
        let text = QrText { origin, code: code(), claim: Some(signed.clone()) }.write();
        let drawn = QrCode::with_error_correction_level(&text, EcLevel::M).unwrap();
        let Version::Normal(version) = drawn.version() else { panic!("not a micro QR") };
        println!("claim {} bytes, text {} characters, QR version {version}", signed.len(), text.len());
        assert!(version <= 12, "version {version}");
    }
}

#[test]
fn what_is_wrong_with_a_text_is_told() {
    let good = qr_text();
    let read = |text: &str| QrText::read(text).unwrap_err();
    assert_eq!(read(""), BadQrText::Shape);
    assert_eq!(read("https://example.cn/"), BadQrText::Shape);
    assert_eq!(read(&good.replace("https://", "ftp://")), BadQrText::Shape);
    assert_eq!(read(&good.replace("https://", "https://user@")), BadQrText::Shape);
    assert_eq!(read(&"9".repeat(2049)), BadQrText::Shape);
    assert_eq!(read(&good.replace("#1", "#2")), BadQrText::Version);
    assert_eq!(read(&good.replace("#1", "#")), BadQrText::Version);
    assert_eq!(read(good.split_inclusive("#1").next().unwrap()), BadQrText::Digits);
    assert_eq!(read(&format!("{good}0")), BadQrText::Digits);
    assert_eq!(read(&format!("{good} ")), BadQrText::Digits);
    let compact = code().compact();
    let mistyped = compact.replacen(&compact[..1], "7", 1);
    assert!(matches!(read(&good.replace(&compact, &mistyped)), BadQrText::Code(_)));
    assert_eq!(read(&good.replace(&compact, &compact.to_lowercase())), BadQrText::Shape);
}

#[test]
fn the_other_signature_that_ecdsa_allows_is_refused() {
    // For a valid (r, s) anybody can compute (r, n - s), which mathematics accepts as well.
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let mut bytes = operator().signer.sign_claim(&claim()).unwrap();
    let at = bytes.len() - 32;
    let mut borrow = 0;
    for (byte, order) in bytes[at..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let message = SignedClaim::read(&bytes).unwrap();
    assert_eq!(message.claim, claim());
    assert!(!message.holds_for(operator().signer.certificate()));
}

proptest! {
    #[test]
    fn any_bytes_survive_the_decimal_writing(bytes in prop::collection::vec(any::<u8>(), 1..300), random: [u8; 10]) {
        let text = QrText {
            origin: "https://a.cn:8443".into(),
            code: VerificationCode::from_random(random),
            claim: Some(bytes),
        };
        prop_assert_eq!(QrText::read(&text.write()), Ok(text));
    }

    #[test]
    fn a_text_that_reads_is_the_text_that_would_be_written(digits in "[0-9]{0,80}") {
        let text = format!("https://a.cn/v/{}#1{digits}", code().compact());
        if let Ok(read) = QrText::read(&text) {
            prop_assert_eq!(read.write(), text);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,80}", tail in "\\PC{0,40}") {
        let _ = QrText::read(&text);
        let _ = QrText::read(&format!("https://a.cn/v/{}#1{tail}", code().compact()));
    }

    #[test]
    fn no_bytes_make_the_claim_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SignedClaim::read(&bytes).is_none());
    }

    #[test]
    fn a_changed_claim_never_holds(at in 0usize..220, bit in 0u8..8) {
        let mut bytes = operator().signer.sign_claim(&claim()).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let holds = SignedClaim::read(&bytes).is_some_and(|it| it.holds_for(operator().signer.certificate()));
        prop_assert!(!holds);
    }
}
