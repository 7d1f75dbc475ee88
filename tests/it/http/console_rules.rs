//! Catalogue and policy in versions: checked, previewed, approved by two, in force without a restart, reachable for good.

use mingzheng::rules::{AccountRole, Catalogue, DiffLine, Policy, RuleKind, diff, line_of_fault};
use serde_json::json;

use super::browser::Browser;
use super::console::{person, seen};
use super::web::{COMPANY, Web};
use crate::engines::on_both_engines;
use crate::flows::house::{PARENT, row};

/// The policy in force in these tests, with other words for one of its switches.
fn policy(version: &str, ordinary: bool) -> String {
    let text = include_str!("../../../data/policies/ndrc-2025.toml");
    let text = text.replace("version = \"2026.1\"", &format!("version = \"{version}\""));
    text.replace("ordinary = true", &format!("ordinary = {ordinary}"))
}

fn catalogue(version: &str) -> String {
    let text = include_str!("../../../data/catalogue.toml");
    text.replace("version = \"2026.1\"", &format!("version = \"{version}\""))
}

async fn issued(web: &Web) -> serde_json::Value {
    web.house.pass(1000);
    let asked = json!({ "subject": PARENT, "domains": ["market-regulation"], "from": "2023-11-22" });
    let answer = web.post_json(COMPANY, "/api/v1/reports", &asked).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let number = answer.json()["number"].as_str().unwrap().to_owned();
    let shown = web.get_as(COMPANY, &format!("/api/v1/reports/{number}")).await.json();
    let mut facts = shown["facts"].clone();
    facts["verification_code"] = answer.json()["verification_code"].clone();
    facts
}

async fn proposes(one: &Browser<'_>, kind: &str, text: &str, from: &str) -> String {
    let fields = [("text", text), ("from", from), ("reason", "按新规定调整")];
    let answer = one.post(&format!("/console/rules/{kind}"), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").to_owned()
}

async fn approves(two: &Browser<'_>, path: &str) -> u16 {
    let seen = seen(&two.get(path).await.text());
    two.post(&format!("{path}/approve"), &[("seen", &seen)]).await.status.as_u16()
}

on_both_engines! {
    async fn a_policy_that_two_agreed_on_is_in_force_at_once_and_old_facts_stand(web: Web) {
        web.house.declare().await;
        web.house.send(&[row(1)]).await;
        let before = issued(&web).await;
        assert_eq!((&before["basis"]["policy"]["version"], &before["summary"]["found"]), (&json!("2026.1"), &json!(1)), "{before}");
        let (_, one) = person(&web, "one", AccountRole::System).await;
        let (_, two) = person(&web, "two", AccountRole::System).await;
        let text = policy("2026.2", false);
        let checked = one.post("/console/rules/policy/preview", &[("text", &text)]).await;
        assert_eq!(checked.status, 200, "{}", checked.text());
        let page = checked.text();
        assert!(page.contains("− ordinary = true") && page.contains("+ ordinary = false"), "{page}");
        assert!(page.contains("归集到记录 1 条") && page.contains(before["number"].as_str().unwrap()), "a sample: {page}");
        let path = proposes(&one, "policy", &text, "").await;
        assert!(two.get(&path).await.text().contains("+ ordinary = false"), "the decider sees what changes");
        assert_eq!(issued(&web).await["basis"]["policy"]["version"], json!("2026.1"), "nothing happened yet");
        assert_eq!(approves(&two, &path).await, 303);
        let after = issued(&web).await;
        assert_eq!((&after["basis"]["policy"]["version"], &after["summary"]["found"]), (&json!("2026.2"), &json!(0)), "{after}");
        let code = before["verification_code"].as_str().unwrap();
        let shown = web.get(&format!("/v/{code}")).await.text();
        assert!(shown.contains("已签发，目前有效"), "what was issued stays: {shown}");
        let versions = one.get("/console/rules/policy").await.text();
        assert!(versions.contains("one / two") && versions.contains("<code>ndrc-2025 2026.1</code>"), "{versions}");
        let old = one.get("/console/rules/policy/1").await.text();
        assert!(old.contains("ordinary = true") && one.get("/console/rules/policy/3").await.status == 404);
        let again = one.post("/console/rules/policy", &[("text", &text), ("reason", "再次")]).await;
        assert!(again.status == 409 && again.text().contains("已存在"), "the same version once more");
        web.house.journal().await;
    }

    async fn a_text_with_a_fault_names_line_and_reason(web: Web) {
        let (_, one) = person(&web, "one", AccountRole::System).await;
        let check = async |kind: &str, text: &str| one.post(&format!("/console/rules/{kind}/preview"), &[("text", text)]).await;
        let broken = check("policy", &policy("2026.2", true).replace("ordinary = true", "ordinary = yes")).await;
        assert_eq!(broken.status, 422);
        let line = policy("2026.2", true).lines().position(|line| line == "ordinary = true").unwrap() + 1;
        assert!(broken.text().contains(&format!("出错行：{line}")), "{}", broken.text());
        let twice = catalogue("2026.2").replace("\"ecological-environment\"", "\"market-regulation\"");
        let twice = check("catalogue", &twice).await;
        assert!(twice.status == 422 && twice.text().contains("market-regulation stands twice"), "{}", twice.text());
        let cut = catalogue("2026.2").replace("id = \"taxation\"", "id = \"tax\"");
        let cut = check("catalogue", &cut).await;
        assert!(cut.status == 422 && cut.text().contains("taxation"), "the place's list names it: {}", cut.text());
        for (code, reason) in [("D900", "none of D001"), ("D1", "codes are never used again"), ("X064", "none of D001")] {
            let odd = catalogue("2026.2").replace("code = \"D064\"", &format!("code = \"{code}\""));
            let odd = check("catalogue", &odd).await;
            assert!(odd.status == 422 && odd.text().contains(reason), "a QR could not name it: {code} {}", odd.text());
        }
        assert_eq!(check("catalogue", &"x".repeat(300_000)).await.status, 422);
        assert_eq!(check("presets", "x").await.status, 404);
        for (text, from) in [(policy("2026.1", true), ""), (policy("2026.2", true), "2020-01-01"), (policy("2026.2", true), "soon"), ("id = 1".to_owned(), "")] {
            let refused = one.post("/console/rules/policy", &[("text", &text), ("from", from), ("reason", "调整")]).await;
            assert_eq!(refused.status, 409, "{from}: {}", refused.text());
        }
    }

    async fn a_catalogue_with_another_domain_holds_from_its_day_on(web: Web) {
        let (_, one) = person(&web, "one", AccountRole::System).await;
        let (_, two) = person(&web, "two", AccountRole::System).await;
        let more = "\n[[domain]]\nid = \"space-affairs\"\ncode = \"D065\"\nzh = \"航天\"\nen = \"Space affairs\"\nauthority_zh = \"航天局\"\nauthority_en = \"Space Administration\"\n";
        let text = format!("{}{more}", catalogue("2026.2"));
        let page = one.post("/console/rules/catalogue/preview", &[("text", &text)]).await.text();
        assert!(page.contains("航天") && page.contains("新增领域"), "{page}");
        assert!(page.len() < 100_000, "{}", page.len());
        let path = proposes(&one, "catalogue", &text, "2026-11-24").await;
        assert_eq!(approves(&two, &path).await, 303);
        let asked = json!({ "subject": PARENT, "domains": ["space-affairs"], "from": "2023-11-22" });
        let ask = async || web.post_json(COMPANY, "/api/v1/reports", &asked).await;
        assert_eq!(ask().await.status, 422, "not yet");
        web.house.pass(2 * 24 * 60 * 60_000);
        let report = ask().await;
        assert_eq!(report.status, 201, "{}", report.text());
        assert_eq!(report.json()["summary"]["not_covered"], json!(1), "nobody answers for it yet: no false none");
        let other = web.house.second().await;
        let ask = mingzheng::flow::issue::Ask { domains: Some(vec!["space-affairs".parse().unwrap()]), ..crate::flows::house::ask() };
        let issued = mingzheng::flow::issue::issue(&other, &mingzheng::flow::Actor::operator(), ask).await;
        assert_eq!(issued.unwrap().facts.basis.catalogue.version, "2026.2", "another process learns of it");
    }
}

#[test]
fn a_comparison_leaves_nothing_out() {
    let cases = [
        ("a\nb\nc", "a\nc"),
        ("", "x"),
        ("x", ""),
        ("a\nb", "b\na"),
        ("a\na\nb", "a\nb\nb"),
        ("same", "same"),
    ];
    for (old, new) in cases {
        let lines = diff(old, new);
        let side = |keep: fn(&DiffLine<'_>) -> Option<String>| {
            lines.iter().filter_map(keep).collect::<Vec<_>>().join("\n")
        };
        let was = side(|line| match line {
            DiffLine::Same(it) | DiffLine::Gone(it) => Some((*it).to_owned()),
            DiffLine::New(_) => None,
        });
        let is = side(|line| match line {
            DiffLine::Same(it) | DiffLine::New(it) => Some((*it).to_owned()),
            DiffLine::Gone(_) => None,
        });
        assert_eq!((was.as_str(), is.as_str()), (old, new));
    }
    assert_eq!(
        diff("a\nb\nc", "a\nx\nc"),
        [DiffLine::Same("a"), DiffLine::Gone("b"), DiffLine::New("x"), DiffLine::Same("c")]
    );
}

#[test]
fn a_fault_is_found_in_its_line() {
    let text = catalogue("2").replace("\"ecological-environment\"", "\"market-regulation\"");
    let error = Catalogue::parse(&text).unwrap_err().to_string();
    let line = line_of_fault(&text, &error).unwrap();
    assert_eq!(text.lines().nth(line - 1), Some("id = \"market-regulation\""));
    assert!(line > 20, "the second one: {line}");
    let error = Policy::parse("id = \"x\"\nversion = 1\n").unwrap_err().to_string();
    assert_eq!(line_of_fault("id = \"x\"\nversion = 1\n", &error), Some(2), "{error}");
    assert_eq!(line_of_fault("a = 1", "something else"), None);
    assert_eq!(RuleKind::ALL.len(), 3);
}
