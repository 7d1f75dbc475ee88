//! What people see: notices, summaries, progress.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::General;
use crate::rules::{Findings, Integrity, IssuerTrust, Status, Verdict};

/// Tells a person, or a machine, that something was done.
pub(super) fn done(general: &General, machine: &Value, person: &str) {
    if general.json {
        println!("{machine:#}");
    } else {
        println!("{person}");
    }
}

/// Keys were made: said once, at the first start.
pub(super) fn notice_of_keys(folder: &Path) {
    eprintln!(
        "已在 {} 生成签名密钥和证书链。该证书由本程序自签,不是依法设立的电子认证机构颁发的证书,正式使用前请更换。\n\
         Keys and certificates were made in that folder. They are self-made, not from an accredited authority: replace \
         them before use in earnest, and keep the folder safe and backed up.",
        folder.display()
    );
}

/// Something that turns while long work goes on and a person watches.
pub(super) fn spinner(general: &General, text: &'static str) -> ProgressBar {
    if general.json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(text);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A bar of rows for long work while a person watches; where it ends is known only to some of it.
pub(super) fn rows(general: &General) -> ProgressBar {
    if general.json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A verdict in words.
pub(super) fn verdict(verdict: &Verdict) -> String {
    let integrity = match verdict.integrity {
        Integrity::Intact => "与签发时一致 / exactly as issued",
        Integrity::Altered => "已被改动 / altered",
        Integrity::NotOurs => "不是本平台的报告 / not ours",
        Integrity::Unreadable => "无法读取 / unreadable",
        Integrity::CannotTell => "无法判断 / cannot tell",
    };
    let issuer = match verdict.issuer {
        IssuerTrust::Trusted => "可信 / trusted",
        IssuerTrust::Unknown => "未知 / unknown",
        IssuerTrust::KeyRevoked => "签名密钥已吊销 / key revoked",
    };
    let status = match verdict.status.status {
        Status::Valid => "有效 / valid",
        Status::Superseded => "数据已更正 / superseded",
        Status::Disputed => "异议中 / disputed",
        Status::Revoked => "已撤销 / revoked",
        Status::Unknown => "未知 / unknown",
    };
    let mut lines = vec![format!("完整性 integrity  {integrity}")];
    let signer = verdict.signer.as_deref().map(|signer| format!("({signer})")).unwrap_or_default();
    lines.push(format!("签发者 issuer     {issuer}{signer}"));
    lines.extend(verdict.timestamped_at.map(|at| format!("时间戳 timestamp  {at}")));
    let since = verdict.status.since.map(|at| format!(",自 since {at}")).unwrap_or_default();
    let known = verdict.status.known_at.map(|at| format!(",截至 as of {at}")).unwrap_or_default();
    lines.push(format!("状态 status       {status}{since}{known}"));
    lines.extend(verdict.status.note.iter().map(|note| format!("说明 note         {note}")));
    for reason in &verdict.reasons {
        lines.push(format!("  · {} {} [{reason}]", reason.zh(), reason.en()));
    }
    if let Some(facts) = &verdict.facts {
        let s = &facts.summary;
        lines.push(format!("编号 number       {}", facts.number));
        lines.push(format!("主体 subject      {} {}", facts.subject.name, facts.subject.code));
        lines.push(format!("期间 period       {} — {}", facts.request.period.from, facts.request.period.to));
        lines.push(format!(
            "结论 conclusions  {} 个领域 / domains: {} 有记录 found, {} 无记录 none, {} 不作结论 not covered; {} 条 records",
            s.domains, s.found, s.none, s.not_covered, s.records
        ));
    }
    lines.join("\n")
}

/// What was brought and what differs, in words.
pub(super) fn findings(findings: &Findings) -> String {
    let kind = findings.kind;
    let mut lines = vec![format!("文件种类 kind       {} {} [{kind}]", kind.zh(), kind.en())];
    for finding in &findings.list {
        let page = finding.page.map(|page| format!("第 {page} 页 page {page} ")).unwrap_or_default();
        let field = finding.field.as_deref().map(|field| format!("{field} ")).unwrap_or_default();
        let was = finding.was.as_deref().unwrap_or("—");
        let change = match &finding.now {
            Some(now) => format!("{was} → {now} "),
            None if finding.was.is_some() => format!("{was} "),
            None => String::new(),
        };
        lines.push(format!("  · {page}{field}{change}[{}]", finding.attack));
    }
    for page in &findings.comparison {
        let (at, share) = (page.page, page.share * 100.0);
        lines.push(format!(
            "  · 第 {at} 页图像不同 page {at} looks different: {share:.1}%, {} 处 places",
            page.boxes.len()
        ));
    }
    lines.join("\n")
}
