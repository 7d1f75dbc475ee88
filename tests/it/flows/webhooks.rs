//! Systems are told: signed, again where it is needed, to nobody else, and never into our own network.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mingzheng::config::Webhooks;
use mingzheng::flow::check::Brought;
use mingzheng::flow::upload::Sent;
use mingzheng::flow::webhooks::door::{Door, Lookup, NotCalled};
use mingzheng::flow::webhooks::{self, Act, Error};
use mingzheng::flow::{Actor, App, Listing, Post, Role, clients, notices, worker};
use mingzheng::rules::{AccountRole, Grant, HookEvent, Sending};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::faults::refuse;
use super::house::{ECOLOGY, House, MARKET, ask, market_sends, regulator, row, subject};
use super::large::job;
use super::people::{grants, somebody};
use crate::engines::on_both_engines;
use crate::http::desk::two_domains;
use crate::rules::house::code;

const ALL: Listing = Listing { offset: 0, limit: 100 };
const MINUTE: i64 = 60_000;

/// A request that was heard.
#[derive(Clone, Debug)]
struct Heard {
    head: String,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        let line =
            self.head.lines().find_map(|line| line.split_once(": ").filter(|(found, _)| *found == name));
        line.unwrap_or_else(|| panic!("{name} in {}", self.head)).1
    }
}

/// A server that hears requests and answers with statuses in turn; 200 when they are used up.
struct Ear {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    statuses: Arc<Mutex<VecDeque<u16>>>,
}

impl Ear {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let statuses: Arc<Mutex<VecDeque<u16>>> = Arc::default();
        let (all, next) = (Arc::clone(&kept), Arc::clone(&statuses));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (all, next) = (Arc::clone(&all), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut bytes = Vec::new();
                    let (head, length) = loop {
                        let mut chunk = [0; 4096];
                        let read = stream.read(&mut chunk).await.unwrap_or(0);
                        if read == 0 {
                            return;
                        }
                        bytes.extend(&chunk[..read]);
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        if let Some((head, _)) = text.split_once("\r\n\r\n") {
                            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                            break (head.to_owned(), length.map_or(0, |it| it.parse::<usize>().unwrap()));
                        }
                    };
                    let begins = head.len() + 4;
                    while bytes.len() < begins + length {
                        let mut chunk = [0; 4096];
                        let read = stream.read(&mut chunk).await.unwrap();
                        bytes.extend(&chunk[..read]);
                    }
                    let body = String::from_utf8(bytes[begins..].to_vec()).unwrap();
                    all.lock().unwrap().push(Heard { head, body });
                    let status = next.lock().unwrap().pop_front().unwrap_or(200);
                    if status == 410 {
                        tokio::time::sleep(Duration::from_millis(500)).await; // much may happen meanwhile
                    }
                    if status == 0 {
                        std::future::pending::<()>().await; // says nothing
                    }
                    let more = if status == 302 { "location: http://127.0.0.1:1/\r\n" } else { "" };
                    let answer = format!("HTTP/1.1 {status} X\r\n{more}content-length: 2\r\n\r\nok");
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address, heard: kept, statuses }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    fn answers(&self, statuses: &[u16]) {
        self.statuses.lock().unwrap().extend(statuses);
    }
}

/// An app that may call servers of the test.
async fn trying(house: &House) -> App {
    let trial = |config: &mut mingzheng::config::Config| {
        config.webhooks.trial = true;
        config.webhooks.timeout_seconds = 2;
    };
    house.with(trial).await.unwrap()
}

/// A system that verifies, made by the security operator.
async fn verifier(house: &House, name: &str) -> Actor {
    let wanted = clients::Wanted {
        name: name.to_owned(),
        role: AccountRole::Verifier,
        grants: grants(AccountRole::Verifier),
        days: 30,
        certificate: None,
    };
    clients::make(&house.app, &Actor::operator(), wanted).await.unwrap();
    Actor { name: format!("client:{name}"), role: Role::Verifier }
}

/// Everything that was or is to be sent to a webhook.
async fn sent(app: &App, actor: &Actor, id: uuid::Uuid) -> Vec<webhooks::Message> {
    webhooks::deliveries(app, actor, id, ALL).await.unwrap().0
}

on_both_engines! {
    async fn a_verifier_is_told_when_a_report_that_it_watches_changes(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let bank = verifier(&house, "bank").await;
        let rival = verifier(&house, "rival").await;
        let (hook, secret) = webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        webhooks::create(&app, &rival, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        assert!(secret.starts_with("whsec_"));
        house.declare().await;
        house.pass(1000);
        let (issued, other) = (house.issue(ask()).await.unwrap(), house.issue(ask()).await.unwrap());
        let code = Brought::Code(issued.code.clone().unwrap().to_string());
        let (watched, new) = webhooks::watch(&app, &bank, code.clone()).await.unwrap();
        assert!(new && watched.number == issued.facts.number);
        assert!(!webhooks::watch(&app, &bank, code.clone()).await.unwrap().1);
        let made_up = webhooks::watch(&app, &bank, Brought::Code("0000-0000-0000-0000-0".into())).await;
        assert!(matches!(made_up, Err(Error::NotOurs)), "{made_up:?}");
        let agent = webhooks::watch(&app, &subject("x"), code).await;
        assert!(matches!(agent, Err(Error::Forbidden(_))));

        house.pass(1000);
        house.revoke(&other).await.unwrap();
        notices::send(&app).await.unwrap();
        assert!(ear.heard().is_empty(), "nobody watches that one");
        house.revoke(&issued).await.unwrap();
        let told = notices::send(&app).await.unwrap();
        assert_eq!(told.taken, 1, "{told:?}");
        let heard = ear.heard();
        assert_eq!(heard.len(), 1, "the rival does not watch it");
        let body: Value = serde_json::from_str(&heard[0].body).unwrap();
        assert_eq!(body["type"], "report.status-changed");
        assert_eq!(body["data"]["report"], issued.facts.number.to_string());
        assert_eq!(body["data"]["status"], "revoked");
        assert!(!heard[0].body.contains("示范"), "{}", heard[0].body);
        let delivered = sent(&app, &bank, hook.id).await;
        assert_eq!(heard[0].header("webhook-id"), delivered[0].id.to_string());
        assert_eq!((delivered[0].state, delivered[0].status), (Sending::Sent, Some(200)));
        assert_eq!(heard[0].header("webhook-signature"), signature(&secret, &heard[0]));
        assert_eq!(heard[0].header("webhook-timestamp").parse::<i64>().unwrap(), house.app.now().millis() / 1000);

        webhooks::unwatch(&app, &bank, &issued.facts.number.to_string()).await.unwrap();
        let again = webhooks::unwatch(&app, &bank, &issued.facts.number.to_string()).await;
        assert!(matches!(again, Err(Error::NotFound)));
        house.journal().await;
    }

    async fn what_is_not_taken_is_tried_eight_times_within_about_a_day_under_one_id(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let bank = verifier(&house, "bank").await;
        let (hook, _) = webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        let waits = webhooks::act(&app, &bank, hook.id, Act::Test).await;
        assert!(matches!(waits, Err(Error::Waits)));
        ear.answers(&[500, 302, 404, 429, 503, 500, 500, 500]);
        let begun = house.app.now().millis();
        let (mut tries, mut hours) = (0, 0);
        while hours < 72 {
            let told = notices::send(&app).await.unwrap();
            tries += told.again + told.dead;
            if told.dead > 0 {
                break;
            }
            house.pass(20 * MINUTE);
            hours = (house.app.now().millis() - begun) / (60 * MINUTE);
        }
        assert_eq!((tries, ear.heard().len()), (8, 8));
        assert!((20..32).contains(&hours), "{hours} hours");
        let mut ids: Vec<String> = ear.heard().iter().map(|it| it.header("webhook-id").to_owned()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let dead = sent(&app, &bank, hook.id).await;
        assert_eq!((dead[0].state, dead[0].status, dead[0].attempts), (Sending::Dead, Some(500), 8));
        assert_eq!(notices::counts(&app).await.unwrap().1, 1);
        house.pass(72 * 60 * MINUTE);
        assert_eq!(notices::send(&app).await.unwrap(), notices::Sent::default(), "given up is given up");

        webhooks::replay(&app, &bank, hook.id, dead[0].id).await.unwrap();
        assert_eq!(notices::send(&app).await.unwrap().taken, 1);
        assert_eq!(ear.heard().last().unwrap().header("webhook-id"), ids[0]);
    }

    async fn one_that_is_gone_is_paused_and_one_that_is_paused_is_not_called(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let bank = verifier(&house, "bank").await;
        let (hook, _) = webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        ear.answers(&[410]);
        webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        assert_eq!(notices::send(&app).await.unwrap().dead, 1);
        assert_eq!(webhooks::show(&app, &bank, hook.id).await.unwrap().paused.as_deref(), Some("gone"));
        webhooks::act(&app, &bank, hook.id, Act::Resume).await.unwrap();
        assert_eq!(webhooks::show(&app, &bank, hook.id).await.unwrap().paused, None);
    }

    async fn a_new_secret_and_the_one_before_hold_for_a_day(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let bank = verifier(&house, "bank").await;
        let (hook, old) = webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        let (_, new) = webhooks::act(&app, &bank, hook.id, Act::Rotate).await.unwrap();
        let new = new.unwrap();
        assert_ne!(old, new);
        webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        notices::send(&app).await.unwrap();
        let heard = ear.heard().remove(0);
        let both = format!("{} {}", signature(&new, &heard), signature(&old, &heard));
        assert_eq!(heard.header("webhook-signature"), both);
        house.pass(24 * 60 * MINUTE + 1000);
        webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        notices::send(&app).await.unwrap();
        let heard = ear.heard().remove(1);
        assert_eq!(heard.header("webhook-signature"), signature(&new, &heard));
        let kept = house.number("SELECT COUNT(*) FROM webhook WHERE url LIKE '%whsec%'").await;
        assert_eq!(kept, 0);
    }

    async fn a_new_secret_lets_a_pause_of_the_same_moment_stand(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let bank = verifier(&house, "bank").await;
        let (hook, _) = webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        // A call that ends now says that it is gone: written, and not committed yet.
        let mut tx = house.store.write().await.unwrap();
        mingzheng::store::webhooks::pause(&mut tx, hook.id, Some("gone")).await.unwrap();
        let rotates = webhooks::act(&app, &bank, hook.id, Act::Rotate);
        let ends = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tx.commit().await.unwrap();
        };
        let (turned, ()) = tokio::join!(rotates, ends);
        assert_eq!(turned.unwrap().0.paused.as_deref(), Some("gone"), "what is told is how it stands");
        assert_eq!(webhooks::show(&app, &bank, hook.id).await.unwrap().paused.as_deref(), Some("gone"));
    }

    async fn a_secret_that_was_changed_during_a_call_does_not_come_back(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let bank = verifier(&house, "bank").await;
        let (hook, _) = webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        ear.answers(&[410]);
        webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        let changes = async {
            while ear.heard().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            webhooks::act(&app, &bank, hook.id, Act::Rotate).await.unwrap().1.unwrap()
        };
        let (sent, new) = tokio::join!(notices::send(&app), changes);
        assert_eq!(sent.unwrap().dead, 1);
        assert_eq!(webhooks::show(&app, &bank, hook.id).await.unwrap().paused.as_deref(), Some("gone"));
        webhooks::act(&app, &bank, hook.id, Act::Resume).await.unwrap();
        house.pass(24 * 60 * MINUTE + 1000);
        webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        notices::send(&app).await.unwrap();
        let heard = ear.heard().pop().unwrap();
        assert_eq!(heard.header("webhook-signature"), signature(&new, &heard));
    }

    async fn nobody_reaches_the_webhooks_of_others(house: House) {
        let app = trying(&house).await;
        let (bank, rival) = (verifier(&house, "bank").await, verifier(&house, "rival").await);
        let (hook, _) = webhooks::create(&app, &bank, "https://example.cn/a", &[HookEvent::ReportStatus]).await.unwrap();
        webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        let message = sent(&app, &bank, hook.id).await[0].id;
        let (id, no) = (hook.id, |error: &Error| matches!(error, Error::NotFound));
        assert!(no(&webhooks::show(&app, &rival, id).await.unwrap_err()));
        assert!(no(&webhooks::act(&app, &rival, id, Act::Rotate).await.unwrap_err()));
        assert!(no(&webhooks::remove(&app, &rival, id).await.unwrap_err()));
        assert!(no(&webhooks::deliveries(&app, &rival, id, ALL).await.unwrap_err()));
        assert!(no(&webhooks::replay(&app, &rival, id, message).await.unwrap_err()));
        assert!(webhooks::list(&app, &rival).await.unwrap().is_empty());
        for role in [Role::Security, Role::System, Role::Auditor, Role::Agent(vec![]), Role::Counter(None)] {
            let actor = Actor { name: "client:bank".into(), role };
            assert!(matches!(webhooks::list(&app, &actor).await, Err(Error::Forbidden(_))), "{actor:?}");
        }
        let (own, _) = webhooks::create(&app, &rival, "https://example.cn/b", &[HookEvent::ReportStatus]).await.unwrap();
        let others = webhooks::replay(&app, &rival, own.id, message).await;
        assert!(no(&others.unwrap_err()), "a message of another webhook");
        webhooks::remove(&app, &bank, id).await.unwrap();
        assert_eq!(house.number("SELECT COUNT(*) FROM outbox").await, 0);
        for bad in [&[][..], &[HookEvent::Test][..]] {
            assert!(matches!(webhooks::create(&app, &bank, "https://example.cn", bad).await, Err(Error::Events)));
        }
        for _ in 0..10 {
            webhooks::create(&app, &bank, "https://example.cn", &[HookEvent::JobFinished]).await.unwrap();
        }
        let many = webhooks::create(&app, &bank, "https://example.cn", &[HookEvent::JobFinished]).await;
        assert!(matches!(many, Err(Error::Many(10))), "{many:?}");
    }

    async fn an_authority_is_told_when_its_upload_ends_and_another_is_not(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let clerk = somebody(&house, "clerk", AccountRole::Clerk).await;
        let clerk = mingzheng::flow::sessions::resume(&house.app, &clerk.session).await.unwrap().unwrap().actor;
        webhooks::create(&app, &clerk, &ear.url(), &[HookEvent::JobFinished]).await.unwrap();
        // A token of the configuration that no configuration names any more is told nothing.
        webhooks::create(&app, &regulator(ECOLOGY), &ear.url(), &[HookEvent::JobFinished]).await.unwrap();
        let done = job(&app, market_sends(&[row(1)])).await;
        worker::work_once(&app).await.unwrap();
        assert_eq!(notices::send(&app).await.unwrap().taken, 1);
        let body: Value = serde_json::from_str(&ear.heard()[0].body).unwrap();
        assert_eq!((&body["type"], &body["data"]["state"]), (&Value::from("job.finished"), &Value::from("done")));
        assert_eq!(body["data"]["job"], done.id.to_string());
    }

    async fn a_clerk_is_told_of_uploads_about_its_own_domains_only(house: House) {
        two_domains(&house).await;
        let app = trying(&house).await;
        let ears = [Ear::open().await, Ear::open().await];
        for (ear, domain) in ears.iter().zip(["market-regulation", "taxation"]) {
            let grant = Grant { object: MARKET.into(), domains: vec![domain.parse().unwrap()], ..Grant::default() };
            let wanted = clients::Wanted {
                name: domain.into(),
                role: AccountRole::Clerk,
                grants: vec![grant.clone()],
                days: 30,
                certificate: None,
            };
            clients::make(&house.app, &Actor::operator(), wanted).await.unwrap();
            let post = Post { authority: code(MARKET), domains: grant.domains };
            let clerk = Actor { name: format!("client:{domain}"), role: Role::Clerk(vec![post]) };
            webhooks::create(&app, &clerk, &ear.url(), &[HookEvent::JobFinished]).await.unwrap();
        }
        let about = "taxation".parse().ok();
        job(&app, Sent { domain: about, ..market_sends(&[row(1)]) }).await;
        worker::work_once(&app).await.unwrap();
        notices::send(&app).await.unwrap();
        assert_eq!(ears.map(|ear| ear.heard().len()), [0, 1]);
    }

    async fn a_client_that_was_revoked_is_told_nothing_more(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let bank = verifier(&house, "bank").await;
        let (hook, _) = webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        clients::revoke(&house.app, &Actor::operator(), "bank").await.unwrap();
        assert_eq!(notices::send(&app).await.unwrap().dead, 1);
        assert!(ear.heard().is_empty());
    }

    async fn several_processes_send_a_message_once(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let others = [trying(&house).await, trying(&house).await];
        let bank = verifier(&house, "bank").await;
        for _ in 0..5 {
            let (hook, _) = webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
            webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        }
        let (one, two, three) = tokio::join!(notices::send(&app), notices::send(&others[0]), notices::send(&others[1]));
        let taken = one.unwrap().taken + two.unwrap().taken + three.unwrap().taken;
        assert_eq!((taken, ear.heard().len()), (5, 5));
    }

    async fn a_sender_that_ends_between_sending_and_noting_leaves_the_message_to_the_next(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let bank = verifier(&house, "bank").await;
        let (hook, _) = webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        webhooks::act(&app, &bank, hook.id, Act::Test).await.unwrap();
        ear.answers(&[0]);
        // It is dropped once the message is on the other side.
        tokio::select! {
            _ = notices::send(&app) => panic!("the other side says nothing"),
            () = async { while ear.heard().is_empty() { tokio::time::sleep(Duration::from_millis(10)).await; } } => {}
        }
        assert_eq!(notices::send(&app).await.unwrap().taken, 0, "for a while it is held");
        house.pass(4 * MINUTE);
        assert_eq!(notices::send(&app).await.unwrap().taken, 1);
        let heard = ear.heard();
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[0].header("webhook-id"), heard[1].header("webhook-id"));
        assert_eq!(heard[0].body, heard[1].body);
    }

    async fn what_cannot_be_noted_is_spread_again_whole_and_once(house: House) {
        let (app, ear) = (trying(&house).await, Ear::open().await);
        let bank = verifier(&house, "bank").await;
        webhooks::create(&app, &bank, &ear.url(), &[HookEvent::ReportStatus]).await.unwrap();
        house.declare().await;
        house.pass(1000);
        let issued = house.issue(ask()).await.unwrap();
        webhooks::watch(&app, &bank, Brought::Hash(issued.pdf_sha256)).await.unwrap();
        house.revoke(&issued).await.unwrap();
        refuse(&house, "outbox", true).await;
        assert!(notices::send(&app).await.is_err());
        assert_eq!(house.number("SELECT COUNT(*) FROM outbox").await, 0);
        refuse(&house, "outbox", false).await;
        notices::send(&app).await.unwrap();
        notices::send(&app).await.unwrap();
        assert_eq!(ear.heard().len(), 1);
    }
}

/// What signs a message that was heard, computed by another program.
fn signature(secret: &str, heard: &Heard) -> String {
    let (id, at) = (heard.header("webhook-id"), heard.header("webhook-timestamp"));
    let key = std::process::Command::new("sh")
        .args([
            "-c",
            "printf %s \"$1\" | base64 -d | od -An -v -tx1 | tr -d ' \\n'",
            "-",
            &secret["whsec_".len()..],
        ])
        .output()
        .unwrap();
    let key = String::from_utf8(key.stdout).unwrap();
    let signed = std::process::Command::new("sh")
        .args([
            "-c",
            "printf %s \"$1\" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$2 -binary | base64 -w0",
            "-",
        ])
        .arg(format!("{id}.{at}.{}", heard.body))
        .arg(key)
        .output()
        .unwrap();
    format!("v1,{}", String::from_utf8(signed.stdout).unwrap())
}

#[test]
fn addresses_that_lead_astray_are_refused_when_they_are_registered() {
    let door = Door::open(&Webhooks::default()).unwrap();
    for fine in
        ["https://example.cn", "https://example.cn:8443/a?b=c", "HTTPS://EXAMPLE.CN/", "https://1.1.1.1/"]
    {
        assert!(door.address(fine).is_ok(), "{fine}");
    }
    for bad in [
        "",
        "example.cn",
        "http://example.cn/",
        "ftp://example.cn/",
        "file:///etc/passwd",
        "https://example.cn:22/",
        "https://example.cn:80/",
        "https://user@example.cn/",
        "https://user:word@example.cn/",
        "https://example.cn/#a",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fd00::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://０.0.0.0/",
        "https:///path",
    ] {
        assert!(door.address(bad).is_err(), "{bad}");
    }
    assert!(door.address(&format!("https://example.cn/{}", "a".repeat(1000))).is_err());
}

#[tokio::test]
async fn a_name_that_comes_to_lead_into_our_network_is_not_called() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let knocked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&knocked);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    let config = Webhooks { ports: vec![port], timeout_seconds: 2, trial: false };
    let looked = Arc::new(AtomicUsize::new(0));
    let answers = |answers: Vec<Vec<&'static str>>| -> Lookup {
        let looked = Arc::clone(&looked);
        let answers = Mutex::new(VecDeque::from(answers));
        Arc::new(move |name: String| {
            assert_eq!(name, "rebind.example");
            looked.fetch_add(1, Ordering::SeqCst);
            let found = answers.lock().unwrap().pop_front().unwrap_or_default();
            Box::pin(
                async move { Ok(found.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect()) },
            )
        })
    };
    let url = format!("https://rebind.example:{port}/hook");
    for found in [
        vec!["127.0.0.1"],
        vec!["::1"],
        vec!["::ffff:127.0.0.1"],
        vec!["1.1.1.1", "127.0.0.1"],
        vec!["127.0.0.1", "1.1.1.1"],
        vec!["2001:4860:4860::8888", "fd00::1"],
        vec!["10.1.2.3"],
        vec!["169.254.169.254"],
        vec!["100.64.0.1"],
        vec!["0.0.0.0"],
    ] {
        let before = looked.load(Ordering::SeqCst);
        // The second look-up would be public: it is never asked for.
        let door = Door::with(&config, answers(vec![found.clone(), vec!["1.1.1.1"]])).unwrap();
        assert!(door.address(&url).is_ok(), "a name alone tells nothing");
        let refused = door.post(&url, &[], "{}".into()).await;
        assert_eq!(refused, Err(NotCalled::NotPublic), "{found:?}");
        assert_eq!(looked.load(Ordering::SeqCst) - before, 1, "{found:?}");
    }
    let nothing = Door::with(&config, answers(vec![vec![]])).unwrap();
    assert_eq!(nothing.post(&url, &[], "{}".into()).await, Err(NotCalled::NoAddress));
    // A name that never has an address is not asked for: `answers` takes no other name.
    let never = nothing.post(&format!("https://hook.invalid:{port}/"), &[], "{}".into()).await;
    assert_eq!(never, Err(NotCalled::NoAddress));
    assert_eq!(knocked.load(Ordering::SeqCst), 0, "nobody came");

    // The same look-up does lead there where that is allowed: it is the guard that refused.
    let trial = Webhooks { trial: true, ..config };
    let door = Door::with(&trial, answers(vec![vec!["127.0.0.1"]])).unwrap();
    let _ = door.post(&format!("http://rebind.example:{port}/"), &[], "{}".into()).await;
    assert_eq!(knocked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn redirects_are_not_followed_and_endless_answers_not_read() {
    let ear = Ear::open().await;
    ear.answers(&[302]);
    let trial = Webhooks { trial: true, timeout_seconds: 2, ..Webhooks::default() };
    let door = Door::open(&trial).unwrap();
    assert_eq!(door.post(&ear.url(), &[], "{}".into()).await, Ok(302));
    assert_eq!(ear.heard().len(), 1);
    ear.answers(&[0]);
    assert_eq!(door.post(&ear.url(), &[], "{}".into()).await, Err(NotCalled::Silent));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endless = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; 100]).await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
        while stream.write_all(b"5\r\nabcde\r\n").await.is_ok() {}
    });
    assert_eq!(door.post(&endless, &[], "{}".into()).await, Ok(200), "it does not wait for the end");
    let large = door.post(&ear.url(), &[], "x".repeat(17 << 10)).await;
    assert!(matches!(large, Err(NotCalled::Address(_))));
}
