//! What callers see of the stories about files, jobs, records and rows that wait.

use super::Problem;
use crate::flow::{amend, candidates, correct, dry_run, jobs, lines, records, template, upload, uploads};
use crate::rules::JobState;

impl From<upload::Error> for Problem {
    fn from(error: upload::Error) -> Self {
        use upload::Error as E;
        let zh = match &error {
            E::NoAuthority => "请指明报送的数源单位（代码）".to_owned(),
            E::UnknownAuthority(code) => format!("数源单位 {code} 尚未登记：由平台运营单位先登记"),
            E::NoReason => "请说明依据什么确认这些代码：理由记入日志".to_owned(),
            E::Nothing => "没有收到文件：请上传文件，或申报本期无数据".to_owned(),
            E::Strict { submitted, rejected, .. } => {
                format!("{submitted} 行中有 {rejected} 行不合格，全部未入库：请改正，或不选“全部合格才入库”")
            }
            E::UnderWay(job) => format!("同一文件正在后台处理，任务 {job}"),
            E::Declaration(_) => "数据范围申报前后矛盾，请核对领域和起止日期".to_owned(),
            E::Unreadable(fault) => {
                let (zh, en) = fault.with_remedy();
                return Self::UNREADABLE_FILE.with_detail(format!("{zh} / {en}"));
            }
            E::Forbidden(_) | E::Clock(_) | E::Seal(_) | E::Rejects(_) | E::Store(_) => String::new(),
        };
        match error {
            E::Forbidden(error) => error.into(),
            E::UnderWay(_) => Self::CONFLICT.told(&zh, &error),
            E::Clock(_) | E::Seal(_) | E::Rejects(_) => Self::internal(&error),
            E::Store(error) => error.into(),
            _ => Self::UNPROCESSABLE.told(&zh, &error),
        }
    }
}

impl From<template::Error> for Problem {
    fn from(error: template::Error) -> Self {
        match error {
            template::Error::UnknownLayout(..) => Self::NOT_FOUND.told("没有这种数据格式", &error),
            template::Error::Write(_) => Self::internal(&error),
        }
    }
}

impl From<lines::Error> for Problem {
    fn from(error: lines::Error) -> Self {
        use lines::Error as E;
        match error {
            E::BadKey => Self::BAD_REQUEST.told("请带上 1 至 200 个字符的 Idempotency-Key", &error),
            E::KeyReused => Self::CONFLICT.told("此 Idempotency-Key 已用于其他请求", &error),
            E::Rows(_) => {
                Self::UNPROCESSABLE.told("一次请求的行数不在允许范围内，更多的请以文件上传", &error)
            }
            E::Full => Self::TOO_MANY.told("等待处理的请求已满，请稍后重发", &error),
            E::Upload(error) => error.into(),
        }
    }
}

/// Where a job stands, in Chinese.
fn standing(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "排队中",
        JobState::Running => "处理中",
        JobState::Done => "已完成",
        JobState::Failed => "已失败",
        JobState::Cancelled => "已取消",
    }
}

impl From<jobs::Error> for Problem {
    fn from(error: jobs::Error) -> Self {
        use jobs::Error as E;
        match error {
            E::Unknown(_) => Self::NOT_FOUND.told("没有这个任务，或不属于您", &error),
            E::Over(_, state) => Self::CONFLICT.told(&format!("任务{}，不能再取消", standing(state)), &error),
            E::NotFailed(_, state) => {
                Self::CONFLICT.told(&format!("任务{}：只有失败的任务可以重试", standing(state)), &error)
            }
            E::Gone(_) => Self::GONE.told("文件已不再留存：请重新上传，任务会接着处理", &error),
            E::Forbidden(error) => error.into(),
            E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<dry_run::Error> for Problem {
    fn from(error: dry_run::Error) -> Self {
        use dry_run::Error as E;
        match error {
            E::Job(error) => error.into(),
            E::NotChecked(_) => Self::CONFLICT.told("此任务不是已完成的校验", &error),
            E::NoFile(_) => Self::NOT_FOUND.told("此任务没有退回文件：没有这样的行，或尚未完成", &error),
            E::Gone(_) => Self::GONE.told("文件已不再留存：请重新上传", &error),
            E::Upload(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}

impl From<uploads::Error> for Problem {
    fn from(error: uploads::Error) -> Self {
        use uploads::Error as E;
        match error {
            E::Unknown(_) => Self::NOT_FOUND.told("没有这次报送，或不属于您", &error),
            E::NoFile(_) => Self::NOT_FOUND.told("这次报送没有此文件：没有这样的行", &error),
            E::Lost(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<amend::Error> for Problem {
    fn from(error: amend::Error) -> Self {
        use amend::Error as E;
        match error {
            E::Unknown(_) => Self::NOT_FOUND.told("没有这条记录，或不由您更改", &error),
            // It says itself in both languages.
            E::Refused(_) => Self::CONFLICT.with_detail(error.to_string()),
            E::KeyReused => Self::CONFLICT.told("此 Idempotency-Key 已用于其他请求，请换一个", &error),
            E::BadKey => Self::BAD_REQUEST.told("Idempotency-Key 应为 1 至 200 个字符", &error),
            E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<correct::Error> for Problem {
    fn from(error: correct::Error) -> Self {
        use correct::Error as E;
        match error {
            E::Unknown(_) => Self::NOT_FOUND.told("没有这条记录，或不由您更改", &error),
            E::Faulty(ref faults) => {
                let mut zh = "更正内容不合格：".to_owned();
                for fault in faults {
                    zh += &fault.zh();
                }
                Self::UNPROCESSABLE.told(&zh, &error)
            }
            E::OtherRecord => {
                Self::UNPROCESSABLE.told("更正后的主体、机关、文号或种类与原记录不同：那是另一条记录", &error)
            }
            E::Unreadable(fault) => {
                Self::UNPROCESSABLE.with_detail(format!("{} / {}", fault.zh(), fault.en()))
            }
            E::Store(error) => error.into(),
        }
    }
}

impl From<records::Error> for Problem {
    fn from(error: records::Error) -> Self {
        use records::Error as E;
        match error {
            E::Forbidden(error) => error.into(),
            E::Unknown(_) => Self::NOT_FOUND.told("没有这条记录，或您无权查看", &error),
            E::NotYet(..) => Self::NOT_FOUND.told("当时还没有这条记录", &error),
            E::BadPlace(_) => Self::BAD_REQUEST.told("翻页位置无效，请从第一页重新打开", &error),
            E::Store(error) => error.into(),
        }
    }
}

impl From<candidates::Error> for Problem {
    fn from(error: candidates::Error) -> Self {
        use candidates::Error as E;
        match error {
            E::Forbidden(error) => error.into(),
            E::Unknown(_) => Self::NOT_FOUND.told("没有这条待确认的行，或不属于您", &error),
            E::UnknownSubject(ref code) => {
                Self::UNKNOWN_SUBJECT.told(&format!("没有代码为 {code} 的主体"), &error)
            }
            E::Already(_, at) => Self::CONFLICT.told(&format!("该行已于 {} 处理", at.local_day()), &error),
            // It says itself in both languages.
            E::Refused(_) => Self::CONFLICT.with_detail(error.to_string()),
            E::Rejected => Self::UNPROCESSABLE
                .told("退回的行不能成为记录：请改正后重新报送，或认定不涉及任何主体", &error),
            E::Reason => Self::UNPROCESSABLE.told("请填写 1 至 500 字的理由：理由记入日志", &error),
            E::Clock(_) => Self::internal(&error),
            E::Store(error) => error.into(),
        }
    }
}
