//! What callers see of the stories about cases, renewals, quality, accounts, sessions, notices, webhooks and
//! the console.

use super::Problem;
use crate::flow::account::link::Stranger;
use crate::flow::account::provider::Trouble;
use crate::flow::{
    account, cases, console, mandates, mine, notices, quality, ratings, renew, sessions, share, webhooks,
};

impl From<renew::Error> for Problem {
    fn from(error: renew::Error) -> Self {
        use renew::Error as E;
        match error {
            E::Report(error) => error.into(),
            E::Valid(_) => Self::CONFLICT.told("报告有效，无须更换：可以另行申请", &error),
            E::Revoked(..) => Self::CONFLICT.told("报告已撤销：请另行申请", &error),
            E::Issue(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}

impl From<mine::Error> for Problem {
    fn from(error: mine::Error) -> Self {
        match error {
            mine::Error::NotFound => Self::NOT_FOUND.told("没有此内容，或您无权查看", &error),
            mine::Error::Draw(error) => (*error).into(),
            mine::Error::Store(error) => error.into(),
        }
    }
}

impl From<mandates::Error> for Problem {
    fn from(error: mandates::Error) -> Self {
        use mandates::Error as E;
        match error {
            E::Mine(error) => error.into(),
            E::Nobody(_) | E::Oneself | E::TooFar | E::Purpose | E::Until(_) => {
                Self::UNPROCESSABLE.with_detail(error.to_string())
            }
            E::Many => Self::CONFLICT.with_detail(error.to_string()),
            E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<account::Error> for Problem {
    fn from(error: account::Error) -> Self {
        use account::Error as E;
        let said = error.said().map(|(zh, en)| format!("{zh} / {en}")).unwrap_or_default();
        match error {
            E::Forbidden(error) => error.into(),
            E::Own => Self::FORBIDDEN.with_detail(said),
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

impl From<Stranger> for Problem {
    fn from(error: Stranger) -> Self {
        let said = error.said().map(|(zh, en)| format!("{zh} / {en}")).unwrap_or_default();
        match error {
            Stranger::Account(error) => error.into(),
            Stranger::Provider(Trouble::Unknown) => Self::NOT_FOUND.with_detail(said),
            Stranger::Provider(Trouble::Silent(_)) => Self::UNAVAILABLE.with_detail(said),
            Stranger::Provider(Trouble::Stale) => Self::BAD_REQUEST.with_detail(said),
            Stranger::Provider(Trouble::Declined(_) | Trouble::Unproven(_)) => {
                tracing::warn!(%error, "a provider did not say who somebody is");
                Self::UNAUTHENTICATED.with_detail(said)
            }
            Stranger::NoAccount | Stranger::Locked => Self::FORBIDDEN.with_detail(said),
            Stranger::Linked => Self::CONFLICT.with_detail(said),
        }
    }
}

impl From<console::Error> for Problem {
    fn from(error: console::Error) -> Self {
        use console::Error as E;
        let said = error.said().map(|(zh, en)| format!("{zh} / {en}")).unwrap_or_default();
        match error {
            E::Forbidden(error) => error.into(),
            E::Own => Self::FORBIDDEN.with_detail(said),
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
            E::Stars => "请选择 1 至 5 分",
            E::Words => "最多 500 字；答复不能为空",
            E::Again => "本次服务您已评价过",
            E::Enough => "今天来自您所在网络的评价已够多，请明天再试",
            E::NotFound => "没有这条评价，或已答复",
            E::Forbidden(_) | E::Clock(_) | E::Store(_) => "",
        };
        let said = format!("{said} / {error}");
        match error {
            E::Forbidden(error) => error.into(),
            E::Stars | E::Words => Self::UNPROCESSABLE.with_detail(said),
            E::Again => Self::CONFLICT.with_detail(said),
            E::Enough => Self::TOO_MANY.with_detail(said),
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
            E::NotFound => Self::NOT_FOUND.told("没有这个事项，或您无权查看", &error),
            E::UnknownRecord => Self::NOT_FOUND.told("该主体没有这条记录，或您无权查看", &error),
            E::UnknownSubject(ref code) => {
                Self::UNKNOWN_SUBJECT.told(&format!("没有代码为 {code} 的主体"), &error)
            }
            E::Step(Step::NotTheirs { .. }) => Self::FORBIDDEN.told("此步骤不由您办理", &error),
            E::Pointless(kind, _) => {
                Self::CONFLICT.told(&format!("该记录的现状不支持提出{}", kind.zh()), &error)
            }
            E::Step(Step::NotFromHere { .. }) => {
                Self::CONFLICT.told("事项的状态已变，不能再这样办理", &error)
            }
            E::Step(Step::ExtendedBefore) => {
                Self::CONFLICT.told("此事项已延长过一次，不能再延长：请作出决定", &error)
            }
            E::Evidence(Bad::Ended) => Self::CONFLICT.told("事项已办结：请另行提出", &error),
            E::WhichRecord => Self::UNPROCESSABLE.told("请指明记录：报告所示的编号，或决定书文号", &error),
            E::Several(number, _) => Self::UNPROCESSABLE
                .told(&format!("有 {number} 条记录的文号相同，请指明其中一条的编号"), &error),
            E::Statement => Self::UNPROCESSABLE.told("请用 1 至 2000 字说明情况", &error),
            E::Lacks(_) => Self::UNPROCESSABLE.told("这一步缺少所需的内容", &error),
            // It names its condition in both languages.
            E::Condition(condition, ref from) => {
                let zh = format!("不能准予修复：未满足“{}”{from}", condition.zh());
                let en = format!("the repair cannot be granted: {}{from}", condition.en());
                Self::UNPROCESSABLE.told(&zh, &en)
            }
            E::Step(Step::Reason(_)) => {
                Self::UNPROCESSABLE.told("理由须为 1 至 500 字，申请人会看到", &error)
            }
            E::Evidence(Bad::Empty) => Self::UNPROCESSABLE.told("文件是空的：请重新选择", &error),
            E::Evidence(Bad::Kind) => Self::UNPROCESSABLE.told("文件内容不是 PDF、JPEG 或 PNG", &error),
            E::Evidence(Bad::Many) => Self::UNPROCESSABLE.told("材料份数已满：请合并为一份 PDF", &error),
            E::Evidence(Bad::Large(_)) => Self::TOO_LARGE.told("文件过大：请分成几份，或缩小图片", &error),
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
            E::Window(_) => Self::UNPROCESSABLE.told("天数不在允许范围内", &error),
            E::Unknown(_) => Self::NOT_FOUND.told("没有这个单位，或您无权查看其数据质量", &error),
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

impl From<share::Error> for Problem {
    fn from(error: share::Error) -> Self {
        use share::Error as E;
        let said = error.said().map(|(zh, en)| format!("{zh} / {en}")).unwrap_or_default();
        match error {
            E::Mistyped | E::Terms(_) | E::Refused(_) | E::NoPeriod => Self::UNPROCESSABLE.with_detail(said),
            E::Unknown | E::NotFound => Self::NOT_FOUND.with_detail(said),
            E::Over | E::UsedUp | E::Revoked => Self::GONE.with_detail(said),
            E::Forbidden(error) => error.into(),
            E::NotForYou | E::AskFirst | E::Declined | E::NotGranted => Self::FORBIDDEN.with_detail(said),
            E::BadKey => Self::BAD_REQUEST.with_detail(said),
            E::Waiting | E::KeyReused => Self::CONFLICT.with_detail(said),
            E::Crowded => Self::TOO_MANY.with_detail(said),
            E::Issue(error) => error.into(),
            E::Qr(_) | E::NotSigned | E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<notices::NotRead> for Problem {
    fn from(error: notices::NotRead) -> Self {
        match error {
            notices::NotRead::NotFound => Self::NOT_FOUND.with_detail(format!("没有这条未读通知 / {error}")),
            notices::NotRead::Store(error) => error.into(),
        }
    }
}

impl From<notices::NotMailed> for Problem {
    fn from(error: notices::NotMailed) -> Self {
        use notices::NotMailed as E;
        let said = error.zh().map(|zh| format!("{zh} / {error}")).unwrap_or_default();
        match error {
            E::Address => Self::UNPROCESSABLE.with_detail(said),
            E::TooSoon => Self::TOO_MANY.with_detail(said),
            E::Link => Self::NOT_FOUND.with_detail(said),
            E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<webhooks::Error> for Problem {
    fn from(error: webhooks::Error) -> Self {
        use webhooks::Error as E;
        let said = error.said().map_or_else(|| error.to_string(), |(zh, en)| format!("{zh} / {en}"));
        match error {
            E::Forbidden(error) => error.into(),
            E::NotFound => Self::NOT_FOUND.with_detail(said),
            E::Address(_) | E::Events | E::NotOurs => Self::UNPROCESSABLE.with_detail(said),
            E::Many(_) | E::Waits => Self::CONFLICT.with_detail(said),
            E::Check(error) => error.into(),
            E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}
