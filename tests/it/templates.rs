//! Templates: checked whole before anything is printed, and every sample prints the same twice.

use std::sync::LazyLock;

use mingzheng::report::{Edition, Error, Renderer};

pub(crate) static RENDERER: LazyLock<Renderer> =
    LazyLock::new(|| Renderer::load().expect("the templates are right"));

const ZH: &str = include_str!("../../report-templates/report.zh.toml");
const EN: &str = include_str!("../../report-templates/report.en.toml");

#[test]
fn every_sample_in_every_edition_gives_the_same_bytes_twice() {
    let outcomes = RENDERER.check().expect("the samples can be read");
    assert_eq!(outcomes.len(), 10);
    for outcome in outcomes {
        assert_eq!(outcome.fault, None, "{} {:?}", outcome.sample, outcome.edition);
        if outcome.sample == "clean" && outcome.edition == Edition::Zh {
            assert!(outcome.pages <= 3, "41 domains without records take {} pages", outcome.pages);
        }
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
fn refused(edition: Edition, text: &str) -> String {
    match edition.check_template(text) {
        Err(Error::Template { reason, .. }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_template_with_anything_missing_or_unknown_is_refused_by_name() {
    assert!(Edition::Zh.check_template(ZH).is_ok());
    assert!(Edition::En.check_template(EN).is_ok());
    let without = EN.replace("hint = ", "hind = ");
    assert_eq!(refused(Edition::En, &without), "text.front.hint is missing");
    let more = EN.replace("[text.seal]", "[text.seal]\nwax = \"red\"");
    assert_eq!(refused(Edition::En, &more), "nobody prints text.seal.wax");
    let strange = EN.replace("Issued by: {issuer}", "Issued by: {issuer} {king}");
    assert_eq!(refused(Edition::En, &strange), "text.seal.issuer: it has no place {king}");
    let dropped = EN.replace("Issued by: {issuer}", "Issued by us");
    assert_eq!(refused(Edition::En, &dropped), "text.seal.issuer: the place {issuer} is missing");
    let open = EN.replace("Issued by: {issuer}", "Issued by: {issuer");
    assert_eq!(refused(Edition::En, &open), "text.seal.issuer: a brace is not closed");
    let wordless = EN.replace("late-feed = ", "late = ");
    assert_eq!(refused(Edition::En, &wordless), "words.gap-reason has no text for late-feed");
    let empty = EN.replace("in-force = \"in force\"", "in-force = \" \"");
    assert_eq!(refused(Edition::En, &empty), "text.records.in-force is empty");
    let short = EN.replace("\"disputes\", ", "");
    assert_eq!(refused(Edition::En, &short), "the section Disputes must stand once in `sections`");
    assert_eq!(refused(Edition::Zh, EN), "`lang` must be zh-CN");
    assert!(refused(Edition::En, &EN.replace("lang = ", "language = ")).contains("language"));
}
