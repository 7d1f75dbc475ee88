//! Violation records: identity, append-only versions, and what each version says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::catalogue::DomainId;
use super::credit_code::CreditCode;
use super::instant::Instant;
use super::money::Fen;
use super::words::words;

words! {
    /// What kind of act a record is about.
    RecordKind {
        /// 行政处罚
        Penalty = "penalty",
        /// 行政强制
        CompulsoryMeasure = "compulsory-measure",
        /// 严重失信主体名单
        DishonestyList = "dishonesty-list",
        /// 经营异常名录
        AbnormalList = "abnormal-list",
        /// 刑事犯罪
        Criminal = "criminal",
        /// 法院执行(失信被执行人)
        CourtEnforcement = "court-enforcement",
    }
}

words! {
    /// By which procedure a penalty was decided (行政处罚法 2021, chapter 5).
    Procedure {
        /// 普通程序
        Ordinary = "ordinary",
        /// 简易程序
        Summary = "summary",
        /// Not said.
        Unknown = "unknown",
    }
}

words! {
    /// What an upload did to a record.
    Operation {
        /// The record is new.
        Insert = "insert",
        /// The authority corrects it.
        Correct = "correct",
        /// The authority takes it back: it should never have been sent.
        Withdraw = "withdraw",
        /// The decision was annulled.
        Annul = "annul",
        /// The subject's credit was repaired.
        Repair = "repair",
        /// The repair was taken back.
        RepairRevoked = "repair-revoked",
        /// Execution is suspended.
        Suspend = "suspend",
        /// An objection, reconsideration or suit was opened.
        ObjectionOpen = "objection-open",
        /// It was closed.
        ObjectionClosed = "objection-closed",
    }
}

words! {
    /// The kinds of penalty (行政处罚法 2021, article 9).
    Sanction {
        /// 警告
        Warning = "warning",
        /// 通报批评
        Criticism = "criticism",
        /// 罚款
        Fine = "fine",
        /// 没收违法所得
        ConfiscateGains = "confiscate-gains",
        /// 没收非法财物
        ConfiscateProperty = "confiscate-property",
        /// 暂扣许可证件
        SuspendPermit = "suspend-permit",
        /// 降低资质等级
        LowerGrade = "lower-grade",
        /// 吊销许可证件
        RevokePermit = "revoke-permit",
        /// 限制开展生产经营活动
        RestrictBusiness = "restrict-business",
        /// 责令停产停业
        StopBusiness = "stop-business",
        /// 责令关闭
        OrderClose = "order-close",
        /// 限制从业
        BanPractice = "ban-practice",
        /// 行政拘留
        Detention = "detention",
        /// 其他
        Other = "other",
    }
}

/// What makes two rows the same record: the punishing organ, the document number, the subject and the kind.
///
/// The same document number for several subjects is legal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// The subject.
    pub subject: Uuid,
    /// The organ that decided.
    pub organ: CreditCode,
    /// The document number in normal form.
    pub document_number: String,
    /// The kind.
    pub kind: RecordKind,
}

/// What a record says: the national items (2018 edition) and the product's additions. Field names of the national
/// items are given in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Details {
    /// The subject's name as sent (`CF_XDR_MC`).
    pub subject_name: String,
    /// The document number as sent (`CF_WSH`).
    pub document_number: String,
    /// The kind of violation (`CF_WFXW`).
    pub violation: String,
    /// What happened (`CF_SY`).
    pub facts: String,
    /// The legal basis (`CF_YJ`).
    pub basis: String,
    /// The kinds of penalty (`CF_CFLB`).
    pub sanctions: Vec<Sanction>,
    /// The names of other kinds of penalty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sanction_other: Option<String>,
    /// The penalty in words (`CF_NR`).
    pub content: String,
    /// Fine (`CF_NR_FK`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine: Option<Fen>,
    /// Confiscated gains and property (`CF_NR_WFFF`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confiscated: Option<Fen>,
    /// Name and number of the permit suspended or revoked (`CF_NR_ZKDX`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit: Option<String>,
    /// Day of the decision (`CF_JDRQ`), the one the period is tested against.
    pub decided_on: Date,
    /// The penalty is in force until this day (`CF_YXQ`); `None` where it is open-ended (2099-12-31).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_until: Option<Date>,
    /// Published until this day (`CF_GSJZQ`); it never removes a record from a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publicity_until: Option<Date>,
    /// The organ that decided (`CF_CFJG`).
    pub organ_name: String,
    /// The body that sent the data (`CF_SJLY`).
    pub source_name: String,
    /// Its code (`CF_SJLYDM`).
    pub source_code: CreditCode,
    /// Remark (`BZ`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Procedure.
    pub procedure: Procedure,
    /// What is kept beside it and never printed in a report.
    #[serde(default, skip_serializing_if = "Further::is_empty")]
    pub further: Further,
    /// Columns that the layout does not know, as sent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, String>,
}

words! {
    /// How grave an authority holds the act to be.
    Severity {
        /// 轻微
        Minor = "minor",
        /// 一般
        General = "general",
        /// 严重
        Serious = "serious",
    }
}

/// Dates and a weight that a record may carry beside what a report shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Further {
    /// The act happened on or after this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act_from: Option<Date>,
    /// The act happened on or before this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act_to: Option<Date>,
    /// The decision was served on this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_on: Option<Date>,
    /// The decision was published on this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_on: Option<Date>,
    /// How grave the authority holds the act to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}

impl Further {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

words! {
    /// How a decision fell.
    AnnulmentKind {
        /// 复议撤销
        Reconsideration = "reconsideration",
        /// 判决撤销
        Judgment = "judgment",
        /// 自行撤销
        OwnMotion = "own-motion",
        /// 确认违法
        ConfirmedUnlawful = "confirmed-unlawful",
        /// 确认无效
        ConfirmedVoid = "confirmed-void",
    }
}

/// A decision that no longer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annulment {
    /// Since this day.
    pub annulled_on: Date,
    /// How.
    pub kind: AnnulmentKind,
}

/// A repair of the subject's credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// Since this day.
    pub repaired_on: Date,
    /// Granted on a commitment, its facts still to be verified; it may be revoked.
    pub on_commitment: bool,
}

/// Where a record stands, as one of its versions says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Taken back by the authority.
    #[serde(default)]
    pub withdrawn: bool,
    /// Annulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annulled: Option<Annulment>,
    /// Repaired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired: Option<Repair>,
    /// An objection, reconsideration or suit is open.
    #[serde(default)]
    pub disputed: bool,
    /// Execution is suspended since this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_from: Option<Date>,
    /// Execution is suspended up to this day; open-ended where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_until: Option<Date>,
    /// The day of the operation that made this version, as its authority says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operated_on: Option<Date>,
    /// Why that operation was done, in its authority's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A correction changed an earlier version.
    #[serde(default)]
    pub corrected: bool,
}

/// One version of a record: the whole of what was known from [`Version::received_at`] until the next one came.
/// Versions are never changed and never deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The record's id, the same in all its versions.
    pub record: Uuid,
    /// Its number within the record, from 1.
    pub number: u32,
    /// What made this version.
    pub operation: Operation,
    /// The kind of record.
    pub kind: RecordKind,
    /// The domain.
    pub domain: DomainId,
    /// The subject.
    pub subject: Uuid,
    /// The organ that decided.
    pub organ: CreditCode,
    /// The document number in normal form.
    pub document_number: String,
    /// The upload it came with.
    pub upload: Uuid,
    /// Its row in that upload, from 1; 0 for an operation on one record.
    pub row: u32,
    /// When the platform stored it: known from then on.
    pub received_at: Instant,
    /// What it says.
    pub details: Details,
    /// Where it stands.
    pub standing: Standing,
}

impl Version {
    /// The key of its record.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        RecordKey {
            subject: self.subject,
            organ: self.organ,
            document_number: self.document_number.clone(),
            kind: self.kind,
        }
    }
}
