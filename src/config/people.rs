//! What the configuration says of people: their accounts, and how much they may ask.

use serde::Deserialize;

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
        }
    }
}
