//! Which columns a file has and what they mean: data, not code.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

use crate::rules::normal;
use crate::rules::words::words;

use super::fault::FaultColumn;

words! {
    /// What a column says: the national items of 2018 and the additions of this platform.
    Item {
        /// 行政相对人名称
        SubjectName = "CF_XDR_MC",
        /// 行政相对人类别
        SubjectClass = "CF_XDR_LB",
        /// 统一社会信用代码
        CreditCode = "CF_XDR_SHXYM",
        /// 工商注册号
        RegistrationNumber = "CF_XDR_GSZC",
        /// 组织机构代码
        OrganisationCode = "CF_XDR_ZZJG",
        /// 税务登记号
        TaxNumber = "CF_XDR_SWDJ",
        /// 事业单位证书号
        InstitutionNumber = "CF_XDR_SYDW",
        /// 社会组织登记证号
        SocialOrganisationNumber = "CF_XDR_SHZZ",
        /// 法定代表人
        Representative = "CF_FRDB",
        /// 法定代表人证件类型
        RepresentativeDocument = "CF_FR_ZJLX",
        /// 法定代表人证件号码; checked and dropped, never kept
        RepresentativeNumber = "CF_FR_ZJHM",
        /// 证件类型
        PersonDocument = "CF_XDR_ZJLX",
        /// 证件号码
        PersonNumber = "CF_XDR_ZJHM",
        /// 行政处罚决定书文号
        DocumentNumber = "CF_WSH",
        /// 违法行为类型
        Violation = "CF_WFXW",
        /// 违法事实
        Facts = "CF_SY",
        /// 处罚依据
        Basis = "CF_YJ",
        /// 处罚类别
        Sanctions = "CF_CFLB",
        /// 处罚内容
        Content = "CF_NR",
        /// 罚款金额
        Fine = "CF_NR_FK",
        /// 没收金额
        Confiscated = "CF_NR_WFFF",
        /// 暂扣或吊销证照名称及编号
        Permit = "CF_NR_ZKDX",
        /// 处罚决定日期
        DecidedOn = "CF_JDRQ",
        /// 处罚有效期
        EffectiveUntil = "CF_YXQ",
        /// 公示截止期
        PublicityUntil = "CF_GSJZQ",
        /// 处罚机关
        OrganName = "CF_CFJG",
        /// 处罚机关统一社会信用代码
        Organ = "CF_CFJGDM",
        /// 数据来源单位
        SourceName = "CF_SJLY",
        /// 数据来源单位统一社会信用代码
        Source = "CF_SJLYDM",
        /// 备注
        Remark = "BZ",
        /// 处罚程序
        Procedure = "procedure",
        /// 领域
        Domain = "domain",
        /// 记录种类
        RecordKind = "record_kind",
        /// 来源记录编号
        SourceRecordId = "source_record_id",
        /// 操作
        Operation = "operation",
        /// 操作理由
        Reason = "reason",
        /// 操作日期
        OperatedOn = "operated_on",
        /// 撤销方式
        AnnulmentKind = "annulment_kind",
        /// 承诺修复
        OnCommitment = "on_commitment",
        /// 暂缓至
        SuspendedUntil = "suspended_until",
        /// 违法行为起始日期
        ActFrom = "act_from",
        /// 违法行为终止日期
        ActTo = "act_to",
        /// 送达日期
        ServedOn = "served_on",
        /// 公示日期
        PublishedOn = "published_on",
        /// 严重程度
        Severity = "severity",
    }
}

words! {
    /// How a cell is written.
    Kind {
        /// Free text.
        Text = "text",
        /// A name.
        Name = "name",
        /// A code without a check.
        Code = "code",
        /// A unified social credit code.
        CreditCode = "credit-code",
        /// An organisation code.
        OrganisationCode = "organisation-code",
        /// A class of subject.
        SubjectClass = "subject-class",
        /// A kind of identity document.
        DocumentType = "document-type",
        /// The number of an identity document.
        IdentityNumber = "identity-number",
        /// A document number.
        DocumentNumber = "document-number",
        /// Kinds of penalty.
        Sanctions = "sanctions",
        /// An amount in 万元.
        Amount = "amount",
        /// A day.
        Date = "date",
        /// A procedure.
        Procedure = "procedure",
        /// A domain: its id, its code or its Chinese name.
        Domain = "domain",
        /// A kind of record.
        RecordKind = "record-kind",
        /// What is done to a record.
        Operation = "operation",
        /// How a decision fell.
        AnnulmentKind = "annulment-kind",
        /// Yes or no.
        YesNo = "yes-no",
        /// A weight.
        Severity = "severity",
    }
}

words! {
    /// When a cell may not be blank.
    Required {
        /// In every row.
        Always = "always",
        /// In rows of penalties.
        Penalty = "penalty",
        /// In rows about organisations and individual businesses.
        Organisation = "organisation",
        /// In rows about persons.
        Person = "person",
        /// Where there is a fine.
        Fine = "fine",
        /// Where something is confiscated.
        Confiscation = "confiscation",
        /// Where a permit is suspended or revoked.
        Permit = "permit",
        /// In no row.
        Never = "never",
    }
}

impl Kind {
    /// Whether it is a code of which every character counts.
    pub(super) fn is_code(self) -> bool {
        matches!(
            self,
            Self::Code
                | Self::CreditCode
                | Self::OrganisationCode
                | Self::IdentityNumber
                | Self::DocumentNumber
        )
    }
}

impl Item {
    /// How its cells are written; a layout must agree.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::SubjectName | Self::Representative => Kind::Name,
            Self::SubjectClass => Kind::SubjectClass,
            Self::CreditCode | Self::Organ | Self::Source => Kind::CreditCode,
            Self::RegistrationNumber
            | Self::TaxNumber
            | Self::InstitutionNumber
            | Self::SocialOrganisationNumber => Kind::Code,
            Self::OrganisationCode => Kind::OrganisationCode,
            Self::RepresentativeDocument | Self::PersonDocument => Kind::DocumentType,
            Self::RepresentativeNumber | Self::PersonNumber => Kind::IdentityNumber,
            Self::DocumentNumber => Kind::DocumentNumber,
            Self::Sanctions => Kind::Sanctions,
            Self::Fine | Self::Confiscated => Kind::Amount,
            Self::DecidedOn
            | Self::EffectiveUntil
            | Self::PublicityUntil
            | Self::OperatedOn
            | Self::SuspendedUntil
            | Self::ActFrom
            | Self::ActTo
            | Self::ServedOn
            | Self::PublishedOn => Kind::Date,
            Self::Procedure => Kind::Procedure,
            Self::Domain => Kind::Domain,
            Self::RecordKind => Kind::RecordKind,
            Self::Operation => Kind::Operation,
            Self::AnnulmentKind => Kind::AnnulmentKind,
            Self::OnCommitment => Kind::YesNo,
            Self::Severity => Kind::Severity,
            Self::Violation
            | Self::Facts
            | Self::Basis
            | Self::Content
            | Self::Permit
            | Self::OrganName
            | Self::SourceName
            | Self::Remark
            | Self::SourceRecordId
            | Self::Reason => Kind::Text,
        }
    }
}

/// One column of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its code and its Chinese name.
    pub name: Arc<FaultColumn>,
    /// Other names it is known by.
    pub aliases: Vec<String>,
    /// What it says.
    pub item: Item,
    /// The most characters of a cell.
    pub longest: usize,
    /// When a cell may not be blank.
    pub required: Required,
    /// Whether its cells are masked wherever they are shown.
    pub personal: bool,
    /// What cells mean that are written in a way of this layout.
    pub values: BTreeMap<String, String>,
}

impl Column {
    /// What a cell means, in the words that all layouts share.
    pub(super) fn meaning<'c>(&'c self, cell: &'c str) -> &'c str {
        if self.values.is_empty() { cell } else { self.values.get(cell.trim()).map_or(cell, String::as_str) }
    }
}

/// Where an item comes from that has no column, or whose cell is blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Always this.
    Value(String),
    /// The authority that sends: its code, or its name.
    From(GivenFrom),
}

words! {
    /// What an item is taken from that has no column.
    GivenFrom {
        /// The authority that sends.
        Sender = "sender",
        /// The codes of the row: they tell the class of the subject.
        Codes = "codes",
    }
}

/// The columns of one kind of file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it is, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Its columns, in the order of a template.
    pub columns: Vec<Column>,
    /// Items that need no column.
    pub given: Vec<(Item, Given)>,
    /// Every name in normal form, and its column.
    names: HashMap<String, usize>,
}

/// What is wrong with a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLayout {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Shape(String),
    /// A column that names no item.
    #[error("column {0} names no item: add `item`")]
    Item(String),
    /// A column whose kind is not the one of its item.
    #[error("column {0} must be of kind {1}")]
    Kind(String, Kind),
    /// A name or an item stands twice.
    #[error("{0} stands twice")]
    Twice(String),
    /// An item that is given in no way, or in one that it cannot be given in.
    #[error("{0} must be given either by a `value` or `from` something that tells it")]
    Given(Item),
    /// An item that no row can do without.
    #[error("no column for {0}, which every row needs")]
    Lacks(Item),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    version: String,
    zh: String,
    en: String,
    column: Vec<FileColumn>,
    #[serde(default)]
    given: Vec<FileGiven>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileGiven {
    item: Item,
    value: Option<String>,
    from: Option<GivenFrom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileColumn {
    code: String,
    zh: String,
    aliases: Vec<String>,
    kind: Kind,
    longest: usize,
    required: Required,
    #[serde(default)]
    personal: bool,
    item: Option<Item>,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// Without these no row can become a record.
const NEEDED: [Item; 5] =
    [Item::SubjectName, Item::SubjectClass, Item::DocumentNumber, Item::DecidedOn, Item::Organ];

impl GivenFrom {
    fn can_give(self, item: Item) -> bool {
        match self {
            Self::Sender => matches!(item, Item::Organ | Item::OrganName | Item::Source | Item::SourceName),
            Self::Codes => item == Item::SubjectClass,
        }
    }
}

impl Layout {
    /// The national items of 2018, as they are built into the program.
    pub const NATIONAL_2018: &str = include_str!("../../data/layouts/national-2018.toml");

    /// Reads a layout from TOML and checks that every name leads to one column.
    pub fn parse(text: &str) -> Result<Self, BadLayout> {
        let file: File = toml::from_str(text).map_err(|e| BadLayout::Shape(e.to_string()))?;
        let (mut names, mut items, mut columns) = (HashMap::new(), HashSet::new(), Vec::new());
        for (at, FileColumn { code, zh, aliases, kind, longest, required, personal, item, values }) in
            file.column.into_iter().enumerate()
        {
            let item = item.or_else(|| code.parse().ok()).ok_or_else(|| BadLayout::Item(code.clone()))?;
            if item.kind() != kind {
                return Err(BadLayout::Kind(code, item.kind()));
            }
            if !items.insert(item) {
                return Err(BadLayout::Twice(item.to_string()));
            }
            let both = format!("{zh}({code})");
            for name in [&code, &zh, &both].into_iter().chain(&aliases) {
                if names.insert(normal::name(name), at).is_some_and(|other| other != at) {
                    return Err(BadLayout::Twice(name.clone()));
                }
            }
            let name = Arc::new(FaultColumn { code, zh });
            columns.push(Column { name, aliases, item, longest, required, personal, values });
        }
        let mut given = Vec::new();
        for FileGiven { item, value, from } in file.given {
            let source = match (value, from) {
                (Some(value), None) => Given::Value(value),
                (None, Some(from)) if from.can_give(item) => Given::From(from),
                _ => return Err(BadLayout::Given(item)),
            };
            items.insert(item);
            given.push((item, source));
        }
        if let Some(item) = NEEDED.into_iter().find(|item| !items.contains(item)) {
            return Err(BadLayout::Lacks(item));
        }
        Ok(Self { id: file.id, version: file.version, zh: file.zh, en: file.en, columns, given, names })
    }

    /// Whether rows of this layout have the item without a column for it.
    pub(super) fn gives(&self, item: Item) -> bool {
        self.given.iter().any(|(given, _)| *given == item)
    }

    /// The place of the column that bears this name, whatever its width, case and spaces, with or without the `*` that
    /// marks required columns.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.get(normal::name(name).trim_matches('*')).copied()
    }
}
