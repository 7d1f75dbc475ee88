//! What records and reports are called on pages, in both languages.

#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]

use crate::flow::mine::Repairable;
use crate::flow::records::State;
use crate::http::pages::frame::{Frame, Lang};
use crate::rules::facts::{Conclusion, DomainFacts, Mark};
use crate::rules::{
    DomainId, Fen, Gap, GapReason, Met, Operation, Party, Procedure, RecordKind, Sanction, Severity, Status,
};

/// A domain's conclusion: its class, its sign, and its words.
pub(in crate::http::pages) fn conclusion(
    domain: &DomainFacts,
    lang: &Lang,
) -> (&'static str, &'static str, String) {
    said(&domain.conclusion, &domain.records, lang)
}

/// A conclusion with a number of records.
pub(super) fn said(
    conclusion: &Conclusion,
    records: &u32,
    lang: &Lang,
) -> (&'static str, &'static str, String) {
    match conclusion {
        Conclusion::None => ("none", "○", lang.say("未归集到违法记录", "no record held").to_owned()),
        Conclusion::Found => (
            "found",
            "●",
            match lang {
                Lang::Zh => format!("归集到违法记录 {records} 条"),
                Lang::En if *records == 1 => "1 record held".to_owned(),
                Lang::En => format!("{records} records held"),
            },
        ),
        Conclusion::NotCovered => ("gap", "△", lang.say("不作结论", "no conclusion").to_owned()),
    }
}

/// Days that are left open.
pub(in crate::http::pages) fn gap(gap: &Gap, lang: &Lang) -> String {
    let (zh, en) = match gap.reason {
        GapReason::NoAuthority => ("尚无数源单位", "no authority"),
        GapReason::NotDeclared => ("数源单位尚未申报数据范围", "coverage not declared"),
        GapReason::BeforeData => ("早于数据起始日", "before the data begin"),
        GapReason::LateFeed => ("数据尚未报齐", "data not complete yet"),
        GapReason::UnconfirmedCandidate => ("有待确认的记录", "an unconfirmed record"),
    };
    match lang {
        Lang::Zh => format!("{} 至 {}：{zh}", gap.from, gap.to),
        Lang::En => format!("{} to {}: {en}", gap.from, gap.to),
    }
}

/// Where a record stands.
pub(super) fn state(state: &State, lang: &Lang) -> &'static str {
    let (zh, en) = match state {
        State::Withdrawn => ("已撤回", "withdrawn"),
        State::Annulled => ("决定已撤销", "annulled"),
        State::Repaired => ("已修复", "repaired"),
        State::Disputed => ("异议中", "disputed"),
        State::Suspended => ("暂缓执行", "suspended"),
        State::InForce => ("有效", "in force"),
    };
    lang.say(zh, en)
}

/// Whether and when a record can be repaired.
pub(super) fn repair(repair: &Repairable, lang: &Lang) -> String {
    match repair {
        Repairable::Settled => lang.say("无须修复", "nothing to repair").to_owned(),
        Repairable::Now => lang.say("现在可以申请", "may be asked for now").to_owned(),
        Repairable::From(day) => format!("{}{day}", lang.say("最早可申请日：", "from ")),
        Repairable::AskAuthority => lang.say("以数源单位规定为准", "ask the authority").to_owned(),
    }
}

/// A kind of record.
pub(super) fn kind(kind: &RecordKind, lang: &Lang) -> &'static str {
    let (zh, en) = match kind {
        RecordKind::Penalty => ("行政处罚", "administrative penalty"),
        RecordKind::CompulsoryMeasure => ("行政强制", "compulsory measure"),
        RecordKind::DishonestyList => ("严重失信主体名单", "list of seriously dishonest subjects"),
        RecordKind::AbnormalList => ("经营异常名录", "list of abnormal operation"),
        RecordKind::Criminal => ("刑事犯罪", "criminal conviction"),
        RecordKind::CourtEnforcement => ("法院执行", "court enforcement"),
    };
    lang.say(zh, en)
}

/// A kind of penalty.
pub(super) fn sanction(sanction: &Sanction, lang: &Lang) -> &'static str {
    let (zh, en) = match sanction {
        Sanction::Warning => ("警告", "warning"),
        Sanction::Criticism => ("通报批评", "public criticism"),
        Sanction::Fine => ("罚款", "fine"),
        Sanction::ConfiscateGains => ("没收违法所得", "confiscation of gains"),
        Sanction::ConfiscateProperty => ("没收非法财物", "confiscation of property"),
        Sanction::SuspendPermit => ("暂扣许可证件", "permit suspended"),
        Sanction::LowerGrade => ("降低资质等级", "lower grade"),
        Sanction::RevokePermit => ("吊销许可证件", "permit revoked"),
        Sanction::RestrictBusiness => ("限制开展生产经营活动", "business restricted"),
        Sanction::StopBusiness => ("责令停产停业", "ordered to stop business"),
        Sanction::OrderClose => ("责令关闭", "ordered to close"),
        Sanction::BanPractice => ("限制从业", "banned from practice"),
        Sanction::Detention => ("行政拘留", "detention"),
        Sanction::Other => ("其他", "other"),
    };
    lang.say(zh, en)
}

/// A mark beside a record.
pub(super) fn mark(mark: &Mark, lang: &Lang) -> &'static str {
    let (zh, en) = match mark {
        Mark::Repaired => ("已修复", "repaired"),
        Mark::RepairedOnCommitment => ("已修复（承诺制，待核实）", "repaired on a commitment"),
        Mark::Disputed => ("异议中", "disputed"),
        Mark::Suspended => ("暂缓执行", "suspended"),
        Mark::Corrected => ("已更正", "corrected"),
    };
    lang.say(zh, en)
}

/// Where a report stands: a sign and words.
pub(super) fn status(status: &Status, lang: &Lang) -> (&'static str, &'static str, &'static str) {
    let (sign, class, zh, en) = match status {
        Status::Valid => ("✓", "valid", "有效", "valid"),
        Status::Superseded => ("!", "warn", "数据已更正", "data corrected"),
        Status::Disputed => ("!", "warn", "有记录在异议中", "a record is disputed"),
        Status::Revoked => ("✗", "bad", "已撤销", "revoked"),
        Status::Unknown => ("?", "unknown", "未知", "not known"),
    };
    (sign, class, lang.say(zh, en))
}

/// What a regulator did to a record.
pub(super) fn operation(operation: &Operation, lang: &Lang) -> &'static str {
    let (zh, en) = match operation {
        Operation::Insert => ("报送", "sent"),
        Operation::Correct => ("更正", "corrected"),
        Operation::Withdraw => ("撤回", "withdrawn"),
        Operation::Annul => ("决定撤销", "annulled"),
        Operation::Repair => ("信用修复", "repaired"),
        Operation::RepairRevoked => ("修复撤销", "repair revoked"),
        Operation::Suspend => ("暂缓执行", "suspended"),
        Operation::ObjectionOpen => ("异议开始", "objection opened"),
        Operation::ObjectionClosed => ("异议结束", "objection closed"),
    };
    lang.say(zh, en)
}

/// As what somebody takes part in a case.
pub(super) fn party(party: &Party, lang: &Lang) -> &'static str {
    let (zh, en) = match party {
        Party::Applicant => ("申请人", "applicant"),
        Party::Authority => ("数源单位", "authority"),
        Party::Operator => ("平台运营单位", "operator"),
    };
    lang.say(zh, en)
}

/// Whether a condition is met.
pub(super) fn met(met: &Met, lang: &Lang) -> (&'static str, &'static str) {
    match met {
        Met::Yes => ("✓", lang.say("已满足", "met")),
        Met::No => ("✗", lang.say("未满足", "not met")),
        Met::CannotTell => ("?", lang.say("由数源单位核实", "the authority finds out")),
    }
}

/// How grave a penalty is taken to be.
pub(super) fn severity(severity: &Severity, lang: &Lang) -> &'static str {
    let (zh, en) = match severity {
        Severity::Minor => ("轻微", "minor"),
        Severity::General => ("一般", "general"),
        Severity::Serious => ("严重", "serious"),
    };
    lang.say(zh, en)
}

/// The editions of a report: word, and what it is.
pub(in crate::http::pages) const EDITIONS: [(&str, &str, &str); 4] = [
    ("zh", "中文全文", "Chinese, in full"),
    ("en", "英文全文", "English, in full"),
    ("zh-en", "中英对照", "Chinese and English"),
    ("extract", "一页摘要", "an extract of one page"),
];

/// An edition.
pub(in crate::http::pages) fn edition(word: &str, lang: &Lang) -> &'static str {
    let found = EDITIONS.iter().find(|(name, _, _)| *name == word);
    found.map_or("", |(_, zh, en)| lang.say(zh, en))
}

/// By which procedure a penalty was decided.
pub(super) fn procedure(procedure: &Procedure, lang: &Lang) -> &'static str {
    let (zh, en) = match procedure {
        Procedure::Ordinary => ("普通程序", "ordinary"),
        Procedure::Summary => ("简易程序", "summary"),
        Procedure::Unknown => ("未注明", "not said"),
    };
    lang.say(zh, en)
}

/// An amount in yuan.
pub(super) fn yuan(fen: &Fen) -> String {
    format!("{}.{:02} 元", fen.0 / 100, fen.0 % 100)
}

/// The name of a domain.
pub(super) fn domain<'f>(frame: &'f Frame, id: &'f DomainId) -> &'f str {
    let domain = frame.app.reference().catalogue.get(id);
    domain.map_or(id.as_str(), |domain| frame.say(&domain.zh, &domain.en))
}
