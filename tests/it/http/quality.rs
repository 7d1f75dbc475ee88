//! How good the data are, over the interface and for Prometheus.

use serde_json::json;

use super::web::{CLERK, COMPANY, OPERATOR, Web};
use crate::engines::each_on_both_engines;
use crate::flows::house::{ECOLOGY, MARKET, row};

async fn figures_are_for_authorities_and_the_operator(web: Web) {
    web.house.declare().await;
    web.house.send(&[row(1)]).await;
    let own = web.get_as(CLERK, "/api/v1/quality").await;
    assert_eq!(own.status, 200, "{}", own.text());
    let own = own.json();
    assert_eq!(
        (own["authorities"].as_array().unwrap().len(), &own["authorities"][0]["code"]),
        (1, &json!(MARKET))
    );
    let domain = &own["authorities"][0]["domains"][0];
    assert_eq!((&domain["domain"], &domain["lag"]["received"]), (&json!("market-regulation"), &json!(1)));
    assert_eq!((&domain["freshness"]["late"], &domain["late_rate"]), (&json!(false), &json!(1.0)));
    assert!(
        web.get_as(OPERATOR, "/api/v1/quality?days=1").await.json()["authorities"].as_array().unwrap().len()
            > 10
    );
    web.get_as(COMPANY, "/api/v1/quality").await.problem("forbidden", 403);
    web.get_as(CLERK, &format!("/api/v1/quality?authority={ECOLOGY}")).await.problem("not-found", 404);
    web.get_as(CLERK, "/api/v1/quality?days=0").await.problem("unprocessable", 422);
    for odd in ["?days=x", "?days=-1", "?authority=x", "?colour=red"] {
        web.get_as(OPERATOR, &format!("/api/v1/quality{odd}")).await.problem("bad-request", 400);
    }
}

async fn measurements_are_computed_at_most_once_a_minute(web: Web) {
    web.house.declare().await;
    let late = |value: &str| {
        format!("mingzheng_feed_late{{authority=\"{MARKET}\",domain=\"market-regulation\"}} {value}")
    };
    let text = web.get("/metrics").await.text();
    assert!(text.contains(&late("0")), "{text}");
    assert!(text.contains(&format!("mingzheng_reject_ratio{{authority=\"{MARKET}\"}} NaN")), "{text}");
    web.house.send(&[row(1)]).await;
    web.house.pass(59_000);
    let received =
        format!("mingzheng_receipt_late_ratio{{authority=\"{MARKET}\",domain=\"market-regulation\"}}");
    assert!(web.get("/metrics").await.text().contains(&format!("{received} NaN")), "as it was");
    web.house.pass(1_000);
    assert!(web.get("/metrics").await.text().contains(&format!("{received} 1")), "computed anew");
    web.house.pass(10 * 86_400_000);
    assert!(web.get("/metrics").await.text().contains(&late("1")));
}

each_on_both_engines! {
    figures_are_for_authorities_and_the_operator;
    measurements_are_computed_at_most_once_a_minute;
}
