//! Reports issued on the clock of this machine, by which the judges go, with fresh keys.

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use mingzheng::report::pdf::Validation;
use mingzheng::report::{Edition, Issue, samples};
use mingzheng::rules::facts::{Conclusion, RecordFacts};
use mingzheng::rules::{Facts, Instant, KeyKind, VerificationCode};
use mingzheng::seal::{
    Claim, Keyring, LocalAuthority, QrText, Request, Stamping, TrustBundle, ValidationData, digest, inspect,
    with_token,
};
use tempfile::TempDir;
use uuid::Uuid;

use super::Job;
use crate::signed_sample::dice;
use crate::templates::RENDERER;

/// How long the signature of a report can be verified (ETSI EN 319 142-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// As long as its certificate is valid.
    Basic,
    /// With a timestamp that proves when it was made.
    Stamped,
    /// With certificates and revocation lists inside as well.
    LongTerm,
}

impl Level {
    pub(super) const ALL: [Self; 3] = [Self::Basic, Self::Stamped, Self::LongTerm];

    fn word(self) -> &'static str {
        match self {
            Self::Basic => "b-b",
            Self::Stamped => "b-t",
            Self::LongTerm => "b-lt",
        }
    }
}

/// An operator with its keys and its timestamp authority.
pub(super) struct Operator {
    keyring: Keyring,
    authority: LocalAuthority,
    validation: Validation,
    at: Instant,
}

/// A signed report and what is known of it.
pub(super) struct Issued {
    /// Where it lies, with everything a judge needs.
    pub(super) folder: TempDir,
    /// The document.
    pub(super) pdf: PathBuf,
    /// The root that its signer goes back to.
    pub(super) root: PathBuf,
    /// What a stranger who trusts the operator has.
    pub(super) trust: TrustBundle,
    /// When it was issued.
    pub(super) at: Instant,
    stamp_root: PathBuf,
    level: Level,
    facts: PathBuf,
    key: KeyKind,
    edition: Edition,
    qr: String,
    code: String,
}

impl Operator {
    /// An operator who begins today and signs documents with this kind of key; `seed` tells two apart.
    pub(super) fn new(kind: KeyKind, seed: u64) -> Self {
        let (folder, at) = (tempfile::tempdir().unwrap(), before(120));
        let (keys, made) = (folder.path().join("keys"), before(180));
        let keyring = Keyring::create_with(&keys, "明证示例中心", kind, made, &mut dice(seed)).unwrap();
        let authority = LocalAuthority::open(&keys, &keyring, made, &mut dice(seed + 1)).unwrap().unwrap();
        let data = ValidationData::gather(&keys, &keyring, Stamping::Local(authority.chain()), &[], at);
        assert!(data.is_complete(), "{:?}", data.missing);
        let validation =
            Validation { certificates: data.certificates, revocation_lists: data.revocation_lists };
        Self { keyring, authority, validation, at }
    }

    /// Issues a report today, without a timestamp.
    pub(super) fn issue(&self, facts: Facts, edition: Edition) -> Issued {
        self.issue_at(Level::Basic, facts, edition)
    }

    /// Issues a report today.
    pub(super) fn issue_at(&self, level: Level, mut facts: Facts, edition: Edition) -> Issued {
        let at = self.at;
        (facts.issued_at, facts.as_of) = (at, at);
        let code = VerificationCode::from_random([0x5a; 10]);
        let origin = facts.issuer.origin.clone();
        let printed = code.to_string();
        let signer = &self.keyring.signer;
        let claim = signer.sign_claim(&Claim::of(&facts, code.clone(), 1, &[0; 16]).unwrap()).unwrap();
        let qr = QrText { origin: origin.clone(), code, claim: Some(claim) }.write();
        let canonical = facts.canonical();
        let issue = Issue {
            facts: &facts,
            canonical: &canonical,
            digest: digest(&canonical),
            code: printed.clone(),
            qr: qr.clone(),
            edition,
        };
        let nothing = Validation::default();
        let validation = if level == Level::LongTerm { &self.validation } else { &nothing };
        let unsigned = RENDERER.render_with(&issue, signer.room(), validation).unwrap();
        let mut signature = signer.sign_pdf(unsigned.to_digest(), at).unwrap();
        if level != Level::Basic {
            let request = Request::new(&inspect(&signature).unwrap().signature, &mut dice(3)).unwrap();
            let answer = self.authority.respond(request.der(), at, &mut dice(4));
            signature = with_token(&signature, request.token(&answer).unwrap().der()).unwrap();
        }

        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        Issued {
            pdf: put("report.pdf", &unsigned.with_signature(&signature).unwrap()),
            root: put("root.pem", self.keyring.document_root().to_pem().as_bytes()),
            stamp_root: put("stamp-root.pem", self.keyring.root.to_pem().as_bytes()),
            level,
            facts: put("facts.json", &canonical),
            key: signer.kind(),
            trust: TrustBundle::of(&self.keyring, vec![origin], at),
            code: printed,
            folder,
            at,
            edition,
            qr,
        }
    }
}

impl Issued {
    /// Everything there is to judge.
    pub(super) fn job(&self, name: &str) -> Job {
        Job {
            name: name.to_owned(),
            pdf: self.pdf.clone(),
            root: self.root.clone(),
            key: self.key.word(),
            level: self.level.word(),
            stamp_root: Some(self.stamp_root.clone()),
            qr: Some(self.qr.clone()),
            facts: Some(self.facts.clone()),
            edition: self.edition.word(),
            code: self.code.clone(),
            only: &[],
        }
    }
}

/// The facts of a sample.
pub(super) fn sample(wanted: &str) -> Facts {
    samples().unwrap().into_iter().find(|(name, _)| *name == wanted).unwrap().1
}

/// The sample with records, with so many of them, each with a document number of its own.
pub(super) fn with_records(count: usize) -> Facts {
    let mut facts = sample("records");
    let models = facts.records.clone();
    let model = |at: usize| RecordFacts {
        id: Uuid::from_u128(0x019a_9d3c_7a10_7c00_8000_0000_0000_0000 + at as u128),
        document_number: format!("示罚〔2025〕{:04} 号", at + 1),
        ..models[at % models.len()].clone()
    };
    facts.records = (0..count).map(model).collect();
    facts.records.sort_by_key(|record| facts.domains.iter().position(|domain| domain.id == record.domain));
    for domain in &mut facts.domains {
        let held = facts.records.iter().filter(|record| record.domain == domain.id).count();
        domain.records = u32::try_from(held).unwrap();
        if held > 0 {
            domain.conclusion = Conclusion::Found;
        }
    }
    facts.summary.records = u32::try_from(count).unwrap();
    facts
}

/// So long ago.
#[expect(
    clippy::disallowed_methods,
    reason = "the judges look at the clock of the machine, so must the certificates"
)]
fn before(seconds: u64) -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Instant::from_millis(i64::try_from(since - seconds).unwrap() * 1000)
}
