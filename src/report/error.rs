//! Why a report cannot be drawn.

/// Why a report cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No font of the program has a glyph for a character, and an empty box is never printed in its place.
    #[error("no font has the character {character:?} (U+{:04X})", u32::from(*.character))]
    NoGlyph {
        /// The character.
        character: char,
    },
    /// A font inside the program cannot be read: the program was built wrongly.
    #[error("the font {name} cannot be read")]
    Font {
        /// Its file name.
        name: &'static str,
    },
}
