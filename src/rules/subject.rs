//! Whom a report is about.

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::citizen::CitizenNumber;
use super::credit_code::CreditCode;
use super::words::words;
use super::{mask, normal};

words! {
    /// What kind of subject it is.
    SubjectKind {
        /// 企业
        Enterprise = "enterprise",
        /// 个体工商户
        IndividualBusiness = "individual-business",
        /// 农民专业合作社
        FarmersCooperative = "farmers-cooperative",
        /// 社会组织
        SocialOrganisation = "social-organisation",
        /// 事业单位
        PublicInstitution = "public-institution",
        /// 其他组织
        OtherOrganisation = "other-organisation",
        /// 自然人
        NaturalPerson = "natural-person",
    }
}

words! {
    /// Which register a code comes from.
    Scheme {
        /// 统一社会信用代码
        CreditCode = "credit-code",
        /// 工商注册号
        RegistrationNumber = "registration-number",
        /// 组织机构代码
        OrganisationCode = "organisation-code",
        /// 税务登记号
        TaxNumber = "tax-number",
        /// 事业单位证书号
        InstitutionNumber = "institution-number",
        /// 社会组织登记证号
        SocialOrganisationNumber = "social-organisation-number",
        /// 身份证等自然人证件
        IdentityNumber = "identity-number",
    }
}

/// A code of a subject in one register, in normal form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubjectCode {
    /// The register.
    pub scheme: Scheme,
    /// The code.
    pub value: String,
}

impl Scheme {
    /// A code of this register as it is compared: half-width, without spaces, upper-case, and an organisation code without its hyphen
    /// (GB 11714-1997 writes one before the check character, registers and files often do not).
    #[must_use]
    pub fn normal(self, text: &str) -> String {
        let code = normal::code(text);
        match self {
            Self::OrganisationCode => code.chars().filter(|&c| !is_dash(c)).collect(),
            _ => code,
        }
    }
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '–' | '—' | '―' | '−')
}

impl SubjectCode {
    /// A code as somebody wrote it, in normal form.
    #[must_use]
    pub fn new(scheme: Scheme, text: &str) -> Self {
        Self { scheme, value: scheme.normal(text) }
    }

    /// The organisation code that it is, or that it has inside: characters 9 to 17 of a credit code (GB 32100-2015).
    #[must_use]
    pub fn organisation(&self) -> Option<&str> {
        match self.scheme {
            Scheme::CreditCode => self.value.get(8..17),
            Scheme::OrganisationCode => Some(&self.value),
            _ => None,
        }
    }

    /// The code as it may be printed: a person's number is masked.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.scheme {
            Scheme::IdentityNumber => mask::identity_number(&self.value),
            _ => self.value.clone(),
        }
    }
}

impl From<CitizenNumber> for SubjectCode {
    fn from(number: CitizenNumber) -> Self {
        Self { scheme: Scheme::IdentityNumber, value: number.expose().to_owned() }
    }
}

impl From<CreditCode> for SubjectCode {
    fn from(code: CreditCode) -> Self {
        Self { scheme: Scheme::CreditCode, value: code.to_string() }
    }
}

/// A name and the days it was borne.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The registered name.
    pub name: String,
    /// First day, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day; `None` for the present name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// What the register says of a subject; everything may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Registration {
    /// 法定代表人或负责人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub representative: Option<String>,
    /// 住所
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// 登记机关
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// 成立日期
    #[serde(skip_serializing_if = "Option::is_none")]
    pub established_on: Option<Date>,
    /// 登记状态 (存续、注销、吊销…)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Where these data come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The day they were taken from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_on: Option<Date>,
}

words! {
    /// How a subject relates to another.
    RelationKind {
        /// 分支机构
        BranchOf = "branch-of",
        /// 子公司
        SubsidiaryOf = "subsidiary-of",
        /// 受其控制
        ControlledBy = "controlled-by",
        /// 并入
        MergedInto = "merged-into",
    }
}

/// A relation to another subject and the days it held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// How.
    pub kind: RelationKind,
    /// The other subject.
    pub other: Uuid,
    /// First day, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day; `None` while it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// A subject (信用主体).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its id.
    pub id: Uuid,
    /// What kind it is.
    pub kind: SubjectKind,
    /// Its present primary code.
    pub code: SubjectCode,
    /// Its names, the present one first.
    pub names: Vec<Name>,
    /// Other and former codes.
    pub aliases: Vec<SubjectCode>,
    /// What the register says.
    pub registration: Registration,
    /// Relations to others.
    pub relations: Vec<Relation>,
}

impl Subject {
    /// The subject that it was merged into, if it was.
    #[must_use]
    pub fn merged_into(&self) -> Option<Uuid> {
        let merged = |it: &&Relation| it.kind == RelationKind::MergedInto && it.to.is_none();
        self.relations.iter().find(merged).map(|relation| relation.other)
    }

    /// The present name; empty where none is known.
    #[must_use]
    pub fn name(&self) -> &str {
        let present = self.names.iter().find(|name| name.to.is_none()).or(self.names.first());
        present.map_or("", |name| &name.name)
    }

    /// The name as it may be printed: a person's is masked.
    #[must_use]
    pub fn shown_name(&self) -> String {
        match self.kind {
            SubjectKind::NaturalPerson => mask::person_name(self.name()),
            _ => self.name().to_owned(),
        }
    }
}
