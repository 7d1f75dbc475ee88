//! The texts that rules are kept in: which kinds there are, where a fault in one stands, and what differs between two.

use super::words::told;

told! {
    /// A kind of rules that is kept in versions.
    RuleKind:
        Catalogue = "catalogue", "领域目录", "catalogue of domains";
        Profile = "profile", "本地领域清单", "domains of this place";
        Policy = "policy", "计入规则", "inclusion policy";
}

/// The longest text of rules, in bytes: a catalogue of several hundred domains.
pub const LONGEST_RULES: usize = 200_000;

/// Where a message says that a fault stands, or where the name that it names stands last; from 1.
#[must_use]
pub fn line_of_fault(text: &str, message: &str) -> Option<usize> {
    if let Some((_, rest)) = message.split_once("at line ") {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return digits.parse().ok();
    }
    let named = |value: &str| !value.is_empty() && message.split_whitespace().any(|word| word == value);
    let all = |line: &str| line.split('"').skip(1).step_by(2).any(named);
    // A line that says nothing but the value is meant before a list that has it, too.
    let alone =
        |line: &str| line.split_once("= \"").is_some_and(|(_, value)| named(value.trim_end_matches('"')));
    let last = |fits: &dyn Fn(&str) -> bool| text.lines().zip(1..).filter(|(line, _)| fits(line)).last();
    last(&alone).or_else(|| last(&all)).map(|(_, at)| at)
}

/// A line of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffLine<'t> {
    /// In both.
    Same(&'t str),
    /// In the old one only.
    Gone(&'t str),
    /// In the new one only.
    New(&'t str),
}

/// The most lines that are compared one by one; where more differ, all of them are shown as replaced.
const COMPARED: usize = 2_000;

/// Two texts line by line: what both have stays in order (a longest common subsequence), and nothing is left out.
#[must_use]
pub fn diff<'t>(old: &'t str, new: &'t str) -> Vec<DiffLine<'t>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail =
        old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut lines: Vec<DiffLine<'t>> = old[..head].iter().map(|&line| DiffLine::Same(line)).collect();
    if old_middle.len() > COMPARED || new_middle.len() > COMPARED {
        lines.extend(old_middle.iter().map(|&line| DiffLine::Gone(line)));
        lines.extend(new_middle.iter().map(|&line| DiffLine::New(line)));
    } else {
        middle(old_middle, new_middle, &mut lines);
    }
    lines.extend(old_rest[old_middle.len()..].iter().map(|&line| DiffLine::Same(line)));
    lines
}

fn middle<'t>(old: &[&'t str], new: &[&'t str], lines: &mut Vec<DiffLine<'t>>) {
    // common[i][j]: how many lines the ends from i and from j have in common, in order.
    let width = new.len() + 1;
    let mut common = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push(DiffLine::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len()
            || (i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            lines.push(DiffLine::Gone(old[i]));
            i += 1;
        } else {
            lines.push(DiffLine::New(new[j]));
            j += 1;
        }
    }
}
