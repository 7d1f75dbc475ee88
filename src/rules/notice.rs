//! What people and systems are told of, whom it concerns, and how it stands with the telling.

use uuid::Uuid;

use super::credit_code::CreditCode;
use super::words::{told, words};

told! {
    /// What somebody is told.
    NoticeKind:
    RecordNew = "record-new", "新增记录", "New records";
    RecordChanged = "record-changed", "记录有变更", "A record changed";
    RepairPossible = "repair-possible", "已到可申请信用修复之日", "A repair of credit may be asked for";
    DeadlineNear = "deadline-near", "办理时限将至", "A deadline is near";
    DeadlineOver = "deadline-over", "办理已超时限", "A deadline is over";
    CaseOpened = "case-opened", "收到新的异议或修复事项", "A case was opened";
    CaseDecided = "case-decided", "异议或修复事项有了结果", "A case was decided";
    ReportStatus = "report-status", "报告状态有变化", "The status of a report changed";
    ReportLooked = "report-looked", "报告被核验", "A report was looked at";
    ReportRevoked = "report-revoked", "报告被一人紧急撤销", "One person took a report back in an emergency";
    RatingAnswered = "rating-answered", "您的评价已有答复", "Your rating was answered";
    UploadDone = "upload-done", "上传任务已完成", "An upload is finished";
    UploadFailed = "upload-failed", "上传任务失败", "An upload failed";
    PlaceNew = "place-new", "账户在新的地点登录", "Your account was used from a new place";
    PasswordChanged = "password-changed", "账户密码已修改", "Your password was changed";
    FactorChanged = "factor-changed", "账户第二重验证已变更", "Your second factor was changed";
}

impl NoticeKind {
    /// Whether mail about it is sent unless somebody says otherwise: of all but what happens very often.
    #[must_use]
    pub fn is_mailed_by_default(self) -> bool {
        self != Self::ReportLooked
    }
}

told! {
    /// What a webhook is told.
    HookEvent:
    ReportStatus = "report.status-changed", "关注的报告状态有变化", "the status of a watched report changed";
    JobFinished = "job.finished", "上传任务结束", "an upload came to an end";
    Test = "webhook.test", "测试", "a test";
}

words! {
    /// By which way a message goes out.
    Channel {
        /// By mail, to an account.
        Mail = "mail",
        /// By HTTP, to a webhook.
        Webhook = "webhook",
    }
}

words! {
    /// How it stands with a message.
    Sending {
        /// It is to be sent, perhaps again.
        Waiting = "waiting",
        /// It was taken.
        Sent = "sent",
        /// Nobody took it, however often it was tried.
        Dead = "dead",
    }
}

/// Whom something concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Those who may see this subject.
    Subject(Uuid),
    /// The clerks of this authority.
    Authority(CreditCode),
    /// The holder of this account.
    Account(Uuid),
    /// Those who run the service.
    Operator,
}

impl std::fmt::Display for Audience {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Subject(id) => write!(f, "subject:{id}"),
            Self::Authority(code) => write!(f, "authority:{}", code.as_str()),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Operator => f.write_str("operator"),
        }
    }
}

/// A text that names no audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no audience has this name")]
pub struct BadAudience;

impl std::str::FromStr for Audience {
    type Err = BadAudience;

    fn from_str(text: &str) -> Result<Self, BadAudience> {
        let id = |text: &str| Uuid::parse_str(text).map_err(|_| BadAudience);
        match text.split_once(':') {
            Some(("subject", text)) => id(text).map(Self::Subject),
            Some(("account", text)) => id(text).map(Self::Account),
            Some(("authority", code)) => {
                CreditCode::try_from(code.to_owned()).map(Self::Authority).map_err(|_| BadAudience)
            }
            None if text == "operator" => Ok(Self::Operator),
            _ => Err(BadAudience),
        }
    }
}
