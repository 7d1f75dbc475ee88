//! The same rows in every format, written by programs that we did not write, and the way back of rejected rows.

use std::io::{Cursor, Write};

use mingzheng::ingest::{
    Container, Described, Encoding, FaultCode, FileFaultCode, Format, Layout, Outcome, Reader, RejectedRow,
    RejectsWriter, Row, Sent, Source, read,
};
use proptest::prelude::*;

use crate::ingest_world::{COLUMNS, World, found, row, sheet};

/// The table of `tests/oracles/tables.py` in every format.
const FILES: &[(&str, &[u8])] = &[
    ("table.csv", include_bytes!("../fixtures/tables/table.csv")),
    ("table.gb18030.csv", include_bytes!("../fixtures/tables/table.gb18030.csv")),
    ("table.tsv", include_bytes!("../fixtures/tables/table.tsv")),
    ("table.ndjson", include_bytes!("../fixtures/tables/table.ndjson")),
    ("table.json", include_bytes!("../fixtures/tables/table.json")),
    ("table.wrapped.json", include_bytes!("../fixtures/tables/table.wrapped.json")),
    ("table.xlsx", include_bytes!("../fixtures/tables/table.xlsx")),
    ("table.parquet", include_bytes!("../fixtures/tables/table.parquet")),
    ("table.csv.gz", include_bytes!("../fixtures/tables/table.csv.gz")),
    ("table.parquet.gz", include_bytes!("../fixtures/tables/table.parquet.gz")),
    ("table.zip", include_bytes!("../fixtures/tables/table.zip")),
    ("table.xlsx.zip", include_bytes!("../fixtures/tables/table.xlsx.zip")),
];

fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|(known, _)| *known == name).unwrap().1
}

/// What the rows say, without their places in the file.
fn said(outcome: &Outcome) -> Vec<Row> {
    outcome.accepted.iter().map(|row| Row { line: 0, ..row.clone() }).collect()
}

#[test]
fn the_same_rows_say_the_same_in_every_format() {
    let world = World::new();
    let wanted = world.read(file("table.csv")).unwrap();
    let faults = found(&wanted);
    let codes =
        |row: u32| faults.iter().filter(|fault| fault.0 == row).map(|fault| fault.2).collect::<Vec<_>>();
    assert_eq!((wanted.rows, wanted.accepted.len()), (7, 4), "{faults:?}");
    assert_eq!(codes(3), [FaultCode::NoSuchDay, FaultCode::Missing]);
    assert_eq!(codes(5), [FaultCode::CreditCodeCheck, FaultCode::Formula]);
    assert_eq!(codes(7), [FaultCode::ConflictInFile]);
    assert_eq!(wanted.accepted[1].details.unknown["自有列"], "甲");
    for (name, bytes) in FILES {
        // The name counts for nothing.
        let outcome = world.read_named(bytes, "upload.bin").unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(said(&outcome), said(&wanted), "{name}");
        assert_eq!(found(&outcome), faults, "{name}");
    }
}

#[test]
fn a_reader_says_what_it_found() {
    let world = World::new();
    let described = |name: &str| world.read(file(name)).unwrap().described;
    let is = |name: &str| {
        let Described { format, container, encoding, .. } = described(name);
        (format, container, encoding)
    };
    let (utf8, gb) = (Some(Encoding::Utf8), Some(Encoding::Gb18030));
    assert_eq!(is("table.csv"), (Format::Csv, None, utf8));
    assert_eq!(is("table.gb18030.csv"), (Format::Csv, None, gb));
    assert_eq!(is("table.tsv"), (Format::Tsv, None, utf8));
    assert_eq!(is("table.ndjson"), (Format::Ndjson, None, utf8));
    assert_eq!(is("table.json"), (Format::Json, None, utf8));
    assert_eq!(is("table.wrapped.json"), (Format::Json, None, utf8));
    assert_eq!(is("table.xlsx"), (Format::Xlsx, None, None));
    assert_eq!(is("table.parquet.gz"), (Format::Parquet, Some(Container::Gzip), None));
    assert_eq!(is("table.zip"), (Format::Csv, Some(Container::Zip), utf8));
    assert_eq!(described("table.zip").parts, ["甲区.csv", "乙区/乙.csv"]);
    assert_eq!(described("table.xlsx").parts, ["数据"]);
    assert_eq!(described("table.csv").layout, "national-2018");
    assert_eq!(described("table.csv").header[0], "CF_XDR_MC");
}

#[test]
fn a_workbook_may_have_titles_merged_heads_and_several_sheets() {
    let world = World::new();
    let outcome = world.read(include_bytes!("../fixtures/tables/people.xlsx")).unwrap();
    assert_eq!(found(&outcome), []);
    assert_eq!(outcome.described.parts, ["浦东", "徐汇"]);
    assert_eq!(outcome.described.skipped, ["旧数据", "填写说明"]);
    let places: Vec<_> = outcome.accepted.iter().map(|row| (row.row, row.line)).collect();
    assert_eq!(places, [(1, 5), (2, 6), (3, 5)]);
    let csv = world.read(file("table.csv")).unwrap();
    let contents = |outcome: &Outcome| outcome.accepted.iter().map(Row::content).collect::<Vec<_>>();
    assert_eq!(contents(&outcome), contents(&csv)[..3]);
}

#[test]
fn digits_that_a_spreadsheet_lost_and_its_errors_are_told() {
    let outcome = World::new().read(include_bytes!("../fixtures/tables/digits.xlsx")).unwrap();
    let faults = found(&outcome);
    let has = |row: u32, column: &str, code| faults.contains(&(row, column.to_owned(), code));
    assert!(has(1, "CF_XDR_GSZC", FaultCode::DigitsLost), "{faults:?}");
    assert!(has(3, "CF_SY", FaultCode::SheetError) && has(3, "CF_JDRQ", FaultCode::DateShape));
    // Fifteen digits are whole in a cell for numbers.
    assert_eq!(outcome.accepted.len(), 1);
    assert_eq!(outcome.accepted[0].subject.codes[0].value, "310115000012347");
}

/// The rejected rows as a file, with some text of theirs replaced.
fn corrected(outcome: &Outcome, from: &str, to: &str) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut writer = RejectsWriter::open(&outcome.described, &mut file).unwrap();
    for rejected in &outcome.rejected {
        let sent = match &rejected.sent {
            Sent::Text(text) => Sent::Text(text.replace(from, to)),
            Sent::Cells(cells) => Sent::Cells(cells.iter().map(|cell| cell.replace(from, to)).collect()),
        };
        writer.push(&RejectedRow { sent, ..rejected.clone() }).unwrap();
    }
    writer.finish().unwrap();
    file.into_inner()
}

#[test]
fn rejected_rows_come_back_in_the_format_sent_and_are_taken_once_corrected() {
    let world = World::new();
    for (name, bytes) in FILES {
        let outcome = world.read(bytes).unwrap();
        let codes = |outcome: &Outcome| {
            let of = |row: &RejectedRow| row.faults.iter().map(|fault| fault.code).collect::<Vec<_>>();
            outcome.rejected.iter().map(of).collect::<Vec<_>>()
        };
        let back = outcome.rejects_file().unwrap();
        let again = world.read(&back).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let Described { format, encoding, header, .. } = &again.described;
        assert_eq!((format, encoding), (&outcome.described.format, &outcome.described.encoding), "{name}");
        assert_eq!(header.len(), outcome.described.header.len(), "{name}: our columns are no columns");
        // The row that contradicted another one is alone now.
        assert_eq!(codes(&again), codes(&outcome)[..2], "{name}");
        assert_eq!(again.accepted.len(), 1, "{name}");
        // Rejected once more, they come back with our columns once.
        let third = world.read(&again.rejects_file().unwrap()).unwrap();
        assert_eq!(codes(&third), codes(&again), "{name}");
        let right = corrected(&outcome, "91310115MATE5T0170", "91310115MATE5T017A");
        let right = world.read(&right).unwrap();
        assert_eq!(codes(&right)[1], [FaultCode::Formula], "{name}");
    }
}

#[test]
fn a_row_that_the_store_refuses_comes_back_as_it_was_sent() {
    let world = World::new();
    for (name, bytes) in FILES {
        let mut outcome = world.read(bytes).unwrap();
        let fault = outcome.rejected[0].faults[0].clone();
        outcome.refuse([(2, vec![fault.clone()]), (900, vec![fault])].into());
        assert_eq!((outcome.accepted.len(), outcome.rejected.len()), (3, 4), "{name}");
        assert_eq!(outcome.rejected[0].row, 2);
        assert!(outcome.rejected[0].sent.text().contains("0002"), "{name}");
    }
}

#[test]
fn broken_rows_of_json_cost_no_other_row() {
    let world = World::new();
    let text = String::from_utf8(file("table.ndjson").to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let good = lines[0];
    let twice = good.replacen('{', "{\"CF_WSH\":\"甲\",", 1);
    let broken = [good, &good[..good.len() - 4], "[1,2]", "nonsense", &format!("{good},"), &twice, lines[1]];
    let outcome = world.read(broken.join("\n").as_bytes()).unwrap();
    assert_eq!((outcome.rows, outcome.accepted.len()), (7, 2));
    assert!(outcome.rejected.iter().all(|row| row.faults[0].code == FaultCode::MalformedJson));
    assert_eq!(outcome.accepted[1].line, 7);
    let again = world.read(&outcome.rejects_file().unwrap()).unwrap();
    assert_eq!(again.rows, 5);
    let refused = |text: &str| world.read(text.as_bytes()).unwrap_err().code;
    assert_eq!(refused("[]"), FileFaultCode::Empty);
    assert_eq!(refused("[1,2]"), FileFaultCode::Empty);
    assert_eq!(refused("{\"a\": [1, 2"), FileFaultCode::Json);
    assert_eq!(refused(&format!("[{good},{}", &good[..good.find("CF_FRDB").unwrap()])), FileFaultCode::Json);
    assert_eq!(refused(&format!("{{\"a\":[{good}],\"b\":[{good}]}}")), FileFaultCode::Json);
    assert_eq!(refused(&format!("[{good}] more")), FileFaultCode::Json);
    let one = world.read(good.as_bytes()).unwrap();
    assert_eq!((one.described.format, one.accepted.len()), (Format::Ndjson, 1));
}

/// A ZIP archive of some files.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn packed_files_are_bounded_and_never_packed_twice() {
    let mut world = World::new();
    let table = file("table.csv");
    let refused = |world: &World, bytes: &[u8]| world.read(bytes).unwrap_err().code;
    assert_eq!(refused(&world, &zip(&[("a.zip", &zip(&[("a.csv", table)]))])), FileFaultCode::Archive);
    assert_eq!(refused(&world, &zip(&[("a.gz", &gzip(table))])), FileFaultCode::Archive);
    assert_eq!(refused(&world, &gzip(&gzip(table))), FileFaultCode::Archive);
    assert_eq!(refused(&world, &gzip(&zip(&[("a.csv", table)]))), FileFaultCode::Archive);
    assert_eq!(refused(&world, b"PK\x03\x04 a workbook"), FileFaultCode::Archive);
    assert_eq!(refused(&world, &zip(&[])), FileFaultCode::Empty);
    let names: Vec<String> = (0..201).map(|at| format!("{at}.csv")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), table)).collect();
    assert_eq!(refused(&world, &zip(&many)), FileFaultCode::Archive);
    let zeros = vec![b' '; 64 << 20];
    assert_eq!(refused(&world, &zip(&[("a.csv", &zeros)])), FileFaultCode::Expands);
    let mut bomb = table.to_vec();
    bomb.extend_from_slice(&zeros);
    assert_eq!(refused(&world, &gzip(&bomb)), FileFaultCode::Expands);
    let mut damaged = zip(&[("a.csv", table)]);
    let at = damaged.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    damaged[at + 16] ^= 1; // the checksum
    assert_eq!(refused(&world, &damaged), FileFaultCode::Archive);
    let other = String::from_utf8(table.to_vec()).unwrap().replacen("CF_XDR_MC", "相对人名称", 1);
    assert_eq!(
        refused(&world, &zip(&[("a.csv", table), ("b.csv", other.as_bytes())])),
        FileFaultCode::PartsDiffer
    );
    let mixed = zip(&[("a.csv", table), ("b.json", file("table.json"))]);
    assert_eq!(refused(&world, &mixed), FileFaultCode::PartsDiffer);
    world.limits.bytes = table.len() as u64 - 1;
    assert_eq!(refused(&world, &gzip(table)), FileFaultCode::Expands);
}

#[test]
fn damaged_workbooks_and_parquet_files_are_refused() {
    let world = World::new();
    for name in ["table.xlsx", "table.parquet"] {
        let whole = file(name);
        for at in (0..whole.len()).step_by(whole.len() / 40) {
            let mut flipped = whole.to_vec();
            flipped[at] ^= 0x55;
            let _ = world.read(&flipped); // whatever it says, it comes back
            assert!(world.read(&whole[..at]).is_err(), "{name} cut at {at}");
        }
    }
}

/// All batches of a file as one outcome: what the rows say, and what is wrong.
fn in_batches(
    world: &World,
    bytes: &[u8],
    batch: usize,
    block: usize,
) -> (Vec<Row>, Vec<RejectedRow>, usize) {
    let layouts = std::slice::from_ref(&world.layout);
    let mut context = world.context(layouts);
    (context.limits.batch, context.limits.block) = (batch, block);
    let mut reader = Reader::open(bytes.to_vec().into(), "a", context).unwrap();
    let (mut accepted, mut rejected, mut rows) = (Vec::new(), Vec::new(), 0);
    while let Some(found) = reader.next_batch().unwrap() {
        assert!(found.rows <= batch);
        assert_eq!(found.rows, found.accepted.len() + found.rejected.len());
        rows += found.rows;
        accepted.extend(found.accepted);
        rejected.extend(found.rejected);
    }
    (accepted, rejected, rows)
}

#[test]
fn neither_batches_nor_blocks_change_what_is_read() {
    let world = World::new();
    for (name, bytes) in FILES {
        let whole = in_batches(&world, bytes, 100, 1 << 20);
        for (batch, block) in [(1, 1 << 20), (2, 7), (3, 64), (100, 1), (5, 1000)] {
            assert_eq!(in_batches(&world, bytes, batch, block), whole, "{name} {batch} {block}");
        }
    }
}

#[test]
fn a_file_on_the_disk_is_read_like_one_in_memory() {
    let world = World::new();
    let layouts = std::slice::from_ref(&world.layout);
    for (name, bytes) in FILES {
        let mut disk = tempfile::tempfile().unwrap();
        disk.write_all(bytes).unwrap();
        let mut reader = Reader::open(Source::File(disk), "a", world.context(layouts)).unwrap();
        let batch = reader.next_batch().unwrap().unwrap();
        let outcome = read(bytes, "a", &world.context(layouts)).unwrap();
        assert_eq!(batch.accepted[..], outcome.accepted[..batch.accepted.len()], "{name}");
    }
}

#[test]
fn a_layout_is_told_by_the_header_or_named() {
    let layouts: Vec<Layout> = [
        Layout::NATIONAL_2018,
        include_str!("../../data/layouts/national-2015.toml"),
        include_str!("../../data/layouts/market-regulation-publicity.toml"),
    ]
    .map(|text| Layout::parse(text).unwrap())
    .into();
    let world = World::new();
    let read_as = |text: &str, wanted: Option<&str>| {
        let context = mingzheng::ingest::Context { layout: wanted, ..world.context(&layouts) };
        read(text.as_bytes(), "a.csv", &context)
    };
    let national = sheet(&COLUMNS, &[row(1, &[])]);
    assert_eq!(read_as(&national, None).unwrap().described.layout, "national-2018");
    let old = "CF_WSH,CF_CFMC,CF_CFLB1,CF_CFLB2,CF_SY,CF_YJ,CF_XDR_MC,CF_XDR_SHXYM,CF_XDR_ZDM,CF_XDR_GSDJ,CF_XDR_SWDJ,CF_XDR_SFZ,CF_FR,CF_JG,CF_JDRQ,CF_XZJG,CF_ZT,DFBM,SJC,BZ\n\
        甲〔2016〕1号,案由,警告,,事实,依据,示范甲智能科技股份有限公司,91310115MATE5T017A,,,,,示范一,警告,2016/03/01,示范市消防救援总队,0,310000,2016/03/02,\n\
        甲〔2016〕2号,案由,警告,,事实,依据,示范人,,,,,999999199001010016,,警告,2016/03/01,示范市消防救援总队,0,310000,2016/03/02,\n\
        甲〔2016〕3号,案由,警告,,事实,依据,示范甲智能科技股份有限公司,91310115MATE5T017A,,,,,示范一,警告,2016/03/01,示范市消防救援总队,3,310000,2016/03/02,\n";
    let outcome = read_as(old, None).unwrap();
    assert_eq!(outcome.described.layout, "national-2015");
    let faults: Vec<_> = outcome.rejected.iter().flat_map(|row| &row.faults).collect();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!((faults[0].row, faults[0].code), (3, FaultCode::Operation));
    let (first, second) = (&outcome.accepted[0], &outcome.accepted[1]);
    assert_eq!(first.subject.kind, mingzheng::rules::SubjectKind::Enterprise);
    assert_eq!(second.subject.kind, mingzheng::rules::SubjectKind::NaturalPerson);
    assert_eq!((first.organ, first.details.source_code), (world.authority.code, world.authority.code));
    assert_eq!(first.details.source_name, world.authority.zh);
    assert_eq!(first.details.unknown["DFBM"], "310000");
    let market = "entname,uniscid,lerep,pendecno,illegacttype,penbasis_cn,mainillegfact,pentype_cn,pencontent,penam,forfam,penauth_cn,pendecissdate,penperi,publicdate,pubdeadline\n\
        示范甲智能科技股份有限公司,91310115MATE5T017A,示范一,甲〔2024〕1号,类型,依据,事实,罚款,罚款,0.5,,示范市消防救援总队,2024-03-01,,2024-03-05,2027-03-01\n";
    let outcome = read_as(market, None).unwrap();
    assert_eq!(outcome.described.layout, "market-regulation-publicity");
    assert_eq!(found(&outcome), []);
    let none = read_as("甲,乙,丙\n1,2,3\n", None).unwrap_err();
    assert_eq!(none.code, FileFaultCode::Layout);
    assert!(layouts.iter().all(|layout| none.detail.contains(&layout.id)), "{}", none.detail);
    assert_eq!(read_as(market, Some("national-2018")).unwrap_err().code, FileFaultCode::MissingColumns);
    let unknown = read_as(&national, Some("elsewhere")).unwrap_err();
    assert_eq!(unknown.code, FileFaultCode::Layout);
    let mut same = layouts[0].clone();
    same.id = "the-same".into();
    let twins = [layouts[0].clone(), same];
    let ambiguous = read(national.as_bytes(), "a.csv", &world.context(&twins)).unwrap_err();
    assert_eq!(
        (ambiguous.code, ambiguous.detail.as_str()),
        (FileFaultCode::Layout, "national-2018 = the-same")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_is_put_into_a_file_of_any_format_nothing_breaks(
        at in 0..FILES.len(), place in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..40)
    ) {
        let world = World::new();
        let mut file = FILES[at].1.to_vec();
        let place = place.index(file.len());
        let end = (place + bytes.len()).min(file.len());
        file.splice(place..end, bytes);
        if let Ok(outcome) = world.read(&file) {
            let again = world.read(&outcome.rejects_file().unwrap());
            prop_assert!(again.is_ok() || outcome.rejected.is_empty(), "a rejects file can always be read: {again:?}");
        }
    }

    #[test]
    fn a_text_cut_into_blocks_anywhere_is_the_same(
        text in "[a甲,\"\r\n= \t]{0,300}", block in 1..50_usize, batch in 1..9_usize
    ) {
        let world = World::new();
        let file = sheet(&COLUMNS, &[row(1, &[])]) + &text;
        let whole = in_batches(&world, file.as_bytes(), 16_384, 1 << 20);
        prop_assert_eq!(in_batches(&world, file.as_bytes(), batch, block), whole);
    }
}
