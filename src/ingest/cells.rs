//! Checks of single cells, a column at a time.

use std::sync::Arc;

use time::Date;

use crate::rules::{
    AnnulmentKind, BadAmount, BadCreditCode, CreditCode, DomainId, Fen, Operation, Procedure, RecordKind,
    Sanction, Scheme, Severity, check_registration_number, is_organisation_code, normal,
};

use super::alike::{self, Alike};
use super::block::Cells;
use super::check::Reading;
use super::day::day;
use super::fault::{Fault, FaultCode};
use super::item::{Item, Kind};
use super::layout::Column;
use super::lists::SubjectClass;

/// What a cell says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing.
    #[default]
    Blank,
    /// Something faulty; the fault is noted.
    Bad,
    /// Text, or a code without a check.
    Text(String),
    CreditCode(CreditCode),
    Class(SubjectClass),
    /// A kind of identity document; whether its number is a citizen number.
    Document(bool),
    /// Kinds of penalty, and the names of others.
    Sanctions(Arc<(Vec<Sanction>, Option<String>)>),
    Amount(Fen),
    Day(Date),
    Procedure(Procedure),
    Domain(DomainId),
    RecordKind(RecordKind),
    Operation(Operation),
    Annulment(AnnulmentKind),
    YesNo(bool),
    Severity(Severity),
}

/// Words that people write into a cell that they mean to leave blank.
const BLANKS: [&str; 10] = ["/", "\\", "-", "--", "—", "——", "无", "空", "NULL", "N/A"];

/// No register gives shorter numbers: what is written there instead of one is none.
const SHORTEST: usize = 6;

/// Checks every cell of a column and notes what is wrong; `rows` are the numbers of its rows.
pub(super) fn column<'b>(
    reading: &Reading<'_>,
    column: &Column,
    cells: Cells<'b>,
    rows: &[u32],
    alike: &mut Alike<'b>,
    faults: &mut Vec<Fault>,
) -> Vec<Value> {
    if cells.is_empty() {
        return vec![Value::Blank; rows.len()];
    }
    let few = column.item.is_of_few_words();
    let check = |(sent, &row): (Option<_>, &u32)| {
        let Some(sent) = sent else { return Value::Blank };
        if !few {
            return one(reading, column, sent, row, faults);
        }
        alike.say(sent, || {
            let before = faults.len();
            let value = one(reading, column, sent, row, faults);
            (value, faults.len() == before)
        })
    };
    cells.iter().zip(rows).map(check).collect()
}

/// Checks a cell that is not empty, and notes what is wrong.
fn one(reading: &Reading<'_>, column: &Column, sent: &str, row: u32, faults: &mut Vec<Fault>) -> Value {
    let kind = column.item.kind();
    let cell = column.meaning(sent);
    if is_blank(cell, kind) {
        return Value::Blank;
    }
    let checked = if is_too_long(cell, reading.context.limits.cell) {
        Err((FaultCode::CellTooLong, reading.context.limits.cell.to_string()))
    } else if is_formula(cell) {
        Err((FaultCode::Formula, String::new()))
    } else if is_sheet_error(cell) {
        Err((FaultCode::SheetError, String::new()))
    } else if kind.is_code() && is_rounded(cell) {
        Err((FaultCode::DigitsLost, String::new()))
    } else if is_too_long(cell.trim(), column.longest) {
        Err((FaultCode::TooLong, column.longest.to_string()))
    } else {
        let odd = |code, detail: &str| faults.push(Fault::of_cell(row, column, code, cell, detail));
        value(reading, column, cell, odd)
    };
    checked.unwrap_or_else(|(code, detail)| {
        faults.push(Fault::of_cell(row, column, code, cell, detail));
        Value::Bad
    })
}

fn is_blank(cell: &str, kind: Kind) -> bool {
    // Longer than any placeholder, and nothing around it to be trimmed.
    if cell.len() > 6 && alike::surely_begins_and_ends(cell) {
        return false;
    }
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let placeholder = !matches!(kind, Kind::Text | Kind::SubjectClass | Kind::Sanctions)
        && cell.len() <= 6
        && BLANKS.iter().any(|blank| cell.eq_ignore_ascii_case(blank));
    cell.is_empty() || placeholder
}

pub(super) fn is_too_long(cell: &str, longest: usize) -> bool {
    cell.len() > longest && cell.chars().nth(longest).is_some()
}

/// Whether a spreadsheet would compute the cell: `=…`, `@…`, or a sign before anything but a number or words.
pub(super) fn is_formula(cell: &str) -> bool {
    // A rejects file puts an apostrophe before what would be computed.
    let cell = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '\'');
    let Some(first) = cell.chars().next() else { return false };
    match first {
        '=' | '＝' | '@' | '＠' => true,
        '+' | '-' | '＋' | '－' => {
            let rest = &cell[first.len_utf8()..];
            let calls = rest.contains(['|', '!', '"'])
                || (rest.contains('(') && rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
            let sum = rest.starts_with(|c: char| c.is_ascii_digit())
                && rest.contains(['+', '-', '*', '/'])
                && rest.chars().all(|c| c.is_ascii_digit() || " +-*/.()".contains(c));
            calls || sum
        }
        _ => false,
    }
}

/// Whether a spreadsheet put an error in place of a value.
fn is_sheet_error(cell: &str) -> bool {
    const ERRORS: [&str; 8] =
        ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA"];
    cell.starts_with('#') && ERRORS.contains(&cell.trim())
}

/// Whether a spreadsheet wrote a long number as `9.13101E+17`.
fn is_rounded(cell: &str) -> bool {
    if !cell.as_bytes().contains(&b'+') {
        return false;
    }
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let parts = cell.trim().split_once("E+").or_else(|| cell.trim().split_once("e+"));
    parts.is_some_and(|(digits, power)| number(digits) && number(power))
}

/// What a text says that a layout gives for an item.
pub(super) fn given(reading: &Reading<'_>, column: &Column, text: &str) -> Option<Value> {
    value(reading, column, text, |_, _| ()).ok()
}

/// The cells of a column that the layout does not know, as sent.
pub(super) fn unknown(
    column: &Column,
    cells: Cells<'_>,
    rows: &[u32],
    faults: &mut Vec<Fault>,
) -> Vec<Option<String>> {
    let check = |(cell, &row): (Option<&str>, &u32)| {
        let cell = cell.filter(|cell| !cell.trim().is_empty())?;
        if is_too_long(cell, column.longest) {
            faults.push(Fault::of_cell(
                row,
                column,
                FaultCode::CellTooLong,
                cell,
                column.longest.to_string(),
            ));
        } else if is_formula(cell) {
            faults.push(Fault::of_cell(row, column, FaultCode::Formula, cell, ""));
        } else if holds_personal_data(cell) {
            faults.push(Fault::of_cell(row, column, FaultCode::PersonalData, cell, ""));
        }
        Some(cell.to_owned())
    };
    cells.iter().zip(rows).map(check).collect()
}

type Checked = Result<Value, (FaultCode, String)>;

fn value(
    reading: &Reading<'_>,
    column: &Column,
    cell: &str,
    mut odd: impl FnMut(FaultCode, &str),
) -> Checked {
    let context = reading.context;
    let lists = context.lists;
    let wrong = |code: FaultCode| (code, String::new());
    match column.item.kind() {
        Kind::Text | Kind::Name | Kind::DocumentNumber => {
            let text = free_text(cell);
            if column.item.kind() == Kind::Text && !column.personal && holds_personal_data(&text) {
                odd(FaultCode::PersonalData, "");
            }
            Ok(Value::Text(text))
        }
        Kind::Code | Kind::IdentityNumber => {
            let code = normal::code(cell);
            if says_nothing(&code)
                || code.chars().count() < SHORTEST
                || !code.contains(|c: char| c.is_ascii_digit())
            {
                return Ok(Value::Blank);
            }
            if column.item == Item::RegistrationNumber && check_registration_number(&code).is_err() {
                odd(FaultCode::RegistrationNumber, "");
            }
            Ok(Value::Text(code))
        }
        Kind::CreditCode if column.item == Item::CreditCode && says_nothing(&normal::code(cell)) => {
            Ok(Value::Blank)
        }
        Kind::CreditCode => credit_code(reading, column.item, cell, odd),
        Kind::OrganisationCode => {
            let code = Scheme::OrganisationCode.normal(cell);
            if says_nothing(&code) {
                Ok(Value::Blank)
            } else if is_organisation_code(&code) {
                Ok(Value::Text(code))
            } else if code.len() == 9 && context.confirmed_codes.contains(&code) {
                odd(FaultCode::ConfirmedCode, "");
                Ok(Value::Text(code))
            } else {
                Err(wrong(FaultCode::OrganisationCode))
            }
        }
        Kind::SubjectClass => {
            lists.subject_class(cell).map(Value::Class).ok_or_else(|| wrong(FaultCode::SubjectClass))
        }
        Kind::DocumentType => {
            let document = lists.document_type(cell).ok_or_else(|| wrong(FaultCode::DocumentType))?;
            Ok(Value::Document(document.citizen_number))
        }
        Kind::Sanctions => sanctions(reading, cell),
        Kind::Amount => match Fen::from_wan(cell).or_else(|_| Fen::from_wan(&normal::code(cell))) {
            Ok(amount) => {
                if amount > Fen::SUSPICIOUS {
                    odd(FaultCode::PerhapsYuan, &amount.wan());
                }
                Ok(Value::Amount(amount))
            }
            Err(BadAmount::Negative) => Err(wrong(FaultCode::NegativeAmount)),
            Err(BadAmount::Shape | BadAmount::Decimals | BadAmount::Large) => Err(wrong(FaultCode::Amount)),
        },
        Kind::Date => day(cell).map(Value::Day),
        Kind::Procedure => {
            lists.procedure(cell).map(Value::Procedure).ok_or_else(|| wrong(FaultCode::Procedure))
        }
        Kind::Domain => {
            let domain = reading.domains.get(&normal::name(cell));
            domain.map(|id| Value::Domain(id.clone())).ok_or_else(|| wrong(FaultCode::UnknownDomain))
        }
        Kind::RecordKind => {
            lists.record_kind(cell).map(Value::RecordKind).ok_or_else(|| wrong(FaultCode::RecordKind))
        }
        Kind::Operation => {
            lists.operation(cell).map(Value::Operation).ok_or_else(|| wrong(FaultCode::Operation))
        }
        Kind::AnnulmentKind => {
            lists.annulment_kind(cell).map(Value::Annulment).ok_or_else(|| wrong(FaultCode::AnnulmentKind))
        }
        Kind::YesNo => lists.yes_no(cell).map(Value::YesNo).ok_or_else(|| wrong(FaultCode::YesNo)),
        Kind::Severity => lists.severity(cell).map(Value::Severity).ok_or_else(|| wrong(FaultCode::Severity)),
    }
}

/// Whether a code is a word such as 暂无, or one character again and again: zeros even pass every check.
fn says_nothing(code: &str) -> bool {
    let mut letters = code.chars().filter(|c| c.is_alphanumeric());
    let first = letters.next();
    letters.all(|letter| Some(letter) == first) || !code.contains(|c: char| c.is_ascii_alphanumeric())
}

fn credit_code(
    reading: &Reading<'_>,
    item: Item,
    cell: &str,
    mut odd: impl FnMut(FaultCode, &str),
) -> Checked {
    // A code that is right is in normal form.
    let read = cell.parse::<CreditCode>();
    let text = if read.is_ok() { String::new() } else { normal::code(cell) };
    let code = match read.or_else(|_| text.parse()) {
        Ok(code) => code,
        Err(bad) if bad.can_be_confirmed() && reading.context.confirmed_codes.contains(&text) => {
            odd(FaultCode::ConfirmedCode, "");
            CreditCode::confirmed_by_register(&text).map_err(|_| (FaultCode::CreditCode, String::new()))?
        }
        Err(BadCreditCode::Check { expected }) => {
            return Err((FaultCode::CreditCodeCheck, format!("18 = {expected}")));
        }
        Err(BadCreditCode::OrganisationCheck { expected }) => {
            return Err((FaultCode::CreditCodeCheck, format!("17 = {expected}")));
        }
        Err(BadCreditCode::Length(length)) => return Err((FaultCode::CreditCode, format!("{length} ≠ 18"))),
        Err(BadCreditCode::Symbol { symbol, at }) => {
            let shown = if symbol.is_control() { '\u{fffd}' } else { symbol };
            return Err((FaultCode::CreditCode, format!("{at}: {shown}")));
        }
    };
    match item {
        Item::Organ if !code.is_organ() => odd(FaultCode::NotAnOrgan, ""),
        Item::CreditCode if !code.has_known_head() => odd(FaultCode::UnknownHead, &code.as_str()[..2]),
        _ => {}
    }
    Ok(Value::CreditCode(code))
}

/// One or more kinds of penalty, joined by semicolons; old files also join them by commas.
fn sanctions(reading: &Reading<'_>, cell: &str) -> Checked {
    let lists = reading.context.lists;
    let (mut found, mut names) = (Vec::new(), Vec::<String>::new());
    let mut parts: Vec<&str> = Vec::new();
    for part in cell.split([';', '；', '|', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        let whole = lists.sanctions(part).is_some() || other(part).is_some();
        parts.extend(part.split(if whole { &[][..] } else { &[',', '，', '、'][..] }).map(str::trim));
    }
    for part in parts {
        match (lists.sanctions(part), other(part)) {
            (Some([Sanction::Other]), _) | (None, Some("")) => {
                return Err((FaultCode::OtherWithoutName, String::new()));
            }
            (Some(known), _) => found.extend_from_slice(known),
            (None, Some(name)) => {
                found.push(Sanction::Other);
                names.push(normal::free_text(name));
            }
            (None, None) => return Err((FaultCode::Sanction, part.chars().take(20).collect())),
        }
    }
    if found.is_empty() {
        return Err((FaultCode::Sanction, String::new()));
    }
    found.sort_unstable();
    found.dedup();
    Ok(Value::Sanctions(Arc::new((found, (!names.is_empty()).then(|| names.join("；"))))))
}

/// The text of a cell as it is kept; most cells are already written so.
fn free_text(cell: &str) -> String {
    let clean = (alike::surely_begins_and_ends(cell) || cell.trim().len() == cell.len())
        && (alike::is_surely_printable(cell) || !cell.contains(|c: char| c.is_control() || c == '\u{feff}'));
    if clean { cell.to_owned() } else { normal::free_text(cell) }
}

/// The name behind 其他-.
fn other(part: &str) -> Option<&str> {
    let rest = part.strip_prefix("其他").or_else(|| part.strip_prefix("其它"))?.trim_start();
    let name = rest.strip_prefix(['-', '－', '—', '–', ':', '：'])?;
    Some(name.trim_matches(['-', '—', ' ']))
}

/// Whether a text seems to hold a citizen number, a mobile telephone number or the number of a bank card.
fn holds_personal_data(text: &str) -> bool {
    alike::long_runs(text).any(|run| match run.len() {
        11 => run.starts_with('1') && run.as_bytes()[1] >= b'3' && run.bytes().all(|b| b.is_ascii_digit()),
        18 if run.to_uppercase().parse::<crate::rules::CitizenNumber>().is_ok() => true,
        16..=19 => run.bytes().all(|b| b.is_ascii_digit()) && has_card_check(run),
        _ => false,
    })
}

/// The check of card numbers (ISO/IEC 7812, Luhn).
fn has_card_check(digits: &str) -> bool {
    let sum: u32 = (digits.bytes().rev().enumerate())
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0') * if at % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}
