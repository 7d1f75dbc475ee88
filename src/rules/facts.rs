//! Everything a report says, as one value.
//!
//! Its canonical JSON (RFC 8785) is what is digested, signed, embedded, compared and reproduced. The shape is published
//! and frozen: a change of meaning takes a new [`Facts::FORMAT`].

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::canonical;
use super::catalogue::DomainId;
use super::coverage::Gap;
use super::credit_code::CreditCode;
use super::instant::Instant;
use super::money::Fen;
use super::period::Period;
use super::policy::RepairRule;
use super::record::{Procedure, RecordKind, Sanction};
use super::report_number::ReportNumber;
use super::subject::{Scheme, SubjectKind};
use super::words::words;

words! {
    /// What a report says of one domain. There is no fourth value, and `none` is never said where data are missing.
    Conclusion {
        /// No record was held, and the data were complete.
        None = "none",
        /// Records are held.
        Found = "found",
        /// For some days no conclusion is drawn.
        NotCovered = "not-covered",
    }
}

words! {
    /// A mark beside a record.
    Mark {
        /// 已修复
        Repaired = "repaired",
        /// 已修复(承诺制,待核实)
        RepairedOnCommitment = "repaired-on-commitment",
        /// 异议中 (objection, reconsideration or suit)
        Disputed = "disputed",
        /// 暂缓执行
        Suspended = "suspended",
        /// 已更正
        Corrected = "corrected",
    }
}

words! {
    /// Where a request came from.
    Channel {
        /// The web pages.
        Portal = "portal",
        /// The programming interface.
        Api = "api",
        /// The service counter.
        Counter = "counter",
        /// The operator's command line.
        CommandLine = "command-line",
    }
}

words! {
    /// As what somebody asks.
    Capacity {
        /// For itself.
        Own = "own",
        /// With the subject's consent.
        Consent = "consent",
        /// The operator, on the subject's behalf.
        Operator = "operator",
    }
}

/// A name in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A piece of versioned data that the report rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it says, in words.
    pub text: Bilingual,
}

/// The body that issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Its name.
    pub name: Bilingual,
    /// The place whose authorities' data are meant.
    pub territory: Bilingual,
    /// The address of the verification page, such as `https://verify.example.cn`, without a slash at the end.
    pub origin: String,
}

/// Whom the report is about, as printed: a person's name and number are masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectFacts {
    /// What kind.
    pub kind: SubjectKind,
    /// The register of the primary code.
    pub scheme: Scheme,
    /// The primary code.
    pub code: String,
    /// The present name.
    pub name: String,
    /// Former names, latest first.
    pub former_names: Vec<String>,
    /// Other codes that were searched as well, masked where personal.
    pub other_codes: Vec<String>,
    /// 法定代表人或负责人
    pub representative: Option<String>,
    /// 住所
    pub address: Option<String>,
    /// 登记机关
    pub registration_authority: Option<String>,
    /// 成立日期
    pub established_on: Option<Date>,
    /// 登记状态
    pub state: Option<String>,
    /// Source of the registration data.
    pub source: Option<String>,
    /// Day of the registration data.
    pub source_on: Option<Date>,
    /// The number of branches known, none of which is included.
    pub branches_left_out: u32,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestFacts {
    /// Who asked, by name.
    pub applicant: String,
    /// As what.
    pub capacity: Capacity,
    /// How.
    pub channel: Channel,
    /// What for.
    pub purpose: Option<Bilingual>,
    /// The days asked about, tested against the day of decision.
    pub period: Period,
    /// The subject chose to have its repaired records shown.
    pub include_repaired: bool,
}

/// The rules the report rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// The catalogue of domains.
    pub catalogue: Named,
    /// The place's list of domains.
    pub profile: Named,
    /// Which records count.
    pub policy: Named,
    /// What was done with repaired records.
    pub repaired: RepairRule,
}

/// Counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Domains selected.
    pub domains: u32,
    /// Domains with records.
    pub found: u32,
    /// Domains without.
    pub none: u32,
    /// Domains without a conclusion.
    pub not_covered: u32,
    /// Records shown.
    pub records: u32,
    /// Of them repaired.
    pub repaired: u32,
    /// Of them in dispute.
    pub disputed: u32,
}

/// An authority and what it declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorityFacts {
    /// Its code.
    pub code: CreditCode,
    /// Its name.
    pub name: Bilingual,
    /// Data from this day on.
    pub data_from: Option<Date>,
    /// Complete through this day: the cut-off.
    pub complete_through: Option<Date>,
    /// Declared days of delay.
    pub declared_lag_days: Option<u16>,
    /// Last successful upload.
    pub last_success_at: Option<Instant>,
}

/// One line of the table of domains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainFacts {
    /// The domain.
    pub id: DomainId,
    /// Its short code.
    pub code: String,
    /// Its name.
    pub name: Bilingual,
    /// Who answers for it.
    pub authorities: Vec<AuthorityFacts>,
    /// What the report concludes.
    pub conclusion: Conclusion,
    /// The records shown.
    pub records: u32,
    /// Days for which no conclusion is drawn; also beside `found`.
    pub gaps: Vec<Gap>,
}

/// One record in detail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFacts {
    /// The record's id.
    pub id: Uuid,
    /// The version shown.
    pub version: u32,
    /// Its domain.
    pub domain: DomainId,
    /// Its kind.
    pub kind: RecordKind,
    /// 行政处罚决定书文号
    pub document_number: String,
    /// 违法行为类型
    pub violation: String,
    /// 违法事实
    pub facts: String,
    /// 处罚依据
    pub basis: String,
    /// 处罚类别
    pub sanctions: Vec<Sanction>,
    /// Names of other kinds of penalty.
    pub sanction_other: Option<String>,
    /// 处罚内容
    pub content: String,
    /// 罚款金额, in fen
    pub fine: Option<Fen>,
    /// 没收金额, in fen
    pub confiscated: Option<Fen>,
    /// 暂扣或吊销证照名称及编号
    pub permit: Option<String>,
    /// 处罚决定日期
    pub decided_on: Date,
    /// 处罚有效期
    pub effective_until: Option<Date>,
    /// 公示截止期
    pub publicity_until: Option<Date>,
    /// 处罚机关
    pub organ_name: String,
    /// Its code.
    pub organ: CreditCode,
    /// 数据来源单位
    pub source_name: String,
    /// 备注
    pub remark: Option<String>,
    /// Procedure.
    pub procedure: Procedure,
    /// When the platform received this version.
    pub received_at: Instant,
    /// Marks.
    pub marks: Vec<Mark>,
    /// Day of the repair, where it is marked.
    pub repaired_on: Option<Date>,
}

/// Everything a report says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// [`Facts::FORMAT`].
    pub format: String,
    /// The report's number.
    pub number: ReportNumber,
    /// When it was issued.
    pub issued_at: Instant,
    /// What was known at this instant counts, and nothing later.
    pub as_of: Instant,
    /// Who issued it.
    pub issuer: Issuer,
    /// Whom it is about.
    pub subject: SubjectFacts,
    /// What was asked.
    pub request: RequestFacts,
    /// By which rules.
    pub basis: Basis,
    /// Counts.
    pub summary: Summary,
    /// Every domain asked about, in printing order.
    pub domains: Vec<DomainFacts>,
    /// The records, by domain, latest decision first, then document number.
    pub records: Vec<RecordFacts>,
}

/// Why bytes are not [`Facts`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFacts {
    /// Not JSON of this shape.
    #[error("the facts cannot be read: {0}")]
    Shape(String),
    /// Another format.
    #[error("the facts have the format {0:?}, which this program does not know")]
    Format(String),
    /// The same facts are written in another way.
    #[error("the facts are not in canonical form (RFC 8785)")]
    NotCanonical,
}

impl Facts {
    /// The name of this shape.
    pub const FORMAT: &'static str = "mingzheng-facts/1";

    /// The canonical JSON (RFC 8785).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        // Facts hold only strings, whole numbers and booleans under string keys, which always serialise.
        canonical::to_vec(self).unwrap_or_default()
    }

    /// The domains whose data were not complete for the days asked about.
    #[must_use]
    pub fn incomplete(&self) -> Vec<&DomainId> {
        self.domains.iter().filter(|line| !line.gaps.is_empty()).map(|line| &line.id).collect()
    }

    /// Reads what is known by its digest to be canonical JSON that we wrote.
    pub fn from_own(bytes: &[u8]) -> Result<Self, BadFacts> {
        let facts: Self = serde_json::from_slice(bytes).map_err(|e| BadFacts::Shape(e.to_string()))?;
        if facts.format != Self::FORMAT {
            return Err(BadFacts::Format(facts.format.chars().take(40).collect()));
        }
        Ok(facts)
    }

    /// Reads canonical JSON and nothing else: other spellings of the same facts are refused.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, BadFacts> {
        let facts = Self::from_own(bytes)?;
        if facts.canonical() == bytes { Ok(facts) } else { Err(BadFacts::NotCanonical) }
    }
}
