//! What is taken out of lists and zips, and what is not.

use std::io::{Cursor, Write as _};

use mingzheng::rules::Reason;
use mingzheng::verify::LARGEST;
use mingzheng::verify::batch::{BadBatch, Content, Item, MOST_ITEMS, Taken, Zip, is_meant, list, take};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A zip of files, packed unless they are told not to be.
pub(crate) fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn items(zip: &[u8]) -> Vec<Item> {
    Zip::open(Cursor::new(zip)).unwrap().map(|item| item.unwrap()).collect()
}

fn texts(list: &[Item]) -> Vec<(&str, &str)> {
    let text = |item: &Item| match &item.content {
        Content::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    list.iter().map(|item| (item.name.as_str(), text(item).leak() as &str)).collect()
}

#[test]
fn a_list_has_one_thing_a_line_or_in_the_column_that_its_head_names() {
    let plain = list("A\r\n\n  B \nC".as_bytes()).unwrap();
    assert_eq!(texts(&plain), [("line 1", "A"), ("line 3", "B"), ("line 4", "C")]);
    let csv = list("\u{feff}企业,核验码\n甲,\"X-1\"\n\"乙,丙\",X-2\n丁\n".as_bytes()).unwrap();
    assert_eq!(texts(&csv), [("line 2", "X-1"), ("line 3", "X-2")]);
    let (chinese, _, _) = encoding_rs::GB18030.encode("企业,核验码\n甲,X-1\n");
    assert_eq!(texts(&list(&chinese).unwrap()), [("line 2", "X-1")]);
    // A head that is not known is a thing like others: it is told as mistyped, and not passed over.
    assert_eq!(list(b"number\nX-1\n").unwrap().len(), 2);
}

#[test]
fn a_list_that_cannot_be_taken_is_refused_with_a_reason() {
    assert_eq!(list(b""), Err(BadBatch::Empty));
    assert_eq!(list("code\n\n \n".as_bytes()), Err(BadBatch::Empty));
    assert_eq!(list(b"\xff\xff\xff"), Err(BadBatch::NotText));
    assert_eq!(list(b"A\0B"), Err(BadBatch::NotText));
    assert_eq!(list(&vec![b'A'; (16 << 20) + 1]), Err(BadBatch::TooLong));
    assert_eq!(list("A\n".repeat(MOST_ITEMS).as_bytes()).unwrap().len(), MOST_ITEMS);
    assert_eq!(list("A\n".repeat(MOST_ITEMS + 1).as_bytes()), Err(BadBatch::TooMany));
    let long = list("A".repeat(5000).as_bytes()).unwrap();
    assert_eq!(long[0].content, Content::Nothing(Reason::TooLarge));
}

#[test]
fn a_text_is_taken_by_its_looks() {
    assert_eq!(take(" https://a.cn/v/X#1 "), Taken::Qr("https://a.cn/v/X#1".into()));
    assert_eq!(take("b9d5-mpjt"), Taken::Code("b9d5-mpjt".into()));
    let Taken::Hash(digest) = take(&"0A".repeat(32)) else { panic!("a digest") };
    assert_eq!(digest.to_string(), "0a".repeat(32));
}

#[test]
fn a_zip_gives_its_files_in_order_without_what_systems_put_in() {
    let zip = zip_of(&[
        ("甲/1.pdf", b"%PDF-1"),
        ("__MACOSX/甲/._1.pdf", b"x"),
        ("甲/.DS_Store", b"x"),
        ("Thumbs.db", b"x"),
        ("../../etc/2.pdf", b"%PDF-2"),
        ("qr.TXT", "\u{feff} https://a.cn/v/X#1\n".as_bytes()),
        ("inner.zip", &zip_of(&[("3.pdf", b"%PDF-3")])),
        ("binary.txt", b"\0\x01"),
    ]);
    let found = items(&zip);
    let names: Vec<_> = found.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["甲/1.pdf", "../../etc/2.pdf", "qr.TXT", "inner.zip", "binary.txt"]);
    assert_eq!(found[0].content, Content::File(b"%PDF-1".to_vec()));
    assert_eq!(found[2].content, Content::Text("https://a.cn/v/X#1".into()));
    assert!(matches!(&found[3].content, Content::File(bytes) if bytes.starts_with(b"PK")), "never opened");
    assert_eq!(found[4].content, Content::Nothing(Reason::ItemUnreadable));
    assert!(is_meant("a/../b.pdf") && !is_meant("a/.git/b.pdf") && !is_meant("a\\desktop.ini"));
}

#[test]
fn names_that_say_no_encoding_are_read_as_chinese() {
    let mut zip = zip_of(&[("ABCD.pdf", b"%PDF")]);
    let (raw, _, _) = encoding_rs::GB18030.encode("甲乙");
    let places: Vec<_> = (0..zip.len() - 4).filter(|&at| &zip[at..at + 4] == b"ABCD").collect();
    assert_eq!(places.len(), 2);
    for at in places {
        zip[at..at + 4].copy_from_slice(&raw);
    }
    assert_eq!(items(&zip)[0].name, "甲乙.pdf");
}

#[test]
fn what_is_made_to_burst_is_not_unpacked() {
    let bomb = zip_of(&[("1.pdf", &vec![0; 8 << 20]), ("2.pdf", b"%PDF")]);
    let found = items(&bomb);
    assert_eq!(found[0].content, Content::Nothing(Reason::TooLarge), "8 MiB out of 8 KiB");
    assert_eq!(found[1].content, Content::File(b"%PDF".to_vec()));

    // The same, where the zip says that the file is small: what is unpacked is counted, not believed.
    let mut liar = bomb.clone();
    let size = u32::try_from(8 << 20).unwrap().to_le_bytes();
    let places: Vec<_> = (0..liar.len() - 4).filter(|&at| liar[at..at + 4] == size).collect();
    assert!(!places.is_empty());
    for at in places {
        liar[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    let told = Zip::open(Cursor::new(&liar[..])).map(|zip| zip.map(|item| item.unwrap().content).next());
    assert!(!matches!(told, Ok(Some(Content::File(_)))), "{told:?}");

    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("huge.pdf", stored).unwrap();
    writer.write_all(&vec![7; LARGEST + 1]).unwrap();
    let huge = writer.finish().unwrap().into_inner();
    assert_eq!(items(&huge)[0].content, Content::Nothing(Reason::TooLarge));

    let many = zip_of(&[("1.pdf", b"123456"), ("2.pdf", b"123456")]);
    let mut zip = Zip::open(Cursor::new(&many[..])).unwrap().at_most(10);
    assert!(zip.next().unwrap().is_ok());
    assert_eq!(zip.next(), Some(Err(BadBatch::TooLarge)));
}

#[test]
fn a_zip_that_cannot_be_taken_is_refused_with_a_reason() {
    let open = |bytes: &[u8]| Zip::open(Cursor::new(bytes)).map(|_| ()).unwrap_err();
    assert!(matches!(open(b"PK\x03\x04 and no more"), BadBatch::NotZip(_)));
    assert_eq!(open(&zip_of(&[])), BadBatch::Empty);
    assert_eq!(open(&zip_of(&[(".hidden", b"x")])), BadBatch::Empty);
    let names: Vec<_> = (0..=MOST_ITEMS).map(|at| format!("{at}.txt")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_eq!(open(&zip_of(&files)), BadBatch::TooMany);
    assert!(Zip::open(Cursor::new(&zip_of(&files[1..])[..])).is_ok());
}

#[test]
fn a_file_that_is_damaged_or_locked_spoils_no_other() {
    let mut zip = zip_of(&[("1.pdf", &[b'A'; 500]), ("2.pdf", b"%PDF")]);
    // The method of packing of the first file becomes one that nobody has, in its own head and in the list.
    let head = zip.windows(4).position(|it| it == b"PK\x03\x04").unwrap();
    let entry = zip.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    zip[head + 8] = 77;
    zip[entry + 10] = 77;
    let found = items(&zip);
    assert_eq!(found[0].content, Content::Nothing(Reason::ItemUnreadable));
    assert_eq!((found[0].name.as_str(), &found[1].content), ("1.pdf", &Content::File(b"%PDF".to_vec())));
    let mut locked = zip_of(&[("1.pdf", b"%PDF")]);
    let head = locked.windows(4).position(|it| it == b"PK\x03\x04").unwrap();
    let entry = locked.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    locked[head + 6] |= 1;
    locked[entry + 8] |= 1;
    assert_eq!(items(&locked)[0].content, Content::Nothing(Reason::ItemUnreadable));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), begins: bool) {
        let _ = list(&bytes);
        if begins {
            bytes.splice(0..0, *b"PK\x03\x04");
        }
        if let Ok(zip) = Zip::open(Cursor::new(&bytes[..])) {
            prop_assert!(zip.count() <= MOST_ITEMS);
        }
    }

    #[test]
    fn a_zip_with_a_changed_byte_never_makes_it_panic(at in 0usize..2000, byte: u8) {
        let mut zip = zip_of(&[("1.pdf", b"%PDF-1.7 and so on"), ("qr.txt", b"https://a.cn/v/X")]);
        let at = at % zip.len();
        zip[at] = byte;
        if let Ok(zip) = Zip::open(Cursor::new(&zip[..])) {
            for item in zip {
                prop_assert!(item.is_ok());
            }
        }
    }
}
