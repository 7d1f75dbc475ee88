//! Sample facts, with which templates are checked and looked at.

use super::{Edition, Error, Issue};
use crate::rules::{Digest, Facts};

/// Names and facts as they lie in `report-templates/samples`.
const SAMPLES: &[(&str, &str)] = &[
    ("clean", include_str!("../../report-templates/samples/clean.json")),
    ("records", include_str!("../../report-templates/samples/records.json")),
    ("not-covered", include_str!("../../report-templates/samples/not-covered.json")),
    ("rare", include_str!("../../report-templates/samples/rare.json")),
    ("person", include_str!("../../report-templates/samples/person.json")),
];

/// A code that no report has, and an address that leads nowhere, with as many digits as a claim has.
const CODE: &str = "0000-0000-0000-0000-0";
const QR: &str = concat!(
    "https://verify.example.cn/v/00000000000000000#",
    "314159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798",
    "214808651328230664709384460955058223172535940812848111745028410270193852110555964462294895493038196442",
    "881097566593344612847564823378678316527120190914564856692346034861045432664821339360726024914127372458",
    "700660631558817488152092096282925409171536436789259036001133053054882046652138414695194151160943305727",
    "036575959195309218611738193261179310511854807446237996274956735188575272489122793818301194912983367336",
);

/// The samples by name.
pub fn samples() -> Result<Vec<(&'static str, Facts)>, Error> {
    SAMPLES.iter().map(|(name, text)| Ok((*name, read(name, text)?))).collect()
}

/// What most reports say: the first sample without the words that are its subject's alone.
pub(in crate::report) fn usual() -> Result<Facts, Error> {
    let (name, text) = SAMPLES[0];
    let mut facts = read(name, text)?;
    let subject = &mut facts.subject;
    "有限公司".clone_into(&mut subject.name);
    facts.request.applicant.clone_from(&subject.name);
    subject.former_names.clear();
    (subject.representative, subject.registration_authority) = (None, None);
    subject.address = Some("市区路号".to_owned());
    facts.request.purpose = None;
    Ok(facts)
}

/// A sample as if it were issued.
pub(in crate::report) fn issue<'a>(facts: &'a Facts, canonical: &'a [u8], edition: Edition) -> Issue<'a> {
    Issue { facts, canonical, digest: Digest::ZERO, code: CODE.to_owned(), qr: QR.to_owned(), edition }
}

fn read(name: &'static str, text: &str) -> Result<Facts, Error> {
    serde_json::from_str(text).map_err(|e| Error::Template { name, reason: e.to_string() })
}
