//! Empty files to fill in, for each kind of record.

use std::io;

use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, Format, Formula, Note, Workbook, Worksheet, XlsxError,
};

use crate::rules::words::words;
use crate::rules::{Catalogue, RecordKind};

use super::item::{Item, Kind, Required};
use super::layout::{Column, Layout};
use super::lists::CodeLists;

words! {
    /// The formats of templates.
    TemplateFormat {
        /// A workbook with lists to choose from, notes and an example.
        Xlsx = "xlsx",
        /// The header alone.
        Csv = "csv",
    }
}

/// The sheets of a template: the first is filled in, the others are never read.
const DATA: &str = "数据 Data";
const OURS: [&str; 3] = ["示例 Example", "说明 Notes", "代码 Lists"];

/// Rows that have lists to choose from: as many as a person fills in by hand.
const ROWS: u32 = 5_000;

/// Whether a sheet is one of a template that only explains.
pub(super) fn is_ours(sheet: &str) -> bool {
    OURS.contains(&sheet)
}

/// An empty file to fill in.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    /// What its columns are.
    pub layout: &'a Layout,
    /// The words to choose from.
    pub lists: &'a CodeLists,
    /// The domains to choose from.
    pub catalogue: &'a Catalogue,
    /// The kind of record it is for.
    pub kind: RecordKind,
}

impl Template<'_> {
    /// The file.
    ///
    /// # Errors
    /// Where the workbook cannot be written, which only a layout of thousands of columns leads to.
    pub fn render(&self, format: TemplateFormat) -> io::Result<Vec<u8>> {
        match format {
            TemplateFormat::Csv => Ok(self.csv()),
            TemplateFormat::Xlsx => self.xlsx().map_err(|error| io::Error::other(error.to_string())),
        }
    }

    fn csv(&self) -> Vec<u8> {
        let quoted = |column: &Column| format!("\"{}\"", header(column).replace('"', "\"\""));
        let names: Vec<String> = self.layout.columns.iter().map(quoted).collect();
        format!("\u{feff}{}\r\n", names.join(",")).into_bytes()
    }

    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let lists = self.choices();
        self.table(workbook.add_worksheet().set_name(DATA)?, &lists, None)?;
        self.table(workbook.add_worksheet().set_name(OURS[0])?, &[], Some(self.example()))?;
        self.notes(workbook.add_worksheet().set_name(OURS[1])?)?;
        let sheet = workbook.add_worksheet().set_name(OURS[2])?;
        for (place, (column, words)) in (0..).zip(&lists) {
            sheet.write_string(0, place, header(column))?;
            for (row, word) in (1..).zip(words) {
                sheet.write_string(row, place, word)?;
            }
            sheet.set_column_width(place, 28)?;
        }
        workbook.save_to_buffer()
    }

    /// A sheet with the header, and perhaps a row. Cells are texts, so that no code loses digits.
    fn table(
        &self,
        sheet: &mut Worksheet,
        lists: &[(&Column, Vec<String>)],
        row: Option<Vec<String>>,
    ) -> Result<(), XlsxError> {
        let text = Format::new().set_num_format("@");
        let needed =
            Format::new().set_bold().set_num_format("@").set_text_wrap().set_background_color("#FCE4D6");
        let other = Format::new().set_num_format("@").set_text_wrap();
        sheet.set_freeze_panes(1, 1)?.set_row_height(0, 48)?;
        for (at, column) in (0..).zip(&self.layout.columns) {
            let format = if self.is_needed(column) { &needed } else { &other };
            sheet.set_column_width(at, width(column))?.set_column_format(at, &text)?;
            sheet.write_string_with_format(0, at, header(column), format)?;
            sheet.insert_note(0, at, &Note::new(note(column)).set_author("Mingzheng"))?;
            let Some(list) = (0_u16..).zip(lists).find(|(_, (listed, _))| listed.item == column.item) else {
                continue;
            };
            let (place, (_, words)) = list;
            let name = letters(place);
            let range = Formula::new(format!("='{}'!${name}$2:${name}${}", OURS[2], words.len() + 1));
            // Several kinds of penalty may stand in one cell, and names of other kinds: the list helps, it does not refuse.
            let choose = DataValidation::new()
                .allow_list_formula(range)
                .set_error_style(DataValidationErrorStyle::Information)
                .set_error_title("不在列表中 / not in the list")?
                .set_error_message("可多项以英文分号隔开，或“其他-名称” / join several with ;")?;
            sheet.add_data_validation(1, at, ROWS, at, &choose)?;
        }
        for (at, cell) in (0..).zip(row.into_iter().flatten()) {
            sheet.write_string_with_format(1, at, cell, &text)?;
        }
        Ok(())
    }

    /// What is said of each column.
    fn notes(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        let head = ["列 Column", "代码 Code", "必填 Required", "最长 Longest", "写法 How it is written"];
        for (at, name) in (0..).zip(head) {
            sheet.write_string_with_format(0, at, name, &bold)?;
        }
        for (row, column) in (1..).zip(&self.layout.columns) {
            sheet.write_string(row, 0, &column.name.zh)?;
            sheet.write_string(row, 1, &column.name.code)?;
            sheet.write_string(row, 2, when_needed(column.required))?;
            sheet.write_number(row, 3, f64::from(u32::try_from(column.longest).unwrap_or(u32::MAX)))?;
            sheet.write_string(row, 4, how_written(column.item.kind()))?;
        }
        for (at, width) in [(0, 44), (1, 18), (2, 44), (3, 12), (4, 72)] {
            sheet.set_column_width(at, width)?;
        }
        Ok(())
    }

    fn is_needed(&self, column: &Column) -> bool {
        match column.item {
            // A row that names no kind is one of a penalty.
            Item::RecordKind => self.kind != RecordKind::Penalty,
            _ => column.is_needed(self.kind),
        }
    }

    /// The columns whose cells are chosen from a list.
    fn choices(&self) -> Vec<(&Column, Vec<String>)> {
        let words = |column: &Column| match column.item.kind() {
            Kind::Domain => self.catalogue.domains.iter().map(|domain| domain.zh.clone()).collect(),
            kind => self.lists.choices(kind).to_vec(),
        };
        let columns = self.layout.columns.iter().map(|column| (column, words(column)));
        columns.filter(|(_, words)| !words.is_empty()).collect()
    }

    /// A row about a subject that does not exist.
    fn example(&self) -> Vec<String> {
        let penalty = self.kind == RecordKind::Penalty;
        let kinds = self.lists.choices(Kind::RecordKind);
        let kind = kinds.iter().find(|zh| self.lists.record_kind(zh) == Some(self.kind));
        let cell = |column: &Column| {
            let said = match column.item {
                Item::SubjectName => "示范甲智能科技股份有限公司",
                Item::SubjectClass => "法人及非法人组织",
                Item::CreditCode => "91310115MATE5T017A",
                Item::Representative => "示范一",
                Item::DocumentNumber => "示消行罚决字〔2024〕第0001号",
                Item::Violation if penalty => "消防设施未保持完好有效",
                Item::Facts => "末端试水装置压力不足。",
                Item::Basis if penalty => "《中华人民共和国消防法》第六十条",
                Item::Sanctions if penalty => "罚款",
                Item::Content if penalty => "罚款人民币 5000 元。",
                Item::Fine if penalty => "0.5",
                Item::DecidedOn => "2024/03/10",
                Item::EffectiveUntil if penalty => "2099/12/31",
                Item::PublicityUntil if penalty => "2027/03/10",
                Item::OrganName | Item::SourceName => "示范市消防救援总队",
                Item::Organ | Item::Source => "11310000MBTE5T184B",
                Item::RecordKind => kind.map_or(self.kind.word(), String::as_str),
                _ => "",
            };
            said.to_owned()
        };
        self.layout.columns.iter().map(cell).collect()
    }
}

fn header(column: &Column) -> String {
    format!("{}({})", column.name.zh, column.name.code)
}

fn note(column: &Column) -> String {
    format!("{}\n{}", when_needed(column.required), how_written(column.item.kind()))
}

fn width(column: &Column) -> u16 {
    match column.longest {
        0..=18 => 20,
        19..=200 => 28,
        _ => 44,
    }
}

/// The letters of a column, from A.
fn letters(mut column: u16) -> String {
    let mut letters = String::new();
    loop {
        letters.insert(0, char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        if column < 26 {
            return letters;
        }
        column = column / 26 - 1;
    }
}

/// When a cell may not be blank, in Chinese and English.
#[must_use]
pub fn when_needed(required: Required) -> &'static str {
    match required {
        Required::Always => "必填 / always",
        Required::Penalty => "行政处罚必填 / for penalties",
        Required::Organisation => {
            "法人、非法人组织、个体工商户必填 / for organisations and individual businesses"
        }
        Required::Person => "自然人必填 / for persons",
        Required::Fine => "有罚款时必填 / where there is a fine",
        Required::Confiscation => "有没收时必填 / where something is confiscated",
        Required::Permit => "暂扣或吊销时必填 / where a permit is suspended or revoked",
        Required::Never => "选填 / optional",
    }
}

/// How a cell is written, in Chinese and English.
#[must_use]
pub fn how_written(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Name => "文字 / text",
        Kind::Code => "编号，按原证照填写 / the number as on the certificate",
        Kind::CreditCode => "18 位统一社会信用代码 / unified social credit code, 18 characters",
        Kind::OrganisationCode => "9 位组织机构代码 / organisation code, 9 characters",
        Kind::SubjectClass => "法人及非法人组织、自然人、个体工商户 之一 / choose from the list",
        Kind::DocumentType => "从列表选择，或“其他-名称” / choose from the list",
        Kind::IdentityNumber => "证件号码，不予展示 / number of the document; it is never shown in full",
        Kind::DocumentNumber => "文号，按文书填写 / the number as on the document",
        Kind::Sanctions => {
            "从列表选择，多项以英文分号隔开，其他写“其他-名称” / from the list, several joined by ;"
        }
        Kind::Amount => "万元，最多 6 位小数；2000 元填 0.2 / in 10,000 yuan: 2,000 yuan is 0.2",
        Kind::Date => "年/月/日，如 2024/03/10 / year/month/day",
        Kind::Domain => "领域的名称或代码 / name or code of the domain",
        Kind::Procedure
        | Kind::RecordKind
        | Kind::Operation
        | Kind::AnnulmentKind
        | Kind::YesNo
        | Kind::Severity => "从列表选择 / choose from the list",
    }
}
