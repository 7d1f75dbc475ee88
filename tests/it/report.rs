//! Facts become pages: nothing is left out, nothing leaves its margins, and pages break where a reader would break them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use mingzheng::report::fonts::Fonts;
use mingzheng::report::page::{Belongs, Paint, Role, Sheet};
use mingzheng::report::{Edition, Error, Issue, samples};
use mingzheng::rules::{Digest, Facts};
use proptest::prelude::*;
use serde_json::Value;

use crate::templates::RENDERER;

const CODE: &str = "7K3P-9QXA-M2R8-T5W1-Z";

static FONTS: LazyLock<Fonts> = LazyLock::new(|| Fonts::load().expect("the fonts open"));

fn laid_out(facts: &Facts, edition: Edition) -> Result<Sheet, Error> {
    let canonical = facts.canonical();
    let qr = format!("https://verify.example.cn/v/7K3P9QXAM2R8T5W1Z#{}", "4930518274".repeat(40));
    let digest = Digest([0xa5; 32]);
    RENDERER.sheet(&Issue { facts, canonical: &canonical, digest, code: CODE.to_owned(), qr, edition })
}

fn sample(wanted: &str) -> Facts {
    let mut all = samples().expect("the samples can be read").into_iter();
    all.find_map(|(name, facts)| (name == wanted).then_some(facts)).expect("there is such a sample")
}

/// Two hundred records in one domain.
fn long() -> Facts {
    let mut facts = sample("records");
    facts.records = (0..200).map(|at| facts.records[at % 4].clone()).collect();
    facts
}

/// A line of text on a page.
struct Line<'s> {
    page: usize,
    x: f32,
    y: f32,
    size: f32,
    spacing: f32,
    text: &'s str,
    belongs: Belongs,
}

fn lines(sheet: &Sheet) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for (page, drawn) in sheet.pages.iter().enumerate() {
        for mark in &drawn.marks {
            if let Paint::Text { x, y, size, spacing, text, .. } = &mark.paint {
                let (x, y, size, spacing) = (*x, *y, *size, *spacing);
                lines.push(Line { page, x, y, size, spacing, text, belongs: mark.belongs });
            }
        }
    }
    lines
}

/// What each element says, over all pages.
fn elements(sheet: &Sheet) -> BTreeMap<usize, String> {
    let mut said: BTreeMap<usize, String> = BTreeMap::new();
    for line in lines(sheet) {
        if let Belongs::To(element) = line.belongs {
            said.entry(element.0).or_default().push_str(line.text);
        }
    }
    said
}

/// The texts and days within facts, but for words of closed lists and for the other language.
fn said_by(value: &Value, edition: Edition, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| said_by(item, edition, found)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let word = matches!(
                    name.as_str(),
                    "format"
                        | "conclusion"
                        | "kind"
                        | "scheme"
                        | "capacity"
                        | "channel"
                        | "reason"
                        | "marks"
                        | "sanctions"
                        | "procedure"
                        | "domain"
                        | "repaired"
                        | "issued_at"
                        | "as_of"
                        | "last_success_at"
                        | "received_at"
                );
                let other = match edition {
                    Edition::Zh | Edition::Extract => "en",
                    Edition::En => "zh",
                    Edition::ZhEn => "",
                };
                let machine = name == "id" && fields.contains_key("gaps");
                if !word && !machine && name != other {
                    said_by(field, edition, found);
                }
            }
        }
        _ => {}
    }
}

fn solid(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn every_fact_is_printed() {
    for (name, facts) in samples().expect("the samples can be read") {
        for edition in [Edition::Zh, Edition::En, Edition::ZhEn] {
            let sheet = laid_out(&facts, edition).expect("it is laid out");
            let said: Vec<String> = elements(&sheet).values().map(|text| solid(text)).collect();
            let value = serde_json::to_value(&facts).expect("facts are JSON");
            let mut wanted = vec![CODE.to_owned(), Digest([0xa5; 32]).to_string()];
            said_by(&value, edition, &mut wanted);
            for fact in wanted {
                let fact = solid(&fact);
                assert!(said.iter().any(|text| text.contains(&fact)), "{name} {edition:?} leaves out {fact}");
            }
        }
    }
}

#[test]
fn amounts_are_printed_in_both_units_and_moments_on_the_clocks_of_china() {
    let sheet = laid_out(&sample("records"), Edition::Zh).expect("it is laid out");
    let said: Vec<String> = elements(&sheet).into_values().collect();
    for text in ["0.2 万元（2,000 元）", "12.34565 万元（123,456.50 元）", "2024-09-20 10:11:00 +08:00"]
    {
        assert!(said.iter().any(|said| said == text), "{text} is missing");
    }
}

#[test]
fn a_domain_without_complete_data_is_never_said_to_be_without_records() {
    let facts = sample("not-covered");
    let sheet = laid_out(&facts, Edition::Zh).expect("it is laid out");
    let said: Vec<String> = elements(&sheet).into_values().collect();
    let count = |part: &str| said.iter().filter(|text| text.contains(part)).count();
    assert_eq!(count("本平台在该领域、该期间内未归集到该主体的违法记录"), 9);
    assert_eq!(count("尚无完整数据，本报告对该部分不作结论。"), 5);
    assert_eq!(count("无违法记录"), 1, "only the subtitle names the certificates that the report replaces");
    for gap in facts.domains.iter().flat_map(|domain| &domain.gaps) {
        assert!(count(&format!("△ {}", gap.from)) > 0);
    }
    let found = laid_out(&sample("records"), Edition::Zh).expect("it is laid out");
    let beside =
        elements(&found).into_values().any(|text| text.starts_with("△ 2023-01-01 至 2023-06-30 不作结论"));
    assert!(beside, "a gap is printed beside records too");
}

#[test]
fn nothing_is_outside_the_margins() {
    let mut all = samples().expect("the samples can be read");
    all.push(("long", long()));
    for (name, facts) in all {
        for edition in Edition::ALL {
            let sheet = laid_out(&facts, edition).expect("it is laid out");
            for line in lines(&sheet) {
                let text = line.text.trim_end();
                let right = line.x + FONTS.width(line.size, line.spacing, text) - line.spacing;
                let within =
                    line.x >= 42.9 && right <= 595.28 - 42.9 && line.y >= 28.0 && line.y <= 842.0 - 20.0;
                assert!(within, "{name} {edition:?} page {}: {text:?} ends at {right}", line.page + 1);
            }
        }
    }
}

#[test]
fn every_page_has_its_header_and_footer() {
    let facts = long();
    let sheet = laid_out(&facts, Edition::Zh).expect("it is laid out");
    let (all, pages) = (lines(&sheet), sheet.pages.len());
    assert!(pages > 50);
    for page in 0..pages {
        let running: Vec<&str> = all
            .iter()
            .filter(|line| line.page == page && line.belongs == Belongs::Pagination)
            .map(|line| line.text)
            .collect();
        let wanted = [
            format!("报告编号 {}", facts.number),
            format!("防伪核验码 {CODE}"),
            format!("— {} —", page + 1),
            format!("共 {pages} 页"),
        ];
        for text in wanted {
            assert!(running.contains(&text.as_str()), "page {} lacks {text}", page + 1);
        }
    }
}

#[test]
fn heads_are_repeated_where_tables_and_records_go_on() {
    let sheet = laid_out(&sample("records"), Edition::Zh).expect("it is laid out");
    let all = lines(&sheet);
    let running = |page: usize, text: &str| {
        all.iter()
            .any(|line| line.page == page && line.belongs == Belongs::Pagination && line.text.contains(text))
    };
    assert!(running(1, "数源单位") && running(2, "数源单位"));
    assert!((3..sheet.pages.len()).any(|page| running(page, "（续）")));
}

#[test]
fn no_page_ends_with_a_heading() {
    for facts in
        samples().expect("the samples can be read").into_iter().map(|(_, facts)| facts).chain([long()])
    {
        for edition in Edition::ALL {
            let sheet = laid_out(&facts, edition).expect("it is laid out");
            for (page, drawn) in sheet.pages.iter().enumerate() {
                let last = drawn.marks.iter().rev().find_map(|mark| match mark.belongs {
                    Belongs::To(element) => Some(sheet.elements[element.0].role),
                    _ => None,
                });
                assert!(last.is_some(), "page {} is empty", page + 1);
                assert!(
                    !matches!(last, Some(Role::H1 | Role::H2 | Role::H3)),
                    "page {} ends with a heading",
                    page + 1
                );
            }
        }
    }
}

#[test]
fn no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() {
    for name in ["records", "rare", "not-covered"] {
        let sheet = laid_out(&sample(name), Edition::Zh).expect("it is laid out");
        let said = elements(&sheet);
        for line in lines(&sheet) {
            let Belongs::To(element) = line.belongs else { continue };
            let (first, last) = (line.text.chars().next(), line.text.trim_end().chars().next_back());
            let begins = said[&element.0].starts_with(line.text);
            assert!(begins || !first.is_some_and(|c| "，。、；：？！）》”】".contains(c)), "{}", line.text);
            assert!(!last.is_some_and(|c| "（《“【〔".contains(c)), "{}", line.text);
        }
    }
}

#[test]
fn elements_come_after_their_parents_and_cells_broken_over_pages_stay_one() {
    let mut facts = sample("records");
    facts.records[1].facts = "经查，当事人未按照规定公示。".repeat(60);
    let sheet = laid_out(&facts, Edition::En).expect("it is laid out");
    for (at, element) in sheet.elements.iter().enumerate() {
        assert!(element.parent.map_or(at == 0, |parent| parent.0 < at));
        assert!(!matches!(element.role, Role::Figure | Role::Form) || element.alt.is_some());
        assert!(element.role != Role::Th || element.scope.is_some());
    }
    let mut pages: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for line in lines(&sheet) {
        if let Belongs::To(element) = line.belongs {
            pages.entry(element.0).or_default().push(line.page);
        }
    }
    let broken = pages.iter().filter(|(_, pages)| pages.first() != pages.last());
    assert!(broken.map(|(id, _)| sheet.elements[*id].role).any(|role| role == Role::Td));
    assert_eq!(sheet.outline.len(), 10);
    assert_eq!(sheet.elements[sheet.seal.element.0].role, Role::Form);
    let chinese = sheet.elements.iter().filter(|element| element.lang.as_deref() == Some("zh-CN"));
    assert!(chinese.count() > 10, "what is printed in Chinese says so");
}

#[test]
fn a_character_that_no_font_has_is_named() {
    let mut facts = sample("clean");
    facts.subject.name = "示例\u{10fffd}公司".to_owned();
    let refused = laid_out(&facts, Edition::Zh);
    assert!(matches!(refused, Err(Error::NoGlyph { character: '\u{10fffd}' })));
}

fn any_text(longest: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        8 => proptest::char::range('\u{4e00}', '\u{9fa5}'),
        4 => proptest::char::range(' ', '~'),
        2 => proptest::sample::select("，。、；：？！（）《》“”【】〔〕—…·％℃\n".chars().collect::<Vec<_>>()),
        1 => proptest::sample::select("㙓䶮𬭎犇祎堃昇燊𠅤".chars().collect::<Vec<_>>()),
    ];
    proptest::collection::vec(character, 1..longest).prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_text_is_laid_out_without_losing_a_character(text in any_text(3000)) {
        prop_assume!(!text.trim().is_empty());
        let mut facts = sample("rare");
        facts.records[0].facts.clone_from(&text);
        facts.subject.address = Some(text.clone());
        let sheet = laid_out(&facts, Edition::Zh).expect("it is laid out");
        let whole = text.replace('\n', "");
        let kept = elements(&sheet).into_values().filter(|said| *said == whole).count();
        prop_assert!(kept >= 2);
    }

    #[test]
    fn any_names_are_laid_out(names in proptest::collection::vec(any_text(500), 6)) {
        let mut facts = sample("records");
        let record = &mut facts.records[1];
        record.document_number.clone_from(&names[0]);
        record.organ_name.clone_from(&names[1]);
        record.permit = Some(names[2].clone());
        facts.subject.name.clone_from(&names[3]);
        facts.domains[0].name.zh.clone_from(&names[4]);
        facts.domains[0].authorities[0].name.zh.clone_from(&names[5]);
        for edition in Edition::ALL {
            let outcome = RENDERER.check_one("any", &facts, edition);
            let faults: Vec<_> = outcome.faults().collect();
            prop_assert!(faults.is_empty(), "{edition:?}: {faults:?}");
        }
    }
}
