//! How a question for a closer look travels to the process that takes it: three pieces, each behind its length.

use super::look::Reference;

/// The question for [`explain`](super::explain) as bytes.
#[must_use]
pub fn question(bytes: &[u8], reference: Option<&Reference>) -> Vec<u8> {
    let nothing: &[u8] = &[];
    let (facts, pdf) =
        reference.map_or((nothing, nothing), |it| (&it.facts, it.pdf.as_deref().unwrap_or_default()));
    let mut question = Vec::with_capacity(bytes.len() + facts.len() + pdf.len() + 24);
    for piece in [bytes, facts, pdf] {
        question.extend_from_slice(&(piece.len() as u64).to_be_bytes());
        question.extend_from_slice(piece);
    }
    question
}

/// Reads a question: the file, and what it is compared with. `None` where a piece is cut off.
#[must_use]
pub fn read_question(question: &[u8]) -> Option<(&[u8], Option<Reference>)> {
    let (bytes, rest) = piece(question)?;
    let (facts, rest) = piece(rest)?;
    let (pdf, rest) = piece(rest)?;
    let reference = || Reference { facts: facts.to_vec(), pdf: (!pdf.is_empty()).then(|| pdf.to_vec()) };
    rest.is_empty().then(|| (bytes, (!facts.is_empty()).then(reference)))
}

fn piece(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)
}
