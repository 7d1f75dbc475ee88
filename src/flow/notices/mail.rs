//! How mail reads, and how it goes out: to a server, or into a folder.
//!
//! Mail says that there is something, and where; never what. Nothing that anybody typed stands in it but the address itself,
//! which is read strictly.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message as Mail, Tokio1Executor};

use super::mailbox::{self, CONFIRM};
use super::send::Outcome;
use crate::config::{Config, MailTls};
use crate::flow::{App, StoreError};
use crate::rules::NoticeKind;
use crate::store::mailboxes;
use crate::store::outbox::Message;

/// The longest address (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;
/// The longest that a server may take for each of its answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers of a server that are about this mail: the address, its mailbox, or what was sent (RFC 5321, 4.2.3). Every other refusal, such
/// as one of our password (RFC 4954, 6), is about the service: mail waits until somebody has set it right.
const ABOUT_THE_MAIL: [u16; 6] = [550, 551, 552, 553, 554, 556];

/// Where mail goes out.
pub(in crate::flow) struct Post {
    from: Address,
    way: Way,
}

enum Way {
    Folder(PathBuf),
    Server(Box<AsyncSmtpTransport<Tokio1Executor>>),
}

/// Why mail cannot go out.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The sender.
    #[error("mail.from is no address")]
    From,
    /// The credentials.
    #[error("mail.credentials: {0}: {1}")]
    Credentials(String, String),
    /// The certificates.
    #[error("mail.trust: {0}: {1}")]
    Trust(String, String),
    /// The name of the server.
    #[error("mail.smtp: {0}")]
    Server(String),
}

/// One address, of plain characters: nothing that could end a line or begin another address.
pub(super) fn address(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let plain = typed.len() <= LONGEST
        && typed.bytes().all(|b| b.is_ascii_alphanumeric() || b"@.!#$%&'*+-/=?^_`{|}~".contains(&b));
    let address: Address = typed.parse().ok().filter(|_| plain)?;
    // A host within our own network is nobody's address.
    address.domain().contains('.').then(|| address.to_string())
}

impl Post {
    pub(in crate::flow) fn open(config: &Config) -> Result<Self, Trouble> {
        let settings = &config.mail;
        let from = settings.from.parse().map_err(|_| Trouble::From)?;
        let Some(host) = &settings.smtp else {
            return Ok(Self { from, way: Way::Folder(config.mail()) });
        };
        let odd = |error: lettre::transport::smtp::Error| Trouble::Server(error.to_string());
        let mut tls = TlsParameters::builder(host.clone());
        if let Some(path) = &settings.trust {
            tls = tls.certificate_store(CertificateStore::None).add_root_certificate(certificates(path)?);
        }
        let (port, tls) = match settings.tls {
            MailTls::Tls => (465, Tls::Wrapper(tls.build().map_err(odd)?)),
            MailTls::Starttls => (587, Tls::Required(tls.build().map_err(odd)?)),
            MailTls::None => (25, Tls::None),
        };
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(settings.port.unwrap_or(port))
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some(path) = &settings.credentials {
            server = server.credentials(credentials(path)?);
        }
        Ok(Self { from, way: Way::Server(Box::new(server.build())) })
    }
}

/// The certificates of a file; an empty one would trust nobody.
fn certificates(path: &Path) -> Result<Certificate, Trouble> {
    let trouble = |why: String| Trouble::Trust(path.display().to_string(), why);
    let pem = std::fs::read(path).map_err(|error| trouble(error.to_string()))?;
    if !pem.windows(27).any(|part| part == b"-----BEGIN CERTIFICATE-----") {
        return Err(trouble("it has no certificate (PEM)".to_owned()));
    }
    Certificate::from_pem(&pem).map_err(|error| trouble(error.to_string()))
}

/// Name and password, from a file of two lines that nobody else can read.
fn credentials(path: &Path) -> Result<Credentials, Trouble> {
    let trouble = |why: String| Trouble::Credentials(path.display().to_string(), why);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let about = std::fs::metadata(path).map_err(|error| trouble(error.to_string()))?;
        if about.permissions().mode() & 0o077 != 0 {
            return Err(trouble("others can read it: chmod 600".to_owned()));
        }
    }
    let text = std::fs::read_to_string(path).map_err(|error| trouble(error.to_string()))?;
    let mut lines = text.lines().map(str::to_owned);
    match (lines.next(), lines.next()) {
        (Some(name), Some(password)) if !name.is_empty() => Ok(Credentials::new(name, password)),
        _ => Err(trouble("it has two lines, name and password".to_owned())),
    }
}

/// Sends one message.
pub(super) async fn post(app: &App, message: &Message) -> Result<Outcome, StoreError> {
    let mailbox = mailboxes::of(&mut app.0.store.read().await?, message.target).await?;
    let Some(mailbox) = mailbox else {
        return Ok(Outcome::Never(None, "账户已停止邮件 / the account wants no mail any more".to_owned()));
    };
    let origin = &app.issuer().origin;
    let (zh, en, path) = if message.event == CONFIRM {
        let Some(number) = mailbox.number.filter(|_| mailbox.confirmed_at.is_none()) else {
            return Ok(Outcome::Never(None, "邮箱已确认 / the address is confirmed already".to_owned()));
        };
        let secret = mailbox::secret(app, mailbox.account, &number);
        ("请确认您的邮箱", "Confirm your address", format!("/notices/confirm/{secret}"))
    } else {
        let kind: Option<NoticeKind> = message.event.parse().ok();
        let Some(kind) = kind.filter(|kind| mailbox::wants(&mailbox, *kind)) else {
            return Ok(Outcome::Never(
                None,
                "不再需要此类邮件 / mail about this is not wanted any more".to_owned(),
            ));
        };
        (kind.zh(), kind.en(), "/notices".to_owned())
    };
    let text = text(app, message.event == CONFIRM, (zh, en), &format!("{origin}{path}"));
    let Some(mail) = written(app, message, &mailbox.address, &format!("{zh} / {en}"), text) else {
        return Ok(Outcome::Never(None, "邮箱无法使用 / the address cannot be written to".to_owned()));
    };
    Ok(match &app.0.outward.post.way {
        Way::Folder(folder) => match write(folder, message, &mail.formatted()).await {
            Ok(()) => Outcome::Taken(None),
            Err(error) => Outcome::Later(None, format!("邮件文件夹 / the folder of mail: {error}")),
        },
        Way::Server(server) => match server.send(mail).await {
            Ok(_) => Outcome::Taken(None),
            Err(error) if is_about_the_mail(&error) => Outcome::Never(None, said(&error)),
            Err(error) => Outcome::Later(None, said(&error)),
        },
    })
}

fn is_about_the_mail(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|code| ABOUT_THE_MAIL.contains(&code.into()))
}

/// What a server answered, without what it may repeat of the address; or why there was no answer.
fn said(error: &lettre::transport::smtp::Error) -> String {
    if let Some(code) = error.status() {
        return format!("邮件服务器答复 {code} / the mail server answered {code}");
    }
    // What a handshake fails by, such as a certificate, comes as bytes that make no sense.
    let mut sources = std::iter::successors(error.source(), |&error| error.source());
    let io = sources.find_map(|source| source.downcast_ref::<std::io::Error>());
    match io.filter(|io| io.kind() == std::io::ErrorKind::InvalidData) {
        Some(why) => format!("与邮件服务器的加密连接失败 / no encryption with the mail server: {why}"),
        None if error.is_client() => {
            format!("邮件服务器不符合要求 / the mail server cannot do what is asked: {error}")
        }
        None => "邮件服务器无答复 / the mail server does not answer".to_owned(),
    }
}

/// Writes mail into the folder, under its id: sent twice, it is there once.
async fn write(folder: &Path, message: &Message, mail: &[u8]) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    tokio::fs::write(folder.join(format!("{}.eml", message.id)), mail).await
}

/// A mail. Its id is the message's, so that a server which got it twice may know.
fn written(app: &App, message: &Message, to: &str, subject: &str, text: String) -> Option<Mail> {
    let post = &app.0.outward.post;
    let to: Address = to.parse().ok()?;
    let id = format!("<{}@{}>", message.id, post.from.domain());
    Mail::builder()
        .from(post.from.clone().into())
        .to(to.into())
        .subject(format!("[明证] {subject}"))
        .message_id(Some(id))
        .date(SystemTime::from(app.now().utc()))
        .header(ContentType::TEXT_PLAIN)
        .body(text)
        .ok()
}

/// What mail says: that there is something, and where to read it.
fn text(app: &App, confirms: bool, (zh, en): (&str, &str), address: &str) -> String {
    let issuer = &app.issuer().name;
    if confirms {
        return format!(
            "您在「明证」填写了这个邮箱，用于接收通知。请在一天内登录并打开以下链接确认：\n\n{address}\n\n\
             如果不是您本人操作，请忽略本邮件；未经确认，不会再向此邮箱发送任何内容。\n\n{}\n\n---\n\n\
             This address was entered in Mingzheng, to send notices to. Sign in and open the link above within a day to \
             confirm it. If it was not you, do nothing: nothing else will be sent here.\n\n{}\n",
            issuer.zh, issuer.en
        );
    }
    format!(
        "您在「明证」有新的通知：{zh}。\n\n请登录后查看：\n{address}\n\n\
         邮件中不含任何记录内容。可在通知设置中选择接收哪些邮件，或停止接收。\n\n{}\n\n---\n\n\
         There is something new for you in Mingzheng: {en}.\n\nSign in and read it at the address above. Mail never says \
         what it is. What is mailed can be chosen, or ended, in the settings of notices.\n\n{}\n",
        issuer.zh, issuer.en
    )
}
