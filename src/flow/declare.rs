//! What an authority declares its data to cover.

use serde::{Deserialize, Serialize};
use time::Date;

use super::order::Order;
use crate::rules::{Declaration, DomainId, Instant};
use crate::store::{self, Tx, declarations};

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
    /// `complete_through` stays behind what was declared, since rows were rejected.
    pub(super) held_back: bool,
}

/// The declaration that comes with an upload, checked; without one, a declared domain keeps its days and gets a new time
/// of last success.
///
/// Where rows were `rejected`, the data are not complete: `complete_through` does not advance with this upload, so that
/// a rejected row cannot become a "no record".
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
    let so_far = before.as_ref().map(|before| before.complete_through);
    let held_back = rejected && so_far.is_none_or(|so_far| complete_through > so_far);
    let complete_through = match (held_back, so_far) {
        (false, _) => complete_through,
        (true, Some(so_far)) => so_far,
        (true, None) => return Ok(WithUpload { declaration: None, held_back }),
    };
    let declaration = Declaration {
        authority: authority.code,
        domain: domain.clone(),
        data_from,
        complete_through,
        declared_lag_days: declared.lag_days.or(before.map(|b| b.declared_lag_days)).unwrap_or(USUAL_LAG),
        last_success_at: now,
        nothing_to_report: declared.nothing_to_report,
        received_at: now,
    };
    Ok(WithUpload { declaration: Some(declaration), held_back })
}
