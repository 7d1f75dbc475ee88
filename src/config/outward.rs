//! What goes out: mail, and calls to webhooks.

use std::path::PathBuf;

use serde::Deserialize;

/// Mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// Whom mail is from.
    pub from: String,
    /// The server that takes mail; without one, mail is written into a folder.
    pub smtp: Option<String>,
    /// Its port; 465 with `tls`, 587 with `starttls`.
    pub port: Option<u16>,
    /// How it is reached.
    pub tls: MailTls,
    /// Certificates (PEM) that the server's must lead to, in place of the public authorities.
    pub trust: Option<PathBuf>,
    /// A file of two lines, name and password, that only its owner can read.
    pub credentials: Option<PathBuf>,
    /// The folder that mail is written into where there is no server; `mail` in the home folder by default.
    pub folder: Option<PathBuf>,
}

/// How a mail server is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailTls {
    /// Encrypted from the first byte on.
    #[default]
    Tls,
    /// Encrypted after a greeting, or not at all used.
    Starttls,
    /// Not encrypted: for a server on this machine.
    None,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            from: "mingzheng@localhost".to_owned(),
            smtp: None,
            port: None,
            tls: MailTls::Tls,
            trust: None,
            credentials: None,
            folder: None,
        }
    }
}

/// Calls to webhooks.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// Ports that may be called.
    pub ports: Vec<u16>,
    /// The longest that a call may take, in seconds.
    pub timeout_seconds: u64,
    /// For trials only: `http`, any port, and addresses that are not public are called, too.
    pub trial: bool,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { ports: vec![443, 8443], timeout_seconds: 10, trial: false }
    }
}

impl Mail {
    /// What is wrong with it.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let lone = |text: &str| text.contains('@') && text.bytes().all(|byte| byte.is_ascii_graphic());
        let local = self.smtp.as_deref().is_none_or(|host| ["localhost", "127.0.0.1", "::1"].contains(&host));
        if !lone(&self.from) {
            Some("mail.from must be an address such as noreply@credit.example.cn")
        } else if self.tls == MailTls::None && !local {
            Some("mail.tls may be `none` for a server on this machine only")
        } else if self.trust.is_some() && self.tls == MailTls::None {
            Some("mail.trust is for encrypted connections: mail.tls must not be `none`")
        } else if self.credentials.is_some() && self.tls == MailTls::None {
            Some("mail.credentials are not sent without encryption: mail.tls must not be `none`")
        } else {
            None
        }
    }
}

impl Webhooks {
    /// What is wrong with it.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let sound = (1..=60).contains(&self.timeout_seconds);
        (!sound).then_some("webhooks.timeout_seconds must be from 1 to 60")
    }
}
