//! Pages as pictures, and how the pages of two files look beside each other.

use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use hayro_interpret::InterpreterSettings;

use super::document::{Document, Seen};
use super::grey::{Eye, Grey};
use super::picture;
use super::words::likeness;
use crate::rules::PageDifference;

/// Dots to the inch at which pages are compared.
const COMPARED_AT: f32 = 100.0;

/// Dots to the inch at which a page is searched for a QR code.
const SEARCHED_AT: f32 = 150.0;

/// Points to the inch.
const POINTS: f32 = 72.0;

/// A page is drawn no larger than this, in dots.
const LARGEST: f32 = 8_000_000.0;

/// So many pages are drawn to be compared; words are compared on all.
const MOST_PAGES: usize = 40;

/// So many pages are shown side by side.
const MOST_SHOWN: usize = 6;

/// So many pages are searched for a QR code: ours stands on the first.
const SEARCHED: usize = 3;

/// A page looks the same below this share and without a place that differs.
const SAME: f32 = 0.002;

/// Draws pages of one file.
pub(super) struct Drawer<'a> {
    document: &'a Document,
    cache: RenderCache<'a>,
}

impl<'a> Drawer<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, cache: RenderCache::new() }
    }

    /// A page in shades of grey; `None` where there is none or it has no size.
    fn draw(&self, page: usize, dots_to_the_inch: f32) -> Option<Grey> {
        let page = self.document.pdf.pages().get(page)?;
        let (width, height) = page.render_dimensions();
        let scale = dots_to_the_inch / POINTS;
        let scale = scale.min((LARGEST / (width * height)).sqrt());
        let sane = |side: f32| (1.0..30_000.0).contains(&(side * scale));
        if !sane(width) || !sane(height) {
            return None;
        }
        let size = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let settings = (InterpreterSettings::default(), RenderSettings::default());
        let drawn = render(page, &self.cache, &settings.0, &settings.1, &size);
        let (width, height) = (usize::from(drawn.width()), usize::from(drawn.height()));
        // Luminance (ITU-R BT.601) of dots on white: nothing is transparent.
        let grey = |dot: &[u8]| {
            let sum = 299 * u32::from(dot[0]) + 587 * u32::from(dot[1]) + 114 * u32::from(dot[2]);
            u8::try_from(sum / 1000).unwrap_or(u8::MAX)
        };
        let dots = drawn.data_as_u8_slice().chunks_exact(4).map(grey).collect();
        Some(Grey { width, height, dots })
    }

    /// A page as it is compared; `None` also for those after the last that is.
    pub(super) fn compared(&self, page: usize) -> Option<Grey> {
        (page < MOST_PAGES).then(|| self.draw(page, COMPARED_AT))?
    }

    /// The texts of the QR codes on the first pages.
    pub(super) fn qr_texts(&self) -> Vec<String> {
        let pages = self.document.pages.iter().enumerate().take(SEARCHED);
        let pages = pages.filter(|(_, page)| page.images > 0 || page.drawn);
        let mut texts = pages.map(|(at, page)| {
            let drawn = self.draw(at, SEARCHED_AT);
            drawn.map_or_else(Vec::new, |drawn| picture::texts(&drawn, page.images == 0))
        });
        texts.find(|texts| !texts.is_empty()).unwrap_or_default()
    }
}

/// The page of the report that each page of the brought file is, by its words.
pub(super) fn matches(issued: &[Seen], brought: &[Seen]) -> Vec<Option<usize>> {
    let mut free: Vec<bool> = vec![true; issued.len()];
    let mut best = |page: &Seen, at: usize| {
        // The same place is tried first, so that ordinary files cost one comparison a page.
        let order = std::iter::once(at).chain((0..issued.len()).filter(|&other| other != at));
        let mut chosen: Option<(usize, usize)> = None;
        for other in order.filter(|&other| free.get(other) == Some(&true)) {
            let (same, all) = likeness(&issued[other], page);
            if chosen.is_none_or(|(_, most)| same > most) && (same * 3 > all || (all == 0 && other == at)) {
                chosen = Some((other, same));
                if same * 10 >= all * 9 {
                    break;
                }
            }
        }
        let (chosen, _) = chosen?;
        free[chosen] = false;
        Some(chosen)
    };
    brought.iter().enumerate().map(|(at, page)| best(page, at)).collect()
}

/// Draws matching pages of both files and tells which look different; and of each page, whether it was drawn and looks the same.
pub(super) fn differences(
    issued: &Document,
    brought: &Document,
    matches: &[Option<usize>],
    eye: Eye,
) -> (Vec<PageDifference>, Vec<Option<bool>>) {
    let (one, two) = (Drawer::new(issued), Drawer::new(brought));
    let mut found = Vec::new();
    let mut alike = vec![None; matches.len()];
    let pairs = matches.iter().enumerate().filter_map(|(page, issued)| Some((page, (*issued)?)));
    for (page, issued_page) in pairs.take(MOST_PAGES) {
        let (Some(was), Some(now)) = (one.draw(issued_page, COMPARED_AT), two.draw(page, COMPARED_AT)) else {
            continue;
        };
        let difference = was.compare(&now, eye, &words(&issued.pages[issued_page]));
        // Specks all over a page that another program wrote are its own way to draw.
        let alike_enough = eye == Eye::Forgiving || difference.share < SAME;
        let same = alike_enough && difference.boxes.is_empty();
        alike[page] = Some(same);
        if same {
            continue;
        }
        let shown = found.len() < MOST_SHOWN;
        found.push(PageDifference {
            page: number(page),
            issued_page: number(issued_page),
            share: difference.share,
            brought: now.framed(&difference.boxes).filter(|_| shown),
            issued: was.framed(&difference.boxes).filter(|_| shown),
            boxes: difference.boxes.iter().map(|it| it.map(points)).collect(),
        });
    }
    (found, alike)
}

/// The places of the characters of a page in dots. Those under or beside a seal or note have ink of it, and are compared with it.
fn words(page: &Seen) -> Vec<[f32; 4]> {
    let notes: Vec<[f32; 4]> = page.notes.iter().map(|note| note.area(page.height)).collect();
    let edge = 2.0;
    let alone = |[left, top, right, bottom]: &[f32; 4]| {
        let apart = |it: &[f32; 4]| {
            it[0] > right + edge || it[2] < left - edge || it[1] > bottom + edge || it[3] < top - edge
        };
        notes.iter().all(apart)
    };
    let marks = page.glyphs.iter().filter_map(|glyph| glyph.mark.as_ref()).filter(|mark| mark.ink > 0.0);
    marks.map(|mark| mark.area).filter(alone).map(|area| area.map(dots)).collect()
}

/// Points in dots of a compared page.
pub(super) fn dots(points: f32) -> f32 {
    points * COMPARED_AT / POINTS
}

/// Dots of a compared page in points, to a tenth.
#[expect(clippy::cast_precision_loss, reason = "a place on a page of at most some thousand dots")]
fn points(dots: usize) -> f32 {
    (dots as f32 * POINTS / COMPARED_AT * 10.0).round() / 10.0
}

/// The number of a page, from 1.
pub(super) fn number(page: usize) -> u32 {
    u32::try_from(page + 1).unwrap_or(u32::MAX)
}
