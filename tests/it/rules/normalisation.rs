//! One spelling for what people write in many ways, and what of a person may be seen.

use mingzheng::rules::{mask, normal};
use proptest::prelude::*;

#[test]
fn identifiers_lose_width_spaces_and_case() {
    assert_eq!(normal::code(" ９１３１０１１５ｍａｔｅ５ｔ０１７ａ\u{3000}\n"), "91310115MATE5T017A");
    assert_eq!(normal::code("\u{feff}9131\u{200b}0115\u{a0}MATE\u{ad}5T017A\0"), "91310115MATE5T017A");
}

#[test]
fn all_brackets_of_document_numbers_are_one_bracket() {
    let one = "沪消行罚决字〔2024〕第0001号";
    let spellings = [
        "沪消行罚决字〔2024〕第0001号",
        "沪消行罚决字﹝2024﹞第0001号",
        "沪消行罚决字［2024］第0001号",
        "沪消行罚决字[2024]第0001号",
        "沪消行罚决字【2024】第0001号",
        "沪消行罚决字（2024）第0001号",
        "沪消行罚决字(2024)第0001号",
        "沪消行罚决字 (２０２４) 第 ０００１ 号",
        "沪消行罚决字\u{200b}〔2024〕第0001号\u{feff}",
    ];
    for spelling in spellings {
        assert_eq!(normal::document_number(spelling), one, "{spelling}");
    }
}

#[test]
fn all_dashes_of_document_numbers_are_one_dash() {
    for spelling in ["A-1", "A－1", "a—1", "A–1", "A‑1", "A−1"] {
        assert_eq!(normal::document_number(spelling), "A-1", "{spelling}");
    }
}

#[test]
fn different_document_numbers_stay_different() {
    assert_ne!(normal::document_number("〔2024〕1号"), normal::document_number("〔2024〕11号"));
    assert_ne!(normal::document_number("〔2024〕1号"), normal::document_number("2024〕1号"));
}

#[test]
fn names_are_compared_without_width_and_spaces() {
    let one = "明证(上海)TEST科技有限公司";
    for spelling in
        ["明证（上海）test科技有限公司", "明证(上海) Ｔest 科技有限公司", "明证〔上海〕TEST科技有限公司"]
    {
        assert_eq!(normal::name(spelling), one, "{spelling}");
    }
    assert_eq!(normal::name("买买提•测试"), normal::name("买买提·测试"));
}

#[test]
fn rare_characters_of_names_are_left_alone() {
    assert_eq!(normal::name("㙓䶮𬭎犇祎堃昇燊𠅤"), "㙓䶮𬭎犇祎堃昇燊𠅤");
}

#[test]
fn free_text_keeps_its_lines_and_loses_what_cannot_be_seen() {
    assert_eq!(normal::free_text("\u{feff} 一\r\n二\r三\t四\0\u{7} "), "一\n二\n三 四");
    assert_eq!(normal::free_text("一\u{2028}二\u{202e}三\u{200b}"), "一\n二三");
    assert_eq!(normal::free_text("罚款 5,000 元(大写)。"), "罚款 5,000 元(大写)。");
}

#[test]
fn masks_are_as_the_standard_form_shows() {
    assert_eq!(mask::identity_number("999999199001010016"), "999999********0016");
    assert_eq!(mask::identity_number("H1234567"), "********", "too short to hide anything is hidden whole");
    assert_eq!(mask::person_name("王小明"), "王**");
    assert_eq!(mask::person_name("王"), "*");
    assert_eq!(mask::person_name(""), "");
    assert_eq!(
        mask::numbers("电话13800001234，第 3 次，99999919900101001X"),
        "电话***********，第 3 次，******************"
    );
    assert_eq!(mask::numbers("2026 年 123456 份"), "2026 年 123456 份");
    assert_eq!(mask::phone("13800001234"), "138****1234");
}

proptest! {
    #[test]
    fn a_normal_form_is_its_own_normal_form(text in "\\PC{0,40}") {
        for form in [normal::code, normal::document_number, normal::name, normal::free_text] {
            let once = form(&text);
            prop_assert_eq!(form(&once), once);
        }
    }

    #[test]
    fn any_characters_can_be_normalised(text: String) {
        let code = normal::code(&text);
        prop_assert!(!code.contains(char::is_whitespace) && !code.contains(char::is_control));
        let free = normal::free_text(&text);
        prop_assert!(!free.contains(|c: char| c.is_control() && c != '\n'));
        prop_assert_eq!(free.trim(), &free);
        let _ = (normal::document_number(&text), normal::name(&text));
    }

    #[test]
    fn a_mask_reveals_no_more_than_it_says(text in "[a-z明证\u{20000}]{0,30}") {
        for (mask, seen) in [(mask::identity_number as fn(&str) -> String, 10), (mask::person_name, 1), (mask::phone, 7)] {
            let masked = mask(&text);
            let length = text.chars().count();
            let revealed = masked.chars().filter(|&c| c != '*').count();
            prop_assert_eq!(masked.chars().count(), length);
            prop_assert!(revealed <= seen && (revealed == 0 || revealed < length), "{} as {}", text, masked);
            prop_assert!(masked.chars().zip(text.chars()).all(|(m, c)| m == '*' || m == c));
        }
    }
}
