//! The stories: one file each. The only room that joins rooms, and the only one that opens and commits transactions.
//!
//! | file | story |
//! |---|---|
//! | `withheld` | rows that were not taken hold back the conclusion of whom they name |
//! | `enter` | one new record is entered by hand |
//! | `amend`, `correct`, `cells`, `follow` | one record is changed, and the reports that show it follow |
//! | `records` | an authority asks what is known, and what was |
//! | `candidates` | somebody says whose a row is that was kept aside |
//! | `foresee` | what a change would do, before it is done |
//! | `coverage` | what an authority declared, and what that leaves open |
//! | `drafts` | a file is checked before it is stored, and mended where it lies |
//! | `receive`, `upload` | a regulator's file becomes records, while its sender waits |
//! | `large`, `part` | the same in the background, part by part |
//! | `lines` | rows come one request after another |
//! | `uploads`, `receipt`, `worked` | what became of them, and what proves it |
//! | `dry_run`, `repeats` | a large file is only checked, part by part |
//! | `sent`, `order`, `plan`, `step`, `spool`, `read_ahead` | what an upload is made of on its way |
//! | `jobs`, `worker` | work that outlives its request |
//! | `issue` | a subject's request becomes a report |
//! | `reports` | a report is shown and fetched |
//! | `check` | a stranger asks whether something is genuine |
//! | `since` | what changed since a report was issued |
//! | `cases` | somebody objects to a record, asks for a repair, or tells of an annulment |
//! | `preview` | what a report would say, before it is issued |
//! | `mine` | a subject looks at its records, its coverage and its reports |
//! | `lookers` | who looked at a subject's reports and one-codes |
//! | `again` | a report is asked for with the settings of an earlier one |
//! | `mandates` | somebody lets others act for a subject |
//! | `renew` | a report that became disputed or superseded is followed by a fresh one |
//! | `quality` | how good the data of the authorities are |
//! | `batch`, `shelf` | somebody asks about many things at once; the server keeps the signed answer for a day |
//! | `offline` | somebody verifies by a trust bundle alone |
//! | `closer`, `look` | what is not intact is looked at, in a process of its own |
//! | `notices` | people are told what happens to what concerns them, on a page and by mail |
//! | `webhooks` | systems are told, and verifiers watch reports |
//! | `revoke` | the operator takes a report back |
//! | `console` | the operator looks at everything, and two of them change what one may not change alone |
//! | `rotate`, `ring` | new signing keys take the place of old ones, also in a process that runs |
//! | `signers` | keys are made known, and revoked |
//! | `stamp`, `timestamps` | the time is stamped on signatures, at once or later |
//! | `trust` | the bundle that a verifier needs offline |
//! | `register` | authorities and subjects are made known |
//! | `account` | people are invited, sign in, and are looked after by the security operator |
//! | `clients` | systems come by themselves |
//! | `share` | a subject shows itself to somebody: grants, one-codes, and every look |
//! | `sessions` | somebody is signed in, for a while |
//! | `who`, `desk`, `tokens` | who acts, and what they may |
//! | `ratings` | people rate what was done for them, and are answered |
//! | `rulebook` | the rules in force at an instant |
//! | `chance`, `moment`, `reference` | time, randomness and the data in force |
//! | `record` | what goes into the journal |

pub mod account;
pub mod again;
mod ahead;
pub mod amend;
pub mod batch;
pub mod candidates;
pub mod cases;
pub mod cells;
mod chance;
pub mod check;
pub mod clients;
mod closer;
pub mod console;
pub mod correct;
pub mod counter;
pub mod coverage;
mod declare;
mod desk;
pub mod drafts;
pub mod dry_run;
pub mod enter;
mod follow;
mod forbidden;
pub mod foresee;
mod found;
mod glances;
pub mod issue;
pub mod jobs;
mod known;
mod large;
pub mod lines;
mod listed;
pub mod look;
pub mod lookers;
mod make;
pub mod mandates;
pub mod mine;
mod moment;
mod named;
mod not_issued;
pub mod notices;
pub mod offline;
mod order;
mod part;
mod plan;
pub mod preview;
pub mod quality;
pub mod ratings;
mod read_ahead;
mod receipt;
pub mod receive;
mod record;
pub mod records;
mod reference;
pub mod register;
mod rejects_file;
pub mod renew;
mod repeats;
pub mod reports;
pub mod revoke;
pub mod ring;
pub mod rotate;
pub mod rulebook;
mod sent;
pub mod sessions;
pub mod share;
pub mod shelf;
pub mod signers;
mod since;
pub mod spool;
pub mod stamp;
mod start;
mod step;
pub mod template;
pub mod timestamps;
mod tokens;
pub mod trust;
pub mod upload;
pub mod uploads;
mod vouch;
pub mod webhooks;
mod who;
mod whom;
mod wish;
mod withheld;
mod worked;
pub mod worker;

use std::sync::Arc;

use tokio::sync::Mutex;
use uuid::Uuid;

pub use crate::seal::{certificate_digest, digest};
pub use crate::store::{Error as StoreError, Page as Listing};
pub use chance::{Chance, Clock};
pub use forbidden::Forbidden;
pub use moment::SetBack;
pub use reference::{Error as BadReference, Reference};
pub use start::StartError;
pub use tokens::Tokens;
pub use who::{Actor, Consent, Mandate, Post, Role, Scope};

use crate::config::{Config, Limits};
use crate::ingest;
use crate::report::Renderer;
use crate::rules::facts::{Bilingual, Issuer};
use crate::rules::{InForce, Instant};
use crate::seal::{self, Keyring, Wanted};
use crate::store::{self, Objects, Settings, Store};

/// Everything that a story may reach. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    objects: Objects,
    keyring: ring::Ring,
    stamps: stamp::Stamps,
    renderer: Renderer,
    looker: look::Looker,
    /// The data of the files.
    reference: Reference,
    /// What was approved since, and holds in their place.
    rulebook: rulebook::Rulebook,
    issuer: Issuer,
    prefix: String,
    /// How old the password of an operator's account may be, in days; 0 for any age.
    password_days: u32,
    limits: Limits,
    providers: account::provider::Providers,
    hashing: account::Hashing,
    clock: Clock,
    chance: Chance,
    /// Places in the status list that were taken ahead, in the order they are given out.
    status_indexes: Mutex<Vec<u32>>,
    /// The folder for files on their way.
    spool: std::path::PathBuf,
    /// The places for requests with rows.
    gate: lines::Gate,
    /// Codes that are asked about.
    glances: glances::Glances,
    /// What the workers of this process share.
    queue: jobs::Queue,
    /// Batches that are worked on, and their sheets.
    shelf: shelf::Shelf,
    /// By which ways messages go out.
    outward: Outward,
}

/// What messages go out by, and for whom.
struct Outward {
    post: notices::Post,
    door: webhooks::door::Door,
    looks: notices::Looks,
    tokens: Tokens,
}

impl App {
    /// Opens everything that a configuration names. Keys are made at the first start; the schema is brought up to date
    /// by [`App::migrate`] only.
    pub async fn open(config: &Config, clock: Clock, chance: Chance) -> Result<Self, StartError> {
        let made = |error| StartError::Folder(config.home.0.display().to_string(), error);
        std::fs::create_dir_all(&config.home.0).map_err(made)?;
        let reference = Reference::load(&config.rules)?;
        let keys = config.keys();
        let now = clock.now();
        let keyring = if keys.exists() {
            Keyring::open(&keys, now)?
        } else {
            let wanted = Wanted { kind: config.keys.kind, place: None };
            Keyring::create_with(&keys, &config.issuer.zh, wanted, now, &mut |bytes| chance.fill(bytes))?
        };
        let found = keyring.signer.kind();
        if let Some(wanted) = config.keys.kind.filter(|wanted| *wanted != found) {
            return Err(StartError::KeyKind { wanted, found });
        }
        let issuer = Issuer {
            name: Bilingual { zh: config.issuer.zh.clone(), en: config.issuer.en.clone() },
            territory: Bilingual {
                zh: reference.profile.territory_zh.clone(),
                en: reference.profile.territory_en.clone(),
            },
            origin: config.server.origin.clone(),
        };
        let inner = Inner {
            store: Store::open(&Settings::at(config.store_url())).await?,
            objects: Objects::local(&config.objects(), seal::digest)?,
            renderer: Renderer::load()?,
            looker: look::Looker::new(&config.verify),
            prefix: config.issuer.prefix.clone(),
            password_days: config.accounts.password_days,
            limits: config.limits.clone(),
            providers: account::provider::Providers::open(&config.identity)?,
            hashing: account::Hashing::default(),
            stamps: stamp::Stamps::open(&config.timestamp, &keys, &keyring, now, &mut |bytes| {
                chance.fill(bytes);
            })?,
            keyring: ring::Ring::new(keyring, keys, config.keys.kind),
            reference,
            rulebook: rulebook::Rulebook::default(),
            issuer,
            clock,
            chance,
            status_indexes: Mutex::default(),
            spool: config.home.0.join("spool"),
            gate: lines::Gate::default(),
            glances: glances::Glances::default(),
            queue: jobs::Queue::new(&config.jobs),
            shelf: shelf::Shelf::default(),
            outward: Outward {
                post: notices::Post::open(config)?,
                door: webhooks::door::Door::open(&config.webhooks).map_err(StartError::Webhooks)?,
                looks: notices::Looks::default(),
                tokens: Tokens::new(&config.token),
            },
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<(), store::Error> {
        self.0.store.migrate().await
    }

    /// Whether the store and the objects answer.
    pub async fn ready(&self) -> Result<(), store::Error> {
        self.0.store.ping().await?;
        self.0.objects.ping().await
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// A fresh id, ordered by time (`UUIDv7`, RFC 9562).
    #[must_use]
    pub fn mint(&self) -> Uuid {
        let millis = u64::try_from(self.now().millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.0.chance.draw()).into_uuid()
    }

    /// A fresh secret of 256 random bits, in hexadecimal.
    #[must_use]
    pub fn secret(&self) -> String {
        hex(&self.0.chance.draw::<32>())
    }

    /// What the forms of a session bring back: it follows from the session's secret, and tells nothing of it.
    #[must_use]
    pub fn form_token(&self, session: &str) -> String {
        seal::digest(format!("form {session}").as_bytes()).to_string()
    }

    /// Who issues.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// The data in force, as far as this process has learnt.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        self.reference_at(self.now())
    }

    /// The data in force at an instant, as far as this process has learnt.
    fn reference_at(&self, at: Instant) -> &Reference {
        self.0.rulebook.at(at).unwrap_or(&self.0.reference)
    }

    /// How many requests there may be.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// What draws pages.
    #[must_use]
    pub fn renderer(&self) -> &Renderer {
        &self.0.renderer
    }

    /// The rules of an instant, that facts are drawn up by.
    async fn in_force(&self, tx: &mut store::Tx, at: Instant) -> Result<InForce<'_>, store::Error> {
        Ok(self.rules_of(rulebook::at(self, tx, at).await?))
    }

    /// Data as facts are drawn up by them.
    fn rules_of<'a>(&'a self, reference: &'a Reference) -> InForce<'a> {
        let Reference { catalogue, profile, policy, .. } = reference;
        InForce { catalogue, profile, policy, issuer: &self.0.issuer }
    }

    /// A place in the status list that no other report has or had. Places are taken ahead, a few at a time; those left
    /// over when the program ends stay empty.
    async fn next_status_index(&self) -> Result<u32, store::Error> {
        const AHEAD: usize = 64;
        let mut ahead = self.0.status_indexes.lock().await;
        if let Some(index) = ahead.pop() {
            return Ok(index);
        }
        let mut tx = self.0.store.write().await?;
        let mut taken = Vec::with_capacity(AHEAD);
        for _ in 0..AHEAD {
            taken.push(store::reports::next_status_index(&mut tx).await?);
        }
        tx.commit().await?;
        taken.reverse();
        let index = taken.pop().unwrap_or_default(); // AHEAD were taken
        *ahead = taken;
        Ok(index)
    }

    /// The layouts and the words of uploads.
    fn columns(&self) -> (&[ingest::Layout], &ingest::CodeLists) {
        (&self.0.reference.layouts, &self.0.reference.lists)
    }
}

/// Whether two secrets are the same. They are compared by their digests, so that the time it takes tells nothing.
#[must_use]
pub fn same_secret(one: &str, other: &str) -> bool {
    seal::digest(one.as_bytes()) == seal::digest(other.as_bytes())
}

/// Bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "App({:?})", self.0.store)
    }
}
