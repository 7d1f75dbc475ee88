//! The house rules that no compiler checks. Each rule is a function, and each function is seen to fail.

mod tokens;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tokens::tokens;

/// Which room may look into which: the architecture, as a table.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("rules", &[]),
    ("ingest", &["rules"]),
    ("report", &["rules"]),
    ("seal", &["rules"]),
    ("verify", &["rules", "seal"]),
    ("store", &["rules"]),
    ("flow", &["config", "rules", "ingest", "report", "seal", "verify", "store"]),
    ("http", &["rules", "flow"]),
    ("cli", &["config", "rules", "report", "seal", "verify", "store", "flow", "http"]),
    ("config", &["rules"]),
    ("main", &["cli", "config"]),
    ("lib", &[]),
];

/// Which libraries are used in which rooms only.
const KEPT_IN: &[(&[&str], &[&str])] = &[
    (&["ingest"], &["polars", "calamine", "foldhash", "rust_xlsxwriter", "simdutf8", "sonic_rs"]),
    (&["ingest", "verify"], &["csv", "encoding_rs"]),
    // Regulators pack what they send; a verifier packs its results.
    (&["ingest", "verify"], &["zip"]),
    (&["report"], &["printpdf", "qrcode", "ttf_parser"]),
    // Streams of PDF, and gzip and ZIP around what regulators send.
    (&["ingest", "report", "verify", "http"], &["flate2"]),
    (&["report", "verify"], &["hayro", "hayro_interpret", "hayro_syntax", "image", "rqrr"]),
    (&["ingest", "verify"], &["memchr"]),
    (
        &["seal"],
        &[
            "argon2",
            "aws_lc_rs",
            "cms",
            "const_oid",
            "coset",
            "cryptoki",
            "der",
            "hmac",
            "p256",
            "sha2",
            "sm2",
            "sm3",
            "spki",
            "totp_rs",
            "x509_cert",
            "zeroize",
        ],
    ),
    (&["store"], &["sqlx", "object_store"]),
    (&["flow"], &["chrono", "lettre", "openidconnect", "reqwest"]),
    (&["http"], &["axum", "governor", "tower", "tower_http", "askama", "utoipa", "utoipa_axum"]),
    (&["config"], &["figment"]),
    (&["cli", "main"], &["anyhow", "clap", "indicatif", "rustix"]),
];

/// What a pure room cannot do: input, output, waiting, and asking for the time or for chance.
const NOT_IN_PURE: &[&str] =
    &["async", "await", "tokio", "futures", "getrandom", "fs", "net", "env", "process", "thread", "now_utc"];

/// The rooms that only compute: the words of the field, and the verifier that works offline.
const PURE: &[&str] = &["rules", "verify"];

/// Signs of unfinished or hushed-up work.
const NOWHERE: &[&str] = &["#[allow(", "#![allow(", "todo!", "unimplemented!", "dbg!", "TODO", "FIXME"];

/// What only the machine of one of us has.
const ELSEWHERE: &[&str] = &["/home/", "/root/"];

/// The most lines that one reads in one go.
const LONGEST: usize = 400;

fn imports(room: &str, source: &str) -> Vec<String> {
    let words = tokens(source);
    let may = MAY_IMPORT.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, may)| may);
    let mut faults = Vec::new();
    for (at, path) in words.windows(3).enumerate() {
        let [from, "::", to] = *path else { continue };
        let is_room = MAY_IMPORT.iter().any(|(name, _)| *name == to);
        match from {
            "crate" | "mingzheng" if to == "{" || to == "*" => {
                faults.push(format!("{from}::{to} hides its rooms"));
            }
            "crate" | "mingzheng" | "super" if is_room && to != room && !may.contains(&to) => {
                faults.push(format!("{room} may not look into {to}"));
            }
            "super" if to == "super" || (to == "{" && words.get(at + 3) == Some(&"super")) => {
                faults.push("super::super may leave the room: write crate::…".into());
            }
            _ => {}
        }
    }
    faults
}

fn libraries(room: &str, source: &str) -> Vec<String> {
    let words = tokens(source);
    let used = |library: &str| {
        words.iter().enumerate().any(|(at, word)| {
            let before = at.checked_sub(1).map(|before| words[before]);
            let begins_path = words.get(at + 1) == Some(&"::") && before != Some("::");
            let whole = before == Some("use") || before == Some("crate"); // use x; extern crate x;
            *word == library && (begins_path || whole)
        })
    };
    KEPT_IN
        .iter()
        .filter(|(homes, _)| !homes.contains(&room))
        .flat_map(|(homes, libraries)| libraries.iter().map(move |library| (homes, *library)))
        .filter(|(_, library)| used(library))
        .map(|(homes, library)| format!("{library} belongs to {}, not to {room}", homes.join(" and ")))
        .collect()
}

fn purity(room: &str, source: &str) -> Vec<String> {
    let words = tokens(source);
    let barred = NOT_IN_PURE.iter().filter(|barred| PURE.contains(&room) && words.contains(barred));
    barred.map(|barred| format!("{barred} has no place in {room}")).collect()
}

fn transactions(room: &str, source: &str) -> Vec<String> {
    let commits = tokens(source).windows(3).any(|call| call == [".", "commit", "("]);
    let fault = commits && !["flow", "store"].contains(&room);
    fault.then(|| format!("only flows decide what is atomic, not {room}")).into_iter().collect()
}

fn length(_: &str, source: &str) -> Vec<String> {
    let lines = source.lines().count();
    (lines > LONGEST).then(|| format!("{lines} lines; {LONGEST} are enough")).into_iter().collect()
}

fn opening(_: &str, source: &str) -> Vec<String> {
    let missing = !source.starts_with("//! ");
    missing.then(|| "does not begin by saying what it is (//!)".into()).into_iter().collect()
}

fn finished(_: &str, source: &str) -> Vec<String> {
    NOWHERE.iter().filter(|word| source.contains(**word)).map(|word| format!("{word} may not stay")).collect()
}

fn self_contained(_: &str, text: &str) -> Vec<String> {
    ELSEWHERE.iter().filter(|path| text.contains(**path)).map(|path| format!("{path} is not ours")).collect()
}

fn test_names(_: &str, source: &str) -> Vec<String> {
    let words = tokens(source);
    let marked = words.windows(3).enumerate().filter(|(_, mark)| *mark == ["[", "test", "]"]);
    marked
        .filter_map(|(at, _)| words[at..].iter().skip_while(|word| **word != "fn").nth(1))
        .filter(|name| name.split('_').count() < 3)
        .map(|name| format!("{name} is no sentence"))
        .collect()
}

/// Whether text opens with where it comes from and when it was taken.
fn tells_source(text: &str) -> bool {
    let opening = text.lines().take(5).collect::<Vec<_>>().join("\n").to_lowercase();
    let digits = |c: char| if c.is_ascii_digit() { '9' } else { c };
    let dated = opening.chars().map(digits).collect::<String>().contains("9999-99-99");
    dated && (opening.contains("source") || opening.contains("来源"))
}

/// Golden files that no test names, by their whole name or as a quoted stem.
fn unreferenced<'a>(golden: &'a [String], tests: &str) -> Vec<&'a str> {
    let named = |name: &str| {
        let stem = name.split('.').next().expect("split gives at least one part");
        tests.contains(name) || tests.contains(&format!("\"{stem}\""))
    };
    golden.iter().map(String::as_str).filter(|name| !named(name)).collect()
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    assert_eq!(faults("src", imports), [""; 0]);
}

#[test]
fn libraries_stay_in_their_rooms() {
    assert_eq!(faults("src", libraries), [""; 0]);
}

#[test]
fn pure_rooms_do_no_input_or_output_and_ask_no_time() {
    assert_eq!(faults("src", purity), [""; 0]);
}

#[test]
fn only_flows_commit_transactions() {
    assert_eq!(faults("src", transactions), [""; 0]);
}

#[test]
fn no_source_file_is_too_long_to_read() {
    assert_eq!(faults("src", length), [""; 0]);
}

#[test]
fn every_source_file_begins_by_saying_what_it_is() {
    assert_eq!(faults("src", opening), [""; 0]);
}

/// Scripts of pages are read like the rest, say what they are, and make no markup out of data; what we only keep is left out.
#[test]
fn scripts_of_pages_are_short_and_write_no_markup() {
    let ours = |file: &PathBuf| {
        file.extension().is_some_and(|it| it == "js") && !file.iter().any(|it| it == "vendor")
    };
    let scripts: Vec<_> = files("src/http/pages/scripts").into_iter().filter(ours).collect();
    assert!(scripts.len() > 5);
    for file in scripts {
        let source = text(&file);
        assert_eq!(length("http", &source), [""; 0], "{}", file.display());
        assert!(source.starts_with("// "), "{} does not say what it is", file.display());
        for barred in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
        {
            assert!(!source.contains(barred), "{}: {barred}", file.display());
        }
    }
}

#[test]
fn nothing_unfinished_or_hushed_up_stays() {
    assert_eq!(faults("src", finished), [""; 0]);
}

#[test]
fn nothing_reads_outside_the_project() {
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches", "data", "report-templates", ".ci"] {
        found
            .extend(faults(folder, self_contained).into_iter().filter(|fault| !fault.contains("it/tidy.rs")));
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn names_of_tests_are_sentences() {
    assert_eq!(faults("tests/it", test_names), [""; 0]);
    assert_eq!(faults("src", test_names), [""; 0]);
}

/// A file that can hold no comment, such as a sample upload, is named in the `SOURCES.md` of its folder.
#[test]
fn every_data_file_begins_with_its_source_and_date() {
    let untold = |file: &PathBuf| {
        let register = fs::read_to_string(root().join(file).with_file_name("SOURCES.md")).unwrap_or_default();
        let name = file.file_name().unwrap().to_str().unwrap();
        let registered = tells_source(&register) && register.contains(name);
        !registered && !tells_source(&text(file))
    };
    let untold: Vec<_> = files("data").into_iter().filter(untold).collect();
    assert_eq!(untold, [""; 0].map(PathBuf::from));
}

#[test]
fn every_golden_file_is_named_by_a_test() {
    let name = |file: PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
    let golden: Vec<_> = files("tests/golden").into_iter().map(name).collect();
    let tests: String = files("tests/it").iter().map(|file| text(file)).collect();
    assert_eq!(unreferenced(&golden, &tests), [""; 0]);
}

#[test]
fn both_engines_have_migrations_of_the_same_names() {
    let names = |engine: &str| -> BTreeSet<_> {
        let migrations = files(&format!("src/store/migrations/{engine}"));
        migrations.iter().map(|file| file.file_name().unwrap().to_owned()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn each_rule_is_able_to_fail() {
    type Rule = fn(&str, &str) -> Vec<String>;
    let long = "//! Long.\n".repeat(LONGEST + 1);
    let cases: &[(Rule, &str, &str)] = &[
        (imports, "store", "use crate::http::Problem;"),
        (imports, "store", "use crate::{flow, rules};"),
        (imports, "store", "use crate::*;"),
        (imports, "store", "fn f() -> crate::\n    flow::App {}"),
        (imports, "store", "use super::flow::App;"),
        (imports, "store", "use super::super::flow;"),
        (imports, "store", "use super::{super::flow};"),
        (imports, "store", "use mingzheng::flow;"),
        (imports, "rules", "use crate::seal::sign;"),
        (imports, "verify", "use crate::store::Tx;"),
        (imports, "http", "use crate::store::Tx;"),
        (imports, "cli", "use crate::ingest::read;"),
        (imports, "config", "use crate::flow::App;"),
        (libraries, "rules", "use sqlx::Row;"),
        (libraries, "flow", "let digest = sha2::Sha256::digest(bytes);"),
        (libraries, "flow", "use axum;"),
        (libraries, "store", "extern crate polars;"),
        (libraries, "http", "fn f() -> anyhow::Result<()> {}"),
        (purity, "rules", "pub async fn f() {}"),
        (purity, "rules", "let text = std::fs::read_to_string(path);"),
        (purity, "verify", "use std::net::TcpStream;"),
        (purity, "rules", "let now = OffsetDateTime::now_utc();"),
        (transactions, "http", "tx.commit().await?;"),
        (length, "rules", &long),
        (opening, "rules", "use std::fmt;\n//! Late."),
        (finished, "rules", "#[allow(dead_code)]"),
        (finished, "rules", "fn f() { todo!() }"),
        (self_contained, "rules", "include_str!(\"/home/somebody/domains.csv\")"),
        (test_names, "rules", "#[test]\nfn parse() {}"),
    ];
    for (rule, room, source) in cases {
        assert!(!rule(room, source).is_empty(), "no fault found in {room}: {source}");
    }

    assert!(!tells_source("# Made by hand.\n"));
    assert!(!tells_source("# 2026-11-22\n"));
    assert!(!tells_source("id,name\n\n\n\n\n# source: late, 2026-11-22\n"));
    assert_eq!(unreferenced(&["openapi.json".into()], "golden(\"problems\")"), ["openapi.json"]);
}

#[test]
fn no_rule_cries_wolf() {
    let allowed = "//! See crate::http and `sqlx::Row`.\nuse crate::rules::Instant;\nuse super::*;\nlet a = \"axum::x\";";
    for rule in [imports, libraries, purity, transactions, length, opening, finished, test_names] {
        assert_eq!(rule("store", allowed), [""; 0]);
    }
    assert_eq!(libraries("verify", "use crate::seal::cms::read;"), [""; 0]);
    assert_eq!(libraries("store", "let row: sqlx::Row;"), [""; 0]);
    assert!(tells_source("# 来源: GB 32100-2015\n# 2026-11-22\n"));
    assert_eq!(unreferenced(&["openapi.json".into()], "golden(\"openapi\")"), [""; 0]);
}

/// Every fault that a rule finds in the files of a folder, with the file; of src only the Rust.
fn faults(folder: &str, rule: fn(&str, &str) -> Vec<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files(folder) {
        if folder == "src" && file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let inside = file.strip_prefix(folder).expect("files() begins each path with its folder");
        let first = inside.components().next().expect("a file has a name").as_os_str();
        let room =
            Path::new(first).file_stem().and_then(|stem| stem.to_str()).expect("rooms have plain names");
        let found = rule(room, &text(&file));
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", file.display())));
    }
    faults
}

/// The files under a folder of the project, by path from its root; none if there is no such folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().expect("our file names are plain");
        let path = format!("{folder}/{name}");
        if name.starts_with('.') {
            continue; // tools that tests/run installed, and what editors leave
        }
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.into());
        }
    }
    found.sort();
    found
}

/// A file of the project; what is not UTF-8 in it is replaced, for fonts and sample uploads.
fn text(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(root().join(file)).unwrap()).into_owned()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
