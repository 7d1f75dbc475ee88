//! A file that is not as issued is explained, and tells of the stored report only to who has it.

use mingzheng::config::Verify;
use mingzheng::flow::check::{Answer, Brought};
use mingzheng::flow::look::Looker;
use mingzheng::rules::{Integrity, Kind, Reason, Status};
use mingzheng::verify::Looked;

use super::check::issued;
use super::house::{House, looking};
use crate::engines::on_both_engines;
use crate::verify_attacks::{find, revised_with};

async fn check(house: &House, bytes: &[u8]) -> Answer {
    let answer = house.check(Brought::Pdf(bytes.to_vec())).await;
    assert!(!answer.verdict.is_genuine_and_valid() && answer.verdict.facts.is_none());
    let reasons = &answer.verdict.reasons;
    assert!(!reasons.contains(&Reason::NotLookedInto), "{reasons:?}");
    answer
}

on_both_engines! {
    async fn a_changed_file_is_compared_with_the_stored_one_for_who_shows_its_code(house: House) {
        let pdf = issued(&house).await.pdf;
        // A byte inside the signature: everything else is as issued.
        let mut unsigned = pdf.clone();
        let at = find(&pdf, b"/Contents<3") + 10;
        unsigned[at..at + 2000].fill(b'0');
        let answer = check(&house, &unsigned).await;
        assert_eq!((answer.verdict.integrity, answer.findings.kind), (Integrity::Altered, Kind::UnsignedCopy));
        assert!(answer.verdict.reasons.contains(&Reason::CopyOfReport), "{:?}", answer.verdict.reasons);
        assert_eq!(answer.findings.list, []);

        // The words of the first page are gone; the stored page is shown beside, for the facts inside are the very facts.
        let mut broken = unsigned.clone();
        let stream = find(&pdf, b"stream") + 60;
        broken[stream] ^= 0x55;
        let answer = check(&house, &broken).await;
        assert_eq!(answer.findings.kind, Kind::OursChanged, "{:?}", answer.findings.list);
        let page = &answer.findings.comparison[0];
        assert_eq!((page.page, page.issued_page, page.issued.is_some()), (1, 1, true));
    }

    async fn an_appended_revision_is_explained_from_the_file_itself(house: House) {
        let pdf = issued(&house).await.pdf;
        let tree = b"<</Type/Pages/Count 1/Kids[6 0 R]>>".to_vec();
        let answer = check(&house, &revised_with(&pdf, &[(2, tree)], 1, "")).await;
        assert_eq!(answer.findings.kind, Kind::OursChanged);
        for reason in [Reason::AppendedRevision, Reason::PageMissing] {
            assert!(answer.verdict.reasons.contains(&reason), "{:?}", answer.verdict.reasons);
        }
    }

    async fn a_number_alone_opens_nothing(house: House) {
        let issued = issued(&house).await;
        let page = format!("BT /F1 12 Tf 72 720 Td (Report {} about nobody) Tj ET", issued.facts.number);
        let mut made = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
            3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n\
            5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n4 0 obj ".to_vec();
        made.extend(crate::verify_attacks::stream("", page.as_bytes()));
        made.extend(b"\nendobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n");
        let answer = check(&house, &made).await;
        assert!(answer.verdict.reasons.contains(&Reason::NumberFound), "{:?}", answer.verdict.reasons);
        assert_eq!((answer.findings.list.len(), answer.findings.comparison.len()), (0, 0));
        assert_eq!(answer.verdict.status.status, Status::Unknown);
        assert_eq!(answer.findings.kind, Kind::NotOurs);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_fails_or_never_ends_is_no_verdict_of_its_own() {
    let slow = Looker::new(&Verify { program: Some("/usr/bin/yes".into()), look_seconds: 1 });
    assert_eq!(slow.look(b"%PDF-1.7\n", None).await, Looked::nothing());
    for program in ["/bin/false", "/bin/cat", "/nonexistent"] {
        let looked = Looker::new(&Verify { program: Some(program.into()), look_seconds: 60 })
            .look(b"%PDF-1.7\n", None)
            .await;
        assert_eq!(looked, Looked::nothing(), "{program}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_would_eat_all_memory_only_ends_the_process_that_reads_it() {
    // Two layers of compression: what the outer one gives is small, the inner one four gigabytes.
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &crate::verify_limits::zeros(4096)).unwrap();
    let bomb = packed.finish().unwrap();
    let object = crate::verify_attacks::stream("/Filter[/FlateDecode/FlateDecode]", &bomb);
    let file = revised_with(crate::signed_sample::signed(), &[(4, object)], 1, "");
    let looker = Looker::new(&looking());
    assert_eq!(looker.look(&file, None).await, Looked::nothing());
    // The next question is answered as before.
    let after = looker.look(crate::signed_sample::signed(), None).await;
    assert_eq!(after.pages, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_takes_too_long_is_ended_and_the_next_one_is_taken() {
    // Twelve forms, each of which draws the next one ten times.
    let form = |at: usize| {
        let head = "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A";
        crate::verify_attacks::stream(&format!("{head} {} 0 R>>>>", at + 6), &b"/A Do ".repeat(10))
    };
    let page =
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</A 5 0 R>>>>>>";
    let first = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        page.to_vec(),
        crate::verify_attacks::stream("", b"/A Do"),
    ];
    let file = crate::verify_limits::small(&[first, (0..12).map(form).collect()].concat());
    let looker = Looker::new(&Verify { look_seconds: 2, ..looking() });
    assert_eq!(looker.look(&file, None).await, Looked::nothing());
    let looker = Looker::new(&looking());
    assert_eq!(looker.look(crate::signed_sample::signed(), None).await.pages, 1);
}
