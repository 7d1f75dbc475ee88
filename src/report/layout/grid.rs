//! The lines and shades of the part of a table on one page; what continues from row to row is drawn once.

use super::rectangle;
use crate::report::page::Segment;

/// Two heights are the same if no further apart than this, in points.
const SAME: f32 = 0.01;

/// A box or an upright line: left, right, top, bottom.
type Sides = [f32; 4];

/// Lines and shades of a table on one page.
#[derive(Default)]
pub(super) struct Grid {
    /// Where its shades come among the marks of the page.
    pub(super) at: usize,
    shades: Vec<Sides>,
    uprights: Vec<Sides>,
    levels: Vec<Sides>,
}

impl Grid {
    /// A grid that begins with a line.
    pub(super) fn begin(at: usize, y: f32, edges: (f32, f32)) -> Self {
        let mut grid = Self { at, ..Self::default() };
        grid.level(y, edges);
        grid
    }

    /// A level line.
    pub(super) fn level(&mut self, y: f32, (left, right): (f32, f32)) {
        self.levels.push([left, right, y, y]);
    }

    /// An upright line.
    pub(super) fn upright(&mut self, x: f32, top: f32, bottom: f32) {
        extend(&mut self.uprights, [x, x, top, bottom]);
    }

    /// The shade of a head cell.
    pub(super) fn shade(&mut self, x: f32, top: f32, width: f32, bottom: f32) {
        extend(&mut self.shades, [x, x + width, top, bottom]);
    }

    /// The figures of the shades.
    pub(super) fn shades(&self) -> Vec<Segment> {
        let figure = |[left, right, top, bottom]: &Sides| rectangle(*left, *top, right - left, bottom - top);
        self.shades.iter().flat_map(figure).collect()
    }

    /// The figures of the lines.
    pub(super) fn lines(&self) -> Vec<Segment> {
        let all = self.levels.iter().chain(&self.uprights);
        all.flat_map(|&[left, right, top, bottom]| [Segment::Move(left, top), Segment::Line(right, bottom)])
            .collect()
    }
}

/// Adds a box, or lets the one right above it grow.
fn extend(all: &mut Vec<Sides>, [left, right, top, bottom]: Sides) {
    let near = |one: f32, other: f32| (one - other).abs() < SAME;
    let above = all.iter_mut().rev().take(16);
    let mut above = above.filter(|one| near(one[0], left) && near(one[1], right) && near(one[3], top));
    match above.next() {
        Some(one) => one[3] = bottom,
        None => all.push([left, right, top, bottom]),
    }
}
