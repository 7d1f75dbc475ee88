//! What is said of a fault, from `data/faults.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The words of one fault; `{}` stands for its detail.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    code: String,
    zh: String,
    en: String,
    remedy_zh: String,
    remedy_en: String,
}

/// One of the four sentences.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Zh,
    En,
    RemedyZh,
    RemedyEn,
}

#[derive(Deserialize)]
struct File {
    fault: Vec<Text>,
}

/// By code. The file is part of the program and a test reads all of it, so it is never empty.
static TEXTS: LazyLock<BTreeMap<String, Text>> = LazyLock::new(|| {
    let file: Result<File, _> = toml::from_str(include_str!("../../data/faults.toml"));
    file.map(|file| file.fault.into_iter().map(|text| (text.code.clone(), text)).collect())
        .unwrap_or_default()
});

/// A sentence with its detail filled in; the bare code where the file has no text for it.
pub(super) fn sentence(code: &str, part: Part, detail: &str) -> String {
    let Some(text) = TEXTS.get(code) else { return code.to_owned() };
    let sentence = match part {
        Part::Zh => &text.zh,
        Part::En => &text.en,
        Part::RemedyZh => &text.remedy_zh,
        Part::RemedyEn => &text.remedy_en,
    };
    sentence.replace("{}", detail)
}

/// What is wrong in Chinese and in English, for whoever knows the code of a fault and no longer its detail: brackets around a detail are
/// left out, and elsewhere `…` stands for it.
#[must_use]
pub fn fault_in_short(code: &str) -> [String; 2] {
    [Part::Zh, Part::En].map(|part| {
        let text = sentence(code, part, "…");
        let brackets = text.split_once('…').and_then(|(before, after)| {
            Some((before.rsplit_once(['(', '（'])?.0.trim_end(), after.split_once([')', '）'])?.1))
        });
        brackets.map(|(before, after)| format!("{before}{after}")).unwrap_or(text)
    })
}
