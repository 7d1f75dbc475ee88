//! The main job from end to end, with invented subjects, in a folder of its own.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde::Deserialize;
use time::macros::date;
use tokio::net::TcpListener;

use super::{General, serve, show};
use crate::config::{Config, Token, TokenRole};
use crate::flow::check::{self, Brought};
use crate::flow::issue::{self, Ask, Issued};
use crate::flow::upload::{self, Declared, Sent};
use crate::flow::{Actor, App, Chance, Clock, Tokens, register, revoke, trust};
use crate::rules::facts::Channel;
use crate::rules::{Authority, CreditCode, DomainId, Verdict};
use crate::seal::TrustBundle;
use crate::verify;

const AUTHORITIES: &str = include_str!("../../data/samples/authorities.toml");
const SUBJECTS: &str = include_str!("../../data/samples/subjects.toml");
/// File, the domain it is about, its bytes.
const UPLOADS: &[(&str, &str, &[u8])] = &[
    (
        "market-regulation.csv",
        "market-regulation",
        include_bytes!("../../data/samples/uploads/market-regulation.csv"),
    ),
    (
        "ecological-gb18030.csv",
        "ecological-environment",
        include_bytes!("../../data/samples/uploads/ecological-gb18030.csv"),
    ),
    (
        "fire-rescue-with-faults.csv",
        "fire-rescue",
        include_bytes!("../../data/samples/uploads/fire-rescue-with-faults.csv"),
    ),
    (
        "urban-management-200.csv",
        "urban-management",
        include_bytes!("../../data/samples/uploads/urban-management-200.csv"),
    ),
];
/// The one domain whose authority declares nothing.
const SILENT: &str = "tobacco";
/// A subject with a few records, one without, one with two hundred.
const PARENT: &str = "91310115MATE5T017A";
const SUBSIDIARY: &str = "91310115MATE5T0255";
const HOLDING: &str = "91310000MATE5T041X";

/// Shows the main job: load sample data, issue reports, verify them, and see a tampered and a revoked one fail.
///
/// All subjects, authorities and violations are invented. The folder may be used again.
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// The folder for everything the demo makes
    #[arg(long, value_name = "DIR", default_value = "mingzheng-demo")]
    dir: PathBuf,
    /// Serve the API and the pages afterwards
    #[arg(long)]
    serve: bool,
}

#[derive(Deserialize)]
struct AuthorityFile {
    authority: Vec<Authority>,
}

/// A report that the demo asks for.
struct Wanted {
    file: &'static str,
    what: &'static str,
    subject: &'static str,
    domains: Option<&'static [&'static str]>,
    preset: Option<&'static str>,
    edition: &'static str,
}

const WANTED: &[Wanted] = &[
    Wanted {
        file: "1-clean.pdf",
        what: "上市预设领域,无记录 / listing preset, no record",
        subject: SUBSIDIARY,
        domains: None,
        preset: Some("listing"),
        edition: "zh",
    },
    Wanted {
        file: "2-with-records.pdf",
        what: "全部领域,有记录,一个领域不作结论 / all domains, records, one not covered",
        subject: PARENT,
        domains: None,
        preset: Some("all"),
        edition: "zh",
    },
    Wanted {
        file: "3-with-records.en.pdf",
        what: "同一主体的英文版 / the same in English",
        subject: PARENT,
        domains: None,
        preset: Some("all"),
        edition: "en",
    },
    Wanted {
        file: "4-not-covered.pdf",
        what: "尚无完整数据的领域 / a domain without complete data",
        subject: SUBSIDIARY,
        domains: Some(&[SILENT]),
        preset: None,
        edition: "zh",
    },
    Wanted {
        file: "5-long.pdf",
        what: "200 条记录的长报告 / a long report of 200 records",
        subject: HOLDING,
        domains: Some(&["urban-management"]),
        preset: None,
        edition: "zh",
    },
];

impl Demo {
    pub(super) async fn run(self, general: &General) -> anyhow::Result<ExitCode> {
        let begun = std::time::Instant::now();
        let mut config = Config::default();
        config.home.0 = self.dir.join("home");
        let listener = if self.serve { Some(listen(&mut config).await?) } else { None };
        std::fs::create_dir_all(&self.dir)
            .with_context(|| format!("{} cannot be made", self.dir.display()))?;
        let app = App::open(&config, Clock::system(), Chance::system()).await?;
        app.migrate().await?;

        println!(
            "明证演示:所有主体、机关和违法记录均为虚构 / Mingzheng demo: every subject, authority and violation is invented"
        );
        println!("\n一、登记与归集 / 1. Registers and uploads");
        load(&app).await?;
        println!("\n二、出具报告 / 2. Reports");
        let reports = self.issue(&app, general).await?;
        println!("\n三、核验 / 3. Verification");
        self.verify(&app, &reports).await?;

        println!(
            "\n用时 {:.1} 秒 / took {:.1} s",
            begun.elapsed().as_secs_f64(),
            begun.elapsed().as_secs_f64()
        );
        self.farewell(&reports);
        if let Some(listener) = listener {
            let address = listener.local_addr()?;
            tokens(&mut config)?;
            println!("\n正在服务 / serving: http://{address}  (Ctrl-C 结束 / ends)");
            if let Some(code) = reports.get(1).and_then(|issued| issued.code.as_ref()) {
                println!("  核验页 / verification page: http://{address}/v/{}", code.compact());
            }
            println!("  接口 / API: http://{address}/api/v1/openapi.json");
            serve::serve(app, &config, listener).await?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Issues the reports and writes their PDFs.
    async fn issue(&self, app: &App, general: &General) -> anyhow::Result<Vec<Issued>> {
        let mut reports = Vec::with_capacity(WANTED.len());
        for wanted in WANTED {
            let ids = wanted
                .domains
                .map(|ids| ids.iter().map(|id| id.parse()).collect::<Result<Vec<DomainId>, _>>());
            let ask = Ask {
                subject: wanted.subject.to_owned(),
                domains: ids.transpose()?,
                preset: wanted.preset.map(str::to_owned),
                from: None,
                to: None,
                span: Some("5-years".to_owned()),
                purpose: None,
                include_repaired: false,
                edition: Some(wanted.edition.to_owned()),
                channel: Channel::CommandLine,
                idempotency_key: None,
            };
            let turning = show::spinner(general, "出具报告 / issuing");
            let begun = std::time::Instant::now();
            let issued = issue::issue(app, &Actor::operator(), ask).await?;
            turning.finish_and_clear();
            let file = self.dir.join(wanted.file);
            std::fs::write(&file, &issued.pdf)
                .with_context(|| format!("{} cannot be written", file.display()))?;
            let s = issued.facts.summary;
            println!("  {:<22} {}", wanted.file, wanted.what);
            println!(
                "  {:<22} {} 核验码 {}  {} 领域: {} 有 {} 无 {} 不作结论,{} 条;{} KB,{} ms",
                "",
                issued.facts.number,
                issued.code.as_ref().map(ToString::to_string).unwrap_or_default(),
                s.domains,
                s.found,
                s.none,
                s.not_covered,
                s.records,
                issued.pdf.len() / 1024,
                begun.elapsed().as_millis()
            );
            reports.push(issued);
        }
        Ok(reports)
    }

    /// Verifies every report as a stranger would, offline; then a tampered copy, then a revoked report.
    async fn verify(&self, app: &App, reports: &[Issued]) -> anyhow::Result<()> {
        let bundle_file = self.dir.join("trust.json");
        let exported = trust::export(app).await?;
        std::fs::write(&bundle_file, &exported)?;
        let bundle = TrustBundle::parse(exported.as_bytes())?;
        for (wanted, issued) in WANTED.iter().zip(reports) {
            let verdict = verify::pdf(&issued.pdf, &bundle, app.now());
            line(wanted.file, "离线 offline", &verdict);
            anyhow::ensure!(verdict.is_genuine_and_valid(), "{} does not verify", wanted.file);
        }
        let qr = reports.first().and_then(|issued| issued.qr.clone()).unwrap_or_default();
        std::fs::write(self.dir.join("1-clean.qr.txt"), &qr)?;
        line("1-clean 二维码 QR", "离线 offline", &verify::qr(&qr, &bundle, app.now()).verdict);

        let Some(first) = reports.first() else { return Ok(()) };
        let tampered = tamper(&first.pdf);
        std::fs::write(self.dir.join("1-clean.tampered.pdf"), &tampered)?;
        let verdict = verify::pdf(&tampered, &bundle, app.now());
        line("1-clean.tampered.pdf", "离线 offline", &verdict);
        anyhow::ensure!(!verdict.is_genuine_and_valid(), "a tampered report verifies");

        let revoked = reports.get(3).context("five reports are issued")?;
        let reason = "演示:撤销 / demonstration";
        revoke::in_emergency(app, &Actor::operator(), revoked.facts.number.compact(), reason).await?;
        let answer = check::check(app, Brought::Pdf(revoked.pdf.clone())).await?;
        line("4-not-covered.pdf", "撤销后联机 revoked, online", &answer.verdict);
        anyhow::ensure!(!answer.verdict.is_genuine_and_valid(), "a revoked report verifies");
        let exported = trust::export(app).await?;
        std::fs::write(&bundle_file, &exported)?;
        let bundle = TrustBundle::parse(exported.as_bytes())?;
        let verdict = verify::pdf(&revoked.pdf, &bundle, app.now());
        line("4-not-covered.pdf", "撤销后离线 revoked, offline", &verdict);
        anyhow::ensure!(!verdict.is_genuine_and_valid(), "a revoked report verifies offline");
        let links = trust::check_journal(app).await?;
        println!("  日志链 {links} 条,完整 / the journal's {links} links hold");
        Ok(())
    }

    fn farewell(&self, reports: &[Issued]) {
        let dir = self.dir.display();
        let code = reports
            .first()
            .and_then(|issued| issued.code.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default();
        println!("文件在 / files are in: {dir}");
        println!("接下来可以试 / try next:");
        println!("  mingzheng verify {dir}/2-with-records.pdf --trust {dir}/trust.json");
        println!("  mingzheng verify {dir}/1-clean.tampered.pdf --trust {dir}/trust.json; echo $?");
        println!("  mingzheng --home {dir}/home verify {code}");
        println!(
            "  mingzheng --home {dir}/home report --subject {SUBSIDIARY} --preset bidding --out bidding.pdf"
        );
        println!("  mingzheng demo --dir {dir} --serve");
    }
}

/// Registers, declares and uploads the samples. A second time nothing changes but the declarations.
async fn load(app: &App) -> anyhow::Result<()> {
    let actor = Actor::operator();
    let authorities = register::authorities(app, &actor, AUTHORITIES).await?.entries;
    let subjects = register::subjects(app, &actor, SUBJECTS).await?.entries;
    println!(
        "  数源单位 {authorities} 家,主体 {subjects} 个 / {authorities} authorities, {subjects} subjects"
    );
    let file: AuthorityFile = toml::from_str(AUTHORITIES)?;
    let by_domain: HashMap<&str, CreditCode> = file
        .authority
        .iter()
        .flat_map(|authority| authority.domains.iter().map(|domain| (domain.as_str(), authority.code)))
        .collect();
    let declared = |nothing_to_report| Declared {
        data_from: Some(date!(2018 - 01 - 01)),
        complete_through: Some(app.now().local_day()),
        lag_days: None,
        nothing_to_report,
    };
    let sent = |domain: &str, declared| -> anyhow::Result<Sent> {
        let authority = by_domain.get(domain).copied();
        Ok(Sent { authority, domain: Some(domain.parse()?), declared: Some(declared), ..Sent::default() })
    };
    let with_file = |domain: &str| UPLOADS.iter().any(|(_, of, _)| *of == domain);
    for domain in by_domain.keys().filter(|domain| **domain != SILENT && !with_file(domain)) {
        upload::upload(app, &actor, sent(domain, declared(true))?).await?;
    }
    println!(
        "  其余领域申报无可报送,{SILENT} 未申报 / the others declare that there is nothing to report, {SILENT} declares nothing"
    );
    for (name, domain, bytes) in UPLOADS {
        let file =
            Sent { file_name: (*name).to_owned(), bytes: bytes.to_vec(), ..sent(domain, declared(false))? };
        let done = upload::upload(app, &actor, file).await?;
        let r = &done.receipt;
        let again = if done.replayed { "(此前已接收 / taken in before)" } else { "" };
        println!(
            "  {name:<28} 提交 {} = 接受 {} + 重复 {} + 退回 {} {again}",
            r.submitted, r.accepted, r.repeated, r.rejected
        );
        if let Some(fault) = done.faults.first() {
            println!(
                "  {:<28} 例如第 {} 行:{} / e.g. row {}: {}",
                "",
                fault.row,
                fault.zh(),
                fault.row,
                fault.en()
            );
        }
        if done.coverage_held_back {
            upload::upload(app, &actor, sent(domain, declared(false))?).await?;
            println!(
                "  {:<28} 有退回的行,数据范围未推进;经办人核对后另行申报 / rows were rejected, so coverage did not advance; the clerk looked and declared it apart",
                ""
            );
        }
    }
    Ok(())
}

/// A copy with one byte of the signed content changed.
fn tamper(pdf: &[u8]) -> Vec<u8> {
    let mut copy = pdf.to_vec();
    let middle = copy.len() / 4;
    if let Some(byte) = copy.get_mut(middle) {
        *byte ^= 1;
    }
    copy
}

fn line(what: &str, how: &str, verdict: &Verdict) {
    let mark = if verdict.is_genuine_and_valid() { "✓" } else { "✗" };
    let reason = verdict.reasons.first().map_or("", |reason| reason.zh());
    println!(
        "  {mark} {what:<22} {how:<24} {} / {} / {}  {reason}",
        verdict.integrity, verdict.issuer, verdict.status.status
    );
}

/// Listens on the usual port, or on a free one; reports name the address.
async fn listen(config: &mut Config) -> anyhow::Result<TcpListener> {
    let listener = match TcpListener::bind(config.server.listen).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind("127.0.0.1:0").await.context("no port is free on this machine")?,
    };
    config.server.listen = listener.local_addr()?;
    config.server.origin = format!("http://{}", config.server.listen);
    Ok(listener)
}

/// A token for each role, shown with a command to try.
fn tokens(config: &mut Config) -> anyhow::Result<()> {
    let chance = Chance::system();
    println!("\n令牌(仅本次有效)/ tokens, for this run only:");
    let roles = [
        (TokenRole::Operator, None, None),
        (TokenRole::Regulator, Some("11310000MBTE5T096W".parse()?), None),
        (TokenRole::Subject, None, Some(SUBSIDIARY.to_owned())),
    ];
    for (role, authority, subject) in roles {
        let (secret, sha256) = Tokens::fresh(chance.draw());
        println!("  {role:?}: {secret}");
        config.token.push(Token {
            name: format!("demo-{role:?}").to_lowercase(),
            sha256,
            role,
            authority,
            subject,
        });
    }
    Ok(())
}
