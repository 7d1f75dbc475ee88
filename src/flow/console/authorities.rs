//! The authorities: which there are, what each covers, and what it is registered with.

use serde_json::json;
use uuid::Uuid;

use super::{Error, proposal};
use crate::flow::record::record;
use crate::flow::{Actor, App, moment};
use crate::rules::{
    Authority, CreditCode, Declaration, Desk, DomainId, Freshness, Instant, ProposalKind, freshness, normal,
};
use crate::store::uploads::{self, Whose};
use crate::store::{Tx, authorities, declarations, quality};

/// Uploads that are shown of one authority.
const LATEST: u32 = 10;

/// What an authority declared on one of its domains.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The domain.
    pub domain: DomainId,
    /// Its Chinese and English names, where the catalogue has it.
    pub name: Option<(String, String)>,
    /// What it declared last.
    pub declared: Option<Declaration>,
    /// Whether data still come in.
    pub freshness: Option<Freshness>,
}

/// A file that an authority sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When it came.
    pub at: Instant,
    /// Its name.
    pub name: String,
    /// Rows in it.
    pub submitted: u32,
    /// Rows that were refused.
    pub rejected: u32,
}

/// An authority with everything that comes from it.
#[derive(Clone, Debug)]
pub struct One {
    /// What it is registered with.
    pub authority: Authority,
    /// Each of its domains.
    pub feeds: Vec<Feed>,
    /// Rows of its that wait for an answer.
    pub waiting: i64,
    /// Its latest files.
    pub sent: Vec<Sent>,
    /// It was proposed to take domains from it.
    pub proposed: Option<Uuid>,
}

/// The authorities whose code or name contains some words, by code; all without words.
pub async fn list(app: &App, actor: &Actor, words: Option<&str>) -> Result<Vec<Authority>, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let mut all = authorities::all(&mut tx).await?;
    if let Some(words) = words {
        let wanted = normal::name(words).to_lowercase();
        let has = |text: &str| normal::name(text).to_lowercase().contains(&wanted);
        all.retain(|it| has(it.code.as_str()) || has(&it.zh) || has(&it.en));
    }
    Ok(all)
}

/// An authority.
pub async fn one(app: &App, actor: &Actor, code: &str) -> Result<One, Error> {
    actor.may_inspect()?;
    let code = CreditCode::try_from(code.to_owned()).map_err(|_| Error::NotFound)?;
    let mut tx = app.0.store.read().await?;
    let authority = authorities::by_code(&mut tx, code).await?.ok_or(Error::NotFound)?;
    let today = app.now().local_day();
    let mut feeds = Vec::with_capacity(authority.domains.len());
    for domain in &authority.domains {
        let declared = declarations::newest(&mut tx, code, domain).await?;
        let known = app.reference().catalogue.get(domain);
        feeds.push(Feed {
            domain: domain.clone(),
            name: known.map(|known| (known.zh.clone(), known.en.clone())),
            freshness: declared.as_ref().map(|declared| freshness(declared, today)),
            declared,
        });
    }
    let waiting = quality::waiting(&mut tx, code).await?;
    let sent = uploads::listed(&mut tx, &Whose::Desks(vec![Desk::whole(code)]), None, LATEST).await?;
    let sent = sent.into_iter().map(|upload| Sent {
        at: upload.received_at,
        name: upload.file_name,
        submitted: upload.submitted,
        rejected: upload.rejected,
    });
    let object = code.to_string();
    Ok(One {
        authority,
        feeds,
        waiting: waiting.iter().map(|one| one.count).sum(),
        sent: sent.collect(),
        proposed: proposal::open_about(&mut tx, ProposalKind::TakeDomains, &object, app.now()).await?,
    })
}

/// Registers an authority, or alters one that is there. Domains are added only: to take one away can turn conclusions, and needs two
/// people ([`proposal::Plan::TakeDomains`]).
///
/// # Errors
/// [`Error::Refused`] with what is wrong, where `fresh` asks for a new one and the code is there already, and where a domain would be
/// taken away.
pub async fn save(app: &App, actor: &Actor, authority: Authority, fresh: bool) -> Result<(), Error> {
    actor.may_operate()?;
    check(app, &authority)?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let before = authorities::by_code(&mut tx, authority.code).await?;
    match (&before, fresh) {
        (Some(_), true) => {
            return Err(Error::refused(
                "这个代码已登记",
                "an authority with this code is registered already",
            ));
        }
        (None, false) => return Err(Error::NotFound),
        _ => {}
    }
    let had = before.as_ref().map(|before| before.domains.as_slice()).unwrap_or_default();
    if had.iter().any(|domain| !authority.domains.contains(domain)) {
        return Err(Error::refused(
            "取消领域须由一人提出、另一人复核，请在“取消领域”中提出",
            "one person proposes to take a domain away, and another one decides: propose it",
        ));
    }
    authorities::save(&mut tx, &authority, now).await?;
    let added: Vec<&DomainId> = authority.domains.iter().filter(|domain| !had.contains(domain)).collect();
    let details = json!({ "added": added, "new": fresh });
    record(&mut tx, now, actor, "authority-save", authority.code.to_string(), details).await?;
    Ok(tx.commit().await?)
}

/// An authority as it is without some of its domains.
pub(super) async fn without(tx: &mut Tx, code: CreditCode, domains: &[DomainId]) -> Result<Authority, Error> {
    let authority = authorities::by_code(tx, code).await?.ok_or(Error::NotFound)?;
    if domains.is_empty() {
        return Err(Error::refused("请至少选择一个领域", "choose one domain at least"));
    }
    if let Some(other) = domains.iter().find(|domain| !authority.domains.contains(domain)) {
        return Err(Error::refused(
            format!("该单位不负责领域 {other}"),
            format!("this authority does not answer for the domain {other}"),
        ));
    }
    let left = authority.domains.iter().filter(|domain| !domains.contains(domain)).cloned().collect();
    Ok(Authority { domains: left, ..authority })
}

/// Takes domains from an authority, in the transaction of the approval.
pub(super) async fn take(
    tx: &mut Tx,
    actor: &Actor,
    code: CreditCode,
    domains: &[DomainId],
    now: Instant,
) -> Result<(), Error> {
    let left = without(tx, code, domains).await?;
    authorities::save(tx, &left, now).await?;
    Ok(record(tx, now, actor, "authority-save", code.to_string(), json!({ "removed": domains })).await?)
}

fn check(app: &App, authority: &Authority) -> Result<(), Error> {
    for code in std::iter::once(&authority.code).chain(&authority.organs) {
        if let Err(error) = code.as_str().parse::<CreditCode>() {
            let en = format!("{code}: {error}");
            return Err(Error::refused(format!("{code} 不是有效的统一社会信用代码"), en));
        }
    }
    let short = |text: &str| !text.trim().is_empty() && text.chars().count() <= 200;
    if !short(&authority.zh) || !short(&authority.en) {
        return Err(Error::refused(
            "中文名称和英文名称均须填写，不超过 200 字",
            "give both names, of 200 characters at most",
        ));
    }
    match authority.domains.iter().find(|domain| app.reference().catalogue.get(domain).is_none()) {
        Some(unknown) => Err(Error::refused(
            format!("现行目录中没有领域 {unknown}"),
            format!("the catalogue in force has no domain {unknown}"),
        )),
        None => Ok(()),
    }
}
