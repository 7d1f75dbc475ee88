//! The authorities: which there are, what each covers, and what it is registered with.

use serde_json::json;

use super::Error;
use crate::flow::record::record;
use crate::flow::{Actor, App, moment};
use crate::rules::{
    Authority, CreditCode, Declaration, Desk, DomainId, Freshness, Instant, freshness, normal,
};
use crate::store::uploads::{self, Whose};
use crate::store::{authorities, declarations, quality};

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
    Ok(One { authority, feeds, waiting: waiting.iter().map(|one| one.count).sum(), sent: sent.collect() })
}

/// Registers an authority, or alters one that is there.
///
/// # Errors
/// [`Error::Refused`] with what is wrong, and where `fresh` asks for a new one and the code is there already.
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
    authorities::save(&mut tx, &authority, now).await?;
    let had = before.as_ref().map(|before| before.domains.as_slice()).unwrap_or_default();
    let only = |some: &[DomainId], others: &[DomainId]| -> Vec<DomainId> {
        some.iter().filter(|domain| !others.contains(domain)).cloned().collect()
    };
    let details = json!({ "added": only(&authority.domains, had), "removed": only(had, &authority.domains), "new": fresh });
    record(&mut tx, now, actor, "authority-save", authority.code.to_string(), details).await?;
    Ok(tx.commit().await?)
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
