//! The sheet of results as a document: it says everything, in any script, and never passes for a report.

use mingzheng::report::page::Paint;
use mingzheng::report::{Renderer, ResultSheet};
use mingzheng::rules::facts::Issuer;
use mingzheng::rules::{BroughtAs, Integrity, IssuerTrust, Reason, ResultRow, Results, Verdict};
use mingzheng::seal::digest;

use crate::signed_sample::{facts, later};

fn issuer() -> Issuer {
    facts().issuer
}

/// Results with names of every kind.
fn results(rows: usize) -> Results {
    let verdict = |at: usize| {
        let reasons = Reason::ALL.iter().copied().cycle().skip(at).take(3).collect();
        let integrity = Integrity::ALL[at % Integrity::ALL.len()];
        Verdict::without_facts(integrity, IssuerTrust::ALL[at % IssuerTrust::ALL.len()], reasons)
    };
    let name = |at: usize| format!("{at} 报告\u{1f600}\u{20bb7} العربية.pdf");
    let row = |at| ResultRow::of(&name(at), BroughtAs::File, Some(digest(&[])), &verdict(at));
    Results { checked_at: later(0), rows: (0..rows).map(row).collect() }
}

#[test]
fn the_same_results_give_the_same_bytes_with_the_csv_inside() {
    let renderer = Renderer::load().unwrap();
    let (results, issuer) = (results(200), issuer());
    let csv = results.csv();
    let sheet = ResultSheet {
        results: &results,
        csv: csv.as_bytes(),
        digest: digest(csv.as_bytes()),
        issuer: &issuer,
    };
    let drawn = renderer.results(&sheet, 8192).unwrap();
    assert_eq!(drawn, renderer.results(&sheet, 8192).unwrap());
    let pages = renderer.results_sheet(&sheet).unwrap();
    assert!(pages.pages.len() > 3);
    assert_eq!(
        (pages.attachment.name.as_str(), &pages.attachment.bytes[..]),
        ("results.csv", csv.as_bytes())
    );
    let said = |page: &mingzheng::report::page::Page| -> String {
        let texts = page.marks.iter().filter_map(|mark| match &mark.paint {
            Paint::Text { text, .. } => Some(text.as_str()),
            Paint::Path { .. } => None,
        });
        texts.collect()
    };
    for (at, page) in pages.pages.iter().enumerate() {
        let text = said(page);
        // On the last page there may be nothing but the seal.
        let head = at + 1 == pages.pages.len() || text.contains("项目 Item");
        assert!(text.contains("非信用报告") && head, "{text}");
    }
    let whole: String = pages.pages.iter().map(said).collect();
    for row in [0, 99, 199] {
        assert!(whole.contains(&format!("{row} 报告")), "{row}");
    }
    assert!(whole.contains("[U+1F600]") && !whole.contains('\u{1f600}'), "no empty boxes");
}

#[test]
fn every_reason_and_every_verdict_can_be_printed() {
    let renderer = Renderer::load().unwrap();
    let (results, issuer) = (results(Reason::ALL.len() * 5), issuer());
    let csv = results.csv();
    let sheet = ResultSheet {
        results: &results,
        csv: csv.as_bytes(),
        digest: digest(csv.as_bytes()),
        issuer: &issuer,
    };
    assert!(renderer.results(&sheet, 8192).is_ok());
}
