//! Whose a record is: one's own under every code one ever had, and nobody else's.

use mingzheng::flow::{Actor, issue, register, reports};
use mingzheng::rules::{CreditCode, organisation_check};

use super::house::{House, Row, ask, csv, market_sends, row, subject};
use crate::engines::on_both_engines;

/// A credit code that the samples do not have.
fn unregistered(number: u32) -> String {
    let organisation = format!("T{number:07}");
    let stem = format!("91310115{organisation}{}", organisation_check(&organisation).unwrap());
    let fits = |last: &char| format!("{stem}{last}").parse::<CreditCode>().is_ok();
    let last = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().find(fits).unwrap();
    format!("{stem}{last}")
}

fn of(code: &str, number: u32) -> Row {
    Row { code: code.to_owned(), ..row(number) }
}

on_both_engines! {
    async fn a_code_that_the_register_calls_a_former_one_brings_its_records_along(house: House) {
        let (former, present) = (unregistered(1), unregistered(2));
        house.declare().await;
        house.send(&[of(&former, 1)]).await;
        let text = format!(
            "[[subject]]\nkind = \"enterprise\"\ncode = \"{present}\"\nnames = [{{ name = \"示范换码有限公司\" }}]\n\
             aliases = [{{ scheme = \"credit-code\", value = \"{former}\" }}]\n"
        );
        register::subjects(&house.app, &Actor::operator(), &text).await.unwrap();
        house.send(&[of(&present, 2)]).await;
        house.send(&[of(&former, 3)]).await;
        house.pass(10);

        for asked in [&present, &former] {
            let facts = house.issue(issue::Ask { subject: asked.clone(), ..ask() }).await.unwrap().facts;
            assert_eq!((facts.subject.code.as_str(), facts.summary.records), (present.as_str(), 3));
            assert!(facts.subject.other_codes.contains(&former));
        }
        // Its former code still lets it in, to its reports too.
        let own = issue::Ask { subject: former.clone(), ..ask() };
        let issued = issue::issue(&house.app, &subject(&former), own).await.unwrap();
        let shown = reports::show(&house.app, &subject(&former), issued.facts.number.compact()).await.unwrap();
        assert_eq!(shown.facts, issued.facts);
        // The same register again changes nothing.
        register::subjects(&house.app, &Actor::operator(), &text).await.unwrap();
        house.pass(10);
        let facts = house.issue(issue::Ask { subject: present, ..ask() }).await.unwrap().facts;
        assert_eq!(facts.summary.records, 3);
    }

    async fn two_companies_with_one_registration_number_stay_two(house: House) {
        let (first, second) = (unregistered(3), unregistered(4));
        house.declare().await;
        let text = String::from_utf8(csv(&[of(&first, 1), of(&second, 2)])).unwrap();
        let mut lines = text.lines();
        let mut file = format!("{},行政相对人代码_2(工商注册号)\n", lines.next().unwrap());
        for line in lines {
            file.extend([line, ",310115600985533\n"]);
        }
        let mut sent = market_sends(&[]);
        sent.bytes = file.into_bytes();
        assert_eq!(house.upload(sent).await.unwrap().receipt.accepted, 2);
        house.pass(10);

        for (asked, document) in [(first, "0001"), (second, "0002")] {
            let facts = house.issue(issue::Ask { subject: asked, ..ask() }).await.unwrap().facts;
            let documents: Vec<_> = facts.records.iter().map(|record| record.document_number.as_str()).collect();
            assert!(matches!(documents[..], [only] if only.contains(document)), "{documents:?}");
        }
    }
}
