//! Copies that other programs make of a report: none is intact, each is told for what it is, and what was changed before is
//! found in the copy.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use mingzheng::rules::{Facts, Fen, Finding, Findings, Integrity, Kind, Reason, Verdict};
use mingzheng::verify::{self, Looked, Reference};
use tempfile::TempDir;

use crate::signed_sample::{later, trust};
use crate::verify_attacks::stream;
use crate::verify_reports::{REPORT, drawn};

/// A folder with a file to copy.
pub(super) struct Desk(TempDir);

impl Desk {
    pub(super) fn with(pdf: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("from.pdf"), pdf).unwrap();
        Self(folder)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Whether a command has run; `None`, with a word on why, where it is not installed.
    pub(super) fn run(&self, line: &str) -> Option<()> {
        let mut words = line.split(' ');
        let program = words.next().unwrap();
        let mut command = Command::new(program);
        let command =
            command.args(words).current_dir(self.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(status) = command.status() else {
            assert!(
                env::var_os("TESTS_REQUIRE_ORACLES").is_none(),
                "{program} is missing: tests/run installs it"
            );
            eprintln!("skipped: {program} is not installed; tests/run does it");
            return None;
        };
        // qpdf ends with 3 where it has warned: the signature will not survive.
        assert!(status.success() || (program == "qpdf" && status.code() == Some(3)), "{line}: {status}");
        Some(())
    }

    /// The copy that these commands make.
    pub(super) fn copy(&self, lines: &[&str]) -> Option<Vec<u8>> {
        lines.iter().try_for_each(|line| self.run(line))?;
        Some(std::fs::read(self.path().join("to.pdf")).unwrap())
    }

    /// What Chromium prints of a page of the web.
    pub(super) fn print(&self, page: &str) -> Option<Vec<u8>> {
        std::fs::write(self.path().join("page.html"), page).unwrap();
        let address = self.path().join("page.html");
        let profile = self.path().join("profile");
        self.copy(&[&format!(
            "chromium --headless --no-sandbox --disable-gpu --disable-background-networking --allow-file-access-from-files \
             --user-data-dir={} --no-pdf-header-footer --print-to-pdf=to.pdf file://{}",
            profile.display(),
            address.display()
        )])
    }

    /// A page of the web that shows pictures of all pages, each on a sheet of its own.
    fn album(&self, kind: &str) -> String {
        let mut names: Vec<String> = std::fs::read_dir(self.path())
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(kind))
            .collect();
        names.sort();
        let pictures = format!("<img src={}>", names.join("><img src="));
        let style = "@page{size:A4;margin:0}body{margin:0}img{width:210mm;display:block;break-after:page}";
        format!("<!doctype html><meta charset=utf-8><style>{style}</style>{pictures}")
    }
}

/// How many pages the report has.
fn pages() -> usize {
    verify::explain(&REPORT.pdf, Some(&reference())).pages
}

/// The report that the store knows.
fn reference() -> Reference {
    Reference { facts: REPORT.facts.canonical(), pdf: Some(REPORT.pdf.clone()) }
}

/// The verdict at the issuer, which finds the report by what a first look brings up and compares it.
pub(super) fn at_the_issuer(bytes: &[u8]) -> (Verdict, Findings, Looked) {
    let first = verify::explain(bytes, None);
    let ours = first.facts.is_some() || !first.qr.is_empty() || !first.codes.is_empty();
    let looked = if ours && !first.picture {
        Looked { qr: first.qr, ..verify::explain(bytes, Some(&reference())) }
    } else {
        first
    };
    let (verdict, findings) = told(bytes, looked.clone(), ours);
    (verdict, findings, looked)
}

/// The verdict with a trust bundle alone.
pub(super) fn offline(bytes: &[u8]) -> (Verdict, Findings) {
    told(bytes, verify::explain(bytes, None), false)
}

fn told(bytes: &[u8], looked: Looked, known: bool) -> (Verdict, Findings) {
    let mut trust = trust();
    trust.origins = vec![REPORT.facts.issuer.origin.clone()];
    let now = later(7200);
    let qr = verify::best_qr(&looked, &trust, now).map(|text| verify::qr(text, &trust, now).verdict);
    let (verdict, findings) = verify::conclude(verify::pdf(bytes, &trust, now), looked, qr, known);
    assert_ne!(verdict.integrity, Integrity::Intact);
    assert!(!verdict.is_genuine_and_valid());
    (verdict, findings)
}

/// An unsigned copy that differs in nothing that counts, written anew by another program.
#[track_caller]
pub(super) fn is_unsigned_copy(what: &str, bytes: &[u8]) -> Findings {
    let (verdict, findings, _) = at_the_issuer(bytes);
    let told = (verdict.integrity, findings.kind);
    assert_eq!(
        told,
        (Integrity::Altered, Kind::UnsignedCopy),
        "{what}: {:?} {:?}",
        verdict.reasons,
        findings.list
    );
    for reason in [Reason::Rewritten, Reason::CopyOfReport] {
        assert!(verdict.reasons.contains(&reason), "{what}: {:?}", verdict.reasons);
    }
    assert!(!verdict.reasons.contains(&Reason::SignatureEmptied), "{what}: {:?}", verdict.reasons);
    findings
}

#[test]
fn a_copy_that_keeps_the_facts_inside_is_an_unsigned_copy() {
    let desk = Desk::with(&REPORT.pdf);
    for line in [
        "qpdf --qdf from.pdf to.pdf",
        "qpdf --linearize from.pdf to.pdf",
        "qpdf --object-streams=generate from.pdf to.pdf",
        "qpdf --object-streams=disable from.pdf to.pdf",
        "mutool clean -gg from.pdf to.pdf",
        "pdfunite from.pdf to.pdf",
    ] {
        let Some(copy) = desk.copy(&[line]) else { return };
        let findings = is_unsigned_copy(line, &copy);
        let kinds = [Reason::Rewritten, Reason::MetadataChanged];
        assert!(findings.list.iter().all(|it| kinds.contains(&it.attack)), "{line}: {:?}", findings.list);
        // The facts inside and the QR on the page tell offline, too, whose copy it is.
        let (_, findings) = offline(&copy);
        assert_eq!(findings.kind, Kind::UnsignedCopy, "{line}: {:?}", findings.list);
    }
}

#[test]
fn a_copy_printed_with_its_words_is_an_unsigned_copy() {
    let desk = Desk::with(&REPORT.pdf);
    let ways: [&[&str]; 3] = [
        &["pdftocairo -pdf from.pdf to.pdf"],
        // As a printer's queue does: the seal becomes an image.
        &[
            "pdftocairo -ps from.pdf to.ps",
            "gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -sOutputFile=to.pdf to.ps",
        ],
        &["qpdf --empty --pages from.pdf -- to.pdf"],
    ];
    for lines in ways {
        let Some(copy) = desk.copy(lines) else { return };
        is_unsigned_copy(lines[0], &copy);
        let (_, findings) = offline(&copy);
        assert_eq!(findings.kind, Kind::UnsignedCopy, "{lines:?}: {:?}", findings.list);
    }
}

#[test]
fn a_copy_of_which_the_words_cannot_be_read_is_compared_by_its_look() {
    let desk = Desk::with(&REPORT.pdf);
    let ways: [&[&str]; 2] = [
        // Keeps the facts inside, and turns ideographs into Latin letters.
        &["gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -sOutputFile=to.pdf from.pdf"],
        // Leaves out the table of characters, and the seal.
        &["mutool convert -o to.pdf from.pdf"],
    ];
    for lines in ways {
        let Some(copy) = desk.copy(lines) else { return };
        let findings = is_unsigned_copy(lines[0], &copy);
        let unreadable = findings.list.iter().filter(|it| it.attack == Reason::TextUnreadable);
        assert_eq!(unreadable.count(), pages(), "{lines:?}: {:?}", findings.list);
    }
    // Without the report at hand there is nothing to compare drawn letters with.
    let (verdict, findings) = offline(&desk.copy(&["mutool convert -o to.pdf from.pdf"]).unwrap());
    assert_eq!((verdict.integrity, findings.kind), (Integrity::CannotTell, Kind::Pictured));
    assert!(verdict.reasons.contains(&Reason::ClaimValid), "{:?}", verdict.reasons);
}

#[test]
fn what_a_browser_prints_is_a_picture_or_an_unsigned_copy() {
    let desk = Desk::with(&REPORT.pdf);
    let Some(()) = desk.run("pdftocairo -png -r 150 from.pdf page") else { return };
    let Some(picture) = desk.print(&desk.album(".png")) else { return };
    let (verdict, findings, _) = at_the_issuer(&picture);
    assert_eq!(
        (verdict.integrity, findings.kind),
        (Integrity::CannotTell, Kind::Pictured),
        "{:?}",
        verdict.reasons
    );
    assert!(verdict.reasons.contains(&Reason::ClaimValid), "{:?}", verdict.reasons);

    // Drawn letter by letter, as programs do that do not embed fonts.
    for page in 1..=pages() {
        desk.run(&format!("pdftocairo -svg -f {page} -l {page} from.pdf {page:02}.svg")).unwrap();
    }
    let drawing = desk.print(&desk.album(".svg")).unwrap();
    let findings = is_unsigned_copy("drawn letters", &drawing);
    assert_eq!(findings.list.iter().filter(|it| it.attack == Reason::TextUnreadable).count(), pages());
}

/// The same report with another fine, from a forger who has our template.
fn forged() -> Vec<u8> {
    let mut other: Facts = REPORT.facts.clone();
    other.records[0].fine = Some(Fen::from_yuan(17));
    drawn(&REPORT.renderer, &other, &REPORT.facts, false)
}

/// The page on which the fine of the first record differs.
#[track_caller]
fn page_of_the_fine(findings: &Findings) -> Option<u32> {
    let fine =
        |it: &&Finding| it.attack == Reason::PageTextChanged && it.path.as_deref() == Some("records/1/fine");
    let fine = findings.list.iter().find(fine).unwrap_or_else(|| panic!("{:?}", findings.list));
    assert!(fine.page > Some(1) && fine.was.is_some() && fine.now.is_some(), "{fine:?}");
    fine.page
}

#[test]
fn what_was_changed_before_a_copy_was_printed_is_told_by_page_and_field() {
    let desk = Desk::with(&forged());
    let (_, findings, _) = at_the_issuer(&forged());
    let page = page_of_the_fine(&findings);
    let Some(copy) = desk.copy(&["pdftocairo -pdf from.pdf to.pdf"]) else { return };
    let (verdict, findings, _) = at_the_issuer(&copy);
    assert_eq!(
        (verdict.integrity, findings.kind),
        (Integrity::Altered, Kind::OursChanged),
        "{:?}",
        verdict.reasons
    );
    assert_eq!(page_of_the_fine(&findings), page);

    // Of letters that cannot be read, the place is told.
    for line in [
        "gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -sOutputFile=to.pdf from.pdf",
        "mutool convert -o to.pdf from.pdf",
    ] {
        let Some(copy) = desk.copy(&[line]) else { return };
        let (_, findings, _) = at_the_issuer(&copy);
        assert_eq!(findings.kind, Kind::OursChanged, "{line}: {:?}", findings.list);
        let look = |it: &Finding| it.attack == Reason::PageLookChanged && it.page == page;
        let text = |it: &Finding| it.attack == Reason::PageTextChanged && it.page == page;
        assert!(findings.list.iter().any(|it| look(it) || text(it)), "{line}: {:?}", findings.list);
    }
}

/// Writes a page with nothing but a white area: left, bottom, width, height in points from the lower left corner.
fn cover(desk: &Desk, [left, bottom, width, height]: [f64; 4]) {
    let area = format!("1 g {left} {bottom} {width} {height} re f");
    let objects: [Vec<u8>; 4] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Contents 4 0 R>>".to_vec(),
        stream("", area.as_bytes()),
    ];
    let mut cover = b"%PDF-1.4\n".to_vec();
    for (at, object) in objects.iter().enumerate() {
        cover.extend([format!("{} 0 obj\n", at + 1).as_bytes(), object, b"\nendobj\n"].concat());
    }
    cover.extend(b"trailer\n<</Root 1 0 R/Size 5>>\n%%EOF\n");
    std::fs::write(desk.path().join("cover.pdf"), cover).unwrap();
}

/// Where the first of these words stands on page 2: left, top, right, bottom in points from the upper left corner.
fn place(desk: &Desk, word: &str) -> Option<[f64; 4]> {
    desk.run("pdftotext -f 2 -l 2 -bbox from.pdf words.xml")?;
    let words = std::fs::read_to_string(desk.path().join("words.xml")).unwrap();
    let line = words.lines().find(|line| line.contains(&format!(">{word}</word>")));
    let line = line.unwrap_or_else(|| panic!("no {word} on page 2: {words}"));
    let sides: Vec<f64> = line.split('"').filter_map(|part| part.parse().ok()).collect();
    Some([sides[0], sides[1], sides[2], sides[3]])
}

#[test]
fn a_cover_no_larger_than_one_character_is_told() {
    let desk = Desk::with(&REPORT.pdf);
    // The sign of a conclusion, and the number of its records.
    for word in ["●", "0"] {
        let Some([left, top, right, bottom]) = place(&desk, word) else { return };
        cover(&desk, [left, 841.89 - bottom, right - left, bottom - top]);
        let over = "qpdf from.pdf --overlay cover.pdf --to=2 -- over.pdf";
        for write in [
            "qpdf --linearize over.pdf to.pdf",
            "pdftocairo -pdf over.pdf to.pdf",
            "gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -sOutputFile=to.pdf over.pdf",
        ] {
            let Some(copy) = desk.copy(&[over, write]) else { return };
            let (_, findings, _) = at_the_issuer(&copy);
            assert_eq!(findings.kind, Kind::OursChanged, "{word} {write}: {:?}", findings.list);
            let place = |it: &&Finding| it.attack == Reason::PageLookChanged;
            let found = findings.list.iter().find(place).and_then(|it| it.page);
            assert_eq!(found, Some(2), "{word} {write}: {:?}", findings.list);
        }
    }
}

#[test]
fn what_was_covered_before_a_copy_was_printed_is_told_by_its_place() {
    let desk = Desk::with(&REPORT.pdf);
    // White over the first lines of the second page.
    cover(&desk, [100.0, 650.0, 200.0, 60.0]);
    for lines in [
        ["qpdf from.pdf --overlay cover.pdf --to=2 -- over.pdf", "pdftocairo -pdf over.pdf to.pdf"],
        ["qpdf from.pdf --overlay cover.pdf --to=2 -- over.pdf", "qpdf --linearize over.pdf to.pdf"],
    ] {
        let Some(copy) = desk.copy(&lines) else { return };
        let (verdict, findings, _) = at_the_issuer(&copy);
        assert_eq!((verdict.integrity, findings.kind), (Integrity::Altered, Kind::OursChanged), "{lines:?}");
        let place =
            findings.list.iter().find(|it| it.attack == Reason::PageLookChanged).and_then(|it| it.page);
        assert_eq!(place, Some(2), "{lines:?}: {:?}", findings.list);
        let boxes = &findings.comparison[0].boxes;
        assert!(
            boxes.iter().all(|it| it[0] > 80.0 && it[2] < 320.0 && it[1] > 110.0 && it[3] < 210.0),
            "{boxes:?}"
        );
    }
}

#[test]
fn a_printed_page_with_nothing_of_ours_on_it_is_not_ours() {
    let desk = Desk::with(&REPORT.pdf);
    // Chromium prints no plug-ins: of an embedded file nothing is left.
    let page = "<!doctype html><embed src=from.pdf type=application/pdf width=800 height=1100>";
    let Some(copy) = desk.print(page) else { return };
    let (verdict, findings) = offline(&copy);
    assert_eq!(
        (verdict.integrity, findings.kind),
        (Integrity::NotOurs, Kind::NotOurs),
        "{:?}",
        verdict.reasons
    );
}
