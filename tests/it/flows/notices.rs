//! People are told what concerns them: once, whoever may see it, and by mail only where they confirmed it.

use std::fs;

use mingzheng::flow::account::{keep, password, sign_in};
use mingzheng::flow::check::Brought;
use mingzheng::flow::notices::{self, Entry, NotMailed};
use mingzheng::flow::sessions::{self, Signed};
use mingzheng::flow::upload::Sent;
use mingzheng::flow::{Actor, App, Listing, cases, worker};
use mingzheng::rules::{AccountRole, CaseKind, CaseStep, NoticeKind};

use super::cases::{opened, step};
use super::faults::refuse;
use super::house::{House, PARENT, Row, SUBSIDIARY, ask, market_sends, row};
use super::large::{in_threes, job};
use super::people::{PASSWORD, knock, somebody, types};
use crate::engines::on_both_engines;
use crate::rules::house::at;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

async fn signed(app: &App, session: &str) -> Signed {
    sessions::resume(app, session).await.unwrap().expect("the session is open")
}

/// Somebody of a role, signed in.
async fn member(house: &House, name: &str, role: AccountRole) -> Signed {
    let somebody = somebody(house, name, role).await;
    signed(&house.app, &somebody.session).await
}

async fn told(house: &House, who: &Signed) -> Vec<Entry> {
    notices::list(&house.app, who, Listing { offset: 0, limit: 100 }).await.unwrap().entries
}

fn kinds(entries: &[Entry]) -> Vec<NoticeKind> {
    entries.iter().map(|entry| entry.kind).collect()
}

/// The mails in the folder, oldest first, headers and text decoded.
fn mails(house: &House) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(house.config.mail()).into_iter().flatten().flatten().collect();
    files.sort_by_key(fs::DirEntry::file_name);
    files.iter().map(|file| decoded(&fs::read(file.path()).unwrap())).collect()
}

/// A mail with its body as text: quoted-printable or base 64, as the library chose.
fn decoded(mail: &[u8]) -> String {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let encoding =
        head.lines().find_map(|line| line.strip_prefix("Content-Transfer-Encoding: ")).unwrap_or("7bit");
    let body = match encoding {
        "base64" => {
            let symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let digits: Vec<usize> = body.chars().filter_map(|c| symbols.find(c)).collect();
            let bits: Vec<usize> =
                digits.iter().flat_map(|d| (0..6).rev().map(move |at| d >> at & 1)).collect();
            let byte = |bits: &[usize]| u8::try_from(bits.iter().fold(0, |sum, bit| sum << 1 | bit)).unwrap();
            String::from_utf8(bits.chunks_exact(8).map(byte).collect()).unwrap()
        }
        "quoted-printable" => {
            let body = body.replace("=\r\n", "");
            let mut bytes = Vec::new();
            let mut rest = body.as_bytes();
            while let Some((&byte, tail)) = rest.split_first() {
                if byte == b'=' {
                    let hex = std::str::from_utf8(&tail[..2]).unwrap();
                    bytes.push(u8::from_str_radix(hex, 16).unwrap());
                    rest = &tail[2..];
                } else {
                    bytes.push(byte);
                    rest = tail;
                }
            }
            String::from_utf8(bytes).unwrap()
        }
        _ => body.to_owned(),
    };
    format!("{head}\n\n{body}")
}

/// Somebody's address is set and confirmed.
async fn with_mail(house: &House, who: &Signed) {
    notices::set_address(&house.app, who, "wang@example.cn").await.unwrap();
    notices::send(&house.app).await.unwrap();
    let mail = mails(house).pop().unwrap();
    let secret = mail.split("/notices/confirm/").nth(1).unwrap().chars().take_while(char::is_ascii_hexdigit);
    notices::confirm(&house.app, who, &secret.collect::<String>()).await.unwrap();
}

on_both_engines! {
    async fn agents_are_told_of_records_about_whom_they_stand_for_once_and_nobody_else_is(house: House) {
        let agent = member(&house, "agent", AccountRole::Agent).await;
        let verifier = member(&house, "verifier", AccountRole::Verifier).await;
        assert_eq!(told(&house, &agent).await, [], "what happened before an account was made is not its");
        house.send(&[row(1)]).await;
        house.pass(1000);
        house.send(&[row(1), row(2), row(3)]).await;
        house.pass(1000);
        house.send(&[row(1), row(2), row(3)]).await; // nothing new
        let other = Row { code: SUBSIDIARY.into(), name: "示范乙软件有限公司", ..row(9) };
        house.send(&[other]).await;
        house.pass(1000);
        house.send(&[Row { fine: "7".into(), ..row(1) }]).await;
        let entries = told(&house, &agent).await;
        assert_eq!(kinds(&entries), [NoticeKind::RecordChanged, NoticeKind::RecordNew, NoticeKind::RecordNew]);
        assert_eq!((entries[1].times, entries[2].times), (2, 1));
        assert!(entries[2].object.as_deref().unwrap().contains("0001"), "{:?}", entries[2]);
        assert_eq!(entries[0].word.as_deref(), Some("correct"));
        assert_eq!(told(&house, &verifier).await, []);

        assert_eq!(notices::unread(&house.app, &agent).await.unwrap(), 3);
        let stolen = notices::read(&house.app, &verifier, Some(entries[0].id)).await;
        assert!(matches!(stolen, Err(notices::NotRead::NotFound)), "{stolen:?}");
        assert_eq!(notices::read(&house.app, &agent, Some(entries[0].id)).await.unwrap(), 1);
        let again = notices::read(&house.app, &agent, Some(entries[0].id)).await;
        assert!(matches!(again, Err(notices::NotRead::NotFound)));
        assert_eq!(notices::unread(&house.app, &agent).await.unwrap(), 2);
        assert!(told(&house, &agent).await[0].read);
        assert_eq!(notices::read(&house.app, &agent, None).await.unwrap(), 2);
        assert_eq!(notices::unread(&house.app, &agent).await.unwrap(), 0);

        // Whoever loses a mandate loses what it showed.
        house.pass(1000);
        let id = keep::named(&house.app, &Actor::operator(), "agent").await.unwrap();
        let mandate = mingzheng::rules::Grant { object: SUBSIDIARY.into(), scope: vec!["see".into()], ..Default::default() };
        keep::set_role(&house.app, &Actor::operator(), id, AccountRole::Agent, &[mandate]).await.unwrap();
        let opened = types(&house, "agent", PASSWORD).await.unwrap();
        let agent = signed(&house.app, &opened.secret).await;
        assert_eq!(told(&house, &agent).await, []);
    }

    async fn a_notice_that_cannot_be_stored_takes_the_record_with_it(house: House) {
        let agent = member(&house, "agent", AccountRole::Agent).await;
        refuse(&house, "notice", true).await;
        assert!(house.upload(market_sends(&[row(1)])).await.is_err());
        assert_eq!(house.number("SELECT COUNT(*) FROM record_version").await, 0);
        refuse(&house, "notice", false).await;
        house.send(&[row(1)]).await;
        assert_eq!(kinds(&told(&house, &agent).await), [NoticeKind::RecordNew]);
        house.journal().await;
    }

    async fn the_status_of_a_report_and_looks_at_it_are_told(house: House) {
        let agent = member(&house, "agent", AccountRole::Agent).await;
        house.declare().await;
        house.pass(1000);
        let issued = house.issue(ask()).await.unwrap();
        let code = issued.code.clone().unwrap().to_string();
        for _ in 0..3 {
            house.check(Brought::Code(code.clone())).await;
        }
        house.check(Brought::Pdf(issued.pdf.clone())).await;
        house.check(Brought::Code("0000-0000-0000-0000-0".into())).await;
        notices::send(&house.app).await.unwrap();
        house.check(Brought::Qr(issued.qr.clone().unwrap())).await;
        notices::send(&house.app).await.unwrap();
        let entries = told(&house, &agent).await;
        assert_eq!((kinds(&entries), entries[0].times), (vec![NoticeKind::ReportLooked], 5));
        assert_eq!(entries[0].object.as_deref(), Some(issued.facts.number.to_string().as_str()));
        house.pass(HOUR);
        house.check(Brought::Code(code)).await;
        notices::send(&house.app).await.unwrap();
        let entries = told(&house, &agent).await;
        assert_eq!(entries.iter().map(|entry| entry.times).collect::<Vec<_>>(), [1, 5], "one for each hour");
        house.pass(1000);
        house.revoke(&issued).await.unwrap();
        let entries = told(&house, &agent).await;
        assert_eq!(entries[0].kind, NoticeKind::ReportStatus);
        assert_eq!(entries[0].word.as_deref(), Some("revoked"));
    }

    async fn a_repair_that_becomes_possible_is_told_once(house: House) {
        let agent = member(&house, "agent", AccountRole::Agent).await;
        house.send(&[Row { decided: "2026/10/20".into(), ..row(1) }]).await;
        let repairs = async |house: &House| {
            let entries = told(house, &agent).await;
            entries.into_iter().filter(|entry| entry.kind == NoticeKind::RepairPossible).collect::<Vec<_>>()
        };
        notices::look_for_repairs(&house.app).await.unwrap();
        assert_eq!(repairs(&house).await, []);
        for _ in 0..8 {
            house.pass(30 * DAY);
            notices::look_for_repairs(&house.app).await.unwrap();
            notices::look_for_repairs(&house.app).await.unwrap();
        }
        let found = repairs(&house).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let from = found[0].from.clone().unwrap();
        assert!(from.as_str() > "2026-10-20" && found[0].at >= at(&format!("{from}T00:00:00+08:00")), "{from}");
    }

    async fn clerks_are_told_of_deadlines_and_uploads_of_their_authority(house: House) {
        let clerk = member(&house, "clerk", AccountRole::Clerk).await;
        let agent = member(&house, "agent", AccountRole::Agent).await;
        house.send(&[row(1)]).await;
        let case = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        step(&house, case, cases::Taken::plain(CaseStep::Accept)).await.unwrap();
        step(&house, case, cases::Taken::plain(CaseStep::Send)).await.unwrap();
        house.pass(20 * DAY);
        cases::remind(&house.app).await.unwrap();
        cases::remind(&house.app).await.unwrap();
        house.pass(1000);
        let app = in_threes(&house).await;
        let done = job(&app, market_sends(&[row(2)])).await;
        assert_eq!(worker::work_once(&app).await.unwrap(), Some(done.id));
        let entries = told(&house, &clerk).await;
        // The first file was taken in while its sender waited, the second one in the background: both are told, and once each.
        let done = NoticeKind::UploadDone;
        assert_eq!(kinds(&entries), [done, NoticeKind::DeadlineOver, NoticeKind::CaseOpened, done]);
        house.send(&[row(1)]).await; // the same file once more changes nothing
        house.declare().await; // a declaration is no file
        assert_eq!(told(&house, &clerk).await.len(), 4);
        let refused = Sent { dry_run: true, ..market_sends(&[row(7)]) };
        house.upload(refused).await.unwrap();
        assert_eq!(told(&house, &clerk).await.len(), 4, "a check stores nothing");
        let to_agent = kinds(&told(&house, &agent).await);
        assert!(!to_agent.contains(&NoticeKind::UploadDone) && !to_agent.contains(&NoticeKind::DeadlineOver));
    }

    async fn what_is_done_to_an_account_is_told_to_its_holder(house: House) {
        let verifier = member(&house, "verifier", AccountRole::Verifier).await;
        assert_eq!(told(&house, &verifier).await, [], "the first place is no new one");
        let near = sign_in::Knock { address: "192.0.2.200".into(), ..knock() };
        sign_in::begin(&house.app, &near, "verifier", PASSWORD).await.unwrap();
        assert_eq!(told(&house, &verifier).await, [], "the same network");
        let far = sign_in::Knock { address: "198.51.100.9".into(), ..knock() };
        house.pass(1000);
        sign_in::begin(&house.app, &far, "verifier", PASSWORD).await.unwrap();
        sign_in::begin(&house.app, &far, "verifier", PASSWORD).await.unwrap();
        house.pass(1000);
        password::change(&house.app, &verifier, &far, PASSWORD, "another of my words", "another of my words").await.unwrap();
        let id = keep::named(&house.app, &Actor::operator(), "verifier").await.unwrap();
        house.pass(1000);
        keep::drop_factor(&house.app, &Actor::operator(), id).await.unwrap();
        let found = kinds(&told(&house, &verifier).await);
        assert_eq!(found, [NoticeKind::FactorChanged, NoticeKind::PasswordChanged, NoticeKind::PlaceNew]);
    }

    async fn mail_goes_only_where_it_was_confirmed_and_says_nothing_but_that_there_is_something(house: House) {
        let agent = member(&house, "agent", AccountRole::Agent).await;
        let other = member(&house, "other", AccountRole::Agent).await;
        for bad in ["", "wang", "a@b", "a@example.cn\r\nBcc: x@example.cn", "a@example.cn, b@example.cn", "a b@example.cn",
            "王@example.cn", "<a@example.cn>", "a@example.cn\0", "a@exa\nmple.cn"] {
            let refused = notices::set_address(&house.app, &agent, bad).await;
            assert!(matches!(refused, Err(NotMailed::Address)), "{bad:?}: {refused:?}");
        }
        notices::set_address(&house.app, &agent, " wang@example.cn ").await.unwrap();
        let soon = notices::set_address(&house.app, &agent, "wang@example.cn").await;
        assert!(matches!(soon, Err(NotMailed::TooSoon)), "{soon:?}");
        house.send(&[row(1)]).await;
        notices::send(&house.app).await.unwrap();
        let first = mails(&house);
        assert_eq!(first.len(), 1, "the link and nothing else: {first:?}");
        assert!(first[0].contains("To: wang@example.cn\r\n"), "{}", first[0]);
        let secret: String =
            first[0].split("/notices/confirm/").nth(1).unwrap().chars().take_while(char::is_ascii_hexdigit).collect();
        for (who, typed) in [(&other, secret.as_str()), (&agent, "0000"), (&agent, "")] {
            let refused = notices::confirm(&house.app, who, typed).await;
            assert!(matches!(refused, Err(NotMailed::Link)), "{refused:?}");
        }
        assert!(notices::is_link(&house.app, &agent, &secret).await.unwrap());
        notices::confirm(&house.app, &agent, &secret).await.unwrap();
        let again = notices::confirm(&house.app, &agent, &secret).await;
        assert!(matches!(again, Err(NotMailed::Link)), "a link works once");

        house.pass(MINUTE);
        house.send(&[row(2)]).await;
        house.pass(1000);
        house.send(&[row(3)]).await;
        let sent = notices::send(&house.app).await.unwrap();
        assert_eq!(sent.taken, 1, "several of a kind are one mail: {sent:?}");
        let mail = mails(&house).pop().unwrap();
        assert!(mail.contains("新增记录") && mail.contains("/notices") && mail.contains("New records"), "{mail}");
        for private in ["示范甲", PARENT, "示市监", "罚"] {
            assert!(!mail.contains(private), "{private} in {mail}");
        }
        house.pass(1000);
        house.send(&[row(4)]).await;
        assert_eq!(notices::send(&house.app).await.unwrap().taken, 0, "not before a quarter of an hour has passed");
        house.pass(16 * MINUTE);
        assert_eq!(notices::send(&house.app).await.unwrap().taken, 1, "and then it comes");

        notices::choose(&house.app, &agent, &[NoticeKind::PasswordChanged]).await.unwrap();
        house.pass(HOUR);
        house.send(&[row(5)]).await;
        assert_eq!(notices::send(&house.app).await.unwrap().taken, 0);
        notices::remove(&house.app, &agent).await.unwrap();
        assert_eq!(notices::wishes(&house.app, &agent).await.unwrap().address, None);
        house.journal().await;
    }

    async fn a_link_that_is_a_day_old_confirms_nothing(house: House) {
        let agent = member(&house, "agent", AccountRole::Agent).await;
        notices::set_address(&house.app, &agent, "wang@example.cn").await.unwrap();
        notices::send(&house.app).await.unwrap();
        let mail = mails(&house).pop().unwrap();
        let secret: String =
            mail.split("/notices/confirm/").nth(1).unwrap().chars().take_while(char::is_ascii_hexdigit).collect();
        house.pass(DAY + 1000);
        assert!(matches!(notices::confirm(&house.app, &agent, &secret).await, Err(NotMailed::Link)));
    }

    async fn mail_that_nobody_takes_is_tried_again_and_given_up(house: House) {
        let agent = member(&house, "agent", AccountRole::Agent).await;
        with_mail(&house, &agent).await;
        // A file where the folder should be.
        let blocked = house.config.home.0.join("blocked");
        fs::write(&blocked, "").unwrap();
        let app = house.with(|config| config.mail.folder = Some(blocked.clone())).await.unwrap();
        house.pass(MINUTE);
        house.send(&[row(1)]).await;
        let mut tries = 0;
        let begun = house.app.now().millis();
        loop {
            let sent = notices::send(&app).await.unwrap();
            tries += sent.again + sent.dead;
            if sent.dead == 1 {
                break;
            }
            assert!(tries < 20 && house.app.now().millis() - begun < 3 * DAY);
            house.pass(10 * MINUTE);
        }
        assert_eq!(tries, 8);
        let day = house.app.now().millis() - begun;
        assert!((20 * HOUR..32 * HOUR).contains(&day), "about a day: {} h", day / HOUR);
        let dead = notices::dead(&app, &Actor::operator(), 10).await.unwrap();
        assert_eq!((dead.len(), dead[0].attempts), (1, 8));
        assert!(notices::dead(&app, &agent.actor, 10).await.is_err(), "the operator's alone");
        notices::replay(&app, &Actor::operator(), dead[0].id).await.unwrap();
        assert_eq!(notices::send(&house.app).await.unwrap().taken, 1, "once the folder is there");
        assert_eq!(notices::counts(&app).await.unwrap(), (0, 0));
    }

    async fn a_mail_server_takes_mail_puts_it_off_or_refuses_it(house: House) {
        let agent = member(&house, "agent", AccountRole::Agent).await;
        with_mail(&house, &agent).await;
        let (port, taken) = mail_server(vec!["451", "250", "550"]).await;
        let server = |config: &mut mingzheng::config::Config| {
            config.mail.smtp = Some("127.0.0.1".into());
            config.mail.port = Some(port);
            config.mail.tls = mingzheng::config::MailTls::None;
        };
        let app = house.with(server).await.unwrap();
        house.pass(MINUTE);
        house.send(&[row(1)]).await;
        assert_eq!(notices::send(&app).await.unwrap().again, 1, "451: later");
        house.pass(2 * MINUTE);
        assert_eq!(notices::send(&app).await.unwrap().taken, 1);
        let mail = taken.lock().unwrap().clone();
        assert_eq!(mail.matches("To: wang@example.cn").count(), 1, "{mail}");
        house.pass(20 * MINUTE);
        house.send(&[row(2)]).await;
        assert_eq!(notices::send(&app).await.unwrap().dead, 1, "550: never");
        let dead = notices::dead(&app, &Actor::operator(), 10).await.unwrap();
        assert!(dead[0].fault.as_deref().unwrap().contains("550") && !format!("{:?}", dead[0]).contains("wang"));
    }
}

/// A mail server that answers the recipients in turn as it is told, and keeps what it takes.
async fn mail_server(answers: Vec<&'static str>) -> (u16, std::sync::Arc<std::sync::Mutex<String>>) {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken: std::sync::Arc<std::sync::Mutex<String>> = std::sync::Arc::default();
    let (kept, mut answers) = (std::sync::Arc::clone(&taken), answers.into_iter());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 here\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_line().await {
                let answer = match line.split([' ', ':']).next().unwrap_or_default() {
                    "RCPT" => format!("{} said\r\n", answers.next().unwrap_or("250")),
                    "DATA" => {
                        write.write_all(b"354 go on\r\n").await.unwrap();
                        while let Ok(Some(line)) = lines.next_line().await {
                            if line == "." {
                                break;
                            }
                            let mut kept = kept.lock().unwrap();
                            kept.push_str(&line);
                            kept.push('\n');
                        }
                        "250 taken\r\n".to_owned()
                    }
                    "QUIT" => "221 bye\r\n".to_owned(),
                    _ => "250 fine\r\n".to_owned(),
                };
                if write.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (port, taken)
}
