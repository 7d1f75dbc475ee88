//! Codes of organisations, persons and registers: every vector of the standards, and every slip of the finger.

use mingzheng::rules::iso7064::{mod_11_10, mod_33_32, mod_37_36};
use mingzheng::rules::{
    BadCitizenNumber, BadCreditCode, CitizenNumber, CreditCode, OddRegistrationNumber,
    check_registration_number, is_organisation_code, organisation_check,
};
use proptest::prelude::*;

use super::house::parent;

/// Codes in use, both checks right (the companies they name are none of a test's business).
const REAL: [&str; 19] = [
    "914403001922038216",
    "9144030071526726XG",
    "91310000132260250X",
    "9131000013221158XC",
    "9131000010000595XD",
    "91310000631696382C",
    "91100000100003962T",
    "911000001000013428",
    "91110000710925462X",
    "91110000710926094P",
    "91330100799655058B",
    "91110108551385082Q",
    "91440300192317458F",
    "9144030010001686XA",
    "91350900587527783P",
    "91110000101623741K",
    "12100000425006117P",
    "12100000400000624D",
    "12100000400002259P",
];

/// Codes of nobody, both checks right.
const FICTIONAL: [&str; 9] = [
    "91310115MATE5T017A",
    "91310115MATE5T0255",
    "91310101MATE5T033N",
    "91310000MATE5T041X",
    "91120116MATE5T05XP",
    "92310104MATE5T068H",
    "93310151MATE5T076B",
    "52310000MJTE5T0876",
    "11310000MBTE5T096W",
];

/// Really registered, although their last character does not fit; the check inside does.
const IRREGULAR: [&str; 2] = ["91350211M0000XUF46", "911000001000044477"];

/// The weighted sum of its first 17 characters is a multiple of 31, so that its check character is `0`.
const MULTIPLE_OF_31: &str = "91310115MATE5T0330";

const CREDIT_SYMBOLS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

#[test]
fn every_known_credit_code_is_right() {
    for text in REAL.iter().chain(&FICTIONAL) {
        let code: CreditCode = text.parse().unwrap();
        assert_eq!(code.to_string(), *text);
        assert!(is_organisation_code(code.organisation_code()), "{text}");
        assert!(code.has_known_head(), "{text}");
    }
}

#[test]
fn a_code_with_both_checks_wrong_is_refused() {
    let refused = "91310115MA1H8R7C6D".parse::<CreditCode>().unwrap_err();

    assert!(matches!(refused, BadCreditCode::Check { .. }));
    assert!(!is_organisation_code("MA1H8R7C6"));
}

#[test]
fn a_changed_last_digit_is_told_with_the_right_one() {
    let refused = "914403001922038217".parse::<CreditCode>();

    assert_eq!(refused, Err(BadCreditCode::Check { expected: '6' }));
    assert_eq!(refused.unwrap_err().to_string(), "the check character, the 18th, should be '6'");
}

#[test]
fn a_sum_divisible_by_31_has_the_check_character_0() {
    let value = |c: char| CREDIT_SYMBOLS.find(c).unwrap();
    let weight = |at: u32| 3_usize.pow(at) % 31;
    let sum: usize = (0..17).zip(MULTIPLE_OF_31.chars()).map(|(at, c)| value(c) * weight(at)).sum();

    assert_eq!(sum % 31, 0);
    assert_eq!(MULTIPLE_OF_31.parse::<CreditCode>().unwrap().to_string(), MULTIPLE_OF_31);
    assert_eq!(
        format!("{}Y", &MULTIPLE_OF_31[..17]).parse::<CreditCode>(),
        Err(BadCreditCode::Check { expected: '0' })
    );
}

#[test]
fn an_irregular_code_is_taken_only_when_the_register_confirms_it() {
    for (text, expected) in IRREGULAR.into_iter().zip(['R', '3']) {
        let refused = text.parse::<CreditCode>().unwrap_err();

        assert_eq!(refused, BadCreditCode::Check { expected });
        assert!(refused.can_be_confirmed());
        let code = CreditCode::confirmed_by_register(text).unwrap();
        assert_eq!(code.to_string(), text);
        assert!(is_organisation_code(code.organisation_code()), "{text}: its inner check is right");
    }
}

#[test]
fn a_wrong_inner_check_is_told_apart_from_a_wrong_outer_one() {
    // The outer check fits the changed inner one.
    let fits = |check: &char| {
        let text = format!("91310115MATE5T018{check}");
        !matches!(text.parse::<CreditCode>(), Err(BadCreditCode::Check { .. }))
    };
    let check = CREDIT_SYMBOLS.chars().find(fits).unwrap();

    let refused = format!("91310115MATE5T018{check}").parse::<CreditCode>().unwrap_err();

    assert_eq!(refused, BadCreditCode::OrganisationCheck { expected: '7' });
    assert!(refused.can_be_confirmed());
}

#[test]
fn shape_is_never_forgiven() {
    let cases = [
        ("", BadCreditCode::Length(0)),
        ("91310115MATE5T017", BadCreditCode::Length(17)),
        ("91310115MATE5T017AA", BadCreditCode::Length(19)),
        ("9131O115MATE5T017A", BadCreditCode::Symbol { symbol: 'O', at: 5 }),
        ("91310115MATE5T017I", BadCreditCode::Symbol { symbol: 'I', at: 18 }),
        ("s1310115MATE5T017A", BadCreditCode::Symbol { symbol: 's', at: 1 }),
        ("91310115mate5t017a", BadCreditCode::Symbol { symbol: 'm', at: 9 }),
        ("9131011５MATE5T017A", BadCreditCode::Symbol { symbol: '５', at: 8 }),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<CreditCode>(), Err(expected.clone()), "{text}");
        assert_eq!(CreditCode::confirmed_by_register(text), Err(expected.clone()), "{text}");
        assert!(!expected.can_be_confirmed());
    }
}

#[test]
fn the_parts_of_a_code_are_at_hand() {
    let organ: CreditCode = "11310000MBTE5T096W".parse().unwrap();

    assert_eq!(parent().division(), "310115");
    assert_eq!(parent().organisation_code(), "MATE5T017");
    assert!(organ.is_organ() && !parent().is_organ());
    assert_eq!(format!("{:?}", parent()), "91310115MATE5T017A");
}

#[test]
fn an_unknown_department_is_worth_a_warning_only() {
    assert!(!CreditCode::confirmed_by_register("QQ310115MATE5T017A").unwrap().has_known_head());
    assert!(CreditCode::confirmed_by_register("N2310115MATE5T017A").unwrap().has_known_head());
}

#[test]
fn a_stored_code_reads_back_even_when_it_is_irregular() {
    let code = CreditCode::confirmed_by_register(IRREGULAR[0]).unwrap();
    let json = serde_json::to_string(&code).unwrap();

    assert_eq!(json, format!("{:?}", IRREGULAR[0]));
    assert_eq!(serde_json::from_str::<CreditCode>(&json).unwrap(), code);
    assert!(serde_json::from_str::<CreditCode>("\"too short\"").is_err());
}

#[test]
fn organisation_codes_have_three_kinds_of_check_character() {
    assert_eq!(organisation_check("MATE5T01"), Some('7'));
    assert_eq!(organisation_check("71526726"), Some('X'));
    assert_eq!(organisation_check("13226025"), Some('0'));
    assert!(is_organisation_code("71526726-X") && is_organisation_code("71526726X"));
}

#[test]
fn what_is_no_organisation_code_has_no_check() {
    for text in ["", "1234567", "123456789", "mate5t01", "MATE5T0 ", "机构代码", "é2345678"] {
        assert_eq!(organisation_check(text), None, "{text}");
    }
    for text in ["", "71526726", "71526726x", "71526726-Y", "71526726XX", "715267机", "---------"] {
        assert!(!is_organisation_code(text), "{text}");
    }
}

#[test]
fn citizen_numbers_of_the_standard_are_right() {
    let cases = [
        ("11010519491231002X", "1949-12-31"),
        ("440524188001010014", "1880-01-01"),
        ("999999199001010016", "1990-01-01"),
    ];
    for (text, birth) in cases {
        let number: CitizenNumber = text.parse().unwrap();
        assert_eq!(number.expose(), text);
        assert_eq!(number.birth().unwrap().to_string(), birth);
    }
}

#[test]
fn residents_of_other_places_have_numbers_of_the_same_rule() {
    for head in ["81000019900101001", "82000019900101001", "83000019900101001", "91100119900101001"] {
        let right =
            "0123456789X".chars().filter(|check| format!("{head}{check}").parse::<CitizenNumber>().is_ok());
        assert_eq!(right.count(), 1, "{head}");
    }
}

#[test]
fn a_wrong_citizen_number_is_refused_without_repeating_it() {
    let cases = [
        ("", BadCitizenNumber::Shape),
        ("11010519491231002", BadCitizenNumber::Shape),
        ("11010519491231002x", BadCitizenNumber::Shape),
        ("1101051949123100X2", BadCitizenNumber::Shape),
        ("公民身份号码", BadCitizenNumber::Shape),
        ("110105194902310020", BadCitizenNumber::Birth),
        ("110105194913310020", BadCitizenNumber::Birth),
        ("110105190002290020", BadCitizenNumber::Birth),
        ("110105194912310021", BadCitizenNumber::Check),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<CitizenNumber>(), Err(expected), "{text}");
        assert!(text.is_empty() || !expected.to_string().contains(text));
    }
}

#[test]
fn a_citizen_number_never_shows_itself_whole() {
    let number: CitizenNumber = "11010519491231002X".parse().unwrap();

    assert_eq!(number.to_string(), "110105********002X");
    assert_eq!(format!("{number:?}"), "110105********002X");
}

#[test]
fn registration_numbers_of_fifteen_digits_are_checked() {
    let right = [
        "310115600985533",
        "110108000000016",
        "440301103097413",
        "440301103448669",
        "330100400015575",
        "110108012660422",
    ];
    for text in right {
        assert_eq!(check_registration_number(text), Ok(()), "{text}");
    }
    assert_eq!(
        check_registration_number("310115600985535"),
        Err(OddRegistrationNumber::Check { expected: '3' })
    );
    for old in ["", "3101151003366", "31011560098553X", "企业注册号三一", "3101156009855331"] {
        assert_eq!(check_registration_number(old), Err(OddRegistrationNumber::Shape), "{old}");
    }
}

#[test]
fn the_check_systems_agree_with_their_published_examples() {
    assert_eq!(mod_37_36("A12425GABC1234002"), Some('M'));
    assert_eq!(mod_37_36("SHCR20230301000001"), Some('0'));
    assert_eq!(mod_11_10("31011560098553"), Some('3'));
    assert_eq!(mod_11_10("0794"), Some('5'));
    assert_eq!((mod_37_36("a"), mod_37_36("-"), mod_37_36("码")), (None, None, None));
    assert_eq!((mod_11_10("A"), mod_11_10("１")), (None, None));
    assert!(mod_33_32(&[255; 16]) < 32);
}

/// The definition of a hybrid system, the other way round: with its check a text gives 1.
fn product(values: &[u32], modulus: u32) -> u32 {
    let (check, head) = values.split_last().unwrap();
    let mut p = modulus;
    for value in head {
        let s = (p + value) % modulus;
        let s = if s == 0 { modulus } else { s };
        p = 2 * s % (modulus + 1);
    }
    (p + check) % modulus
}

proptest! {
    #[test]
    fn exactly_one_check_character_fits_a_credit_code(stem in "[0-9A-HJ-NPQRTUWXY]{17}") {
        let wrong_outer = |check: &char| {
            matches!(format!("{stem}{check}").parse::<CreditCode>(), Err(BadCreditCode::Check { .. }))
        };
        prop_assert_eq!(CREDIT_SYMBOLS.chars().filter(|c| !wrong_outer(c)).count(), 1);
    }

    #[test]
    fn one_wrong_character_in_a_credit_code_is_always_noticed(
        code in prop::sample::select(&FICTIONAL[..]), at in 0_usize..18, symbol in "[0-9A-HJ-NPQRTUWXY]"
    ) {
        let mut typed = code.to_owned();
        typed.replace_range(at..=at, &symbol);
        prop_assert_eq!(typed.parse::<CreditCode>().is_ok(), typed == code);
    }

    #[test]
    fn a_credit_code_reads_back_as_printed(text in "[0-9A-HJ-NPQRTUWXY]{18}") {
        let code = CreditCode::confirmed_by_register(&text).unwrap();
        prop_assert_eq!(code.to_string(), text.clone());
        prop_assert_eq!(CreditCode::confirmed_by_register(code.as_str()), Ok(code));
    }

    #[test]
    fn checks_fulfil_the_definition_of_the_standard(text in "[0-9A-Z]{1,30}", digits in "[0-9]{1,30}") {
        let values = |text: &str| -> Vec<u32> { text.chars().filter_map(|c| c.to_digit(36)).collect() };
        let completed = format!("{text}{}", mod_37_36(&text).unwrap());
        prop_assert_eq!(product(&values(&completed), 36), 1);
        let completed = format!("{digits}{}", mod_11_10(&digits).unwrap());
        prop_assert_eq!(product(&values(&completed), 10), 1);
    }

    #[test]
    fn every_slip_in_a_registration_number_is_noticed(stem in "[0-9]{14}", at in 0_usize..15, digit in "[0-9]") {
        let right = format!("{stem}{}", mod_11_10(&stem).unwrap());
        let mut typed = right.clone();
        typed.replace_range(at..=at, &digit);
        prop_assert_eq!(check_registration_number(&typed).is_ok(), typed == right);
    }

    #[test]
    fn every_slip_in_a_citizen_number_is_noticed(at in 0_usize..18, symbol in "[0-9X]") {
        let right = "999999199001010016";
        let mut typed = right.to_owned();
        typed.replace_range(at..=at, &symbol);
        prop_assert_eq!(typed.parse::<CitizenNumber>().is_ok(), typed == right);
    }

    #[test]
    fn no_text_makes_a_parser_of_identifiers_panic(text in "\\PC{0,40}", bytes in "[0-9A-Z\u{ff10}é-]{0,20}") {
        for text in [text, bytes] {
            let _ = text.parse::<CreditCode>();
            let _ = CreditCode::confirmed_by_register(&text).map(|code| (code.division().len(), code.has_known_head()));
            let _ = text.parse::<CitizenNumber>();
            let _ = check_registration_number(&text);
            let _ = (is_organisation_code(&text), organisation_check(&text));
            let _ = (mod_11_10(&text), mod_37_36(&text), mod_33_32(text.as_bytes()));
        }
    }
}
