//! Every fault has a row that triggers it, at its row and column, and nothing else with it.

use std::collections::BTreeSet;

use mingzheng::ingest::{FaultCode, FileFaultCode, fault_in_short};

use crate::ingest_world::{ABOUT_PERSON, COLUMNS, ENTERPRISE, World, found, row, sheet, spoiled};

/// A fault, the cells that bring it about, and the column it is reported in.
type Case = (FaultCode, Vec<(&'static str, &'static str)>, &'static str);

fn person(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    changes.iter().chain(&ABOUT_PERSON).copied().collect()
}

/// The changes that make a row a withdrawal: the key, and why and when.
fn operation(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let key = ["CF_XDR_SHXYM", "CF_WSH", "CF_CFJGDM"];
    let blank = COLUMNS.iter().filter(|column| !key.contains(column)).map(|column| (*column, ""));
    let withdrawal = [("operation", "撤回"), ("reason", "报送有误"), ("operated_on", "2024-05-01")];
    changes.iter().copied().chain(withdrawal).chain(blank).collect()
}

fn cell_cases() -> Vec<Case> {
    use FaultCode::*;
    vec![
        (Missing, vec![("CF_WSH", "")], "CF_WSH"),
        (Missing, vec![("CF_WSH", "无")], "CF_WSH"),
        (Missing, vec![("CF_NR_FK", "")], "CF_NR_FK"),
        (Missing, vec![("CF_FRDB", " ")], "CF_FRDB"),
        (Missing, person(&[("CF_XDR_ZJHM", "")]), "CF_XDR_ZJHM"),
        (Missing, vec![("CF_CFLB", "吊销许可证件;罚款")], "CF_NR_ZKDX"),
        (Missing, vec![("CF_CFLB", "3;2")], "CF_NR_WFFF"),
        (Formula, vec![("CF_NR", "=1+2")], "CF_NR"),
        (Formula, vec![("CF_SY", "=cmd|' /C calc'!A0")], "CF_SY"),
        (Formula, vec![("BZ", "@SUM(A1:A9)")], "BZ"),
        (Formula, vec![("BZ", "-2+3+cmd|' /C calc'!A0")], "BZ"),
        (Formula, vec![("BZ", "＝HYPERLINK(1)")], "BZ"),
        (Formula, vec![("BZ", "'=1+2")], "BZ"),
        (SheetError, vec![("CF_SY", "#REF!")], "CF_SY"),
        (DigitsLost, vec![("CF_XDR_SHXYM", "9.13101E+17")], "CF_XDR_SHXYM"),
        (DigitsLost, vec![("CF_XDR_GSZC", "3.10115123456789E+15")], "CF_XDR_GSZC"),
        (DigitsLost, person(&[("CF_XDR_ZJHM", "9.99999199001E+17")]), "CF_XDR_ZJHM"),
        (SubjectClass, vec![("CF_XDR_LB", "公司")], "CF_XDR_LB"),
        (CreditCode, vec![("CF_XDR_SHXYM", "91310115MATE5T017")], "CF_XDR_SHXYM"),
        (CreditCode, vec![("CF_XDR_SHXYM", "91310115MATE5TO17A")], "CF_XDR_SHXYM"),
        (CreditCodeCheck, vec![("CF_XDR_SHXYM", "91310115MATE5T017B")], "CF_XDR_SHXYM"),
        (OrganisationCode, vec![("CF_XDR_ZZJG", "MATE5T01-8")], "CF_XDR_ZZJG"),
        (DocumentType, person(&[("CF_XDR_ZJLX", "学生证")]), "CF_XDR_ZJLX"),
        (CitizenNumber, person(&[("CF_XDR_ZJHM", "999999199001010017")]), "CF_XDR_ZJHM"),
        (Sanction, vec![("CF_CFLB", "罚金")], "CF_CFLB"),
        (Sanction, vec![("CF_CFLB", "；；")], "CF_CFLB"),
        (OtherWithoutName, vec![("CF_CFLB", "罚款;其他")], "CF_CFLB"),
        (OtherWithoutName, vec![("CF_CFLB", "罚款;其他-")], "CF_CFLB"),
        (DateShape, vec![("CF_JDRQ", "45361")], "CF_JDRQ"),
        (DateShape, vec![("CF_JDRQ", "去年三月")], "CF_JDRQ"),
        (NoSuchDay, vec![("CF_JDRQ", "2024/02/30")], "CF_JDRQ"),
        (NoSuchDay, vec![("CF_GSJZQ", "20251301")], "CF_GSJZQ"),
        (Amount, vec![("CF_NR_FK", "5000元")], "CF_NR_FK"),
        (Amount, vec![("CF_NR_FK", "0.0000005")], "CF_NR_FK"),
        (NegativeAmount, vec![("CF_NR_FK", "-0.5")], "CF_NR_FK"),
        (Procedure, vec![("procedure", "加急程序")], "procedure"),
        (RecordKind, vec![("record_kind", "表扬")], "record_kind"),
        (UnknownDomain, vec![("domain", "天文")], "domain"),
        (DomainNotYours, vec![("domain", "D005")], "domain"),
        (NoIdentifier, operation(&[("CF_XDR_SHXYM", "/")]), "CF_XDR_SHXYM"),
        (Missing, operation(&[("operation", "撤销"), ("reason", "判决")]), "annulment_kind"),
        (Missing, operation(&[("reason", "")]), "reason"),
        (Missing, operation(&[("operated_on", "")]), "operated_on"),
        (Missing, operation(&[("CF_WSH", "")]), "CF_WSH"),
        (Missing, vec![("record_kind", "行政强制"), ("CF_YJ", "")], "CF_YJ"),
        (Missing, vec![("record_kind", "刑事犯罪"), ("CF_NR", "")], "CF_NR"),
        (Operation, vec![("operation", "删除")], "operation"),
        (AnnulmentKind, operation(&[("annulment_kind", "自然失效")]), "annulment_kind"),
        (YesNo, vec![("on_commitment", "也许")], "on_commitment"),
        (Severity, vec![("severity", "极重")], "severity"),
        (UpsideDown, vec![("act_from", "2024-03-02"), ("act_to", "2024-03-01")], "act_to"),
        (CodeOfPerson, person(&[("CF_XDR_SHXYM", ENTERPRISE)]), "CF_XDR_SHXYM"),
        (FutureDecision, vec![("CF_JDRQ", "2026-11-23")], "CF_JDRQ"),
        (PublicityBeforeDecision, vec![("CF_GSJZQ", "2024/03/09")], "CF_GSJZQ"),
        (FineWithoutAmount, vec![("CF_NR_FK", "0")], "CF_NR_FK"),
        (AmountWithoutFine, vec![("CF_CFLB", "警告")], "CF_NR_FK"),
        (AmountWithoutConfiscation, vec![("CF_NR_WFFF", "1")], "CF_NR_WFFF"),
        (SourceNotYou, vec![("CF_SJLYDM", "11310000MBTE5T1333")], "CF_SJLYDM"),
        (OrganNotYours, vec![("CF_CFJGDM", "11310000MBTE5T1333")], "CF_CFJGDM"),
        // Odd only: such rows are accepted.
        (UnknownHead, vec![("CF_XDR_SHXYM", "Y2310115MATE5T017H")], "CF_XDR_SHXYM"),
        (NameOnly, vec![("CF_XDR_SHXYM", "/")], "CF_XDR_SHXYM"),
        (NoCreditCode, vec![("CF_XDR_SHXYM", ""), ("CF_XDR_GSZC", "310115000000012")], "CF_XDR_SHXYM"),
        (RegistrationNumber, vec![("CF_XDR_GSZC", "310115600985535")], "CF_XDR_GSZC"),
        (OrganisationCodeDiffers, vec![("CF_XDR_ZZJG", "MATE5T02-5")], "CF_XDR_ZZJG"),
        (ClassDiffers, vec![("CF_XDR_LB", "个体工商户")], "CF_XDR_LB"),
        (PerhapsYuan, vec![("CF_NR_FK", "25000")], "CF_NR_FK"),
        (PerhapsYuan, vec![("CF_NR_FK", "5000"), ("CF_NR", "罚款5000元")], "CF_NR_FK"),
        (EffectiveBeforeDecision, vec![("CF_YXQ", "2024/03/09")], "CF_YXQ"),
        (PersonalData, vec![("CF_SY", "联系人身份证 999999199001010016。")], "CF_SY"),
        (PersonalData, vec![("BZ", "电话13800000000")], "BZ"),
    ]
}

#[test]
fn every_spoiled_cell_is_reported_once_with_its_row_and_column() {
    let world = World::new();
    for (code, changes, column) in cell_cases() {
        let file = sheet(&COLUMNS, &[row(1, &[]), row(2, &changes)]);
        let outcome = world.read(file.as_bytes()).unwrap();
        assert_eq!(found(&outcome), [(2, column.to_owned(), code)], "{changes:?}");
        assert_eq!(outcome.accepted.len(), 1 + usize::from(code.is_warning()), "{changes:?}");
    }
}

#[test]
fn every_fault_has_a_case() {
    use FaultCode::*;
    // Told by the tests below, which need more than one spoiled cell.
    let elsewhere = [
        MalformedText,
        Nul,
        Quotes,
        TooFewCells,
        TooManyCells,
        Truncated,
        MalformedJson,
        CellTooLong,
        TooLong,
        DomainDiffers,
        ConflictInFile,
        OtherDateInFile,
        ConfirmedCode,
        NotAnOrgan,
        // Told by the store: see the tests of uploads.
        UnknownRecord,
        RecordExists,
        RecordNotYours,
        RecordWithdrawn,
        RecordAnnulled,
        RecordRepaired,
        RecordNotRepaired,
        ObjectionOpen,
        NoObjection,
        NothingChanges,
        BeforeDecision,
        BeforeRepair,
        InFuture,
        NoReason,
        BeforeEstablished,
        CodesInDoubt,
    ];
    let covered: BTreeSet<_> = cell_cases().into_iter().map(|case| case.0).chain(elsewhere).collect();
    assert_eq!(covered.into_iter().collect::<Vec<_>>(), FaultCode::ALL);
}

#[test]
fn all_faults_of_a_row_come_at_once() {
    let spoiled = spoiled(&[
        ("CF_XDR_MC", ""),
        ("CF_XDR_SHXYM", "91310115MATE5T017B"),
        ("CF_JDRQ", "2024-02-30"),
        ("CF_NR_FK", "-1"),
        ("CF_CFLB", "罚款;没收违法所得"),
        ("CF_SJLYDM", "11310000MBTE5T1333"),
    ]);
    let outcome = World::new().read(spoiled.as_bytes()).unwrap();
    assert_eq!(outcome.rejected.len(), 1);
    let mut codes: Vec<_> = found(&outcome).into_iter().map(|(_, column, code)| (column, code)).collect();
    codes.sort();
    let wanted = [
        ("CF_JDRQ", FaultCode::NoSuchDay),
        ("CF_NR_FK", FaultCode::NegativeAmount),
        ("CF_NR_WFFF", FaultCode::Missing),
        ("CF_SJLYDM", FaultCode::SourceNotYou),
        ("CF_XDR_MC", FaultCode::Missing),
        ("CF_XDR_SHXYM", FaultCode::CreditCodeCheck),
    ];
    assert_eq!(codes, wanted.map(|(column, code)| (column.to_owned(), code)));
}

/// What is found in a file whose second row is the given line.
fn line_between(line: &[u8]) -> Vec<(u32, String, FaultCode)> {
    let whole = sheet(&COLUMNS, &[row(1, &[]), row(3, &[])]);
    let lines: Vec<&str> = whole.split_inclusive("\r\n").collect();
    let file = [lines[0].as_bytes(), lines[1].as_bytes(), line, b"\r\n", lines[2].as_bytes()].concat();
    let outcome = World::new().read(&file).unwrap();
    assert_eq!(outcome.accepted.iter().map(|row| row.row).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(outcome.accepted[1].line, 4);
    found(&outcome)
}

#[test]
fn a_broken_line_costs_no_other_line() {
    let cells = row(2, &[]).join(",");
    let only = |code| vec![(2, String::new(), code)];
    assert_eq!(line_between(b"a,b,c"), only(FaultCode::TooFewCells));
    assert_eq!(line_between(format!("{cells},more").as_bytes()), only(FaultCode::TooManyCells));
    assert_eq!(line_between(format!("\"{cells}").as_bytes()), only(FaultCode::Quotes));
    assert_eq!(line_between(format!("a\"b{cells}").as_bytes()), only(FaultCode::Quotes));
    assert_eq!(line_between(format!("\"a\"b{cells}").as_bytes()), only(FaultCode::Quotes));
    assert_eq!(line_between(format!("{cells}\0").as_bytes()), only(FaultCode::Nul));
    let malformed = [cells.as_bytes(), b"\xe4\xbd"].concat();
    assert_eq!(line_between(&malformed), only(FaultCode::MalformedText));
}

#[test]
fn a_last_line_that_is_cut_off_is_told_from_a_short_one() {
    let whole = sheet(&COLUMNS, &[row(1, &[]), row(2, &[("CF_SY", "甲,乙")])]);
    for cut in [whole.len() - 40, whole.find("甲,乙").unwrap() + 4] {
        let outcome = World::new().read(&whole.as_bytes()[..cut]).unwrap();
        assert_eq!(found(&outcome), [(2, String::new(), FaultCode::Truncated)]);
    }
    let without_end = whole.trim_end();
    assert_eq!(World::new().read(without_end.as_bytes()).unwrap().accepted.len(), 2);
}

#[test]
fn long_cells_are_told_by_column_and_by_the_limit_of_all() {
    let world = World::new();
    let (long, longer) = ("长".repeat(201), "长".repeat(20_001));
    let file = sheet(&COLUMNS, &[row(1, &[("CF_CFJG", &long)]), row(2, &[("CF_SY", &longer)])]);
    let wanted =
        [(1, "CF_CFJG".to_owned(), FaultCode::TooLong), (2, "CF_SY".to_owned(), FaultCode::CellTooLong)];
    let outcome = world.read(file.as_bytes()).unwrap();
    assert_eq!(found(&outcome), wanted);
    assert!(outcome.rejected[0].faults[0].value.chars().count() < 50, "values are shortened");
    let mut header = COLUMNS.to_vec();
    header.push("自有列");
    let mut cells = row(1, &[]);
    cells.push(longer);
    let found = found(&world.read(sheet(&header, &[cells]).as_bytes()).unwrap());
    assert_eq!(found, [(1, "自有列".to_owned(), FaultCode::CellTooLong)]);
}

#[test]
fn rows_of_one_file_may_not_contradict_each_other() {
    let same = ("CF_WSH", "示消行罚决字〔2024〕第0001号");
    let other_width = ("CF_WSH", "示消行罚决字［2024］第0001号");
    let other_subject = ("CF_XDR_SHXYM", "91310115MATE5T0255");
    let file = sheet(
        &COLUMNS,
        &[
            row(1, &[]),
            row(2, &[same]),
            row(3, &[other_width, ("CF_SY", "另一事实。")]),
            row(4, &[same, other_subject]),
            row(5, &[same, other_subject, ("CF_JDRQ", "2024/03/11")]),
            row(6, &[same, ("CF_XDR_SHXYM", "91310000MATE5T041X"), ("CF_JDRQ", "2024/03/11")]),
        ],
    );
    let outcome = World::new().read(file.as_bytes()).unwrap();
    assert_eq!(outcome.accepted.iter().map(|row| row.row).collect::<Vec<_>>(), [1, 2, 4]);
    assert_eq!(
        outcome.accepted[0].content(),
        outcome.accepted[1].content(),
        "a repetition is left to others"
    );
    let wanted = [
        (3, "CF_WSH".to_owned(), FaultCode::ConflictInFile),
        (5, "CF_WSH".to_owned(), FaultCode::ConflictInFile),
        (6, "CF_JDRQ".to_owned(), FaultCode::OtherDateInFile),
    ];
    assert_eq!(found(&outcome), wanted);
    assert!(outcome.rejected[0].faults[0].zh().contains("第 1 行"));
}

#[test]
fn a_code_with_a_wrong_check_passes_only_when_the_register_confirms_it() {
    let mut world = World::new();
    let file = spoiled(&[("CF_XDR_SHXYM", "91310115MATE5T017B")]);
    assert_eq!(world.read(file.as_bytes()).unwrap().accepted.len(), 0);
    world.confirmed.insert("91310115MATE5T017B".to_owned());
    let outcome = world.read(file.as_bytes()).unwrap();
    assert_eq!(found(&outcome), [(1, "CF_XDR_SHXYM".to_owned(), FaultCode::ConfirmedCode)]);
    assert_eq!(outcome.accepted[0].subject.codes[0].value, "91310115MATE5T017B");
    // Alphabet and length are not forgiven.
    world.confirmed.insert("91310115MATE5TO17A".to_owned());
    let file = spoiled(&[("CF_XDR_SHXYM", "91310115MATE5TO17A")]);
    assert_eq!(world.read(file.as_bytes()).unwrap().accepted.len(), 0);
}

#[test]
fn an_authority_sends_for_its_own_organs_and_domains_only() {
    let mut world = World::new();
    world.authority.organs.push("12310000MBTE5T096R".parse().unwrap());
    let outcome = world.read(spoiled(&[("CF_CFJGDM", "12310000MBTE5T096R")]).as_bytes()).unwrap();
    assert_eq!(found(&outcome), [(1, "CF_CFJGDM".to_owned(), FaultCode::NotAnOrgan)]);
    assert_eq!(outcome.accepted.len(), 1);

    world.authority.domains.push("taxation".parse().unwrap());
    let file =
        sheet(&COLUMNS, &[row(1, &[("domain", "消防")]), row(2, &[("domain", "taxation")]), row(3, &[])]);
    let outcome = world.read(file.as_bytes()).unwrap();
    assert_eq!(found(&outcome), [(3, "domain".to_owned(), FaultCode::Missing)]);
    let domains: Vec<_> = outcome.accepted.iter().map(|row| row.domain.as_str()).collect();
    assert_eq!(domains, ["fire-rescue", "taxation"]);
    let columns: Vec<&str> = COLUMNS.iter().copied().filter(|&name| name != "domain").collect();
    let fault = world.read(sheet(&columns, &[]).as_bytes()).unwrap_err();
    assert_eq!(fault.code, FileFaultCode::NoDomain);

    world.domain = Some("fire-rescue".parse().unwrap());
    let outcome = world.read(spoiled(&[("domain", "税务")]).as_bytes()).unwrap();
    assert_eq!(found(&outcome), [(1, "domain".to_owned(), FaultCode::DomainDiffers)]);
    world.domain = Some("health".parse().unwrap());
    let outcome = world.read(spoiled(&[]).as_bytes()).unwrap();
    assert_eq!(found(&outcome), [(1, "domain".to_owned(), FaultCode::DomainNotYours)]);
}

#[test]
fn values_of_persons_are_masked_in_faults() {
    let file = spoiled(&person(&[("CF_XDR_ZJHM", "999999199001010017")]));
    let outcome = World::new().read(file.as_bytes()).unwrap();
    assert_eq!(outcome.rejected[0].faults[0].value, "999999********0017");
}

#[test]
fn every_fault_says_what_is_wrong_and_what_to_do_in_both_languages() {
    #[derive(serde::Deserialize)]
    struct File {
        fault: Vec<Text>,
    }
    #[derive(serde::Deserialize)]
    struct Text {
        code: String,
        zh: String,
        en: String,
        remedy_zh: String,
        remedy_en: String,
    }
    let file: File = toml::from_str(include_str!("../../data/faults.toml")).unwrap();
    let codes: BTreeSet<String> = file.fault.iter().map(|text| text.code.clone()).collect();
    let known = FaultCode::ALL
        .iter()
        .map(|code| code.word())
        .chain(FileFaultCode::ALL.iter().map(|code| code.word()));
    assert_eq!(codes, known.map(str::to_owned).collect());
    assert_eq!(codes.len(), file.fault.len(), "no code stands twice");
    for text in file.fault {
        let lacks = |text: &str| text.trim().is_empty() || text.ends_with(['.', '。']);
        assert!(
            ![text.zh, text.en, text.remedy_zh, text.remedy_en].iter().any(|text| lacks(text)),
            "{}",
            text.code
        );
    }
    let outcome = World::new().read(spoiled(&[("CF_JDRQ", "2024/02/30")]).as_bytes()).unwrap();
    let fault = &outcome.rejected[0].faults[0];
    assert_eq!(fault.zh(), "处罚决定日期:日期不存在");
    assert_eq!(fault.en(), "CF_JDRQ: there is no such day");
    assert_eq!((fault.value.as_str(), fault.row), ("2024/02/30", 1));
    assert!(!fault.remedy_zh().is_empty() && !fault.remedy_en().is_empty());
}

#[test]
fn a_fault_without_its_detail_is_still_a_sentence() {
    let said = |code: FaultCode| fault_in_short(code.word());
    assert_eq!(said(FaultCode::NoSuchDay), ["日期不存在", "there is no such day"]);
    assert_eq!(said(FaultCode::TooLong), ["内容超过 … 字", "more than … characters"]);
    assert_eq!(said(FaultCode::OrganNotYours)[1], "your authority may not send for this organ");
    assert_eq!(
        said(FaultCode::CreditCodeCheck),
        ["校验位不符", "a check character of the credit code is wrong"]
    );
    for code in FaultCode::ALL {
        for text in said(*code) {
            assert!(!text.contains("{}") && text != code.word() && text.trim() == text, "{text}");
        }
    }
}
