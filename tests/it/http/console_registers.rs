//! Authorities and subjects in the console; two subjects that are one never make a false "none".

use mingzheng::flow::{Actor, console};
use mingzheng::rules::{AccountRole, Scheme, SubjectCode};
use serde_json::json;

use super::browser::Browser;
use super::console::{person, seen};
use super::web::{COMPANY, OTHER, Web};
use crate::engines::on_both_engines;
use crate::flows::house::{ALIAS, MARKET, PARENT, Row, SUBSIDIARY, row};
use crate::flows::rows_reach::{NOBODYS, STRANGER, register, send};

async fn id_of(web: &Web, code: &str) -> uuid::Uuid {
    console::subjects::by_any_code(&web.house.app, &Actor::operator(), code).await.unwrap()
}

async fn issued(web: &Web, token: &str, code: &str) -> serde_json::Value {
    let asked = json!({ "subject": code, "domains": ["market-regulation"], "from": "2023-11-22" });
    let answer = web.post_json(token, "/api/v1/reports", &asked).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// One proposes to merge, two approves.
async fn merge(web: &Web, one: &Browser<'_>, two: &Browser<'_>, from: &str, into: &str) {
    let path = format!("/console/subjects/{}/merger", id_of(web, from).await);
    let proposed = one.post(&path, &[("into", into), ("reason", "同一主体重复登记")]).await;
    assert_eq!(proposed.status, 303, "{}", proposed.text());
    let path = proposed.header("location").to_owned();
    let shown = two.get(&path).await.text();
    assert!(shown.contains(from) && shown.contains(into), "the decider sees both codes: {shown}");
    let done = two.post(&format!("{path}/approve"), &[("seen", &seen(&shown))]).await;
    assert_eq!(done.status, 303, "{}", done.text());
}

on_both_engines! {
    async fn after_a_merge_reports_show_the_records_of_both_and_older_ones_are_superseded(web: Web) {
        web.house.declare().await;
        web.house.send(&[Row { name: "示范甲芯片技术有限公司", code: SUBSIDIARY.to_owned(), ..row(7) }]).await;
        web.house.pass(1000);
        let (before, other) = (issued(&web, COMPANY, PARENT).await, issued(&web, OTHER, SUBSIDIARY).await);
        assert_eq!((&before["summary"]["none"], &other["summary"]["found"]), (&json!(1), &json!(1)), "{before}");
        let (_, one) = person(&web, "one", AccountRole::System).await;
        let (_, two) = person(&web, "two", AccountRole::System).await;
        web.house.pass(1000);
        merge(&web, &one, &two, SUBSIDIARY, PARENT).await;
        for report in [&before, &other] {
            let number = report["number"].as_str().unwrap();
            let page = one.get(&format!("/console/reports/{number}")).await.text();
            assert!(page.contains("数据已更正") && page.contains("主体已与另一主体合并"), "{number}");
        }
        web.house.pass(1000);
        let after = issued(&web, COMPANY, PARENT).await;
        assert_eq!((&after["summary"]["none"], &after["summary"]["found"]), (&json!(0), &json!(1)), "{after}");
        let by_old_code = issued(&web, OTHER, SUBSIDIARY).await;
        assert_eq!(by_old_code["summary"]["found"], json!(1), "the old code leads to the same");
        web.house.send(&[Row { name: "示范甲芯片技术有限公司", code: SUBSIDIARY.to_owned(), ..row(8) }]).await;
        web.house.pass(1000);
        assert_eq!(issued(&web, COMPANY, PARENT).await["summary"]["records"], json!(2), "a row by the old code counts");
        let page = one.get(&format!("/console/subjects/{}", id_of(&web, PARENT).await)).await.text();
        assert!(page.contains("并入本主体") && page.contains(SUBSIDIARY));
        let kept = web.house.number("SELECT COUNT(DISTINCT subject) FROM record_version").await;
        assert_eq!(kept, 1, "no record has moved");
        web.house.journal().await;
    }

    async fn a_merge_that_makes_no_sense_is_refused(web: Web) {
        let (_, one) = person(&web, "one", AccountRole::System).await;
        let (_, two) = person(&web, "two", AccountRole::System).await;
        let path = format!("/console/subjects/{}/merger", id_of(&web, PARENT).await);
        for (into, reason, status) in [(PARENT, "误", 409), ("0000", "误", 409), (SUBSIDIARY, " ", 422)] {
            let refused = one.post(&path, &[("into", into), ("reason", reason)]).await;
            assert_eq!(refused.status.as_u16(), status, "{into}");
            assert!(refused.text().contains("id=\"merge-fault\""), "{into}");
        }
        // Both ways are proposed; what is approved first makes the other one pointless.
        let first = one.post(&path, &[("into", SUBSIDIARY), ("reason", "重复")]).await.header("location").to_owned();
        merge(&web, &one, &two, SUBSIDIARY, PARENT).await;
        let seen = seen(&two.get(&first).await.text());
        let circle = two.post(&format!("{first}/approve"), &[("seen", &seen)]).await;
        assert_eq!(circle.status, 409, "{}", circle.text());
        assert!(circle.text().contains("已并入其他主体"));
        assert_eq!(web.house.number("SELECT COUNT(*) FROM proposal WHERE state = 'open'").await, 1, "nothing half-done");
        assert_eq!(web.house.number("SELECT COUNT(*) FROM journal WHERE act = 'merge'").await, 1);
    }

    async fn a_code_is_added_and_rows_that_named_it_hold_back_the_conclusion(web: Web) {
        const OLD: &str = "310115000099999";
        web.house.declare().await;
        let (_, system) = person(&web, "system", AccountRole::System).await;
        let id = id_of(&web, PARENT).await;
        let path = format!("/console/subjects/{id}/codes");
        let add = async |scheme: &str, value: &str, reason: &str| {
            system.post(&path, &[("scheme", scheme), ("value", value), ("reason", reason)]).await
        };
        for (scheme, value, reason, status) in [
            ("", OLD, "档案", 409),
            ("registration-number", OLD, "", 422),
            ("registration-number", ALIAS, "档案", 409),
            ("credit-code", SUBSIDIARY, "档案", 409),
            ("credit-code", "91310115MATE5T0170", "档案", 409),
            ("identity-number", "310101199001011234", "档案", 409),
            ("organisation-code", "<b>", "档案", 409),
        ] {
            let refused = add(scheme, value, reason).await;
            assert_eq!(refused.status.as_u16(), status, "{scheme} {value}: {}", refused.text());
            assert!(refused.text().contains("id=\"code-fault\""), "{scheme} {value}");
        }
        assert!(add("credit-code", SUBSIDIARY, "档案").await.text().contains("属于另一主体"));
        assert_eq!(add("registration-number", OLD, "工商档案").await.status, 303);
        assert!(system.get(&format!("/console/subjects/{id}")).await.text().contains(OLD));
        assert!(system.get(&format!("/console/subjects?words={OLD}")).await.text().contains("示范甲智能科技股份有限公司"));
        assert_eq!(id_of(&web, OLD).await, id);
        let again = SubjectCode { scheme: Scheme::RegistrationNumber, value: OLD.into() };
        assert!(console::subjects::add_code(&web.house.app, &Actor::operator(), id, again, "再").await.is_err());
    }

    async fn namesakes_are_shown_until_they_are_told_apart(web: Web) {
        let (name, number) = (("CF_XDR_MC", "同名有限公司"), ("CF_XDR_GSZC", NOBODYS));
        web.house.declare().await;
        send(&web.house, 7, &[&[("CF_XDR_SHXYM", ""), number, name]]).await;
        register(&web.house, STRANGER, name.1, &[]).await;
        let (_, system) = person(&web, "system", AccountRole::System).await;
        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        let (one, other) = (id_of(&web, STRANGER).await, id_of(&web, NOBODYS).await);
        let list = auditor.get("/console/subjects").await.text();
        assert!(list.contains("待确认的同名主体") && list.contains(NOBODYS), "{list}");
        let path = format!("/console/subjects/{one}");
        let shown = auditor.get(&path).await.text();
        assert!(shown.contains(&format!("/console/subjects/{other}")) && !shown.contains("/namesakes"), "{shown}");
        assert!(system.get(&path).await.text().contains(&format!("{path}/namesakes")));

        let (form, who) = (format!("{path}/namesakes"), other.to_string());
        for (who, reason, status) in [(who.as_str(), " ", 422), ("", "档案", 409), (&one.to_string(), "档案", 409)] {
            let refused = system.post(&form, &[("namesake", who), ("reason", reason)]).await;
            assert_eq!(refused.status.as_u16(), status, "{}", refused.text());
            assert!(refused.text().contains("id=\"apart-fault\""));
        }
        let done = system.post(&form, &[("namesake", &who), ("reason", "登记档案不同")]).await;
        assert_eq!(done.status, 303, "{}", done.text());

        assert!(!system.get(&path).await.text().contains("待确认的同名主体"));
        assert!(!auditor.get("/console/subjects").await.text().contains("待确认的同名主体"));
        assert!(auditor.get("/console/journal").await.text().contains("确认同名主体不同"));
    }

    async fn authorities_are_found_registered_and_altered(web: Web) {
        web.house.declare().await;
        let (_, system) = person(&web, "system", AccountRole::System).await;
        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        let listed = auditor.get("/console/authorities").await.text();
        assert!(listed.contains(MARKET) || listed.contains("page=2"));
        let found = auditor.get(&format!("/console/authorities?words={}", &MARKET[8..])).await.text();
        assert!(found.contains(MARKET) && !found.contains("/console/authorities/new"));
        let path = format!("/console/authorities/{MARKET}");
        let page = auditor.get(&path).await.text();
        assert!(page.contains("2018-01-01") && page.contains("及时") && !page.contains("修改登记"), "{page}");
        assert!(page.len() < 100_000);
        let saved = system.post(&path, &[("zh", "示范市市场监督管理局"), ("en", "Market"), ("contact", "热线 12315"), ("domain-market-regulation", "on"), ("domain-finance", "on")]).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let page = system.get(&path).await.text();
        assert!(page.contains("热线 12315") && page.contains("从未声明，报告不作结论"), "{page}");
        let empty = system.post(&path, &[("zh", " "), ("en", "x")]).await;
        assert!(empty.status == 409 && empty.text().contains("中文名称和英文名称均须填写"));
        let odd = system.post(&path, &[("zh", "甲"), ("en", "x"), ("domain-no-such-field", "on")]).await;
        assert!(odd.status == 409 && odd.text().contains("no-such-field"));
        for code in ["x", "11310000MBTE5T0960", MARKET] {
            let refused = system.post("/console/authorities/new", &[("code", code), ("zh", "甲"), ("en", "x")]).await;
            assert_eq!(refused.status, 409, "{code}");
        }
        assert_eq!(system.get("/console/authorities/11310000MBTE5T0960").await.status, 404);
        assert_eq!(web.house.number("SELECT COUNT(*) FROM journal WHERE act = 'authority-save'").await, 1);
    }

    async fn a_domain_is_taken_from_an_authority_by_two_people_and_by_no_other_way(web: Web) {
        web.house.declare().await;
        web.house.pass(1000);
        let before = issued(&web, COMPANY, PARENT).await;
        assert_eq!(before["summary"]["none"], json!(1), "{before}");
        let (_, one) = person(&web, "one", AccountRole::System).await;
        let (_, two) = person(&web, "two", AccountRole::System).await;
        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        let path = format!("/console/authorities/{MARKET}");

        // The form that alters it takes nothing away, and neither does the flow behind it.
        assert_eq!(one.post(&path, &[("zh", "示范市市场监督管理局"), ("en", "Market")]).await.status, 303);
        let saved = console::authorities::one(&web.house.app, &Actor::operator(), MARKET).await.unwrap().authority;
        assert_eq!(saved.domains.len(), 1);
        let bare = mingzheng::rules::Authority { domains: Vec::new(), ..saved };
        let refused = console::authorities::save(&web.house.app, &Actor::operator(), bare, false).await;
        assert!(matches!(refused, Err(console::Error::Refused { .. })), "{refused:?}");

        let take = format!("{path}/domains");
        let fields = [("domain-market-regulation", "on"), ("reason", "职责划转")];
        assert!(!auditor.get(&path).await.text().contains("取消领域"));
        assert_eq!(auditor.post(&take, &fields).await.status, 403);
        for (fields, status, says) in [
            ([("domain-market-regulation", "on"), ("reason", " ")], 422, "请填写理由"),
            ([("other", "on"), ("reason", "误")], 409, "请至少选择一个领域"),
            ([("domain-taxation", "on"), ("reason", "误")], 409, "该单位不负责领域 taxation"),
        ] {
            let refused = one.post(&take, &fields).await;
            assert_eq!(refused.status.as_u16(), status, "{fields:?}");
            assert!(refused.text().contains(says) && refused.text().contains("id=\"taking-fault\""), "{fields:?}");
        }
        assert_eq!(one.post("/console/authorities/11310000MBTE5T0960/domains", &fields).await.status, 404);
        let proposed = one.post(&take, &fields).await;
        assert_eq!(proposed.status, 303, "{}", proposed.text());
        let proposal = proposed.header("location").to_owned();
        assert!(one.get(&path).await.text().contains(&proposal), "the page of the authority leads there");
        let shown = two.get(&proposal).await.text();
        assert!(shown.contains(MARKET) && shown.contains("职责划转") && shown.contains("市场监管"), "{shown}");
        let seen = seen(&shown);
        assert_eq!(one.post(&format!("{proposal}/approve"), &[("seen", &seen)]).await.status, 403, "not one's own");
        web.house.pass(1000);
        assert_eq!(issued(&web, COMPANY, PARENT).await["summary"]["none"], json!(1), "nothing happened yet");
        let done = two.post(&format!("{proposal}/approve"), &[("seen", &seen)]).await;
        assert_eq!(done.status, 303, "{}", done.text());
        web.house.pass(1000);
        let after = issued(&web, COMPANY, PARENT).await;
        assert_eq!(after["summary"]["not_covered"], json!(1), "nobody answers for it: {after}");
        let again = one.post(&take, &fields).await;
        assert_eq!(again.status, 409, "it is gone");
        web.house.journal().await;

        // Going back to the schema before it leaves everything else in its place.
        let kept = web.house.number("SELECT COUNT(*) FROM proposal").await;
        assert_eq!(kept, 1);
        web.house.store.migrate_down(15).await.unwrap();
        assert_eq!(web.house.number("SELECT COUNT(*) FROM proposal").await, 0);
        web.house.store.migrate().await.unwrap();
    }
}
