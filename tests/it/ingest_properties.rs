//! Whatever comes in, every row comes back and nothing breaks.

use mingzheng::ingest::{Fault, FileFaultCode, Outcome};
use proptest::prelude::*;

use crate::ingest_world::{COLUMNS, World, row, sheet};

/// Cells that are right, wrong, and made to break tables.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "\\PC{0,12}",
        "[,\"\r\n\t =+@-]{0,6}",
        "[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}",
        "-?[0-9]{0,4}\\.?[0-9]{0,8}",
        prop::sample::select(vec![
            "罚款",
            "警告;2",
            "其他-x",
            "自然人",
            "91310115MATE5T017A",
            "身份证",
            "普通程序",
            "消防"
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

/// A row that is in order but for some cells.
fn any_row() -> impl Strategy<Value = Vec<String>> {
    let spoil = prop::collection::vec((0..COLUMNS.len(), cell()), 0..4);
    (0..6_usize, spoil).prop_map(|(number, spoil)| {
        let mut cells = row(number, &[]);
        for (at, cell) in spoil {
            cells[at] = cell;
        }
        cells
    })
}

/// The numbers of all rows, accepted and rejected.
fn rows(outcome: &Outcome) -> Vec<u32> {
    let mut rows: Vec<u32> = (outcome.accepted.iter().map(|row| row.row))
        .chain(outcome.rejected.iter().map(|row| row.row))
        .collect();
    rows.sort_unstable();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn arbitrary_bytes_never_break_it(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let world = World::new();
        let _ = world.read(&bytes);
        let mut file = sheet(&COLUMNS, &[row(1, &[])]).into_bytes();
        file.extend(bytes);
        if let Ok(outcome) = world.read(&file) {
            prop_assert_eq!(rows(&outcome), (1..=u32::try_from(outcome.rows).unwrap()).collect::<Vec<_>>());
            let again = world.read(&outcome.rejects_file().unwrap());
            prop_assert!(again.is_ok(), "a rejects file can always be read: {again:?}");
        }
    }

    #[test]
    fn arbitrary_text_below_a_header_comes_back_row_by_row(text in "[a甲,\"\r\n= ]{0,400}") {
        let outcome = World::new().read((sheet(&COLUMNS, &[]) + &text).as_bytes()).unwrap();
        prop_assert_eq!(rows(&outcome), (1..=u32::try_from(outcome.rows).unwrap()).collect::<Vec<_>>());
        prop_assert_eq!(outcome.accepted.len(), 0);
        for rejected in &outcome.rejected {
            let sent = text.contains(&rejected.sent.text());
            prop_assert!(sent);
        }
    }

    #[test]
    fn accepted_and_rejected_are_what_was_submitted(file in prop::collection::vec(any_row(), 0..12)) {
        let world = World::new();
        let text = sheet(&COLUMNS, &file);
        match world.read(text.as_bytes()) {
            Ok(outcome) => {
                prop_assert_eq!(outcome.rows, file.iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).count());
                prop_assert_eq!(rows(&outcome), (1..=u32::try_from(outcome.rows).unwrap()).collect::<Vec<_>>());
                prop_assert_eq!(&world.read(text.as_bytes()).unwrap(), &outcome, "the same file gives the same outcome");
                let again = world.read(&outcome.rejects_file().unwrap()).unwrap();
                prop_assert!(again.rows >= outcome.rejected.len());
            }
            Err(fault) => prop_assert!(matches!(fault.code, FileFaultCode::Format | FileFaultCode::Utf16), "{fault}"),
        }
    }

    #[test]
    fn a_row_says_the_same_alone_and_among_many(some in prop::collection::vec(any_row(), 1..6)) {
        // Among many, rows are checked range by range beside each other, and cells are remembered.
        const MANY: usize = 1_300;
        let mut world = World::new();
        let number = |at: usize, row: &[String]| {
            let mut row = row.to_vec();
            row[COLUMNS.iter().position(|column| *column == "CF_WSH").unwrap()] = format!("示消行罚决字〔2024〕第{at:04}号");
            row
        };
        let many: Vec<_> = (0..MANY).map(|at| number(at, &some[at % some.len()])).collect();
        world.limits.batch = 600;
        let Ok(together) = world.read(sheet(&COLUMNS, &many).as_bytes()) else { return Ok(()) };
        prop_assert_eq!(rows(&together), (1..=u32::try_from(MANY).unwrap()).collect::<Vec<_>>());
        for at in (0..MANY).step_by(97) {
            let row = u32::try_from(at + 1).unwrap();
            let alone = world.read(sheet(&COLUMNS, &many[at..=at]).as_bytes()).unwrap();
            let of = |faults: Vec<&Fault>| faults.into_iter().map(|it| Fault { row, ..it.clone() }).collect::<Vec<_>>();
            let accepted = together.accepted.iter().find(|it| it.row == row).map(mingzheng::ingest::Row::content);
            prop_assert_eq!(accepted, alone.accepted.first().map(mingzheng::ingest::Row::content));
            let rejected = together.rejected.iter().find(|it| it.row == row);
            let faults = rejected.map(|it| (of(it.faults.iter().collect()), &it.sent, &it.named));
            let one = alone.rejected.first().map(|it| (of(it.faults.iter().collect()), &it.sent, &it.named));
            prop_assert_eq!(faults, one);
            let odd = together.warnings.iter().filter(|it| it.row == row).collect();
            prop_assert_eq!(of(odd), of(alone.warnings.iter().collect()));
        }
    }

    #[test]
    fn what_a_sound_cell_says_arrives_unchanged(facts in "[^\\p{C}\\p{Z}'=@+＝＠＋－-][^\\p{C}]{0,60}[^\\p{C}\\p{Z}]") {
        let file = sheet(&COLUMNS, &[row(1, &[("CF_SY", &facts)])]);
        let outcome = World::new().read(file.as_bytes()).unwrap();
        prop_assert_eq!(&outcome.accepted[0].details.facts, &facts);
    }
}
