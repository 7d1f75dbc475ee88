//! Copies whose words a browser set anew, in lines and pages of its own: with the words of the report they are copies, with any
//! other they are changed, and a word that cannot be seen does not count.

use std::path::Path;

use mingzheng::rules::{Findings, Integrity, Kind, Reason, Verdict};

use super::copies::{Desk, at_the_issuer, is_unsigned_copy};
use crate::verify_reports::REPORT;

/// What Chromium prints of the report's words as `mutool` writes them in HTML, after `change`; in the report's own font.
fn printed(desk: &Desk, change: impl Fn(&str) -> String) -> Option<Vec<u8>> {
    desk.run("mutool convert -F html -o words.html from.pdf")?;
    let font = Path::new(env!("CARGO_MANIFEST_DIR")).join("report-templates/fonts/MingzhengSong.ttf");
    std::fs::copy(font, desk.path().join("font.ttf")).unwrap();
    let words = std::fs::read_to_string(desk.path().join("words.html")).unwrap();
    let changed = change(&words);
    let style = "@font-face{font-family:F;src:url(font.ttf)}*{font-family:F!important}@page{size:A4;margin:0}body{margin:0!important}";
    desk.print(&format!("<meta charset=utf-8><style>{style}</style>{changed}"))
}

/// One piece of the page for another, which must be there.
fn with(page: &str, old: &str, new: &str) -> String {
    assert!(page.contains(old), "{old}");
    page.replacen(old, new, 1)
}

/// A character as `mutool` writes it.
fn written(c: char) -> String {
    format!("&#x{:x};", u32::from(c))
}

/// The verdict on the copy of a page that was changed in this way.
fn told(desk: &Desk, change: impl Fn(&str) -> String) -> Option<(Verdict, Findings)> {
    let (verdict, findings, _) = at_the_issuer(&printed(desk, change)?);
    assert!(verdict.reasons.contains(&Reason::SetAnew), "{:?} {:?}", verdict.reasons, findings.list);
    Some((verdict, findings))
}

#[test]
fn words_that_a_browser_set_anew_are_an_unsigned_copy() {
    let desk = Desk::with(&REPORT.pdf);
    // It breaks pages in other places, finds characters by their glyphs, and takes radicals for ideographs.
    let Some(copy) = printed(&desk, str::to_owned) else { return };
    let findings = is_unsigned_copy("words of a browser", &copy);
    let told = [Reason::Rewritten, Reason::SetAnew, Reason::MetadataChanged];
    assert!(findings.list.iter().all(|it| told.contains(&it.attack)), "{:?}", findings.list);
}

#[test]
fn one_word_that_was_changed_before_a_browser_set_all_anew_is_told() {
    let desk = Desk::with(&REPORT.pdf);
    let fine = REPORT.facts.records.iter().find_map(|it| it.fine).unwrap();
    let amount = format!(">{} <", fine.wan());
    let name = written(REPORT.facts.subject.name.chars().nth(3).unwrap());
    let changes: [(&str, &str, &str); 3] = [
        ("an amount", &amount, ">0.1 <"),
        ("a conclusion", "&#x25cf;", "&#x25cb;"),
        ("a name", &name, "&#x4fe1;"),
    ];
    for (what, old, new) in changes {
        let Some((verdict, findings)) = told(&desk, |page| with(page, old, new)) else { return };
        assert_eq!((verdict.integrity, findings.kind), (Integrity::Altered, Kind::OursChanged), "{what}");
        let told = findings.list.iter().find(|it| it.attack == Reason::PageTextChanged);
        assert!(told.is_some_and(|it| it.was.is_some() && it.now.is_some()), "{what}: {:?}", findings.list);
    }
}

#[test]
fn words_that_changed_places_are_never_called_a_faithful_copy() {
    let desk = Desk::with(&REPORT.pdf);
    let mut fines =
        REPORT.facts.records.iter().filter_map(|it| it.fine).map(|fine| format!(">{} <", fine.wan()));
    let (one, other) = (fines.next().unwrap(), fines.next().unwrap());
    assert_ne!(one, other);
    let swapped = |page: &str| with(&with(&with(page, &one, ">?<"), &other, &one), ">?<", &other);
    let Some((verdict, findings)) = told(&desk, swapped) else { return };
    // All characters are there: whether they say the same is not told by counting them.
    let doubt =
        verdict.integrity == Integrity::CannotTell && verdict.reasons.contains(&Reason::ChangeNotExcluded);
    assert!(doubt || findings.kind == Kind::OursChanged, "{:?} {:?}", verdict.reasons, findings.list);
}

#[test]
fn a_word_that_a_browser_printed_under_a_cover_is_not_there() {
    let desk = Desk::with(&REPORT.pdf);
    let on_page_two = |page: &str, more: &str| {
        let start = page.find("id=\"page2\"").unwrap();
        let end = start + page[start..].find('>').unwrap() + 1;
        format!("{}{more}{}", &page[..end], &page[end..])
    };
    // The first characters of the first line below the running head, which stands in the first 45 points.
    let covered = |page: &str| {
        let start = page.find("id=\"page2\"").unwrap();
        let mut places = page[start..].split("<p style=\"top:").skip(1);
        let top = |place: &&str| place.split("pt").next().unwrap().parse::<f64>().unwrap();
        let place = places.find(|it| (45.0..700.0).contains(&top(it))).unwrap();
        let place = place.split(";line-height").next().unwrap();
        let style =
            format!("position:absolute;z-index:9;background:white;width:23pt;height:13pt;top:{place}");
        on_page_two(page, &format!("<b style='{style}'></b>"))
    };
    let Some((verdict, findings)) = told(&desk, covered) else { return };
    assert_eq!(
        (verdict.integrity, findings.kind),
        (Integrity::Altered, Kind::OursChanged),
        "{:?}",
        findings.list
    );
    assert!(findings.list.iter().any(|it| it.attack == Reason::PageLookChanged), "{:?}", findings.list);
    // A letter that is no text, in the margin: nobody can tell what it adds.
    let drawn = "<svg style='position:absolute;top:300pt;left:20pt;width:9pt;height:9pt'><path d='M4 0v9h2v-9'/></svg>";
    let Some((verdict, findings)) = told(&desk, |page| on_page_two(page, drawn)) else { return };
    assert_eq!(verdict.integrity, Integrity::CannotTell, "{:?} {:?}", verdict.reasons, findings.list);
    assert!(verdict.reasons.contains(&Reason::ChangeNotExcluded), "{:?}", verdict.reasons);
}
