//! The facts of a report as canonical JSON: what is signed is spelt in one way only.

use mingzheng::rules::facts::BadFacts;
use mingzheng::rules::{Asked, Details, Facts, Fen, Repair, RepairRule, Standing, Version};
use serde_json::Value;

use super::house::*;

/// A report with something in every part.
pub(crate) fn full() -> Facts {
    let standing = Standing {
        repaired: Some(Repair { repaired_on: day("2025-04-01"), on_commitment: true }),
        disputed: true,
        suspended_from: Some(day("2024-04-01")),
        corrected: true,
        ..Standing::default()
    };
    let details = Details {
        facts: "换行\n与\"引号\"、反斜杠\\、制表\t、控制\u{1}、𠅤、é。".into(),
        confiscated: Some(Fen(1)),
        effective_until: Some(day("2025-03-10")),
        publicity_until: Some(day("2027-03-10")),
        remark: Some(String::new()),
        ..details()
    };
    let purpose = Some(both("上市", "Listing"));
    let known = with_versions(&[Version { standing, details, ..fine() }]);
    let asked = Asked { purpose, domains: vec![fire(), market(), film()], ..asked() };
    report_under(&repaired_are(RepairRule::Mark), &known, asked)
}

/// RFC 8785 by hand, for values without fractions: names in order of their UTF-16 code units, no white space.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.as_i64().expect("facts hold whole numbers only").to_string(),
        Value::String(text) => quoted(text),
        Value::Array(values) => format!("[{}]", values.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by_key(|name| name.encode_utf16().collect::<Vec<_>>());
            let member = |name: &&String| format!("{}:{}", quoted(name), canonical(&members[*name]));
            format!("{{{}}}", names.iter().map(member).collect::<Vec<_>>().join(","))
        }
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\u{8}' => quoted += "\\b",
            '\u{c}' => quoted += "\\f",
            '\n' => quoted += "\\n",
            '\r' => quoted += "\\r",
            '\t' => quoted += "\\t",
            c if c < ' ' => quoted.extend(["\\u00", &format!("{:02x}", u32::from(c))]),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[test]
fn facts_are_written_as_another_hand_writes_them() {
    let bytes = full().canonical();

    let value: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), canonical(&value));
}

#[test]
fn facts_read_back_and_are_written_the_same_again() {
    let facts = full();
    let read = Facts::from_canonical(&facts.canonical()).unwrap();

    assert_eq!(read, facts);
    assert_eq!(read.canonical(), facts.canonical());
}

#[test]
fn days_instants_codes_and_amounts_are_written_for_people_too() {
    let value: Value = serde_json::from_slice(&full().canonical()).unwrap();

    assert_eq!(value["format"], "mingzheng-facts/1");
    assert_eq!(value["as_of"], "2026-11-22T04:00:00Z");
    assert_eq!(value["request"]["period"]["from"], "2024-01-01");
    assert_eq!(value["subject"]["code"], "91310115MATE5T017A");
    assert_eq!(value["records"][0]["decided_on"], "2024-03-10");
    assert_eq!(value["records"][0]["fine"], 500_000);
    assert_eq!(value["records"][0]["permit"], Value::Null);
    assert_eq!(value["records"][0]["sanctions"], serde_json::json!(["fine"]));
    assert_eq!(value["records"][0]["kind"], "penalty");
    assert_eq!(value["domains"][2]["conclusion"], "not-covered");
    assert_eq!(value["domains"][2]["gaps"][0]["reason"], "no-authority");
    assert_eq!(value["basis"]["repaired"], "mark");
    assert_eq!(value["number"], asked().number.to_string());
}

#[test]
fn other_spellings_of_the_same_facts_are_refused() {
    let text = String::from_utf8(full().canonical()).unwrap();
    let spellings = [
        format!("{text} "),
        text.replacen(':', ": ", 1),
        text.replacen("消防", "\\u6d88防", 1),
        text.replacen("\"as_of\":\"2026-11-22T04:00:00Z\"", "\"as_of\":\"2026-11-22T12:00:00+08:00\"", 1),
        text.replacen(&asked().number.to_string(), &asked().number.to_string().to_lowercase(), 1),
        serde_json::to_string_pretty(&full()).unwrap(),
    ];
    for spelling in spellings {
        assert_ne!(spelling, text, "each case changes something");
        assert_eq!(Facts::from_canonical(spelling.as_bytes()), Err(BadFacts::NotCanonical), "{spelling}");
    }
}

#[test]
fn facts_of_another_shape_or_format_are_refused() {
    let text = String::from_utf8(full().canonical()).unwrap();
    let other = text.replace("mingzheng-facts/1", "mingzheng-facts/2");

    assert_eq!(Facts::from_canonical(other.as_bytes()), Err(BadFacts::Format("mingzheng-facts/2".into())));
    let more = text.replacen('{', "{\"added\":1,", 1);
    let twice = text.replacen('{', "{\"format\":\"mingzheng-facts/1\",", 1);
    let fourth = text.replace("\"not-covered\"", "\"spotless\"");
    let half = &text[..text.len() / 2];
    for bytes in ["", "{}", "null", "[1]", half, &more, &twice, &fourth] {
        assert!(matches!(Facts::from_canonical(bytes.as_bytes()), Err(BadFacts::Shape(_))), "{bytes}");
    }
    assert!(matches!(Facts::from_canonical(&[0xff, 0xfe]), Err(BadFacts::Shape(_))));
    assert!(matches!(Facts::from_canonical("[".repeat(100_000).as_bytes()), Err(BadFacts::Shape(_))));
}

#[test]
fn counts_agree_with_what_they_count() {
    let facts = full();

    assert_eq!(facts.summary.domains, 3);
    assert_eq!((facts.summary.found, facts.summary.none, facts.summary.not_covered), (1, 1, 1));
    assert_eq!((facts.summary.records, facts.summary.repaired, facts.summary.disputed), (1, 1, 1));
}
