//! Subjects with their codes, names and relations.

use std::collections::{HashMap, HashSet};

use sqlx::QueryBuilder;
use sqlx::types::Json;
use time::Date;
use uuid::Uuid;

use super::columns::{count, push_list};
use super::{Error, Page, Tx, in_chunks, on};
use crate::rules::{
    Instant, Name, Registration, Relation, RelationKind, Scheme, Subject, SubjectCode, SubjectKind, normal,
};

/// Rows a statement: more of them are slower on `SQLite`, and both engines limit the values of one statement.
const CHUNK: usize = 50;
/// Values of a list that is asked for.
const ASKED: usize = 500;

/// Stores a subject as it is now: new, or in place of what was known under its id.
///
/// # Errors
/// [`Error::Conflict`] where one of its codes is another subject's.
pub async fn save(tx: &mut Tx, subject: &Subject, at: Instant) -> Result<(), Error> {
    const CODES: &str = "DELETE FROM subject_code WHERE subject = $1";
    const NAMES: &str = "DELETE FROM subject_name WHERE subject = $1";
    const RELATIONS: &str = "DELETE FROM subject_relation WHERE subject = $1";
    const UPDATE: &str = "UPDATE subject SET kind = $2, registration = $3, updated_at = $4 WHERE id = $1";

    let known = on!(&mut *tx, |conn| sqlx::query(UPDATE)
        .bind(subject.id)
        .bind(subject.kind)
        .bind(Json(&subject.registration))
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    if known == 0 {
        return insert(tx, std::slice::from_ref(subject), at).await;
    }
    for sql in [CODES, NAMES, RELATIONS] {
        on!(&mut *tx, |conn| sqlx::query(sql).bind(subject.id).execute(conn).await?.rows_affected());
    }
    insert_parts(tx, std::slice::from_ref(subject)).await
}

/// Stores new subjects.
///
/// # Errors
/// [`Error::Conflict`] where an id or a code is there already.
pub async fn insert(tx: &mut Tx, subjects: &[Subject], at: Instant) -> Result<(), Error> {
    in_chunks!(tx, CHUNK, subjects, |chunk| {
        let mut sql = QueryBuilder::new("INSERT INTO subject (id, kind, registration, updated_at) ");
        sql.push_values(chunk, |mut row, subject| {
            row.push_bind(subject.id).push_bind(subject.kind);
            row.push_bind(Json(&subject.registration)).push_bind(at);
        });
        sql
    });
    insert_parts(tx, subjects).await
}

/// Stores the codes, names and relations of subjects that have none.
async fn insert_parts(tx: &mut Tx, subjects: &[Subject]) -> Result<(), Error> {
    let codes: Vec<_> = subjects
        .iter()
        .flat_map(|s| (0_i64..).zip(std::iter::once(&s.code).chain(&s.aliases)).map(|(i, c)| (s.id, i, c)))
        .collect();
    in_chunks!(tx, CHUNK, codes, |chunk| {
        let mut sql =
            QueryBuilder::new("INSERT INTO subject_code (scheme, value, subject, place, organisation) ");
        sql.push_values(chunk, |mut row, (id, place, code)| {
            row.push_bind(code.scheme).push_bind(&code.value).push_bind(*id).push_bind(*place);
            row.push_bind(code.organisation());
        });
        sql
    });
    let names: Vec<_> = subjects
        .iter()
        .flat_map(|s| (0_i64..).zip(&s.names).map(|(place, name)| (s.id, place, name)))
        .collect();
    in_chunks!(tx, CHUNK, names, |chunk| {
        let mut sql =
            QueryBuilder::new("INSERT INTO subject_name (subject, place, name, normal, from_day, to_day) ");
        sql.push_values(chunk, |mut row, (id, place, name)| {
            row.push_bind(*id).push_bind(*place).push_bind(&name.name);
            row.push_bind(normal::name(&name.name)).push_bind(name.from).push_bind(name.to);
        });
        sql
    });
    let relations: Vec<_> = subjects
        .iter()
        .flat_map(|s| (0_i64..).zip(&s.relations).map(|(place, relation)| (s.id, place, relation)))
        .collect();
    in_chunks!(tx, CHUNK, relations, |chunk| {
        let mut sql = QueryBuilder::new(
            "INSERT INTO subject_relation (subject, place, kind, other, from_day, to_day) ",
        );
        sql.push_values(chunk, |mut row, (id, place, relation)| {
            row.push_bind(*id).push_bind(*place).push_bind(relation.kind);
            row.push_bind(relation.other).push_bind(relation.from).push_bind(relation.to);
        });
        sql
    });
    Ok(())
}

/// The subject with an id.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Subject>, Error> {
    const SUBJECT: &str = "SELECT kind, registration FROM subject WHERE id = $1";
    const CODES: &str = "SELECT scheme, value FROM subject_code WHERE subject = $1 ORDER BY place";
    const NAMES: &str = "SELECT name, from_day, to_day FROM subject_name WHERE subject = $1 ORDER BY place";
    const RELATIONS: &str =
        "SELECT kind, other, from_day, to_day FROM subject_relation WHERE subject = $1 ORDER BY place";

    let found: Option<(SubjectKind, Json<Registration>)> =
        on!(&mut *tx, |conn| sqlx::query_as(SUBJECT).bind(id).fetch_optional(conn).await?);
    let Some((kind, Json(registration))) = found else { return Ok(None) };
    let codes: Vec<(Scheme, String)> =
        on!(&mut *tx, |conn| sqlx::query_as(CODES).bind(id).fetch_all(conn).await?);
    let names: Vec<(String, Option<Date>, Option<Date>)> =
        on!(&mut *tx, |conn| sqlx::query_as(NAMES).bind(id).fetch_all(conn).await?);
    let relations: Vec<(RelationKind, Uuid, Option<Date>, Option<Date>)> =
        on!(&mut *tx, |conn| sqlx::query_as(RELATIONS).bind(id).fetch_all(conn).await?);

    let mut codes = codes.into_iter().map(|(scheme, value)| SubjectCode { scheme, value });
    Ok(Some(Subject {
        id,
        kind,
        code: codes.next().ok_or(Error::Corrupt("a subject without a code".into()))?,
        names: names.into_iter().map(|(name, from, to)| Name { name, from, to }).collect(),
        aliases: codes.collect(),
        registration,
        relations: relations
            .into_iter()
            .map(|(kind, other, from, to)| Relation { kind, other, from, to })
            .collect(),
    }))
}

/// The subject that bears or bore a code, written in normal form.
pub async fn by_code(tx: &mut Tx, code: &SubjectCode) -> Result<Option<Subject>, Error> {
    const SQL: &str = "SELECT subject FROM subject_code WHERE scheme = $1 AND value = $2";
    let id: Option<Uuid> = on!(&mut *tx, |conn| sqlx::query_scalar(SQL)
        .bind(code.scheme)
        .bind(&code.value)
        .fetch_optional(conn)
        .await?);
    match id {
        Some(id) => by_id(tx, id).await,
        None => Ok(None),
    }
}

/// The ids of the subjects that bear or bore each of many codes, written in normal form. Codes of nobody are missing.
pub async fn ids_by_codes(tx: &mut Tx, codes: &[SubjectCode]) -> Result<HashMap<SubjectCode, Uuid>, Error> {
    // Several rows of a file are about one subject, and what is in order is found faster.
    let mut codes: Vec<&SubjectCode> = codes.iter().collect();
    codes.sort_unstable();
    codes.dedup();
    let mut ids = HashMap::with_capacity(codes.len());
    for chunk in codes.chunks(tx.chunk(CHUNK)) {
        let rows: Vec<(Scheme, String, Uuid)> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new("WITH wanted (scheme, value) AS (");
            sql.push_values(chunk, |mut row, code| {
                row.push_bind(code.scheme).push_bind(&code.value);
            });
            sql.push(
                ") SELECT c.scheme, c.value, c.subject FROM wanted w
                JOIN subject_code c ON c.scheme = w.scheme AND c.value = w.value",
            );
            sql.build_query_as().fetch_all(conn).await?
        });
        ids.extend(rows.into_iter().map(|(scheme, value, id)| (SubjectCode { scheme, value }, id)));
    }
    Ok(ids)
}

/// The ids of the subjects that have each of some organisation codes, by itself or inside a credit code; several may have one. Codes of
/// nobody are missing.
pub async fn ids_by_organisation_codes(
    tx: &mut Tx,
    codes: &[&str],
) -> Result<HashMap<String, Vec<Uuid>>, Error> {
    let mut ids: HashMap<String, Vec<Uuid>> = HashMap::new();
    for chunk in codes.chunks(tx.chunk(ASKED)) {
        let rows: Vec<(String, Uuid)> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new(
                "SELECT DISTINCT organisation, subject FROM subject_code WHERE organisation IN ",
            );
            push_list(&mut sql, chunk.iter().map(|code| (*code).to_owned()));
            sql.push(" ORDER BY organisation, subject");
            sql.build_query_as().fetch_all(conn).await?
        });
        for (code, id) in rows {
            ids.entry(code).or_default().push(id);
        }
    }
    Ok(ids)
}

/// Into whom each of some subjects was merged in the end. Those that stand by themselves are missing.
pub async fn survivors(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, Error> {
    let mut into: HashMap<Uuid, Uuid> = HashMap::new();
    let mut asked = ids.to_vec();
    while !asked.is_empty() {
        let mut next = Vec::new();
        for chunk in asked.chunks(tx.chunk(CHUNK)) {
            let rows: Vec<(Uuid, Uuid)> = on!(&mut *tx, |conn| {
                let mut sql = QueryBuilder::new(
                    "SELECT subject, other FROM subject_relation WHERE kind = 'merged-into' AND to_day IS NULL
                    AND subject IN ",
                );
                push_list(&mut sql, chunk);
                sql.push(" ORDER BY place DESC");
                sql.build_query_as().fetch_all(conn).await?
            });
            next.extend(rows.iter().map(|(_, other)| *other).filter(|other| !into.contains_key(other)));
            into.extend(rows);
        }
        next.sort_unstable();
        next.dedup();
        asked = next;
    }
    let last = |mut id: Uuid| {
        // Whoever was merged in a circle ends somewhere on it.
        for _ in 0..into.len() {
            let Some(other) = into.get(&id) else { break };
            id = *other;
        }
        id
    };
    Ok(ids.iter().filter(|id| into.contains_key(id)).map(|id| (*id, last(*id))).collect())
}

/// Remembers names by which rows called subjects that their codes named, unless these are known to bear or to have borne them: they count
/// when somebody is named by name alone or by unchecked codes, and nowhere else. Tells those that were not remembered yet, in normal form.
pub async fn call(tx: &mut Tx, called: &[(Uuid, String)]) -> Result<Vec<(Uuid, String)>, Error> {
    // Most rows of a file call somebody as the rows before them did.
    let mut spelled: Vec<(Uuid, &str)> =
        called.iter().map(|(subject, name)| (*subject, name.as_str())).collect();
    spelled.sort_unstable();
    spelled.dedup();
    let mut called: Vec<(Uuid, String)> =
        spelled.into_iter().map(|(subject, name)| (subject, normal::name(name))).collect();
    called.dedup();
    let mut remembered = Vec::new();
    for chunk in called.chunks(tx.chunk(ASKED)) {
        let known: HashSet<(Uuid, String)> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new("SELECT subject, normal FROM subject_name WHERE subject IN ");
            push_list(&mut sql, chunk.iter().map(|(subject, _)| *subject));
            sql.build_query_as().fetch_all(conn).await?.into_iter().collect()
        });
        let new: Vec<&(Uuid, String)> = chunk.iter().filter(|it| !known.contains(it)).collect();
        for new in new.chunks(tx.chunk(CHUNK)) {
            let inserted: Vec<(Uuid, String)> = on!(&mut *tx, |conn| {
                let mut sql = QueryBuilder::new("INSERT INTO subject_called (subject, normal) ");
                sql.push_values(new, |mut row, (subject, name)| {
                    row.push_bind(*subject).push_bind(name);
                });
                sql.push(" ON CONFLICT (subject, normal) DO NOTHING RETURNING subject, normal");
                sql.build_query_as().fetch_all(conn).await?
            });
            remembered.extend(inserted);
        }
    }
    Ok(remembered)
}

/// The ids of the subjects that bear or bore each of many names or were called so by rows ([`call`]), compared in normal form
/// ([`normal::name`]), which is also the key of the answer. Names of nobody are missing.
pub async fn ids_by_names(tx: &mut Tx, names: &[String]) -> Result<HashMap<String, Vec<Uuid>>, Error> {
    let normal: Vec<String> = names.iter().map(|name| normal::name(name)).collect();
    let mut ids: HashMap<String, Vec<Uuid>> = HashMap::new();
    for chunk in normal.chunks(tx.chunk(CHUNK)) {
        let rows: Vec<(String, Uuid)> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new("SELECT normal, subject FROM subject_name WHERE normal IN ");
            push_list(&mut sql, chunk);
            sql.push(" UNION SELECT normal, subject FROM subject_called WHERE normal IN ");
            push_list(&mut sql, chunk);
            sql.push(" ORDER BY normal, subject");
            sql.build_query_as().fetch_all(conn).await?
        });
        for (name, id) in rows {
            let same = ids.entry(name).or_default();
            if !same.contains(&id) {
                same.push(id);
            }
        }
    }
    Ok(ids)
}

/// What some words mean among the subjects: those that bear or bore this code, or a name with these words in it; all without words.
macro_rules! meant {
    ($sql:ident, $words:ident) => {
        $sql.push(" FROM subject s");
        if let Some(words) = $words {
            let name = normal::name(words).replace('!', "!!").replace('%', "!%").replace('_', "!_");
            $sql.push(" WHERE EXISTS (SELECT 1 FROM subject_code c WHERE c.subject = s.id AND c.value IN (");
            $sql.push_bind(normal::code(words)).push(", ").push_bind(Scheme::OrganisationCode.normal(words));
            $sql.push(")) OR EXISTS (SELECT 1 FROM subject_name n WHERE n.subject = s.id AND n.normal LIKE ");
            $sql.push_bind(format!("%{name}%")).push(" ESCAPE '!')");
        }
    };
}

/// The ids of a part of the subjects that some words mean, in the order in which they became known; and how many they are.
pub async fn search(tx: &mut Tx, words: Option<&str>, page: Page) -> Result<(Vec<Uuid>, u32), Error> {
    let number: i64 = on!(&mut *tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT count(*)");
        meant!(sql, words);
        sql.build_query_scalar().fetch_one(conn).await?
    });
    let ids: Vec<Uuid> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT s.id");
        meant!(sql, words);
        sql.push(" ORDER BY s.id LIMIT ").push_bind(i64::from(page.limit));
        sql.push(" OFFSET ").push_bind(i64::from(page.offset));
        sql.build_query_scalar().fetch_all(conn).await?
    });
    Ok((ids, count(number)?))
}

/// When these subjects were established, as far as it is known.
pub async fn established(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Date>, Error> {
    let mut days = HashMap::new();
    for chunk in ids.chunks(tx.chunk(CHUNK)) {
        let rows: Vec<(Uuid, Json<Registration>)> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new("SELECT id, registration FROM subject WHERE id IN ");
            push_list(&mut sql, chunk);
            sql.build_query_as().fetch_all(conn).await?
        });
        days.extend(
            rows.into_iter().filter_map(|(id, registration)| Some((id, registration.0.established_on?))),
        );
    }
    Ok(days)
}

/// How many present branches a subject has.
pub async fn branches(tx: &mut Tx, id: Uuid) -> Result<u32, Error> {
    const SQL: &str = "SELECT count(DISTINCT subject) FROM subject_relation
        WHERE other = $1 AND kind = 'branch-of' AND to_day IS NULL";
    count(on!(tx, |conn| sqlx::query_scalar(SQL).bind(id).fetch_one(conn).await?))
}

/// The subject and all that were merged into it, directly or through others: whose records its report shows.
pub async fn with_merged(tx: &mut Tx, id: Uuid) -> Result<Vec<Uuid>, Error> {
    const SQL: &str = "SELECT DISTINCT subject FROM subject_relation
        WHERE other = $1 AND kind = 'merged-into' ORDER BY subject";
    let mut ids = vec![id];
    let mut next = 0;
    while let Some(&into) = ids.get(next) {
        let merged: Vec<Uuid> =
            on!(&mut *tx, |conn| sqlx::query_scalar(SQL).bind(into).fetch_all(conn).await?);
        for subject in merged {
            if !ids.contains(&subject) {
                ids.push(subject);
            }
        }
        next += 1;
    }
    Ok(ids)
}

/// Who was merged into each of these, directly or through others; nobody where nothing is said.
pub async fn merged_into(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Uuid>>, Error> {
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM subject_relation WHERE kind = 'merged-into')";
    let mut all = HashMap::new();
    if ids.is_empty() || !on!(&mut *tx, |conn| sqlx::query_scalar::<_, bool>(ANY).fetch_one(conn).await?) {
        return Ok(all);
    }
    for chunk in ids.chunks(tx.chunk(ASKED)) {
        let into: Vec<Uuid> = on!(&mut *tx, |conn| {
            let mut sql = QueryBuilder::new(
                "SELECT DISTINCT other FROM subject_relation WHERE kind = 'merged-into' AND other IN ",
            );
            push_list(&mut sql, chunk);
            sql.build_query_scalar().fetch_all(conn).await?
        });
        for id in into {
            all.insert(id, with_merged(tx, id).await?.split_off(1));
        }
    }
    Ok(all)
}
