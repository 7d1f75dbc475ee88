//! Where things stand on the page.

use std::collections::BTreeMap;

use super::{Belongs, Case, Fault, Paint, Segment};
use crate::report::page::{ElementId, Role};

/// Sums of floats may be off by so many points.
const SLACK: f32 = 0.1;

/// A line of text: page, left, top, right, bottom.
struct Line<'s> {
    page: usize,
    sides: [f32; 4],
    text: &'s str,
    belongs: Belongs,
}

fn lines<'s>(case: &'s Case<'_>) -> Vec<Line<'s>> {
    let fonts = &case.renderer.fonts[case.issue.edition as usize];
    let mut lines = Vec::new();
    for (page, drawn) in case.sheet.pages.iter().enumerate() {
        for mark in &drawn.marks {
            let Paint::Text { x, y, size, spacing, text, .. } = &mark.paint else { continue };
            let right = x + fonts.width(*size, *spacing, text.trim_end()) - spacing;
            // Ink of Chinese lies between these; fonts leave more room above and below than is inked.
            let (top, bottom) = (y - size * 0.8, y + size * 0.05);
            lines.push(Line { page, sides: [*x, top, right, bottom], text, belongs: mark.belongs });
        }
    }
    lines
}

pub(super) fn within(case: &Case<'_>) -> Fault {
    let page = &case.renderer.geometry.page;
    let out = |line: &&Line<'_>| {
        let [left, top, right, bottom] = line.sides;
        let running = line.belongs == Belongs::Pagination;
        let (highest, lowest) = if running { (12.0, page.height - 12.0) } else { (page.top, page.floor()) };
        left < page.left - SLACK
            || right > page.width - page.right + SLACK
            || top < highest - SLACK
            || bottom > lowest + SLACK
    };
    let lines = lines(case);
    let line = lines.iter().find(out)?;
    Some(format!("page {}: {:?} lies at {:?}", line.page + 1, line.text, line.sides))
}

pub(super) fn apart(case: &Case<'_>) -> Fault {
    let lines = lines(case);
    let mut of_page: BTreeMap<usize, Vec<&Line<'_>>> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.text.trim().is_empty()) {
        of_page.entry(line.page).or_default().push(line);
    }
    for (page, mut lines) in of_page {
        lines.sort_by(|one, other| one.sides[1].total_cmp(&other.sides[1]));
        for (at, one) in lines.iter().enumerate() {
            let below = lines[at + 1..].iter().take_while(|other| other.sides[1] < one.sides[3] - SLACK);
            for other in below {
                if other.sides[0] < one.sides[2] - SLACK && one.sides[0] < other.sides[2] - SLACK {
                    return Some(format!("page {}: {:?} on {:?}", page + 1, one.text, other.text));
                }
            }
        }
    }
    None
}

pub(super) fn headed(case: &Case<'_>) -> Fault {
    for (page, drawn) in case.sheet.pages.iter().enumerate() {
        let last = drawn.marks.iter().rev().find_map(|mark| match mark.belongs {
            Belongs::To(element) => Some(case.sheet.elements[element.0].role),
            _ => None,
        });
        match last {
            None => return Some(format!("page {} is empty", page + 1)),
            Some(role @ (Role::H1 | Role::H2 | Role::H3)) => return Some(format!("page {}: {role:?}", page + 1)),
            Some(_) => {}
        }
    }
    None
}

pub(super) fn whole(case: &Case<'_>) -> Fault {
    let elements = &case.sheet.elements;
    let row = |id: ElementId| {
        let mut at = Some(id);
        while let Some(id) = at {
            if elements[id.0].role == Role::Tr {
                return Some(id);
            }
            at = elements[id.0].parent;
        }
        None
    };
    let cell = |id: ElementId| if elements[id.0].role == Role::P { elements[id.0].parent } else { Some(id) };
    let mut rows: BTreeMap<ElementId, (Vec<usize>, BTreeMap<ElementId, usize>)> = BTreeMap::new();
    for line in lines(case) {
        let Belongs::To(id) = line.belongs else { continue };
        let (Some(row), Some(cell)) = (row(id), cell(id)) else { continue };
        let (pages, cells) = rows.entry(row).or_default();
        pages.push(line.page);
        *cells.entry(cell).or_default() += 1;
    }
    let most = case.renderer.geometry.table.whole;
    let cut = rows.values().find(|(pages, cells)| {
        pages.iter().min() != pages.iter().max() && cells.values().all(|lines| *lines <= most)
    })?;
    Some(format!("a row of {:?} lines stands on pages {:?}", cut.1.values().max(), cut.0.iter().max()))
}

/// Draws the QR as a scanner of 150 dpi sees it, and reads it.
pub(super) fn qr(case: &Case<'_>) -> Fault {
    const PIXEL: f32 = 72.0 / 150.0;
    let is_figure = |id: ElementId| case.sheet.elements[id.0].role == Role::Figure;
    let figure = case.sheet.pages.iter().flat_map(|page| &page.marks).find_map(|mark| match &mark.paint {
        Paint::Path { segments, .. } if matches!(mark.belongs, Belongs::To(id) if is_figure(id)) => Some(segments),
        _ => None,
    });
    let Some(segments) = figure else { return Some("there is none".to_owned()) };
    let boxes: Vec<[f32; 4]> = segments.chunks(5).filter_map(rectangle).collect();
    let least = |side: usize| boxes.iter().map(|one| one[side]).fold(f32::MAX, f32::min);
    let most = |side: usize| boxes.iter().map(|one| one[side]).fold(0.0, f32::max);
    let (left, top) = (least(0) - 8.3, least(1) - 8.6);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a page has few pixels")]
    let pixels = |points: f32| (points / PIXEL).ceil().max(0.0) as usize;
    let (wide, tall) = (pixels(most(2) - left + 8.0), pixels(most(3) - top + 8.0));
    let mut ink = vec![0.0_f32; wide * tall];
    for [x, y, right, bottom] in boxes {
        let sides = [x - left, y - top, right - left, bottom - top].map(|side| side / PIXEL);
        for row in pixels(sides[1] * PIXEL).saturating_sub(1)..pixels(sides[3] * PIXEL).min(tall) {
            for column in pixels(sides[0] * PIXEL).saturating_sub(1)..pixels(sides[2] * PIXEL).min(wide) {
                let part = |from: f32, upto: f32, at: usize| {
                    #[expect(clippy::cast_precision_loss, reason = "a page has few pixels")]
                    let at = at as f32;
                    (upto.min(at + 1.0) - from.max(at)).max(0.0)
                };
                ink[row * wide + column] += part(sides[0], sides[2], column) * part(sides[1], sides[3], row);
            }
        }
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
    let grey = |x: usize, y: usize| (255.0 * (1.0 - ink[y * wide + x].min(1.0))) as u8;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide, tall, grey);
    let read = image.detect_grids().first().and_then(|grid| grid.decode().ok());
    match read {
        Some((_, text)) if text == case.issue.qr => None,
        Some((_, text)) => Some(format!("it says {text:?}")),
        None => Some("it cannot be read".to_owned()),
    }
}

/// Left, top, right and bottom of a figure of four corners.
fn rectangle(figure: &[Segment]) -> Option<[f32; 4]> {
    match figure {
        [Segment::Move(left, top), Segment::Line(right, _), Segment::Line(_, bottom), ..] => {
            Some([*left, *top, *right, *bottom])
        }
        _ => None,
    }
}
