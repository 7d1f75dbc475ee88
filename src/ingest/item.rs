//! What columns say, how their cells are written, and when they may be blank.

use crate::rules::words::words;

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
    /// Whether its cells say few things, which takes longer to find out than to remember.
    pub(super) fn is_of_few_words(self) -> bool {
        // Whoever sends a file speaks for a handful of organs.
        matches!(self, Self::Organ | Self::Source)
            || matches!(
                self.kind(),
                Kind::SubjectClass
                    | Kind::DocumentType
                    | Kind::Sanctions
                    | Kind::Date
                    | Kind::Procedure
                    | Kind::Domain
                    | Kind::RecordKind
                    | Kind::Operation
                    | Kind::AnnulmentKind
                    | Kind::YesNo
                    | Kind::Severity
            )
    }

    /// What it says, in English; layouts have the Chinese names.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::SubjectName => "name of the subject",
            Self::SubjectClass => "class of the subject",
            Self::CreditCode => "unified social credit code",
            Self::RegistrationNumber => "registration number",
            Self::OrganisationCode => "organisation code",
            Self::TaxNumber => "tax registration number",
            Self::InstitutionNumber => "certificate number of a public institution",
            Self::SocialOrganisationNumber => "registration number of a social organisation",
            Self::Representative => "legal representative",
            Self::RepresentativeDocument => "document of the legal representative",
            Self::RepresentativeNumber => "number of that document",
            Self::PersonDocument => "kind of document",
            Self::PersonNumber => "number of the document",
            Self::DocumentNumber => "document number of the decision",
            Self::Violation => "kind of violation",
            Self::Facts => "facts of the violation",
            Self::Basis => "legal basis",
            Self::Sanctions => "kinds of penalty",
            Self::Content => "the penalty in words",
            Self::Fine => "fine (in 10,000 yuan)",
            Self::Confiscated => "amount confiscated (in 10,000 yuan)",
            Self::Permit => "permit suspended or revoked: name and number",
            Self::DecidedOn => "day of the decision",
            Self::EffectiveUntil => "in force until",
            Self::PublicityUntil => "published until",
            Self::OrganName => "organ that decided",
            Self::Organ => "credit code of that organ",
            Self::SourceName => "source of the data",
            Self::Source => "credit code of the source",
            Self::Remark => "remark",
            Self::Procedure => "procedure",
            Self::Domain => "domain",
            Self::RecordKind => "kind of record",
            Self::SourceRecordId => "number at the source",
            Self::Operation => "operation",
            Self::Reason => "reason",
            Self::OperatedOn => "day of the operation",
            Self::AnnulmentKind => "how the decision fell",
            Self::OnCommitment => "repaired on a commitment",
            Self::SuspendedUntil => "suspended until",
            Self::ActFrom => "the act began on",
            Self::ActTo => "the act ended on",
            Self::ServedOn => "served on",
            Self::PublishedOn => "published on",
            Self::Severity => "severity",
        }
    }

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
