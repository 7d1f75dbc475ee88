//! What the structure tree must be.

use super::{Belongs, Case, Fault, Paint, is_wide};
use crate::report::page::{Element, ElementId, Role, Scope, Sheet};

/// The roles that an element of a role may lie in; none for the root.
fn homes(role: Role) -> &'static [Role] {
    match role {
        Role::Document => &[],
        Role::Sect => &[Role::Document, Role::Sect],
        Role::H1 => &[Role::Document],
        Role::H2 | Role::H3 | Role::L | Role::Table | Role::Figure | Role::Form => &[Role::Sect],
        Role::P => &[Role::Document, Role::Sect, Role::Th, Role::Td, Role::LBody],
        Role::Li => &[Role::L],
        Role::Lbl | Role::LBody => &[Role::Li],
        Role::THead | Role::TBody => &[Role::Table],
        Role::Tr => &[Role::THead, Role::TBody],
        Role::Th | Role::Td => &[Role::Tr],
        Role::Span => &[Role::H1, Role::H2, Role::H3],
    }
}

fn parent(sheet: &Sheet, element: &Element) -> Option<Role> {
    element.parent.and_then(|parent| sheet.elements.get(parent.0)).map(|parent| parent.role)
}

fn children(sheet: &Sheet, of: usize) -> impl Iterator<Item = (usize, &Element)> {
    let own = move |(_, element): &(usize, &Element)| element.parent == Some(ElementId(of));
    sheet.elements.iter().enumerate().filter(own)
}

pub(super) fn nested(case: &Case<'_>) -> Fault {
    let wrong = case.sheet.elements.iter().find(|element| match parent(case.sheet, element) {
        Some(role) => !homes(element.role).contains(&role),
        None => element.role != Role::Document,
    })?;
    Some(format!("{:?} in {:?}", wrong.role, parent(case.sheet, wrong)))
}

pub(super) fn headings(case: &Case<'_>) -> Fault {
    let level = |element: &Element| match element.role {
        Role::H1 => Some(1),
        Role::H2 => Some(2),
        Role::H3 => Some(3),
        _ => None,
    };
    let levels: Vec<u8> = case.sheet.elements.iter().filter_map(level).collect();
    if levels.first() != Some(&1) || levels.iter().filter(|level| **level == 1).count() != 1 {
        return Some("not one title before all".to_owned());
    }
    let skipped = levels.windows(2).find(|two| two[1] > two[0] + 1)?;
    Some(format!("level {} after level {}", skipped[1], skipped[0]))
}

pub(super) fn tables(case: &Case<'_>) -> Fault {
    let sheet = case.sheet;
    for (table, _) in sheet.elements.iter().enumerate().filter(|(_, element)| element.role == Role::Table) {
        let mut widths = Vec::new();
        for (part, _) in children(sheet, table) {
            for (row, _) in children(sheet, part) {
                let cells: Vec<_> = children(sheet, row).map(|(_, cell)| cell).collect();
                widths.push(cells.iter().map(|cell| cell.column_span).sum::<u16>());
                if let Some(fault) = cells.iter().find_map(|cell| headed(sheet, cell)) {
                    return Some(fault);
                }
            }
        }
        if widths.windows(2).any(|two| two[0] != two[1]) {
            return Some(format!("rows of {widths:?} columns"));
        }
    }
    None
}

/// What is wrong with the headers of a cell.
fn headed(sheet: &Sheet, cell: &Element) -> Fault {
    match cell.role {
        Role::Th => cell.scope.is_none().then(|| "a head cell without scope".to_owned()),
        _ if cell.headers.is_empty() => Some("a data cell without headers".to_owned()),
        _ => {
            let is_head = |id: &ElementId| sheet.elements.get(id.0).is_some_and(|head| head.role == Role::Th);
            (!cell.headers.iter().all(is_head)).then(|| "a header that is no head cell".to_owned())
        }
    }
}

pub(super) fn alternatives(case: &Case<'_>) -> Fault {
    let needs = |element: &&Element| matches!(element.role, Role::Figure | Role::Form);
    let empty = |element: &&Element| element.alt.as_ref().is_none_or(|alt| alt.trim().is_empty());
    let bare = case.sheet.elements.iter().filter(needs).find(empty)?;
    Some(format!("{:?} without a text", bare.role))
}

pub(super) fn filled(case: &Case<'_>) -> Fault {
    let sheet = case.sheet;
    let mut held = vec![false; sheet.elements.len()];
    let mut last: Vec<Option<(usize, f32)>> = vec![None; sheet.elements.len()];
    for (page, drawn) in sheet.pages.iter().enumerate() {
        for mark in &drawn.marks {
            let Belongs::To(id) = mark.belongs else { continue };
            held[id.0] = true;
            if let Paint::Text { y, text, .. } = &mark.paint {
                if last[id.0].is_some_and(|before| before > (page, *y)) {
                    return Some(format!("{text:?} stands above what comes before it"));
                }
                last[id.0] = Some((page, *y));
            }
        }
    }
    held[sheet.seal.element.0] = true;
    for (at, element) in sheet.elements.iter().enumerate().rev() {
        // An empty data cell is an answer too, at the end of a table whose rows hold several things.
        if !held[at] && element.role != Role::Td {
            return Some(format!("{:?} with nothing in it", element.role));
        }
        if let (true, Some(parent)) = (held[at] || element.role == Role::Td, element.parent) {
            held[parent.0] = true;
        }
    }
    let scoped = sheet.elements.iter().filter(|element| element.role != Role::Th && element.scope.is_some());
    scoped.map(|element| format!("{:?} with a scope {:?}", element.role, Scope::Row)).next()
}

/// Every text that is mostly of one language lies in an element of that language.
pub(super) fn languages(case: &Case<'_>) -> Fault {
    let sheet = case.sheet;
    let language = |id: ElementId| {
        let mut at = Some(id);
        while let Some(element) = at.and_then(|id| sheet.elements.get(id.0)) {
            if let Some(lang) = &element.lang {
                return lang.as_str();
            }
            at = element.parent;
        }
        &sheet.lang
    };
    for mark in sheet.pages.iter().flat_map(|page| &page.marks) {
        let (Belongs::To(id), Paint::Text { text, .. }) = (mark.belongs, &mark.paint) else { continue };
        let chinese = text.chars().filter(|c| is_wide(*c)).count();
        let words = text.split_whitespace().filter(|word| word.chars().all(|c| c.is_ascii_lowercase())).count();
        if chinese == 0 && words > 2 && language(id) != "en" {
            return Some(format!("{text:?} is not said to be English"));
        }
    }
    None
}
