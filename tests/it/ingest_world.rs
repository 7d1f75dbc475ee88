//! What the tests of ingest share: the default data, one authority, and rows that are in order until they are spoiled.

use std::collections::HashSet;
use std::sync::LazyLock;

use mingzheng::ingest::{
    CodeListTexts, CodeLists, Context, FaultCode, FileFault, Layout, Limits, Outcome, read,
};
use mingzheng::rules::{Authority, Catalogue, DomainId};
use time::macros::date;

/// The columns of the files that the tests make.
pub(crate) const COLUMNS: [&str; 44] = [
    "CF_XDR_MC",
    "CF_XDR_LB",
    "CF_XDR_SHXYM",
    "CF_XDR_GSZC",
    "CF_XDR_ZZJG",
    "CF_XDR_SWDJ",
    "CF_XDR_SYDW",
    "CF_XDR_SHZZ",
    "CF_FRDB",
    "CF_FR_ZJLX",
    "CF_FR_ZJHM",
    "CF_XDR_ZJLX",
    "CF_XDR_ZJHM",
    "CF_WSH",
    "CF_WFXW",
    "CF_SY",
    "CF_YJ",
    "CF_CFLB",
    "CF_NR",
    "CF_NR_FK",
    "CF_NR_WFFF",
    "CF_NR_ZKDX",
    "CF_JDRQ",
    "CF_YXQ",
    "CF_GSJZQ",
    "CF_CFJG",
    "CF_CFJGDM",
    "CF_SJLY",
    "CF_SJLYDM",
    "BZ",
    "procedure",
    "domain",
    "record_kind",
    "operation",
    "reason",
    "operated_on",
    "annulment_kind",
    "on_commitment",
    "suspended_until",
    "act_from",
    "act_to",
    "served_on",
    "published_on",
    "severity",
];

/// The authority that sends: fire and rescue.
pub(crate) const AUTHORITY: &str = "11310000MBTE5T184B";
/// An enterprise.
pub(crate) const ENTERPRISE: &str = "91310115MATE5T017A";
/// A person.
pub(crate) const PERSON: &str = "999999199001010016";

/// Everything a file is read against.
pub(crate) struct World {
    pub(crate) authority: Authority,
    pub(crate) catalogue: Catalogue,
    pub(crate) layout: Layout,
    pub(crate) lists: CodeLists,
    pub(crate) confirmed: HashSet<String>,
    pub(crate) limits: Limits,
    pub(crate) domain: Option<DomainId>,
}

impl World {
    pub(crate) fn new() -> Self {
        static DATA: LazyLock<(Catalogue, Layout, CodeLists)> = LazyLock::new(|| {
            let catalogue = Catalogue::parse(include_str!("../../data/catalogue.toml")).unwrap();
            let layout = Layout::parse(Layout::NATIONAL_2018).unwrap();
            (catalogue, layout, CodeLists::parse(&CodeListTexts::default()).unwrap())
        });
        let (catalogue, layout, lists) = DATA.clone();
        let authority = Authority {
            code: AUTHORITY.parse().unwrap(),
            zh: "示范市消防救援总队".into(),
            en: "Demo City Fire and Rescue Department".into(),
            contact: None,
            domains: vec!["fire-rescue".parse().unwrap()],
            organs: Vec::new(),
        };
        let limits = Limits::default();
        Self { authority, catalogue, layout, lists, confirmed: HashSet::new(), limits, domain: None }
    }

    pub(crate) fn read(&self, bytes: &[u8]) -> Result<Outcome, FileFault> {
        self.read_named(bytes, "upload.csv")
    }

    pub(crate) fn read_named(&self, bytes: &[u8], name: &str) -> Result<Outcome, FileFault> {
        let context = Context {
            authority: &self.authority,
            catalogue: &self.catalogue,
            domain: self.domain.as_ref(),
            received_on: date!(2026 - 11 - 22),
            layout: &self.layout,
            lists: &self.lists,
            confirmed_codes: &self.confirmed,
            limits: self.limits,
        };
        let outcome = read(bytes, name, &context)?;
        assert_eq!(
            outcome.rows,
            outcome.accepted.len() + outcome.operations.len() + outcome.rejected.len(),
            "submitted = accepted + operations + rejected"
        );
        assert!(outcome.rejected.iter().all(|row| !row.faults.is_empty()));
        Ok(outcome)
    }
}

/// A row that is in order, about an enterprise that was fined 5,000 yuan, with some cells changed.
pub(crate) fn row(number: usize, changes: &[(&str, &str)]) -> Vec<String> {
    let cell = |column: &&str| {
        let spoiled = changes.iter().find(|(name, _)| name == column);
        spoiled.map_or_else(|| good(number, column), |(_, value)| (*value).to_owned())
    };
    COLUMNS.iter().map(cell).collect()
}

fn good(number: usize, column: &str) -> String {
    let fixed = match column {
        "CF_XDR_MC" => "示范甲智能科技股份有限公司",
        "CF_XDR_LB" => "法人及非法人组织",
        "CF_XDR_SHXYM" => ENTERPRISE,
        "CF_FRDB" => "示范一",
        "CF_WSH" => return format!("示消行罚决字〔2024〕第{number:04}号"),
        "CF_WFXW" => "消防设施未保持完好有效",
        "CF_SY" => "末端试水装置压力不足。",
        "CF_YJ" => "《中华人民共和国消防法》第六十条",
        "CF_CFLB" => "罚款",
        "CF_NR" => "罚款人民币 5000 元。",
        "CF_NR_FK" => "0.5",
        "CF_JDRQ" => "2024/03/10",
        "CF_YXQ" => "2099/12/31",
        "CF_GSJZQ" => "2027/03/10",
        "CF_CFJG" | "CF_SJLY" => "示范市消防救援总队",
        "CF_CFJGDM" | "CF_SJLYDM" => AUTHORITY,
        _ => "",
    };
    fixed.to_owned()
}

/// The changes that make a row one about a person.
pub(crate) const ABOUT_PERSON: [(&str, &str); 6] = [
    ("CF_XDR_MC", "示范人"),
    ("CF_XDR_LB", "自然人"),
    ("CF_XDR_SHXYM", ""),
    ("CF_FRDB", ""),
    ("CF_XDR_ZJLX", "身份证"),
    ("CF_XDR_ZJHM", PERSON),
];

/// A header and rows as a file.
pub(crate) fn sheet(header: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| {
        let quoted = |cell: &String| {
            if cell.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        };
        cells.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
    };
    let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
    line(&header) + &rows.iter().map(|row| line(row)).collect::<String>()
}

/// A file with one row, spoiled in some cells.
pub(crate) fn spoiled(changes: &[(&str, &str)]) -> String {
    sheet(&COLUMNS, &[row(1, changes)])
}

/// What is wrong with which column of which row: codes of faults and of warnings alike.
pub(crate) fn found(outcome: &Outcome) -> Vec<(u32, String, FaultCode)> {
    let faults = outcome.rejected.iter().flat_map(|row| &row.faults).chain(&outcome.warnings);
    let column =
        |fault: &mingzheng::ingest::Fault| fault.column.as_ref().map_or(String::new(), |c| c.code.clone());
    faults.map(|fault| (fault.row, column(fault), fault.code)).collect()
}
