//! Report numbers and verification codes: people read them from paper and type them.

use mingzheng::rules::{BadReportNumber, BadVerificationCode, Digest, ReportNumber, VerificationCode};
use proptest::prelude::*;

use super::house::day;

const SYMBOLS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn number() -> ReportNumber {
    ReportNumber::new("MZCR", day("2026-11-22"), [7, 19, 3, 22, 9, 23, 29, 10])
}

fn verification_code() -> VerificationCode {
    VerificationCode::from_random([0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x5a, 0xa5])
}

/// Every text that differs from `right` in one letter or digit, at every place and with every symbol.
fn slips(right: &str) -> impl Iterator<Item = String> {
    let places = right.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric());
    places.flat_map(move |(at, old)| {
        let others = ('0'..='9').chain('A'..='Z').filter(move |&new| new != old);
        others.map(move |new| {
            let mut typed = right.to_owned();
            typed.replace_range(at..=at, new.encode_utf8(&mut [0; 4]));
            typed
        })
    })
}

#[test]
fn a_report_number_is_readable() {
    let number = number().to_string();

    assert!(number.starts_with("MZCR-20261122-7K3P9QXA-"), "{number}");
    assert_eq!(number.len(), 24);
}

#[test]
fn a_report_number_is_read_back_however_it_is_typed() {
    let number = number();
    let printed = number.to_string();
    let spaced = printed.replace('-', " - ");
    let wide: String = printed.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    for typed in [printed.clone(), number.compact().into(), printed.to_lowercase(), spaced, wide] {
        assert_eq!(typed.parse(), Ok(number.clone()), "{typed}");
    }
}

#[test]
fn every_slip_in_a_report_number_is_noticed() {
    let mut count = 0;
    for typed in slips(&number().to_string()) {
        assert!(typed.parse::<ReportNumber>().is_err(), "{typed}");
        count += 1;
    }
    assert_eq!(count, 21 * 35);
}

#[test]
fn what_does_not_look_like_a_report_number_is_told_apart_from_a_typing_error() {
    for text in ["", "MZCR", "MZCR-20261122-7K3P9QXA", "1ZCR-20261122-7K3P9QXA-M", "MZCR-2026112A-7K3P9QXA-M"]
    {
        assert_eq!(text.parse::<ReportNumber>(), Err(BadReportNumber::Shape), "{text}");
    }
    assert_eq!("M".repeat(1_000).parse::<ReportNumber>(), Err(BadReportNumber::Shape));
    assert_eq!("报告编号".parse::<ReportNumber>(), Err(BadReportNumber::Shape));
    let wrong: Vec<_> =
        slips(&number().to_string()).filter_map(|typed| typed.parse::<ReportNumber>().err()).collect();
    assert!(wrong.contains(&BadReportNumber::Check));
}

#[test]
fn a_prefix_that_is_not_four_capital_letters_is_filled_up() {
    for (prefix, expected) in [("", "XXXX"), ("AB", "ABXX"), ("a1明Z", "XXXZ"), ("LONGER", "LONG")] {
        let number = ReportNumber::new(prefix, day("2026-11-22"), [0; 8]);
        assert_eq!(&number.compact()[..4], expected);
        assert_eq!(number.to_string().parse(), Ok(number));
    }
}

#[test]
fn a_verification_code_is_printed_in_groups_of_four() {
    let printed = verification_code().to_string();

    let groups: Vec<usize> = printed.split('-').map(str::len).collect();
    assert_eq!(groups, [4, 4, 4, 4, 1]);
    assert_eq!(printed.replace('-', ""), verification_code().compact());
    assert_eq!(VerificationCode::from_random([0xff; 10]).to_string()[..19], *"ZZZZ-ZZZZ-ZZZZ-ZZZZ");
    assert_eq!(VerificationCode::from_random([0; 10]).to_string()[..19], *"0000-0000-0000-0000");
}

#[test]
fn a_verification_code_does_not_show_itself_in_logs() {
    assert_eq!(format!("{:?}", verification_code()), "VerificationCode(…)");
}

#[test]
fn every_slip_in_a_verification_code_is_noticed() {
    // O, I and L are read as 0, 1 and 1, which they were taken for.
    let printed = verification_code().to_string();
    let meant = |text: &str| text.replace('O', "0").replace(['I', 'L'], "1");
    for typed in slips(&printed).filter(|typed| meant(typed) != printed) {
        assert!(typed.parse::<VerificationCode>().is_err(), "{typed}");
    }
}

#[test]
fn typing_errors_in_a_verification_code_are_told() {
    let cases = [
        ("", BadVerificationCode::Length(0)),
        ("0000-0000-0000-0000", BadVerificationCode::Length(16)),
        ("0000-0000-0000-0000-00", BadVerificationCode::Length(18)),
        ("0000-0U00-0000-0000-0", BadVerificationCode::Symbol { symbol: 'U', at: 6 }),
        ("0000-0000-0000-000码-0", BadVerificationCode::Symbol { symbol: '码', at: 16 }),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<VerificationCode>(), Err(expected), "{text}");
    }
    let long = "码".repeat(300);
    assert_eq!(long.parse::<VerificationCode>(), Err(BadVerificationCode::Length(300)));
    let mut mistyped = verification_code().to_string();
    mistyped.replace_range(..1, if mistyped.starts_with('2') { "3" } else { "2" });
    assert_eq!(mistyped.parse::<VerificationCode>(), Err(BadVerificationCode::Check));
}

#[test]
fn a_digest_is_64_hexadecimal_digits() {
    let text = "00ff".repeat(16);
    let digest: Digest = text.parse().unwrap();

    assert_eq!(digest.to_string(), text);
    assert_eq!(text.to_uppercase().parse(), Ok(digest));
    assert_eq!(Digest::ZERO.to_string(), "0".repeat(64));
    for bad in
        ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"é".repeat(32), &"+f".repeat(32)]
    {
        assert!(bad.parse::<Digest>().is_err(), "{bad}");
    }
}

/// What people do to a code when they type it.
fn typed(code: &str, habits: [bool; 5]) -> String {
    let [lower, letters, wide, spaced, joined] = habits;
    let mut text = if joined { code.replace('-', "") } else { code.to_owned() };
    if letters {
        text = text.replace('0', "O").replacen('1', "I", 1).replace('1', "L");
    }
    if lower {
        text = text.to_lowercase();
    }
    let widened = |c: char| if wide { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c };
    let space = if spaced { "\u{3000} " } else { "" };
    text.chars().flat_map(|c| [widened(c)].into_iter().chain(space.chars())).collect()
}

proptest! {
    #[test]
    fn a_verification_code_is_read_however_it_is_typed(random: [u8; 10], habits: [bool; 5]) {
        let code = VerificationCode::from_random(random);
        let text = typed(&code.to_string(), habits);
        prop_assert_eq!(text.parse(), Ok(code), "{}", text);
    }

    #[test]
    fn a_verification_code_holds_its_eighty_bits(random: [u8; 10]) {
        prop_assert_eq!(VerificationCode::from_random(random).bits(), random);
    }

    #[test]
    fn one_wrong_character_in_any_verification_code_is_noticed(
        random: [u8; 10], at in 0_usize..17, symbol in 0_usize..32
    ) {
        let right = VerificationCode::from_random(random);
        let mut wrong = right.compact();
        wrong.replace_range(at..=at, &SYMBOLS[symbol..=symbol]);
        prop_assert_eq!(wrong.parse::<VerificationCode>().is_ok(), wrong == right.compact());
    }

    #[test]
    fn a_report_number_reads_back_as_printed(random: [u8; 8], prefix in "[A-Z]{4}", ordinal in 0_i32..3_000_000) {
        let day = time::Date::from_julian_day(2_415_021 + ordinal % 80_000).unwrap();
        let number = ReportNumber::new(&prefix, day, random);
        prop_assert_eq!(number.to_string().parse(), Ok(number.clone()));
        let json = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(serde_json::from_str::<ReportNumber>(&json).unwrap(), number);
    }

    #[test]
    fn one_wrong_character_in_any_report_number_is_noticed(
        random: [u8; 8], at in 0_usize..21, symbol in "[0-9A-Z]"
    ) {
        let right = ReportNumber::new("MZCR", day("2026-11-22"), random);
        let mut wrong = right.compact().to_owned();
        wrong.replace_range(at..=at, &symbol);
        prop_assert_eq!(wrong.parse::<ReportNumber>().is_ok(), wrong == right.compact());
    }

    #[test]
    fn a_digest_reads_back_as_printed(bytes: [u8; 32]) {
        prop_assert_eq!(Digest(bytes).to_string().parse(), Ok(Digest(bytes)));
    }

    #[test]
    fn no_text_makes_a_parser_of_codes_panic(text in "\\PC{0,60}", alike in "[0-9A-Zoil -]{0,30}") {
        for text in [text, alike] {
            let _ = text.parse::<ReportNumber>();
            let _ = text.parse::<VerificationCode>();
            let _ = text.parse::<Digest>();
        }
    }
}
