//! Takes down what a reader of PDF draws on a page: characters, where they stand and how they are drawn.

use std::collections::HashMap;

use hayro_interpret::font::{Glyph as Drawn, GlyphIdentifier, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, ParamCurveMoments as _, Point, Rect, Shape as _};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
};

use super::document::{Glyph, Seen};
use super::twins::plain;

/// Among so many characters before it, one is searched for that stands in the same place.
const SAME_RUN: usize = 200;

/// So many outlines of a page are measured.
const MOST_OUTLINES: usize = 20_000;

/// So many areas and images of a page are remembered.
pub(super) const MOST_PAINTED: usize = 1000;

/// Outlines whose measures differ by no more than this are the same, in thousandths of an em.
const SAME_OUTLINE: f32 = 6.0;

/// How a character is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Left, top, right, bottom of its ink, in points from the upper left corner of the page.
    pub(super) area: [f32; 4],
    /// How much ink it takes, in square points of black.
    pub(super) ink: f32,
    /// Its form.
    pub(super) form: Form,
}

/// The measures of an outline, by which it is told from those of other characters: its four sides, the root of its area, the centre
/// of its area and how far that spreads; in thousandths of an em.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Form([f32; 9]);

impl Form {
    #[expect(clippy::cast_possible_truncation, reason = "measures of a few thousand units")]
    fn of(outline: &BezPath) -> Self {
        let sides = outline.bounding_box();
        let (area, moments) = (outline.area(), outline.moments());
        let by = if area.abs() < 1.0 { 1.0 } else { area };
        let spread = |moment: f64| (moment / by).abs().sqrt();
        let measures = [
            sides.x0,
            sides.y0,
            sides.x1,
            sides.y1,
            area.abs().sqrt(),
            moments.moment_x / by,
            moments.moment_y / by,
            spread(moments.moment_xx),
            spread(moments.moment_yy),
        ];
        Self(measures.map(|measure| measure as f32))
    }

    /// Whether this is the outline of the same character in the same font.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| (a - b).abs() <= SAME_OUTLINE)
    }

    /// The area, in square thousandths of an em.
    fn area(&self) -> f32 {
        self.0[4] * self.0[4]
    }
}

/// Takes down the characters of a page and counts its images.
pub(super) struct Reader {
    seen: Seen,
    most: usize,
    nested: usize,
    deepest: usize,
    forms: HashMap<GlyphIdentifier, Form>,
}

impl Reader {
    /// A reader of one page that reads so many characters.
    pub(super) fn new(most: usize) -> Self {
        Self { seen: Seen::default(), most, nested: 0, deepest: 0, forms: HashMap::new() }
    }

    /// What it has read, and how many forms and clips lie within each other.
    pub(super) fn read(self) -> (Seen, usize) {
        (self.seen, self.deepest)
    }

    /// Takes down that something was painted that is no character.
    #[expect(clippy::cast_possible_truncation, reason = "places on a page")]
    fn paint(&mut self, place: Rect) {
        if self.seen.painted.len() < MOST_PAINTED {
            let sides = [place.x0, place.y0, place.x1, place.y1].map(|side| side as f32);
            self.seen.painted.push((self.seen.glyphs.len(), sides));
        }
    }

    /// How a character is drawn in its place; `None` for one without an outline.
    #[expect(clippy::cast_possible_truncation, reason = "places on a page")]
    fn mark(&mut self, glyph: &Drawn<'_>, place: Affine, paint: &Paint<'_>) -> Option<Mark> {
        let Drawn::Outline(outline) = glyph else { return None };
        let known = outline.identifier();
        let form = match self.forms.get(&known) {
            Some(form) => *form,
            None if self.forms.len() == MOST_OUTLINES => return None,
            None => *self.forms.entry(known).or_insert_with(|| Form::of(&outline.outline())),
        };
        let [x0, y0, x1, y1] = [form.0[0], form.0[1], form.0[2], form.0[3]].map(f64::from);
        let area = place.transform_rect_bbox(Rect::new(x0, y0, x1, y1));
        let black = match paint {
            Paint::Color(color) => 1.0 - lightness(color.to_rgba().to_rgba8()),
            Paint::Pattern(_) => 1.0,
        };
        Some(Mark {
            area: [area.x0, area.y0, area.x1, area.y1].map(|side| side as f32),
            ink: form.area() * place.determinant().abs() as f32 * black,
            form,
        })
    }
}

/// How light a colour is on white paper, from 0 for black to 1.
fn lightness([red, green, blue, cover]: [u8; 4]) -> f32 {
    let light = (0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)) / 255.0;
    1.0 - (1.0 - light) * f32::from(cover) / 255.0
}

impl<'a> Device<'a> for Reader {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.seen.drawn = true;
        let wide = match mode {
            DrawMode::Fill(_) | DrawMode::Invisible => 0.0,
            DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) => {
                f64::from(stroke.line_width) / 2.0
            }
        };
        let place = path.bounding_box().inflate(wide, wide);
        self.paint(props.transform.transform_rect_bbox(place));
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.nested += 1;
        self.deepest = self.deepest.max(self.nested);
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let clear = matches!(&props.paint, Paint::Color(color) if color.to_rgba().to_rgba8()[3] == 0);
        if clear || matches!(mode, DrawMode::Invisible) {
            return;
        }
        for glyph in run.glyphs() {
            if self.seen.glyphs.len() >= self.most {
                return;
            }
            let place: Affine = props.transform * glyph.transform();
            let Point { x, y } = place * Point::ORIGIN;
            let text = match glyph.as_unicode() {
                Some(BfString::Char(one)) => plain(one).to_string(),
                Some(BfString::String(text)) => text.chars().map(plain).collect(),
                None => String::new(),
            };
            // A bold character may be drawn twice in one place, its area and its edge.
            let mut near = self.seen.glyphs.iter().rev().take(SAME_RUN);
            let again = near.any(|it| it.text == text && (it.x - x).abs() < 0.1 && (it.y - y).abs() < 0.1);
            if !again {
                let mark = self.mark(glyph, place, &props.paint);
                self.seen.glyphs.push(Glyph { x, y, text, mark });
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.seen.images += 1;
        let size = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        self.paint(props.transform.transform_rect_bbox(size));
    }

    fn pop_clip(&mut self) {
        self.nested = self.nested.saturating_sub(1);
    }

    fn pop_transparency_group(&mut self) {}
}
