//! Templates: checked whole before anything is printed, and every sample prints the same twice.

use std::sync::LazyLock;

use mingzheng::report::page::{Belongs, Mark, Paint, Role, Sheet};
use mingzheng::report::{Drawn, Edition, Error, Issue, Language, Renderer, samples};
use mingzheng::rules::{Digest, Facts};

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
        assert!(outcome.pages <= most, "{} {:?} has {} pages", outcome.sample, outcome.edition, outcome.pages);
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

fn facts(wanted: &str) -> Facts {
    let mut all = samples().expect("the samples can be read").into_iter();
    all.find_map(|(name, facts)| (name == wanted).then_some(facts)).expect("there is such a sample")
}

/// What the judges say of facts once a fault was put into what was drawn of them; the names of the checks that fail.
fn found(facts: &Facts, edition: Edition, fault: impl FnOnce(&mut Drawn)) -> Vec<&'static str> {
    let canonical = facts.canonical();
    let issue = Issue {
        facts,
        canonical: &canonical,
        digest: Digest([0xa5; 32]),
        code: "7K3P-9QXA-M2R8-T5W1-Z".to_owned(),
        qr: format!("https://verify.example.cn/v/7K3P9QXAM2R8T5W1Z#{}", "4930518274".repeat(48)),
        edition,
    };
    let mut drawn = RENDERER.draw_twice(&issue).expect("it is drawn");
    fault(&mut drawn);
    let judged = RENDERER.judge(&issue, &drawn);
    judged.into_iter().filter(|one| one.fault.is_some()).map(|one| one.check).collect()
}

fn first(sheet: &Sheet, role: Role) -> usize {
    sheet.elements.iter().position(|element| element.role == role).expect("there is one")
}

fn text_of(sheet: &mut Sheet, page: usize, role: Role) -> &mut Mark {
    let is_one = |mark: &&mut Mark| {
        let of_role = matches!(mark.belongs, Belongs::To(id) if sheet.elements[id.0].role == role);
        of_role && matches!(mark.paint, Paint::Text { .. })
    };
    sheet.pages[page].marks.iter_mut().find(is_one).expect("there is such a text")
}

/// Replaces bytes by as many others.
fn replace(pdf: &mut [u8], from: &str, to: &str) {
    let at = pdf.windows(from.len()).position(|found| found == from.as_bytes()).expect("it stands in it");
    pdf[at..at + to.len()].copy_from_slice(to.as_bytes());
}

#[test]
fn each_judge_sees_its_fault() {
    type Fault = fn(&mut Drawn);
    let cases: &[(&str, Edition, Fault)] = &[
        ("same bytes", Edition::Zh, |drawn| drawn.again.push(b' ')),
        ("one page", Edition::Extract, |drawn| {
            let more = drawn.sheet.pages[0].clone();
            drawn.sheet.pages.push(more);
        }),
        ("margins", Edition::Zh, |drawn| {
            let Paint::Text { x, .. } = &mut text_of(&mut drawn.sheet, 1, Role::Td).paint else { return };
            *x = 30.0;
        }),
        ("no text on another", Edition::En, |drawn| {
            let marks = &mut drawn.sheet.pages[1].marks;
            let again = marks[40].clone();
            marks.push(again);
            let again = marks[41].clone();
            marks.push(again);
        }),
        ("ends with a heading", Edition::Zh, |drawn| {
            let head = text_of(&mut drawn.sheet, 2, Role::H2).clone();
            drawn.sheet.pages[1].marks.push(head);
        }),
        ("no row cut", Edition::Zh, |drawn| {
            let mut cell = text_of(&mut drawn.sheet, 1, Role::Td).clone();
            if let Paint::Text { y, .. } = &mut cell.paint {
                *y = 700.0;
            }
            drawn.sheet.pages[2].marks.push(cell);
        }),
        ("rightly nested", Edition::Zh, |drawn| {
            let row = first(&drawn.sheet, Role::Tr);
            drawn.sheet.elements[row].role = Role::P;
        }),
        ("skip no level", Edition::Zh, |drawn| {
            let head = first(&drawn.sheet, Role::H2);
            drawn.sheet.elements[head].role = Role::H3;
        }),
        ("tables regular", Edition::Zh, |drawn| {
            let cell = first(&drawn.sheet, Role::Td);
            drawn.sheet.elements[cell].column_span += 1;
        }),
        ("tables regular", Edition::Extract, |drawn| {
            let cell = first(&drawn.sheet, Role::Td);
            drawn.sheet.elements[cell].headers.clear();
        }),
        ("with a text in their place", Edition::Zh, |drawn| {
            let figure = first(&drawn.sheet, Role::Figure);
            drawn.sheet.elements[figure].alt = None;
        }),
        ("without content", Edition::Zh, |drawn| {
            let bare = first(&drawn.sheet, Role::LBody);
            let kept = |mark: &Mark| !matches!(mark.belongs, Belongs::To(id) if id.0 == bare);
            drawn.sheet.pages.iter_mut().for_each(|page| page.marks.retain(kept));
        }),
        ("languages named", Edition::ZhEn, |drawn| {
            drawn.sheet.elements.iter_mut().for_each(|element| element.lang = None);
        }),
        ("one revision", Edition::Zh, |drawn| drawn.pdf.extend_from_slice(b"startxref\n0\n%%EOF\n")),
        ("identification", Edition::Zh, |drawn| replace(&mut drawn.pdf, "<pdfuaid:part>1", "<pdfuaid:part>2")),
        ("fonts embedded", Edition::Zh, |drawn| replace(&mut drawn.pdf, "/Type/ObjStm", "/Type/ObjStn")),
        ("facts inside", Edition::Zh, |drawn| replace(&mut drawn.pdf, "/EmbeddedFile/", "/EmbeddedFilf/")),
        ("QR read", Edition::Zh, |drawn| {
            for mark in &mut drawn.sheet.pages[0].marks {
                if let Paint::Path { segments, .. } = &mut mark.paint {
                    let half = segments.len() / 10 * 5;
                    segments.truncate(half.max(5));
                }
            }
        }),
    ];
    let clean = facts("clean");
    for (check, edition, fault) in cases {
        let found = found(&clean, *edition, fault);
        assert!(found.iter().any(|name| name.contains(check)), "{check} is not found, but {found:?}");
    }
}

#[test]
fn an_extract_of_sixty_domains_with_long_names_has_one_page_and_of_more_goes_on() {
    let mut many = facts("records");
    let more: Vec<_> = (0..60).map(|at| many.domains[at % 41].clone()).collect();
    many.domains = more;
    many.subject.name = "示例精密机械股份有限公司".repeat(5);
    assert_eq!(found(&many, Edition::Extract, |drawn| assert_eq!(drawn.sheet.pages.len(), 1)), [""; 0]);
    let more: Vec<_> = (0..300).map(|at| many.domains[at % 41].clone()).collect();
    many.domains = more;
    assert_eq!(found(&many, Edition::Extract, |drawn| assert!(drawn.sheet.pages.len() > 1)), [""; 0]);
}
