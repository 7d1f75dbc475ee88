//! The sheet that a batch verification ends with, as a document of the same profile as reports: what was found, row by row, with the
//! CSV inside. It carries no facts, no code and no QR, and says on every page that it is no credit report.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fonts::Fonts;
use super::geometry::Geometry;
use super::layout::table::{Cell, Table};
use super::layout::{Align, Flow, ROOT, Text};
use super::page::{Attachment, Belongs, Element, Page, Role, Scope, SealBox, Sheet};
use super::seal_art::{Words, round_seal};
use super::template::Language;
use super::{Edition, Error, Renderer, pdf};
use crate::rules::facts::Issuer;
use crate::rules::{Digest, Instant, Integrity, IssuerTrust, ResultRow, Results, Status};

const TEXT: &str = include_str!("../../report-templates/results.toml");
const NAME: &str = "results.toml";

/// A sheet to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct ResultSheet<'a> {
    /// What was found.
    pub results: &'a Results,
    /// The same as CSV, which travels inside.
    pub csv: &'a [u8],
    /// The digest of the CSV.
    pub digest: Digest,
    /// Who says so.
    pub issuer: &'a Issuer,
}

/// The words of the sheet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Said {
    title: String,
    title_en: String,
    notice: String,
    running: String,
    checked: String,
    tally: String,
    digest: String,
    heading: String,
    page: String,
    attachment: String,
    reason: String,
    seal_alt: String,
    seal_line: String,
    seal_foot: String,
    columns: [f32; 5],
    heads: [String; 5],
    good: String,
    open: String,
    integrity: BTreeMap<Integrity, String>,
    issuer: BTreeMap<IssuerTrust, String>,
    status: BTreeMap<Status, String>,
}

/// A sheet on the desk.
struct Desk<'a> {
    flow: Flow<'a>,
    said: Said,
    sheet: ResultSheet<'a>,
}

impl Renderer {
    /// Draws a sheet of results with so many bytes of room for its signature. The same results give the same bytes.
    pub fn results(&self, sheet: &ResultSheet<'_>, room: usize) -> Result<pdf::Unsigned, Error> {
        pdf::write(&self.results_sheet(sheet)?, &self.fonts[Edition::ZhEn as usize], room)
    }

    /// Lays a sheet of results out.
    pub fn results_sheet(&self, sheet: &ResultSheet<'_>) -> Result<Sheet, Error> {
        lay_out(&self.geometry, &self.fonts[Edition::ZhEn as usize], *sheet)
    }
}

fn lay_out(geometry: &Geometry, fonts: &Fonts, sheet: ResultSheet<'_>) -> Result<Sheet, Error> {
    let said = toml::from_str(TEXT).map_err(|e| Error::Template { name: NAME, reason: e.to_string() })?;
    let mut desk = Desk { flow: Flow::new(fonts, geometry, &[Language::Zh]), said, sheet };
    desk.front()?;
    desk.rows()?;
    let seal = desk.seal()?;
    desk.running()?;
    let Desk { flow, said, sheet } = desk;
    let (width, height) = (geometry.page.width, geometry.page.height);
    Ok(Sheet {
        title: format!("{} {}", said.title, said.title_en),
        author: sheet.issuer.name.zh.clone(),
        subject: said.notice,
        lang: Language::Zh.tag().to_owned(),
        issued_at: sheet.results.checked_at,
        facts_digest: sheet.digest,
        attachment: Attachment {
            name: "results.csv".to_owned(),
            mime: "text/csv".to_owned(),
            description: said.attachment,
            bytes: sheet.csv.to_vec(),
        },
        pages: flow.pages.into_iter().map(|marks| Page { width, height, marks }).collect(),
        elements: flow.elements,
        outline: flow.outline,
        seal,
    })
}

impl Desk<'_> {
    /// Title, notice, time, and how many are what.
    fn front(&mut self) -> Result<(), Error> {
        let styles = self.flow.geometry.style;
        let (results, tally) = (self.sheet.results, self.sheet.results.tally());
        let count = |n: usize| n.to_string();
        let counts = fill(
            &self.said.tally,
            &[
                ("total", &count(results.rows.len())),
                ("good", &count(tally.good)),
                ("bad", &count(tally.bad)),
                ("open", &count(tally.open)),
            ],
        );
        let issuer = &self.sheet.issuer.name;
        let lines = [
            (styles.label, format!("{} {}", issuer.zh, issuer.en)),
            (styles.cell, fill(&self.said.checked, &[("time", &time(results.checked_at))])),
            (styles.cell, counts),
            (styles.small, format!("{} {}", self.said.digest, self.sheet.digest)),
            (styles.body, self.said.notice.clone()),
        ];
        let title = Text::from(self.said.title.as_str());
        self.flow.heading(ROOT, Role::H1, styles.title, &title)?;
        let title = Text::from(self.said.title_en.as_str());
        self.flow.paragraph(ROOT, styles.subtitle, &title)?;
        for (style, text) in lines {
            self.flow.paragraph(ROOT, style, &Text::from(text))?;
        }
        Ok(())
    }

    fn rows(&mut self) -> Result<(), Error> {
        let styles = self.flow.geometry.style;
        let sect = self.flow.open(Role::Sect, ROOT);
        let heading = Text::from(self.said.heading.as_str());
        self.flow.heading(sect, Role::H2, styles.heading, &heading)?;
        let head = |text: &String| Cell::new(&self.flow, styles.head, text.as_str()).head(Scope::Column);
        let heads = self.said.heads.iter().map(head).collect();
        let mut table = Table::begin(&mut self.flow, sect, &self.said.columns, heads, None)?;
        for (at, row) in self.sheet.results.rows.iter().enumerate() {
            let style = if row.genuine_and_valid { styles.dense } else { styles.dense_strong };
            let cells = [
                Cell::new(&self.flow, styles.dense, (at + 1).to_string()),
                Cell::new(&self.flow, styles.dense, self.printed(&row.item)).head(Scope::Row),
                Cell::new(&self.flow, style, self.conclusion(row)),
                Cell::of(
                    &self.flow,
                    about(row).map(|text| (styles.dense, Text::from(self.printed(text)))).collect(),
                ),
                Cell::new(&self.flow, styles.dense, reasons(row)),
            ];
            table.row(&mut self.flow, &cells)?;
        }
        table.end(&mut self.flow);
        Ok(())
    }

    /// The three parts of a verdict in a few words; one where all is well.
    fn conclusion(&self, row: &ResultRow) -> String {
        if row.genuine_and_valid {
            return self.said.good.clone();
        }
        let word = |words: Option<&String>| words.cloned().unwrap_or_default();
        let integrity = word(self.said.integrity.get(&row.integrity));
        // Of a picture that shows a QR of ours, issuer and status are known, and may be what matters.
        let told = row.status != Status::Unknown || row.issuer == IssuerTrust::KeyRevoked;
        let pictured = row.integrity == Integrity::CannotTell && told;
        if row.integrity != Integrity::Intact && !pictured {
            return integrity;
        }
        let parts =
            [integrity, word(self.said.issuer.get(&row.issuer)), word(self.said.status.get(&row.status))];
        let told: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let open =
            if row.cannot_tell && !pictured { format!("{} · ", self.said.open) } else { String::new() };
        open + &told.join(" · ")
    }

    /// A text of somebody else's: what no font has is written as its code point, and never as an empty box.
    fn printed(&self, text: &str) -> String {
        let mut buffer = [0; 4];
        let shown = |c: char| match self.flow.fonts.missing(c.encode_utf8(&mut buffer)) {
            Some(_) => format!("[U+{:04X}]", u32::from(c)),
            None => c.to_string(),
        };
        text.chars().map(shown).collect()
    }

    fn seal(&mut self) -> Result<SealBox, Error> {
        let geometry = self.flow.geometry;
        let (page, place) = (geometry.page, geometry.seal);
        let sect = self.flow.open(Role::Sect, ROOT);
        self.flow.need(place.size + 12.0);
        let (top, left) = (self.flow.y + 8.0, page.width - page.right - place.size);
        let issuer = &self.sheet.issuer.name.zh;
        let names = [("issuer", issuer.as_str()), ("time", &time(self.sheet.results.checked_at))];
        let alt = fill(&self.said.seal_alt, &names);
        let element =
            self.flow.add(Element { alt: Some(alt.clone()), ..Element::new(Role::Form, Some(sect)) });
        let (line, foot) = (&self.said.seal_line, &self.said.seal_foot);
        if let Some(character) = self.flow.fonts.missing(&[issuer.as_str(), line, foot].concat()) {
            return Err(Error::NoGlyph { character });
        }
        let radius = place.size / 2.0;
        let words = Words { ring: issuer, line, foot };
        let paints = round_seal(self.flow.fonts, left + radius, top + radius, radius, words);
        self.flow.y = top + place.size;
        Ok(SealBox {
            page: self.flow.page(),
            place: [left, top, place.size, place.size],
            paints,
            alt,
            element,
            reason: self.said.reason.clone(),
            location: self.sheet.issuer.territory.zh.clone(),
        })
    }

    /// The lines at the head and foot of every page: whose sheet it is, that it is no report, and which page of how many.
    fn running(&mut self) -> Result<(), Error> {
        let geometry = self.flow.geometry;
        let (page, style) = (geometry.page, geometry.style.running);
        let place = |y| (page.left, y, page.measure());
        let (above, below) = (page.header, page.height - page.footer - style.leading);
        let title = fill(&self.said.running, &[("issuer", &self.sheet.issuer.name.zh)]);
        let pages = std::mem::take(&mut self.flow.pages);
        let of = pages.len().to_string();
        for (at, content) in pages.into_iter().enumerate() {
            self.flow.pages.push(Vec::with_capacity(content.len() + 4));
            let this = fill(&self.said.page, &[("page", &(at + 1).to_string()), ("pages", &of)]);
            self.flow.place(place(above), &style, Align::Left, &title, Belongs::Pagination)?;
            self.flow.place(place(below), &style, Align::Centre, &this, Belongs::Pagination)?;
            if let Some(page) = self.flow.pages.last_mut() {
                page.extend(content);
            }
        }
        Ok(())
    }
}

/// The report and whom it is about, one below the other.
fn about(row: &ResultRow) -> impl Iterator<Item = &str> {
    [&row.number, &row.subject].into_iter().filter_map(Option::as_deref)
}

fn reasons(row: &ResultRow) -> String {
    row.reasons.iter().map(|reason| reason.zh()).collect()
}

fn time(at: Instant) -> String {
    let at = at.local();
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// A text with its places filled in.
fn fill(text: &str, places: &[(&str, &str)]) -> String {
    places.iter().fold(text.to_owned(), |text, (name, said)| text.replace(&format!("{{{name}}}"), said))
}
