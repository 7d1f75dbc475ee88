//! A photograph, a scan or a print: the QR in it is read, in whatever state, and proves what it says.

use std::io::Cursor;
use std::sync::LazyLock;

use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use hayro_interpret::InterpreterSettings;
use hayro_syntax::Pdf;
use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, ImageFormat, Luma};
use mingzheng::rules::{Findings, Integrity, IssuerTrust, Kind, Reason, Status, Verdict};
use mingzheng::verify;

use crate::signed_sample::{later, trust};
use crate::verify_attacks::stream;
use crate::verify_reports::REPORT;

/// The first page of a file at so many dots to the inch.
pub(crate) fn page(pdf: &[u8], dots_to_the_inch: f32) -> GrayImage {
    let pdf = Pdf::new(pdf.to_vec()).unwrap();
    let scale = dots_to_the_inch / 72.0;
    let size = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let (read, draw) = (InterpreterSettings::default(), RenderSettings::default());
    let drawn = render(&pdf.pages()[0], &RenderCache::new(), &read, &draw, &size);
    let dots = drawn.data_as_u8_slice().chunks_exact(4).map(|dot| dot[1]).collect();
    GrayImage::from_raw(drawn.width().into(), drawn.height().into(), dots).unwrap()
}

/// A page as a cheap scanner gives it, 150 dots to the inch.
static SCAN: LazyLock<GrayImage> = LazyLock::new(|| page(&REPORT.pdf, 150.0));

/// Turned by so many degrees on white.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places on a picture of a few thousand dots, checked to be inside"
)]
fn turned(page: &GrayImage, degrees: f32) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (w, h) = (page.width() as f32, page.height() as f32);
    let (wide, high) = ((w * cos.abs() + h * sin.abs()) as u32, (w * sin.abs() + h * cos.abs()) as u32);
    GrayImage::from_fn(wide, high, |x, y| {
        let (x, y) = (x as f32 - wide as f32 / 2.0, y as f32 - high as f32 / 2.0);
        let (x, y) = (x * cos + y * sin + w / 2.0, y * cos - x * sin + h / 2.0);
        let dot = |x: f32, y: f32| {
            let inside = x >= 0.0 && y >= 0.0 && x < w && y < h;
            if inside { f32::from(page.get_pixel(x as u32, y as u32).0[0]) } else { 255.0 }
        };
        let (right, down) = (x - x.floor(), y - y.floor());
        let upper = dot(x, y) * (1.0 - right) + dot(x + 1.0, y) * right;
        let lower = dot(x, y + 1.0) * (1.0 - right) + dot(x + 1.0, y + 1.0) * right;
        Luma([(upper * (1.0 - down) + lower * down) as u8])
    })
}

pub(crate) fn jpeg(page: &GrayImage, quality: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(page).unwrap();
    bytes.into_inner()
}

pub(crate) fn png(page: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    page.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Covers a strip in the middle of a page, far from its QR, as somebody does who hides a record.
pub(crate) fn edit(page: &mut GrayImage) {
    let (w, h) = page.dimensions();
    for (x, y) in (h * 2 / 5..h / 2).flat_map(|y| (0..w).map(move |x| (x, y))) {
        page.put_pixel(x, y, Luma([255]));
    }
}

/// A PDF that shows nothing but this picture.
fn scanned(page: &GrayImage) -> Vec<u8> {
    let (w, h) = page.dimensions();
    let head = format!(
        "/Type/XObject/Subtype/Image/Width {w}/Height {h}/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
    );
    let picture = stream(&head, &jpeg(page, 80));
    let objects: [Vec<u8>; 5] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>"
            .to_vec(),
        stream("", b"595 0 0 842 0 0 cm /I Do"),
        picture,
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    for (at, object) in objects.iter().enumerate() {
        out.extend([format!("{} 0 obj\n", at + 1).as_bytes(), object, b"\nendobj\n"].concat());
    }
    [&out[..], b"trailer\n<</Root 1 0 R/Size 6>>\n%%EOF\n"].concat()
}

fn told(bytes: &[u8]) -> (Verdict, Findings) {
    let mut trust = trust();
    trust.origins = vec![REPORT.facts.issuer.origin.clone()];
    let now = later(7200);
    let looked = verify::explain(bytes, None);
    let qr = verify::best_qr(&looked, &trust, now).map(|text| verify::qr(text, &trust, now).verdict);
    verify::conclude(verify::pdf(bytes, &trust, now), looked, qr, false)
}

#[track_caller]
fn proves(what: &str, bytes: &[u8]) {
    let (verdict, findings) = told(bytes);
    assert_eq!(findings.kind, Kind::Pictured, "{what}");
    let reasons = [Reason::PictureOnly, Reason::QrFound, Reason::ClaimValid];
    assert_eq!(verdict.reasons[..3], reasons, "{what}: {:?}", verdict.reasons);
    assert_eq!((verdict.issuer, verdict.status.status), (IssuerTrust::Trusted, Status::Valid), "{what}");
    assert_eq!(verdict.integrity, Integrity::CannotTell, "{what}: a picture may show anything around its QR");
    assert!(verdict.cannot_tell() && !verdict.is_genuine_and_valid(), "{what}");
    assert_eq!(verdict.facts_digest, Some(mingzheng::seal::digest(&REPORT.facts.canonical())), "{what}");
}

#[test]
fn a_clean_scan_proves_what_its_qr_says() {
    proves("PNG", &png(&SCAN));
    proves("JPEG 40", &jpeg(&SCAN, 40));
}

#[test]
fn a_turned_and_blurred_and_compressed_scan_is_still_read() {
    let page = turned(&SCAN, 7.0);
    proves("turned", &png(&page));
    proves("turned and compressed", &jpeg(&page, 40));
    proves("blurred", &png(&image::imageops::fast_blur(&*SCAN, 1.0)));
    proves("all of it", &jpeg(&image::imageops::fast_blur(&page, 0.8), 40));
    proves("upside down", &jpeg(&image::imageops::rotate180(&*SCAN), 60));
}

#[test]
fn a_picture_is_never_intact_in_a_pdf_or_not_edited_or_not() {
    proves("PDF", &scanned(&SCAN));
    let mut edited = SCAN.clone();
    edit(&mut edited);
    for (what, bytes) in [("PNG", png(&edited)), ("JPEG", jpeg(&edited, 80)), ("PDF", scanned(&edited))] {
        proves(what, &bytes);
    }
}

#[test]
fn a_picture_of_a_report_that_does_not_stand_is_not_left_open() {
    let told = |status, issuer| {
        let mut verdict = Verdict::without_facts(Integrity::CannotTell, issuer, vec![Reason::PictureOnly]);
        verdict.status.status = status;
        (verdict.cannot_tell(), verdict.is_genuine_and_valid())
    };
    for status in Status::ALL {
        let stands = matches!(status, Status::Valid | Status::Unknown);
        assert_eq!(told(*status, IssuerTrust::Trusted), (stands, false), "{status}");
        assert_eq!(told(*status, IssuerTrust::KeyRevoked), (false, false), "{status}");
    }
}

#[test]
fn a_picture_without_a_qr_or_of_another_is_told_so() {
    let white = GrayImage::from_pixel(400, 300, Luma([250]));
    let (verdict, findings) = told(&png(&white));
    assert_eq!((verdict.integrity, findings.kind), (Integrity::CannotTell, Kind::Pictured));
    assert!(verdict.reasons.contains(&Reason::QrNotFound));
    let (verdict, findings) = told(&png(&white)[..60]);
    assert_eq!((verdict.integrity, findings.kind), (Integrity::Unreadable, Kind::Pictured));
    assert!(verdict.reasons.contains(&Reason::PictureUnreadable));
}
