//! The subjects: search, one of them with names and codes over time, a code more, and the proposal to merge two.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::{PER_PAGE, part, told, typed};
use crate::flow::console::Error;
use crate::flow::console::proposal::{self, Plan};
use crate::flow::console::subjects::{self, Line, Namesakes, One};
use crate::http::extract::{Path, Query};
use crate::http::pages::frame::Pager;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::{Form, Member};
use crate::rules::{RelationKind, Scheme, SubjectCode, SubjectKind};

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/console/subjects", get(list))
        .route("/console/subjects/{id}", get(show))
        .route("/console/subjects/{id}/codes", post(add_code))
        .route("/console/subjects/{id}/merger", post(merge))
        .route("/console/subjects/{id}/namesakes", post(tell_apart))
}

#[derive(Template)]
#[template(path = "console/subjects.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    words: String,
    lines: Vec<Line>,
    total: u32,
    pager: Pager,
    namesakes: Vec<Namesakes>,
}

#[derive(Template)]
#[template(path = "console/subject.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    one: One,
    filled: Filled,
    code_error: Option<String>,
    merge_error: Option<String>,
    apart_error: Option<String>,
}

impl Page {
    fn of(frame: Frame, one: One, filled: Filled) -> Self {
        Self { frame, one, filled, code_error: None, merge_error: None, apart_error: None }
    }
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
    words: Option<String>,
}

/// The forms of a subject, as filled in.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Filled {
    scheme: String,
    value: String,
    into: String,
    namesake: String,
    reason: String,
}

impl Filled {
    /// The registers there are, with whether each is the chosen one.
    fn schemes(&self) -> Vec<(Scheme, bool)> {
        Scheme::ALL.iter().map(|scheme| (*scheme, scheme.word() == self.scheme)).collect()
    }
}

/// A register in both languages.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
fn scheme_words(scheme: &Scheme) -> (&'static str, &'static str) {
    match scheme {
        Scheme::CreditCode => ("统一社会信用代码", "unified social credit code"),
        Scheme::RegistrationNumber => ("工商注册号", "registration number"),
        Scheme::OrganisationCode => ("组织机构代码", "organisation code"),
        Scheme::TaxNumber => ("税务登记号", "tax number"),
        Scheme::InstitutionNumber => ("事业单位证书号", "public institution number"),
        Scheme::SocialOrganisationNumber => ("社会组织登记证号", "social organisation number"),
        Scheme::IdentityNumber => ("证件号码", "identity number"),
    }
}

/// A kind of subject in both languages.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
fn kind_words(kind: &SubjectKind) -> (&'static str, &'static str) {
    match kind {
        SubjectKind::Enterprise => ("企业", "enterprise"),
        SubjectKind::IndividualBusiness => ("个体工商户", "individual business"),
        SubjectKind::FarmersCooperative => ("农民专业合作社", "farmers' cooperative"),
        SubjectKind::SocialOrganisation => ("社会组织", "social organisation"),
        SubjectKind::PublicInstitution => ("事业单位", "public institution"),
        SubjectKind::OtherOrganisation => ("其他组织", "other organisation"),
        SubjectKind::NaturalPerson => ("自然人", "natural person"),
    }
}

/// A relation in both languages.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
fn relation_words(kind: &RelationKind) -> (&'static str, &'static str) {
    match kind {
        RelationKind::BranchOf => ("是其分支机构", "branch of"),
        RelationKind::SubsidiaryOf => ("是其子公司", "subsidiary of"),
        RelationKind::ControlledBy => ("受其控制", "controlled by"),
        RelationKind::MergedInto => ("已并入", "merged into"),
    }
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let words = typed(asked.words.as_ref());
    let (lines, total) =
        subjects::search(&face.app, member.actor(), words, part(asked.page, PER_PAGE)).await?;
    let is_start = words.is_none() && asked.page.is_none_or(|page| page <= 1);
    let namesakes = if is_start { subjects::namesakes(&face.app, member.actor()).await? } else { Vec::new() };
    let words = words.unwrap_or_default().to_owned();
    let pager = Pager::new(asked.page, total, PER_PAGE);
    page(StatusCode::OK, &List { frame: member.frame, words, lines, total, pager, namesakes })
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let one = subjects::one(&face.app, member.actor(), id).await?;
    page(StatusCode::OK, &Page::of(member.frame, one, Filled::default()))
}

async fn add_code(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let one = subjects::one(&face.app, member.actor(), id).await?;
    let added = async {
        let scheme = filled.scheme.parse().map_err(|_| Error::Refused {
            zh: "请选择代码种类".to_owned(),
            en: "choose what kind of code it is".to_owned(),
        })?;
        let code = SubjectCode { scheme, value: filled.value.clone() };
        subjects::add_code(&face.app, member.actor(), id, code, &filled.reason).await
    };
    match added.await {
        Ok(()) => {
            Ok(member.frame.done(&format!("/console/subjects/{id}"), "代码已添加", "The code is added"))
        }
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            page(status, &Page { code_error: Some(error), ..Page::of(member.frame, one, filled) })
        }
    }
}

async fn merge(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let one = subjects::one(&face.app, member.actor(), id).await?;
    let proposed = async {
        let into = subjects::by_any_code(&face.app, member.actor(), &filled.into).await?;
        let plan = Plan::MergeSubjects { from: id, into };
        proposal::propose(&face.app, &member.signed, plan, &filled.reason).await
    };
    match proposed.await {
        Ok(proposal) => {
            let to = format!("/console/proposals/{proposal}");
            Ok(member.frame.done(&to, "已提出，等待另一人复核", "Proposed: somebody else decides"))
        }
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            page(status, &Page { merge_error: Some(error), ..Page::of(member.frame, one, filled) })
        }
    }
}

async fn tell_apart(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let one = subjects::one(&face.app, member.actor(), id).await?;
    let told_apart = async {
        let namesake = filled.namesake.parse().map_err(|_| Error::Refused {
            zh: "请选择同名主体".to_owned(),
            en: "choose the namesake".to_owned(),
        })?;
        subjects::tell_apart(&face.app, member.actor(), id, namesake, &filled.reason).await
    };
    match told_apart.await {
        Ok(()) => {
            let to = format!("/console/subjects/{id}");
            Ok(member.frame.done(&to, "已记录：两者不是同一主体", "Recorded: the two are not one"))
        }
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            page(status, &Page { apart_error: Some(error), ..Page::of(member.frame, one, filled) })
        }
    }
}
