//! Sizes, colours and styles, read from `report-templates/page.toml`.

use serde::Deserialize;

use crate::report::Error;
use crate::report::page::{Colour, Face};

const TEXT: &str = include_str!("../../report-templates/page.toml");
const NAME: &str = "page.toml";

/// Everything about the page that is not words.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct Geometry {
    pub(in crate::report) page: PageBox,
    pub(in crate::report) colour: Colours,
    pub(in crate::report) table: TableLook,
    pub(in crate::report) front: Front,
    pub(in crate::report) seal: SealPlace,
    pub(in crate::report) list: ListLook,
    pub(in crate::report) second: Second,
    pub(in crate::report) style: Styles,
}

/// The page and its margins.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct PageBox {
    pub(in crate::report) width: f32,
    pub(in crate::report) height: f32,
    pub(in crate::report) left: f32,
    pub(in crate::report) right: f32,
    pub(in crate::report) top: f32,
    pub(in crate::report) bottom: f32,
    pub(in crate::report) header: f32,
    pub(in crate::report) footer: f32,
}

impl PageBox {
    /// Width between the margins.
    pub(in crate::report) fn measure(&self) -> f32 {
        self.width - self.left - self.right
    }

    /// Where content ends.
    pub(in crate::report) fn floor(&self) -> f32 {
        self.height - self.bottom
    }
}

/// The colours.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct Colours {
    ink: [f32; 3],
    soft: [f32; 3],
    rule: [f32; 3],
    shade: [f32; 3],
}

impl Colours {
    pub(in crate::report) fn ink(&self) -> Colour {
        colour(self.ink)
    }

    pub(in crate::report) fn rule(&self) -> Colour {
        colour(self.rule)
    }

    pub(in crate::report) fn shade(&self) -> Colour {
        colour(self.shade)
    }

    pub(in crate::report) fn of(&self, style: &Style) -> Colour {
        colour(if style.soft { self.soft } else { self.ink })
    }
}

fn colour([red, green, blue]: [f32; 3]) -> Colour {
    Colour(red, green, blue)
}

/// How tables look.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct TableLook {
    pub(in crate::report) line: f32,
    pub(in crate::report) across: f32,
    pub(in crate::report) down: f32,
    pub(in crate::report) whole: usize,
    pub(in crate::report) opening: f32,
}

/// How the second language of an edition differs from the first.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct Second {
    size: f32,
    leading: f32,
    title: f32,
}

/// The frame at the top of the first page.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct Front {
    /// The part of its width, but for the QR, that the report's own facts take.
    pub(in crate::report) facts: f32,
    pub(in crate::report) inset: f32,
    pub(in crate::report) qr: f32,
}

/// The seal.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct SealPlace {
    /// Its diameter.
    pub(in crate::report) size: f32,
    /// Width of the column in which name, day and seal are centred.
    pub(in crate::report) width: f32,
    /// Height of the middle of the name, from the seal's upper edge, in diameters.
    pub(in crate::report) name: f32,
    /// Height of the middle of the day, likewise.
    pub(in crate::report) day: f32,
    pub(in crate::report) gap: f32,
}

/// How lists look.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct ListLook {
    pub(in crate::report) indent: f32,
}

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct Style {
    face: FaceName,
    pub(in crate::report) size: f32,
    pub(in crate::report) leading: f32,
    #[serde(default)]
    pub(in crate::report) before: f32,
    #[serde(default)]
    pub(in crate::report) after: f32,
    #[serde(default)]
    pub(in crate::report) soft: bool,
    #[serde(default)]
    pub(in crate::report) justify: bool,
}

impl Style {
    pub(in crate::report) fn face(&self) -> Face {
        match self.face {
            FaceName::Body => Face::Body,
            FaceName::Bold => Face::Bold,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FaceName {
    Body,
    Bold,
}

/// Makes the struct of styles and a way to look at each of them.
macro_rules! styles {
    ($($name:ident)+) => {
        /// Every style by its name.
        #[derive(Clone, Copy, Debug, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(in crate::report) struct Styles { $(pub(in crate::report) $name: Style,)+ }

        impl Styles {
            fn all(&self) -> impl Iterator<Item = (&'static str, Style)> {
                [$((stringify!($name), self.$name)),+].into_iter()
            }
        }
    };
}

styles! {
    title subtitle heading record body cell label count dense dense_strong dense_small head code small small_label running
    sign statement grid grid_strong grid_many grid_many_strong
}

impl Geometry {
    /// Reads the geometry inside the program.
    pub(in crate::report) fn load() -> Result<Self, Error> {
        Self::parse(TEXT)
    }

    /// Reads a geometry and checks that a page can be laid out by it.
    pub(in crate::report) fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Template { name: NAME, reason };
        let geometry: Self = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        for (name, style) in geometry.style.all() {
            if style.size <= 0.0 || style.leading < style.size * 1.3 {
                return Err(wrong(format!("the leading of {name} is less than 1.3 times its size")));
            }
        }
        let page = &geometry.page;
        let tallest = geometry.style.all().map(|(_, style)| style.leading).fold(0.0, f32::max);
        if page.measure() < geometry.front.qr * 2.0 || page.floor() - page.top < tallest * 10.0 {
            return Err(wrong("the margins leave no room for content".to_owned()));
        }
        if !(0.1..=0.9).contains(&geometry.front.facts) {
            return Err(wrong("the frame has no room for both of its halves".to_owned()));
        }
        // 65 modules of version 12 and a quiet zone of 4 on each side, 0.63 mm each: what a poor scanner still reads.
        if geometry.front.qr < 0.63 / 25.4 * 72.0 * 73.0 {
            return Err(wrong("a module of the QR is smaller than 0.63 mm".to_owned()));
        }
        Ok(geometry)
    }

    /// A style of the title as a voice of an edition uses it: after the first much smaller.
    pub(in crate::report) fn under_title(&self, style: &Style, voice: usize) -> Style {
        let scale = if voice == 0 { 1.0 } else { self.second.title };
        Style {
            size: style.size * scale,
            leading: style.leading * scale,
            face: if voice == 0 { style.face } else { FaceName::Body },
            ..*style
        }
    }

    /// A style as a voice of an edition uses it: after the first a little smaller, and never heavy.
    pub(in crate::report) fn voiced(&self, style: &Style, voice: usize) -> Style {
        if voice == 0 {
            return *style;
        }
        Style {
            face: FaceName::Body,
            size: style.size * self.second.size,
            leading: style.leading * self.second.leading,
            ..*style
        }
    }
}
