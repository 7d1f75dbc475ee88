//! Which internet addresses belong to everybody, and which to a network of somebody's own.
//!
//! What others ask us to call must never lead into our own network. An address that is not known to be public is not.
//! Sources: the IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890), as of 2026-11.

/// Ranges of IPv4 that are not public: first octets, and how many bits of them count.
const NOT_PUBLIC_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),       // this network (RFC 791)
    ([10, 0, 0, 0], 8),      // private (RFC 1918)
    ([100, 64, 0, 0], 10),   // shared by a carrier (RFC 6598)
    ([127, 0, 0, 0], 8),     // loopback (RFC 1122)
    ([169, 254, 0, 0], 16),  // link-local, and the metadata of cloud machines (RFC 3927)
    ([172, 16, 0, 0], 12),   // private (RFC 1918)
    ([192, 0, 0, 0], 24),    // protocol assignments (RFC 6890)
    ([192, 0, 2, 0], 24),    // documentation (RFC 5737)
    ([192, 31, 196, 0], 24), // AS112 (RFC 7535)
    ([192, 52, 193, 0], 24), // AMT (RFC 7450)
    ([192, 88, 99, 0], 24),  // 6to4 relays, given up (RFC 7526)
    ([192, 168, 0, 0], 16),  // private (RFC 1918)
    ([192, 175, 48, 0], 24), // AS112 (RFC 7534)
    ([198, 18, 0, 0], 15),   // benchmarks (RFC 2544)
    ([198, 51, 100, 0], 24), // documentation (RFC 5737)
    ([203, 0, 113, 0], 24),  // documentation (RFC 5737)
    ([224, 0, 0, 0], 3),     // multicast, reserved and broadcast (RFC 5771, RFC 1112)
];

/// Ranges within the public ones of IPv6 that are not public.
const NOT_PUBLIC_V6: &[([u8; 6], u32)] = &[
    ([0x20, 0x01, 0, 0, 0, 0], 23), // protocol assignments, Teredo among them (RFC 2928)
    ([0x20, 0x01, 0x0d, 0xb8, 0, 0], 32), // documentation (RFC 3849)
    ([0x20, 0x02, 0, 0, 0, 0], 16), // 6to4: any IPv4 address inside (RFC 3056)
    ([0x26, 0x20, 0, 0x4f, 0x80, 0], 48), // AS112 (RFC 7534)
    ([0x3f, 0xfe, 0, 0, 0, 0], 16), // 6bone, given back (RFC 3701)
    ([0x3f, 0xff, 0, 0, 0, 0], 20), // documentation (RFC 9637)
];

/// Whether a host name is one that never has an address, so that nobody need be asked: `invalid` and whatever ends in it
/// (RFC 6761 section 6.4).
#[must_use]
pub fn is_invalid_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("invalid"))
}

/// Whether an address of IPv4 is public.
#[must_use]
pub fn is_public_v4(address: [u8; 4]) -> bool {
    !NOT_PUBLIC_V4.iter().any(|(range, bits)| shares(&address, range, *bits))
}

/// Whether an address of IPv6 is public: a global unicast address (`2000::/3`, RFC 4291) of no special use. One that stands for
/// an address of IPv4 – mapped, compatible, translated – is not, whatever it stands for.
#[must_use]
pub fn is_public_v6(address: [u8; 16]) -> bool {
    let global = address[0] >> 5 == 0b001;
    global && !NOT_PUBLIC_V6.iter().any(|(range, bits)| shares(&address, range, *bits))
}

/// Whether the first bits of an address are those of a range.
fn shares(address: &[u8], range: &[u8], bits: u32) -> bool {
    let mut left = bits;
    for (one, other) in address.iter().zip(range) {
        let here = left.min(8);
        let mask = u8::try_from(0xff00_u32 >> here & 0xff).unwrap_or(0xff);
        if one & mask != other & mask {
            return false;
        }
        left -= here;
    }
    left == 0
}
