//! Whether misses that are answered in the same words can be told apart by their time: a name that nobody has from a wrong password, a
//! link that is over from one that never was.
//!
//! `cargo bench --bench misses -- [ROUNDS]`, 200 unless said, and 20 times as many where no password is hashed. Requests go through the whole face
//! without a network, which would only add noise. Each round asks every question of a group once, in an order drawn anew; the first question is asked twice, as two kinds, which
//! shows the noise. Of 20 blocks of rounds the differences of medians are taken: their mean, and twice its standard error. A difference
//! beyond three such intervals is marked. Groups marked "told" are answered in different words: their times tell nothing more.
//! All of it on `SQLite`, and on `PostgreSQL` where that is installed.

#[path = "../tests/it/engines.rs"]
#[expect(clippy::unwrap_used, dead_code, unused_macros, unused_imports, reason = "the tests use all of it")]
mod engines;
#[expect(dead_code, reason = "each bench uses a part of it")]
mod house;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant as Moment};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::response::Response;
use engines::Place;
use house::{HOLDER, House, SUBJECT};
use mingzheng::flow::account::invite::{self, Invited};
use mingzheng::flow::account::provider::Identity;
use mingzheng::flow::account::sign_in::Knock;
use mingzheng::flow::account::{keep, link};
use mingzheng::flow::clients::{self, Wanted};
use mingzheng::flow::share::{self, Asked};
use mingzheng::flow::{Actor, Clock, Role, Tokens};
use mingzheng::http::{Face, router};
use mingzheng::rules::{AccountRole, Digest, Grant, OneCode, ShareKind, VerificationCode};
use tower::ServiceExt;

const ROUNDS: usize = 200;
/// So many times as many rounds of questions that take a tenth of a millisecond.
const OF_QUICK_ONES: usize = 20;
const BLOCKS: usize = 20;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const PASSWORD: &str = "chuntian qutian zhongshu";

/// A question that is answered by a miss: its name, and a request made anew for each time it is asked.
struct Miss(&'static str, Box<dyn Fn() -> Request<Body>>);

struct Bench {
    house: House,
    face: Router,
    hand: Arc<AtomicI64>,
    rounds: usize,
    dice: u64,
}

fn main() {
    // `cargo test --benches` and listing ask for nothing to be timed.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    run("SQLite", &runtime.block_on(Place::on_sqlite()), rounds);
    match runtime.block_on(Place::on_postgres()) {
        Some(place) => run("PostgreSQL", &place, rounds),
        None => println!("PostgreSQL: not installed"),
    }
}

/// Asks one engine everything.
fn run(engine: &str, place: &Place, rounds: usize) {
    let hand = Arc::new(AtomicI64::new(Clock::system().now().millis()));
    let house = House::by(Some(place.url.clone()), Clock::standing(Arc::clone(&hand)));
    let face = Face::new(house.app.clone(), Tokens::default(), Duration::from_mins(1));
    let mut bench = Bench { face: router(Arc::new(face)), house, hand, rounds, dice: 1 };
    println!("{engine:<26} {:<30} {:>11} {:>22}", "", "median", "from the first");
    bench.links();
    bench.tokens();
    bench.sessions();
    bench.one_codes();
    bench.codes();
    bench.sign_in();
}

impl Bench {
    /// Links to make an account, and to set a password anew.
    fn links(&mut self) {
        let (over, used, reset) = (self.invitation(), self.invitation(), self.reset());
        self.accept(&used, "invited", PASSWORD);
        self.pass(4 * DAY);
        let ask = |secret: String| move || get(&format!("/invitation/{secret}"));
        self.compare(
            "a one-time link",
            &[
                miss("never was", || get(&format!("/invitation/{}", secret(32)))),
                miss("over", ask(over)),
                miss("used", ask(used)),
                miss("for a password, over", ask(reset)),
            ],
        );
    }

    /// Tokens of clients.
    fn tokens(&mut self) {
        let [over, taken, bound] = ["over", "revoked", "bound"].map(|name| self.client(name));
        self.house.runtime.block_on(async {
            clients::revoke(&self.house.app, &Actor::operator(), "revoked").await.expect("revoked");
        });
        let ask = |token: String| move || with_token(&token);
        let bound = ask(bound);
        self.compare(
            "a token",
            &[
                miss("never was", || with_token(&format!("mz_{}", secret(20)))),
                miss("revoked", ask(taken)),
                miss("without its certificate", bound),
            ],
        );
        self.pass(40 * DAY);
        self.compare(
            "a token",
            &[miss("never was", || with_token(&format!("mz_{}", secret(20)))), miss("over", ask(over))],
        );
    }

    /// Cookies of sessions.
    fn sessions(&mut self) {
        let link = self.invitation();
        let session = self.accept(&link, "idle", PASSWORD);
        self.pass(20 * MINUTE);
        let ask = |session: &str| {
            let cookie = format!("mz_session={session}");
            Request::get("/account").header(ACCEPT, "text/html").header(COOKIE, cookie).body(Body::empty())
        };
        self.compare(
            "a session",
            &[
                miss("never was", move || ask(&secret(32)).expect("a request")),
                miss("over", move || ask(&session).expect("a request")),
            ],
        );
    }

    /// One-codes: each miss has words of its own.
    fn one_codes(&mut self) {
        let (used, over, taken) = (self.share(60), self.share(60), self.share(60 * 24 * 30));
        let holder = holder();
        let app = self.house.app.clone();
        self.house.runtime.block_on(async {
            share::open(&app, &share::Viewer::default(), &used.1, "secret").await.expect("a look");
            share::revoke(&app, &holder, taken.0).await.expect("taken back");
        });
        let door = |code: String| move || get(&format!("/c/{code}"));
        let never = || get(&format!("/c/{}", OneCode::from_random(random()).compact()));
        self.compare(
            "a one-code (told)",
            &[miss("never was", never), miss("used up", door(used.1)), miss("taken back", door(taken.1))],
        );
        self.pass(2 * 60 * MINUTE);
        self.compare("a one-code (told)", &[miss("never was", never), miss("over", door(over.1))]);
    }

    /// Verification codes: by themselves, and in the text of a QR whose claim is another report's.
    fn codes(&mut self) {
        let (one, other) = (self.house.issue(SUBJECT), self.house.issue(SUBJECT));
        let (code, qr) = (one.code.expect("new").compact(), other.qr.expect("new"));
        let own = other.code.expect("new").compact();
        let by_code = || verify("code", &VerificationCode::from_random(random()).compact());
        self.compare(
            "a verification code",
            &[
                miss("never was", by_code),
                miss("never was, typed apart", || {
                    verify("code", &VerificationCode::from_random(random()).to_string())
                }),
            ],
        );
        let text = qr.clone();
        let claim = own.clone();
        self.compare(
            "a QR, its claim another's",
            &[
                miss("code never was", move || {
                    verify("qr", &qr.replace(&own, &VerificationCode::from_random(random()).compact()))
                }),
                miss("code of a report", move || verify("qr", &text.replace(&claim, &code))),
            ],
        );
    }

    /// Names and passwords.
    fn sign_in(&mut self) {
        for name in ["wang", "locked"] {
            let link = self.invitation();
            self.accept(&link, name, PASSWORD);
        }
        let link = self.invitation();
        let app = self.house.app.clone();
        self.house.runtime.block_on(async {
            let operator = Actor::operator();
            let locked = keep::named(&app, &operator, "locked").await.expect("an account");
            keep::lock(&app, &operator, locked, true).await.expect("locked");
            let city = Identity {
                provider: "city".into(),
                issuer: "https://id.example".into(),
                holder: "sub:1".into(),
                second_factor: false,
            };
            link::accept(&app, &Knock::default(), &link, "elsewhere", &city).await.expect("an account");
        });
        let form = self.form();
        let ask = |form: &(String, String), name: String, password: &'static str| {
            let body = format!("csrf={}&name={name}&password={password}", form.1);
            posted(&form.0, body)
        };
        let types = |name: &'static str, password: &'static str| {
            let form = form.clone();
            move || ask(&form, name.to_owned(), password)
        };
        let nobody = form.clone();
        // A quarter of an hour and more passes between rounds, so that nothing gets locked.
        self.compare_within(
            "name and password",
            16 * MINUTE,
            &[
                miss("nobody's name", move || ask(&nobody, format!("n{}", secret(8)), "wrong+password+1")),
                miss("wrong password", types("wang", "wrong+password+1")),
                miss("locked account, its password", types("locked", "chuntian+qutian+zhongshu")),
                miss("locked account, wrong one", types("locked", "wrong+password+1")),
                miss("account without a password", types("elsewhere", "wrong+password+1")),
            ],
        );
        for name in ["wang", "nobody"] {
            for _ in 0..5 {
                self.ask(ask(&form, name.to_owned(), "wrong+password+1"));
            }
            self.pass(1000);
        }
        self.compare_within(
            "too many failures",
            0,
            &[
                miss("nobody's name", types("nobody", "wrong+password+1")),
                miss("wrong password", types("wang", "wrong+password+1")),
                miss("right password", types("wang", "chuntian+qutian+zhongshu")),
            ],
        );
    }

    /// Asks every question of a group, all of them quick ones, in every round.
    fn compare(&mut self, group: &str, misses: &[Miss]) {
        let rounds = self.rounds;
        self.rounds *= OF_QUICK_ONES;
        self.compare_within(group, 0, misses);
        self.rounds = rounds;
    }

    fn compare_within(&mut self, group: &str, between: i64, misses: &[Miss]) {
        let kinds: Vec<usize> = std::iter::once(0).chain(0..misses.len()).collect();
        let mut times = vec![Vec::with_capacity(self.rounds); kinds.len()];
        let mut words = None;
        for _ in 0..BLOCKS {
            self.ask(misses[0].1());
        }
        for _ in 0..self.rounds {
            self.pass(between);
            let mut order: Vec<usize> = (0..kinds.len()).collect();
            for at in (1..order.len()).rev() {
                let other = self.drawn(at + 1);
                order.swap(at, other);
            }
            for kind in order {
                let request = misses[kinds[kind]].1();
                let begun = Moment::now();
                let status = self.ask(request);
                times[kind].push(begun.elapsed().as_secs_f64() * 1e6);
                let first = *words.get_or_insert(status);
                assert!(status == first || group.ends_with("(told)"), "{group}: {status} and {first}");
            }
        }
        let names = std::iter::once("the same again").chain(misses.iter().skip(1).map(|miss| miss.0));
        let first = median(times[0].clone());
        println!("{group:<26} {:<30} {first:>8.1} µs", misses[0].0);
        for (name, of_kind) in names.zip(&times[1..]) {
            let a_block = self.rounds / BLOCKS;
            let apart = |(one, other): (&[f64], &[f64])| median(other.to_vec()) - median(one.to_vec());
            let differences: Vec<f64> =
                times[0].chunks_exact(a_block).zip(of_kind.chunks_exact(a_block)).map(apart).collect();
            let many = f64::from(u32::try_from(differences.len()).unwrap_or(1));
            let mean = differences.iter().sum::<f64>() / many;
            let spread = differences.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (many - 1.0);
            let noise = 2.0 * (spread / many).sqrt();
            let mark = if mean.abs() > 3.0 * noise { "  apart" } else { "" };
            let middle = median(of_kind.clone());
            println!("{:<26} {name:<30} {middle:>8.1} µs {mean:>+9.1} ± {noise:>5.1} µs{mark}", "");
        }
    }

    /// Sends a request, and gives the status of the answer once it is there whole.
    fn ask(&self, request: Request<Body>) -> u16 {
        self.answer(request).0
    }

    fn answer(&self, request: Request<Body>) -> (u16, Option<String>, String) {
        self.house.runtime.block_on(async {
            let answer: Response = self.face.clone().oneshot(request).await.expect("an answer");
            let (parts, body) = answer.into_parts();
            let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
            let cookie = parts.headers.get(SET_COOKIE).and_then(|it| it.to_str().ok());
            let cookie = cookie.and_then(|it| it.split(';').next()).map(str::to_owned);
            (parts.status.as_u16(), cookie, String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    /// The cookie and the token of the form where one signs in.
    fn form(&self) -> (String, String) {
        let (_, cookie, text) = self.answer(get("/sign-in"));
        let token = text.split_once("name=\"csrf\" value=\"").expect("a form").1;
        (cookie.expect("a cookie"), token.split('"').next().expect("a token").to_owned())
    }

    fn pass(&self, millis: i64) {
        self.hand.fetch_add(millis, Ordering::SeqCst);
    }

    /// A number below another (Knuth's multiplier; it only shuffles).
    fn drawn(&mut self, below: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.dice >> 33).unwrap_or(0) % below
    }

    /// The secret of a one-time link for a new account.
    fn invitation(&self) -> String {
        let grants = vec![Grant { object: SUBJECT.into(), scope: vec!["see".into()], ..Grant::default() }];
        let invited = Invited { shown: "示范".into(), role: AccountRole::Agent, grants };
        let operator = Actor::operator();
        let link = invite::invite(&self.house.app, &operator, invited);
        last(&self.house.runtime.block_on(link).expect("a link").address)
    }

    /// The secret of a one-time link for a new password.
    fn reset(&self) -> String {
        let link = self.invitation();
        self.accept(&link, "forgetful", PASSWORD);
        self.house.runtime.block_on(async {
            let (app, operator) = (&self.house.app, Actor::operator());
            let id = keep::named(app, &operator, "forgetful").await.expect("an account");
            last(&invite::reset(app, &operator, id).await.expect("a link").address)
        })
    }

    /// Uses a link, and gives the secret of the session.
    fn accept(&self, secret: &str, name: &str, password: &str) -> String {
        let knock = Knock::default();
        let opened = invite::accept(&self.house.app, &knock, secret, name, password, password);
        self.house.runtime.block_on(opened).expect("an account").secret
    }

    /// The token of a client that must come with a certificate.
    fn client(&self, name: &str) -> String {
        let wanted = Wanted {
            name: name.into(),
            role: AccountRole::Verifier,
            grants: Vec::new(),
            days: 30,
            certificate: (name == "bound").then_some(Digest([7; 32])),
        };
        let operator = Actor::operator();
        let made = clients::make(&self.house.app, &operator, wanted);
        self.house.runtime.block_on(made).expect("a client").secret
    }

    /// A grant for one look, and its code.
    fn share(&self, minutes: u32) -> (uuid::Uuid, String) {
        let asked = Asked {
            subject: SUBJECT.into(),
            domains: vec!["market-regulation".parse().expect("a domain")],
            from: None,
            span: Some("5-years".into()),
            to: None,
            kind: ShareKind::Grant,
            recipient: String::new(),
            download: false,
            consent: false,
            uses: 1,
            minutes,
            idempotency_key: None,
        };
        let holder = holder();
        let made = share::make(&self.house.app, &holder, asked);
        let made = self.house.runtime.block_on(made).expect("a grant");
        (made.share.id, made.code.expect("a code").0.compact())
    }
}

fn holder() -> Actor {
    Actor { name: HOLDER.into(), role: Role::Subject(SUBJECT.into()) }
}

fn miss(name: &'static str, request: impl Fn() -> Request<Body> + 'static) -> Miss {
    Miss(name, Box::new(request))
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).header(ACCEPT, "text/html").body(Body::empty()).expect("a request")
}

fn with_token(token: &str) -> Request<Body> {
    let request = Request::get("/api/v1/watches").header(AUTHORIZATION, format!("Bearer {token}"));
    request.body(Body::empty()).expect("a request")
}

fn verify(name: &str, text: &str) -> Request<Body> {
    let request = Request::post("/api/v1/verify").header(CONTENT_TYPE, "application/json");
    request.body(Body::from(serde_json::json!({ name: text }).to_string())).expect("a request")
}

fn posted(cookie: &str, body: String) -> Request<Body> {
    let request = Request::post("/sign-in").header(ACCEPT, "text/html").header(COOKIE, cookie);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(Body::from(body)).expect("a request")
}

/// So many random bytes in hexadecimal.
fn secret(bytes: usize) -> String {
    random::<64>().iter().take(bytes).flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or('0')
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    mingzheng::flow::Chance::system().fill(&mut bytes);
    bytes
}

fn last(address: &str) -> String {
    address.rsplit('/').next().unwrap_or_default().to_owned()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
