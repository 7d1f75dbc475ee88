//! Files that say what is done to records: the worked cases of the time rules from upload to report, and what is refused.

use std::fmt::Write as _;

use mingzheng::flow::issue::Ask;
use mingzheng::flow::upload::{Done, Sent};
use mingzheng::ingest::FaultCode;
use mingzheng::rules::facts::{Conclusion, Mark};
use mingzheng::rules::{Facts, Instant, RecordKind, Status};

use super::house::{ECOLOGY, HEAD, House, MARKET, Row, SUBSIDIARY, ask, csv, market_sends, row};
use super::issue::as_of;
use crate::engines::on_both_engines;
use crate::rules::house::code;

/// The columns of a file of operations: the key, and what is done.
pub(crate) const KEYS: &str = "统一社会信用代码,行政处罚决定书文号,处罚机关统一社会信用代码,操作,操作理由,操作日期,撤销方式,承诺修复,暂缓至";

/// What is done to a record: operation, reason, day, and the data of some operations.
#[derive(Clone, Copy)]
pub(crate) struct Doing<'a>(
    pub(crate) &'a str,
    pub(crate) &'a str,
    pub(crate) &'a str,
    pub(crate) &'a str,
    pub(crate) &'a str,
    pub(crate) &'a str,
);

pub(crate) const ANNUL: Doing<'_> = Doing("撤销", "法院判决撤销", "2026-09-01", "判决撤销", "", "");
pub(crate) const REPAIR: Doing<'_> = Doing("修复", "", "2026-10-01", "", "", "");
pub(crate) const COMMITMENT: Doing<'_> = Doing("修复", "", "2026-10-01", "", "是", "");
pub(crate) const REVOKE: Doing<'_> = Doing("撤销修复", "承诺不实", "2026-11-01", "", "", "");
pub(crate) const WITHDRAW: Doing<'_> = Doing("撤回", "报送有误", "2026-11-02", "", "", "");
pub(crate) const SUSPEND: Doing<'_> = Doing("暂缓执行", "", "2026-06-01", "", "", "");
pub(crate) const OPEN: Doing<'_> = Doing("提出异议", "", "2026-11-03", "", "", "");
pub(crate) const CLOSE: Doing<'_> = Doing("异议办结", "", "2026-11-04", "", "", "");

/// A file of operations of market regulation.
pub(crate) fn operations(rows: &[(&Row, Doing<'_>)]) -> Sent {
    let mut text = format!("{KEYS}\n");
    for (row, Doing(operation, reason, on, kind, commitment, until)) in rows {
        let Row { code, document, organ, .. } = row;
        writeln!(text, "{code},{document},{organ},{operation},{reason},{on},{kind},{commitment},{until}")
            .unwrap();
    }
    Sent { bytes: text.into_bytes(), ..market_sends(&[]) }
}

/// Market regulation sends operations.
async fn operate(house: &House, rows: &[(&Row, Doing<'_>)]) -> Done {
    house.pass(10);
    let done = house.upload(operations(rows)).await.unwrap();
    house.pass(10);
    done
}

/// What is wrong with the rows of a file.
fn faults(done: &Done) -> Vec<(u32, FaultCode)> {
    done.faults.iter().map(|fault| (fault.row, fault.code)).collect()
}

/// A report that shows repaired records, too.
fn all() -> Ask {
    Ask { include_repaired: true, ..ask() }
}

/// The marks of the only record that facts show; `None` where they show none.
fn marks(facts: &Facts) -> Option<Vec<Mark>> {
    assert!(facts.records.len() < 2);
    facts.records.first().map(|record| record.marks.clone())
}

fn just_before(at: Instant) -> Instant {
    Instant::from_millis(at.millis() - 1)
}

on_both_engines! {
    async fn case_5_an_annulled_decision_is_gone_from_when_the_platform_is_told(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(10);
        let report = house.issue(ask()).await.unwrap();
        let disputed = operate(&house, &[(&row(1), OPEN)]).await.receipt.received_at;
        let told = operate(&house, &[(&row(1), ANNUL)]).await.receipt.received_at;

        assert_eq!(marks(&as_of(&house, &report.facts, just_before(disputed)).await), Some(vec![]));
        assert_eq!(marks(&as_of(&house, &report.facts, just_before(told)).await), Some(vec![Mark::Disputed]));
        let gone = as_of(&house, &report.facts, told).await;
        assert_eq!((marks(&gone), gone.domains[0].conclusion), (None, Conclusion::None));
        assert_eq!(house.issue(ask()).await.unwrap().facts.domains[0].conclusion, Conclusion::None);
        assert_eq!(house.status(&report).await, Status::Superseded);
    }

    async fn case_6_a_repaired_record_is_marked_or_hidden_from_when_the_platform_is_told(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(10);
        let (hides, shows) = (house.issue(ask()).await.unwrap(), house.issue(all()).await.unwrap());
        let told = operate(&house, &[(&row(1), REPAIR)]).await.receipt.received_at;

        for facts in [&hides.facts, &shows.facts] {
            assert_eq!(marks(&as_of(&house, facts, just_before(told)).await), Some(vec![]));
        }
        assert_eq!(marks(&as_of(&house, &hides.facts, told).await), None);
        assert_eq!(marks(&as_of(&house, &shows.facts, told).await), Some(vec![Mark::Repaired]));
        for report in [&hides, &shows] {
            assert_eq!(house.status(report).await, Status::Superseded);
        }
    }

    async fn case_7_a_revoked_repair_leaves_the_record_unrepaired_again(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(10);
        let facts = house.issue(all()).await.unwrap().facts;
        let repaired = operate(&house, &[(&row(1), COMMITMENT)]).await.receipt.received_at;
        let hidden = house.issue(ask()).await.unwrap();
        let revoked = operate(&house, &[(&row(1), REVOKE)]).await.receipt.received_at;

        let on_commitment = Some(vec![Mark::RepairedOnCommitment]);
        assert_eq!(marks(&as_of(&house, &facts, repaired).await), on_commitment);
        assert_eq!(marks(&as_of(&house, &facts, just_before(revoked)).await), on_commitment);
        assert_eq!(marks(&as_of(&house, &facts, revoked).await), Some(vec![]));
        assert_eq!(marks(&house.issue(ask()).await.unwrap().facts), Some(vec![]));
        assert_eq!(house.status(&hidden).await, Status::Valid); // it showed nothing that changed
    }

    async fn case_8_a_corrected_day_of_decision_counts_from_its_receipt(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        house.pass(10);
        let report = house.issue(ask()).await.unwrap();
        house.pass(10);
        let corrected = Row { decided: "2023/11/21".into(), ..row(1) };
        let told = house.send(&[corrected]).await.receipt.received_at;
        house.pass(10);

        assert_eq!(marks(&as_of(&house, &report.facts, just_before(told)).await), Some(vec![]));
        assert_eq!(marks(&as_of(&house, &report.facts, told).await), None);
        assert_eq!(house.issue(ask()).await.unwrap().facts.domains[0].conclusion, Conclusion::None);
        assert_eq!(house.status(&report).await, Status::Superseded);
    }

    async fn what_cannot_follow_is_refused_row_by_row_and_the_rest_is_done(house: House) {
        house.declare().await;
        let rows: Vec<Row> = (0..10).map(row).collect();
        house.send(&rows).await;
        operate(&house, &[(&rows[1], WITHDRAW), (&rows[2], ANNUL), (&rows[3], REPAIR), (&rows[4], OPEN)]).await;
        let unknown = row(99);
        let other_subject = Row { code: SUBSIDIARY.to_owned(), ..row(5) };
        let later = |doing: Doing<'static>| Doing(doing.0, doing.1, "2026-11-20", doing.3, doing.4, doing.5);
        let early = |doing: Doing<'static>| Doing(doing.0, doing.1, "2025-05-15", doing.3, doing.4, doing.5);
        let future = |doing: Doing<'static>| Doing(doing.0, doing.1, "2026-11-23", doing.3, doing.4, doing.5);
        let until = Doing("暂缓执行", "", "2026-06-02", "", "", "2026-06-01");
        let before_repair = Doing("撤销修复", "误", "2026-09-30", "", "", "");

        let done = operate(&house, &[
            (&unknown, ANNUL), (&other_subject, ANNUL),
            (&rows[1], later(OPEN)), (&rows[2], REPAIR), (&rows[3], later(REPAIR)), (&rows[5], REVOKE),
            (&rows[4], later(OPEN)), (&rows[5], CLOSE), (&rows[6], early(ANNUL)), (&rows[3], before_repair),
            (&rows[6], future(ANNUL)), (&rows[6], until), (&rows[7], SUSPEND), (&rows[4], ANNUL),
        ]).await;

        let expected = [
            FaultCode::UnknownRecord, FaultCode::UnknownRecord, FaultCode::RecordWithdrawn, FaultCode::RecordAnnulled,
            FaultCode::RecordRepaired, FaultCode::RecordNotRepaired, FaultCode::ObjectionOpen, FaultCode::NoObjection,
            FaultCode::BeforeDecision, FaultCode::BeforeRepair, FaultCode::InFuture, FaultCode::UpsideDown,
        ];
        assert_eq!(faults(&done), (1..).zip(expected).collect::<Vec<_>>());
        assert_eq!((done.receipt.submitted, done.receipt.accepted, done.receipt.rejected), (14, 2, 12));
        let rejects = done.rejects.unwrap().csv.unwrap();
        assert!(rejects.contains("unknown-record") && rejects.contains(&unknown.document), "{rejects}");
        assert!(!rejects.contains(&rows[7].document), "{rejects}");
        house.journal().await;
    }

    async fn strict_and_dry_run_know_what_only_the_store_can_tell(house: House) {
        house.send(&[row(1)]).await;
        let before = house.kept().await;
        let file = operations(&[(&row(1), ANNUL), (&row(2), ANNUL)]);

        let strict = house.upload(Sent { strict: true, ..file.clone() }).await;
        let Err(mingzheng::flow::upload::Error::Strict { rejected: 1, .. }) = strict else { panic!("{strict:?}") };
        let dry = house.upload(Sent { dry_run: true, ..file }).await.unwrap();

        assert_eq!((dry.receipt.accepted, dry.receipt.rejected), (1, 1));
        assert_eq!(house.kept().await, before);
    }

    async fn a_longer_file_repeats_what_a_shorter_one_did_and_changes_nothing(house: House) {
        house.declare().await;
        house.send(&[row(1), row(2)]).await;
        let (one, two) = (row(1), row(2));
        let history = [(&one, COMMITMENT), (&one, REVOKE), (&one, OPEN), (&one, CLOSE)];
        operate(&house, &history).await;
        let report = house.issue(ask()).await.unwrap();
        let longer: Vec<_> = history.into_iter().chain([(&two, SUSPEND)]).collect();

        let done = operate(&house, &longer).await;

        assert_eq!((done.receipt.accepted, done.receipt.repeated, done.receipt.rejected), (1, 4, 0));
        assert_eq!(report.facts.records.len(), 2);
        let fresh = house.issue(ask()).await.unwrap().facts;
        assert_eq!(fresh.records.iter().filter(|record| record.marks.is_empty()).count(), 1);
    }

    async fn one_file_may_bring_a_record_and_what_became_of_it(house: House) {
        house.declare().await;
        let head = format!("{HEAD},操作,操作理由,操作日期,撤销方式");
        let line = |row: &Row, doing: &str| {
            let text = String::from_utf8(csv(std::slice::from_ref(row))).unwrap();
            format!("{},{doing}\n", text.lines().nth(1).unwrap())
        };
        let text = [line(&row(1), "新增,,,"), line(&row(2), ",,,"), line(&row(1), "撤销,判决,2026-09-01,判决撤销")].concat();
        let sent = Sent { bytes: format!("{head}\n{text}").into_bytes(), ..market_sends(&[]) };

        let done = house.upload(sent).await.unwrap();

        assert_eq!((done.receipt.accepted, done.receipt.rejected), (3, 0), "{:?}", done.faults);
        house.pass(10);
        let shown = house.issue(ask()).await.unwrap().facts.records;
        assert_eq!(shown.iter().map(|it| &it.document_number).collect::<Vec<_>>(), [&row(2).document]);

        let wrong = [line(&Row { fine: "5".into(), ..row(2) }, "新增,,,"), line(&row(3), "更正,,,"), line(&row(1), "更正,,,")];
        let sent = Sent { bytes: format!("{head}\n{}", wrong.concat()).into_bytes(), ..market_sends(&[]) };
        let done = house.upload(sent).await.unwrap();
        assert_eq!(faults(&done), [(1, FaultCode::RecordExists), (2, FaultCode::UnknownRecord)]);
        assert_eq!(done.receipt.repeated, 1);
    }

    async fn a_withdrawn_record_sent_again_stands_afresh(house: House) {
        house.declare().await;
        house.send(&[row(1)]).await;
        operate(&house, &[(&row(1), OPEN)]).await;
        operate(&house, &[(&row(1), WITHDRAW)]).await;
        assert_eq!(marks(&house.issue(ask()).await.unwrap().facts), None);
        house.pass(10);

        let done = house.send(&[row(1), row(2)]).await;

        assert_eq!((done.receipt.accepted, done.receipt.corrected), (2, 0));
        house.pass(10);
        let shown = house.issue(ask()).await.unwrap().facts.records;
        assert_eq!(shown.iter().map(|record| record.version).max(), Some(4));
        assert!(shown.iter().all(|record| record.marks.is_empty()));
    }

    async fn each_kind_of_record_comes_in_and_is_shown(house: House) {
        house.declare().await;
        let head = "行政相对人名称,行政相对人类别,统一社会信用代码,法定代表人,行政处罚决定书文号,违法行为类型,违法事实,处罚依据,处罚内容,处罚决定日期,处罚机关,处罚机关统一社会信用代码,数据来源单位,数据来源单位统一社会信用代码,记录种类";
        let mut text = format!("{head}\n");
        let kinds = ["行政强制", "严重失信主体名单", "经营异常名录", "刑事犯罪", "法院执行"];
        for (at, kind) in kinds.iter().enumerate() {
            writeln!(
                text,
                "示范甲智能科技股份有限公司,企业,91310115MATE5T017A,示范一,示种〔2025〕{at}号,类型,事实,依据,内容,2025-06-0{},示范局,{MARKET},示范局,{MARKET},{kind}",
                at + 1
            ).unwrap();
        }
        let done = house.upload(Sent { bytes: text.into_bytes(), ..market_sends(&[]) }).await.unwrap();

        assert_eq!((done.receipt.accepted, done.receipt.rejected), (5, 0), "{:?}", done.faults);
        house.pass(10);
        let facts = house.issue(ask()).await.unwrap().facts;
        let shown: Vec<_> = facts.records.iter().map(|record| record.kind).collect();
        let all = [
            RecordKind::CourtEnforcement, RecordKind::Criminal, RecordKind::AbnormalList,
            RecordKind::DishonestyList, RecordKind::CompulsoryMeasure,
        ];
        assert_eq!(shown, all);
    }

    async fn the_samples_of_every_kind_and_of_operations_are_taken_whole(house: House) {
        house.declare().await;
        let samples: [(&str, &[u8], u64); 7] = [
            (MARKET, include_bytes!("../../../data/samples/uploads/market-regulation.csv"), 10),
            (MARKET, include_bytes!("../../../data/samples/uploads/operations.csv"), 2),
            (MARKET, include_bytes!("../../../data/samples/uploads/compulsory-measures.csv"), 2),
            (MARKET, include_bytes!("../../../data/samples/uploads/dishonesty-list.csv"), 2),
            (MARKET, include_bytes!("../../../data/samples/uploads/abnormal-list.csv"), 2),
            (MARKET, include_bytes!("../../../data/samples/uploads/court-enforcement.csv"), 2),
            ("11310000MBTE5T352D", include_bytes!("../../../data/samples/uploads/criminal.csv"), 2),
        ];
        for (authority, bytes, rows) in samples {
            let sent = Sent { bytes: bytes.to_vec(), authority: Some(code(authority)), ..market_sends(&[]) };
            let receipt = house.upload(sent).await.unwrap().receipt;
            assert_eq!((receipt.submitted, receipt.accepted), (rows, rows), "{receipt:?}");
            house.pass(10);
        }
        for edition in ["zh", "en"] {
            let issued = house.issue(Ask { edition: Some(edition.into()), ..all() }).await.unwrap();
            let kinds = issued.facts.records.iter().filter(|record| record.kind != RecordKind::Penalty).count();
            assert_eq!(kinds, 4, "{edition}");
            house.pass(10);
        }
    }

    async fn a_decision_of_before_the_subject_was_established_is_odd(house: House) {
        let done = house.send(&[Row { decided: "2001/01/01".into(), ..row(1) }]).await;

        let odd: Vec<_> = done.warnings.iter().map(|fault| (fault.row, fault.code)).collect();
        assert_eq!((done.receipt.accepted, &odd[..]), (1, &[(1, FaultCode::BeforeEstablished)][..]));
    }

    async fn a_record_of_another_domain_is_not_theirs_to_change(house: House) {
        house.send(&[row(1)]).await;
        house.pass(10);
        let register = format!(
            "[[authority]]\ncode = {ECOLOGY:?}\nzh = \"示范\"\nen = \"Demo\"\ndomains = [\"fire-rescue\"]\norgans = [{MARKET:?}]\n"
        );
        mingzheng::flow::register::authorities(&house.app, &mingzheng::flow::Actor::operator(), &register).await.unwrap();
        let sent = Sent { authority: Some(code(ECOLOGY)), ..operations(&[(&row(1), WITHDRAW)]) };

        let done = house.upload(sent).await.unwrap();

        assert_eq!(faults(&done), [(1, FaultCode::RecordNotYours)]);
    }
}
