//! Why the program cannot start.

use super::{BadReference, notices};
use crate::report;
use crate::rules::KeyKind;
use crate::seal;
use crate::store;

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data in force.
    #[error("the data in force cannot be used")]
    Reference(#[from] BadReference),
    /// The store.
    #[error("the store cannot be opened")]
    Store(#[from] store::Error),
    /// The keys.
    #[error("the keys cannot be used")]
    Seal(#[from] seal::Error),
    /// The certificates of timestamp authorities.
    #[error("timestamp.trust: the certificates in {0} cannot be used: {1}")]
    Trust(String, String),
    /// The client that asks others, such as a timestamp authority.
    #[error("other services cannot be asked: {0}")]
    Http(String),
    /// The secret of a provider of `OpenID` Connect.
    #[error("identity.provider {0}: the secret in {1} cannot be read")]
    Provider(String, String, #[source] std::io::Error),
    /// Mail.
    #[error("mail cannot be sent")]
    Mail(#[from] notices::NotPosted),
    /// The client that calls webhooks.
    #[error("webhooks cannot be called: {0}")]
    Webhooks(String),
    /// The configuration asks for other keys than there are.
    #[error(
        "the configuration wants documents signed with {wanted}, but the keys are of {found}: run `mingzheng keys rotate`"
    )]
    KeyKind {
        /// What the configuration says.
        wanted: KeyKind,
        /// What is there.
        found: KeyKind,
    },
    /// The templates and fonts.
    #[error("the report templates cannot be used")]
    Report(#[from] report::Error),
    /// The home folder.
    #[error("the folder {0} cannot be made")]
    Folder(String, #[source] std::io::Error),
}
