//! Something is made to be shown: a code on one's own screen, or a grant.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use time::Date;
use uuid::Uuid;

use super::{Face, Form, Frame, Member, Problem, page, picture};
use crate::flow::App;
use crate::flow::share::{self, Asked, Error, Holder, Made};
use crate::http::extract::Query;
use crate::rules::{BadTerms, DomainId, Instant, RatingAct, Refusal, ShareKind, Terms, parse_day};

#[derive(Template)]
#[template(path = "code_new.html", config = "src/http/pages/askama.toml")]
struct New {
    frame: Frame,
    typed: Typed,
    holders: Vec<Holder>,
    app: App,
    /// The field, and what is wrong with it.
    error: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "code_made.html", config = "src/http/pages/askama.toml")]
struct Link {
    frame: Frame,
    id: Uuid,
    until: Instant,
    uses: u32,
    code: String,
    address: String,
    picture: String,
}

#[derive(Deserialize)]
pub(super) struct Kind {
    #[serde(default)]
    kind: String,
}

/// The form, as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    preset: String,
    #[serde(default)]
    span: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    hours: String,
    #[serde(default)]
    uses: String,
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    download: String,
    #[serde(default)]
    consent: String,
    /// The key under which this form makes one thing, however often it is sent.
    #[serde(default)]
    key: String,
    /// The boxes of domains that are ticked, as `domain.<id>`.
    #[serde(flatten)]
    more: HashMap<String, String>,
}

impl Typed {
    fn is_grant(&self) -> bool {
        self.kind != ShareKind::Dynamic.word()
    }

    fn has(&self, domain: &DomainId) -> bool {
        self.more.contains_key(&format!("domain.{domain}"))
    }

    fn read(&self, app: &App) -> Result<Asked, Error> {
        let ticked = self.more.keys().filter_map(|name| name.strip_prefix("domain.")?.parse().ok());
        let mut domains: Vec<DomainId> = ticked.collect();
        domains.sort();
        if domains.is_empty()
            && let Some(preset) = app.reference().presets.preset(&self.preset)
        {
            domains.clone_from(&preset.domains);
        }
        let day = |text: &str| -> Result<Option<Date>, Error> {
            match text.trim() {
                "" => Ok(None),
                text => parse_day(text).map(Some).ok_or(Error::NoPeriod),
            }
        };
        let hours: u32 = self.hours.trim().parse().unwrap_or(0);
        Ok(Asked {
            subject: self.subject.clone(),
            domains,
            from: day(&self.from)?,
            span: Some(self.span.clone()),
            to: day(&self.to)?,
            kind: if self.is_grant() { ShareKind::Grant } else { ShareKind::Dynamic },
            recipient: self.recipient.clone(),
            download: !self.download.is_empty(),
            consent: !self.consent.is_empty(),
            uses: self.uses.trim().parse().unwrap_or(0),
            minutes: hours.saturating_mul(60),
            idempotency_key: (!self.key.is_empty()).then(|| self.key.clone()),
        })
    }
}

impl New {
    /// Lives that are offered, in hours.
    fn lives(&self) -> [(u32, &'static str); 5] {
        [1, 24, 72, 168, 720].map(|hours| {
            let words = match hours {
                1 => self.frame.say("1 小时", "1 hour"),
                24 => self.frame.say("1 天", "1 day"),
                72 => self.frame.say("3 天", "3 days"),
                168 => self.frame.say("7 天", "7 days"),
                _ => self.frame.say("30 天", "30 days"),
            };
            (hours, words)
        })
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.error.as_ref().is_some_and(|(wrong, _)| *wrong == field)
    }
}

/// The field that an error is about.
fn field(error: &Error) -> &'static str {
    match error {
        Error::Terms(BadTerms::Life) => "hours",
        Error::Terms(BadTerms::Uses) => "uses",
        Error::Terms(_) => "recipient",
        Error::Refused(Refusal::Period(_)) | Error::NoPeriod => "from",
        Error::Refused(_) => "preset",
        _ => "subject",
    }
}

pub(super) async fn ask(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(Kind { kind }): Query<Kind>,
) -> Result<Response, Problem> {
    let holders = share::holders(&face.app, member.actor()).await?;
    let typed = Typed {
        kind: if kind == "dynamic" { kind } else { "grant".to_owned() },
        span: "36-months".to_owned(),
        hours: "24".to_owned(),
        uses: "1".to_owned(),
        key: face.app.secret(),
        ..Typed::default()
    };
    page(StatusCode::OK, &New { frame: member.frame, typed, holders, app: face.app.clone(), error: None })
}

pub(super) async fn make(
    State(face): State<Arc<Face>>,
    member: Member,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Problem> {
    member.actor().may_show_some()?;
    let made = async { share::make(&face.app, member.actor(), typed.read(&face.app)?).await };
    match made.await {
        Ok(Made { share, code: Some((code, address, svg)), .. }) => page(
            StatusCode::OK,
            &Link {
                frame: member.frame,
                id: share.id,
                until: share.until,
                uses: share.uses,
                code: code.to_string(),
                picture: picture(&svg),
                address,
            },
        ),
        Ok(Made { share, code: None, .. }) => {
            member.frame.offer(RatingAct::Share, &share.id);
            Ok(Redirect::to(&format!("/codes/{}", share.id)).into_response())
        }
        // The form was sent, changed, and sent again: what it made stays, and only the next click makes another.
        Err(Error::KeyReused) => {
            typed.key = face.app.secret();
            let told = member.frame.say(
                "此表单已提交过一次，内容与这次不同：前一次生成的仍然有效。如确需再生成一个，请再次提交",
                "This form was sent before with other content, and what it made stands: send it once more to make another",
            );
            again(&face, member, typed, StatusCode::CONFLICT, ("", told.to_owned())).await
        }
        Err(error) => {
            let at = field(&error);
            let Some((zh, en)) = error.said() else { return Err(error.into()) };
            let told = member.frame.say(&zh, &en).to_owned();
            again(&face, member, typed, StatusCode::UNPROCESSABLE_ENTITY, (at, told)).await
        }
    }
}

/// The form once more, with what is wrong.
async fn again(
    face: &Face,
    member: Member,
    typed: Typed,
    status: StatusCode,
    error: (&'static str, String),
) -> Result<Response, Problem> {
    let holders = share::holders(&face.app, member.actor()).await?;
    page(status, &New { frame: member.frame, typed, holders, app: face.app.clone(), error: Some(error) })
}
