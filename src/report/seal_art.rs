//! The look of a round official seal: a ring, a five-pointed star, the body's name along the ring, its use below the star.
//!
//! The proportions follow the seals of public bodies (42 mm across, a ring of 1.2 mm, a star 14 mm across); whose seal it is,
//! and that of a demonstration, say the texts alone.

use std::f32::consts::{PI, TAU};

use crate::report::fonts::Fonts;
use crate::report::page::{Colour, Face, Paint, Segment};

/// The red of seal paste.
const RED: Colour = Colour(0.80, 0.06, 0.09);

/// Control points this far along the tangent turn four curves into a circle.
const ROUND: f32 = 0.552_285;

/// The name takes up to this much of the circle, in radians.
const ARC: f32 = 1.36 * PI;

/// The words of a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words<'a> {
    /// Along the ring: the body.
    pub ring: &'a str,
    /// Below the star: what the seal is for.
    pub line: &'a str,
    /// Below that, smaller: a number or a remark; may be empty.
    pub foot: &'a str,
}

/// Draws a seal around (`x`, `y`) with an outer radius, all in points.
#[must_use]
pub fn round_seal(fonts: &Fonts, x: f32, y: f32, radius: f32, words: Words<'_>) -> Vec<Paint> {
    let stroke = radius * 0.057;
    let mut paints = vec![
        Paint::Path {
            segments: circle(x, y, radius - stroke / 2.0),
            fill: None,
            stroke: Some((RED, stroke)),
        },
        Paint::Path { segments: star(x, y - radius * 0.03, radius * 0.31), fill: Some(RED), stroke: None },
    ];
    let free = radius - stroke * 1.9;
    let size = along(fonts, &mut paints, [x, y, free], radius * 0.235, words.ring);
    let inner = free - size;
    level(fonts, &mut paints, [x, y, inner], [radius * 0.42, radius * 0.15], words.line);
    // The name leaves the bottom open, so that the foot has the whole width there.
    level(fonts, &mut paints, [x, y, free * 0.9], [radius * 0.64, radius * 0.115], words.foot);
    paints
}

/// Sets a text inside a circle, heads outwards, centred at the top, and gives its size.
fn along(fonts: &Fonts, paints: &mut Vec<Paint>, [x, y, free]: [f32; 3], largest: f32, text: &str) -> f32 {
    let advance = |character| fonts.advance(character).unwrap_or(1.0);
    let wide: f32 = text.chars().map(advance).sum();
    // The size at which the letters, half as much again apart, fill the arc at the height of their middle.
    let size = largest.min(free * ARC / (wide.max(1.0) * 1.12 + ARC / 2.0));
    let base = free - size * 0.88;
    let middle = free - size / 2.0;
    let turn = (ARC / wide.max(1.0)).min(size * 1.5 / middle);
    let mut angle = -wide * turn / 2.0;
    for character in text.chars() {
        let width = advance(character);
        let at = angle + width * turn / 2.0;
        let (across, up) = at.sin_cos();
        let back = width * size / 2.0;
        paints.push(Paint::Text {
            x: x + base * across - up * back,
            y: y - base * up - across * back,
            size,
            face: Face::Body,
            colour: RED,
            spacing: 0.0,
            turn: -at.to_degrees(),
            text: character.into(),
        });
        angle += width * turn;
    }
    size
}

/// Sets a text level and centred, its middle `below` the centre, no wider than the circle is there.
fn level(
    fonts: &Fonts,
    paints: &mut Vec<Paint>,
    [x, y, inner]: [f32; 3],
    [below, largest]: [f32; 2],
    text: &str,
) {
    if text.is_empty() {
        return;
    }
    let wide = fonts.width(1.0, 0.0, text);
    let low = below + largest / 2.0;
    let room = 2.0 * (inner * inner - low * low).max(0.0).sqrt();
    let size = largest.min(room / wide);
    paints.push(Paint::Text {
        x: x - wide * size / 2.0,
        y: y + below + size * 0.36,
        size,
        face: Face::Body,
        colour: RED,
        spacing: 0.0,
        turn: 0.0,
        text: text.to_owned(),
    });
}

fn circle(x: f32, y: f32, radius: f32) -> Vec<Segment> {
    let (r, k) = (radius, radius * ROUND);
    vec![
        Segment::Move(x + r, y),
        Segment::Curve(x + r, y + k, x + k, y + r, x, y + r),
        Segment::Curve(x - k, y + r, x - r, y + k, x - r, y),
        Segment::Curve(x - r, y - k, x - k, y - r, x, y - r),
        Segment::Curve(x + k, y - r, x + r, y - k, x + r, y),
        Segment::Close,
    ]
}

/// Ten corners, by turns on the outer circle and on the one that the star's own lines cross at.
fn star(x: f32, y: f32, radius: f32) -> Vec<Segment> {
    let corner = |at: u8| {
        let reach = if at.is_multiple_of(2) { radius } else { radius * 0.381_966 };
        let (sine, cosine) = (f32::from(at) * TAU / 10.0).sin_cos();
        (x + reach * sine, y - reach * cosine)
    };
    let (top_x, top_y) = corner(0);
    let mut segments = vec![Segment::Move(top_x, top_y)];
    segments.extend((1..10).map(corner).map(|(x, y)| Segment::Line(x, y)));
    segments.push(Segment::Close);
    segments
}
