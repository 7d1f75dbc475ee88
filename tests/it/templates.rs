//! Templates: checked whole before anything is printed, and every sample prints the same twice.

use std::sync::LazyLock;

use mingzheng::report::{Edition, Error, Language, Renderer};

pub(crate) static RENDERER: LazyLock<Renderer> =
    LazyLock::new(|| Renderer::load().expect("the templates are right"));

const ZH: &str = include_str!("../../report-templates/report.zh.toml");
const EN: &str = include_str!("../../report-templates/report.en.toml");

#[test]
fn every_sample_in_every_edition_is_drawn_twice_alike_and_without_fault() {
    let outcomes = RENDERER.check().expect("the samples can be read");
    assert_eq!(outcomes.len(), 20);
    for outcome in outcomes {
        let faults: Vec<_> = outcome.faults().collect();
        assert_eq!(faults, [], "{} {:?}", outcome.sample, outcome.edition);
        assert!(outcome.judged.len() > 15);
        let most = match outcome.edition {
            Edition::Extract => 1,
            Edition::Zh if outcome.sample == "clean" => 3,
            Edition::En if outcome.sample == "clean" => 4,
            _ => usize::MAX,
        };
        assert!(
            outcome.pages <= most,
            "{} {:?} has {} pages",
            outcome.sample,
            outcome.edition,
            outcome.pages
        );
    }
}

#[test]
fn each_template_names_its_source_and_its_day() {
    for text in [ZH, EN, include_str!("../../report-templates/page.toml")] {
        let mut lines = text.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("# Source: ")));
        assert!(lines.next().is_some_and(|line| line.starts_with("# Date: 20")));
    }
}

/// Why a changed template is refused.
fn refused(language: Language, text: &str) -> String {
    match language.check_template(text) {
        Err(Error::Template { reason, .. }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_template_with_anything_missing_or_unknown_is_refused_by_name() {
    assert!(Language::Zh.check_template(ZH).is_ok());
    assert!(Language::En.check_template(EN).is_ok());
    let without = EN.replace("hint = ", "hind = ");
    assert_eq!(refused(Language::En, &without), "text.front.hint is missing");
    let more = EN.replace("[text.seal]", "[text.seal]\nwax = \"red\"");
    assert_eq!(refused(Language::En, &more), "nobody prints text.seal.wax");
    let strange = EN.replace("signed = \"{issuer}\"", "signed = \"{issuer} {king}\"");
    assert_eq!(refused(Language::En, &strange), "text.seal.signed: it has no place {king}");
    let dropped = EN.replace("signed = \"{issuer}\"", "signed = \"us\"");
    assert_eq!(refused(Language::En, &dropped), "text.seal.signed: the place {issuer} is missing");
    let open = EN.replace("signed = \"{issuer}\"", "signed = \"{issuer\"");
    assert_eq!(refused(Language::En, &open), "text.seal.signed: a brace is not closed");
    let wordless = EN.replace("late-feed = ", "late = ");
    assert_eq!(refused(Language::En, &wordless), "words.gap-reason has no text for late-feed");
    let empty = EN.replace("in-force = \"in force\"", "in-force = \" \"");
    assert_eq!(refused(Language::En, &empty), "text.records.in-force is empty");
    let short = EN.replace("\"disputes\", ", "");
    assert_eq!(refused(Language::En, &short), "the section Disputes must stand once in `sections`");
    assert_eq!(refused(Language::Zh, EN), "`lang` must be zh-CN");
    assert!(refused(Language::En, &EN.replace("lang = ", "language = ")).contains("language"));
}
