//! What is another authority's, or of another domain of one's own authority, is not there: on every page and in every list.

use mingzheng::flow::cases::{self, Asked};
use mingzheng::flow::upload::Sent;
use mingzheng::flow::{Actor, candidates, clients, drafts, jobs, receive, records, spool::Spool, uploads};
use mingzheng::flow::{Post, Role};
use mingzheng::rules::{AccountRole, CaseKind, Grant, Promises};
use uuid::Uuid;

use super::browser::Browser;
use super::desk::{clerk, faulty, linked, page, two_domains, upload};
use super::web::Web;
use crate::engines::{each_on_both_engines, on_both_engines};
use crate::flows::house::{ECOLOGY, House, MARKET, PARENT, Row, csv, row};
use crate::rules::house::code;

/// What there is of taxation at the desk of market regulation.
struct Taxation {
    record: Uuid,
    upload: Uuid,
    waiting: Uuid,
    rejected: Uuid,
    case: Uuid,
    job: Uuid,
}

fn sent(rows: &[Row], domain: &str) -> Sent {
    Sent {
        file_name: "税务.csv".to_owned(),
        bytes: csv(rows),
        authority: Some(code(MARKET)),
        domain: Some(domain.parse().unwrap()),
        ..Sent::default()
    }
}

/// Market regulation sends a file about taxation, somebody objects to its record, and another file is on its way.
async fn taxation(house: &House) -> Taxation {
    two_domains(house).await;
    let rows = [row(1), Row { code: String::new(), ..row(2) }, faulty(3)];
    let upload = house.upload(sent(&rows, "taxation")).await.unwrap().receipt.upload;
    house.pass(1000);
    let operator = Actor::operator();
    let wanted = records::Wanted { document_number: Some(row(1).document), ..records::Wanted::default() };
    let found = records::search(&house.app, &operator, &wanted).await.unwrap();
    let record = found.records[0].version.record;
    let open = candidates::open(&house.app, &operator, None, None, None, None).await.unwrap().rows;
    let asked = Asked {
        kind: CaseKind::Objection,
        subject: Some(PARENT.to_owned()),
        record: Some(record),
        document_number: None,
        statement: "税务异议".to_owned(),
        promises: Promises::default(),
    };
    let case = cases::open(&house.app, &operator, &asked).await.unwrap().case.case.id;
    cases::add_evidence(&house.app, &operator, case, "x.pdf", b"%PDF-1.7 x").await.unwrap();
    house.pass(1000);
    let mut spool = Spool::new(&house.app).await.unwrap();
    spool.write(&csv(&[row(9)])).await.unwrap();
    let file = spool.finish().await.unwrap();
    let later = Sent { bytes: Vec::new(), ..sent(&[], "taxation") };
    let receive::Taken::Job(job) = receive::receive(&house.app, &operator, later, file, true).await.unwrap()
    else {
        panic!("it waits for a worker");
    };
    let of = |cause: candidates::Cause| open.iter().find(|row| row.cause == cause).unwrap().id;
    Taxation {
        record,
        upload,
        waiting: of(candidates::Cause::NameOnly),
        rejected: of(candidates::Cause::Rejected),
        case,
        job: job.id,
    }
}

/// A request: its method, its path, and the fields of its form.
type Tried = (&'static str, String, Vec<(&'static str, &'static str)>);

/// Everything that a clerk could ask for, or do, by an id.
fn paths(it: &Taxation) -> Vec<Tried> {
    let Taxation { record, upload, waiting, rejected, case, job } = it;
    let get = |path: String| ("GET", path, Vec::new());
    let sure =
        |fields: &[(&'static str, &'static str)]| fields.iter().copied().chain([("sure", "yes")]).collect();
    vec![
        get(format!("/desk/records/{record}")),
        get(format!("/desk/records/{record}/withdraw")),
        get(format!("/desk/records/{record}/correct")),
        ("POST", format!("/desk/records/{record}/withdraw"), vec![("reason", "x")]),
        ("POST", format!("/desk/records/{record}/withdraw"), sure(&[("reason", "x")])),
        ("POST", format!("/desk/records/{record}/correct"), sure(&[("cell-CF_NR_FK", "3")])),
        get(format!("/desk/uploads/{upload}")),
        get(format!("/desk/uploads/{upload}/receipt.json")),
        get(format!("/desk/uploads/{upload}/rejects")),
        get(format!("/desk/uploads/{upload}/rows.csv")),
        get(format!("/desk/quarantine/{waiting}")),
        get(format!("/desk/quarantine/{rejected}")),
        ("POST", format!("/desk/quarantine/{waiting}"), vec![("to", PARENT), ("reason", "x")]),
        ("POST", format!("/desk/quarantine/{waiting}"), sure(&[("to", PARENT), ("reason", "x")])),
        ("POST", format!("/desk/quarantine/{rejected}"), sure(&[("to", "nobody"), ("reason", "x")])),
        get(format!("/desk/cases/{case}")),
        get(format!("/desk/cases/{case}/evidence/1")),
        ("POST", format!("/desk/cases/{case}"), vec![("step", "accept")]),
        ("POST", format!("/desk/cases/{case}"), sure(&[("step", "accept")])),
        get(format!("/desk/jobs/{job}")),
        get(format!("/desk/jobs/{job}/state")),
        get(format!("/desk/jobs/{job}/events")),
        ("POST", format!("/desk/jobs/{job}"), Vec::new()),
    ]
}

async fn another_domain_and_another_authority_are_not_there(web: Web) {
    let it = taxation(&web.house).await;
    let tax = clerk(&web.house, "taxer", &[(MARKET, &["taxation"])]).await;
    let market = clerk(&web.house, "market", &[(MARKET, &["market-regulation"])]).await;
    let ecology = clerk(&web.house, "ecology", &[(ECOLOGY, &[])]).await;
    let own = Browser::with(&web, &tax).await;
    page(&own, "/desk/upload").await;
    let draft = upload(&own, &[("act", "check")], &csv(&[row(7)])).await.header("location").to_owned();
    assert!(draft.starts_with("/desk/drafts/"), "{draft}");
    let kept = web.house.kept().await;

    for session in [&market, &ecology] {
        let browser = Browser::with(&web, session).await;
        page(&browser, "/desk").await;
        let drafts = [
            ("GET", draft.clone(), Vec::new()),
            ("GET", format!("{draft}/rejects"), Vec::new()),
            ("POST", draft.clone(), vec![("act", "store")]),
        ];
        for (method, path, fields) in paths(&it).into_iter().chain(drafts) {
            let answer =
                if method == "GET" { browser.get(&path).await } else { browser.post(&path, &fields).await };
            assert_eq!(answer.status, 404, "{method} {path} {fields:?}: {}", answer.text());
        }
        for path in [
            "/desk",
            "/desk/uploads",
            "/desk/uploads?domain=taxation",
            "/desk/records",
            "/desk/records?domain=taxation",
            "/desk/quarantine",
            "/desk/quarantine?domain=taxation",
            "/desk/cases",
            "/desk/cases?show=all",
            "/desk/coverage?domain=taxation",
            "/desk/quality",
        ] {
            let text = page(&browser, path).await;
            for told in ["税务.csv", "〔2025〕", "(2025)", "[2025]", "税务异议", "/taxation", "33.3%"]
            {
                assert!(!text.contains(told), "{path} tells {told}: {text}");
            }
            for id in [it.record, it.upload, it.waiting, it.rejected, it.case, it.job] {
                assert!(!text.contains(&id.to_string()), "{path}: {text}");
            }
        }
        let declared = [
            ("domain", "taxation"),
            ("data_from", "2018-01-01"),
            ("complete_through", "2026-11-22"),
            ("sure", "yes"),
        ];
        assert_eq!(browser.post("/desk/coverage", &declared).await.status, 422);
        let file = csv(&[row(8)]);
        assert_eq!(upload(&browser, &[("act", "store"), ("domain", "taxation")], &file).await.status, 422);
    }
    assert_eq!(web.house.kept().await, kept, "nobody changed anything");
    assert_eq!(web.house.number("SELECT COUNT(*) FROM job WHERE state = 'queued' AND attempts = 0").await, 1);

    let home = page(&own, "/desk").await;
    assert!(home.contains(&it.job.to_string()) && home.contains("排队中"), "{home}");
    // They are there for whose they are.
    for (method, path, fields) in paths(&it).into_iter().filter(|(_, path, _)| !path.ends_with("/events")) {
        let answer = if method == "GET" { own.get(&path).await } else { own.post(&path, &fields).await };
        assert_ne!(answer.status, 403, "{method} {path}: {}", answer.text());
        let gone = path.ends_with("/rows.csv");
        assert_eq!(answer.status == 404, gone, "{method} {path} {fields:?}: {}", answer.text());
    }
    assert!(page(&own, "/desk/uploads").await.contains("税务.csv"));
    let ended = page(&own, &format!("/desk/jobs/{}", it.job)).await;
    assert!(ended.contains("已取消") && !ended.contains("http-equiv"), "{ended}");
}

async fn a_file_of_one_domain_changes_no_record_of_another_and_a_record_that_moved_shows_no_earlier_version(
    web: Web,
) {
    let it = taxation(&web.house).await;
    let session = clerk(&web.house, "market", &[(MARKET, &["market-regulation"])]).await;
    let browser = Browser::with(&web, &session).await;
    page(&browser, "/desk/upload").await;
    let same_key = csv(&[Row { fine: "5".into(), ..row(1) }]);
    let stored = upload(&browser, &[("act", "store")], &same_key).await;
    let receipt = page(&browser, stored.header("location")).await;
    assert!(receipt.contains("record-not-yours"), "{receipt}");
    assert_eq!(web.house.number("SELECT COUNT(*) FROM record_version WHERE domain <> 'taxation'").await, 0);

    // Whoever has both domains moves it.
    web.house.upload(sent(&[Row { fine: "6".into(), ..row(1) }], "market-regulation")).await.unwrap();
    web.house.pass(1000);
    let list = page(&browser, "/desk/records").await;
    assert_eq!(linked(&list, "/desk/records/"), it.record.to_string());
    let shown = page(&browser, &format!("/desk/records/{}", it.record)).await;
    assert!(shown.contains("6 万元") && !shown.contains("2 万元"), "{shown}");
    assert_eq!(
        browser.get(&format!("/desk/cases/{}", it.case)).await.status,
        404,
        "its case stays with taxation"
    );
    let tax = clerk(&web.house, "taxer", &[(MARKET, &["taxation"])]).await;
    let tax = Browser::with(&web, &tax).await;
    assert_eq!(tax.get(&format!("/desk/records/{}", it.record)).await.status, 404);
    assert_eq!(
        tax.get(&format!("/desk/cases/{}", it.case)).await.status,
        404,
        "the record has gone elsewhere"
    );
}

async fn a_clerk_of_several_domains_names_one_and_a_post_that_was_taken_away_opens_nothing(web: Web) {
    two_domains(&web.house).await;
    let app = &web.house.app;
    let both = clerk(&web.house, "both", &[(MARKET, &["market-regulation"]), (MARKET, &["taxation"])]).await;
    let browser = Browser::with(&web, &both).await;
    let form = page(&browser, "/desk/upload").await;
    assert!(form.contains("由文件中的“领域”列说明"), "two posts that are all of it are the whole");
    let checked = upload(&browser, &[("act", "check"), ("domain", "taxation")], &csv(&[row(1)])).await;
    let draft = checked.header("location").to_owned();
    page(&browser, &draft).await;
    let signed = mingzheng::flow::sessions::resume(app, &both).await.unwrap().unwrap();
    let less = [Grant {
        object: MARKET.to_owned(),
        domains: vec!["market-regulation".parse().unwrap()],
        ..Grant::default()
    }];
    let by = Actor { name: "@security".into(), role: Role::Security };
    mingzheng::flow::account::keep::set_role(app, &by, signed.account, AccountRole::Clerk, &less)
        .await
        .unwrap();
    let id: Uuid = draft.rsplit('/').next().unwrap().parse().unwrap();
    let now = Actor {
        role: Role::Clerk(vec![Post { authority: code(MARKET), domains: less[0].domains.clone() }]),
        ..signed.actor
    };
    assert!(matches!(drafts::show(app, &now, id).await, Err(drafts::Error::Unknown)));
    let none = Actor { role: Role::Clerk(Vec::new()), ..now };
    assert!(none.may_work_at_desk().is_err());
    assert!(uploads::list(app, &none, None, 9).await.unwrap().is_empty());
    assert!(jobs::list(app, &none, None, 9).await.unwrap().is_empty());
}

async fn a_client_of_a_clerk_is_held_to_its_domains_by_the_interface_too(web: Web) {
    let it = taxation(&web.house).await;
    let grants = vec![Grant {
        object: MARKET.to_owned(),
        domains: vec!["market-regulation".parse().unwrap()],
        ..Grant::default()
    }];
    let wanted = clients::Wanted {
        name: "system".into(),
        role: AccountRole::Clerk,
        grants,
        days: 1,
        certificate: None,
    };
    let token = clients::make(&web.house.app, &Actor::operator(), wanted).await.unwrap().secret;
    for path in [
        format!("/api/v1/records/{}", it.record),
        format!("/api/v1/records/{}/versions", it.record),
        format!("/api/v1/uploads/{}", it.upload),
        format!("/api/v1/uploads/{}/rejects", it.upload),
        format!("/api/v1/cases/{}", it.case),
        format!("/api/v1/cases/{}/evidence/1", it.case),
        format!("/api/v1/jobs/{}", it.job),
        format!("/api/v1/jobs/{}/events", it.job),
    ] {
        web.get_as(&token, &path).await.problem("not-found", 404);
    }
    for (path, list) in [
        ("/api/v1/records", "records"),
        ("/api/v1/uploads", "uploads"),
        ("/api/v1/jobs", "jobs"),
        ("/api/v1/cases", "cases"),
        ("/api/v1/cases/reminders", "reminders"),
        ("/api/v1/candidates", "candidates"),
    ] {
        let answer = web.get_as(&token, path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()[list].clone()),
            (200, serde_json::json!([])),
            "{path}"
        );
    }
    let figures = web.get_as(&token, "/api/v1/quality").await.json();
    assert_eq!(figures["authorities"][0]["submitted"], 0);
    assert_eq!(figures["authorities"][0]["quarantine_open"], 0);
    assert_eq!(figures["authorities"][0]["domains"].as_array().unwrap().len(), 1);
    let path = format!("/api/v1/candidates/{}/resolution", it.waiting);
    let asked = serde_json::json!({ "subject": PARENT, "reason": "x" });
    web.post_json(&token, &path, &asked).await.problem("not-found", 404);
}

on_both_engines! {
    async fn lists_are_held_to_the_domains_of_a_post(house: House) {
        let it = taxation(&house).await;
        let actor = |domains: &[&str]| Actor {
            name: "@li".into(),
            role: Role::Clerk(vec![Post { authority: code(MARKET), domains: domains.iter().map(|it| it.parse().unwrap()).collect() }]),
        };
        for (domains, seen) in [(&["taxation"][..], true), (&[], true), (&["market-regulation"], false)] {
            let (app, actor) = (&house.app, actor(domains));
            let count = usize::from(seen);
            assert_eq!(uploads::list(app, &actor, None, 9).await.unwrap().len(), count, "{domains:?}");
            let page = mingzheng::store::Page { offset: 0, limit: 9 };
            let (found, total) = uploads::search(app, &actor, code(MARKET), &uploads::Wanted::default(), page).await.unwrap();
            assert_eq!((found.len(), total as usize), (count, count));
            assert_eq!(jobs::list(app, &actor, None, 9).await.unwrap().len(), count);
            assert_eq!(candidates::open(app, &actor, None, None, None, None).await.unwrap().rows.len(), 2 * count);
            let (due, total) = cases::due_first(app, &actor, code(MARKET), None, page).await.unwrap();
            assert_eq!((due.iter().map(|case| case.id).collect::<Vec<_>>(), total as usize), (vec![it.case; count], count));
            assert_eq!(cases::list(app, &actor, cases::Filter::default()).await.unwrap().cases.len(), count);
            assert_eq!(records::search(app, &actor, &records::Wanted::default()).await.unwrap().records.len(), count);
            let figures = mingzheng::flow::quality::quality(app, &actor, 90, None).await.unwrap().authorities.remove(0);
            assert_eq!((figures.submitted, figures.quarantine_open), (3 * count as u64, 2 * count as u64));
            assert!(figures.domains.iter().all(|of| of.domain.as_str() != "taxation" || (of.rejected, of.quarantine_open) == (1, 2)));
        }
        house.pass(30 * 86_400_000);
        cases::remind(&house.app).await.unwrap();
        for (domains, seen) in [(&["taxation"][..], true), (&["market-regulation"], false)] {
            let given = cases::reminders(&house.app, &actor(domains), None).await.unwrap().given;
            assert_eq!(!given.is_empty(), seen, "{domains:?}");
        }
    }
}

async fn who_works_for_several_authorities_pages_through_the_cases_of_one_desk_only(web: Web) {
    let (house, operator) = (&web.house, Actor::operator());
    house.send(&[row(1)]).await;
    let elsewhere = Sent {
        file_name: "生态.csv".to_owned(),
        bytes: csv(&[Row { organ: ECOLOGY, ..row(2) }]),
        authority: Some(code(ECOLOGY)),
        ..Sent::default()
    };
    house.upload(elsewhere).await.unwrap();
    let mut opened = Vec::new();
    for number in [1, 2] {
        house.pass(1000);
        let asked = Asked {
            kind: CaseKind::Objection,
            subject: Some(PARENT.to_owned()),
            record: None,
            document_number: Some(row(number).document),
            statement: "金额有误".to_owned(),
            promises: Promises::default(),
        };
        opened.push(cases::open(&house.app, &operator, &asked).await.unwrap().case.case.id);
    }
    let post = |authority: &str| Post { authority: code(authority), domains: Vec::new() };
    let both = Actor { name: "@both".to_owned(), role: Role::Clerk(vec![post(MARKET), post(ECOLOGY)]) };
    let one = Actor { name: "@one".to_owned(), role: Role::Clerk(vec![post(MARKET)]) };
    let listed = async |actor: &Actor, authority: &str, after| {
        let authority = Some(code(authority));
        let filter = cases::Filter { authority, after, limit: Some(1), ..cases::Filter::default() };
        let found = cases::list(&house.app, actor, filter).await.unwrap();
        (found.cases.iter().map(|case| case.id).collect::<Vec<_>>(), found.next)
    };
    // The newer case of the other desk takes no place on the page of this one.
    let (first, next) = listed(&both, MARKET, None).await;
    assert_eq!((first, next), (vec![opened[0]], Some(opened[0])));
    assert_eq!(listed(&both, MARKET, next).await, (Vec::new(), None));
    assert_eq!(listed(&both, ECOLOGY, None).await.0, [opened[1]]);
    assert!(listed(&one, ECOLOGY, None).await.0.is_empty(), "a desk that is not theirs");
    let session = clerk(house, "both", &[(MARKET, &[]), (ECOLOGY, &[])]).await;
    let browser = Browser::with(&web, &session).await;
    let list = page(&browser, "/desk/cases?show=all").await;
    let shown = opened.iter().filter(|id| list.contains(&format!("/desk/cases/{id}"))).count();
    assert_eq!(shown, 1, "one desk at a time: {list}");
}

each_on_both_engines! {
    another_domain_and_another_authority_are_not_there;
    a_file_of_one_domain_changes_no_record_of_another_and_a_record_that_moved_shows_no_earlier_version;
    a_clerk_of_several_domains_names_one_and_a_post_that_was_taken_away_opens_nothing;
    a_client_of_a_clerk_is_held_to_its_domains_by_the_interface_too;
    who_works_for_several_authorities_pages_through_the_cases_of_one_desk_only;
}
