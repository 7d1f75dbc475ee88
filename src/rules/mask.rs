//! What of personal data may be seen.

/// Keeps the first six and last four characters of an identity number: `310101********0019`.
#[must_use]
pub fn identity_number(number: &str) -> String {
    keep(number, 6, 4)
}

/// Keeps the family name's first character: `王**`.
#[must_use]
pub fn person_name(name: &str) -> String {
    keep(name, 1, 0)
}

/// Keeps the first three and last four digits of a telephone number: `138****1234`.
#[must_use]
pub fn phone(number: &str) -> String {
    keep(number, 3, 4)
}

/// Hides numbers of seven digits and more in a text, wherever they stand, as they may be somebody's: each digit becomes `*`.
#[must_use]
pub fn numbers(text: &str) -> String {
    const SHORTEST: usize = 7;
    let is_digit = |c: &char| c.is_numeric() || matches!(c, 'x' | 'X');
    let mut hidden = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().map(Some).chain([None]) {
        if let Some(digit) = c.filter(is_digit) {
            run.push(digit);
            continue;
        }
        let digits = run.chars().count();
        if digits >= SHORTEST {
            hidden.extend(std::iter::repeat_n('*', digits));
        } else {
            hidden += &run;
        }
        run.clear();
        hidden.extend(c);
    }
    hidden
}

/// Keeps `head` and `tail` characters, or nothing of a text too short to hide anything.
fn keep(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    let hidden = |at: usize| length <= head + tail || (at >= head && at < length - tail);
    text.chars().enumerate().map(|(at, c)| if hidden(at) { '*' } else { c }).collect()
}
