//! Pictures in shades of grey, and what is done to them: scaling, sharpening, comparing, framing.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};

use crate::rules::Png;

/// Dots darker than this are ink.
const INK: u8 = 140;

/// Dots lighter than this are paper, for a forgiving eye.
const PAPER: u8 = 215;

/// Pages are compared in squares of so many dots.
const SQUARE: usize = 8;

/// So many dots of a square must differ; fewer are the work of another renderer.
const MANY: u32 = 6;

/// So many where another program wrote the page anew, and made strokes heavier.
const MANY_ANEW: u32 = 10;

/// A character of which so many dots are gone or new is another one. Cairo, Ghostscript, mutool and Chromium leave or add 6.
const MANY_OF_ONE: u32 = 8;

/// A character that has less than this share of its ink is covered; drawn by these programs, hyphens have 0.45, others more.
const LEAST_INK: f32 = 0.3;

/// A character with less ink is a speck, in dots of black.
const SPECK: f32 = 1.0;

/// Or its mean must: shading, or a cover in a light colour.
const SHADE: u64 = 24;

/// What is no larger than this, in dots, may be a character.
const LARGE: usize = 40;

/// So many places are told.
const MOST_BOXES: usize = 50;

/// A picture, row by row; 0 is black.
#[derive(Clone)]
pub(super) struct Grey {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) dots: Vec<u8>,
}

/// How closely two pictures are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Eye {
    /// Both were drawn from what one program wrote.
    Strict,
    /// Another program wrote one of them anew: strokes may be heavier, and everything may stand a part of a dot aside.
    Forgiving,
}

/// How two pictures differ.
pub(super) struct Difference {
    /// The share of the ink of both that has no counterpart within a dot.
    pub(super) share: f32,
    /// Left, top, right, bottom in dots.
    pub(super) boxes: Vec<[usize; 4]>,
}

impl Grey {
    /// A dot; those outside are white.
    fn at(&self, x: usize, y: usize) -> u8 {
        if x < self.width && y < self.height { self.dots[y * self.width + x] } else { 255 }
    }

    /// Whether a dot or one beside it is darker than this.
    fn is_near(&self, x: usize, y: usize, shade: u8) -> bool {
        let around = |at: usize| at.saturating_sub(1)..=at + 1;
        around(y).any(|y| around(x).any(|x| self.at(x, y) < shade))
    }

    /// A part of it; what lies outside is left out.
    pub(super) fn part(&self, [left, top, right, bottom]: [usize; 4]) -> Self {
        let (right, bottom) = (right.min(self.width), bottom.min(self.height));
        let rows = top.min(bottom)..bottom;
        let height = rows.len();
        let dots = rows.flat_map(|y| &self.dots[y * self.width + left.min(right)..y * self.width + right]);
        Self { dots: dots.copied().collect(), width: right - left.min(right), height }
    }

    /// Half as large, four dots to one.
    pub(super) fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut dots = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let four = [(0, 0), (1, 0), (0, 1), (1, 1)];
                let sum: u32 =
                    four.iter().map(|(right, down)| u32::from(self.at(2 * x + right, 2 * y + down))).sum();
                dots.push(u8::try_from(sum / 4).unwrap_or(u8::MAX));
            }
        }
        Self { width, height, dots }
    }

    /// Made larger or smaller by so many quarters, between the dots by proportion.
    pub(super) fn scaled(&self, quarters: usize) -> Self {
        let (width, height) = (self.width * quarters / 4, self.height * quarters / 4);
        let mut dots = Vec::with_capacity(width * height);
        // In 256ths of a dot.
        let step = 1024 / quarters.max(1);
        for y in 0..height {
            let (row, down) = (y * step / 256, y * step % 256);
            let next = (row + 1).min(self.height - 1);
            let (upper, lower) = (&self.dots[row * self.width..], &self.dots[next * self.width..]);
            for x in 0..width {
                let (column, right) = (x * step / 256, x * step % 256);
                let after = (column + 1).min(self.width - 1);
                let mix =
                    |row: &[u8]| usize::from(row[column]) * (256 - right) + usize::from(row[after]) * right;
                let dot = (mix(upper) * (256 - down) + mix(lower) * down) >> 16;
                dots.push(u8::try_from(dot).unwrap_or(u8::MAX));
            }
        }
        Self { width, height, dots }
    }

    /// Each dot less the mean around it, so many times added to it: edges come out.
    pub(super) fn sharpened(&self, reach: usize, times: i32) -> Self {
        let mean = self.smoothed(reach).turned().smoothed(reach).turned();
        let dots = self.dots.iter().zip(&mean.dots).map(|(&dot, &mean)| {
            let (dot, mean) = (i32::from(dot), i32::from(mean));
            u8::try_from((dot + times * (dot - mean)).clamp(0, 255)).unwrap_or(0)
        });
        Self { dots: dots.collect(), ..*self }
    }

    /// The mean of so many dots to either side, along the rows, twice.
    fn smoothed(&self, reach: usize) -> Self {
        let mut dots = self.dots.clone();
        if self.width == 0 {
            return self.clone();
        }
        for row in dots.chunks_mut(self.width) {
            for _ in 0..2 {
                let before = row.to_vec();
                let last = before.len() - 1;
                let at = |at: isize| u32::from(before[at.clamp(0, last.cast_signed()).cast_unsigned()]);
                let reach = reach.cast_signed();
                let mut sum: u32 = (-reach..=reach).map(at).sum();
                let count = u32::try_from(2 * reach + 1).unwrap_or(1);
                for (x, dot) in row.iter_mut().enumerate() {
                    *dot = u8::try_from(sum / count).unwrap_or(u8::MAX);
                    let x = x.cast_signed();
                    sum = sum + at(x + reach + 1) - at(x - reach);
                }
            }
        }
        Self { dots, ..*self }
    }

    /// Rows become columns.
    fn turned(&self) -> Self {
        let columns = (0..self.width).flat_map(|x| (0..self.height).map(move |y| (x, y)));
        let dots = columns.map(|(x, y)| self.dots[y * self.width + x]).collect();
        Self { width: self.height, height: self.width, dots }
    }

    /// Compares it with another picture of about the same size; `words` are the places of its characters, in dots.
    pub(super) fn compare(&self, other: &Self, eye: Eye, words: &[[f32; 4]]) -> Difference {
        let (width, height) = (self.width.max(other.width), self.height.max(other.height));
        let (across, down) = (width.div_ceil(SQUARE), height.div_ceil(SQUARE));
        // A line that lies between two rows of dots is ink in neither.
        let counterpart = if eye == Eye::Strict { INK } else { PAPER };
        let mut squares = vec![(0_u32, 0_u64, 0_u64); across * down];
        let (mut ink, mut alone) = (0_u32, 0_u32);
        for y in 0..height {
            for x in 0..width {
                let (a, b) = (self.at(x, y), other.at(x, y));
                let square = &mut squares[y / SQUARE * across + x / SQUARE];
                // Of heavier strokes the mean is darker, the paper between them is not.
                match eye {
                    Eye::Strict => (square.1, square.2) = (square.1 + u64::from(a), square.2 + u64::from(b)),
                    Eye::Forgiving => {
                        (square.1, square.2) = (square.1.max(u64::from(a)), square.2.max(u64::from(b)));
                    }
                }
                ink += u32::from(a < INK) + u32::from(b < INK);
                let differs = (a < INK && !other.is_near(x, y, counterpart))
                    || (b < INK && !self.is_near(x, y, counterpart));
                alone += u32::from(differs);
                square.0 += u32::from(differs);
            }
        }
        let dots = if eye == Eye::Strict { (SQUARE * SQUARE) as u64 } else { 1 };
        if eye == Eye::Forgiving {
            lightest_around(&mut squares, across);
        }
        let most = if eye == Eye::Strict { MANY } else { MANY_ANEW };
        let differs = squares.iter().map(|&(many, a, b)| many >= most || a.abs_diff(b) / dots >= SHADE);
        let mut differs: Vec<bool> = differs.collect();
        // A forgiving eye sees no small cover in squares that lie anyhow; it looks at each character.
        let lost = words.iter().filter(|place| eye == Eye::Forgiving && self.is_lost(other, **place));
        for [left, top, right, bottom] in lost.map(|place| self.around(*place, 0)) {
            for row in top / SQUARE..bottom.div_ceil(SQUARE).min(down) {
                differs[row * across..][left / SQUARE..right.div_ceil(SQUARE)].fill(true);
            }
        }
        let boxes = joined(differs, across, 2).into_iter().map(|it| it.map(|side| side * SQUARE));
        #[expect(clippy::cast_precision_loss, reason = "a share for people to read")]
        let share = alone as f32 / ink.max(1) as f32;
        Difference { share: share.min(1.0), boxes: boxes.collect() }
    }

    /// How much ink lies in a place, in dots of black.
    ///
    /// So many dots `more` are looked at to each side.
    pub(super) fn ink(&self, area: [f32; 4], more: usize) -> f32 {
        let [left, top, right, bottom] = self.around(area, more);
        let rows = (top..bottom).map(|y| &self.dots[y * self.width + left..y * self.width + right]);
        rows.flatten().map(|&dot| f32::from(255 - dot)).sum::<f32>() / 255.0
    }

    /// The dots of a place, with those that it only touches, and so many more to each side.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "places on a page; saturating"
    )]
    fn around(&self, [left, top, right, bottom]: [f32; 4], more: usize) -> [usize; 4] {
        let upper = |side: f32, most: usize| (side.ceil() as usize).saturating_add(more).min(most);
        let (x1, y1) = (upper(right, self.width), upper(bottom, self.height));
        let lower = |side: f32, most: usize| (side.floor() as usize).saturating_sub(more).min(most);
        [lower(left, x1), lower(top, y1), x1, y1]
    }

    /// Whether a character that stands in this place is not seen in the other picture, or another is. Specks are left out.
    fn is_lost(&self, other: &Self, place: [f32; 4]) -> bool {
        let [left, top, right, bottom] = self.around(place, 1);
        let (mut lost, mut new) = (0, 0);
        for (y, x) in (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x))) {
            lost += u32::from(self.at(x, y) < INK && !other.is_near(x, y, PAPER));
            new += u32::from(other.at(x, y) < INK && !self.is_near(x, y, PAPER));
        }
        let (was, now) = (self.ink(place, 1), other.ink(place, 1));
        lost >= MANY_OF_ONE || new >= MANY_OF_ONE || (was >= SPECK && now < was * LEAST_INK)
    }

    /// Whether there is nothing dark outside of these places but what is larger than a character, as lines and areas are.
    pub(super) fn has_ink_only_in(&self, places: &[[f32; 4]]) -> bool {
        let mut ink: Vec<bool> = self.dots.iter().map(|&dot| dot < PAPER).collect();
        for place in places {
            let [left, top, right, bottom] = self.around(*place, 1);
            for y in top..bottom {
                ink[y * self.width + left..y * self.width + right].fill(false);
            }
        }
        let spots = joined(ink, self.width, 1);
        let large = |[left, top, right, bottom]: &[usize; 4]| right - left > LARGE || bottom - top > LARGE;
        spots.len() < MOST_BOXES && spots.iter().all(large)
    }

    /// As a PNG in colour, with red frames around these places; `None` where it cannot be written.
    pub(super) fn framed(&self, boxes: &[[usize; 4]]) -> Option<Png> {
        let mut rgb: Vec<u8> = self.dots.iter().flat_map(|&dot| [dot; 3]).collect();
        let mut paint = |x: usize, y: usize| {
            if x < self.width && y < self.height {
                rgb[(y * self.width + x) * 3..][..3].copy_from_slice(&[200, 0, 0]);
            }
        };
        for [left, top, right, bottom] in boxes {
            for thick in 2..4 {
                let (left, top) = (left.saturating_sub(thick), top.saturating_sub(thick));
                let (right, bottom) = (right + thick, bottom + thick);
                (left..=right).for_each(|x| [top, bottom].into_iter().for_each(|y| paint(x, y)));
                (top..=bottom).for_each(|y| [left, right].into_iter().for_each(|x| paint(x, y)));
            }
        }
        let mut bytes = Cursor::new(Vec::new());
        let (width, height) = (u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        PngEncoder::new(&mut bytes).write_image(&rgb, width, height, ExtendedColorType::Rgb8).ok()?;
        Some(Png(bytes.into_inner()))
    }
}

/// Puts the lightest shade of each square and those around it into the place of its own: between heavy strokes there may be no
/// paper in a square.
fn lightest_around(squares: &mut [(u32, u64, u64)], across: usize) {
    let before = squares.to_vec();
    for (at, square) in squares.iter_mut().enumerate() {
        let (x, y) = (at % across, at / across);
        for row in y.saturating_sub(1)..=y + 1 {
            for column in x.saturating_sub(1)..=(x + 1).min(across - 1) {
                let Some(&(_, a, b)) = before.get(row * across + column) else { continue };
                (square.1, square.2) = (square.1.max(a), square.2.max(b));
            }
        }
    }
}

/// Neighbouring squares that are marked, put together: left, top, right, bottom in squares, right and bottom not included.
/// `apart` squares to the side still belong together, as characters of one word do.
pub(super) fn joined(mut marked: Vec<bool>, across: usize, apart: usize) -> Vec<[usize; 4]> {
    let mut places = Vec::new();
    for start in 0..marked.len() {
        if !marked[start] || places.len() == MOST_BOXES {
            continue;
        }
        let mut edge = vec![start];
        marked[start] = false;
        let [mut left, mut top, mut right, mut bottom] = [usize::MAX, usize::MAX, 0, 0];
        while let Some(at) = edge.pop() {
            let (x, y) = (at % across, at / across);
            (left, right) = (left.min(x), right.max(x + 1));
            (top, bottom) = (top.min(y), bottom.max(y + 1));
            for other_y in y.saturating_sub(1)..=y + 1 {
                for other_x in x.saturating_sub(apart)..=(x + apart).min(across - 1) {
                    let other = other_y * across + other_x;
                    if marked.get(other) == Some(&true) {
                        marked[other] = false;
                        edge.push(other);
                    }
                }
            }
        }
        places.push([left, top, right, bottom]);
    }
    places
}
