//! Domains, places and ready-made choices as data.

use mingzheng::rules::{
    BadCatalogue, BadPresets, Catalogue, DomainId, Presets, Profile, Purpose, Span, UnknownWord, Verdict,
};
use mingzheng::rules::{
    Integrity, IssuerTrust, Procedure, Reason, RecordKind, Sanction, Status, SubjectKind,
};
use proptest::prelude::*;

use super::house::{catalogue, day, fire, period, profile};

const HEAD: &str =
    "id = \"c\"\nversion = \"1\"\nvalid_from = \"2024-01-01\"\nzh = \"目录\"\nen = \"Catalogue\"\n";

fn domain(id: &str, code: &str) -> String {
    format!(
        "[[domain]]\nid = {id:?}\ncode = {code:?}\nzh = \"域\"\nen = \"Domain\"\nauthority_zh = \"局\"\nauthority_en = \"Bureau\"\n"
    )
}

#[test]
fn a_catalogue_keeps_its_order() {
    let catalogue = catalogue();

    assert_eq!(catalogue.get(&fire()).unwrap().zh, "消防");
    assert_eq!(catalogue.rank(&fire()), 1);
    assert_eq!(catalogue.rank(&"witchcraft".parse().unwrap()), usize::MAX);
    assert_eq!(catalogue.valid_from, day("2024-01-01"));
    assert_eq!(profile().domains.len(), 3);
}

#[test]
fn nothing_in_a_catalogue_stands_twice() {
    let parse = |domains: &[String]| Catalogue::parse(&format!("{HEAD}{}", domains.concat())).map(|_| ());

    assert_eq!(parse(&[domain("tax", "D005"), domain("fire", "D010")]), Ok(()));
    assert_eq!(
        parse(&[domain("tax", "D005"), domain("tax", "D010")]),
        Err(BadCatalogue::Twice("tax".into()))
    );
    assert_eq!(
        parse(&[domain("tax", "D005"), domain("fire", "D005")]),
        Err(BadCatalogue::Twice("D005".into()))
    );
}

#[test]
fn a_catalogue_that_cannot_be_read_says_so() {
    assert_eq!(Catalogue::parse(&format!("domain = []\n{HEAD}")), Err(BadCatalogue::Empty));
    for text in ["", "domain = 1", HEAD, &format!("{HEAD}colour = \"red\"\n{}", domain("tax", "D005"))] {
        assert!(matches!(Catalogue::parse(text), Err(BadCatalogue::Shape(_))), "{text}");
    }
    let bad_id = Catalogue::parse(&format!("{HEAD}{}", domain("Tax", "D005"))).unwrap_err();
    assert!(bad_id.to_string().contains("\"Tax\" is not a domain id"), "{bad_id}");
}

#[test]
fn a_profile_names_domains_of_the_catalogue_once_each() {
    let parse = |domains: &str| {
        let head = "id = \"p\"\nversion = \"1\"\nterritory_zh = \"本市\"\nterritory_en = \"Here\"\nnote_zh = \"\"\nnote_en = \"\"\n";
        Profile::parse(&format!("{head}domains = [{domains}]"), &catalogue()).map(|_| ())
    };

    assert_eq!(parse("\"film\""), Ok(()));
    assert_eq!(parse(""), Err(BadCatalogue::Empty));
    assert_eq!(parse("\"film\", \"film\""), Err(BadCatalogue::Twice("film".into())));
    assert_eq!(parse("\"witchcraft\""), Err(BadCatalogue::Unknown("witchcraft".parse().unwrap())));
}

#[test]
fn domain_ids_are_lower_case_words_and_hyphens() {
    for text in ["fire-rescue", "a", "24h-shops", &"a".repeat(40)] {
        assert_eq!(text.parse::<DomainId>().unwrap().as_str(), text);
    }
    for text in ["", "-", "a-", "-a", "a--b", "Fire", "消防", "a b", "a_b", &"a".repeat(41)] {
        assert!(text.parse::<DomainId>().is_err(), "{text}");
    }
}

const PRESETS: &str = r#"
[[purpose]]
id = "listing"
zh = "上市"
en = "Listing"

[[span]]
id = "12-months"
zh = "近十二个月"
en = "Twelve months"
months = 12

[[span]]
id = "three-years"
zh = "三个完整年度及本年"
en = "Three full years and the current one"
full_years = 3

[[preset]]
id = "ipo"
zh = "首次公开发行"
en = "Initial public offering"
purpose = "listing"
span = "three-years"
domains = ["fire-rescue"]
"#;

#[test]
fn a_preset_names_its_purpose_its_length_and_its_domains() {
    let presets = Presets::parse(PRESETS, &catalogue()).unwrap();

    let preset = presets.preset("ipo").unwrap();
    assert_eq!(presets.purpose(&preset.purpose).map(|purpose: &Purpose| &*purpose.en), Some("Listing"));
    let span: &Span = presets.span(&preset.span).unwrap();
    assert_eq!(span.ending(day("2026-11-22")), period("2023-01-01", "2026-11-22"));
    assert_eq!(
        presets.span("12-months").unwrap().ending(day("2026-11-22")),
        period("2025-11-23", "2026-11-22")
    );
    assert_eq!(presets.preset("unheard-of"), None);
}

#[test]
fn twelve_months_are_never_a_day_more_than_a_year() {
    let presets = Presets::parse(PRESETS, &catalogue()).unwrap();
    let year = |to| presets.span("12-months").unwrap().ending(day(to));

    assert_eq!(year("2024-02-29"), period("2023-03-01", "2024-02-29"));
    assert_eq!(year("2025-02-28"), period("2024-02-29", "2025-02-28"));
    assert_eq!(year("2024-12-31").days(), 366);
}

#[test]
fn a_preset_that_names_what_does_not_exist_is_refused() {
    let with = |old: &str, new: &str| Presets::parse(&PRESETS.replace(old, new), &catalogue()).unwrap_err();
    let unknown = |name: &str| BadPresets::Unknown { preset: "ipo".into(), name: name.into() };

    assert_eq!(with("purpose = \"listing\"", "purpose = \"fun\""), unknown("fun"));
    assert_eq!(with("span = \"three-years\"", "span = \"ages\""), unknown("ages"));
    assert_eq!(with("\"fire-rescue\"", "\"witchcraft\""), unknown("witchcraft"));
    assert_eq!(with("months = 12", "months = 12\nfull_years = 1"), BadPresets::Span("12-months".into()));
    assert_eq!(with("months = 12\n", ""), BadPresets::Span("12-months".into()));
    assert!(matches!(with("[[purpose]]", "[[purposes]]"), BadPresets::Shape(_)));
}

/// Every word of a list reads back, no two are the same, and other words are refused with the list.
macro_rules! lists {
    ($($list:ident),+) => {$(
        let words: Vec<&str> = $list::ALL.iter().map(|value| value.word()).collect();
        for (value, word) in $list::ALL.iter().zip(&words) {
            assert_eq!(word.parse(), Ok(*value));
            assert_eq!(serde_json::to_string(value).unwrap(), format!("{word:?}"));
            assert_eq!(serde_json::from_str::<$list>(&format!("{word:?}")).unwrap(), *value);
            assert_eq!(words.iter().filter(|other| *other == word).count(), 1, "{word}");
        }
        let refused: UnknownWord = "unheard-of".parse::<$list>().unwrap_err();
        assert_eq!(refused.known, words.join(", "));
    )+};
}

#[test]
fn every_word_of_a_closed_list_reads_back() {
    lists!(RecordKind, Procedure, Sanction, SubjectKind, Integrity, IssuerTrust, Status, Reason);
}

#[test]
fn every_reason_speaks_both_languages() {
    for reason in Reason::ALL {
        assert!(reason.zh().ends_with('。') && !reason.zh().is_ascii(), "{reason}");
        assert!(reason.en().ends_with('.') && reason.en().is_ascii(), "{reason}");
    }
}

#[test]
fn only_an_intact_trusted_and_standing_report_is_genuine_and_valid() {
    for &integrity in Integrity::ALL {
        for &issuer in IssuerTrust::ALL {
            for &status in Status::ALL {
                let mut verdict = Verdict::without_facts(integrity, issuer, vec![]);
                verdict.status.status = status;
                let genuine =
                    (integrity, issuer, status) == (Integrity::Intact, IssuerTrust::Trusted, Status::Valid);
                assert_eq!(verdict.is_genuine_and_valid(), genuine);
                assert!(!(verdict.is_genuine_and_valid() && verdict.cannot_tell()));
                assert!(!(integrity == Integrity::Altered && verdict.cannot_tell()), "altered is certain");
                // A picture whose QR names a report that does not stand: whatever else it shows, that is certain.
                let stands =
                    issuer != IssuerTrust::KeyRevoked && matches!(status, Status::Valid | Status::Unknown);
                let open = integrity == Integrity::CannotTell && stands;
                assert!(!open || verdict.cannot_tell(), "never called forged");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reading_of_data_panic(text in "\\PC{0,60}") {
        let _ = Catalogue::parse(&text);
        let _ = Profile::parse(&text, &catalogue());
        let _ = Presets::parse(&text, &catalogue());
        let _ = text.parse::<DomainId>();
    }

    #[test]
    fn a_span_ends_on_its_day_and_begins_before(julian in 2_440_000_i32..2_480_000, months in 0_u32..240) {
        let to = time::Date::from_julian_day(julian).unwrap();
        let text = PRESETS.replace("months = 12", &format!("months = {months}"));
        let presets = Presets::parse(&text, &catalogue()).unwrap();
        let period = presets.span("12-months").unwrap().ending(to);
        prop_assert_eq!(period.to, to);
        prop_assert!(period.from <= to);
    }
}
