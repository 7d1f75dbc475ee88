//! The data files: each is read as the program reads it, names its source and date, and holds what it should.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mingzheng::ingest::{CodeListTexts, CodeLists, Item, Layout, Required};
use mingzheng::rules::{
    AnnulmentKind, Authority, Calendar, Catalogue, CreditCode, DomainId, Name, Operation, Policy, Presets,
    Profile, RecordKind, Registration, RelationKind, RepairRule, Sanction, Scheme, Severity, SubjectCode,
    SubjectKind, parse_day,
};
use serde::Deserialize;
use time::Date;
use time::macros::date;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn text(path: &str) -> String {
    fs::read_to_string(data().join(path)).unwrap()
}

fn catalogue() -> Catalogue {
    Catalogue::parse(&text("catalogue.toml")).unwrap()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn every_toml_file_names_its_source_and_date() {
    let mut found = Vec::new();
    files(&data(), &mut found);
    let toml = found.iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let mut count = 0;
    for path in toml {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let source = lines.next().and_then(|line| line.strip_prefix("# Source: "));
        assert!(source.is_some_and(|source| !source.is_empty()), "{path:?}");
        let day = lines.next().and_then(|line| line.strip_prefix("# Date: "));
        assert!(day.and_then(parse_day).is_some(), "{path:?}");
        count += 1;
    }
    assert!(count >= 20, "{count}");
}

#[test]
fn the_catalogue_has_64_domains_and_says_that_it_is_no_official_list() {
    let catalogue = catalogue();
    assert_eq!((catalogue.id.as_str(), catalogue.version.as_str()), ("default", "2026.1"));
    let codes: Vec<_> = catalogue.domains.iter().map(|domain| domain.code.clone()).collect();
    assert_eq!(codes, (1..=64).map(|number| format!("D{number:03}")).collect::<Vec<_>>());
    assert!(catalogue.zh.contains("默认目录") && catalogue.en.contains("not the official"));
    for domain in &catalogue.domains {
        assert!(
            ![&domain.zh, &domain.en, &domain.authority_zh, &domain.authority_en]
                .iter()
                .any(|t| t.is_empty())
        );
    }
}

#[test]
fn profiles_are_data_and_differ_between_places() {
    let catalogue = catalogue();
    let shanghai = Profile::parse(&text("profiles/shanghai.toml"), &catalogue).unwrap();
    let tianjin = Profile::parse(&text("profiles/tianjin.toml"), &catalogue).unwrap();
    let first: Vec<&DomainId> = catalogue.domains.iter().take(41).map(|domain| &domain.id).collect();
    assert_eq!(shanghai.domains.iter().collect::<Vec<_>>(), first);
    assert_eq!(tianjin.domains.len(), 40);
    let customs: DomainId = "customs".parse().unwrap();
    assert!(tianjin.domains.contains(&customs) && !shanghai.domains.contains(&customs));
    let ranks: Vec<_> = tianjin.domains.iter().map(|id| catalogue.rank(id)).collect();
    assert!(ranks.is_sorted(), "in the order of the catalogue");
}

#[test]
fn all_seven_policies_repair_and_reach_back_alike() {
    let mut found = Vec::new();
    files(&data().join("policies"), &mut found);
    let mut ids = BTreeSet::new();
    for path in found {
        let policy = Policy::parse(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(path.file_stem().unwrap().to_str().unwrap(), policy.id);
        assert_eq!(policy.longest_years, 5);
        assert!(policy.counts.ordinary && !policy.zh.is_empty() && !policy.en.is_empty());
        assert_eq!(policy.repair_rule(date!(2026 - 03 - 31)), RepairRule::Mark);
        assert_eq!(policy.repair_rule(date!(2026 - 04 - 01)), RepairRule::Hide);
        let no_summary = ["zj-2023", "sd-2023", "cq-2024-listing"].contains(&policy.id.as_str());
        assert_eq!(policy.counts.summary, !no_summary, "{}", policy.id);
        let domains = policy.counts.dishonesty_domains.as_deref().unwrap_or_default();
        assert!(domains.iter().all(|id| catalogue().get(id).is_some()));
        assert_eq!(domains.is_empty(), policy.id != "bj-2025");
        ids.insert(policy.id);
    }
    let wanted = ["bj-2025", "cq-2024-listing", "ln-2025", "ndrc-2025", "sd-2023", "sh-2023", "zj-2023"];
    assert_eq!(ids.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
}

#[test]
fn presets_name_what_exists_and_spans_end_where_they_are_asked_to() {
    let presets = Presets::parse(&text("presets.toml"), &catalogue()).unwrap();
    for id in ["listing", "financing", "bidding", "award", "subsidy", "all"] {
        let preset = presets.preset(id).unwrap();
        assert_eq!(preset.domains.is_empty(), id == "all");
    }
    assert_eq!(presets.preset("listing").unwrap().domains.len(), 11);
    let starts = |id: &str| presets.span(id).unwrap().ending(date!(2026 - 11 - 22)).from;
    assert_eq!(starts("12-months"), date!(2025 - 11 - 23));
    assert_eq!(starts("24-months"), date!(2024 - 11 - 23));
    assert_eq!(starts("36-months"), date!(2023 - 11 - 23));
    assert_eq!(starts("three-years"), date!(2023 - 01 - 01));
    assert_eq!(starts("5-years"), date!(2021 - 11 - 23));
}

#[test]
fn the_calendar_knows_three_years_of_holidays_and_made_up_days() {
    let calendar = Calendar::parse(&text("calendar.toml")).unwrap();
    for year in 2024..=2026 {
        assert!(calendar.knows(year));
    }
    assert!(!calendar.knows(2027));
    // National holidays, days in lieu, and weekends that are worked in their place.
    let off = [
        date!(2024 - 02 - 12),
        date!(2024 - 06 - 10),
        date!(2025 - 10 - 08),
        date!(2026 - 01 - 02),
        date!(2026 - 10 - 07),
    ];
    let on = [
        date!(2024 - 02 - 04),
        date!(2024 - 02 - 09),
        date!(2025 - 09 - 28),
        date!(2026 - 02 - 14),
        date!(2026 - 10 - 10),
    ];
    assert!(off.iter().all(|day| !calendar.is_working_day(*day)));
    assert!(on.iter().all(|day| calendar.is_working_day(*day)));
    assert_eq!(calendar.add_working_days(date!(2026 - 09 - 30), 1), date!(2026 - 10 - 08));
    let year = |year: i32| {
        let last = Date::from_calendar_date(year, time::Month::December, 31).unwrap();
        calendar.working_days_between(
            Date::from_calendar_date(year - 1, time::Month::December, 31).unwrap(),
            last,
        )
    };
    assert_eq!([year(2024), year(2025), year(2026)], WORKING_DAYS);
}

/// Working days of 2024, 2025 and 2026 as a calendar that we did not write (chinesecalendar 1.11.0) counts them.
const WORKING_DAYS: [u32; 3] = [251, 248, 248];

#[test]
fn code_lists_know_old_and_new_names() {
    let lists = CodeLists::parse(&CodeListTexts::default()).unwrap();
    for &sanction in Sanction::ALL {
        let zh = lists.sanction_zh(sanction).unwrap();
        assert_eq!(lists.sanctions(zh).unwrap(), [sanction]);
    }
    let old = [
        "警告",
        "罚款",
        "没收违法所得、没收非法财物",
        "责令停产停业",
        "暂扣或者吊销许可证、暂扣或者吊销执照",
        "行政拘留",
    ];
    for (number, name) in (1..).zip(old) {
        assert_eq!(lists.sanctions(&number.to_string()), lists.sanctions(name), "{name}");
        assert!(lists.sanctions(name).is_some());
    }
    assert_eq!(lists.sanctions("9"), lists.sanctions("其他"));
    assert!(lists.document_type("身份证").unwrap().citizen_number);
    assert!(!lists.document_type("其他-军官证").unwrap().citizen_number);
    assert!(lists.document_type("其他-").is_none());
    for &operation in Operation::ALL {
        assert_eq!(lists.operation(operation.word()), Some(operation));
    }
    for &kind in AnnulmentKind::ALL {
        assert_eq!(lists.annulment_kind(kind.word()), Some(kind));
    }
    for &severity in Severity::ALL {
        assert_eq!(lists.severity(severity.word()), Some(severity));
    }
    for &kind in RecordKind::ALL {
        let needs = lists.required(kind);
        assert_eq!(needs.is_empty(), kind == RecordKind::Penalty, "{kind}");
        assert!(!needs.contains(&Item::Sanctions), "{kind}");
    }
    assert_eq!(lists.divisions.name("310119").as_deref(), Some("上海南汇"));
    assert_eq!(lists.divisions.name("310141").as_deref(), Some("上海"));
    assert_eq!(lists.divisions.name("999999"), None);
}

#[test]
fn the_layout_has_the_thirty_national_items_in_order() {
    let layout = Layout::parse(Layout::NATIONAL_2018).unwrap();
    let codes: Vec<_> = layout.columns.iter().map(|column| column.name.code.as_str()).collect();
    let national = codes.iter().filter(|code| code.starts_with("CF_") || **code == "BZ").count();
    assert_eq!((national, codes[0], codes[29]), (30, "CF_XDR_MC", "BZ"));
    assert_eq!(codes[30..34], ["procedure", "domain", "record_kind", "source_record_id"]);
    let added: Vec<_> = Item::ALL.iter().skip(30).map(|item| item.word()).collect();
    assert_eq!(codes[30..], added);
    let personal = layout.columns.iter().filter(|column| column.personal).count();
    assert_eq!(personal, 3);
    let always = layout.columns.iter().filter(|column| column.required == Required::Always).count();
    assert_eq!(always, 9);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authorities {
    authority: Vec<Authority>,
}

#[test]
fn every_sample_authority_is_fictional_and_answers_for_one_domain_of_the_profile() {
    let profile = Profile::parse(&text("profiles/shanghai.toml"), &catalogue()).unwrap();
    let file: Authorities = toml::from_str(&text("samples/authorities.toml")).unwrap();
    let domains: Vec<_> = file.authority.iter().flat_map(|authority| authority.domains.clone()).collect();
    assert_eq!(domains, profile.domains);
    for authority in &file.authority {
        for code in std::iter::once(&authority.code).chain(&authority.organs) {
            let checked: CreditCode = code.as_str().parse().unwrap();
            assert!(checked.as_str().starts_with("1131") && checked.as_str()[8..].starts_with("MBTE5T"));
        }
        assert!(authority.zh.starts_with("示范市") && authority.en.starts_with("Demo City "));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subjects {
    subject: Vec<SampleSubject>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleSubject {
    kind: SubjectKind,
    code: String,
    names: Vec<Name>,
    #[serde(default)]
    aliases: Vec<SubjectCode>,
    #[serde(default)]
    relations: Vec<SampleRelation>,
    #[serde(default)]
    registration: Registration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleRelation {
    kind: RelationKind,
    other: String,
    from: Option<Date>,
}

#[test]
fn every_sample_subject_is_fictional() {
    let file: Subjects = toml::from_str(&text("samples/subjects.toml")).unwrap();
    let codes: Vec<_> = file.subject.iter().map(|subject| subject.code.as_str()).collect();
    assert_eq!(codes.len(), 9);
    for subject in &file.subject {
        let fictional = if subject.kind == SubjectKind::NaturalPerson {
            subject.code == "999999199001010016"
        } else {
            let code: CreditCode = subject.code.parse().unwrap();
            ["MATE5T", "MJTE5T"].contains(&&code.as_str()[8..14])
        };
        assert!(fictional && subject.names.iter().all(|name| name.name.contains("示范")), "{}", subject.code);
        assert_eq!(subject.names.iter().filter(|name| name.to.is_none()).count(), 1);
        assert!(subject.relations.iter().all(|relation| codes.contains(&relation.other.as_str())));
        assert!(
            subject
                .relations
                .iter()
                .all(|relation| relation.from.is_some() && RelationKind::ALL.contains(&relation.kind))
        );
        for alias in &subject.aliases {
            assert_eq!(alias.scheme, Scheme::RegistrationNumber);
            mingzheng::rules::check_registration_number(&alias.value).unwrap();
        }
        let named = subject.registration.representative.as_deref().unwrap_or("示范");
        assert!(named.starts_with("示范"));
    }
}
