//! People with accounts, made as people make them: by a link, a password, and a second factor where it is needed.

use mingzheng::flow::account::invite::{self, Invited};
use mingzheng::flow::account::sign_in::{self, Knock, Opened, Stage};
use mingzheng::flow::account::{Error, factor};
use mingzheng::flow::sessions::{self, Signed};
use mingzheng::flow::{Actor, App};
use mingzheng::rules::{AccountRole, Grant};

use super::house::{House, MARKET, PARENT};

/// A password that is taken.
pub(crate) const PASSWORD: &str = "chuntian qutian zhongshu";

/// Somebody with an account, signed in.
pub(crate) struct Somebody {
    pub(crate) name: String,
    /// The secret of their session.
    pub(crate) session: String,
    /// The key in their authenticator.
    pub(crate) key: Option<String>,
}

/// Everybody comes from here.
pub(crate) fn knock() -> Knock {
    Knock { address: "192.0.2.7".into(), agent: "test".into() }
}

/// How far a role goes in these tests.
pub(crate) fn grants(role: AccountRole) -> Vec<Grant> {
    let grant = |object: &str, scope: &[&str]| Grant {
        object: object.to_owned(),
        scope: scope.iter().map(|&word| word.to_owned()).collect(),
        ..Grant::default()
    };
    match role {
        AccountRole::Agent => vec![grant(PARENT, &["see", "ask", "share"])],
        AccountRole::Person => vec![grant(PARENT, &[])],
        AccountRole::Clerk => vec![grant(MARKET, &[])],
        _ => Vec::new(),
    }
}

/// The secret of a link.
pub(crate) async fn link(app: &App, role: AccountRole) -> String {
    let invited = Invited { shown: format!("示范{}", role.zh()), role, grants: grants(role) };
    let link = invite::invite(app, &Actor::operator(), invited).await.unwrap();
    link.address.rsplit('/').next().unwrap().to_owned()
}

/// Somebody gets an account of a role, and is signed in.
pub(crate) async fn somebody(house: &House, name: &str, role: AccountRole) -> Somebody {
    let link = link(&house.app, role).await;
    let opened = invite::accept(&house.app, &knock(), &link, name, PASSWORD, PASSWORD).await.unwrap();
    let mut somebody = Somebody { name: name.to_owned(), session: opened.secret, key: None };
    if opened.stage == Stage::Enrol {
        let enrolment = factor::begin_first(&house.app, &somebody.session).await.unwrap();
        let code = code(&enrolment.secret, house);
        let (opened, codes) =
            factor::confirm_first(&house.app, &knock(), &somebody.session, &code).await.unwrap();
        assert_eq!((opened.stage, codes.len()), (Stage::Open, 10));
        somebody.key = Some(enrolment.secret);
        somebody.session = opened.secret;
    }
    somebody
}

/// The code that an authenticator shows now.
pub(crate) fn code(key: &str, house: &House) -> String {
    let symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let values = key.chars().filter_map(|symbol| symbols.find(symbol));
    let bits: Vec<usize> = values.flat_map(|it| (0..5).rev().map(move |place| it >> place & 1)).collect();
    let byte = |bits: &[usize]| u8::try_from(bits.iter().fold(0, |sum, bit| sum << 1 | bit)).unwrap();
    let secret: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    let authenticator =
        totp_rs::Builder::new().with_secret(<[u8; 20]>::try_from(secret).unwrap()).build().unwrap();
    let seconds = u64::try_from(house.app.now().millis() / 1000).unwrap();
    authenticator.generate(seconds).to_string()
}

/// Somebody types a name and a password.
pub(crate) async fn types(house: &House, name: &str, password: &str) -> Result<Opened, Error> {
    sign_in::begin(&house.app, &knock(), name, password).await
}

/// An agent with mandates of the operator for these subjects, signed in.
pub(crate) async fn agent(house: &House, name: &str, subjects: &[(&str, &[&str])]) -> Somebody {
    let grant = |(object, scope): &(&str, &[&str])| Grant {
        object: (*object).to_owned(),
        scope: scope.iter().map(|&word| word.to_owned()).collect(),
        ..Grant::default()
    };
    let grants = subjects.iter().map(grant).collect();
    let invited = Invited { shown: format!("示范{name}"), role: AccountRole::Agent, grants };
    let link = invite::invite(&house.app, &Actor::operator(), invited).await.unwrap();
    let secret = link.address.rsplit('/').next().unwrap().to_owned();
    let opened = invite::accept(&house.app, &knock(), &secret, name, PASSWORD, PASSWORD).await.unwrap();
    Somebody { name: name.to_owned(), session: opened.secret, key: None }
}

impl Somebody {
    /// As whom they act with their next request.
    pub(crate) async fn signed(&self, house: &House) -> Signed {
        sessions::resume(&house.app, &self.session).await.unwrap().unwrap()
    }
}
