//! The console of the security operator for systems that come by themselves.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::frame::Pager;
use super::visitor::{Form, Member};
use super::{AccountError, Face, Frame, Problem, page, told};
use crate::flow::account::{read_grant, write_grant};
use crate::flow::clients::{self, Client, Made};
use crate::http::extract::{Path, Query};
use crate::rules::{AccountRole, Grant, Instant};

/// Clients on a page.
const PER_PAGE: u32 = 25;
/// For how many days a token holds unless somebody says otherwise.
const DAYS: u32 = 365;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/clients", get(list))
        .route("/clients/new", get(ask).post(make))
        .route("/clients/{id}", get(show))
        .route("/clients/{id}/rotate", post(rotate))
        .route("/clients/{id}/certificate", post(bind))
        .route("/clients/{id}/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "clients.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    clients: Vec<Client>,
    pager: Pager,
    now: Instant,
}

#[derive(Template)]
#[template(path = "client_new.html", config = "src/http/pages/askama.toml")]
struct New {
    frame: Frame,
    typed: Typed,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "client_token.html", config = "src/http/pages/askama.toml")]
struct Shown {
    frame: Frame,
    made: Made,
}

#[derive(Template)]
#[template(path = "client_of.html", config = "src/http/pages/askama.toml")]
struct One {
    frame: Frame,
    client: Client,
    now: Instant,
    typed: String,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

/// A client, as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    role: String,
    grants: String,
    days: String,
    certificate: String,
}

#[derive(Deserialize)]
struct Days {
    #[serde(default)]
    days: String,
}

#[derive(Deserialize)]
struct Certificate {
    #[serde(default)]
    certificate: String,
}

#[derive(Deserialize)]
struct Sure {
    #[serde(default)]
    sure: String,
}

impl Typed {
    fn read(&self) -> Result<clients::Wanted, AccountError> {
        let bad = |text: String| AccountError::Grant(text);
        let role = self.role.parse().map_err(|_| bad("choose a role".to_owned()))?;
        let lines = self.grants.lines().map(str::trim).filter(|line| !line.is_empty());
        let grants: Result<Vec<Grant>, String> = lines.map(|line| read_grant(role, line)).collect();
        Ok(clients::Wanted {
            name: self.name.clone(),
            role,
            grants: grants.map_err(bad)?,
            days: days(&self.days)?,
            certificate: clients::read_certificate(&self.certificate)?,
        })
    }

    /// The roles that a system may have, with whether each is the chosen one.
    fn roles(&self) -> Vec<(AccountRole, bool)> {
        let may = |role: &&AccountRole| !matches!(role, AccountRole::Security | AccountRole::Person);
        AccountRole::ALL.iter().filter(may).map(|role| (*role, role.word() == self.role)).collect()
    }
}

fn days(typed: &str) -> Result<u32, AccountError> {
    let wrong = || AccountError::Grant(format!("a token holds from 1 to {} days", clients::LONGEST_DAYS));
    typed.trim().parse().map_err(|_| wrong())
}

/// Where a client stands.
fn state(frame: &Frame, client: &Client, now: Instant) -> &'static str {
    match client {
        Client { revoked_at: Some(_), .. } => frame.lang.say("已吊销", "revoked"),
        client if client.until <= now => frame.lang.say("已过期", "over"),
        _ => frame.lang.say("可用", "in use"),
    }
}

impl List {
    fn state(&self, client: &Client) -> &'static str {
        state(&self.frame, client, self.now)
    }
}

impl One {
    fn state(&self) -> &'static str {
        state(&self.frame, &self.client, self.now)
    }

    fn grants(&self) -> Vec<String> {
        self.client.grants.iter().map(write_grant).collect()
    }
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let all = clients::list(&face.app, member.actor()).await?;
    let pager = Pager::new(asked.page, u32::try_from(all.len()).unwrap_or(u32::MAX), PER_PAGE);
    let before = usize::try_from((pager.page - 1) * PER_PAGE).unwrap_or(usize::MAX);
    let clients = all.into_iter().skip(before).take(PER_PAGE as usize).collect();
    page(StatusCode::OK, &List { frame: member.frame, clients, pager, now: face.app.now() })
}

async fn ask(member: Member) -> Result<Response, Problem> {
    member.actor().may_secure()?;
    let typed = Typed { days: DAYS.to_string(), ..Typed::default() };
    page(StatusCode::OK, &New { frame: member.frame, typed, error: None })
}

async fn make(
    State(face): State<Arc<Face>>,
    member: Member,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    member.actor().may_secure()?;
    let made = async { clients::make(&face.app, member.actor(), typed.read()?).await };
    match made.await {
        Ok(made) => page(StatusCode::OK, &Shown { frame: member.frame, made }),
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            page(status, &New { frame: member.frame, typed, error: Some(error) })
        }
    }
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    one(&face, member, id, None).await
}

/// The page of a client, perhaps with what went wrong with a certificate that was typed there.
async fn one(
    face: &Face,
    member: Member,
    id: Uuid,
    wrong: Option<(AccountError, String)>,
) -> Result<Response, Problem> {
    let client = clients::show(&face.app, member.actor(), id).await?;
    let (mut status, mut error, mut typed) = (StatusCode::OK, None, String::new());
    if let Some((wrong, certificate)) = wrong {
        let told = told(&member.frame, wrong)?;
        (status, error, typed) = (told.0, Some(told.1), certificate);
    }
    page(status, &One { frame: member.frame, client, now: face.app.now(), typed, error })
}

async fn rotate(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(typed): Form<Days>,
) -> Result<Response, Problem> {
    let made = async { clients::rotate(&face.app, member.actor(), id, days(&typed.days)?).await };
    match made.await {
        Ok(made) => page(StatusCode::OK, &Shown { frame: member.frame, made }),
        Err(error @ AccountError::Grant(_)) => one(&face, member, id, Some((error, String::new()))).await,
        Err(error) => Err(error.into()),
    }
}

async fn bind(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(typed): Form<Certificate>,
) -> Result<Response, Problem> {
    member.actor().may_secure()?;
    match clients::read_certificate(&typed.certificate) {
        Ok(certificate) => clients::bind(&face.app, member.actor(), id, certificate).await?,
        Err(error) => return one(&face, member, id, Some((error, typed.certificate))).await,
    }
    Ok(member.frame.done(&format!("/clients/{id}"), "证书已保存", "The certificate is saved"))
}

async fn revoke(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(Sure { sure }): Form<Sure>,
) -> Result<Response, Problem> {
    let client = clients::show(&face.app, member.actor(), id).await?;
    if sure != "yes" {
        return Err(Problem::UNPROCESSABLE
            .with_detail("请先确认吊销后不能恢复 / confirm first that this cannot be undone"));
    }
    clients::revoke(&face.app, member.actor(), &client.name).await?;
    Ok(member.frame.done(
        &format!("/clients/{id}"),
        "已吊销，令牌从现在起失效",
        "Revoked: its token opens nothing from now on",
    ))
}
