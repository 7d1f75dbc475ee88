//! What a version of a record says, as lines that people compare.

use super::{Frame, labels};
use crate::flow::records::Shown;
use crate::rules::{Fen, Standing};
use time::Date;

/// One line: its name, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facet {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// A line of two versions.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) name: &'static str,
    pub(super) before: String,
    pub(super) after: String,
}

impl Change {
    pub(super) fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// Where two versions differ, and where they agree. The names of persons are masked before they come here.
pub(super) fn compare(frame: &Frame, before: &Shown, after: &Shown) -> Vec<Change> {
    let (before, after) = (facets(frame, before), facets(frame, after));
    let both = before.into_iter().zip(after);
    both.map(|(one, two)| Change { name: one.name, before: one.value, after: two.value }).collect()
}

/// Every line, in the order of the standard; what is not said is empty.
pub(super) fn facets(frame: &Frame, shown: &Shown) -> Vec<Facet> {
    let (version, details) = (&shown.version, &shown.version.details);
    let say = |(zh, en)| frame.say(zh, en).to_owned();
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let wan = |fen: Option<Fen>| {
        fen.map(|fen| format!("{} {}", fen.wan(), frame.say("万元", "× 10 000 yuan"))).unwrap_or_default()
    };
    let mut sanctions: Vec<String> = details.sanctions.iter().map(|it| say(labels::sanction(*it))).collect();
    sanctions.extend(details.sanction_other.clone());
    let lines = [
        ("状态", "State", standing(frame, &version.standing, shown)),
        ("领域", "Domain", frame.domain(&version.domain)),
        ("记录种类", "Kind", say(labels::kind(version.kind))),
        ("行政相对人名称", "Name as sent", details.subject_name.clone()),
        ("文号", "Document number", details.document_number.clone()),
        ("违法行为类型", "Violation", details.violation.clone()),
        ("违法事实", "Facts", details.facts.clone()),
        ("处罚依据", "Basis", details.basis.clone()),
        ("处罚类别", "Sanctions", sanctions.join("、")),
        ("处罚内容", "Content", details.content.clone()),
        ("罚款金额", "Fine", wan(details.fine)),
        ("没收金额", "Confiscated", wan(details.confiscated)),
        ("证照", "Permit", details.permit.clone().unwrap_or_default()),
        ("决定日期", "Decided on", details.decided_on.to_string()),
        ("有效期至", "In force until", day(details.effective_until)),
        ("公示截止期", "Published until", day(details.publicity_until)),
        ("决定机关", "Organ", format!("{} {}", details.organ_name, version.organ)),
        ("数据来源单位", "Source", format!("{} {}", details.source_name, details.source_code)),
        ("程序", "Procedure", say(labels::procedure(details.procedure))),
        ("备注", "Remark", details.remark.clone().unwrap_or_default()),
    ];
    lines.into_iter().map(|(zh, en, value)| Facet { name: frame.say(zh, en), value }).collect()
}

/// Where a record stands, with its days.
fn standing(frame: &Frame, standing: &Standing, shown: &Shown) -> String {
    let (zh, en) = labels::state(shown.state);
    let mut text = frame.say(zh, en).to_owned();
    let mut add = |part: String| {
        text.push_str(frame.say("；", "; "));
        text.push_str(&part);
    };
    if let Some(annulled) = &standing.annulled {
        let (zh, en) = labels::annulment(annulled.kind);
        add(format!("{} {}", frame.say(zh, en), annulled.annulled_on));
    }
    if let Some(repair) = &standing.repaired {
        let how = if repair.on_commitment {
            ("凭承诺修复", "repaired on a commitment")
        } else {
            ("修复", "repaired")
        };
        add(format!("{} {}", frame.say(how.0, how.1), repair.repaired_on));
    }
    if let Some(from) = standing.suspended_from {
        let until = standing.suspended_until.map(|until| until.to_string()).unwrap_or_default();
        add(format!("{} {from} – {until}", frame.say("暂缓", "suspended")));
    }
    if standing.disputed {
        add(frame.say("异议未办结", "an objection is open").to_owned());
    }
    if standing.corrected {
        add(frame.say("曾更正", "corrected before").to_owned());
    }
    text
}
