//! The console for systems that come by themselves: made, rotated, bound to a certificate, revoked.

use axum::body::Body;
use axum::http::Request;
use mingzheng::rules::AccountRole;

use super::browser::Browser;
use super::web::Web;
use crate::engines::each_on_both_engines;
use crate::flows::house::PARENT;
use crate::flows::people::somebody;

/// What stands between two marks on a page.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split(before)
        .nth(1)
        .unwrap_or_else(|| panic!("{before} is not on the page: {text}"))
        .split(after)
        .next()
        .unwrap()
}

async fn opens(web: &Web, token: &str) -> u16 {
    let request = Request::get("/api/v1/reports/x").header("authorization", format!("Bearer {token}"));
    web.send(request.body(Body::empty()).unwrap()).await.status.as_u16()
}

async fn a_client_is_made_and_rotated_and_revoked_and_its_token_is_shown_once(web: Web) {
    let security = somebody(&web.house, "security", AccountRole::Security).await;
    let browser = Browser::with(&web, &security.session).await;
    assert!(browser.get("/clients").await.text().contains("还没有客户端"));
    let form = browser.get("/clients/new").await.text();
    assert!(
        !form.contains("value=\"person\"") && !form.contains("value=\"security\""),
        "no system comes as them"
    );
    let fields = |days, certificate| {
        [
            ("name", "bank"),
            ("role", "agent"),
            ("grants", "91310115MATE5T017A; see ask"),
            ("days", days),
            ("certificate", certificate),
        ]
    };
    for (days, certificate, told) in [
        ("0", "", "from 1 to 730 days"),
        ("731", "", "from 1 to 730 days"),
        ("x", "", "from 1 to 730 days"),
        ("30", "abc", "64 hexadecimal digits"),
    ] {
        let refused = browser.post("/clients/new", &fields(days, certificate)).await;
        assert_eq!(refused.status, 422);
        assert!(
            refused.text().contains(told) && refused.text().contains("value=\"bank\""),
            "{}",
            refused.text()
        );
    }
    let made = browser.post("/clients/new", &fields("30", "")).await.text();
    let token = between(&made, "id=\"token\">", "<").to_owned();
    let path = between(&made, "class=\"button\" href=\"", "\"").to_owned();
    assert!(path.starts_with("/clients/"), "{path}");
    assert_eq!(opens(&web, &token).await, 404, "through the door");
    let shown = browser.get(&path).await.text();
    assert!(shown.contains("bank") && shown.contains(PARENT) && !shown.contains(&token));
    assert_eq!(browser.post("/clients/new", &fields("30", "")).await.status, 409, "the name is taken");

    let rotated = browser.post(&format!("{path}/rotate"), &[("days", "10")]).await.text();
    let newer = between(&rotated, "id=\"token\">", "<").to_owned();
    assert_eq!((opens(&web, &token).await, opens(&web, &newer).await), (401, 404));
    assert_eq!(browser.post(&format!("{path}/rotate"), &[("days", "9999")]).await.status, 422);
    assert_eq!(opens(&web, &newer).await, 404);

    assert_eq!(browser.post(&format!("{path}/revoke"), &[]).await.status, 422, "nobody was sure");
    assert_eq!(opens(&web, &newer).await, 404);
    assert_eq!(browser.post(&format!("{path}/revoke"), &[("sure", "yes")]).await.status, 303);
    assert_eq!(opens(&web, &newer).await, 401);
    let over = browser.get(&path).await.text();
    assert!(over.contains("已吊销") && !over.contains("/rotate\""), "{over}");
    for act in ["rotate", "certificate", "revoke"] {
        let again = browser.post(&format!("{path}/{act}"), &[("days", "10"), ("sure", "yes")]).await;
        assert_eq!(again.status, 404, "{act}");
    }
    assert!(browser.get("/clients").await.text().contains("已吊销"));
    assert_eq!(web.house.number("SELECT COUNT(*) FROM journal WHERE act LIKE 'client-%'").await, 3);
}

async fn a_client_is_bound_to_a_certificate_as_openssl_prints_it_or_as_it_is(web: Web) {
    let security = somebody(&web.house, "security", AccountRole::Security).await;
    let browser = Browser::with(&web, &security.session).await;
    browser.get("/clients/new").await;
    let fields = [("name", "bank"), ("role", "verifier"), ("days", "30")];
    let made = browser.post("/clients/new", &fields).await.text();
    let token = between(&made, "id=\"token\">", "<").to_owned();
    let path = between(&made, "class=\"button\" href=\"", "\"").to_owned();
    let digest = mingzheng::seal::digest(b"a certificate").to_string();
    let pairs: Vec<&str> =
        digest.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
    let colons = pairs.join(":").to_uppercase();
    let pem = "-----BEGIN CERTIFICATE-----\r\nYSBjZXJ0\r\naWZpY2F0ZQ==\r\n-----END CERTIFICATE-----\r\n";
    browser.get(&path).await;
    for typed in [digest.as_str(), &colons, pem] {
        browser.post(&format!("{path}/certificate"), &[("certificate", "")]).await;
        assert_eq!(opens(&web, &token).await, 404, "bound to none");
        let bound = browser.post(&format!("{path}/certificate"), &[("certificate", typed)]).await;
        assert_eq!(bound.status, 303, "{typed}");
        assert!(browser.get(&path).await.text().contains(&digest), "{typed}");
        assert_eq!(opens(&web, &token).await, 401, "it comes without");
    }
    for wrong in ["00", "-----BEGIN CERTIFICATE-----\nno base 64\n-----END CERTIFICATE-----"] {
        let refused = browser.post(&format!("{path}/certificate"), &[("certificate", wrong)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains(&digest), "it stays as it was");
    }
}

each_on_both_engines! {
    a_client_is_made_and_rotated_and_revoked_and_its_token_is_shown_once;
    a_client_is_bound_to_a_certificate_as_openssl_prints_it_or_as_it_is;
}
