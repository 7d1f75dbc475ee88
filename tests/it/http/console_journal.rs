//! The journal in the console: search, the check of its chain, the file to take away.

use std::collections::BTreeSet;
use std::path::Path;

use mingzheng::rules::AccountRole;
use mingzheng::store::Tx;

use super::console::person;
use super::web::Web;
use crate::engines::{each_on_both_engines, execute, on_both_engines};

/// The words of acts in the sources of the flows: the first word in quotes of each call that writes into the journal.
fn acts() -> BTreeSet<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/flow")];
    let mut acts = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            for part in ["record(", "refused(", "journal("].iter().flat_map(|call| source.split(call).skip(1))
            {
                let call = part.split(';').next().unwrap();
                let is_entry = call.trim_start().starts_with("&mut ") || call.trim_start().starts_with("tx,");
                let word = call.split('"').nth(1).filter(|_| is_entry).unwrap_or_default();
                if !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
                    acts.insert(word.to_owned());
                }
            }
        }
    }
    acts
}

async fn every_act_has_a_name_to_search_by(web: Web) {
    let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
    let page = auditor.get("/console/journal?act=issue").await.text();
    let acts = acts();
    assert!(acts.len() > 50 && acts.contains("share-look"), "{acts:?}");
    for act in acts {
        assert!(page.contains(&format!("<option value=\"{act}\"")), "{act} has no name");
    }
    assert!(page.contains("<option value=\"issue\" selected>出具报告</option>"));
    let issued = auditor.get("/console/journal?act=sign-in").await.text();
    assert!(issued.contains("登录 <code>sign-in</code>"), "{issued}");
    let other = auditor.get("/console/journal?act=none").await.text();
    assert!(other.contains("<option value=\"none\" selected>none</option>"));
}

on_both_engines! {
    async fn the_auditor_searches_by_who_what_object_and_time(web: Web) {
        let report = web.report().await;
        let number = report["number"].as_str().unwrap();
        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        let found = async |query: &str| {
            let answer = auditor.get(&format!("/console/journal?{query}")).await;
            assert_eq!(answer.status, 200, "{query}");
            let text = answer.text();
            (text.contains("<code>issue</code>"), text.contains("<code>register-authorities</code>"))
        };
        assert_eq!(found("").await, (true, true));
        assert_eq!(found("act=issue").await, (true, false));
        assert_eq!(found(&format!("object={number}")).await, (true, false));
        assert_eq!(found("actor=operator").await, (false, true));
        assert_eq!(found("actor=auditor&act=issue").await, (false, false));
        assert_eq!(found("from=2026-11-22&to=2026-11-22").await, (true, true));
        assert_eq!(found("to=2026-11-21").await, (false, false));
        let named = auditor.get("/console/journal?actor=auditor").await.text();
        assert!(named.contains("@auditor"), "an account is found without its mark");
        for _ in 0..60 {
            web.house.pass(1);
            auditor.post("/console/journal/export", &[("act", "none")]).await;
            auditor.get("/console/journal").await;
        }
        let newest = auditor.get("/console/journal?actor=auditor").await.text();
        let older = newest.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
        assert!(older.contains("actor=auditor"), "{older}");
        let next = auditor.get(&format!("/console/journal{older}")).await.text();
        let numbers = |page: &str| -> Vec<i64> {
            page.split("<tr><th scope=\"row\">").skip(1).map(|row| row.split('<').next().unwrap().parse().unwrap()).collect()
        };
        assert_eq!(numbers(&newest).len(), 50);
        assert!(numbers(&newest).last() > numbers(&next).first() && !numbers(&next).is_empty());
        let fault = auditor.get("/console/journal?from=soon").await;
        assert!(fault.status == 422 && fault.text().contains("id=\"from-fault\""));
        let (_, system) = person(&web, "system", AccountRole::System).await;
        assert_eq!(system.get("/console/journal").await.status, 403, "who acts does not audit");
    }

    async fn a_file_of_the_journal_computes_nothing_in_a_spreadsheet(web: Web) {
        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        auditor.get("/console/journal").await;
        let mut tx = web.house.store.write().await.unwrap();
        let sql = "INSERT INTO journal (seq, at, actor, act, object, result, details, previous, digest)
            SELECT 900000, at, '=cmd|''/c calc''!A1', '+1', '-1,\"x\"', '@a', '{}', previous, digest FROM journal WHERE seq = 1";
        execute(&mut tx, sql).await.unwrap();
        tx.commit().await.unwrap();
        let file = auditor.post("/console/journal/export", &[("object", "-1,\"x\"")]).await;
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert!(file.header("content-disposition").starts_with("attachment"));
        let text = file.text();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[1].contains(",'=cmd|'/c calc'!A1,'+1,\"'-1,\"\"x\"\"\",'@a,{},"), "{text}");
        let all = auditor.post("/console/journal/export", &[]).await.text();
        assert!(all.contains(",'@auditor,") && all.contains(",journal-export,"), "taking it away is an entry");
        let empty = auditor.post("/console/journal/export", &[("from", "x")]).await;
        assert_eq!(empty.status, 422);
    }

    async fn the_check_finds_an_entry_that_was_changed(web: Web) {
        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        auditor.get("/console/journal").await;
        assert!(auditor.post("/console/journal/check", &[]).await.text().contains("日志链完整"));
        let mut tx = web.house.store.write().await.unwrap();
        let drop = match tx {
            Tx::Sqlite(_) => "DROP TRIGGER journal_never_changes",
            Tx::Postgres(_) => "DROP TRIGGER journal_never_changes ON journal",
        };
        execute(&mut tx, drop).await.unwrap();
        execute(&mut tx, "UPDATE journal SET actor = 'nobody' WHERE seq = 2").await.unwrap();
        tx.commit().await.unwrap();
        let broken = auditor.post("/console/journal/check", &[]).await.text();
        assert!(broken.contains("日志链在此处断裂，序号：2") && broken.contains("role=\"alert\""), "{broken}");
    }
}

each_on_both_engines! {
    every_act_has_a_name_to_search_by;
}
