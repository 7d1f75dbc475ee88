//! What the benches share: an app in a temporary folder with the sample registers, and files of as many rows as wanted.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use mingzheng::config::{Config, Token, TokenRole};
use mingzheng::flow::issue::{Ask, Issued, issue};
use mingzheng::flow::upload::{Declared, Done, Sent, upload};
use mingzheng::flow::{Actor, App, Chance, Clock, register};
use mingzheng::rules::facts::Channel;
use mingzheng::rules::{Authority, CreditCode};
use serde::Deserialize;
use tempfile::TempDir;
use time::macros::date;
use tokio::runtime::Runtime;

pub(crate) const SUBJECT: &str = "91310115MATE5T017A";
/// The name of the token by which the subject comes in: what it shows holds while the configuration has the token.
pub(crate) const HOLDER: &str = "holder";
pub(crate) const AUTHORITY: &str = "11310000MBTE5T096W";
const AUTHORITIES: &str = include_str!("../../data/samples/authorities.toml");
const SUBJECTS: &str = include_str!("../../data/samples/subjects.toml");

/// An app, its runtime and its folder.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) runtime: Runtime,
    folder: TempDir,
}

#[derive(Deserialize)]
struct AuthorityFile {
    authority: Vec<Authority>,
}

impl House {
    /// Over a database address, or over SQLite in the folder; the sample registers loaded and every domain covered.
    pub(crate) fn new(url: Option<String>) -> Self {
        Self::by(url, Clock::system())
    }

    /// The same by a clock.
    pub(crate) fn by(url: Option<String>, clock: Clock) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let runtime = Runtime::new().expect("a runtime");
        let mut config = Config::default();
        folder.path().clone_into(&mut config.home.0);
        config.store.url = url;
        config.token.push(Token {
            sha256: mingzheng::seal::digest(HOLDER.as_bytes()),
            name: HOLDER.to_owned(),
            role: TokenRole::Subject,
            authority: None,
            subject: Some(SUBJECT.to_owned()),
        });
        // What is measured is asked for more often than anybody may.
        let limits = &mut config.limits;
        (limits.verify_address, limits.verify_code) = (0, 0);
        (limits.report_address, limits.report_account) = (0, 0);
        limits.sign_in_address = 0;
        let app = runtime.block_on(async {
            let app = App::open(&config, clock, Chance::system()).await.expect("an app");
            app.migrate().await.expect("a schema");
            let actor = Actor::operator();
            register::authorities(&app, &actor, AUTHORITIES).await.expect("authorities");
            register::subjects(&app, &actor, SUBJECTS).await.expect("subjects");
            let file: AuthorityFile = toml::from_str(AUTHORITIES).expect("authorities");
            for authority in file.authority {
                let declared = Declared {
                    data_from: Some(date!(2018 - 01 - 01)),
                    complete_through: Some(app.now().local_day()),
                    lag_days: None,
                    nothing_to_report: true,
                };
                let sent =
                    Sent { authority: Some(authority.code), declared: Some(declared), ..Sent::default() };
                upload(&app, &actor, sent).await.expect("a declaration");
            }
            app
        });
        Self { app, runtime, folder }
    }

    /// The home folder.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Uploads a file for the market regulator.
    pub(crate) fn upload(&self, csv: Vec<u8>) -> Done {
        let sent = Sent {
            file_name: "bench.csv".into(),
            bytes: csv,
            authority: Some(AUTHORITY.parse::<CreditCode>().expect("a code")),
            ..Sent::default()
        };
        self.runtime.block_on(upload(&self.app, &Actor::operator(), sent)).expect("an upload")
    }

    /// Issues a report on all 41 domains and five years.
    pub(crate) fn issue(&self, subject: &str) -> Issued {
        self.issue_as(subject, "zh")
    }

    /// The same as one edition.
    pub(crate) fn issue_as(&self, subject: &str, edition: &str) -> Issued {
        let ask = Ask {
            subject: subject.into(),
            domains: None,
            preset: None,
            from: None,
            to: None,
            span: Some("5-years".into()),
            purpose: None,
            include_repaired: false,
            edition: Some(edition.into()),
            channel: Channel::CommandLine,
            idempotency_key: None,
        };
        self.runtime.block_on(issue(&self.app, &Actor::operator(), ask)).expect("a report")
    }
}

/// A file of `rows` penalties, the `n`-th about `subject(n)`: the 30 national items, as long as real ones are.
pub(crate) fn csv(rows: usize, subject: impl Fn(usize) -> String) -> Vec<u8> {
    csv_of(1..=rows, subject)
}

/// The same with other numbers.
pub(crate) fn csv_of(numbers: RangeInclusive<usize>, subject: impl Fn(usize) -> String) -> Vec<u8> {
    let mut file = String::from(
        "CF_XDR_MC,CF_XDR_LB,CF_XDR_SHXYM,CF_FRDB,CF_WSH,CF_WFXW,CF_SY,CF_YJ,CF_CFLB,CF_NR,CF_NR_FK,CF_NR_WFFF,\
         CF_NR_ZKDX,CF_JDRQ,CF_YXQ,CF_GSJZQ,CF_CFJG,CF_CFJGDM,CF_SJLY,CF_SJLYDM,BZ\n",
    );
    for n in numbers {
        let (month, day) = (n % 12 + 1, n % 28 + 1);
        writeln!(
            file,
            "示范企业{n}有限公司,法人及非法人组织,{},示范一,示市监处罚〔2024〕{n:07}号,未按规定明码标价,\
             \"经查,当事人于二〇二四年在其经营场所销售商品时未按规定标明商品名称、计价单位和价格,违法行为持续至检查当日,\
             当事人对上述事实予以承认,并已当场改正,有现场笔录、询问笔录和照片为证。\",\
             《中华人民共和国价格法》第十三条、第四十二条,罚款,责令改正,0.2,,,2024/{month:02}/{day:02},2099/12/31,\
             2027/{month:02}/{day:02},示范市市场监督管理局,{AUTHORITY},示范市市场监督管理局,{AUTHORITY},",
            subject(n)
        )
        .expect("a string grows");
    }
    file = file.replace("责令改正,0.2", "\"责令改正,罚款人民币二千元\",0.2");
    file.into_bytes()
}

/// The `n`-th of as many fictional credit codes as wanted, both check characters right.
pub(crate) fn code(n: usize) -> String {
    let organisation = format!("T{n:07}");
    let check = mingzheng::rules::organisation_check(&organisation).expect("letters and digits");
    let stem = format!("91310115{organisation}{check}");
    let fits = |last: &char| format!("{stem}{last}").parse::<CreditCode>().is_ok();
    let last = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().find(fits).expect("one check character fits");
    format!("{stem}{last}")
}
