//! Every row that names a subject reaches it, however badly it is written: nobody gets a "no record" because of a typing error.

use mingzheng::flow::candidates::{self, Cause, Open};
use mingzheng::flow::issue::Ask;
use mingzheng::flow::upload::{self, Done, Sent};
use mingzheng::flow::{Actor, Post, Role, register};
use mingzheng::ingest::FaultCode;
use mingzheng::rules::DomainId;
use mingzheng::rules::facts::Conclusion;

use super::house::{ALIAS, ECOLOGY, House, MARKET, PARENT, SUBSIDIARY, all_loaded, ask, market, regulator};
use crate::engines::on_both_engines;
use crate::ingest_world::{ABOUT_PERSON, COLUMNS, PERSON, row, sheet};
use crate::rules::house::{code, day};

pub(crate) type Cells<'a> = &'a [(&'a str, &'a str)];

/// The credit code of nobody here, the listed company's with a typing error, and one that has its organisation code inside.
pub(crate) const STRANGER: &str = "91310000MATE5T949R";
const MISTYPED: &str = "91310115MATE5T017B";
const RENEWED: &str = "91310000MATE5T017D";
/// The number of a person who is not known here.
const UNKNOWN_PERSON: &str = "999999199101010013";
/// A registration number of nobody here.
pub(crate) const NOBODYS: &str = "310115600985533";

/// A day that does not exist: the row is rejected.
const NO_DAY: (&str, &str) = ("CF_JDRQ", "2024/02/30");

/// What an authority sends: penalties of the listed company, with some cells changed.
fn from(authority: &'static str, first: usize, rows: &[Cells<'_>]) -> Sent {
    let own = [("CF_CFJGDM", authority), ("CF_SJLYDM", authority)];
    let rows: Vec<_> =
        (first..).zip(rows).map(|(number, cells)| row(number, &[cells, &own[..]].concat())).collect();
    Sent {
        file_name: "rows.csv".to_owned(),
        bytes: sheet(&COLUMNS, &rows).into_bytes(),
        authority: Some(code(authority)),
        ..Sent::default()
    }
}

pub(crate) async fn send(house: &House, first: usize, rows: &[Cells<'_>]) -> Done {
    house.pass(10);
    let done = house.upload(from(MARKET, first, rows)).await.unwrap();
    house.pass(10);
    done
}

/// What a report says of a subject and market regulation.
pub(crate) async fn conclusion(house: &House, of: &str) -> Conclusion {
    in_domain(house, of, market()).await
}

async fn in_domain(house: &House, of: &str, domain: DomainId) -> Conclusion {
    house.pass(10);
    let ask = Ask { subject: of.to_owned(), domains: Some(vec![domain]), ..ask() };
    house.issue(ask).await.unwrap().facts.domains[0].conclusion
}

async fn open(house: &House) -> Vec<Open> {
    candidates::open(&house.app, &regulator(MARKET), None, None, None, None).await.unwrap().rows
}

/// The operator makes an enterprise known, with some aliases.
pub(crate) async fn register(house: &House, code: &str, name: &str, aliases: &[(&str, &str)]) {
    let aliases: Vec<String> = aliases
        .iter()
        .map(|(scheme, value)| format!("{{ scheme = {scheme:?}, value = {value:?} }}"))
        .collect();
    let text = format!(
        "[[subject]]\nkind = \"enterprise\"\ncode = {code:?}\nconfirmed_by_register = true\nnames = [{{ name = {name:?} }}]\naliases = [{}]\n",
        aliases.join(", ")
    );
    house.pass(10);
    register::subjects(&house.app, &Actor::operator(), &text).await.unwrap();
    house.pass(10);
}

fn ecology() -> DomainId {
    "ecological-environment".parse().unwrap()
}

/// Market regulation answers for two domains, and has loaded all of both.
async fn of_two_domains(house: &House) {
    let text = format!(
        "[[authority]]\ncode = {MARKET:?}\nzh = \"示范市市场监督管理局\"\nen = \"Market\"\ndomains = [\"market-regulation\", \"ecological-environment\"]\n\n[[authority]]\ncode = {ECOLOGY:?}\nzh = \"示范市生态环境局\"\nen = \"Ecology\"\ndomains = [\"taxation\"]\n"
    );
    register::authorities(&house.app, &Actor::operator(), &text).await.unwrap();
    for domain in [market(), ecology()] {
        house.pass(10);
        let sent = Sent {
            authority: Some(code(MARKET)),
            domain: Some(domain),
            declared: Some(all_loaded(house)),
            ..Sent::default()
        };
        house.upload(sent).await.unwrap();
    }
    house.pass(10);
}

on_both_engines! {
    async fn a_rejected_row_with_a_mistyped_credit_code_holds_back_whom_it_names_whatever_else_it_gives(house: House) {
        house.declare().await;
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::None);

        let done = send(&house, 1, &[&[("CF_XDR_SHXYM", MISTYPED), ("CF_XDR_GSZC", NOBODYS)]]).await;

        assert_eq!((done.receipt.accepted, done.receipt.rejected), (0, 1));
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
        let rows = open(&house).await;
        assert_eq!((rows.len(), rows[0].cause, rows[0].possible[0].matches), (1, Cause::Rejected, "name"));
    }

    async fn the_number_of_an_owner_does_not_stand_for_the_business(house: House) {
        house.declare().await;
        let cells: Cells<'_> = &[
            ("CF_XDR_MC", "徐汇区示范犇祎燊小吃店"),
            ("CF_XDR_LB", "个体工商户"),
            ("CF_XDR_SHXYM", "92310104MATE5T068K"),
            ("CF_XDR_ZJLX", "身份证"),
            ("CF_XDR_ZJHM", PERSON),
        ];

        let done = send(&house, 1, &[cells]).await;

        assert_eq!((done.receipt.accepted, done.receipt.rejected), (0, 1));
        assert_eq!(conclusion(&house, "92310104MATE5T068H").await, Conclusion::NotCovered);
    }

    async fn a_rejected_row_waits_under_each_of_its_codes_that_nobody_has(house: House) {
        house.declare().await;
        let names = ("CF_XDR_MC", "无人知晓有限公司");
        send(&house, 1, &[&[("CF_XDR_SHXYM", STRANGER), ("CF_XDR_GSZC", NOBODYS), names, NO_DAY]]).await;
        // Here the credit code is somebody's, the other code is not.
        let tax = ("CF_XDR_SWDJ", "310115600985541");
        send(&house, 2, &[&[tax, NO_DAY]]).await;

        register(&house, "91310000MATE5T9147", "甲有限公司", &[("registration-number", NOBODYS)]).await;
        register(&house, "91310000MATE5T9222", "乙有限公司", &[("tax-number", "310115600985541")]).await;
        register(&house, "91310000MATE5T930W", "丙有限公司", &[]).await;

        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
        assert_eq!(conclusion(&house, "91310000MATE5T9147").await, Conclusion::NotCovered);
        assert_eq!(conclusion(&house, "91310000MATE5T9222").await, Conclusion::NotCovered);
        assert_eq!(conclusion(&house, "91310000MATE5T930W").await, Conclusion::None);
    }

    async fn a_rejected_row_holds_back_a_person_who_becomes_known_later(house: House) {
        house.declare().await;
        let (name, number) = (("CF_XDR_MC", "未知人"), ("CF_XDR_ZJHM", UNKNOWN_PERSON));
        let good = [&[name, number], &ABOUT_PERSON[..]].concat();
        let faulty = [&[NO_DAY], &good[..]].concat();
        send(&house, 1, &[&faulty]).await;
        assert_eq!(house.number("SELECT COUNT(*) FROM rejection_subject").await, 0);

        house.upload(from(ECOLOGY, 1, &[&good])).await.unwrap();

        assert_eq!(conclusion(&house, UNKNOWN_PERSON).await, Conclusion::NotCovered);
        assert_eq!(conclusion(&house, PERSON).await, Conclusion::None);
    }

    async fn a_line_that_cannot_be_taken_apart_holds_back_a_person_too(house: House) {
        house.declare().await;
        let mut sent = from(MARKET, 1, &[]);
        sent.bytes.extend(format!("\"astray,{PERSON},x\n").as_bytes());
        house.upload(sent).await.unwrap();

        assert_eq!(conclusion(&house, PERSON).await, Conclusion::NotCovered);
    }

    async fn a_rejected_row_about_a_person_with_a_mistyped_number_holds_back_by_name(house: House) {
        house.declare().await;
        house.upload(from(ECOLOGY, 1, &[&ABOUT_PERSON])).await.unwrap();
        assert_eq!(conclusion(&house, PERSON).await, Conclusion::None);

        let mistyped = [&[("CF_XDR_ZJHM", "999999199001010017")], &ABOUT_PERSON[..]].concat();
        send(&house, 1, &[&mistyped]).await;

        assert_eq!(conclusion(&house, PERSON).await, Conclusion::NotCovered);
    }

    async fn a_row_whose_days_contradict_each_other_holds_back_whatever_the_days(house: House) {
        house.declare().await;
        let of_before = || Ask { to: Some(day("2025-12-31")), ..ask() };
        assert_eq!(house.issue(of_before()).await.unwrap().facts.domains[0].conclusion, Conclusion::None);

        let done = send(&house, 1, &[&[("CF_JDRQ", "2026/11/10"), ("CF_GSJZQ", "2025/03/10")]]).await;

        assert_eq!(done.receipt.rejected, 1);
        let facts = house.issue(of_before()).await.unwrap().facts;
        assert_eq!(facts.domains[0].conclusion, Conclusion::NotCovered);
    }

    async fn a_rejected_row_holds_back_in_the_domain_it_names_and_in_the_one_it_was_sent_for(house: House) {
        of_two_domains(&house).await;
        for domain in [market(), ecology()] {
            assert_eq!(in_domain(&house, PARENT, domain).await, Conclusion::None);
        }

        let sent = Sent { domain: Some(market()), ..from(MARKET, 1, &[&[("domain", "生态环境")]]) };
        let done = house.upload(sent).await.unwrap();

        assert_eq!(done.receipt.rejected, 1);
        for domain in [market(), ecology()] {
            assert_eq!(in_domain(&house, PARENT, domain).await, Conclusion::NotCovered);
        }
    }

    async fn a_row_of_a_domain_beyond_the_clerk_s_holds_back_there_too(house: House) {
        of_two_domains(&house).await;
        let posts = vec![Post { authority: code(MARKET), domains: vec![market()] }];
        let clerk = Actor { name: "clerk".to_owned(), role: Role::Clerk(posts) };

        let sent = Sent { domain: Some(market()), ..from(MARKET, 1, &[&[("domain", "生态环境")]]) };
        let done = upload::upload(&house.app, &clerk, sent).await.unwrap();

        assert_eq!(done.receipt.rejected, 1);
        for domain in [market(), ecology()] {
            assert_eq!(in_domain(&house, PARENT, domain).await, Conclusion::NotCovered);
        }
    }

    async fn an_organisation_code_is_the_same_with_a_hyphen_and_without(house: House) {
        house.declare().await;
        register(&house, "91310000MATE5T9147", "甲有限公司", &[("organisation-code", "mate5t64-x")]).await;

        let cells: Cells<'_> =
            &[("CF_XDR_SHXYM", ""), ("CF_XDR_ZZJG", "MATE5T64X"), ("CF_XDR_MC", "别名公司")];
        let done = send(&house, 1, &[cells]).await;

        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (1, 0), "{:?}", done.faults);
        let spelled = ["MATE5T64-X", "mate5t64—x", "ＭＡＴＥ５Ｔ６４Ｘ"].map(|it| ("organisation-code", it));
        register(&house, "91310000MATE5T9147", "甲有限公司", &spelled).await;
        for code in ["91310000MATE5T9147", "MATE5T64-X", "mate5t64x"] {
            assert_eq!(conclusion(&house, code).await, Conclusion::Found, "{code}");
        }
    }

    async fn a_credit_code_is_one_in_whichever_column_it_stands(house: House) {
        house.declare().await;
        let blank = ("CF_XDR_SHXYM", "");
        let name = ("CF_XDR_MC", "另一公司");
        let done = send(&house, 1, &[
            &[blank, name, ("CF_XDR_GSZC", PARENT)],
            &[blank, name, ("CF_XDR_SWDJ", STRANGER)],
            &[("CF_XDR_SHXYM", STRANGER), name, ("CF_XDR_GSZC", STRANGER)],
        ]).await;

        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (3, 0), "{:?}", done.faults);
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::Found);
        let facts = house.issue(Ask { subject: STRANGER.to_owned(), ..ask() }).await.unwrap().facts;
        assert_eq!((facts.subject.code.as_str(), facts.summary.records), (STRANGER, 2));
    }

    async fn an_organisation_code_alone_leads_to_whose_credit_code_has_it_inside(house: House) {
        house.declare().await;
        let cells: Cells<'_> = &[("CF_XDR_SHXYM", ""), ("CF_XDR_ZZJG", "MATE5T017"), ("CF_XDR_MC", "另一公司")];
        let done = send(&house, 1, &[cells]).await;
        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (1, 0), "{:?}", done.faults);
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::Found);

        // Two have it: it may be either's.
        let twin = "91310101MATE5T0250";
        register(&house, twin, "乙公司", &[]).await;
        let cells: Cells<'_> = &[("CF_XDR_SHXYM", ""), ("CF_XDR_ZZJG", "MATE5T025"), ("CF_XDR_MC", "另一公司")];
        let done = send(&house, 2, &[cells]).await;
        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (1, 1), "{:?}", done.faults);
        for code in [twin, SUBSIDIARY] {
            assert_eq!(conclusion(&house, code).await, Conclusion::NotCovered, "{code}");
        }
    }

    async fn another_credit_code_with_the_same_organisation_code_inside_is_no_stranger_s(house: House) {
        house.declare().await;
        let done = send(&house, 1, &[&[("CF_XDR_SHXYM", RENEWED), ("CF_XDR_MC", "另一公司")]]).await;

        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (1, 1), "{:?}", done.faults);
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
    }

    async fn a_number_of_nobody_founds_nobody_who_bears_a_known_name(house: House) {
        house.declare().await;
        let subjects = house.number("SELECT COUNT(*) FROM subject").await;
        let (blank, number) = (("CF_XDR_SHXYM", ""), ("CF_XDR_GSZC", NOBODYS));
        let done = send(&house, 1, &[&[blank, number], &[blank, number, ("CF_XDR_MC", "示范甲科技有限公司")]]).await;

        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (2, 2), "{:?}", done.faults);
        assert_eq!(house.number("SELECT COUNT(*) FROM subject").await, subjects);
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
        let rows = open(&house).await;
        assert_eq!(rows.iter().map(|row| (row.cause, row.possible[0].matches)).collect::<Vec<_>>(), [
            (Cause::CodesInDoubt, "name"),
            (Cause::CodesInDoubt, "former-name"),
        ]);
        assert_eq!(done.warnings.iter().filter(|it| it.code == FaultCode::CodesInDoubt).count(), 2);

        // Somebody whom another row of the same file names for certain is known, too.
        let name = ("CF_XDR_MC", "新来有限公司");
        let done = send(&house, 3, &[&[blank, number, name], &[("CF_XDR_SHXYM", STRANGER), name]]).await;
        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (2, 1), "{:?}", done.faults);
        let rows = open(&house).await;
        assert_eq!(rows[2].possible[0].code, STRANGER);
        // A name that nobody has is somebody new.
        let done = send(&house, 5, &[&[blank, number, ("CF_XDR_MC", "更新有限公司")]]).await;
        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (1, 0), "{:?}", done.faults);
    }

    async fn a_word_or_a_row_of_zeros_in_place_of_a_code_is_none(house: House) {
        house.declare().await;
        let blank = ("CF_XDR_SHXYM", "");
        let registered = ["0", "000000000000000", "暂无", "不详", "无", "１１１１１１", "12345", "n/a", "NONE", "待补录"];
        let mut rows: Vec<Vec<(&str, &str)>> =
            registered.iter().map(|word| vec![blank, ("CF_XDR_GSZC", *word)]).collect();
        rows.extend(["0", "000000000000000000", "暂无", "不详"].map(|word| vec![("CF_XDR_SHXYM", word)]));
        rows.extend(["000000000", "不详"].map(|word| vec![blank, ("CF_XDR_ZZJG", word)]));
        rows.extend(["0", "999999999999999"].map(|word| vec![blank, ("CF_XDR_SWDJ", word)]));
        let cells: Vec<Cells<'_>> = rows.iter().map(Vec::as_slice).collect();

        let done = send(&house, 1, &cells).await;

        let all = u64::try_from(cells.len()).unwrap();
        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (all, all), "{:?}", done.faults);
        let rows = open(&house).await;
        assert!(rows.iter().all(|row| row.cause == Cause::NameOnly && row.possible[0].code == PARENT), "{rows:?}");
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
    }

    async fn an_old_number_with_words_in_it_leads_to_whom_it_was_registered_for_and_to_nobody_new(house: House) {
        house.declare().await;
        register(&house, "91310000MATE5T9147", "甲有限公司", &[("registration-number", "企独沪总字第012345号")]).await;
        let row = |number| [("CF_XDR_SHXYM", ""), ("CF_XDR_MC", "另一公司"), ("CF_XDR_GSZC", number)];

        let done = send(&house, 1, &[&row("企独沪总字第012345号"), &row("企独沪总字第012346号")]).await;

        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (2, 1), "{:?}", done.faults);
        assert_eq!(conclusion(&house, "91310000MATE5T9147").await, Conclusion::Found);
    }

    async fn codes_that_lead_to_different_subjects_hold_back_all_of_them(house: House) {
        house.declare().await;
        let name = ("CF_XDR_MC", "另一公司");
        let done = send(&house, 1, &[&[("CF_XDR_SHXYM", STRANGER), ("CF_XDR_GSZC", ALIAS), name]]).await;
        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (1, 1), "{:?}", done.faults);
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
        assert_eq!(conclusion(&house, SUBSIDIARY).await, Conclusion::None);

        // The other one becomes known by a row of another authority, under another name.
        let known = [("CF_XDR_SHXYM", STRANGER), ("CF_XDR_MC", "又一公司")];
        house.upload(from(ECOLOGY, 1, &[&known])).await.unwrap();
        assert_eq!(conclusion(&house, STRANGER).await, Conclusion::NotCovered);
        let rows = open(&house).await;
        assert!(rows[0].possible.iter().all(|it| it.matches == "code"), "{rows:?}");

        send(&house, 2, &[&[("CF_XDR_SHXYM", SUBSIDIARY), ("CF_XDR_GSZC", ALIAS), name]]).await;
        assert_eq!(conclusion(&house, SUBSIDIARY).await, Conclusion::NotCovered);

        // Somebody who knows says whose it is.
        let rows = open(&house).await;
        for row in &rows {
            house.pass(10);
            candidates::resolve(&house.app, &regulator(MARKET), row.id, PARENT, "经核对").await.unwrap();
        }
        assert_eq!(conclusion(&house, SUBSIDIARY).await, Conclusion::None);
        assert_eq!(conclusion(&house, STRANGER).await, Conclusion::None);
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::Found);
    }

    async fn codes_of_subjects_that_were_merged_are_one_subject_s(house: House) {
        house.declare().await;
        let of_number = [("CF_XDR_SHXYM", ""), ("CF_XDR_GSZC", NOBODYS), ("CF_XDR_MC", "旧公司")];
        send(&house, 1, &[&of_number]).await;
        register(&house, STRANGER, "甲有限公司", &[("registration-number", NOBODYS)]).await;

        let both = [("CF_XDR_SHXYM", STRANGER), ("CF_XDR_GSZC", NOBODYS)];
        let done = send(&house, 2, &[&both]).await;

        assert_eq!((done.receipt.accepted, done.receipt.set_aside), (1, 0), "{:?}", done.faults);
        let facts = house.issue(Ask { subject: STRANGER.to_owned(), ..ask() }).await.unwrap().facts;
        assert_eq!(facts.summary.records, 2);
    }

    async fn a_name_that_a_register_tells_no_more_is_a_former_one(house: House) {
        house.declare().await;
        register(&house, PARENT, "示范甲更名股份有限公司", &[]).await;
        let facts = house.issue(ask()).await.unwrap().facts;
        assert_eq!(facts.subject.name, "示范甲更名股份有限公司");
        assert_eq!(facts.subject.former_names, ["示范甲智能科技股份有限公司", "示范甲科技有限公司"]);

        let done = send(&house, 1, &[&[("CF_XDR_SHXYM", "")]]).await;

        assert_eq!(done.receipt.set_aside, 1);
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
        assert_eq!(open(&house).await[0].possible[0].matches, "former-name");
    }

    async fn a_name_by_which_a_row_called_somebody_counts_for_later_rows(house: House) {
        house.declare().await;
        let name = ("CF_XDR_MC", "示范甲更名股份有限公司");
        house.upload(from(ECOLOGY, 1, &[&[name], &[name]])).await.unwrap();
        assert_eq!(conclusion(&house, PARENT).await, Conclusion::None);

        send(&house, 1, &[&[name, ("CF_XDR_SHXYM", MISTYPED)]]).await;

        assert_eq!(conclusion(&house, PARENT).await, Conclusion::NotCovered);
        let facts = house.issue(ask()).await.unwrap().facts;
        assert_eq!(facts.subject.former_names, ["示范甲科技有限公司"], "no register tells it");
    }
}
