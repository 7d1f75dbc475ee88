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
    /// A template, its geometry or a sample is wrong: the program was built wrongly.
    #[error("{name}: {reason}")]
    Template {
        /// Its file name.
        name: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A layout that cannot be written: a fault of the program, not of its input.
    #[error("the pages are laid out wrongly: {reason}")]
    Sheet {
        /// What is wrong.
        reason: &'static str,
    },
    /// A file that this room did not write.
    #[error("the file is not one that was written here")]
    NotWritten,
    /// A signature is longer than the room left for it.
    #[error("the signature has {length} bytes, but there is room for {room}")]
    SignatureTooLong {
        /// Bytes of the signature.
        length: usize,
        /// Bytes of the room.
        room: usize,
    },
    /// A text is too long for a QR code that paper carries well.
    #[error("a text of {length} bytes does not fit into a QR code of version 12")]
    QrTooLong {
        /// Bytes of the text.
        length: usize,
    },
}
