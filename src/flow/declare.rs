//! What an authority declares its data to cover.

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::large::read_order;
use super::order::Order;
use crate::rules::{Declaration, DomainId, Instant, JobKind};
use crate::store::{self, Tx, declarations, jobs};

/// What somebody declares; what is missing stays as it was declared before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// Every decision from this day on has been loaded.
    pub data_from: Option<Date>,
    /// Every decision up to this day has been uploaded.
    pub complete_through: Option<Date>,
    /// So many days after a decision it may still be on its way.
    pub lag_days: Option<u16>,
    /// There was nothing to report.
    pub nothing_to_report: bool,
}

/// Days of delay where none are declared: the time in which penalties are to be published (7 working days).
const USUAL_LAG: u16 = 9;

/// The longest delay that can be declared, in days.
const LONGEST_LAG: u16 = 90;

/// Why a declaration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDeclaration {
    /// The authority has several domains and none was named.
    #[error("authority {0} answers for {1} domains: name the one that is declared")]
    WhichDomain(String, usize),
    /// A first declaration needs both days.
    #[error("the first declaration on {0} needs both data_from and complete_through")]
    First(DomainId),
    /// The days are upside down.
    #[error("data_from {0} lies after complete_through {1}")]
    UpsideDown(Date, Date),
    /// So long a delay would let anything pass for complete.
    #[error("a declared delay is at most {LONGEST_LAG} days, not {0}")]
    Lag(u16),
    /// Nobody knows the future.
    #[error("complete_through {0} lies in the future; today is {1}")]
    Future(Date, Date),
    /// A file that may be about the domain is not worked off.
    #[error("a file is still waiting or has failed as job {0}: declare more once it is done, or end it")]
    FileWaits(Uuid),
}

impl BadDeclaration {
    /// What people are told, in Chinese and English.
    #[must_use]
    pub fn said(&self) -> (String, String) {
        let zh = match self {
            Self::WhichDomain(..) => "请选择要声明的领域".to_owned(),
            Self::First(_) => "首次声明须同时填写数据起始日和数据完整至".to_owned(),
            Self::UpsideDown(from, to) => format!("数据起始日 {from} 晚于数据完整至 {to}"),
            Self::Lag(days) => format!("声明的时滞过长：{days} 天"),
            Self::Future(day, today) => format!("数据完整至 {day} 晚于今天 {today}"),
            Self::FileWaits(_) => {
                "有文件尚未处理完或处理失败，请待其完成（或重试、终止）后再扩大数据范围".to_owned()
            }
        };
        (zh, self.to_string())
    }

    /// The same in one line.
    pub(super) fn in_both(&self) -> String {
        let (zh, en) = self.said();
        format!("{zh} / {en}")
    }
}

/// Why nothing was declared.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Bad(#[from] BadDeclaration),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<Error> for super::upload::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Bad(bad) => Self::Declaration(bad),
            Error::Store(error) => Self::Store(error),
        }
    }
}

/// What an upload declares.
#[derive(Default)]
pub(super) struct WithUpload {
    /// What is to be stored.
    pub(super) declaration: Option<Declaration>,
    /// Less is declared than was asked for, since rows were rejected or files wait.
    pub(super) held_back: bool,
}

/// The declaration that comes with an upload, checked; without one, a declared domain keeps its days and gets a new time
/// of last success.
///
/// Where rows were `rejected`, or another file of the authority waits, is worked on or failed, the data are not complete: nothing is declared
/// to reach further than before, back or forth or by a longer delay, so that such a row cannot become a "no record".
pub(super) async fn with_upload(
    tx: &mut Tx,
    order: &Order,
    rejected: bool,
    now: Instant,
) -> Result<WithUpload, Error> {
    let Order { authority, declared, .. } = order;
    let declared = declared.as_ref();
    let domain = match (order.domain.as_ref(), &authority.domains[..]) {
        (Some(domain), _) | (None, [domain]) => domain,
        (None, _) if declared.is_none() => return Ok(WithUpload::default()),
        (None, several) => {
            return Err(BadDeclaration::WhichDomain(authority.code.to_string(), several.len()).into());
        }
    };
    let before = declarations::newest(tx, authority.code, domain).await?;
    let (before, declared) = match (before, declared) {
        (None, None) => return Ok(WithUpload::default()),
        (before, declared) => (before, declared.cloned().unwrap_or_default()),
    };
    let data_from = declared.data_from.or(before.as_ref().map(|b| b.data_from));
    let complete_through = declared.complete_through.or(before.as_ref().map(|b| b.complete_through));
    let (Some(data_from), Some(complete_through)) = (data_from, complete_through) else {
        return Err(BadDeclaration::First(domain.clone()).into());
    };
    let today = now.local_day();
    if data_from > complete_through {
        return Err(BadDeclaration::UpsideDown(data_from, complete_through).into());
    }
    if let Some(lag) = declared.lag_days.filter(|lag| *lag > LONGEST_LAG) {
        return Err(BadDeclaration::Lag(lag).into());
    }
    if complete_through > today {
        return Err(BadDeclaration::Future(complete_through, today).into());
    }
    let waits = file_that_waits(tx, order, domain).await?;
    let lag_days = declared.lag_days.or(before.as_ref().map(|b| b.declared_lag_days)).unwrap_or(USUAL_LAG);
    let mut declaration = Declaration {
        authority: authority.code,
        domain: domain.clone(),
        data_from,
        complete_through,
        declared_lag_days: lag_days,
        last_success_at: now,
        nothing_to_report: declared.nothing_to_report,
        received_at: now,
    };
    if !rejected && waits.is_none() {
        return Ok(WithUpload { declaration: Some(declaration), held_back: false });
    }
    let Some(so_far) = before else {
        return match waits.filter(|_| order.file_bytes == 0) {
            Some(job) => Err(BadDeclaration::FileWaits(job).into()),
            None => Ok(WithUpload { declaration: None, held_back: true }),
        };
    };
    declaration.complete_through = complete_through.min(so_far.complete_through);
    declaration.data_from = data_from.max(so_far.data_from).min(declaration.complete_through);
    declaration.declared_lag_days = lag_days.min(so_far.declared_lag_days);
    let held_back = (data_from, complete_through, lag_days)
        != (declaration.data_from, declaration.complete_through, declaration.declared_lag_days);
    match waits.filter(|_| held_back && order.file_bytes == 0) {
        Some(job) => Err(BadDeclaration::FileWaits(job).into()),
        None => Ok(WithUpload { declaration: Some(declaration), held_back }),
    }
}

/// A job of the authority, other than this file's, whose rows may be about the domain and are to be stored and not all are.
async fn file_that_waits(
    tx: &mut Tx,
    order: &Order,
    domain: &DomainId,
) -> Result<Option<Uuid>, store::Error> {
    let unfinished = jobs::unfinished(tx, JobKind::Upload, order.authority.code).await?;
    let others = unfinished.into_iter().filter(|job| {
        read_order(job).is_none_or(|other| {
            !other.check_only
                && other.upload != order.upload
                && other.domain.as_ref().is_none_or(|about| about == domain)
        })
    });
    Ok(others.map(|job| job.id).next())
}
