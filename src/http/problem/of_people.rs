//! What callers see of the stories about cases, renewals, quality, accounts, sessions and the console.

use super::Problem;
use crate::flow::{account, cases, console, quality, ratings, renew, sessions};

impl From<renew::Error> for Problem {
    fn from(error: renew::Error) -> Self {
        use renew::Error as E;
        match error {
            E::Report(error) => error.into(),
            E::Valid(_) | E::Revoked(..) => Self::CONFLICT.with_detail(error.to_string()),
            E::Issue(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}

impl From<account::Error> for Problem {
    fn from(error: account::Error) -> Self {
        use account::Error as E;
        let said = error.said().map(|(zh, en)| format!("{zh} / {en}")).unwrap_or_default();
        match error {
            E::Forbidden(_) | E::Own => Self::FORBIDDEN.with_detail(said),
            E::Refused | E::WrongCode | E::Ended => Self::UNAUTHENTICATED.with_detail(said),
            E::Locked(_) => Self::TOO_MANY.with_detail(said),
            E::Link | E::NotFound => Self::NOT_FOUND.with_detail(said),
            E::Name | E::Password(_) | E::Grant(_) => Self::UNPROCESSABLE.with_detail(said),
            E::Taken => Self::CONFLICT.with_detail(said),
            E::Clock(_) | E::Hash => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<console::Error> for Problem {
    fn from(error: console::Error) -> Self {
        use console::Error as E;
        let said = error.said().map(|(zh, en)| format!("{zh} / {en}")).unwrap_or_default();
        match error {
            E::Forbidden(_) | E::Own => Self::FORBIDDEN.with_detail(said),
            E::NotFound => Self::NOT_FOUND.with_detail(said),
            E::Reason => Self::UNPROCESSABLE.with_detail(said),
            E::Decided(_) | E::Late(_) | E::Changed | E::ProposerLost | E::Open | E::Refused { .. } => {
                Self::CONFLICT.with_detail(said)
            }
            E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<ratings::Error> for Problem {
    fn from(error: ratings::Error) -> Self {
        use ratings::Error as E;
        let said = match &error {
            E::Forbidden(_) => "这不是您的职责范围",
            E::Stars => "请选择 1 至 5 分",
            E::Words => "最多 500 字；答复不能为空",
            E::Again => "本次服务您已评价过",
            E::NotFound => "没有这条评价，或已答复",
            E::Clock(_) | E::Store(_) => "",
        };
        let said = format!("{said} / {error}");
        match error {
            E::Forbidden(_) => Self::FORBIDDEN.with_detail(said),
            E::Stars | E::Words => Self::UNPROCESSABLE.with_detail(said),
            E::Again => Self::CONFLICT.with_detail(said),
            E::NotFound => Self::NOT_FOUND.with_detail(said),
            E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<cases::Error> for Problem {
    fn from(error: cases::Error) -> Self {
        use crate::rules::WrongStep as Step;
        use cases::{BadEvidence as Bad, Error as E};
        match error {
            E::Forbidden(error) => error.into(),
            E::NotFound | E::UnknownRecord => Self::NOT_FOUND.with_detail(error.to_string()),
            E::UnknownSubject(_) => Self::UNKNOWN_SUBJECT.with_detail(error.to_string()),
            E::Step(Step::NotTheirs { .. }) => Self::FORBIDDEN.with_detail(error.to_string()),
            E::Pointless(..)
            | E::Step(Step::NotFromHere { .. } | Step::ExtendedBefore)
            | E::Evidence(Bad::Ended) => Self::CONFLICT.with_detail(error.to_string()),
            E::WhichRecord
            | E::Several(..)
            | E::Statement
            | E::Lacks(_)
            | E::Condition(..)
            | E::Step(Step::Reason(_))
            | E::Evidence(Bad::Empty | Bad::Kind | Bad::Many) => {
                Self::UNPROCESSABLE.with_detail(error.to_string())
            }
            E::Evidence(Bad::Large(_)) => Self::TOO_LARGE.with_detail(error.to_string()),
            E::Amend(error) => error.into(),
            E::Correct(error) => error.into(),
            E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<quality::Error> for Problem {
    fn from(error: quality::Error) -> Self {
        use quality::Error as E;
        match error {
            E::Forbidden(error) => error.into(),
            E::Window(_) => Self::UNPROCESSABLE.with_detail(error.to_string()),
            E::Unknown(_) => Self::NOT_FOUND.with_detail(error.to_string()),
            E::Store(error) => error.into(),
        }
    }
}

impl From<sessions::Error> for Problem {
    fn from(error: sessions::Error) -> Self {
        match error {
            sessions::Error::Clock(_) => Self::internal(&error),
            sessions::Error::Store(error) => error.into(),
        }
    }
}
