//! Files as a whole: encodings, headers, other formats, limits, the samples, and the way back of rejected rows.

use encoding_rs::GB18030;
use mingzheng::ingest::{Encoding, FaultCode, FileFaultCode, Layout, Outcome, Template, TemplateFormat};
use mingzheng::rules::{Authority, Fen, Procedure, RecordKind, Sanction, Scheme, SubjectKind};
use time::macros::date;

use crate::ingest_world::{ABOUT_PERSON, COLUMNS, World, found, row, sheet, spoiled};

fn refusal(world: &World, bytes: &[u8], name: &str) -> (FileFaultCode, String) {
    let fault = world.read_named(bytes, name).unwrap_err();
    assert!(![fault.zh(), fault.en(), fault.remedy_zh(), fault.remedy_en()].iter().any(String::is_empty));
    (fault.code, fault.detail)
}

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[test]
fn files_that_are_no_csv_are_refused_with_their_format() {
    let world = World::new();
    let format = |bytes: &[u8], name: &str| {
        let (code, detail) = refusal(&world, bytes, name);
        assert_eq!(code, FileFaultCode::Format);
        detail
    };
    assert_eq!(format(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "a.csv"), "XLS");
    assert_eq!(format(b"%PDF-1.7\n", "a.csv"), "PDF");
    assert_eq!(format(b"7z\xbc\xaf\x27\x1c\x00", "a.csv"), "ZIP/GZ/7Z/RAR");
    assert_eq!(format(b"<html><table>", "a.xls"), "HTML/XML");
    assert_eq!(format(&(0..=255).cycle().take(4000).collect::<Vec<u8>>(), "a.csv"), "binary");
    assert_eq!(refusal(&world, &utf16("CF_WSH,CF_JDRQ\r\n", true), "a.csv").0, FileFaultCode::Utf16);
    assert_eq!(refusal(&world, &utf16("CF_WSH,CF_JDRQ\r\n", false), "a.csv").0, FileFaultCode::Utf16);
}

#[test]
fn empty_files_and_files_over_a_limit_are_refused() {
    let mut world = World::new();
    for empty in [&b""[..], b" \r\n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n,,,\r\n"] {
        assert_eq!(refusal(&world, empty, "a.csv").0, FileFaultCode::Empty, "{empty:?}");
    }
    let wide = format!("{}\r\n", vec!["x"; 10_000].join(","));
    assert_eq!(
        refusal(&world, wide.as_bytes(), "a.csv"),
        (FileFaultCode::TooManyColumns, "10000 > 300".into())
    );
    let three = sheet(&COLUMNS, &[row(1, &[]), row(2, &[]), row(3, &[])]);
    world.limits.rows = 2;
    assert_eq!(refusal(&world, three.as_bytes(), "a.csv").0, FileFaultCode::TooManyRows);
    world.limits.rows = 3;
    assert_eq!(world.read(three.as_bytes()).unwrap().rows, 3);
    world.limits.bytes = three.len() as u64 - 1;
    assert_eq!(refusal(&world, three.as_bytes(), "a.csv").0, FileFaultCode::TooLarge);
    world.limits.bytes = three.len() as u64;
    world.limits.faults = 1;
    let faulty = spoiled(&[("CF_WSH", ""), ("CF_XDR_MC", "")]);
    assert_eq!(refusal(&world, faulty.as_bytes(), "a.csv").0, FileFaultCode::TooManyFaults);
    let broken = sheet(&COLUMNS, &[]) + "a,b\r\na,b\r\n";
    assert_eq!(refusal(&world, broken.as_bytes(), "a.csv").0, FileFaultCode::TooManyFaults);
}

#[test]
fn headers_are_found_by_code_by_name_by_alias_and_in_any_width() {
    let world = World::new();
    let by_name: Vec<&str> = (COLUMNS.iter())
        .map(|code| &world.layout.columns[world.layout.find(code).unwrap()])
        .map(|column| column.name.zh.as_str())
        .collect();
    let rows = [row(1, &[])];
    let wanted = world.read(sheet(&COLUMNS, &rows).as_bytes()).unwrap().accepted;
    assert_eq!(world.read(sheet(&by_name, &rows).as_bytes()).unwrap().accepted, wanted);
    let mut odd = COLUMNS.to_vec();
    (odd[0], odd[1], odd[2]) = ("*行政相对人名称", " cf_xdr_lb ", "行政相对人代码＿１（统一社会信用代码）");
    (odd[13], odd[19]) = ("决定书文号", "罚款金额（万元）");
    assert_eq!(world.read(sheet(&odd, &rows).as_bytes()).unwrap().accepted, wanted);
    let template = Template {
        layout: &world.layout,
        lists: &world.lists,
        catalogue: &world.catalogue,
        kind: RecordKind::Penalty,
    };
    let template = String::from_utf8(template.render(TemplateFormat::Csv).unwrap()).unwrap();
    assert!(template.starts_with('\u{feff}') && template.contains("处罚决定日期(CF_JDRQ)"));
    assert_eq!(world.read(template.as_bytes()).unwrap().rows, 0);
}

#[test]
fn wrong_headers_are_named_all_at_once() {
    let world = World::new();
    let lacking: Vec<&str> =
        COLUMNS[..32].iter().copied().filter(|name| !["CF_WSH", "CF_JDRQ"].contains(name)).collect();
    let (code, detail) = refusal(&world, sheet(&lacking, &[]).as_bytes(), "a.csv");
    assert_eq!(code, FileFaultCode::MissingColumns);
    assert_eq!(detail, "CF_WSH 行政处罚决定书文号、CF_JDRQ 处罚决定日期");
    let mut twice = COLUMNS.to_vec();
    twice.extend(["决定日期", "自有列", "自有列"]);
    let (code, detail) = refusal(&world, sheet(&twice, &[]).as_bytes(), "a.csv");
    assert_eq!((code, detail.as_str()), (FileFaultCode::DuplicateColumns, "CF_JDRQ = 决定日期、自有列"));
    for (sign, shown) in [(";", ";"), ("，", "，"), ("|", "|")] {
        let (code, detail) = refusal(&world, COLUMNS.join(sign).as_bytes(), "a.csv");
        assert_eq!((code, detail.as_str()), (FileFaultCode::Separator, shown));
    }
    assert_eq!(refusal(&world, b"\xef\xbb\xbfCF_WSH,\"CF_JDRQ\r\n1,2\r\n", "a.csv").0, FileFaultCode::Header);
    assert_eq!(refusal(&world, b"\xef\xbb\xbfCF_WSH,\xff\xff\r\n1,2\r\n", "a.csv").0, FileFaultCode::Header);
    assert_eq!(refusal(&world, b"title of the table\r\n1\r\n", "a.csv").0, FileFaultCode::MissingColumns);
}

#[test]
fn the_same_file_in_both_encodings_gives_the_same_outcome() {
    let world = World::new();
    let rows = [
        row(1, &[("CF_XDR_MC", "示范㙓䶮𬭎犇祎堃昇燊𠅤有限公司")]),
        row(2, &[("CF_JDRQ", "没有日期")]),
        row(3, &[("CF_SY", "第一行\r\n第二行,\"引号\"")]),
    ];
    let text = sheet(&COLUMNS, &rows);
    let (gb, _, lossy) = GB18030.encode(&text);
    assert!(!lossy);
    let plain = world.read(text.as_bytes()).unwrap();
    let marked = world.read(&[b"\xef\xbb\xbf", text.as_bytes()].concat()).unwrap();
    let national = world.read(&gb).unwrap();
    assert_eq!(plain, marked);
    assert_eq!(national.described.encoding, Some(Encoding::Gb18030));
    let what =
        |outcome: &Outcome| (outcome.accepted.clone(), outcome.rejected.clone(), outcome.warnings.clone());
    assert_eq!(what(&national), what(&plain));
    assert_eq!(plain.accepted[0].subject.name, "示范㙓䶮𬭎犇祎堃昇燊𠅤有限公司");
    assert_eq!(plain.accepted[1].details.facts, "第一行\n第二行,\"引号\"");
}

#[test]
fn malformed_bytes_cost_their_row_in_either_encoding() {
    let world = World::new();
    let text = sheet(&COLUMNS, &[row(1, &[]), row(2, &[("BZ", "坏")]), row(3, &[])]);
    for encoding in ["utf-8", "gb18030"] {
        let (bytes, bad) = match encoding {
            "utf-8" => (text.clone().into_bytes(), "坏".as_bytes().to_vec()),
            _ => (GB18030.encode(&text).0.into_owned(), GB18030.encode("坏").0.into_owned()),
        };
        let at = bytes.windows(bad.len()).position(|window| window == bad).unwrap();
        let mut broken = bytes.clone();
        broken[at + bad.len() - 1] = 0xff;
        let outcome = world.read(&broken).unwrap();
        assert_eq!(found(&outcome), [(2, String::new(), FaultCode::MalformedText)], "{encoding}");
        assert_eq!(outcome.accepted.len(), 2);
    }
}

#[test]
fn line_ends_of_all_systems_and_blank_lines_are_understood() {
    let world = World::new();
    let text = sheet(&COLUMNS, &[row(1, &[]), row(2, &[])]);
    let wanted = world.read(text.as_bytes()).unwrap().accepted;
    for other in [text.replace("\r\n", "\n"), text.replace("\r\n", "\r"), text.clone() + "\r\n,,,\r\n\x1a"] {
        assert_eq!(world.read(other.as_bytes()).unwrap().accepted, wanted);
    }
    let spaced = world.read(format!("\r\n{}", text.replacen("\r\n", "\r\n\r\n", 1)).as_bytes()).unwrap();
    assert_eq!((spaced.rows, spaced.accepted[0].row, spaced.accepted[0].line), (2, 1, 4));
}

#[test]
fn a_row_becomes_what_it_says() {
    let changes = [
        ("CF_XDR_SHXYM", "９１３１０１１５mate5t017a"),
        ("CF_XDR_GSZC", "310115000000012"),
        ("CF_XDR_ZZJG", "MATE5T01-7"),
        ("CF_XDR_SWDJ", "无"),
        ("CF_WSH", " 示消行罚决字﹝2024﹞第 0001 号 "),
        ("CF_CFLB", "没收违法所得、没收非法财物；其他-责令改正;1;罚款"),
        ("CF_NR_FK", "０.2"),
        ("CF_NR_WFFF", "0.000001"),
        ("CF_JDRQ", "2024-3-5 00:00:00"),
        ("CF_GSJZQ", "2025年3月5日"),
        ("procedure", "简易程序"),
        ("BZ", "备注"),
    ];
    let mut header = COLUMNS.to_vec();
    header.extend(["source_record_id", "自有列"]);
    let mut cells = row(1, &changes);
    cells.extend(["K-1".to_owned(), "自有值".to_owned()]);
    let outcome = World::new().read(sheet(&header, &[cells]).as_bytes()).unwrap();
    assert_eq!(found(&outcome), []);
    let row = &outcome.accepted[0];
    let codes: Vec<_> = row.subject.codes.iter().map(|code| (code.scheme, code.value.as_str())).collect();
    let wanted = [
        (Scheme::CreditCode, "91310115MATE5T017A"),
        (Scheme::RegistrationNumber, "310115000000012"),
        (Scheme::OrganisationCode, "MATE5T017"),
    ];
    assert_eq!(codes, wanted);
    assert_eq!((row.subject.kind, row.kind), (SubjectKind::Enterprise, RecordKind::Penalty));
    assert_eq!(row.document_number, "示消行罚决字〔2024〕第0001号");
    let details = &row.details;
    assert_eq!(details.document_number, "示消行罚决字﹝2024﹞第 0001 号", "as sent");
    let sanctions = [
        Sanction::Warning,
        Sanction::Fine,
        Sanction::ConfiscateGains,
        Sanction::ConfiscateProperty,
        Sanction::Other,
    ];
    assert_eq!(
        (&details.sanctions[..], details.sanction_other.as_deref()),
        (&sanctions[..], Some("责令改正"))
    );
    assert_eq!((details.fine, details.confiscated), (Some(Fen::from_yuan(2000)), Some(Fen(1))));
    assert_eq!((details.decided_on, details.effective_until), (date!(2024 - 03 - 05), None));
    assert_eq!(
        (details.publicity_until, details.procedure),
        (Some(date!(2025 - 03 - 05)), Procedure::Summary)
    );
    assert_eq!(
        (details.unknown["自有列"].as_str(), details.unknown["source_record_id"].as_str()),
        ("自有值", "K-1")
    );
}

#[test]
fn persons_and_other_kinds_of_record_have_rules_of_their_own() {
    let world = World::new();
    let outcome = world.read(spoiled(&ABOUT_PERSON).as_bytes()).unwrap();
    let row = &outcome.accepted[0];
    assert_eq!(
        (row.subject.kind, row.subject.codes[0].scheme),
        (SubjectKind::NaturalPerson, Scheme::IdentityNumber)
    );
    let no_penalty =
        ["CF_WFXW", "CF_YJ", "CF_CFLB", "CF_NR", "CF_NR_FK", "CF_YXQ", "CF_GSJZQ"].map(|column| (column, ""));
    let needs = |column: &&(&str, &str)| !["CF_WFXW", "CF_YJ"].contains(&column.0);
    let kind = ("record_kind", "严重失信主体名单");
    let listed: Vec<_> = no_penalty.iter().filter(needs).copied().chain([kind]).collect();
    let outcome = world.read(spoiled(&listed).as_bytes()).unwrap();
    assert_eq!(found(&outcome), []);
    assert_eq!(outcome.accepted[0].kind, RecordKind::DishonestyList);
    assert_eq!(world.read(spoiled(&no_penalty).as_bytes()).unwrap().rejected[0].faults.len(), 6);
}

#[test]
fn a_rejects_file_is_accepted_once_it_is_corrected() {
    let world = World::new();
    let file = sheet(
        &COLUMNS,
        &[
            row(1, &[]),
            row(2, &[("CF_JDRQ", "2024/02/30"), ("CF_SY", "甲,\"乙\"\n丙")]),
            row(3, &[("BZ", "=1+2")]),
        ],
    ) + "\"astray,a,b\r\nshort,line\r\n"
        + &row(6, &[]).join(",")
        + ",more\r\n";
    let outcome = world.read(file.as_bytes()).unwrap();
    assert_eq!((outcome.rows, outcome.accepted.len(), outcome.rejected.len()), (6, 1, 5));
    let rejects = String::from_utf8(outcome.rejects_file().unwrap()).unwrap();
    assert!(rejects.starts_with("\u{feff}\"错误行号(error_row)\","));
    assert!(
        rejects.contains("no-such-day")
            && rejects.contains("日期不存在")
            && rejects.contains("there is no such day")
    );
    // Sent back as it is, the same rows are rejected for the same reasons, and the added columns are no columns.
    let again = world.read(rejects.as_bytes()).unwrap();
    assert_eq!((again.rows, again.accepted.len()), (5, 0));
    assert_eq!(again.rejected[0].faults[0].code, FaultCode::NoSuchDay);
    let corrected = rejects.replace("2024/02/30", "2024/02/29").replace("=1+2", "改正").replace(",more", "");
    let accepted = world.read(corrected.as_bytes()).unwrap().accepted;
    assert_eq!(accepted.len(), 3);
    assert_eq!(accepted[0].details.facts, "甲,\"乙\"\n丙");
    assert_eq!(accepted[0].details.unknown.len(), 0);
    // Nothing that we add is a formula.
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(&rejects.as_bytes()[3..]);
    for record in reader.records() {
        let record = record.unwrap();
        assert!(record.iter().take(4).all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{record:?}");
    }
}

/// The sample authority of a domain.
fn sample_authority(domain: &str) -> Authority {
    #[derive(serde::Deserialize)]
    struct File {
        authority: Vec<Authority>,
    }
    let file: File = toml::from_str(include_str!("../../data/samples/authorities.toml")).unwrap();
    file.authority.into_iter().find(|authority| authority.domains[0].as_str() == domain).unwrap()
}

#[test]
fn the_sample_uploads_give_what_the_demo_says() {
    let read = |domain: &str, bytes: &[u8]| {
        let world = World { authority: sample_authority(domain), ..World::new() };
        world.read(bytes).unwrap()
    };
    let market =
        read("market-regulation", include_bytes!("../../data/samples/uploads/market-regulation.csv"));
    assert_eq!((market.accepted.len(), market.rejected.len(), market.warnings.len()), (10, 0, 0));
    let ecology =
        read("ecological-environment", include_bytes!("../../data/samples/uploads/ecological-gb18030.csv"));
    assert_eq!(ecology.described.encoding, Some(Encoding::Gb18030));
    assert_eq!((ecology.accepted.len(), ecology.rejected.len()), (4, 0));
    let nothing = read("taxation", include_bytes!("../../data/samples/uploads/taxation-nothing.csv"));
    assert_eq!(nothing.rows, 0);
    let many =
        read("urban-management", include_bytes!("../../data/samples/uploads/urban-management-200.csv"));
    assert_eq!((many.accepted.len(), many.rejected.len(), many.warnings.len()), (200, 0, 0));
    assert!(many.accepted.iter().all(|row| row.subject.codes[0].value == "91310000MATE5T041X"));
    let fire = read("fire-rescue", include_bytes!("../../data/samples/uploads/fire-rescue-with-faults.csv"));
    assert_eq!((fire.rows, fire.accepted.len(), fire.rejected.len()), (28, 4, 24));
}

#[test]
fn a_layout_says_what_is_wrong_with_it() {
    use mingzheng::ingest::{BadLayout, Item, Kind};
    let parse =
        |from: &str, to: &str| Layout::parse(&Layout::NATIONAL_2018.replacen(from, to, 1)).unwrap_err();
    assert!(matches!(parse("longest = 200", "longest = \"x\""), BadLayout::Shape(_)));
    assert_eq!(parse("code = \"CF_WSH\"", "code = \"WSH\""), BadLayout::Item("WSH".into()));
    assert_eq!(
        parse("kind = \"document-number\"", "kind = \"text\""),
        BadLayout::Kind("CF_WSH".into(), Kind::DocumentNumber)
    );
    assert_eq!(parse("zh = \"处罚依据\"", "zh = \"违法事实\""), BadLayout::Twice("违法事实".into()));
    assert_eq!(
        parse("code = \"CF_YXQ\"", "code = \"JDRQ\"\nitem = \"CF_JDRQ\""),
        BadLayout::Twice("CF_JDRQ".into())
    );
    let lacking = Layout::NATIONAL_2018.split("\n[[column]]").filter(|part| !part.contains("\"CF_JDRQ\""));
    let lacking = lacking.collect::<Vec<_>>().join("\n[[column]]");
    assert_eq!(Layout::parse(&lacking).unwrap_err(), BadLayout::Lacks(Item::DecidedOn));
    let renamed = Layout::NATIONAL_2018.replacen("code = \"CF_NR\"", "code = \"CF_JG\"\nitem = \"CF_NR\"", 1);
    assert!(Layout::parse(&renamed).unwrap().find("cf_jg").is_some());
}

#[test]
fn a_moment_with_an_offset_is_the_day_it_was_in_china() {
    let read = |sent: &str| {
        let outcome = World::new().read(spoiled(&[("CF_JDRQ", sent)]).as_bytes()).unwrap();
        outcome.accepted.first().map(|row| row.details.decided_on)
    };
    let (ninth, tenth) = (Some(date!(2024 - 03 - 09)), Some(date!(2024 - 03 - 10)));
    for (sent, day) in [
        ("2024-03-09T16:00:00Z", tenth),
        ("2024-03-09T15:59:59.999Z", ninth),
        ("2024-03-09T16:00:00.000+0000", tenth),
        ("2024-03-09T16:00+00:00", tenth),
        ("2024-03-10T00:00:00+08:00", tenth),
        ("2024-03-10T00:00:00+08", tenth),
        ("2024-03-10 00:00:00 +0800", tenth),
        ("2024-03-09T11:00:00-05:00", tenth),
        ("2024-03-09T10:59:00-05:00", ninth),
        ("2024-03-10T00:30:00+09:00", ninth),
        ("2024-02-29T16:00:00Z", Some(date!(2024 - 03 - 01))),
        // Without an offset the clock stands in China.
        ("2024-03-09T16:00:00", ninth),
        ("2024-03-09 23:59:59.5", ninth),
        ("2024/3/9 16:00", ninth),
        ("2024-03-09T16:00:00+", None),
        ("2024-03-09T16:00:00+8", None),
        ("2024-03-09T16:00:00+99:00", None),
        ("2024-03-09T99:00:00Z", None),
        ("2024-03-09T16:00:00ZZ", None),
    ] {
        assert_eq!(read(sent), day, "{sent}");
    }
}
