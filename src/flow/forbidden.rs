//! What somebody may not do.

use crate::rules::{AccountRole, CreditCode, DomainId};

/// Somebody may not do this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// A regulator speaks for itself only.
    #[error("{actor} may not upload for authority {authority}")]
    Authority {
        /// Who tried.
        actor: String,
        /// For whom.
        authority: CreditCode,
    },
    /// An authority speaks on its domains only.
    #[error("authority {authority} does not answer for domain {domain}")]
    Domain {
        /// The authority.
        authority: CreditCode,
        /// The domain.
        domain: DomainId,
    },
    /// A clerk has a part of the authority's domains only.
    #[error("{0} works on some domains of the authority only: name one of them")]
    Post(String),
    /// A clerk has several authorities.
    #[error("{0} works for several authorities: name one of them")]
    Which(String),
    /// A subject sees itself only.
    #[error("{0} may not ask about this subject")]
    Subject(String),
    /// A subject is shown by itself, or by an agent whom it authorised to.
    #[error("{0} may not show a subject to others: it needs the mandate to share")]
    Share(String),
    /// Records are shown to authorities, the operator, and the subjects that they are about.
    #[error("{0} may not ask about records: authorities and subjects do, each about their own")]
    Records(String),
    /// Only the operator does this.
    #[error("{0} may not do this: it is the operator's")]
    Operator(String),
    /// It is another role's.
    #[error("{0} may not do this: it needs the role of {1}")]
    Role(String, &'static str),
}

impl Forbidden {
    /// What people are told, in Chinese and English: without the name under which the journal has them.
    #[must_use]
    pub fn said(&self) -> (String, String) {
        let plain = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        match self {
            Self::Authority { authority, .. } => (
                format!("您不能代表数源单位 {authority} 办理"),
                format!("you may not act for authority {authority}"),
            ),
            Self::Domain { authority, domain } => (
                format!("数源单位 {authority} 不负责领域 {domain}"),
                format!("authority {authority} does not answer for domain {domain}"),
            ),
            Self::Post(_) => plain(
                "您只负责该单位的部分领域：请指明其中一个",
                "you work on some domains of the authority only: name one of them",
            ),
            Self::Which(_) => plain(
                "您在多个单位任职：请指明其中一个",
                "you work for several authorities: name one of them",
            ),
            Self::Subject(_) => plain("您无权查询该主体", "you may not ask about this subject"),
            Self::Share(_) => plain(
                "您没有出示任何主体的权限：需要含“出示”的委托",
                "you may not show a subject to others: that needs the mandate to share",
            ),
            Self::Records(_) => plain(
                "您无权查询记录：只有数源单位和主体可以，各查自己的",
                "you may not ask about records: authorities and subjects do, each about their own",
            ),
            Self::Operator(_) => plain("此操作限系统管理员办理", "this is for the system operator to do"),
            Self::Role(_, words) => {
                let roles: Vec<AccountRole> =
                    words.split(" or ").filter_map(|word| word.parse().ok()).collect();
                let zh = roles.iter().map(|role| role.zh()).collect::<Vec<_>>().join("或");
                let en = roles.iter().map(|role| role.en()).collect::<Vec<_>>().join(" or ");
                (
                    format!("您的账户无权使用此功能：它属于{zh}"),
                    format!("your account may not do this: it is for the {en}"),
                )
            }
        }
    }
}
