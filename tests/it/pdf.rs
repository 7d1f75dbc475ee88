//! Sheets become PDF bytes.

use std::sync::LazyLock;

use mingzheng::report::Error;
use mingzheng::report::fonts::Fonts;
use mingzheng::report::page::{
    Attachment, Belongs, Colour, Element, ElementId, Face, Mark, Page, Paint, Role, Scope, SealBox, Segment,
    Sheet,
};
use mingzheng::report::pdf::{self, Unsigned};
use mingzheng::report::qr::qr;
use mingzheng::report::seal_art::{Words, round_seal};
use mingzheng::rules::{Digest, Instant};
use proptest::prelude::*;
use qrcode::bits::encode_auto;
use qrcode::canvas::Canvas;
use qrcode::ec::construct_codewords;
use qrcode::{Color, EcLevel};

const BLACK: Colour = Colour(0.0, 0.0, 0.0);
const GREY: Colour = Colour(0.6, 0.6, 0.6);
const ROOM: usize = 4096;

static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let usual = "市场监督管理生态环境保护人力资源社会保障住房城乡建设交通运输应急消防税务无违法记录0123456789-（）：，。";
    Fonts::load().expect("the font opens").with_static(usual)
});

/// A sheet being drawn.
struct Draft {
    elements: Vec<Element>,
    marks: Vec<Mark>,
}

impl Draft {
    fn new() -> Self {
        let mut draft = Self { elements: Vec::new(), marks: Vec::new() };
        draft.element(Role::Document, None);
        draft
    }

    fn element(&mut self, role: Role, parent: Option<usize>) -> usize {
        let scope = (role == Role::Th).then_some(Scope::Column);
        let alt = matches!(role, Role::Figure | Role::Form).then(|| "替代文字 alternative text".to_owned());
        self.elements.push(Element { alt, scope, ..Element::new(role, parent.map(ElementId)) });
        self.elements.len() - 1
    }

    fn text(&mut self, element: usize, x: f32, y: f32, size: f32, face: Face, text: &str) {
        let paint =
            Paint::Text { x, y, size, face, colour: BLACK, spacing: 0.0, turn: 0.0, text: text.to_owned() };
        self.marks.push(Mark { paint, belongs: Belongs::To(ElementId(element)) });
    }

    fn rule(&mut self, x: f32, y: f32, width: f32) {
        let segments = vec![Segment::Move(x, y), Segment::Line(x + width, y)];
        let paint = Paint::Path { segments, fill: None, stroke: Some((GREY, 0.5)) };
        self.marks.push(Mark { paint, belongs: Belongs::Decoration });
    }

    fn finish(mut self) -> Sheet {
        let form = self.element(Role::Form, Some(0));
        let words = Words {
            ring: "明证示范公共信用信息中心", line: "信用报告专用章", foot: "示范 DEMO"
        };
        Sheet {
            title: "公共信用报告（无违法违规证明）".to_owned(),
            author: "明证示范公共信用信息中心 & <demo>".to_owned(),
            subject: "代替多张无违法违规证明的一份报告".to_owned(),
            lang: "zh-CN".to_owned(),
            issued_at: Instant::from_millis(1_780_000_000_000),
            facts_digest: Digest(std::array::from_fn(|at| u8::try_from(at).unwrap_or(0))),
            pages: vec![Page { width: 595.28, height: 841.89, marks: self.marks }],
            elements: self.elements,
            outline: vec![("公共信用报告".to_owned(), 0, 60.0), ("结论".to_owned(), 0, 120.0)],
            attachment: Attachment {
                name: "facts.json".to_owned(),
                mime: "application/json".to_owned(),
                description: "报告的全部事实 the facts of the report".to_owned(),
                bytes: br#"{"facts":[]}"#.to_vec(),
            },
            seal: SealBox {
                page: 0,
                place: [400.0, 640.0, 120.0, 120.0],
                paints: round_seal(&FONTS, 460.0, 700.0, 58.0, words),
                alt: "示范机构的电子印章".to_owned(),
                element: ElementId(form),
                reason: "出具公共信用报告".to_owned(),
                location: "上海".to_owned(),
            },
        }
    }
}

/// A page like a report's: title, names with rare characters, a table, a QR code, a seal.
fn sample() -> Sheet {
    let mut draft = Draft::new();
    let title = draft.element(Role::H1, Some(0));
    draft.text(title, 180.0, 80.0, 22.0, Face::Bold, "公共信用报告");
    let names = draft.element(Role::P, Some(0));
    draft.text(
        names,
        60.0,
        110.0,
        10.5,
        Face::Body,
        "姓名：㙓䶮𬭎犇祎堃昇燊𠅤，统一社会信用代码 91310115MATE5T017A",
    );
    let table = draft.element(Role::Table, Some(0));
    let head = draft.element(Role::THead, Some(table));
    let row = draft.element(Role::Tr, Some(head));
    for (x, label) in [(60.0, "序号"), (110.0, "领域"), (400.0, "结论")] {
        let cell = draft.element(Role::Th, Some(row));
        draft.text(cell, x, 140.0, 9.0, Face::Bold, label);
    }
    let body = draft.element(Role::TBody, Some(table));
    let domains =
        ["市场监督管理", "生态环境保护", "人力资源社会保障", "住房城乡建设", "交通运输", "应急管理", "税务"];
    for number in 0..20_u8 {
        let y = 156.0 + f32::from(number) * 16.0;
        draft.rule(60.0, y - 11.0, 475.0);
        let row = draft.element(Role::Tr, Some(body));
        let cells = [
            (60.0, (number + 1).to_string()),
            (110.0, domains[usize::from(number) % domains.len()].to_owned()),
            (400.0, "无违法违规记录".to_owned()),
        ];
        for (x, text) in cells {
            let cell = draft.element(Role::Td, Some(row));
            draft.text(cell, x, y, 9.0, Face::Body, &text);
        }
    }
    let figure = draft.element(Role::Figure, Some(0));
    let claim: String = (0..480_u32).map(|at| char::from_digit(at * 7 % 10, 10).unwrap_or('0')).collect();
    let code = qr(&format!("https://example.test/v/ABCDEFGHJKMNPQRST#{claim}")).expect("it fits");
    let paint = code.paint(60.0, 640.0, 90.0, BLACK);
    draft.marks.push(Mark { paint, belongs: Belongs::To(ElementId(figure)) });
    draft.finish()
}

fn line(text: &str) -> Sheet {
    let mut draft = Draft::new();
    let paragraph = draft.element(Role::P, Some(0));
    draft.text(paragraph, 60.0, 80.0, 10.5, Face::Body, text);
    draft.text(paragraph, 60.0, 100.0, 10.5, Face::Bold, text);
    draft.finish()
}

fn written(sheet: &Sheet) -> Unsigned {
    pdf::write(sheet, &FONTS, ROOM).expect("it is written")
}

fn count(bytes: &[u8], what: &str) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what.as_bytes()).count()
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    let fresh = Fonts::load().expect("the fonts open").with_static("无违法记录公共信用报告");
    let again = Fonts::load().expect("the fonts open").with_static("无违法记录公共信用报告");
    assert_eq!(
        pdf::write(&sample(), &fresh, ROOM).expect("it is written"),
        pdf::write(&sample(), &again, ROOM).expect("it is written")
    );
}

#[test]
fn the_byte_range_leaves_out_the_signature_and_nothing_else() {
    let unsigned = written(&sample());
    let [start, before, after, rest] = unsigned.byte_range;
    assert_eq!((start, after + rest), (0, unsigned.bytes.len()));
    assert_eq!((unsigned.bytes[before], unsigned.bytes[after - 1]), (b'<', b'>'));
    assert_eq!(unsigned.contents, before + 1..after - 1);
    assert_eq!(unsigned.contents.len(), ROOM * 2);
    assert!(unsigned.bytes[unsigned.contents.clone()].iter().all(|digit| *digit == b'0'));
    let range = format!("/ByteRange[0 {before:010} {after:010} {rest:010}]");
    assert_eq!(count(&unsigned.bytes, &range), 1);
    let [one, two] = unsigned.to_digest();
    assert_eq!(one.len() + two.len() + unsigned.contents.len() + 2, unsigned.bytes.len());
}

#[test]
fn a_file_has_one_revision_and_one_signature() {
    let bytes = written(&sample()).bytes;
    for once in ["startxref", "/ByteRange", "%%EOF", "/Type/XRef/", "/Type/Sig/", "/DocMDP/TransformParams"] {
        assert_eq!(count(&bytes, once), 1, "{once}");
    }
    assert!(bytes.starts_with(b"%PDF-1.7\n%"));
    assert!(bytes.ends_with(b"%%EOF\n"));
    assert_eq!(count(&bytes, "/JavaScript") + count(&bytes, "/URI") + count(&bytes, "/Action"), 0);
}

#[test]
fn a_signature_goes_into_its_place_or_is_refused() {
    let unsigned = written(&line("无违法记录"));
    let signed = unsigned.clone().with_signature(&[0x30, 0x82, 0xab]).expect("it fits");
    assert_eq!(signed.len(), unsigned.bytes.len());
    assert!(signed[unsigned.contents.start..].starts_with(b"3082ab00"));
    assert!(matches!(
        unsigned.with_signature(&[0; ROOM + 1]),
        Err(Error::SignatureTooLong { length: 4097, room: ROOM })
    ));
}

#[test]
fn characters_of_rare_names_have_glyphs_and_widths() {
    for character in "㙓䶮𬭎犇祎堃昇燊𠅤".chars() {
        assert_eq!(FONTS.advance(character), Some(1.0), "{character}");
    }
    assert!((FONTS.width(10.0, 1.0, "无A") - 12.0 - 10.0 * FONTS.advance('A').unwrap()).abs() < 0.001);
    assert_eq!(FONTS.missing("张三\u{e000}"), Some('\u{e000}'));
    assert_eq!(FONTS.missing("豈𰻝"), None);
}

#[test]
fn every_character_of_gbk_and_of_extension_a_has_a_glyph() {
    let lacking: String = ('\u{4e00}'..='\u{9fa5}')
        .chain('\u{3400}'..='\u{4db5}')
        .filter(|one| FONTS.missing(&one.to_string()).is_some())
        .collect();
    assert_eq!(lacking, "");
}

#[test]
fn digits_stand_below_each_other() {
    let widths: Vec<_> = ('0'..='9').map(|digit| FONTS.advance(digit)).collect();
    assert!(widths.windows(2).all(|two| two[0].is_some() && two[0] == two[1]), "{widths:?}");
}

#[test]
fn a_character_that_no_font_has_is_refused_by_name() {
    for character in ['\u{e000}', '\u{13000}', '\n', '\u{10ffff}'] {
        let error = pdf::write(&line(&format!("甲{character}")), &FONTS, ROOM).expect_err("no glyph");
        assert!(matches!(error, Error::NoGlyph { character: named } if named == character));
    }
    let error = pdf::write(&line("\u{e000}"), &FONTS, ROOM).expect_err("no glyph");
    assert_eq!(error.to_string(), "no font has the character '\\u{e000}' (U+E000)");
}

#[test]
fn a_sheet_that_is_no_tree_is_refused() {
    let mut sheet = sample();
    sheet.elements[3].parent = Some(ElementId(9));
    assert!(matches!(pdf::write(&sheet, &FONTS, ROOM), Err(Error::Sheet { .. })));
    let mut sheet = sample();
    sheet.seal.page = 7;
    assert!(matches!(pdf::write(&sheet, &FONTS, ROOM), Err(Error::Sheet { .. })));
    let mut sheet = sample();
    sheet.pages[0].marks[0].belongs = Belongs::To(ElementId(999));
    assert!(matches!(pdf::write(&sheet, &FONTS, ROOM), Err(Error::Sheet { .. })));
}

#[test]
fn a_qr_code_stays_within_version_12() {
    let digits = "7".repeat(640);
    assert_eq!(qr(&format!("https://a.test/{digits}")).expect("it fits").width(), 65);
    assert!(matches!(qr(&"字".repeat(200)), Err(Error::QrTooLong { length: 600 })));
    let code = qr("https://a.test/").expect("it fits");
    assert!(code.is_dark(0, 0) && !code.is_dark(code.width(), 0));
}

/// The modules of a code of version 12 at most, at level Q or else M, under the mask that the library finds.
fn masked_by_the_library(text: &str) -> Vec<Color> {
    let pack = |&level: &EcLevel| {
        let bits = encode_auto(text.as_bytes(), level).ok()?;
        (bits.version().width() <= 65).then_some((bits, level))
    };
    let (bits, level) = [EcLevel::Q, EcLevel::M].iter().find_map(pack).expect("it fits");
    let version = bits.version();
    let (data, correction) = construct_codewords(&bits.into_bytes(), version, level).expect("codewords");
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    canvas.apply_best_mask().into_colors()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_qr_code_has_the_mask_that_is_easiest_to_read(text in "[0-9A-Za-z:/#-]{1,280}|[0-9]{300,680}") {
        let ours = qr(&text).expect("it fits");
        let dark = (0..ours.width()).flat_map(|row| (0..ours.width()).map(move |column| (column, row)));
        let dark: Vec<bool> = dark.map(|(column, row)| ours.is_dark(column, row)).collect();
        let theirs: Vec<bool> = masked_by_the_library(&text).into_iter().map(|module| module == Color::Dark).collect();
        prop_assert_eq!(dark, theirs);
    }
}

fn covered() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::char::range('\u{20}', '\u{2ffff}'), 0..40).prop_map(|characters| {
        characters.into_iter().filter(|one| FONTS.missing(&one.to_string()).is_none()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_of_covered_characters_is_written(text in covered()) {
        let unsigned = written(&line(&text));
        prop_assert!(unsigned.bytes.ends_with(b"%%EOF\n"));
    }
}
