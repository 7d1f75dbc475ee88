//! The words of the field for people, in Chinese and English.

use crate::flow::records::State;
use crate::rules::{
    AnnulmentKind, GapReason, JobState, Operation, Outcome, Party, Procedure, RecordKind, Sanction, Scheme,
    Status,
};

/// A word in Chinese and English.
pub(super) type Label = (&'static str, &'static str);

pub(super) fn state(state: State) -> Label {
    match state {
        State::Withdrawn => ("已撤回", "withdrawn"),
        State::Annulled => ("决定已撤销", "annulled"),
        State::Repaired => ("已修复", "repaired"),
        State::Disputed => ("有异议", "disputed"),
        State::Suspended => ("暂缓执行", "suspended"),
        State::InForce => ("有效", "in force"),
    }
}

pub(super) fn operation(operation: Operation) -> Label {
    match operation {
        Operation::Insert => ("报送", "sent"),
        Operation::Correct => ("更正", "correct"),
        Operation::Withdraw => ("撤回", "withdraw"),
        Operation::Annul => ("撤销决定", "annul"),
        Operation::Repair => ("信用修复", "repair"),
        Operation::RepairRevoked => ("撤销修复", "revoke the repair"),
        Operation::Suspend => ("暂缓执行", "suspend"),
        Operation::ObjectionOpen => ("标注异议", "open an objection"),
        Operation::ObjectionClosed => ("办结异议", "close the objection"),
    }
}

pub(super) fn kind(kind: RecordKind) -> Label {
    match kind {
        RecordKind::Penalty => ("行政处罚", "administrative penalty"),
        RecordKind::CompulsoryMeasure => ("行政强制", "compulsory measure"),
        RecordKind::DishonestyList => ("严重失信主体名单", "list of serious dishonesty"),
        RecordKind::AbnormalList => ("经营异常名录", "list of abnormal operation"),
        RecordKind::Criminal => ("刑事犯罪", "criminal conviction"),
        RecordKind::CourtEnforcement => ("法院执行", "court enforcement"),
    }
}

pub(super) fn scheme(scheme: Scheme) -> Label {
    match scheme {
        Scheme::CreditCode => ("统一社会信用代码", "credit code"),
        Scheme::RegistrationNumber => ("工商注册号", "registration number"),
        Scheme::OrganisationCode => ("组织机构代码", "organisation code"),
        Scheme::TaxNumber => ("税务登记号", "tax registration number"),
        Scheme::InstitutionNumber => ("事业单位证书号", "public institution's certificate number"),
        Scheme::SocialOrganisationNumber => ("社会组织登记证号", "social organisation's registration number"),
        Scheme::IdentityNumber => ("证件号码", "number of the document"),
    }
}

pub(super) fn status(status: Status) -> Label {
    match status {
        Status::Valid => ("有效", "valid"),
        Status::Superseded => ("已被更新", "superseded"),
        Status::Disputed => ("有异议", "disputed"),
        Status::Revoked => ("已撤销", "revoked"),
        Status::Unknown => ("未知", "unknown"),
    }
}

pub(super) fn outcome(outcome: Outcome) -> Label {
    match outcome {
        Outcome::Corrected => ("记录已更正", "the record was corrected"),
        Outcome::Withdrawn => ("记录已撤回", "the record was withdrawn"),
        Outcome::Unchanged => ("记录未变", "the record stands as it was"),
        Outcome::Repaired => ("记录已修复", "the record is repaired"),
        Outcome::RepairedOnCommitment => ("凭承诺修复", "repaired on a commitment"),
        Outcome::RepairRevoked => ("修复已撤销", "the repair was revoked"),
        Outcome::Annulled => ("决定已撤销", "the decision is annulled"),
    }
}

pub(super) fn job(state: JobState) -> Label {
    match state {
        JobState::Queued => ("排队中", "waiting"),
        JobState::Running => ("处理中", "running"),
        JobState::Done => ("已完成", "done"),
        JobState::Failed => ("失败", "failed"),
        JobState::Cancelled => ("已取消", "cancelled"),
    }
}

/// The stages of a job, as it tells them.
pub(super) const STAGES: [&str; 6] = ["waiting", "fetching", "counting", "checking", "storing", "concluding"];

pub(super) fn stage(stage: &str) -> Label {
    match stage {
        "waiting" => ("排队等待", "waiting its turn"),
        "fetching" => ("读取文件", "fetching the file"),
        "counting" => ("清点行数", "counting the rows"),
        "checking" => ("校验", "checking"),
        "storing" => ("入库", "storing"),
        _ => ("收尾", "concluding"),
    }
}

pub(super) fn gap(reason: GapReason) -> Label {
    match reason {
        GapReason::NoAuthority => ("无数源单位", "no authority"),
        GapReason::NotDeclared => ("尚未声明", "nothing declared"),
        GapReason::BeforeData => ("早于数据起始日", "before the data begin"),
        GapReason::LateFeed => ("数据迟到", "the data are late"),
        GapReason::UnconfirmedCandidate => ("有待确认数据", "a row waits to be confirmed"),
    }
}

pub(super) fn party(party: Party) -> Label {
    match party {
        Party::Applicant => ("申请人", "applicant"),
        Party::Authority => ("数源单位", "authority"),
        Party::Operator => ("平台", "operator"),
    }
}

pub(super) fn annulment(kind: AnnulmentKind) -> Label {
    match kind {
        AnnulmentKind::Reconsideration => ("复议撤销", "by reconsideration"),
        AnnulmentKind::Judgment => ("判决撤销", "by judgment"),
        AnnulmentKind::OwnMotion => ("自行撤销", "by its own motion"),
        AnnulmentKind::ConfirmedUnlawful => ("确认违法", "confirmed unlawful"),
        AnnulmentKind::ConfirmedVoid => ("确认无效", "confirmed void"),
    }
}

pub(super) fn procedure(procedure: Procedure) -> Label {
    match procedure {
        Procedure::Ordinary => ("普通程序", "ordinary"),
        Procedure::Summary => ("简易程序", "summary"),
        Procedure::Unknown => ("未知", "unknown"),
    }
}

pub(super) fn sanction(sanction: Sanction) -> Label {
    match sanction {
        Sanction::Warning => ("警告", "warning"),
        Sanction::Criticism => ("通报批评", "criticism"),
        Sanction::Fine => ("罚款", "fine"),
        Sanction::ConfiscateGains => ("没收违法所得", "gains confiscated"),
        Sanction::ConfiscateProperty => ("没收非法财物", "property confiscated"),
        Sanction::SuspendPermit => ("暂扣许可证件", "permit suspended"),
        Sanction::LowerGrade => ("降低资质等级", "grade lowered"),
        Sanction::RevokePermit => ("吊销许可证件", "permit revoked"),
        Sanction::RestrictBusiness => ("限制开展生产经营活动", "business restricted"),
        Sanction::StopBusiness => ("责令停产停业", "ordered to stop"),
        Sanction::OrderClose => ("责令关闭", "ordered to close"),
        Sanction::BanPractice => ("限制从业", "banned from practice"),
        Sanction::Detention => ("行政拘留", "detention"),
        Sanction::Other => ("其他", "other"),
    }
}
