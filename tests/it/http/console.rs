//! Four eyes: nobody revokes a report alone, by whatever way they try.

use mingzheng::flow::console::Error;
use mingzheng::flow::console::proposal::{self, Decision, Plan};
use mingzheng::flow::sessions::{self, Signed};
use mingzheng::flow::{Actor, account::keep};
use mingzheng::rules::{AccountRole, Digest, ProposalState};
use mingzheng::store::Tx;
use uuid::Uuid;

use super::browser::Browser;
use super::web::Web;
use crate::engines::{execute, on_both_engines};
use crate::flows::house::House;
use crate::flows::people::{PASSWORD, Somebody, code, somebody};

/// Somebody with an account of a role, in front of a browser.
pub(super) async fn person<'w>(web: &'w Web, name: &str, role: AccountRole) -> (Somebody, Browser<'w>) {
    let somebody = somebody(&web.house, name, role).await;
    let browser = Browser::with(web, &somebody.session).await;
    (somebody, browser)
}

/// The digest that a page of a proposal asks to be confirmed.
pub(super) fn seen(page: &str) -> String {
    page.split("name=\"seen\" value=\"").nth(1).expect("the page asks for a decision")[..64].to_owned()
}

/// Proposes by the page of a report, and gives the path of the proposal.
async fn proposes(browser: &Browser<'_>, number: &str) -> String {
    let path = format!("/console/reports/{number}/revocation");
    let answer = browser.post(&path, &[("reason", "出具有误，数据来源未经核对")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").to_owned()
}

async fn signed(house: &House, somebody: &Somebody) -> Signed {
    sessions::resume(&house.app, &somebody.session).await.unwrap().unwrap()
}

async fn made(house: &House, by: &Signed, number: &str) -> Uuid {
    let plan = Plan::RevokeReport { number: number.parse().unwrap() };
    proposal::propose(&house.app, by, plan, "出具有误").await.unwrap()
}

async fn digest(house: &House, id: Uuid) -> Digest {
    proposal::show(&house.app, &Actor::operator(), id).await.unwrap().proposal.payload_digest
}

async fn acts(house: &House, act: &str) -> i64 {
    match act {
        "revoke" => house.number("SELECT COUNT(*) FROM journal WHERE act = 'revoke'").await,
        "refused" => {
            house.number("SELECT COUNT(*) FROM journal WHERE act = 'decide' AND result = 'refused'").await
        }
        "expire" => house.number("SELECT COUNT(*) FROM journal WHERE act = 'expire'").await,
        _ => {
            house.number("SELECT COUNT(*) FROM journal WHERE act IN ('propose', 'approve', 'decline')").await
        }
    }
}

on_both_engines! {
    async fn one_proposes_another_approves_and_every_way_says_revoked(web: Web) {
        let report = web.report().await;
        let (number, code) = (report["number"].as_str().unwrap(), report["verification_code"].as_str().unwrap());
        let (_, one) = person(&web, "one", AccountRole::System).await;
        let (_, two) = person(&web, "two", AccountRole::System).await;
        let (_, auditor) = person(&web, "auditor", AccountRole::Auditor).await;
        let short = one.post(&format!("/console/reports/{number}/revocation"), &[("reason", " ")]).await;
        assert_eq!(short.status, 422);
        assert!(short.text().contains("请填写理由") && short.text().contains("id=\"reason-fault\""));

        let path = proposes(&one, number).await;
        let again = one.post(&format!("/console/reports/{number}/revocation"), &[("reason", "再")]).await;
        assert_eq!(again.status, 409, "one open proposal about one report");
        let shown = two.get(&path).await.text();
        assert!(shown.contains("出具有误，数据来源未经核对") && shown.contains("通过并立即执行"));
        let seen = seen(&shown);
        let own = one.get(&path).await.text();
        assert!(own.contains("须由另一位系统管理员复核") && !own.contains("name=\"seen\""));
        assert!(!auditor.get(&path).await.text().contains("name=\"seen\""), "the auditor decides nothing");

        for (who, browser, status) in [("the proposer", &one, 403), ("the auditor", &auditor, 403)] {
            let answer = browser.post(&format!("{path}/approve"), &[("seen", &seen)]).await;
            assert_eq!(answer.status.as_u16(), status, "{who}: {}", answer.text());
        }
        assert!(web.get(&format!("/v/{code}")).await.text().contains("已签发，目前有效"), "nothing happened yet");
        let unseen = two.post(&format!("{path}/approve"), &[("seen", &"0".repeat(64))]).await;
        assert_eq!(unseen.status, 409, "what was not seen is not approved");

        let done = two.post(&format!("{path}/approve"), &[("seen", &seen)]).await;
        assert_eq!((done.status.as_u16(), done.header("location")), (303, path.as_str()), "{}", done.text());
        assert!(two.get(&path).await.text().contains("已通过并已执行"));
        assert!(web.get(&format!("/v/{code}")).await.text().contains("已被撤销，不得使用"));
        let replayed = two.post(&format!("{path}/approve"), &[("seen", &seen)]).await;
        assert_eq!(replayed.status, 409, "an approval counts once");
        assert_eq!(acts(&web.house, "revoke").await, 1);
        let alone = "SELECT COUNT(*) FROM journal WHERE details LIKE '%emergency%'";
        assert_eq!(web.house.number(alone).await, 0, "two did it");
        assert_eq!(web.house.number("SELECT COUNT(*) FROM notice WHERE kind = 'report-revoked'").await, 0);
        let page = auditor.get(&format!("/console/reports/{number}")).await.text();
        for part in ["已撤销", "@two", "@one", "<code>propose</code>", "<code>approve</code>", "<code>revoke</code>"] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("提出撤销</button>"), "the auditor proposes nothing");
        let late = one.post(&format!("/console/reports/{number}/revocation"), &[("reason", "再撤一次")]).await;
        assert_eq!(late.status, 409, "it is revoked already");
        web.house.journal().await;
    }

    async fn what_is_declined_is_not_done_and_can_be_proposed_again(web: Web) {
        let report = web.report().await;
        let number = report["number"].as_str().unwrap();
        let (_, one) = person(&web, "one", AccountRole::System).await;
        let (_, two) = person(&web, "two", AccountRole::System).await;
        let path = proposes(&one, number).await;
        let seen = seen(&two.get(&path).await.text());
        let silent = two.post(&format!("{path}/decline"), &[("seen", &seen)]).await;
        assert_eq!(silent.status, 422, "one says why");
        let declined = two.post(&format!("{path}/decline"), &[("seen", &seen), ("answer", "依据不足")]).await;
        assert_eq!(declined.status, 303);
        assert!(one.get(&path).await.text().contains("依据不足"));
        assert_eq!(two.post(&format!("{path}/approve"), &[("seen", &seen)]).await.status, 409);
        assert_eq!(acts(&web.house, "revoke").await, 0);
        assert_ne!(proposes(&one, number).await, path);
    }

    async fn a_second_session_of_the_same_account_is_no_second_person(web: Web) {
        let report = web.report().await;
        let (one, first) = person(&web, "one", AccountRole::System).await;
        let path = proposes(&first, report["number"].as_str().unwrap()).await;
        web.house.pass(60_000);
        let second = Browser::new(&web);
        second.get("/sign-in").await;
        second.post("/sign-in", &[("name", "one"), ("password", PASSWORD)]).await;
        second.get("/sign-in/factor").await;
        let typed = code(one.key.as_ref().unwrap(), &web.house);
        assert_eq!(second.post("/sign-in/factor", &[("code", &typed)]).await.status, 303);
        assert_ne!(second.session(), first.session());
        second.get("/account").await;
        let id: Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
        let seen = digest(&web.house, id).await.to_string();
        assert_eq!(second.post(&format!("{path}/approve"), &[("seen", &seen)]).await.status, 403);
        assert_eq!((acts(&web.house, "revoke").await, acts(&web.house, "refused").await), (0, 1));
    }

    async fn the_schema_itself_asks_for_two_and_decides_once(web: Web) {
        let report = web.report().await;
        let (one, _) = person(&web, "one", AccountRole::System).await;
        let id = made(&web.house, &signed(&web.house, &one).await, report["number"].as_str().unwrap()).await;
        let forged = [
            "UPDATE proposal SET state = 'approved', decided_by = proposed_by, decided_at = proposed_at",
            "UPDATE proposal SET state = 'approved', decided_at = proposed_at",
            "UPDATE proposal SET reason = 'other'",
            "UPDATE proposal SET payload = '{}', state = 'expired', decided_at = proposed_at",
            "DELETE FROM proposal",
        ];
        for sql in forged {
            let mut tx = web.house.store.write().await.unwrap();
            assert!(execute(&mut tx, sql).await.is_err(), "{sql}");
        }
        assert_eq!(proposal::show(&web.house.app, &Actor::operator(), id).await.unwrap().state, ProposalState::Open);
    }

    async fn a_proposal_that_was_changed_in_the_store_is_not_carried_out(web: Web) {
        let report = web.report().await;
        let other = web.report().await;
        let (one, _) = person(&web, "one", AccountRole::System).await;
        let (two, _) = person(&web, "two", AccountRole::System).await;
        let id = made(&web.house, &signed(&web.house, &one).await, report["number"].as_str().unwrap()).await;
        let seen = digest(&web.house, id).await;
        let mut tx = web.house.store.write().await.unwrap();
        let drop = match tx {
            Tx::Sqlite(_) => "DROP TRIGGER proposal_is_decided_once",
            Tx::Postgres(_) => "DROP TRIGGER proposal_is_decided_once ON proposal",
        };
        execute(&mut tx, drop).await.unwrap();
        let sql = format!(
            "UPDATE proposal SET payload = replace(payload, '{}', '{}')",
            report["number"].as_str().unwrap(),
            other["number"].as_str().unwrap()
        );
        assert_eq!(execute(&mut tx, Box::leak(sql.into_boxed_str())).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let two = signed(&web.house, &two).await;
        let refused = proposal::decide(&web.house.app, &two, id, seen, Decision::Approve).await;
        assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
        assert_eq!(acts(&web.house, "revoke").await, 0);
    }

    async fn who_lost_the_role_meanwhile_neither_decides_nor_is_decided_for(web: Web) {
        let (report, house) = (web.report().await, &web.house);
        let (one, _) = person(&web, "one", AccountRole::System).await;
        let (two, browser) = person(&web, "two", AccountRole::System).await;
        let (three, _) = person(&web, "three", AccountRole::System).await;
        let (one, second, three) = (signed(house, &one).await, signed(house, &two).await, signed(house, &three).await);
        let id = made(house, &one, report["number"].as_str().unwrap()).await;
        let seen = digest(house, id).await;
        let becomes = async |name: &str, role| {
            let id = keep::named(&house.app, &Actor::operator(), name).await.unwrap();
            keep::set_role(&house.app, &Actor::operator(), id, role, &[]).await.unwrap();
        };
        becomes("two", AccountRole::Auditor).await;
        let path = format!("/console/proposals/{id}");
        let turned = browser.post(&format!("{path}/approve"), &[("seen", &seen.to_string())]).await;
        assert!(turned.header("location").starts_with("/sign-in"), "the session is over");
        let late = proposal::decide(&house.app, &second, id, seen, Decision::Approve).await;
        assert!(matches!(late, Err(Error::Forbidden(_))), "a request under way is over, too: {late:?}");
        becomes("one", AccountRole::Verifier).await;
        let lost = proposal::decide(&house.app, &three, id, seen, Decision::Approve).await;
        assert!(matches!(lost, Err(Error::ProposerLost)), "{lost:?}");
        let proposes = proposal::propose(&house.app, &one, Plan::RevokeReport { number: report["number"].as_str().unwrap().parse().unwrap() }, "误").await;
        assert!(matches!(proposes, Err(Error::Forbidden(_))), "{proposes:?}");
        let declined = proposal::decide(&house.app, &three, id, seen, Decision::Decline("提出人已离岗".into())).await;
        assert_eq!(declined.unwrap(), ProposalState::Declined);
        assert_eq!(acts(house, "revoke").await, 0);
    }

    async fn a_proposal_is_over_after_a_week_and_two_deciders_decide_once(web: Web) {
        let house = &web.house;
        let (first, second) = (web.report().await, web.report().await);
        let mut people = Vec::new();
        for name in ["one", "two", "three"] {
            people.push(signed(house, &person(&web, name, AccountRole::System).await.0).await);
        }
        let id = made(house, &people[0], first["number"].as_str().unwrap()).await;
        let seen = digest(house, id).await;
        let (one, two) = tokio::join!(
            proposal::decide(&house.app, &people[1], id, seen, Decision::Approve),
            proposal::decide(&house.app, &people[2], id, seen, Decision::Decline("不同意".into())),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let late = made(house, &people[0], second["number"].as_str().unwrap()).await;
        house.pass(8 * 24 * 60 * 60_000);
        let shown = proposal::show(&house.app, &Actor::operator(), late).await.unwrap();
        assert_eq!(shown.state, ProposalState::Expired, "also before anybody noted it");
        let seen = shown.proposal.payload_digest;
        let decided = proposal::decide(&house.app, &people[1], late, seen, Decision::Approve).await;
        assert!(matches!(decided, Err(Error::Late(_))), "{decided:?}");
        let again = proposal::decide(&house.app, &people[1], late, seen, Decision::Approve).await;
        assert!(matches!(again, Err(Error::Decided(ProposalState::Expired))), "{again:?}");
        assert_eq!(acts(house, "expire").await, 1);
        made(house, &people[0], second["number"].as_str().unwrap()).await;
    }
}
