//! Money in whole fen, read from ten thousands of yuan.

use mingzheng::rules::{BadAmount, Fen};
use proptest::prelude::*;

#[test]
fn amounts_in_wan_are_exact_to_the_fen() {
    let cases = [
        ("0.2", 200_000),
        ("0", 0),
        ("00.20", 200_000),
        ("15", 15_000_000),
        ("0.000001", 1),
        ("1.234567", 1_234_567),
        ("0.1000000000", 100_000),
        ("999999999.999999", 999_999_999_999_999),
    ];
    for (text, fen) in cases {
        assert_eq!(Fen::from_wan(text), Ok(Fen(fen)), "{text}");
        assert_eq!(text.parse(), Ok(Fen(fen)), "{text}");
    }
    assert_eq!(Fen::from_wan("0.2"), Ok(Fen::from_yuan(2_000)), "2,000 yuan are 0.2 wan");
}

#[test]
fn what_is_no_amount_is_refused_with_its_reason() {
    let cases = [
        ("", BadAmount::Shape),
        (".5", BadAmount::Shape),
        ("5.", BadAmount::Shape),
        ("+5", BadAmount::Shape),
        ("--5", BadAmount::Shape),
        ("-", BadAmount::Shape),
        ("1,000", BadAmount::Shape),
        ("1e3", BadAmount::Shape),
        ("0.2万元", BadAmount::Shape),
        ("０.2", BadAmount::Shape),
        ("1.2.3", BadAmount::Shape),
        ("NaN", BadAmount::Shape),
        ("-0.2", BadAmount::Negative),
        ("0.0000001", BadAmount::Decimals),
        ("1000000000", BadAmount::Large),
        ("99999999999999999999999999", BadAmount::Large),
    ];
    for (text, expected) in cases {
        assert_eq!(Fen::from_wan(text), Err(expected), "{text}");
    }
}

#[test]
fn a_cell_of_nothing_but_dashes_is_refused_like_any_other() {
    assert_eq!(Fen::from_wan(&"-".repeat(1_000_000)), Err(BadAmount::Shape));
}

#[test]
fn amounts_are_printed_in_yuan_or_in_wan() {
    assert_eq!(Fen::from_yuan(2_000).to_string(), "2000.00");
    assert_eq!(Fen(5).to_string(), "0.05");
    assert_eq!(Fen::from_yuan(2_000).wan(), "0.2");
    assert_eq!(Fen::from_yuan(150_000).wan(), "15");
    assert_eq!(Fen(1).wan(), "0.000001");
    assert_eq!(Fen(0).wan(), "0");
    assert_eq!(Fen::from_yuan(i64::MAX), Fen(i64::MAX), "too much is the most there is");
}

#[test]
fn an_amount_above_a_hundred_million_yuan_is_suspicious() {
    assert_eq!(Fen::SUSPICIOUS, Fen::from_wan("10000").unwrap());
    assert_eq!(Fen::SUSPICIOUS, Fen::from_yuan(100_000_000));
}

proptest! {
    #[test]
    fn an_amount_reads_back_as_printed(fen in 0_i64..1_000_000_000_000_000) {
        prop_assert_eq!(Fen::from_wan(&Fen(fen).wan()), Ok(Fen(fen)));
    }

    #[test]
    fn no_text_makes_an_amount_panic(text in "\\PC{0,30}", alike in "[-0-9.]{0,30}") {
        let _ = Fen::from_wan(&text);
        if let Ok(amount) = Fen::from_wan(&alike) {
            prop_assert!(amount >= Fen(0));
        }
    }
}
