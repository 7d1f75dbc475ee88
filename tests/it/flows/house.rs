//! A service on either engine with the sample registers in it, and the few things that stories do there.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use mingzheng::config::{Config, Token, TokenRole, Verify};
use mingzheng::flow::check::{self, Answer, Brought};
use mingzheng::flow::issue::{self, Ask, Issued};
use mingzheng::flow::upload::{self, Declared, Done, Sent};
use mingzheng::flow::{Actor, App, Chance, Clock, Role, StartError, register, revoke, trust};
use mingzheng::rules::facts::Channel;
use mingzheng::rules::{Digest, DomainId, Status};
use mingzheng::seal::{Keyring, TrustBundle};
use mingzheng::store::{Store, Tx};
use tokio::runtime::Handle;

use crate::engines::Place;
use crate::rules::house::{at, code, day};

/// The authority of market regulation, which has one domain.
pub(crate) const MARKET: &str = "11310000MBTE5T096W";
/// The authority of ecology and environment.
pub(crate) const ECOLOGY: &str = "11310000MBTE5T109J";
/// A listed company; its registration number is an alias.
pub(crate) const PARENT: &str = "91310115MATE5T017A";
/// Its subsidiary.
pub(crate) const SUBSIDIARY: &str = "91310115MATE5T0255";
/// The listed company's registration number.
pub(crate) const ALIAS: &str = "310115000000012";

pub(crate) const AUTHORITIES: &str = include_str!("../../../data/samples/authorities.toml");
const SUBJECTS: &str = include_str!("../../../data/samples/subjects.toml");
/// The hour at which every story begins: 10:00 in Shanghai.
const BEGINNING: &str = "2026-11-22T02:00:00Z";

/// A service of a test's own.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) store: Store,
    pub(crate) config: Config,
    hand: Arc<AtomicI64>,
    _place: Place,
}

impl From<Place> for House {
    fn from(place: Place) -> Self {
        tokio::task::block_in_place(|| Handle::current().block_on(Self::open(place)))
    }
}

/// Closer looks are taken by the program as it was built for the tests, which is slow.
pub(crate) fn looking() -> Verify {
    Verify { program: Some(env!("CARGO_BIN_EXE_mingzheng").into()), look_seconds: 600 }
}

/// A folder of keys, made once for the whole program: making keys takes long without optimisation.
pub(crate) fn keys_into(folder: &Path) {
    static KEYS: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = KEYS.get_or_init(|| {
        let made = tempfile::tempdir().unwrap();
        let chance = Chance::seeded(7);
        let operator = Config::default().issuer.zh;
        let mut fill = |bytes: &mut [u8]| chance.fill(bytes);
        Keyring::create(&made.path().join("keys"), &operator, at("2026-11-01T00:00:00Z"), &mut fill).unwrap();
        made
    });
    let copied =
        std::process::Command::new("cp").arg("-a").arg(made.path().join("keys")).arg(folder).status();
    assert!(copied.unwrap().success());
}

impl House {
    async fn open(place: Place) -> Self {
        let mut config = Config::default();
        config.home.0 = place.folder().join("home");
        config.store.url = Some(place.url.clone());
        config.verify = looking();
        config.token = companies();
        std::fs::create_dir(&config.home.0).unwrap();
        keys_into(&config.keys());
        let hand = Arc::new(AtomicI64::new(at(BEGINNING).millis()));
        let app = App::open(&config, Clock::standing(Arc::clone(&hand)), Chance::seeded(11)).await.unwrap();
        register::authorities(&app, &Actor::operator(), AUTHORITIES).await.unwrap();
        register::subjects(&app, &Actor::operator(), SUBJECTS).await.unwrap();
        let house = Self { app, store: place.store.clone(), config, hand, _place: place };
        house.pass(1000);
        house
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, millis: i64) {
        self.hand.fetch_add(millis, Ordering::SeqCst);
    }

    /// A second process over the same store, objects and keys, by the same clock.
    pub(crate) async fn second(&self) -> App {
        self.try_second(self.config.store_url()).await.unwrap()
    }

    /// A second process that reaches the store at another address.
    pub(crate) async fn try_second(&self, url: String) -> Result<App, StartError> {
        static SEED: AtomicU64 = AtomicU64::new(1 << 32);
        let mut config = self.config.clone();
        config.store.url = Some(url);
        let chance = Chance::seeded(SEED.fetch_add(1 << 32, Ordering::SeqCst));
        App::open(&config, Clock::standing(Arc::clone(&self.hand)), chance).await
    }

    /// A second process over the same store, objects, keys and clock, with another configuration.
    pub(crate) async fn with(&self, change: impl FnOnce(&mut Config)) -> Result<App, StartError> {
        static SEED: AtomicU64 = AtomicU64::new(1 << 48);
        let mut config = self.config.clone();
        change(&mut config);
        let seeded = Chance::seeded(SEED.fetch_add(1 << 32, Ordering::SeqCst));
        App::open(&config, Clock::standing(Arc::clone(&self.hand)), seeded).await
    }

    pub(crate) async fn upload(&self, sent: Sent) -> Result<Done, upload::Error> {
        upload::upload(&self.app, &Actor::operator(), sent).await
    }

    /// Market regulation sends these rows.
    pub(crate) async fn send(&self, rows: &[Row]) -> Done {
        self.upload(market_sends(rows)).await.unwrap()
    }

    /// Market regulation has loaded everything from 2018 until today.
    pub(crate) async fn declare(&self) {
        let sent =
            Sent { authority: Some(code(MARKET)), declared: Some(all_loaded(self)), ..Sent::default() };
        self.upload(sent).await.unwrap();
    }

    pub(crate) async fn issue(&self, ask: Ask) -> Result<Issued, issue::Error> {
        issue::issue(&self.app, &Actor::operator(), ask).await
    }

    pub(crate) async fn check(&self, brought: Brought) -> Answer {
        check::check(&self.app, brought).await.unwrap()
    }

    pub(crate) async fn revoke(&self, issued: &Issued) -> Result<revoke::Revoked, revoke::Error> {
        revoke::in_emergency(&self.app, &Actor::operator(), issued.facts.number.compact(), "出具有误").await
    }

    pub(crate) async fn status(&self, issued: &Issued) -> Status {
        self.check(Brought::Hash(issued.pdf_sha256)).await.verdict.status.status
    }

    pub(crate) async fn bundle(&self) -> TrustBundle {
        self.bundle_of(&self.app).await
    }

    /// The bundle that another process gives out.
    pub(crate) async fn bundle_of(&self, app: &App) -> TrustBundle {
        TrustBundle::parse(trust::export(app).await.unwrap().as_bytes()).unwrap()
    }

    /// The journal holds, with so many entries.
    pub(crate) async fn journal(&self) -> i64 {
        trust::check_journal(&self.app).await.unwrap()
    }

    /// The file that keeps an object.
    pub(crate) fn object(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.config.objects().join(&name[..2]).join(&name[2..])
    }

    /// One number out of the database.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        match self.store.read().await.unwrap() {
            Tx::Sqlite(mut tx) => sqlx::query_scalar(sql).fetch_one(&mut *tx).await.unwrap(),
            Tx::Postgres(mut tx) => sqlx::query_scalar(sql).fetch_one(&mut *tx).await.unwrap(),
        }
    }

    /// Rows of everything that an upload or a report leaves behind.
    pub(crate) async fn kept(&self) -> [i64; 6] {
        [
            self.number("SELECT COUNT(*) FROM upload").await,
            self.number("SELECT COUNT(*) FROM record_version").await,
            self.number("SELECT COUNT(*) FROM declaration").await,
            self.number("SELECT COUNT(*) FROM report").await,
            self.number("SELECT COUNT(*) FROM report_status").await,
            self.number("SELECT COUNT(*) FROM journal").await,
        ]
    }
}

/// Everything from 2018 until the house's today.
pub(crate) fn all_loaded(house: &House) -> Declared {
    Declared {
        data_from: Some(day("2018-01-01")),
        complete_through: Some(house.app.now().local_day()),
        ..Declared::default()
    }
}

pub(crate) fn market() -> DomainId {
    "market-regulation".parse().unwrap()
}

pub(crate) fn regulator(authority: &str) -> Actor {
    Actor { name: format!("regulator {authority}"), role: Role::Regulator(code(authority)) }
}

/// The tokens by which companies come in these tests: what they show holds while the configuration has them.
fn companies() -> Vec<Token> {
    let token = |(name, subject): (String, &str)| Token {
        sha256: mingzheng::seal::digest(name.as_bytes()),
        name,
        role: TokenRole::Subject,
        authority: None,
        subject: Some(subject.to_owned()),
    };
    let by_flows = [PARENT, SUBSIDIARY].map(|code| (subject(code).name, code));
    let by_http = [("mz_company".to_owned(), PARENT), ("mz_other".to_owned(), SUBSIDIARY)];
    by_flows.into_iter().chain(by_http).map(token).collect()
}

pub(crate) fn subject(code: &str) -> Actor {
    Actor { name: format!("subject {code}"), role: Role::Subject(code.to_owned()) }
}

/// Three years of market regulation about the listed company.
pub(crate) fn ask() -> Ask {
    Ask {
        subject: PARENT.to_owned(),
        domains: Some(vec![market()]),
        preset: None,
        from: Some(day("2023-11-22")),
        to: Some(day("2026-11-22")),
        span: None,
        purpose: None,
        include_repaired: false,
        edition: None,
        channel: Channel::Api,
        idempotency_key: None,
    }
}

/// A row of a file of penalties: change what the test is about.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) code: String,
    pub(crate) document: String,
    pub(crate) facts: String,
    pub(crate) fine: String,
    pub(crate) decided: String,
    pub(crate) organ: &'static str,
}

/// A fine of the listed company, with a document number of its own.
pub(crate) fn row(number: u32) -> Row {
    Row {
        name: "示范甲智能科技股份有限公司",
        code: PARENT.to_owned(),
        document: format!("示市监处罚〔2025〕{number:04}号"),
        facts: "当事人未按规定明码标价。".to_owned(),
        fine: "2".to_owned(),
        decided: "2025/05/16".to_owned(),
        organ: MARKET,
    }
}

pub(crate) const HEAD: &str = "行政相对人名称,行政相对人类别,行政相对人代码_1(统一社会信用代码),法定代表人,行政处罚决定书文号,违法行为类型,违法事实,处罚依据,处罚类别,处罚内容,罚款金额(万元),处罚决定日期,处罚有效期,公示截止期,处罚机关,处罚机关统一社会信用代码,数据来源单位,数据来源单位统一社会信用代码,处罚程序";

/// A file as regulators send it.
pub(crate) fn csv(rows: &[Row]) -> Vec<u8> {
    let mut text = format!("{HEAD}\n");
    for Row { name, code, document, facts, fine, decided, organ } in rows {
        writeln!(
            text,
            "{name},法人及非法人组织,{code},示范一,{document},未按规定明码标价,{facts},《中华人民共和国价格法》第四十二条,罚款,处以罚款。,{fine},{decided},2099/12/31,2028/05/16,示范市市场监督管理局,{organ},示范市市场监督管理局,{organ},普通程序"
        )
        .unwrap();
    }
    text.into_bytes()
}

/// What market regulation sends with these rows.
pub(crate) fn market_sends(rows: &[Row]) -> Sent {
    Sent {
        file_name: "penalties.csv".to_owned(),
        bytes: csv(rows),
        authority: Some(code(MARKET)),
        ..Sent::default()
    }
}
