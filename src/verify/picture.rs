//! QR codes in pictures, also in blurred, turned and badly compressed ones.
//!
//! A QR of a report has modules of two or three dots on a page scanned at 150 dpi: too small for a reader of bar codes as it
//! is. So the parts of the picture that are as dark as a QR are enlarged and sharpened in several ways, until one is read.

use std::io::Cursor;

use image::{ImageFormat, ImageReader};
use rqrr::PreparedImage;

use super::grey::Grey;
use crate::rules::Reason;

/// Larger pictures are not unpacked, in dots: a phone takes fifty million.
pub const MOST_DOTS: u64 = 60_000_000;

/// A picture may take so much memory while it is unpacked, in bytes.
const MOST_MEMORY: u64 = 400 << 20;

/// A picture is searched at no more than this many dots.
const ENOUGH: usize = 6_000_000;

/// A place to search is made no larger than this, in dots.
const ENLARGED: usize = 5_000_000;

/// A picture no larger than this, in dots, is also searched closely as a whole.
const WHOLE: usize = 1_000_000;

/// The smallest QR code has so many modules to a side.
const SMALLEST: usize = 21;

/// Of so many dots one is looked at, in each direction, to find a place.
const STEP: usize = 2;

/// So many places are searched closely.
const PLACES: usize = 3;

/// Size in quarters, reach and strength of sharpening, in the order in which they are tried.
const WAYS: &[(usize, usize, i32)] = &[
    (8, 3, 3),
    (12, 4, 4),
    (8, 4, 2),
    (12, 5, 3),
    (10, 3, 4),
    (12, 6, 2),
    (8, 3, 4),
    (6, 2, 3),
    (10, 4, 3),
    (4, 2, 3),
    (14, 6, 4),
    (16, 7, 3),
    (4, 1, 4),
    (3, 1, 2),
    (12, 4, 6),
    (8, 2, 6),
];

/// Whether bytes are a picture that can be read, by how they begin.
pub(super) fn is_picture(bytes: &[u8]) -> bool {
    format(bytes).is_some()
}

fn format(bytes: &[u8]) -> Option<ImageFormat> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(ImageFormat::Png)
    } else {
        bytes.starts_with(b"\xff\xd8\xff").then_some(ImageFormat::Jpeg)
    }
}

/// Unpacks a PNG or JPEG.
pub(super) fn open(bytes: &[u8]) -> Result<Grey, Reason> {
    let format = format(bytes).ok_or(Reason::PictureUnreadable)?;
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let unreadable = |_| Reason::PictureUnreadable;
    let (width, height) = reader().into_dimensions().map_err(unreadable)?;
    if u64::from(width) * u64::from(height) > MOST_DOTS {
        return Err(Reason::LimitReached);
    }
    let mut reader = reader();
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let picture = reader.decode().map_err(unreadable)?.into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Ok(Grey { width, height, dots: picture.into_raw() })
}

/// The texts of the QR codes in a picture. On a page that was `drawn`, paper is white and a QR stands by itself.
pub(super) fn texts(picture: &Grey, drawn: bool) -> Vec<String> {
    let mut picture = picture.clone();
    while picture.dots.len() > ENOUGH {
        picture = picture.halved();
    }
    if picture.width < SMALLEST || picture.height < SMALLEST {
        return Vec::new();
    }
    let found = if drawn { Vec::new() } else { read(&picture) };
    if !found.is_empty() {
        return found;
    }
    for place in dark_places(&picture) {
        let part = picture.part(place);
        let found = if drawn { read(&part) } else { Vec::new() };
        if !found.is_empty() {
            return found;
        }
        for &(quarters, reach, times) in WAYS {
            if part.dots.len() * quarters * quarters / 16 > ENLARGED {
                continue;
            }
            let found = read(&part.scaled(quarters).sharpened(reach, times));
            if !found.is_empty() {
                return found;
            }
        }
    }
    Vec::new()
}

fn read(picture: &Grey) -> Vec<String> {
    let dot = |x: usize, y: usize| picture.dots[y * picture.width + x];
    let mut prepared = PreparedImage::prepare_from_greyscale(picture.width, picture.height, dot);
    let texts = prepared.detect_grids().into_iter().filter_map(|grid| Some(grid.decode().ok()?.1));
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts.dedup();
    texts
}

/// The largest places that are about half dark and not plain, as a QR is and text is not: left, top, right, bottom.
fn dark_places(picture: &Grey) -> Vec<[usize; 4]> {
    let square = (picture.width.max(picture.height) / 90).max(8);
    let (across, down) = (picture.width.div_ceil(square), picture.height.div_ceil(square));
    let paper = white(picture);
    let mut dark: Vec<bool> = Vec::with_capacity(across * down);
    for row in 0..down {
        for column in 0..across {
            let (left, top) = (column * square, row * square);
            let (mut sum, mut count, mut least, mut most) = (0, 0, u8::MAX, 0);
            for y in (top..(top + square).min(picture.height)).step_by(STEP) {
                for x in (left..(left + square).min(picture.width)).step_by(STEP) {
                    let dot = picture.dots[y * picture.width + x];
                    (sum, count) = (sum + usize::from(dot), count + 1);
                    (least, most) = (least.min(dot), most.max(dot));
                }
            }
            let (mean, contrast) = (sum / count.max(1), most.saturating_sub(least));
            dark.push(mean * 100 < paper * 76 && contrast > 50);
        }
    }
    let mut places = super::grey::joined(dark, across, 1);
    places.retain(|[left, top, right, bottom]| right - left >= 3 && bottom - top >= 3);
    places.sort_by_key(|[left, top, right, bottom]| std::cmp::Reverse((right - left) * (bottom - top)));
    places.truncate(PLACES);
    let margin = |at: usize| at.saturating_sub(2) * square;
    let mut places: Vec<_> = places
        .into_iter()
        .map(|[left, top, right, bottom]| {
            [margin(left), margin(top), (right + 2) * square, (bottom + 2) * square]
        })
        .collect();
    if picture.dots.len() < WHOLE {
        // It may be of nothing but the code.
        places.push([0, 0, picture.width, picture.height]);
    }
    places
}

/// The brightness of the paper: a quarter of the dots are brighter or equal.
fn white(picture: &Grey) -> usize {
    let mut counts = [0_usize; 256];
    let looked_at = picture.dots.iter().step_by(7);
    let mut left = looked_at.len() / 4;
    for &dot in looked_at {
        counts[usize::from(dot)] += 1;
    }
    for (shade, count) in counts.iter().enumerate().rev() {
        if *count >= left {
            return shade;
        }
        left -= count;
    }
    255
}
