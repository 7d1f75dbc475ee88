//! People with accounts: they are invited, sign in, keep their password and second factor, and are kept by the security operator.
//!
//! | file | story |
//! |---|---|
//! | `invite` | a one-time link becomes an account, or a new password |
//! | `sign_in` | a name, a password and a second factor become a session |
//! | `password` | which passwords are taken, and changing one |
//! | `factor` | a second factor is set up |
//! | `provider`, `link` | who is known to another service signs in by it |
//! | `keep` | the security operator looks after accounts |
//! | `roles` | what an account may becomes an actor |

pub mod factor;
pub mod invite;
pub mod keep;
pub mod link;
pub mod password;
pub mod provider;
mod roles;
pub mod sign_in;

pub(super) use password::Hashing;
pub(super) use roles::{check as check_grants, role};
pub use roles::{read_grant, write_grant};

use super::{Forbidden, SetBack};
use crate::rules::Instant;
use crate::store::accounts::{self, Account};
use crate::store::{self, Tx};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to do.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Name and password do not belong together, or there is no such account: the two are not told apart.
    #[error("name and password do not belong together")]
    Refused,
    /// The code of the second factor is wrong, or was used before.
    #[error("the code is wrong, or was used before")]
    WrongCode,
    /// Too many failures.
    #[error("too many failures: try again after {0}")]
    Locked(Instant),
    /// The link is not one of ours, was used, or is over.
    #[error("this link was used, is over, or never was: ask for a new one")]
    Link,
    /// A name that cannot be used.
    #[error("a name has 3 to 40 letters, digits, dots, hyphens or underscores")]
    Name,
    /// A name that somebody has.
    #[error("this name is taken")]
    Taken,
    /// A password that is too weak.
    #[error(transparent)]
    Password(#[from] password::Weak),
    /// How far a role goes makes no sense.
    #[error("{0}")]
    Grant(String),
    /// No such account.
    #[error("there is no such account")]
    NotFound,
    /// One's own account.
    #[error("another security operator does this to your own account")]
    Own,
    /// The session is not there any more.
    #[error("sign in again")]
    Ended,
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hash,
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// The error for whom it concerns, in Chinese and English; `None` where it is trouble of ours.
    #[must_use]
    pub fn said(&self) -> Option<(String, String)> {
        let zh = match self {
            Self::Forbidden(_) => "这不是您的职责范围".to_owned(),
            Self::Refused => "用户名或密码不正确".to_owned(),
            Self::WrongCode => "验证码不正确，或已使用过；请等待下一个验证码".to_owned(),
            Self::Locked(until) => format!("失败次数过多，请在 {} 之后再试", clock(*until)),
            Self::Link => "链接已使用、已过期或不存在，请向安全管理员索取新的链接".to_owned(),
            Self::Name => "用户名应为 3 至 40 个字母、数字、点、连字符或下划线".to_owned(),
            Self::Taken => "此用户名已被使用，请换一个".to_owned(),
            Self::Password(weak) => weak.zh().to_owned(),
            Self::Grant(text) => format!("授权范围有误：{text}"),
            Self::NotFound => "没有这个账户".to_owned(),
            Self::Own => "不能对自己的账户这样做，请由另一位安全管理员操作".to_owned(),
            Self::Ended => "会话已结束，请重新登录".to_owned(),
            Self::Clock(_) | Self::Hash | Self::Store(_) => return None,
        };
        let en = match self {
            Self::Locked(until) => format!("Too many failures: try again after {}", clock(*until)),
            error => error.to_string(),
        };
        Some((zh, en))
    }
}

/// The account as it stands while the journal is held. What was judged of it earlier, outside of this transaction, must still hold:
/// passwords are hashed between the two, and meanwhile it may have been locked or given another role, password or second factor.
async fn unchanged(tx: &mut Tx, judged: &Account) -> Result<Account, Error> {
    let account = accounts::by_id(tx, judged.id).await?.ok_or(Error::Ended)?;
    let judged = (&judged.state, judged.role, &judged.password, judged.factor);
    let same = (&account.state, account.role, &account.password, account.factor) == judged;
    if same { Ok(account) } else { Err(Error::Ended) }
}

/// The hour and minute of an instant in Shanghai.
fn clock(at: Instant) -> String {
    let at = at.local();
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// A name as it is kept: without regard to case.
fn name_of(typed: &str) -> Result<String, Error> {
    let name = typed.trim().to_ascii_lowercase();
    let fine = (3..=40).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if fine { Ok(name) } else { Err(Error::Name) }
}
