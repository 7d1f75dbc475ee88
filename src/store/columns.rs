//! How the words of `rules` stand in a column, on either engine: instants as milliseconds, digests as bytes, words and
//! codes as text. What cannot be read back is an error, never a guess.

use std::collections::BTreeSet;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, QueryBuilder, Type};

use super::links::Came;
use crate::rules::{
    AccountRole, AskState, Audience, CaseKind, CaseState, CaseStep, Channel, CreditCode, Desk, Digest,
    DomainId, HookEvent, Instant, JobKind, JobState, NoticeKind, Operation, Outcome, Party, ProposalKind,
    ProposalState, RatingAct, RecordKind, RelationKind, Reminder, ReportNumber, RuleKind, Scheme, Sending,
    ShareKind, SignatureLevel, SignerEvent, Status, SubjectKind,
};

/// Lets a type stand in a column as another one that both engines know.
macro_rules! column {
    ($($type:ty as $base:ty: $to:expr, $from:expr;)+) => {$(
        impl<DB: Database> Type<DB> for $type where $base: Type<DB> {
            fn type_info() -> DB::TypeInfo {
                <$base as Type<DB>>::type_info()
            }

            fn compatible(found: &DB::TypeInfo) -> bool {
                <$base as Type<DB>>::compatible(found)
            }
        }

        impl<'q, DB: Database> Encode<'q, DB> for $type where $base: Encode<'q, DB> {
            fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let to: fn(&$type) -> $base = $to;
                <$base as Encode<'q, DB>>::encode(to(self), buffer)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $type where $base: Decode<'r, DB> {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let from: fn($base) -> Result<$type, BoxDynError> = $from;
                from(<$base as Decode<'r, DB>>::decode(value)?)
            }
        }
    )+};
}

column! {
    Instant as i64: |instant| instant.millis(), |millis| Ok(Self::from_millis(millis));
    Digest as Vec<u8>: |digest| digest.0.to_vec(), |bytes| Ok(Self(<[u8; 32]>::try_from(bytes.as_slice())?));
    CreditCode as String: |code| code.as_str().to_owned(), |text| Ok(Self::try_from(text)?);
    DomainId as String: |id| id.as_str().to_owned(), |text| Ok(text.parse()?);
    ReportNumber as String: |number| number.compact().to_owned(), |text| Ok(text.parse()?);
    CaseKind as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    CaseState as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    CaseStep as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    JobKind as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    JobState as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    AccountRole as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    AskState as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    ShareKind as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    Audience as String: |audience| audience.to_string(), |text| Ok(text.parse()?);
    Channel as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    HookEvent as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    NoticeKind as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    Sending as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    Operation as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    Outcome as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    ProposalKind as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    ProposalState as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    Party as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    RatingAct as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    RecordKind as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    RelationKind as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    Reminder as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    RuleKind as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    Scheme as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    SignatureLevel as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    SignerEvent as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    Status as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
    SubjectKind as String: |word| word.word().to_owned(), |text| Ok(text.parse()?);
}

/// A number that is never negative, read from a column of whole numbers.
pub(super) fn count(number: i64) -> Result<u32, super::Error> {
    u32::try_from(number).map_err(|_| super::Error::Corrupt("a number out of range".into()))
}

/// Adds a list of values in brackets, such as an `IN` takes; it must not be empty.
pub(super) fn push_list<'v, DB: Database, V: Encode<'v, DB> + Type<DB>>(
    sql: &mut QueryBuilder<DB>,
    values: impl IntoIterator<Item = V>,
) {
    sql.push("(");
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    sql.push(")");
}

/// Adds that rows, whose columns have this before their names, are by the organs and under the document numbers of what came:
/// what a key asks or more, for which one list of each is enough.
pub(super) fn push_numbers<'v, DB: Database>(sql: &mut QueryBuilder<DB>, of: &str, came: &'v [Came])
where
    CreditCode: Encode<'v, DB> + Type<DB>,
    &'v String: Encode<'v, DB> + Type<DB>,
{
    let organs: BTreeSet<CreditCode> = came.iter().map(|came| came.key.organ).collect();
    push_list(sql.push(of).push("organ IN "), organs);
    push_list(
        sql.push(" AND ").push(of).push("document_number IN "),
        came.iter().map(|came| &came.key.document_number),
    );
}

/// Adds, in brackets, that rows with an authority and a domain belong to one of these desks.
pub(super) fn push_desks<'v, DB: Database>(sql: &mut QueryBuilder<DB>, desks: &'v [Desk], of: &str)
where
    CreditCode: Encode<'v, DB> + Type<DB>,
    &'v DomainId: Encode<'v, DB> + Type<DB>,
{
    sql.push("(1 = 0");
    for desk in desks {
        sql.push(" OR (").push(of).push("authority = ").push_bind(desk.authority);
        if let Some(domains) = &desk.domains {
            sql.push(" AND ").push(of).push("domain IN ");
            if domains.is_empty() {
                sql.push("(NULL)");
            } else {
                push_list(sql, domains);
            }
        }
        sql.push(")");
    }
    sql.push(")");
}
