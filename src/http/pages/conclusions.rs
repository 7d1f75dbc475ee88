//! A conclusion, as every page says it, and what changed since.

use crate::rules::facts::{Conclusion, DomainFacts};
use crate::rules::{DomainSince, Gap, GapReason};

/// A sign, a class and words for a conclusion.
pub(super) fn conclusion(domain: &DomainFacts) -> (&'static str, &'static str, String, String) {
    match domain.conclusion {
        Conclusion::None => ("none", "○", "未归集到违法记录".into(), "no record held".into()),
        Conclusion::Found => {
            let n = domain.records;
            (
                "found",
                "●",
                format!("归集到违法记录 {n} 条"),
                if n == 1 { "1 record held".into() } else { format!("{n} records held") },
            )
        }
        Conclusion::NotCovered => ("gap", "△", "不作结论".into(), "no conclusion".into()),
    }
}

/// The days left open, in both languages.
pub(super) fn gaps(domain: &DomainFacts) -> Vec<(String, String)> {
    let words = |reason| match reason {
        GapReason::NoAuthority => ("尚无数源单位", "no authority"),
        GapReason::NotDeclared => ("数源单位尚未申报数据范围", "coverage not declared"),
        GapReason::BeforeData => ("早于数据起始日", "before the data begin"),
        GapReason::LateFeed => ("数据尚未报齐", "data not complete yet"),
        GapReason::UnconfirmedCandidate => ("有待确认的记录", "an unconfirmed record"),
    };
    let line = |gap: &Gap| {
        let (zh, en) = words(gap.reason);
        (format!("{} 至 {}：{zh}", gap.from, gap.to), format!("{} to {}: {en}", gap.from, gap.to))
    };
    domain.gaps.iter().map(line).collect()
}

/// What changed in a domain since a report was issued, in both languages: counts only.
pub(super) fn since(domain: &DomainSince) -> (String, String) {
    let zh: Vec<_> = domain.records.iter().map(|(became, n)| format!("{} {n} 条", became.zh())).collect();
    let en: Vec<_> = domain.records.iter().map(|(became, n)| format!("{n} {}", became.en())).collect();
    let data = domain.coverage.map(|became| (became.zh().to_owned(), became.en().to_owned()));
    let (data_zh, data_en) = data.unzip();
    let join = |records: &[String], between: &str, data: Option<String>, then: &str| {
        let records = (!records.is_empty()).then(|| records.join(between));
        records.into_iter().chain(data).collect::<Vec<_>>().join(then)
    };
    (
        format!("{}：{}", domain.name.zh, join(&zh, "、", data_zh, "；")),
        format!("{}: {}", domain.name.en, join(&en, ", ", data_en, "; ")),
    )
}
