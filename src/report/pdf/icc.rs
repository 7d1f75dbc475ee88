//! The colour space sRGB (IEC 61966-2-1) as a matrix profile of ICC version 2 (ICC.1:2001-04).

use std::sync::LazyLock;

use crate::report::fonts::tier::{ONCE, deflate};

/// Steps of the tone curve.
const STEPS: u16 = 256;

/// White and the three primaries of sRGB, seen under D50, in 65536ths: X, Y, Z.
const WHITE: [u32; 3] = [0xF6D6, 0x1_0000, 0xD32D];
const RED: [u32; 3] = [0x6FA2, 0x38F5, 0x0390];
const GREEN: [u32; 3] = [0x6299, 0xB785, 0x18DA];
const BLUE: [u32; 3] = [0x24A0, 0x0F84, 0xB6CF];

/// The profile, compressed.
pub(super) fn srgb() -> &'static [u8] {
    static PROFILE: LazyLock<Vec<u8>> = LazyLock::new(|| deflate(&profile(), ONCE));
    &PROFILE
}

/// Header, table of tags, tags: everything big-endian and on multiples of four.
fn profile() -> Vec<u8> {
    let pieces: [(&[&[u8; 4]], Vec<u8>); 7] = [
        (&[b"desc"], description("sRGB IEC61966-2.1")),
        (&[b"cprt"], [b"text\0\0\0\0".as_slice(), b"No copyright, use freely\0"].concat()),
        (&[b"wtpt"], xyz(WHITE)),
        (&[b"rXYZ"], xyz(RED)),
        (&[b"gXYZ"], xyz(GREEN)),
        (&[b"bXYZ"], xyz(BLUE)),
        (&[b"rTRC", b"gTRC", b"bTRC"], curve()),
    ];
    let tags: u32 = 9;
    let mut table = tags.to_be_bytes().to_vec();
    let mut data = Vec::new();
    let start = 128 + 4 + tags * 12;
    for (names, bytes) in &pieces {
        for name in *names {
            table.extend_from_slice(*name);
            table.extend_from_slice(&(start + length(&data)).to_be_bytes());
            table.extend_from_slice(&length(bytes).to_be_bytes());
        }
        data.extend_from_slice(bytes);
        data.resize(data.len().next_multiple_of(4), 0);
    }

    let mut out = Vec::new();
    out.extend_from_slice(&(start + length(&data)).to_be_bytes());
    out.extend_from_slice(&[0; 4]); // no preferred engine
    out.extend_from_slice(&[2, 0x10, 0, 0]); // version 2.1
    out.extend_from_slice(b"mntrRGB XYZ ");
    for part in [2026_u16, 11, 22, 0, 0, 0] {
        out.extend_from_slice(&part.to_be_bytes());
    }
    out.extend_from_slice(b"acsp");
    out.extend_from_slice(&[0; 28]); // platform, flags, device, attributes, perceptual intent
    for part in WHITE {
        out.extend_from_slice(&part.to_be_bytes());
    }
    out.resize(128, 0);
    out.extend_from_slice(&table);
    out.extend_from_slice(&data);
    out
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn xyz(parts: [u32; 3]) -> Vec<u8> {
    [b"XYZ \0\0\0\0".to_vec(), parts.iter().flat_map(|part| part.to_be_bytes()).collect()].concat()
}

/// A text in ASCII, with its Unicode and Macintosh forms left empty.
fn description(text: &str) -> Vec<u8> {
    let mut out = b"desc\0\0\0\0".to_vec();
    out.extend_from_slice(&(length(text.as_bytes()) + 1).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(&[0; 1 + 4 + 4 + 2 + 1 + 67]);
    out
}

/// From coded value to light: a straight part near black, a power of 2.4 above.
fn curve() -> Vec<u8> {
    let mut out = b"curv\0\0\0\0".to_vec();
    out.extend_from_slice(&u32::from(STEPS).to_be_bytes());
    for step in 0..STEPS {
        let coded = f64::from(step) / f64::from(STEPS - 1);
        let light = if coded <= 0.04045 { coded / 12.92 } else { ((coded + 0.055) / 1.055).powf(2.4) };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "light is between 0 and 1"
        )]
        let value = (light * 65535.0).round() as u16;
        out.extend_from_slice(&value.to_be_bytes());
    }
    out
}
