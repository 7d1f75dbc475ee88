//! Is this file exactly a report that was issued?

use super::frame::{Frame, find, position};
use super::{embedded, is_in_future, issuer, status_reasons};
use crate::rules::{Instant, Integrity, IssuerTrust, Reason, StatusAt, Verdict};
use crate::seal::{Certificate, Seal, SignerState, Stamp, TrustBundle, inspect};

/// Larger files are not looked at, in bytes (64 MiB): the longest report is far shorter.
pub const LARGEST: usize = 64 << 20;

/// Judges a file by the form in which reports are issued: one revision, one signature over all of it, facts inside.
///
/// `now` is only used to notice a clock that is wrong. The file is not changed, nothing is asked of anybody.
#[must_use]
pub fn pdf(bytes: &[u8], trust: &TrustBundle, now: Instant) -> Verdict {
    if bytes.len() > LARGEST {
        return refused(Integrity::CannotTell, vec![Reason::TooLarge]);
    }
    let frame = match find(bytes) {
        Ok(frame) => frame,
        Err(reason @ (Reason::Empty | Reason::NotPdf | Reason::Truncated | Reason::Encrypted)) => {
            return refused(Integrity::Unreadable, vec![reason]);
        }
        Err(reason) => return not_signed_by_us(bytes, Integrity::Altered, vec![reason]),
    };
    let Some(seal) = inspect(&frame.signature) else {
        let reasons = vec![Reason::SignatureMalformed, Reason::SignerUnknown];
        return not_signed_by_us(bytes, Integrity::Altered, reasons);
    };
    let stated = frame.signed_at(bytes);
    let stamp = trust.stamp(&seal);
    let existed = stamped_at(&stamp).map_or(now, |(_, latest)| latest.min(now));
    let state = trust.judge_existing(&seal.chain, stated.unwrap_or(now), existed);
    if state == SignerState::Unknown {
        return Verdict {
            signer: seal.chain.first().map(Certificate::organization).filter(|name| !name.is_empty()),
            signed_at: stated,
            ..not_signed_by_us(bytes, Integrity::NotOurs, vec![Reason::SignerUnknown])
        };
    }
    let Some(signed_at) = stated else {
        return not_signed_by_us(bytes, Integrity::NotOurs, vec![Reason::ProfileBroken]);
    };
    let (integrity, mut reasons) = compare(bytes, &frame, &seal, &stamp);
    let (trusted, doubt) = if seal.genuine { issuer(state) } else { (IssuerTrust::Unknown, None) };
    reasons.extend(doubt);
    reasons.extend(of_stamp(&stamp, trusted));
    if is_in_future(signed_at, now) {
        reasons.push(Reason::SignedInFuture);
    }
    let mut verdict = Verdict {
        signer: seal.chain.first().map(Certificate::organization),
        signed_at: Some(signed_at),
        timestamped_at: stamped_at(&stamp).map(|(at, _)| at),
        ..Verdict::without_facts(integrity, trusted, reasons)
    };
    if integrity == Integrity::Intact {
        add_facts(&mut verdict, bytes, trust);
    }
    verdict
}

/// Whether the signed bytes are those that were signed, in the form in which we sign.
fn compare(bytes: &[u8], frame: &Frame, seal: &Seal, stamp: &Stamp) -> (Integrity, Vec<Reason>) {
    let mut faults = Vec::new();
    if !seal.covers(&frame.parts(bytes)) {
        faults.push(Reason::ContentChanged);
    }
    if !seal.genuine {
        faults.push(Reason::SignatureInvalid);
    } else if !seal.canonical || !frame.plain {
        faults.push(Reason::SignatureMalformed);
    }
    if *stamp == Stamp::Invalid {
        faults.push(Reason::TimestampInvalid);
    }
    faults.extend(frame.extra);
    if !faults.is_empty() {
        (Integrity::Altered, faults)
    } else if keeps_to_profile(bytes, frame) {
        (Integrity::Intact, vec![Reason::SignatureValid])
    } else {
        (Integrity::NotOurs, vec![Reason::ProfileBroken])
    }
}

/// The time of a timestamp that is believed, and the last moment it may mean.
fn stamped_at(stamp: &Stamp) -> Option<(Instant, Instant)> {
    if let Stamp::Trusted(at, latest) = *stamp { Some((at, latest)) } else { None }
}

/// What there is to say of the timestamp; that it is missing matters only where the time must be proven.
fn of_stamp(stamp: &Stamp, issuer: IssuerTrust) -> Option<Reason> {
    match stamp {
        Stamp::Missing => (issuer == IssuerTrust::KeyRevoked).then_some(Reason::TimestampMissing),
        Stamp::Trusted(..) => Some(Reason::TimestampTrusted),
        Stamp::UnknownAuthority => Some(Reason::TimestampAuthorityUnknown),
        Stamp::AuthorityRevoked => Some(Reason::TimestampAuthorityRevoked),
        Stamp::Invalid => None, // said with what was changed
    }
}

/// What our key signed must also be one of our reports: a certification that allows no change.
fn keeps_to_profile(bytes: &[u8], frame: &Frame) -> bool {
    let dictionary = frame.dictionary(bytes).concat();
    let compact: Vec<u8> = dictionary.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let wanted: [&[u8]; 3] = [b"/SubFilter/ETSI.CAdES.detached", b"/TransformMethod/DocMDP", b"/P1/"];
    bytes.starts_with(b"%PDF-1.7")
        && bytes.trim_ascii_end().ends_with(b"%%EOF")
        && wanted.iter().all(|it| position(&compact, it).is_some())
}

fn add_facts(verdict: &mut Verdict, bytes: &[u8], trust: &TrustBundle) {
    let Some((facts, digest)) = embedded::facts(bytes) else {
        // A signed sheet of results is no report, and says so before anything else.
        if embedded::is_result_sheet(bytes) {
            verdict.reasons.insert(0, Reason::ResultSheet);
        } else {
            verdict.reasons.push(Reason::FactsMissing);
        }
        return;
    };
    verdict.facts_digest = Some(digest);
    if verdict.issuer == IssuerTrust::Trusted {
        verdict.status = trust.status_of(&digest, facts.issued_at);
        verdict.reasons.extend(status_reasons(&verdict.status));
        verdict.facts = Some(Box::new(facts));
    }
}

/// A file without a signature of ours: `integrity` if it carries the data of a report, not ours at all otherwise.
fn not_signed_by_us(bytes: &[u8], integrity: Integrity, mut reasons: Vec<Reason>) -> Verdict {
    if embedded::facts(bytes).is_some() {
        reasons.push(Reason::LooksLikeOurs);
        refused(integrity, reasons)
    } else {
        refused(Integrity::NotOurs, reasons)
    }
}

fn refused(integrity: Integrity, reasons: Vec<Reason>) -> Verdict {
    Verdict {
        status: StatusAt::unknown(),
        ..Verdict::without_facts(integrity, IssuerTrust::Unknown, reasons)
    }
}
