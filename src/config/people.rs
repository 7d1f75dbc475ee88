//! What the configuration says of people: their accounts, services that they sign in by, and how much they may ask.

use std::path::PathBuf;

use serde::Deserialize;

use super::Error;

/// How accounts are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// How old the password of an operator's account may be, in days; 0 for any age.
    pub password_days: u32,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { password_days: 90 }
    }
}

/// Services that people may sign in by.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Providers of `OpenID` Connect.
    pub provider: Vec<Provider>,
}

/// A provider of `OpenID` Connect. It is told the address `<origin>/sign-in/from/<name>`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name in addresses: small letters, digits and hyphens.
    pub name: String,
    /// Its name in Chinese, as people know it.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Its address, as it writes it into its tokens; `https`, or `http` on this machine.
    pub issuer: String,
    /// The name by which it knows this service.
    pub client_id: String,
    /// The file with the secret that it gave this service; none for a public client.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// The claim by which somebody is known: `sub`, or another one that it never gives to somebody else.
    #[serde(default = "sub")]
    pub holder: String,
    /// What is asked for beside `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Values of `amr` or `acr` by which it says that it asked for a second factor itself; ours is asked for otherwise.
    #[serde(default)]
    pub second_factor: Vec<String>,
}

fn sub() -> String {
    "sub".to_owned()
}

/// How many requests there may be in a minute; 0 for any number. An address is an IPv4 address or an IPv6 network of 64 bits, behind
/// which there may be a whole office, or one customer.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Verifications from one address. Codes with a typing error are not counted.
    pub verify_address: u32,
    /// Verifications of codes whose first six characters are the same, from all addresses together.
    pub verify_code: u32,
    /// Attempts to sign in from one address; five wrong ones lock a name besides.
    pub sign_in_address: u32,
    /// Requests for a report from one address.
    pub report_address: u32,
    /// Requests for a report by one account or client.
    pub report_account: u32,
    /// Files sent from one address: uploads, evidence, batches to verify.
    pub upload_address: u32,
    /// Files sent by one account or client.
    pub upload_account: u32,
    /// Requests with rows from one address.
    pub rows_address: u32,
    /// Requests with rows by one account or client.
    pub rows_account: u32,
    /// Ratings from one address.
    pub rating_address: u32,
    /// Streams of events that pages of one account open.
    pub follow_account: u32,
}

impl Default for Limits {
    /// Many times what people do by hand, and less than a machine would do that guesses or floods: a report takes tenths of a second
    /// of a core, a request with rows some milliseconds.
    fn default() -> Self {
        Self {
            verify_address: 300,
            verify_code: 600,
            sign_in_address: 120,
            report_address: 600,
            report_account: 120,
            upload_address: 600,
            upload_account: 120,
            rows_address: 12_000,
            rows_account: 6_000,
            rating_address: 30,
            follow_account: 60,
        }
    }
}

impl Identity {
    /// Whether names and addresses can be used.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (at, Provider { name, issuer, .. }) in self.provider.iter().enumerate() {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty()
                || !name.chars().all(plain)
                || self.provider[..at].iter().any(|it| it.name == *name)
            {
                return Err(Error::Shape(format!(
                    "identity.provider.name must be small letters, digits and hyphens, and each only once, not {name:?}"
                )));
            }
            let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
            if !issuer.starts_with("https://") && !local.iter().any(|start| issuer.starts_with(start)) {
                return Err(Error::Shape(format!(
                    "identity.provider.issuer must begin with https:// (http:// is for this machine only), not {issuer:?}"
                )));
            }
        }
        Ok(())
    }
}
