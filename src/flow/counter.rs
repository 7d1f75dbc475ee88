//! A clerk at a service counter issues for somebody who stands there: with the consent that was recorded, for one request, and for nothing
//! that goes on afterwards.
//!
//! The clerk finds a subject, writes down who asks and by which document they are known, and sees what the report would say. Of what this
//! clerk issued, today's reports can be fetched again to be printed; of everything else nothing is seen here.

use uuid::Uuid;

use super::issue::{self, Ask, Issued, find_subject};
use super::{Actor, App, Consent, Forbidden, Listing, preview as drawn, reports};
use crate::rules::facts::Channel;
use crate::rules::{
    ActsAs, Digest, Facts, Instant, ReportNumber, ShownDocument, Subject, SubjectKind, normal,
};
use crate::store::issued::{self, Filter};
use crate::store::{self, Page, Tx, editions, subjects};

/// Subjects that a search shows at most.
const FOUND: u32 = 20;
/// The longest name of an applicant, in characters: what fits its place on a report.
const LONGEST_NAME: usize = 40;

/// A subject as a counter sees it: persons are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: Uuid,
    /// Its present name.
    pub name: String,
    /// Its present code.
    pub code: String,
    /// It is a natural person.
    pub person: bool,
}

/// Who stands at the counter, as the clerk wrote it down.
#[derive(Clone, Debug)]
pub struct Applicant {
    /// Their name, as the document has it.
    pub name: String,
    /// As what they stand there.
    pub acts_as: Option<ActsAs>,
    /// What they showed.
    pub document: Option<ShownDocument>,
    /// They agreed, to this request.
    pub agreed: bool,
}

/// What was issued here.
#[derive(Clone, Debug)]
pub struct IssuedHere {
    /// The report's number.
    pub number: ReportNumber,
    /// When.
    pub issued_at: Instant,
    /// Its subject's name, as the report prints it.
    pub subject: String,
    /// Its subject's code, as the report prints it.
    pub code: String,
    /// Who stood there.
    pub applicant: String,
}

/// What is missing of who stands at the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacks {
    /// Their name.
    Name,
    /// The name is not the person's that is asked about.
    OtherName,
    /// As what they stand there, or what they say does not fit the subject.
    Part,
    /// What they showed, or it does not show who they are.
    Document,
    /// Their consent.
    Consent,
}

/// Why nothing is shown or issued.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to do.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No such subject or report, or not theirs to see.
    #[error("there is nothing here")]
    NotFound,
    /// A search by too little.
    #[error("give a whole code, or at least two characters of a name")]
    Words,
    /// Something about the applicant is missing.
    #[error("{}", .0.said().1)]
    Applicant(Lacks),
    /// The request itself.
    #[error(transparent)]
    Issue(#[from] issue::Error),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Lacks {
    /// In Chinese and English.
    #[must_use]
    pub fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => (
                "请按证件填写申请人姓名，最多 40 字",
                "write the applicant's name as the document has it, 40 characters at most",
            ),
            Self::OtherName => (
                "申请人姓名与该主体的登记姓名不一致；不是本人办理的，请选“受委托的经办人”",
                "the name is not the registered one: choose the power of attorney where somebody else stands here",
            ),
            Self::Part => (
                "请选择申请人身份：自然人由本人或受委托人办理，其他主体由负责人或受委托人办理",
                "say as what the applicant stands here: a person comes in person or by proxy, others by their head or by proxy",
            ),
            Self::Document => (
                "请选择申请人出示的证件；电子营业执照只适用于负责人",
                "choose what was shown; a business licence is shown by a head only",
            ),
            Self::Consent => (
                "申请人未同意的，不能查询，也不能出具",
                "nothing is looked up or issued without the applicant's consent",
            ),
        }
    }
}

fn line(subject: &Subject) -> Line {
    Line {
        id: subject.id,
        name: subject.shown_name(),
        code: subject.code.shown(),
        person: subject.kind == SubjectKind::NaturalPerson,
    }
}

/// The subject with a whole code; or those, persons aside, with some words in a name.
pub async fn find(app: &App, actor: &Actor, words: &str) -> Result<Vec<Line>, Error> {
    actor.may_serve_counter()?;
    let words = words.trim();
    if words.chars().count() < 2 || words.len() > 200 {
        return Err(Error::Words);
    }
    let mut tx = app.0.store.read().await?;
    if let Some(subject) = find_subject(&mut tx, words).await? {
        return Ok(vec![line(&subject)]);
    }
    let (ids, _) = subjects::search(&mut tx, Some(words), Page { offset: 0, limit: 3 * FOUND }).await?;
    let mut found: Vec<Line> = Vec::new();
    for id in ids {
        let Some(subject) = subjects::by_id(&mut tx, id).await? else { continue };
        // What was merged is asked about under the one that it was merged into.
        let Some(subject) = find_subject(&mut tx, &subject.code.value).await? else { continue };
        // Names of persons are not searched: only whoever has the number stands here.
        if subject.kind != SubjectKind::NaturalPerson && !found.iter().any(|line| line.id == subject.id) {
            found.push(line(&subject));
        }
    }
    found.truncate(FOUND as usize);
    Ok(found)
}

/// The subject that a request is about.
pub async fn subject(app: &App, actor: &Actor, id: Uuid) -> Result<Line, Error> {
    actor.may_serve_counter()?;
    let mut tx = app.0.store.read().await?;
    Ok(line(&by_id(&mut tx, id).await?))
}

async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Subject, Error> {
    let subject = subjects::by_id(tx, id).await?.ok_or(Error::NotFound)?;
    find_subject(tx, &subject.code.value).await?.ok_or(Error::NotFound)
}

/// What a report would say, with the consent of whoever stands there.
pub async fn preview(
    app: &App,
    actor: &Actor,
    id: Uuid,
    applicant: &Applicant,
    ask: Ask,
) -> Result<Facts, Error> {
    let (actor, ask) = consenting(app, actor, id, applicant, ask).await?;
    Ok(drawn::preview(app, &actor, &ask).await?)
}

/// Issues a report with the consent of whoever stands there.
pub async fn issue(
    app: &App,
    actor: &Actor,
    id: Uuid,
    applicant: &Applicant,
    ask: Ask,
) -> Result<Issued, Error> {
    let (actor, ask) = consenting(app, actor, id, applicant, ask).await?;
    Ok(issue::issue(app, &actor, ask).await?)
}

/// The clerk with the consent to one request, and the request.
async fn consenting(
    app: &App,
    actor: &Actor,
    id: Uuid,
    applicant: &Applicant,
    ask: Ask,
) -> Result<(Actor, Ask), Error> {
    actor.may_serve_counter()?;
    let mut tx = app.0.store.read().await?;
    let subject = by_id(&mut tx, id).await?;
    drop(tx);
    let consent = consent(&subject, applicant).map_err(Error::Applicant)?;
    let ask = Ask { subject: subject.code.value, channel: Channel::Counter, ..ask };
    Ok((actor.clone().with_consent(consent), ask))
}

/// What the clerk wrote down, if nothing of it is missing.
fn consent(subject: &Subject, applicant: &Applicant) -> Result<Consent, Lacks> {
    let name = normal::free_text(&applicant.name);
    if name.is_empty() || name.contains('\n') || name.chars().count() > LONGEST_NAME {
        return Err(Lacks::Name);
    }
    let is_person = subject.kind == SubjectKind::NaturalPerson;
    let fits = |part: &ActsAs| match part {
        ActsAs::Oneself => is_person,
        ActsAs::Head => !is_person,
        ActsAs::Proxy => true,
    };
    let acts_as = applicant.acts_as.filter(fits).ok_or(Lacks::Part)?;
    let shows =
        |document: &ShownDocument| *document != ShownDocument::ElectronicLicence || acts_as == ActsAs::Head;
    let document = applicant.document.filter(shows).ok_or(Lacks::Document)?;
    if acts_as == ActsAs::Oneself && normal::name(&name) != normal::name(subject.name()) {
        return Err(Lacks::OtherName);
    }
    if !applicant.agreed {
        return Err(Lacks::Consent);
    }
    // A report prints persons masked, whoever asks.
    let applicant = if acts_as == ActsAs::Oneself { subject.shown_name() } else { name };
    let subject = subject.code.value.clone();
    Ok(Consent { subject, applicant, document: document.word().to_owned(), acts_as: Some(acts_as) })
}

/// A part of what this clerk issued at the counter today, the newest first; and how much it is.
pub async fn today(app: &App, actor: &Actor, page: Listing) -> Result<(Vec<IssuedHere>, u32), Error> {
    actor.may_serve_counter()?;
    let filter = Filter {
        by: Some(actor.name.clone()),
        from: Some(Instant::start_of(app.now().local_day())),
        ..Filter::default()
    };
    let mut tx = app.0.store.read().await?;
    let mut lines = Vec::new();
    for issued in issued::list(&mut tx, &filter, page).await? {
        let Some(reports::Stored { facts, .. }) = reports::stored(&mut tx, &issued.report.number).await?
        else {
            continue;
        };
        // Whoever had another role this morning sees here what was done at the counter only.
        if facts.request.channel == Channel::Counter {
            lines.push(IssuedHere {
                number: facts.number,
                issued_at: facts.issued_at,
                subject: facts.subject.name,
                code: facts.subject.code,
                applicant: facts.request.applicant,
            });
        }
    }
    Ok((lines, issued::number(&mut tx, &filter).await?))
}

/// The signed PDF of a report that this clerk issued at the counter today, to be printed.
pub async fn pdf(app: &App, actor: &Actor, number: &str) -> Result<(ReportNumber, Digest, Vec<u8>), Error> {
    actor.may_serve_counter()?;
    let number: ReportNumber = number.parse().map_err(|_| Error::NotFound)?;
    let mut tx = app.0.store.read().await?;
    let reports::Stored { report, facts } =
        reports::stored(&mut tx, &number).await?.ok_or(Error::NotFound)?;
    let own = report.issued_by == actor.name
        && facts.request.channel == Channel::Counter
        && report.issued_at >= Instant::start_of(app.now().local_day());
    if !own {
        return Err(Error::NotFound);
    }
    let newest = editions::newest(&mut tx, report.subject, &report.number).await?;
    let bytes = reports::file(app, &report, &newest).await?;
    Ok((number, newest.pdf_digest, bytes))
}
