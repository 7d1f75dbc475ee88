//! A mail server that we did not write takes our mail: encrypted from the first byte on or after STARTTLS, under an authority of our own,
//! with a password. What it cannot take stays and is tried again.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use mingzheng::config::{Mail, MailTls};
use mingzheng::flow::notices::{self, Sent};
use mingzheng::flow::sessions::{self, Signed};
use mingzheng::flow::{App, Listing};
use mingzheng::rules::AccountRole;
use serde_json::Value;
use tempfile::TempDir;

use super::python;
use crate::engines::Place;
use crate::flows::house::{House, row};
use crate::flows::people::somebody;

const MINUTE: i64 = 60_000;

/// A server that ends with the test.
struct Server {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts one, on a port or on any. Nothing where the judges are not installed.
    fn start(way: &str, port: u16, folder: &Path) -> Option<Self> {
        let mut command = python("mailbox.py")?;
        let command =
            command.args([way, &port.to_string()]).args([folder.join("c.pem"), folder.join("k.pem")]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut server = Self { lines: BufReader::new(child.stdout.take().unwrap()), child, port };
        server.port = u16::try_from(server.says()["ready"].as_u64().unwrap()).unwrap();
        Some(server)
    }

    fn says(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Everything that it took, once it has ended.
    fn took(mut self) -> Vec<Value> {
        drop(self.child.stdin.take());
        let lines = std::io::read_to_string(&mut self.lines).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// An authority, `ca.pem`; a certificate of it for this machine, `c.pem`, with its key; and another authority, `other.pem`.
fn certificates(folder: &Path) {
    let openssl = |words: &str| {
        let made = Command::new("openssl").current_dir(folder).args(words.split(' ')).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    let new = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    for name in ["ca", "other"] {
        openssl(&format!("{new} -x509 -subj /CN={name} -keyout {name}.key -out {name}.pem"));
    }
    let names = "-addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE";
    openssl(&format!(
        "{new} -x509 -CA ca.pem -CAkey ca.key -subj /CN=localhost {names} -keyout k.pem -out c.pem"
    ));
    for (file, password) in [("right", "geheim"), ("wrong", "falsch")] {
        fs::write(folder.join(file), format!("mingzheng\n{password}\n")).unwrap();
        fs::set_permissions(folder.join(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// A house with somebody who wants mail, and a folder of certificates.
struct Story {
    house: House,
    who: Signed,
    folder: TempDir,
}

impl Story {
    async fn begin() -> Self {
        let house = House::from(Place::on_sqlite().await);
        let agent = somebody(&house, "agent", AccountRole::Agent).await;
        let who = sessions::resume(&house.app, &agent.session).await.unwrap().unwrap();
        let folder = tempfile::tempdir().unwrap();
        certificates(folder.path());
        Self { house, who, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn server(&self, way: &str) -> Option<Server> {
        Server::start(way, 0, self.folder.path())
    }

    /// How mail goes out rightly.
    fn mail(&self, tls: MailTls, port: u16) -> Mail {
        Mail {
            from: "noreply@credit.example.cn".into(),
            smtp: Some("localhost".into()),
            port: Some(port),
            tls,
            trust: Some(self.file("ca.pem")),
            credentials: Some(self.file("right")),
            folder: None,
        }
    }

    async fn with(&self, mail: Mail) -> App {
        self.house.with(|config| config.mail = mail).await.unwrap()
    }

    async fn ask_to_confirm(&self, address: &str) {
        self.house.pass(2 * MINUTE);
        notices::set_address(&self.house.app, &self.who, address).await.unwrap();
    }
}

async fn sends(app: &App) -> (u32, u32, u32) {
    let Sent { taken, again, dead, .. } = notices::send(app).await.unwrap();
    (taken, again, dead)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_in_chinese_arrives_encrypted_and_authenticated_either_way() {
    for (way, tls) in [("tls", MailTls::Tls), ("starttls", MailTls::Starttls)] {
        let story = Story::begin().await;
        let Some(mut server) = story.server(way) else { return };
        let app = story.with(story.mail(tls, server.port)).await;
        story.ask_to_confirm("wang@example.cn").await;
        assert_eq!(sends(&app).await, (1, 0, 0), "{way}");
        let mail = server.says();
        assert_eq!(mail["encrypted"], true);
        assert_eq!(mail["sender"], "noreply@credit.example.cn");
        assert_eq!(mail["receivers"], serde_json::json!(["wang@example.cn"]));
        assert_eq!(
            (&mail["from"], &mail["to"]),
            (&"noreply@credit.example.cn".into(), &"wang@example.cn".into())
        );
        assert_eq!(mail["subject"], "[明证] 请确认您的邮箱 / Confirm your address");
        assert_eq!(mail["faults"], serde_json::json!([]));
        assert_eq!(mail["date"], "2026-11-22T02:02:01+00:00", "when it is sent, by our clock");
        let text = mail["text"].as_str().unwrap();
        assert!(
            text.starts_with("您在「明证」填写了这个邮箱，用于接收通知。")
                && text.contains("示范市公共信用信息服务中心"),
            "{text}"
        );
        let secret = text.split("/notices/confirm/").nth(1).unwrap();
        let secret: String = secret.chars().take_while(char::is_ascii_hexdigit).collect();
        notices::confirm(&app, &story.who, &secret).await.unwrap();

        story.house.send(&[row(1)]).await;
        assert_eq!(sends(&app).await, (1, 0, 0), "{way}");
        let mail = server.says();
        assert_eq!(mail["subject"], "[明证] 新增记录 / New records");
        let id = mail["id"].as_str().unwrap();
        assert!(id.ends_with("@credit.example.cn>"), "{id}");
        assert!(mail["text"].as_str().unwrap().contains("您在「明证」有新的通知：新增记录。"), "{mail}");
        assert_eq!(server.took(), [Value::Null; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_be_trusted_gets_nothing_and_mail_waits_with_the_reason() {
    const UNTRUSTED: &str =
        "SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND fault LIKE '%invalid peer certificate%'";
    const REFUSED: &str = "SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND fault LIKE '%535%'";
    const UNABLE: &str = "SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND fault LIKE '%STARTTLS%'";
    for (way, tls) in [("tls", MailTls::Tls), ("starttls", MailTls::Starttls)] {
        let story = Story::begin().await;
        let Some(server) = story.server(way) else { return };
        let right = story.mail(tls, server.port);
        story.ask_to_confirm("wang@example.cn").await;
        for (what, fault, mail) in [
            ("another authority", UNTRUSTED, Mail { trust: Some(story.file("other.pem")), ..right.clone() }),
            ("the public authorities", UNTRUSTED, Mail { trust: None, ..right.clone() }),
            ("another name", UNTRUSTED, Mail { smtp: Some("127.0.0.1".into()), ..right.clone() }),
            ("a wrong password", REFUSED, Mail { credentials: Some(story.file("wrong")), ..right.clone() }),
        ] {
            let app = story.with(mail).await;
            assert_eq!(sends(&app).await, (0, 1, 0), "{way}: {what}");
            assert_eq!(story.house.number(fault).await, 1, "{way}: {what}");
            story.house.pass(5 * 60 * MINUTE);
        }
        let app = story.with(right).await;
        assert_eq!(sends(&app).await, (1, 0, 0), "{way}: once it is set right");
        story.ask_to_confirm("nobody@example.cn").await;
        assert_eq!(sends(&app).await, (0, 0, 1), "{way}: a mailbox that is not there is not tried again");
        assert!(
            notices::dead(&app, &mingzheng::flow::Actor::operator(), 9).await.unwrap()[0]
                .fault
                .as_ref()
                .unwrap()
                .contains("550")
        );
        let took = server.took();
        assert_eq!(took.len(), 1, "{way}: {took:?}");
    }

    // Somebody in between takes STARTTLS away: nothing is said in the open, not even a password.
    let story = Story::begin().await;
    let Some(server) = story.server("plain") else { return };
    story.ask_to_confirm("wang@example.cn").await;
    let app = story.with(story.mail(MailTls::Starttls, server.port)).await;
    assert_eq!(sends(&app).await, (0, 1, 0));
    assert_eq!(story.house.number(UNABLE).await, 1);
    assert_eq!(server.took(), [Value::Null; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_down_is_asked_again_later_and_later_and_gets_the_mail_once_it_is_up() {
    const SILENT: &str =
        "SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND fault LIKE '%does not answer%'";
    let story = Story::begin().await;
    let Some(server) = story.server("tls") else { return };
    let port = server.port;
    drop(server);
    let app = story.with(story.mail(MailTls::Tls, port)).await;
    story.ask_to_confirm("wang@example.cn").await;
    assert_eq!(sends(&app).await, (0, 1, 0));
    for minutes in [1, 5, 30] {
        story.house.pass(minutes * MINUTE / 10 * 8);
        assert_eq!(sends(&app).await, (0, 0, 0), "not before {minutes} minutes, a tenth more or less");
        story.house.pass(minutes * MINUTE / 10 * 4);
        assert_eq!(sends(&app).await, (0, 1, 0), "after {minutes} minutes");
        assert_eq!(story.house.number(SILENT).await, 1);
    }
    let mut server = Server::start("tls", port, story.folder.path()).unwrap();
    assert_eq!(sends(&app).await, (0, 0, 0));
    story.house.pass(3 * 60 * MINUTE);
    assert_eq!(sends(&app).await, (1, 0, 0));
    assert_eq!(server.says()["to"], "wang@example.cn");
    story.house.pass(24 * 60 * MINUTE);
    assert_eq!(sends(&app).await, (0, 0, 0));
    assert_eq!(server.took(), [Value::Null; 0], "once");
    let told = notices::list(&app, &story.who, Listing { offset: 0, limit: 9 }).await.unwrap();
    assert_eq!(told.total, 0, "nothing else happened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_certificates_that_is_none_stops_the_start() {
    let house = House::from(Place::on_sqlite().await);
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "nothing").unwrap();
    for file in [empty, folder.path().join("missing.pem")] {
        let mail = Mail { smtp: Some("localhost".into()), trust: Some(file.clone()), ..Mail::default() };
        let opened = house.with(|config| config.mail = mail).await;
        let said = opened.map_or_else(|error| format!("{error:#?} {error}"), |_| String::new());
        assert!(said.contains(file.file_name().unwrap().to_str().unwrap()), "{said}");
    }
}
