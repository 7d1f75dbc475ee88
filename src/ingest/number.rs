//! Numbers of spreadsheets as texts.

/// A number as a spreadsheet shows it: 15 digits are all that it keeps. One with more digits is written with an exponent,
/// so that a code of which digits were lost is told from a whole one.
pub(super) fn text(number: f64) -> String {
    if !number.is_finite() {
        return String::new();
    }
    let short = format!("{number:.14e}");
    let (digits, power) = short.split_once('e').unwrap_or((&short, "0"));
    if number.abs() < 1e15 {
        let rounded: f64 = short.parse().unwrap_or(number);
        return if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() };
    }
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits}E+{power}")
}
