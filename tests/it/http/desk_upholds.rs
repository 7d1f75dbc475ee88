//! An objection is upheld, and the record corrected, by one form and in one transaction.

use mingzheng::flow::cases::{self, Asked, Taken};
use mingzheng::flow::{Actor, records};
use mingzheng::rules::{CaseKind, CaseStep, Promises};
use uuid::Uuid;

use super::browser::Browser;
use super::desk::{cells_of, clerk, page};
use super::web::{Answer, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{ECOLOGY, MARKET, PARENT, row};

const NO_ID: &str = "0198a0c0-0000-7000-8000-000000000000";

/// An objection to the record of this number, which lies with the authority, and the record.
async fn objected(web: &Web, number: u32) -> (Uuid, Uuid) {
    let asked = Asked {
        kind: CaseKind::Objection,
        subject: Some(PARENT.to_owned()),
        record: None,
        document_number: Some(row(number).document),
        statement: "金额有误".to_owned(),
        promises: Promises::default(),
    };
    let operator = Actor::operator();
    let case = cases::open(&web.house.app, &operator, &asked).await.unwrap().case.case;
    for step in [CaseStep::Accept, CaseStep::Send] {
        web.house.pass(1000);
        cases::step(&web.house.app, &operator, case.id, &Taken::plain(step)).await.unwrap();
    }
    web.house.pass(1000);
    (case.id, case.record)
}

/// Sends the form as it was shown, with another fine.
async fn send(
    browser: &Browser<'_>,
    path: &str,
    case: &str,
    cells: &[(String, String)],
    fine: &str,
    sure: &str,
) -> Answer {
    let mut fields: Vec<(&str, &str)> = vec![("case", case), ("reason", "经核对金额有误"), ("sure", sure)];
    fields.extend(
        cells.iter().map(|(name, value)| {
            (name.as_str(), if name == "cell-CF_NR_FK" { fine } else { value.as_str() })
        }),
    );
    browser.post(path, &fields).await
}

async fn one_form_corrects_the_record_and_upholds_the_objection(web: Web) {
    web.house.send(&[row(1), row(2)]).await;
    web.house.pass(1000);
    let ((case, record), (_, other)) = (objected(&web, 1).await, objected(&web, 2).await);
    let session = clerk(&web.house, "lihua", &[(MARKET, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    let shown = page(&browser, &format!("/desk/cases/{case}")).await;
    let path = format!("/desk/records/{record}/correct");
    assert!(shown.contains(&format!("href=\"{path}?case={case}\"")), "{shown}");
    let form = page(&browser, &format!("{path}?case={case}")).await;
    assert!(form.contains("异议成立") && form.contains(&format!("href=\"/desk/cases/{case}\"")), "{form}");
    let (cells, id) = (cells_of(&form), case.to_string());

    let bad = send(&browser, &path, &id, &cells, "二", "").await;
    assert!(bad.status == 422 && bad.text().contains("id=\"wrong-CF_NR_FK\""), "{}", bad.text());
    assert!(
        bad.text().contains(&format!("name=\"case\" value=\"{case}\"")),
        "the objection is not forgotten"
    );
    let confirm = send(&browser, &path, &id, &cells, "3", "").await.text();
    assert!(
        confirm.contains("<ins>3 万元</ins>") && confirm.contains(&format!("name=\"case\" value=\"{case}\"")),
        "{confirm}"
    );
    let before = web.house.number("SELECT COUNT(*) FROM record_version").await;
    let done = send(&browser, &path, &id, &cells, "3", "yes").await;
    assert_eq!(done.header("location"), format!("/desk/cases/{case}"), "{}", done.text());
    let case_page = page(&browser, &format!("/desk/cases/{case}")).await;
    assert!(case_page.contains("异议成立") && case_page.contains("经核对金额有误"), "{case_page}");
    assert!(page(&browser, &format!("/desk/records/{record}")).await.contains("<ins>3 万元</ins>"));
    let standing =
        records::show(&web.house.app, &Actor::operator(), record, None).await.unwrap().version.standing;
    assert!(standing.corrected && !standing.disputed, "the mark of the objection is gone with it");
    assert_eq!(
        web.house.number("SELECT COUNT(*) FROM record_version").await,
        before + 2,
        "corrected, and no longer disputed"
    );

    // Sent once more, it changes nothing; the correction alone is refused, since it says what is there.
    let twice = send(&browser, &path, &id, &cells, "3", "yes").await;
    assert_eq!(twice.header("location"), format!("/desk/cases/{case}"), "{}", twice.text());
    assert_eq!(web.house.number("SELECT COUNT(*) FROM record_version").await, before + 2);

    // The objection must be about this record, be there, and be theirs.
    for (path, case) in
        [(path.as_str(), NO_ID), (path.as_str(), "x"), (&format!("/desk/records/{other}/correct"), &id)]
    {
        assert_eq!(browser.get(&format!("{path}?case={case}")).await.status, 404, "{path} {case}");
        assert_eq!(send(&browser, path, case, &cells, "4", "yes").await.status, 404, "{path} {case}");
    }
    assert_eq!(browser.get(&format!("/desk/records/{record}/withdraw?case={case}")).await.status, 404);
    let session = clerk(&web.house, "other", &[(ECOLOGY, &[])]).await;
    let elsewhere = Browser::with(&web, &session).await;
    assert_eq!(elsewhere.get(&format!("{path}?case={case}")).await.status, 404);
    assert_eq!(send(&elsewhere, &path, &id, &cells, "4", "yes").await.status, 404);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM record_version").await, before + 2);
}

each_on_both_engines! {
    one_form_corrects_the_record_and_upholds_the_objection;
}
