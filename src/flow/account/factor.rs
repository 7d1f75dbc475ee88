//! A second factor is set up: any program that knows RFC 6238 will do.

use serde_json::json;
use uuid::Uuid;

use super::{Error, password, sign_in, unchanged};
use crate::flow::record::record;
use crate::flow::sessions::Signed;
use crate::flow::{App, moment, notices};
use crate::report::qr;
use crate::rules::{Digest, NoticeKind};
use crate::seal::SecondFactor;
use crate::store::accounts::{self, Account};
use crate::store::sessions as stored;

/// How many recovery codes one gets.
const CODES: usize = 10;
/// The characters of recovery codes: none looks like another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What to enter into the authenticator program.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The secret as people type it, in groups of four.
    pub secret: String,
    /// The address that the QR holds.
    pub address: String,
    /// The QR as SVG.
    pub svg: String,
}

/// Begins, or shows again what was begun and not confirmed.
pub async fn begin(app: &App, account: Uuid) -> Result<Enrolment, Error> {
    let mut tx = app.0.store.write().await?;
    let account = accounts::by_id(&mut tx, account).await?.ok_or(Error::NotFound)?;
    let number = if let Some(number) = account.factor_new {
        number
    } else {
        let number = Digest(app.0.chance.draw());
        if accounts::begin_factor(&mut tx, account.id, number, app.now()).await? {
            tx.commit().await?;
            number
        } else {
            // Another page began one at the same time.
            let begun = accounts::by_id(&mut tx, account.id).await?.and_then(|account| account.factor_new);
            begun.ok_or(Error::Ended)?
        }
    };
    let secret = SecondFactor::of(&app.0.keyring.codes, &number).base32();
    let issuer: String = app.issuer().name.en.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let address = format!("otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}", account.name);
    let svg = qr::qr(&address).map_err(|_| Error::Hash)?.svg();
    let groups: Vec<&str> =
        secret.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    Ok(Enrolment { secret: groups.join(" "), address, svg })
}

/// Begins for somebody who may not go on without.
pub async fn begin_first(app: &App, session: &str) -> Result<Enrolment, Error> {
    let (_, account) = sign_in::pending(app, session, sign_in::Stage::Enrol).await?;
    begin(app, account.id).await
}

/// Confirms with the password and a first code. The recovery codes are shown once.
pub async fn confirm(
    app: &App,
    knock: &sign_in::Knock,
    signed: &Signed,
    secret: &str,
    code: &str,
) -> Result<Vec<String>, Error> {
    let mut tx = app.0.store.read().await?;
    let account = accounts::by_id(&mut tx, signed.account).await?.ok_or(Error::NotFound)?;
    drop(tx);
    sign_in::reserve(app, knock, &account.name).await?;
    if !password::is_right(app, Some(&account), secret).await? {
        return Err(sign_in::fail(app, knock, &account.name, Some(&account), Error::Refused).await?);
    }
    confirmed(app, knock, account, code).await.map(|(_, codes)| codes)
}

/// Confirms for somebody who may not go on without, and lets them go on.
pub async fn confirm_first(
    app: &App,
    knock: &sign_in::Knock,
    session: &str,
    code: &str,
) -> Result<(sign_in::Opened, Vec<String>), Error> {
    let (session, account) = sign_in::pending(app, session, sign_in::Stage::Enrol).await?;
    let (account, codes) = confirmed(app, knock, account, code).await?;
    let mut tx = app.0.store.write().await?;
    stored::end(&mut tx, account.id, session.id).await?;
    tx.commit().await?;
    let opened = sign_in::arrive(app, knock, &account, sign_in::after_factor(app, &account)).await?;
    Ok((opened, codes))
}

async fn confirmed(
    app: &App,
    knock: &sign_in::Knock,
    account: Account,
    code: &str,
) -> Result<(Account, Vec<String>), Error> {
    sign_in::reserve(app, knock, &account.name).await?;
    let number = account.factor_new.ok_or(Error::Ended)?;
    let seconds = u64::try_from(app.now().millis() / 1000).unwrap_or(0);
    let Some(step) = SecondFactor::of(&app.0.keyring.codes, &number).step_of(code, seconds) else {
        return Err(sign_in::fail(app, knock, &account.name, Some(&account), Error::WrongCode).await?);
    };
    let codes: Vec<String> = (0..CODES).map(|_| fresh(app.0.chance.draw())).collect();
    let plain = |code: &String| sign_in::recovery_hash(app, &account, &code.replace('-', ""));
    let hashes: Vec<Digest> = codes.iter().map(plain).collect();
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let account = unchanged(&mut tx, &account).await?;
    let step = i64::try_from(step).unwrap_or(0);
    if !accounts::confirm_factor(&mut tx, account.id, number, step, now).await? {
        return Err(Error::Ended);
    }
    let account = Account { factor: Some(number), factor_new: None, ..account };
    accounts::set_recovery(&mut tx, account.id, &hashes).await?;
    sign_in::forgive(app, &mut tx, knock, &account.name).await?;
    notices::account(app, &mut tx, account.id, NoticeKind::FactorChanged, now).await?;
    let actor = sign_in::actor(&account);
    record(&mut tx, now, &actor, "factor-set", actor.name.clone(), json!({})).await?;
    tx.commit().await?;
    Ok((account, codes))
}

/// A recovery code of 50 random bits: `XXXXX-XXXXX`.
fn fresh(random: [u8; 10]) -> String {
    let mut code = String::with_capacity(11);
    for (at, byte) in random.into_iter().enumerate() {
        if at == 5 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    code
}
