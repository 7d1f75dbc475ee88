//! The reports of all subjects in the console: lists, filters, figures, and who may look.

use mingzheng::flow::Actor;
use mingzheng::rules::AccountRole;

use super::console::person;
use super::web::{COMPANY, OTHER, Web};
use crate::engines::{each_on_both_engines, on_both_engines};
use crate::flows::house::{ALIAS, PARENT, SUBSIDIARY};

on_both_engines! {
    async fn reports_are_found_by_number_subject_day_and_state(web: Web) {
        let first = web.report().await;
        let asked = serde_json::json!({ "subject": SUBSIDIARY, "domains": ["market-regulation", "taxation"], "from": "2023-11-22" });
        let second = web.post_json(OTHER, "/api/v1/reports", &asked).await.json();
        let (one, two) = (first["number"].as_str().unwrap(), second["number"].as_str().unwrap());
        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        let found = async |query: &str| {
            let answer = auditor.get(&format!("/console/reports?{query}")).await;
            assert_eq!(answer.status, 200, "{query}");
            (answer.text().contains(&format!(">{one}<")), answer.text().contains(&format!(">{two}<")))
        };
        assert_eq!(found("").await, (true, true));
        assert_eq!(found(&format!("number={one}")).await, (true, false));
        assert_eq!(found(&format!("subject={PARENT}")).await, (true, false));
        assert_eq!(found(&format!("subject={ALIAS}")).await, (true, false), "by another code of it");
        let id = mingzheng::flow::console::subjects::by_any_code(&web.house.app, &Actor::operator(), PARENT).await.unwrap();
        assert_eq!(found(&format!("subject={id}")).await, (true, false), "by its page, which shows no number of a person");
        assert_eq!(found("subject=nobody").await, (false, false));
        assert_eq!(found("from=2026-11-22&to=2026-11-22&status=valid").await, (true, true));
        assert_eq!(found("to=2026-11-21").await, (false, false));
        assert_eq!(found("from=2026-11-23").await, (false, false));
        assert_eq!(found("status=revoked").await, (false, false));
        assert_eq!(found("page=99").await, (false, false), "a page that is not there is empty");
        for (query, fault) in [("number=x", "number-fault"), ("from=yesterday", "from-fault"), ("to=2026-02-30", "to-fault")] {
            let answer = auditor.get(&format!("/console/reports?{query}")).await;
            assert_eq!(answer.status, 422, "{query}");
            assert!(answer.text().contains(&format!("id=\"{fault}\"")) && answer.text().contains("aria-invalid"), "{query}");
        }
        let odd = auditor.get("/console/reports?subject=%3Cscript%3E%27%3B--").await;
        assert!(odd.status == 200 && !odd.text().contains("<script>"));
        let page = auditor.get(&format!("/console/reports/{two}")).await;
        assert!(page.text().contains("2 / 0"), "nothing is covered, so that nothing is concluded");
        assert_eq!(auditor.get("/console/reports/MZCR-20261122-22222222-2").await.status, 404);
        assert_eq!(auditor.get("/console/reports/x").await.status, 404);
    }

    async fn figures_count_reports_and_the_domains_that_got_a_conclusion(web: Web) {
        web.report().await;
        web.house.declare().await;
        web.house.pass(1000);
        web.report().await;
        let asked = serde_json::json!({ "subject": PARENT, "domains": ["market-regulation", "taxation"], "from": "2023-11-22" });
        assert_eq!(web.post_json(COMPANY, "/api/v1/reports", &asked).await.status, 201);
        let (_, system) = person(&web, "system", AccountRole::System).await;
        let page = system.get("/console/figures").await.text();
        assert!(page.contains("<strong>3</strong>") && page.contains("<strong>2</strong>"), "{page}");
        assert!(page.contains("<th scope=\"row\">2026-11</th><td>3</td><td>2</td>"), "{page}");
        assert!(page.contains("<th scope=\"row\">2025-12</th><td>0</td><td>0</td>") && page.contains("<svg"));
        let month = system.get("/console/figures?from=2026-12&to=2027-01").await.text();
        assert!(month.contains("<strong>0</strong>") && !month.contains("2026-11</th>"));
        for query in ["from=2026-13", "from=x", "from=2026-11&to=2026-10"] {
            let answer = system.get(&format!("/console/figures?{query}")).await;
            assert!(answer.status == 422 && answer.text().contains("id=\"fault\""), "{query}");
        }
        let ages = system.get("/console/figures?from=1990-01&to=2090-12").await;
        assert!(ages.status == 200 && ages.body.len() < 100_000, "{} bytes", ages.body.len());
    }
}

async fn the_console_of_the_security_operator_leads_to_the_accounts_only(web: Web) {
    let (_, security) = person(&web, "security", AccountRole::Security).await;
    let home = security.get("/console").await.text();
    assert!(home.contains("href=\"/accounts\"") && !home.contains("/console/reports"));
    let (_, agent) = person(&web, "agent", AccountRole::Agent).await;
    assert_eq!(agent.get("/console").await.status, 403);
    assert!(!agent.get("/account").await.text().contains("href=\"/console\""));
}

each_on_both_engines! {
    the_console_of_the_security_operator_leads_to_the_accounts_only;
}
