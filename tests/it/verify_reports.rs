//! Real reports, changed: by a forger with the same template, by other programs, page by page; beside the report as issued.

use std::sync::LazyLock;

use mingzheng::report::{Edition, Issue, Renderer, samples};
use mingzheng::rules::{Facts, Fen, Finding, Integrity, Kind, Reason};
use mingzheng::seal::{Claim, QrText, digest};
use mingzheng::verify::{self, Looked, Reference};

use crate::signed_sample::{code, later, operator, trust};
use crate::verify_attacks::{find, revised_with};

/// A report with records, as issued, and what draws others like it.
pub(crate) struct Report {
    pub(crate) renderer: Renderer,
    pub(crate) facts: Facts,
    pub(crate) pdf: Vec<u8>,
}

pub(crate) static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let renderer = Renderer::load().unwrap();
    let (_, mut facts) = samples().unwrap().into_iter().find(|(name, _)| name.contains("records")).unwrap();
    facts.issued_at = later(60);
    let pdf = drawn(&renderer, &facts, &facts, true);
    Report { renderer, facts, pdf }
});

/// A report that says `facts`, with the QR of the report on `claimed`.
pub(crate) fn drawn(renderer: &Renderer, facts: &Facts, claimed: &Facts, sign: bool) -> Vec<u8> {
    let claim = Claim::of(claimed, code(), 1, &[0; 16]).unwrap();
    let claim = operator().signer.sign_claim(&claim).unwrap();
    let canonical = facts.canonical();
    let qr = QrText { origin: facts.issuer.origin.clone(), code: code(), claim: Some(claim) }.write();
    let digest = digest(&canonical);
    let issue =
        Issue { facts, canonical: &canonical, digest, code: code().to_string(), qr, edition: Edition::Zh };
    let unsigned = renderer.render(&issue).unwrap();
    if !sign {
        return unsigned.bytes;
    }
    let signature = operator().signer.sign_pdf(unsigned.to_digest(), facts.issued_at).unwrap();
    unsigned.with_signature(&signature).unwrap()
}

fn beside(bytes: &[u8]) -> Looked {
    let reference = Reference { facts: REPORT.facts.canonical(), pdf: Some(REPORT.pdf.clone()) };
    let looked = verify::explain(bytes, Some(&reference));
    assert!(!looked.reasons.contains(&Reason::NotLookedInto), "{:?}", looked.reasons);
    Looked { qr: verify::explain(bytes, None).qr, ..looked }
}

fn told(bytes: &[u8], looked: Looked) -> (mingzheng::rules::Verdict, mingzheng::rules::Findings) {
    let mut trust = trust();
    trust.origins = vec![REPORT.facts.issuer.origin.clone()];
    let now = later(7200);
    let qr = verify::best_qr(&looked, &trust, now).map(|text| verify::qr(text, &trust, now).verdict);
    verify::conclude(verify::pdf(bytes, &trust, now), looked, qr, false)
}

fn of(looked: &Looked, reason: Reason) -> Vec<&Finding> {
    looked.findings.iter().filter(|it| it.attack == reason).collect()
}

#[test]
fn a_report_beside_itself_differs_in_nothing() {
    let looked = beside(&REPORT.pdf);
    assert_eq!((&looked.reasons, &looked.findings), (&Vec::new(), &Vec::new()));
    assert_eq!(looked.comparison, Vec::new());
    assert_eq!(looked.numbers[0], REPORT.facts.number);
    assert_eq!(looked.codes, [code().compact()]);
    assert_eq!(looked.facts, Some(digest(&REPORT.facts.canonical())));
    assert!(looked.qr[0].starts_with(&REPORT.facts.issuer.origin));
}

#[test]
fn every_fact_of_a_report_is_found_on_its_pages() {
    let report = &*REPORT;
    let looked = verify::explain(&drawn(&report.renderer, &report.facts, &report.facts, false), None);
    assert_eq!(of(&looked, Reason::FactsNotOnPage), Vec::<&Finding>::new());
}

#[test]
fn a_forger_with_our_template_is_told_where_he_changed_it() {
    let mut other = REPORT.facts.clone();
    other.records[0].fine = Some(Fen::from_yuan(17));
    other.subject.name = "更名企业有限公司".into();
    let forged = drawn(&REPORT.renderer, &other, &REPORT.facts, false);
    let looked = beside(&forged);
    let changed = of(&looked, Reason::FactsChanged);
    let fine = changed.iter().find(|it| it.path.as_deref() == Some("records/1/fine")).unwrap();
    assert_eq!((fine.field.as_deref(), fine.now.as_deref()), (Some("记录 1 罚款金额"), Some("0.0017 万元")));
    assert!(changed.iter().any(|it| it.field.as_deref() == Some("主体名称")), "{changed:?}");
    let on_pages = of(&looked, Reason::PageTextChanged);
    assert!(
        on_pages.iter().any(|it| it.path.as_deref() == Some("records/1/fine") && it.page > Some(1)),
        "{on_pages:#?}"
    );
    assert!(
        on_pages.iter().any(|it| it.path.as_deref() == Some("subject/name") && it.page == Some(1)),
        "{on_pages:#?}"
    );
    assert!(!looked.comparison.is_empty() && looked.comparison.iter().all(|page| !page.boxes.is_empty()));
    let picture = looked.comparison[0].brought.as_ref().unwrap();
    assert!(picture.0.starts_with(b"\x89PNG"));

    let (verdict, findings) = told(&forged, looked);
    assert_eq!((verdict.integrity, findings.kind), (Integrity::Altered, Kind::OursChanged));
    // Without the report at hand, its QR still proves that the facts inside are not those that were issued.
    let (verdict, findings) = told(&forged, verify::explain(&forged, None));
    assert_eq!((verdict.integrity, findings.kind), (Integrity::Altered, Kind::OursChanged));
    assert!(verdict.reasons.contains(&Reason::FactsChanged), "{:?}", verdict.reasons);
}

#[test]
fn words_that_do_not_say_the_facts_inside_are_told_offline() {
    // The facts inside are those of the report, its pages say another fine and another conclusion.
    let mut other = REPORT.facts.clone();
    other.records[0].fine = Some(Fen::from_yuan(17));
    let forged = drawn(&REPORT.renderer, &other, &REPORT.facts, true);
    let issued = verify::explain(&REPORT.pdf, None);
    assert_eq!(of(&issued, Reason::FactsNotOnPage).len(), 0, "{:?}", issued.findings);
    let looked = verify::explain(&forged, Some(&Reference { facts: REPORT.facts.canonical(), pdf: None }));
    let missing = of(&looked, Reason::FactsNotOnPage);
    assert!(missing.iter().any(|it| it.path.as_deref() == Some("records/1/fine")), "{missing:?}");
}

#[test]
fn swapped_and_missing_pages_are_told() {
    // The tree of pages is object 2, the pages follow object 5.
    let kids = |order: &[usize]| {
        let kids: Vec<String> = order.iter().map(|page| format!("{} 0 R", page + 5)).collect();
        let tree = format!("<</Type/Pages/Count {}/Kids[{}]>>", order.len(), kids.join(" "));
        revised_with(&REPORT.pdf, &[(2, tree.into_bytes())], 1, "")
    };
    let count = beside(&REPORT.pdf).pages;
    assert!(count > 2);
    let mut order: Vec<usize> = (1..=count).collect();
    order.swap(0, 1);
    let looked = verify::explain(&kids(&order), None);
    assert!(looked.reasons.contains(&Reason::PagesSwapped), "{:?}", looked.reasons);
    assert_eq!(of(&looked, Reason::PagesSwapped)[0].page, Some(1));
    let shorter: Vec<usize> = (1..=count).filter(|page| *page != 2).collect();
    let looked = verify::explain(&kids(&shorter), None);
    assert!(looked.reasons.contains(&Reason::PageMissing), "{:?}", looked.reasons);
    assert_eq!(of(&looked, Reason::PageMissing)[0].was.as_deref(), Some("第 2 页"));
}

#[test]
fn a_flipped_byte_shows_on_its_page() {
    let mut flipped = REPORT.pdf.clone();
    let at = find(&flipped, b"stream") + 60;
    flipped[at] ^= 0x55;
    let looked = beside(&flipped);
    let (verdict, findings) = told(&flipped, looked);
    assert!(verdict.reasons.contains(&Reason::ContentChanged));
    assert_eq!(findings.kind, Kind::OursChanged);
    assert!(findings.list.iter().any(|it| it.page == Some(1)), "{:?}", findings.list);
}
