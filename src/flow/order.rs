//! A file that somebody sent, with everything that decides what becomes of its rows.
//!
//! It is fixed when the file is received and written down with the job, so that another run reads the file in the same way.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::sent::{options, plain_name};
use super::upload::{Declared, Error, Sent};
use super::{Actor, App, Forbidden, Role};
use crate::ingest::{Context, Limits};
use crate::rules::{Authority, CreditCode, Digest, DomainId, Instant, normal};
use crate::seal;
use crate::store::jobs::CHECK;
use crate::store::{self, Objects, Tx, authorities, uploads};

/// A file on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    /// The upload that it becomes.
    pub(super) upload: Uuid,
    /// Who sends it, as it was known then.
    pub(super) authority: Authority,
    pub(super) domain: Option<DomainId>,
    /// The layout that the sender names.
    pub(super) layout: Option<String>,
    pub(super) file_name: String,
    pub(super) file_sha256: Digest,
    pub(super) file_bytes: u64,
    /// How it is read, in one spelling.
    pub(super) options: String,
    /// Rows of a part.
    pub(super) part_rows: u32,
    pub(super) strict: bool,
    /// It is read and judged, and nothing of it is stored.
    #[serde(default)]
    pub(super) check_only: bool,
    pub(super) declared: Option<Declared>,
    pub(super) confirmed: Vec<String>,
    pub(super) confirmed_because: Option<String>,
    /// The name of who brought it.
    pub(super) sent_by: String,
    pub(super) received_at: Instant,
    /// The local day on which it came in: no decision is later.
    pub(super) received_on: Date,
}

/// A file's bytes by their digest and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    pub(super) digest: Digest,
    pub(super) bytes: u64,
}

impl Measured {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self { digest: seal::digest(bytes), bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX) }
    }
}

impl Order {
    /// Checks that the actor may send this.
    pub(super) async fn new(app: &App, actor: &Actor, sent: &Sent, file: Measured) -> Result<Self, Error> {
        let authority = sender(app, actor, sent).await?;
        let because = sent.confirmed_because.as_deref().unwrap_or_default().trim();
        if !sent.confirmed.is_empty() && because.is_empty() {
            return Err(Error::NoReason);
        }
        let now = app.now();
        Ok(Self {
            upload: app.mint(),
            authority,
            domain: sent.domain.clone(),
            layout: sent.layout.clone(),
            file_name: plain_name(&sent.file_name),
            file_sha256: file.digest,
            file_bytes: file.bytes,
            options: options(sent),
            part_rows: app.0.queue.how.part_rows,
            strict: sent.strict,
            check_only: sent.dry_run,
            declared: sent.declared.clone(),
            confirmed: sent.confirmed.clone(),
            confirmed_because: sent.confirmed_because.as_deref().map(normal::free_text),
            sent_by: actor.name.clone(),
            received_at: now,
            received_on: now.local_day(),
        })
    }

    /// The upload of the same file before, whose receipt answers for this one. Where some of its records were withdrawn since, there is
    /// none: the file is read afresh, as another upload.
    pub(super) async fn taken(&mut self, tx: &mut Tx) -> Result<Option<uploads::Upload>, store::Error> {
        let before = uploads::by_file(tx, self.authority.code, self.file_sha256, &self.options).await?;
        Ok(match before {
            Some((before, true)) => {
                self.options = uploads::again(&self.options, before.id);
                None
            }
            before => before.map(|(before, _)| before),
        })
    }

    /// One spelling for this file of this sender read in this way. Whoever checks it is in nobody's way who stores it.
    pub(super) fn about(&self) -> String {
        let check = if self.check_only { CHECK } else { "" };
        format!("{} {} {}{check}", self.authority.code, self.file_sha256, self.options)
    }

    /// The objects among which its bytes lie: those of a file that is only checked are removed again.
    pub(super) fn place(&self, app: &App) -> Objects {
        if self.check_only { app.0.objects.passing().objects().clone() } else { app.0.objects.clone() }
    }

    /// What was sent, to be stored this time; its bytes come by themselves.
    pub(super) fn for_real(self) -> Sent {
        Sent {
            file_name: self.file_name,
            bytes: Vec::new(),
            authority: Some(self.authority.code),
            domain: self.domain,
            layout: self.layout,
            strict: self.strict,
            dry_run: false,
            declared: self.declared,
            confirmed: self.confirmed,
            confirmed_because: self.confirmed_because,
        }
    }

    /// Who brought it, as the journal names them.
    pub(super) fn actor(&self) -> Actor {
        Actor { name: self.sent_by.clone(), role: Role::Regulator(self.authority.code) }
    }

    /// What the file is read against.
    pub(super) fn read<T>(&self, app: &App, limits: Limits, read: impl FnOnce(Context<'_>) -> T) -> T {
        let (layouts, lists) = app.columns();
        let confirmed: HashSet<String> = self.confirmed.iter().map(|code| normal::code(code)).collect();
        read(Context {
            authority: &self.authority,
            catalogue: &app.reference().catalogue,
            domain: self.domain.as_ref(),
            received_on: self.received_on,
            layouts,
            layout: self.layout.as_deref(),
            lists,
            confirmed_codes: &confirmed,
            limits: Limits { batch: usize::try_from(self.part_rows).unwrap_or(usize::MAX), ..limits },
        })
    }
}

/// The authority that sends, if the actor may send for it.
async fn sender(app: &App, actor: &Actor, sent: &Sent) -> Result<Authority, Error> {
    let own = actor.authority();
    let code = sent.authority.or(own).ok_or(Error::NoAuthority)?;
    let mut tx = app.0.store.read().await?;
    let authority = authorities::by_code(&mut tx, code).await?;
    if let (None, Some(own)) = (&authority, own.filter(|own: &CreditCode| *own != code)) {
        tracing::debug!(%own, "a regulator named another authority");
        return Err(Forbidden::Authority { actor: actor.name.clone(), authority: code }.into());
    }
    let authority = authority.ok_or(Error::UnknownAuthority(code))?;
    actor.may_upload(&authority, sent.domain.as_ref())?;
    // What a clerk of some domains sends touches no record of the others.
    Ok(actor.may_ask_at_desk(Some(code))?.map_or(authority.clone(), |desk| desk.narrow(authority)))
}
