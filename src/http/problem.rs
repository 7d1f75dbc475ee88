//! Problem documents (RFC 9457): the only shape in which anything is refused.
//!
//! One table of problems, one `From` per flow; a new error does not compile until it is decided what callers see.

mod of_data;
mod of_people;

use std::borrow::Cow;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::flow::{self, StoreError, check, issue, reports, trust};
use crate::rules::{BadPeriod, Refusal};

/// When to come back where nothing more is known, in seconds.
const SOON: u64 = 5;

/// A problem document (RFC 9457).
///
/// `type` is a promise to callers and never changes; `detail` is for people and may. What went wrong inside is logged
/// under the request's id and never sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem: a path below the service's address.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not-found")]
    kind: &'static str,
    /// The kind in Chinese and English.
    title: &'static str,
    /// The HTTP status.
    #[serde(serialize_with = "number")]
    #[schema(value_type = u16)]
    status: StatusCode,
    /// What is wrong here, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'static, str>>,
    /// When to come back, in seconds, where more is known than that it is soon.
    #[serde(skip)]
    after: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

macro_rules! problems {
    ($($name:ident = $status:ident, $kind:literal, $title:literal;)+) => {
        impl Problem {
            $(#[doc = $title] pub const $name: Self = Self {
                kind: concat!("/problems/", $kind),
                title: $title,
                status: StatusCode::$status,
                detail: None,
                after: None,
            };)+

            /// Every problem there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

problems! {
    BAD_REQUEST = BAD_REQUEST, "bad-request", "请求无法读取 / The request cannot be read";
    UNAUTHENTICATED = UNAUTHORIZED, "unauthenticated", "请先提供访问令牌 / A token is needed";
    FORBIDDEN = FORBIDDEN, "forbidden", "无权执行此操作 / This is not yours to do";
    NOT_FOUND = NOT_FOUND, "not-found", "没有找到 / There is nothing here";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED, "method-not-allowed", "不支持此方法 / This cannot be done here";
    TIMEOUT = REQUEST_TIMEOUT, "timeout", "处理超时 / The request took too long";
    CONFLICT = CONFLICT, "conflict", "与已有内容冲突 / This contradicts what is there";
    TOO_LARGE = PAYLOAD_TOO_LARGE, "too-large", "内容超过大小上限 / The request is too large";
    UNSUPPORTED = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "不支持的内容类型 / This kind of content is not understood";
    UNPROCESSABLE = UNPROCESSABLE_ENTITY, "unprocessable", "内容不符合要求 / The content is not acceptable";
    UNREADABLE_FILE = UNPROCESSABLE_ENTITY, "unreadable-file", "文件无法读取 / The file cannot be read";
    GONE = GONE, "gone", "已失效 / It is over";
    UNKNOWN_SUBJECT = NOT_FOUND, "unknown-subject", "没有此主体 / The subject is not known";
    TOO_MANY = TOO_MANY_REQUESTS, "too-many-requests", "请求过多,请稍后再试 / Too many requests at once: try again";
    BUSY = SERVICE_UNAVAILABLE, "busy", "服务繁忙,请稍后再试 / Too much at once: try again";
    UNAVAILABLE = SERVICE_UNAVAILABLE, "unavailable", "服务暂不可用,请稍后再试 / Not available now: try again";
    INTERNAL = INTERNAL_SERVER_ERROR, "internal", "系统内部错误 / We failed";
}

impl Problem {
    /// The same problem with a sentence for the person who has it.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same problem, told in Chinese and in English.
    #[must_use]
    fn told(self, zh: &str, en: &impl std::fmt::Display) -> Self {
        self.with_detail(format!("{zh} / {en}"))
    }

    /// The same problem, which will be over in so many seconds.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.after = Some(seconds);
        self
    }

    /// A failure of ours: the causes go to the log, the caller learns that it happened.
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |error| error.source());
        let chain: Vec<String> = causes.map(ToString::to_string).collect();
        tracing::error!(error = chain.join(": "), "a request failed");
        Self::INTERNAL.told(
            "系统出错，已按本次请求的编号记入日志；没有只做一半",
            &"the failure was logged under this request's id; nothing was half-done",
        )
    }

    /// The kind's short name, for logs and metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The kind in Chinese and English.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// What is wrong here, and what to do.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }
}

impl From<flow::Forbidden> for Problem {
    fn from(error: flow::Forbidden) -> Self {
        let (zh, en) = error.said();
        Self::FORBIDDEN.told(&zh, &en)
    }
}

/// Why the rules refuse a request, in Chinese.
fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NoDomain => "请至少选择一个领域".to_owned(),
        Refusal::UnknownDomain(domain) => format!("目录中没有领域 {domain}"),
        Refusal::Period(BadPeriod::UpsideDown(..)) => "起始日晚于截止日，请对调".to_owned(),
        Refusal::Period(BadPeriod::Future(_, today)) => format!("截止日不能晚于今天（{today}）"),
        Refusal::Period(BadPeriod::TooLong(_, earliest)) => format!("起始日过早，最早可查询 {earliest}"),
    }
}

impl From<issue::Error> for Problem {
    fn from(error: issue::Error) -> Self {
        use issue::Error as E;
        match error {
            E::Forbidden(error) => error.into(),
            E::UnknownSubject(ref code) => Self::UNKNOWN_SUBJECT
                .told(&format!("没有代码为 {code} 的主体：请核对，或由平台运营单位登记"), &error),
            E::UnknownWord(_, ref word, _) => Self::UNPROCESSABLE.told(&format!("没有选项“{word}”"), &error),
            E::Edition(_) => Self::UNPROCESSABLE.told("没有这种报告语言", &error),
            E::NoPeriod => Self::UNPROCESSABLE.told("请给出查询期间：起始日、时长或预设", &error),
            E::Refused(ref refusal) => Self::UNPROCESSABLE.told(&refused(refusal), &error),
            E::NoGlyph(character) => Self::UNPROCESSABLE
                .told(&format!("报告中的字“{character}”在所有字体中都没有，不能出具"), &error),
            E::BadKey => Self::BAD_REQUEST.told("Idempotency-Key 应为 1 至 200 个字符", &error),
            E::KeyReused => Self::CONFLICT.told("此申请的编号已用于另一申请：请从填写页面重新开始", &error),
            // What stands in the way is for the operator to know; clients come back later.
            E::KeyRevoked { .. } => {
                tracing::error!(%error, "nothing is issued");
                Self::UNAVAILABLE.told(
                    "运营单位更换签名密钥之前不出具报告",
                    &"no report is issued until the operator has new signing keys",
                )
            }
            E::Restless => Self::BUSY.told("该主体的数据正在变动，请稍后重新申请", &error),
            E::Store(error) => error.into(),
            E::Report(_) | E::Clock(_) | E::NotVerified(_) | E::Claim(_) | E::Seal(_) | E::Number(_) => {
                Self::internal(&error)
            }
        }
    }
}

impl From<reports::Error> for Problem {
    fn from(error: reports::Error) -> Self {
        match error {
            reports::Error::NotFound => Self::NOT_FOUND.told("没有这份报告，或您无权查看", &error),
            reports::Error::Store(error) => error.into(),
        }
    }
}

impl From<check::Error> for Problem {
    fn from(error: check::Error) -> Self {
        match error {
            check::Error::Store(error) => error.into(),
            check::Error::Trust(error) => error.into(),
        }
    }
}

impl From<trust::Error> for Problem {
    fn from(error: trust::Error) -> Self {
        match error {
            trust::Error::Store(error) => error.into(),
            trust::Error::KeyRevoked { .. } => {
                tracing::error!(%error, "no trust bundle is given out");
                Self::UNAVAILABLE.told(
                    "运营单位更换签名密钥之前不提供信任包",
                    &"no trust bundle until the operator has new signing keys",
                )
            }
            error => Self::internal(&error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.may_pass() {
            tracing::warn!(%error, "the store did not answer");
            Self::UNAVAILABLE
                .told("没有只做一半，请稍后重试", &"nothing was half-done; send the same request again")
        } else {
            Self::internal(&error)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(&self)).into_response();
        response.extensions_mut().insert(self.clone());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"mingzheng\""));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(RETRY_AFTER, HeaderValue::from(self.after.unwrap_or(SOON)));
            }
            _ => {}
        }
        response
    }
}
