//! Messages on the command line: sent, listed where nobody took them, sent once more.

use mingzheng::rules::{Channel, Instant, Sending};
use mingzheng::store::outbox::{self, Message};
use mingzheng::store::{Settings, Store};
use uuid::Uuid;

use super::program::Program;

/// A mail to an account that is not there.
fn lost() -> Message {
    let at = Instant::from_millis(1_790_000_000_000);
    Message {
        target: Uuid::from_u128(7),
        id: Uuid::from_u128(8),
        channel: Channel::Mail,
        about: "record-new".into(),
        event: "record-new".into(),
        body: String::new(),
        state: Sending::Waiting,
        attempts: 0,
        run_after: at,
        status: None,
        fault: None,
        made_at: at,
        ended_at: None,
    }
}

async fn put(program: &Program, message: &Message) {
    let file = program.folder().join("mingzheng-data/mingzheng.db");
    assert!(file.exists(), "{}", file.display());
    let store = Store::open(&Settings::at(format!("sqlite://{}", file.display()))).await.unwrap();
    let mut tx = store.write().await.unwrap();
    outbox::add(&mut tx, message).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

#[test]
fn messages_are_sent_listed_and_sent_once_more() {
    let program = Program::new();
    let sent = |program: &Program| {
        let said = program.run(&["notices", "send", "--json"]);
        assert_eq!(said.code, 0, "{}", said.err);
        let told = said.json();
        ["taken", "again", "dead"].map(|name| told[name].as_u64().unwrap())
    };
    assert_eq!(sent(&program), [0, 0, 0]);
    let nothing = program.run(&["notices", "dead"]);
    assert!(nothing.code == 0 && nothing.out.contains("没有放弃的消息"), "{} {}", nothing.out, nothing.err);

    let message = lost();
    tokio::runtime::Runtime::new().unwrap().block_on(put(&program, &message));
    assert_eq!(sent(&program), [0, 0, 1], "nobody wants it");
    let listed = program.run(&["notices", "dead", "--json"]).json();
    let one = &listed["messages"][0];
    assert_eq!(
        (one["id"].as_str(), one["channel"].as_str()),
        (Some(message.id.to_string().as_str()), Some("mail"))
    );
    assert!(one["fault"].as_str().unwrap().contains("no mail any more"), "{one}");
    let text = program.run(&["notices", "dead", "--limit", "1"]).out;
    assert!(text.contains(&message.id.to_string()) && text.contains("1 次/tries"), "{text}");

    let id = message.id.to_string();
    assert_eq!(program.run(&["notices", "replay", &id]).code, 0);
    program.run(&["notices", "replay", &id]).refused(1, "there is no message");
    assert_eq!(sent(&program), [0, 0, 1], "it was tried once more");
    assert_eq!(program.run(&["journal", "check", "--json"]).json()["intact"], true);
    program.run(&["notices", "replay", &Uuid::from_u128(9).to_string()]).refused(1, "there is no message");
    assert_eq!(program.run(&["notices", "replay", "x"]).code, 2);
    assert_eq!(program.run(&["notices", "dead", "--limit", "0"]).code, 2);
}
