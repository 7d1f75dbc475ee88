//! Facts compared with facts, field by field, and with the words on a page.

use std::collections::BTreeMap;

use serde_json::Value;

use super::twins::plain;
use crate::rules::{Fen, Finding, Reason};

/// So many differences are told.
const MOST: usize = 200;

/// A value longer than this is told by its beginning.
const LONGEST: usize = 200;

/// The Chinese names of the fields, by their last key.
const NAMES: &[(&str, &str)] = &[
    ("format", "格式"),
    ("number", "报告编号"),
    ("issued_at", "签发时间"),
    ("as_of", "数据截止时间"),
    ("issuer", "签发单位"),
    ("name", "名称"),
    ("zh", ""),
    ("en", "（英文）"),
    ("territory", "地域范围"),
    ("origin", "核验地址"),
    ("subject", "主体"),
    ("kind", "种类"),
    ("scheme", "代码类型"),
    ("code", "代码"),
    ("former_names", "曾用名称"),
    ("other_codes", "其他代码"),
    ("representative", "法定代表人"),
    ("address", "住所"),
    ("registration_authority", "登记机关"),
    ("established_on", "成立日期"),
    ("state", "登记状态"),
    ("source", "数据来源"),
    ("source_on", "数据日期"),
    ("branches_left_out", "分支机构数"),
    ("request", "申请"),
    ("applicant", "申请人"),
    ("capacity", "申请方式"),
    ("channel", "申请渠道"),
    ("purpose", "用途"),
    ("period", "查询期间"),
    ("from", "起"),
    ("to", "止"),
    ("include_repaired", "列示已修复记录"),
    ("basis", "依据"),
    ("catalogue", "领域目录"),
    ("profile", "领域清单"),
    ("policy", "纳入规则"),
    ("repaired", "已修复"),
    ("id", "标识"),
    ("version", "版本"),
    ("text", "说明"),
    ("summary", "概览"),
    ("domains", "领域"),
    ("found", "有记录领域数"),
    ("none", "无记录领域数"),
    ("not_covered", "不作结论领域数"),
    ("records", "记录条数"),
    ("disputed", "异议中"),
    ("authorities", "数源单位"),
    ("data_from", "数据起始日"),
    ("complete_through", "数据截止日"),
    ("declared_lag_days", "时滞"),
    ("last_success_at", "最近报送"),
    ("conclusion", "结论"),
    ("gaps", "不作结论期间"),
    ("reason", "原因"),
    ("domain", "领域"),
    ("document_number", "决定书文号"),
    ("violation", "违法行为类型"),
    ("facts", "违法事实"),
    ("sanctions", "处罚类别"),
    ("sanction_other", "其他处罚"),
    ("content", "处罚内容"),
    ("fine", "罚款金额"),
    ("confiscated", "没收金额"),
    ("permit", "暂扣或吊销证照"),
    ("decided_on", "处罚决定日期"),
    ("effective_until", "处罚有效期"),
    ("publicity_until", "公示截止期"),
    ("organ_name", "处罚机关"),
    ("organ", "处罚机关代码"),
    ("source_name", "数据来源单位"),
    ("remark", "备注"),
    ("procedure", "处罚程序"),
    ("received_at", "归集时间"),
    ("marks", "标注"),
    ("repaired_on", "修复日期"),
];

/// Keys whose values stand on the page as they are, and are worth looking for.
const PRINTED: &[&str] = &[
    "number",
    "name",
    "code",
    "former_names",
    "other_codes",
    "representative",
    "address",
    "registration_authority",
    "applicant",
    "from",
    "to",
    "document_number",
    "violation",
    "facts",
    "content",
    "fine",
    "confiscated",
    "permit",
    "decided_on",
    "effective_until",
    "publicity_until",
    "organ_name",
    "organ",
    "source_name",
    "remark",
];

/// A value of the facts with its place.
pub(super) struct Leaf {
    pub(super) field: String,
    pub(super) path: String,
    key: String,
    value: Value,
}

impl Leaf {
    /// The value in words.
    pub(super) fn said(&self) -> String {
        said(&self.key, &self.value)
    }

    /// The words on the page that say this value, without spaces; `None` for what a page says in other words.
    pub(super) fn printed(&self) -> Option<String> {
        let basis = self.path.starts_with("basis/") || self.path.starts_with("summary/");
        let gap = self.path.contains("/gaps/");
        // Names in a second language stand in the edition of that language only.
        if basis || gap || self.key == "en" || !PRINTED.contains(&self.printed_key()) {
            return None;
        }
        let text = match (&self.value, self.key.as_str()) {
            (Value::Number(fen), "fine" | "confiscated") => Fen(fen.as_i64()?).wan(),
            (Value::String(text), _) => text.clone(),
            _ => return None,
        };
        bare(&text)
    }

    /// A text without spaces.
    fn bare(&self) -> Option<String> {
        bare(self.value.as_str()?)
    }

    /// The part of the report it belongs to: one record, one domain, or a chapter.
    fn part(&self) -> &str {
        let mut ends = self.path.match_indices('/').map(|(at, _)| at);
        let listed = self.path.starts_with("records/") || self.path.starts_with("domains/");
        let end = if listed { ends.nth(1) } else { ends.next() };
        &self.path[..end.unwrap_or(self.path.len())]
    }

    /// The key that says what kind of value it is: that of the list or pair around it where it has none of its own.
    fn printed_key(&self) -> &str {
        let own = self.path.rsplit('/').find(|part| *part != "zh" && part.parse::<usize>().is_err());
        own.unwrap_or_default()
    }
}

fn bare(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).map(plain).collect();
    (!bare.is_empty()).then_some(bare)
}

/// Every field whose value differs, with both values.
pub(super) fn differences(was: &Value, now: &Value) -> Vec<Finding> {
    let (was, now) = (leaves(was), leaves(now));
    let value_of =
        |leaves: &[Leaf], path: &str| leaves.binary_search_by(|leaf| leaf.path.as_str().cmp(path)).ok();
    let mut found = Vec::new();
    for leaf in &was {
        let other = value_of(&now, &leaf.path).map(|at| &now[at]);
        if other.is_none_or(|other| other.value != leaf.value) {
            found.push(finding(leaf, Some(leaf.said()), other.map(Leaf::said)));
        }
    }
    for leaf in now.iter().filter(|leaf| value_of(&was, &leaf.path).is_none()) {
        found.push(finding(leaf, None, Some(leaf.said())));
    }
    found.truncate(MOST);
    found
}

fn finding(leaf: &Leaf, was: Option<String>, now: Option<String>) -> Finding {
    let (field, path) = (Some(leaf.field.clone()), Some(leaf.path.clone()));
    Finding { field, path, was, now, ..Finding::of(Reason::FactsChanged) }
}

/// The fields whose values are not found in the words of the pages (given without spaces).
///
/// A template may leave out a whole part, such as the details of records. So a field is missed only where most of its part
/// is there; number, name and code of the subject stand on every report.
pub(super) fn not_on_page(facts: &Value, words: &str) -> Vec<Finding> {
    let leaves = leaves(facts);
    let mut parts: BTreeMap<&str, (usize, Vec<&Leaf>)> = BTreeMap::new();
    for leaf in &leaves {
        let Some(printed) = leaf.printed() else { continue };
        let english = leaf.path.strip_suffix("/zh").map(|path| format!("{path}/en"));
        let english = english.and_then(|path| leaves.iter().find(|other| other.path == path)?.bare());
        let part = parts.entry(leaf.part()).or_default();
        if stands_in(words, &printed) || english.is_some_and(|english| stands_in(words, &english)) {
            part.0 += 1;
        } else {
            part.1.push(leaf);
        }
    }
    let always = ["number", "subject/name", "subject/code"];
    let mut found: Vec<Finding> = conclusions(facts, words);
    for (there, missing) in parts.into_values() {
        let most = there > missing.len();
        let missed = missing.into_iter().filter(|leaf| most || always.contains(&leaf.path.as_str()));
        found.extend(missed.map(|leaf| {
            let (field, path) = (Some(leaf.field.clone()), Some(leaf.path.clone()));
            Finding { field, path, was: Some(leaf.said()), ..Finding::of(Reason::FactsNotOnPage) }
        }));
    }
    found.truncate(MOST);
    found
}

/// Whether words stand on a page: whole, or in two pieces where a page ends between them.
pub(super) fn stands_in(words: &str, value: &str) -> bool {
    if words.contains(value) {
        return true;
    }
    let cuts: Vec<usize> = value.char_indices().map(|(at, _)| at).skip(4).collect();
    let whole = cuts.len() > 8 && cuts.len() < 4000;
    // The longest beginning that is found; the rest must be found too.
    let last = cuts.partition_point(|&cut| words.contains(&value[..cut]));
    whole && last > 0 && words.contains(&value[cuts[last - 1]..])
}

/// Domains whose line on the page bears another sign than their conclusion: ○ none, ● found, △ not covered.
fn conclusions(facts: &Value, words: &str) -> Vec<Finding> {
    let Some(domains) = facts["domains"].as_array() else { return Vec::new() };
    let codes: Vec<&str> = domains.iter().filter_map(|it| it["code"].as_str()).collect();
    let mut found = Vec::new();
    for (at, domain) in domains.iter().enumerate() {
        let (Some(code), Some(conclusion)) = (domain["code"].as_str(), domain["conclusion"].as_str()) else {
            continue;
        };
        let Some(start) = words.find(code) else { continue };
        let rest = &words[start + code.len()..];
        let end = codes.get(at + 1).and_then(|next| rest.find(next)).unwrap_or(rest.len());
        let sign = rest[..end].chars().find(|c| matches!(c, '○' | '●' | '△'));
        let shown = match sign {
            Some('○') => "none",
            Some('●') => "found",
            Some(_) => "not-covered",
            None => continue,
        };
        if shown != conclusion {
            let value = |word: &str| Some(said("conclusion", &Value::String(word.to_owned())));
            found.push(Finding {
                field: Some(format!("领域 {code} 结论")),
                path: Some(format!("domains/{code}/conclusion")),
                was: value(conclusion),
                now: value(shown),
                ..Finding::of(Reason::FactsNotOnPage)
            });
        }
    }
    found
}

/// Every value of facts with its place, ordered by path.
pub(super) fn leaves(facts: &Value) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    collect(&mut leaves, facts, &Place { field: String::new(), path: String::new(), key: "" });
    leaves.sort_by(|a, b| a.path.cmp(&b.path));
    leaves.dedup_by(|a, b| a.path == b.path);
    leaves
}

struct Place<'a> {
    field: String,
    path: String,
    key: &'a str,
}

fn collect(leaves: &mut Vec<Leaf>, value: &Value, place: &Place<'_>) {
    let under =
        |part: &str| if place.path.is_empty() { part.to_owned() } else { format!("{}/{part}", place.path) };
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let name =
                    NAMES.iter().find(|(known, _)| known == key).map_or(key.as_str(), |(_, name)| name);
                let named = match place.path.as_str() {
                    "subject" if key == "name" => "主体名称".to_owned(),
                    _ => format!("{}{name}", place.field),
                };
                collect(leaves, value, &Place { field: named, path: under(key), key });
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                let (part, field) = match (place.path.as_str(), value["code"].as_str()) {
                    ("domains", Some(code)) => (code.to_owned(), format!("领域 {code} ")),
                    ("records", _) => ((at + 1).to_string(), format!("记录 {} ", at + 1)),
                    _ => ((at + 1).to_string(), format!("{}（{}）", place.field, at + 1)),
                };
                collect(leaves, value, &Place { field, path: under(&part), key: place.key });
            }
        }
        Value::Null => {}
        plain => leaves.push(Leaf {
            field: place.field.trim().to_owned(),
            path: place.path.clone(),
            key: place.key.to_owned(),
            value: plain.clone(),
        }),
    }
}

/// A value in words, shortened.
fn said(key: &str, value: &Value) -> String {
    let text = match (key, value) {
        ("fine" | "confiscated", Value::Number(fen)) => {
            format!("{} 万元", Fen(fen.as_i64().unwrap_or_default()).wan())
        }
        ("conclusion", Value::String(word)) => match word.as_str() {
            "none" => "○ 未归集到违法记录".to_owned(),
            "found" => "● 归集到违法记录".to_owned(),
            "not-covered" => "△ 不作结论".to_owned(),
            other => other.to_owned(),
        },
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    };
    let short: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
