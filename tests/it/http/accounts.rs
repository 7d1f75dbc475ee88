//! Signing in by the pages: forms that come from elsewhere, sessions that were planted, links that lead away.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use mingzheng::flow::{Actor, clients};
use mingzheng::rules::AccountRole;

use super::browser::Browser;
use super::web::Web;
use crate::engines::each_on_both_engines;
use crate::flows::house::PARENT;
use crate::flows::people::{PASSWORD, code, grants, link, somebody};

async fn a_link_makes_an_account_that_signs_in_with_a_second_factor(web: Web) {
    let link = link(&web.house.app, AccountRole::Security).await;
    let browser = Browser::new(&web);
    let shown = browser.get(&format!("/invitation/{link}")).await.text();
    assert!(
        shown.contains("启用账户") && shown.contains("安全管理员") && !shown.contains("Make your account")
    );
    let path = format!("/invitation/{link}");
    let weak =
        browser.post(&path, &[("name", "wang"), ("new", "password1234"), ("again", "password1234")]).await;
    assert_eq!(weak.status, 422);
    assert!(weak.text().contains("密码太常见"));
    let made = browser.post(&path, &[("name", "wang"), ("new", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(
        (made.status.as_u16(), made.header("location")),
        (303, "/sign-in/enrol?next="),
        "{}",
        made.text()
    );
    assert_eq!(browser.get("/account").await.header("location"), "/sign-in?next=%2Faccount");

    let page = browser.get("/sign-in/enrol").await.text();
    let key = page.split("id=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(page.contains("data:image/svg+xml,"));
    let wrong = browser.post("/sign-in/enrol", &[("code", "12345")]).await;
    assert_eq!(wrong.status, 401);
    let done = browser.post("/sign-in/enrol", &[("code", &code(&key, &web.house))]).await;
    assert_eq!((done.status.as_u16(), done.text().matches("<li><code>").count()), (200, 10));
    assert!(browser.get("/account").await.text().contains("示范安全管理员"));

    let before = browser.session().unwrap();
    let out = browser.post("/sign-out", &[]).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/sign-in"));
    assert!(browser.get("/sign-in").await.text().contains("您已退出"));
    assert!(!browser.get("/sign-in").await.text().contains("您已退出"), "it is told once");
    let planted = Browser::with(&web, &before).await;
    assert_eq!(planted.get("/account").await.status, 303, "what was signed out stays out");

    web.house.pass(60_000);
    let typed = [("name", "wang"), ("password", PASSWORD), ("next", "/accounts")];
    let half = browser.post("/sign-in", &typed).await;
    assert_eq!(half.header("location"), "/sign-in/factor?next=%2Faccounts");
    browser.get("/sign-in/factor?next=%2Faccounts").await;
    let typed = [("code", code(&key, &web.house)), ("next", "/accounts".to_owned())];
    let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let whole = browser.post("/sign-in/factor", &typed).await;
    assert_eq!((whole.status.as_u16(), whole.header("location")), (303, "/accounts"));
    assert!(browser.get("/accounts").await.text().contains(">wang</a>"));
}

async fn a_session_that_somebody_planted_is_not_the_one_that_is_opened(web: Web) {
    let attacker = somebody(&web.house, "attacker", AccountRole::Agent).await;
    somebody(&web.house, "victim", AccountRole::Agent).await;
    let browser = Browser::new(&web);
    browser.get("/sign-in").await;
    browser.cookies.borrow_mut().insert("mz_session".into(), attacker.session.clone());
    // The form of the sign-in page of a planted session has that session's token.
    browser.get("/account").await;
    let opened = browser.post("/sign-in", &[("name", "victim"), ("password", PASSWORD)]).await;
    assert_eq!(opened.status, 303, "{}", opened.text());
    assert_ne!(browser.session().unwrap(), attacker.session);
    assert_eq!(Browser::with(&web, &attacker.session).await.get("/account").await.status, 303, "it is over");
}

async fn forms_of_others_are_refused(web: Web) {
    let agent = somebody(&web.house, "agent", AccountRole::Agent).await;
    let browser = Browser::with(&web, &agent.session).await;
    let token = browser.token.borrow().clone();
    let send = async |token: &str, site: Option<&str>, origin: Option<&str>| {
        let mut request = Request::post("/account/sessions/end")
            .header("host", "127.0.0.1:8600")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let body = format!("csrf={token}&session={}", "0".repeat(64));
        browser.send(request.body(Body::from(body)).unwrap()).await.status.as_u16()
    };
    let ours = Some("http://127.0.0.1:8600");
    assert_eq!(send(&token, Some("same-origin"), ours).await, 303);
    assert_eq!(send(&token, Some("same-origin"), Some("null")).await, 303, "our policy hides the origin");
    assert_eq!(send(&token, None, None).await, 303, "an old browser says nothing");
    for (token, site, origin) in [
        ("", Some("same-origin"), ours),
        ("0123", Some("same-origin"), ours),
        (token.as_str(), Some("cross-site"), ours),
        (token.as_str(), Some("same-site"), ours),
        (token.as_str(), None, Some("https://evil.example")),
        (token.as_str(), Some("cross-site"), Some("null")),
        ("", Some("same-origin"), Some("null")),
        (token.as_str(), Some("same-origin"), Some("http://127.0.0.1:8601")),
    ] {
        assert_eq!(send(token, site, origin).await, 403, "{token:?} {site:?} {origin:?}");
    }
    let other = somebody(&web.house, "other", AccountRole::Agent).await;
    let others = Browser::with(&web, &other.session).await.token.borrow().clone();
    assert_eq!(send(&others, Some("same-origin"), ours).await, 403, "the token of another session");
}

async fn signing_in_leads_nowhere_else(web: Web) {
    somebody(&web.house, "agent", AccountRole::Agent).await;
    for (next, leads_to) in [
        ("/accounts?page=2", "/accounts?page=2"),
        ("https://evil.example/", "/account"),
        ("//evil.example/", "/account"),
        ("/\\evil.example", "/account"),
        ("/\t/evil.example", "/account"),
        ("javascript:alert(1)", "/account"),
        ("/a\r\nset-cookie: a=b", "/account"),
        ("", "/account"),
    ] {
        let browser = Browser::new(&web);
        browser.get("/sign-in").await;
        let typed = [("name", "agent"), ("password", PASSWORD), ("next", next)];
        let answer = browser.post("/sign-in", &typed).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, leads_to), "{next:?}");
    }
    let switched = web.get("/sign-in?lang=en&next=%2Faccount").await;
    assert_eq!(switched.header("location"), "/sign-in?next=%2Faccount");
}

async fn pages_speak_one_language_and_look_as_one_likes(web: Web) {
    let browser = Browser::new(&web);
    let chinese = browser.get("/sign-in").await.text();
    assert!(
        chinese.contains("lang=\"zh-CN\" class=\"\"")
            && chinese.contains("用户名")
            && !chinese.contains("Password")
    );
    for path in ["/sign-in?lang=en", "/sign-in?text=large", "/sign-in?contrast=high"] {
        assert_eq!(browser.get(path).await.header("location"), "/sign-in");
    }
    let english = browser.get("/sign-in").await.text();
    assert!(english.contains("lang=\"en\" class=\"large contrast\""), "{english}");
    assert!(english.contains("Password") && !english.contains("密码"));
    assert!(english.contains("Simple version") && !english.contains("Full version"));
    let back = browser.get("/sign-in?next=%2Faccount&version=simple").await;
    assert_eq!(back.header("location"), "/sign-in?next=%2Faccount");
    let simple = browser.get("/sign-in").await.text();
    assert!(simple.contains("class=\"large contrast simple\"") && simple.contains("href=\"?version=full\""));
    browser.get("/sign-in?version=full").await;
    browser.get("/sign-in?text=normal").await;
    assert!(browser.get("/sign-in").await.text().contains("class=\"contrast\""));
    let nothing = browser.get("/no-such-place").await;
    assert_eq!((nothing.status.as_u16(), nothing.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(nothing.text().contains("There is nothing here") && !nothing.text().contains("没有找到"));
    for part in ["class=\"skip\" href=\"#main\"", "id=\"main\"", "name=\"csrf\""] {
        assert!(english.contains(part), "{part}");
    }
    assert!(
        !english.contains(" style=") && english.matches("<script").count() == 1,
        "what reads aloud, alone"
    );
}

async fn over_https_cookies_are_for_this_host_only(web: Web) {
    let web = web.configured(|config| config.server.origin = "https://report.example".into()).await;
    let answer = web.get("/sign-in").await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-mz_form=") && cookie.ends_with("; Secure"), "{cookie}");
}

async fn a_client_comes_with_its_token_until_it_is_over_or_revoked(web: Web) {
    let app = &web.house.app;
    let make = async |name: &str, role, days, certificate| {
        let wanted = clients::Wanted { name: name.into(), role, grants: grants(role), days, certificate };
        clients::make(app, &Actor::operator(), wanted).await
    };
    let day = make("day", AccountRole::Agent, 1, None).await.unwrap();
    let year = make("year", AccountRole::Agent, 365, None).await.unwrap();
    assert!(make("year", AccountRole::Agent, 365, None).await.is_err(), "the name is taken");
    assert!(make("person", AccountRole::Security, 1, None).await.is_err(), "no system keeps accounts");
    let status = async |secret: &str| {
        let asked =
            serde_json::json!({ "subject": PARENT, "domains": ["market-regulation"], "from": "2023-11-22" });
        web.post_json(secret, "/api/v1/reports", &asked).await.status.as_u16()
    };
    assert_eq!((status(&day.secret).await, status(&year.secret).await), (201, 201));
    web.house.pass(2 * 24 * 60 * 60_000);
    assert_eq!((status(&day.secret).await, status(&year.secret).await), (401, 201));
    clients::revoke(app, &Actor::operator(), "year").await.unwrap();
    assert_eq!(status(&year.secret).await, 401);
    assert_eq!(web.house.number("SELECT COUNT(*) FROM journal WHERE act LIKE 'client-%'").await, 3);
}

async fn a_client_that_is_bound_to_a_certificate_comes_with_it_through_a_proxy_of_ours_only(web: Web) {
    let web = web.behind(&["10.0.0.1"]);
    let certificate = mingzheng::seal::digest(b"a certificate");
    let (role, grants) = (AccountRole::Verifier, Vec::new());
    let wanted =
        clients::Wanted { name: "bound".into(), role, grants, days: 1, certificate: Some(certificate) };
    let made = clients::make(&web.house.app, &Actor::operator(), wanted).await.unwrap();
    let right = ":YSBjZXJ0aWZpY2F0ZQ==:"; // "a certificate" in base 64
    let ask = async |peer: &str, named: &[&str]| {
        let mut request =
            Request::get("/api/v1/reports/x").header("authorization", format!("Bearer {}", made.secret));
        for named in named {
            request = request.header("client-cert", *named);
        }
        let peer: std::net::SocketAddr = format!("{peer}:4000").parse().unwrap();
        let request = request.extension(ConnectInfo(peer)).body(Body::empty()).unwrap();
        web.send(request).await.status.as_u16()
    };
    assert_eq!(ask("10.0.0.1", &[right]).await, 404, "through the door");
    for (peer, named) in [
        ("10.0.0.1", &[][..]),
        ("10.0.0.2", &[right]),
        ("10.0.0.1", &[":YW5vdGhlcg==:"]),
        ("10.0.0.1", &["YSBjZXJ0aWZpY2F0ZQ=="]),
        ("10.0.0.1", &[right, right]),
        ("10.0.0.1", &[":no base 64:"]),
    ] {
        assert_eq!(ask(peer, named).await, 401, "{peer} {named:?}");
    }
}

each_on_both_engines! {
    a_link_makes_an_account_that_signs_in_with_a_second_factor;
    a_session_that_somebody_planted_is_not_the_one_that_is_opened;
    forms_of_others_are_refused;
    signing_in_leads_nowhere_else;
    pages_speak_one_language_and_look_as_one_likes;
    over_https_cookies_are_for_this_host_only;
    a_client_comes_with_its_token_until_it_is_over_or_revoked;
    a_client_that_is_bound_to_a_certificate_comes_with_it_through_a_proxy_of_ours_only;
}
