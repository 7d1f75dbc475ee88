//! The words of the field and the rules between them: no I/O, no clock, no async; every function is total.

mod account;
mod calendar;
mod catalogue;
mod citizen;
mod coverage;
mod credit_code;
mod digest;
mod draw_up;
pub mod facts;
mod findings;
mod instant;
pub mod iso7064;
mod key_kind;
pub mod mask;
mod money;
pub mod normal;
mod period;
mod png;
mod policy;
mod preset;
mod record;
mod registration_number;
mod report_number;
mod results;
mod signature_level;
mod subject;
mod verdict;
mod verification_code;
pub(crate) mod words;

pub use account::{AccountRole, Grant};
pub use calendar::{BadCalendar, Calendar};
pub use catalogue::{BadCatalogue, BadDomainId, Catalogue, Domain, DomainId, Profile};
pub use citizen::{BadCitizenNumber, CitizenNumber};
pub use coverage::{Authority, Declaration, Gap, GapReason, gaps};
pub use credit_code::{BadCreditCode, CreditCode, is_organisation_code, organisation_check};
pub use digest::{BadDigest, Digest};
pub use draw_up::{Asked, Candidate, InForce, Known, Refusal, draw_up};
pub use facts::Facts;
pub use findings::{Finding, Findings, Kind, PageDifference};
pub use instant::{BadInstant, Instant};
pub use key_kind::KeyKind;
pub use money::{BadAmount, Fen};
pub use period::{BadPeriod, Period, months_before, parse_day, years_before};
pub use png::{BadPng, Png};
pub use policy::{BadPolicy, Counts, Policy, RepairFrom, RepairRule};
pub use preset::{BadPresets, Preset, Presets, Purpose, Span};
pub use record::{
    Annulment, AnnulmentKind, Details, Operation, Procedure, RecordKey, RecordKind, Repair, Sanction,
    Standing, Version,
};
pub use registration_number::{OddRegistrationNumber, check_registration_number};
pub use report_number::{BadReportNumber, ReportNumber};
pub use results::{BroughtAs, ResultRow, Results, Tally};
pub use signature_level::{SignatureLevel, SignerEvent};
pub use subject::{Name, Registration, Relation, RelationKind, Scheme, Subject, SubjectCode, SubjectKind};
pub use verdict::{Integrity, IssuerTrust, Reason, Status, StatusAt, Verdict};
pub use verification_code::{BadVerificationCode, VerificationCode};
pub use words::UnknownWord;
