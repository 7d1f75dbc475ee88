//! Which addresses are public: a table by hand, and the whole of each range that is not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mingzheng::flow::webhooks::door::is_public;
use mingzheng::rules::reach::{is_invalid_name, is_public_v4, is_public_v6};
use proptest::prelude::*;

/// Addresses, and whether they are public.
const TABLE: &[(&str, bool)] = &[
    ("1.1.1.1", true),
    ("8.8.8.8", true),
    ("9.255.255.255", true),
    ("11.0.0.0", true),
    ("100.63.255.255", true),
    ("100.128.0.0", true),
    ("172.15.255.255", true),
    ("172.32.0.0", true),
    ("192.167.255.255", true),
    ("192.169.0.0", true),
    ("198.17.255.255", true),
    ("198.20.0.0", true),
    ("223.255.255.255", true),
    ("0.0.0.0", false),
    ("0.1.2.3", false),
    ("10.0.0.0", false),
    ("10.255.255.255", false),
    ("100.64.0.1", false),
    ("100.127.255.255", false),
    ("127.0.0.1", false),
    ("127.255.255.254", false),
    ("169.254.169.254", false),
    ("172.16.0.1", false),
    ("172.31.255.255", false),
    ("192.0.0.170", false),
    ("192.0.2.1", false),
    ("192.88.99.1", false),
    ("192.168.0.1", false),
    ("198.18.0.1", false),
    ("198.19.255.255", false),
    ("198.51.100.7", false),
    ("203.0.113.9", false),
    ("224.0.0.1", false),
    ("239.255.255.255", false),
    ("240.0.0.1", false),
    ("255.255.255.255", false),
    ("2001:4860:4860::8888", true),
    ("2606:4700:4700::1111", true),
    ("2400:3200::1", true),
    ("::", false),
    ("::1", false),
    ("::ffff:8.8.8.8", false),
    ("::ffff:127.0.0.1", false),
    ("::127.0.0.1", false),
    ("64:ff9b::7f00:1", false),
    ("64:ff9b:1::1", false),
    ("100::1", false),
    ("2001::1", false),
    ("2001:db8::1", false),
    ("2002:7f00:1::1", false),
    ("3fff::1", false),
    ("4000::1", false),
    ("fc00::1", false),
    ("fd12:3456::1", false),
    ("fe80::1", false),
    ("fec0::1", false),
    ("ff02::1", false),
];

#[test]
fn the_table_of_addresses_holds() {
    for (text, public) in TABLE {
        assert_eq!(is_public(text.parse().unwrap()), *public, "{text}");
    }
}

#[test]
fn a_name_that_never_has_an_address_ends_in_invalid() {
    for name in ["invalid", "hook.invalid", "a.b.Invalid", "hook.INVALID."] {
        assert!(is_invalid_name(name), "{name}");
    }
    for name in ["", ".", "invalid.cn", "hook.invalids", "notinvalid", "a.invalid.cn", "hook.invalid.."] {
        assert!(!is_invalid_name(name), "{name}");
    }
}

proptest! {
    #[test]
    fn nothing_that_the_standard_library_calls_special_is_public(octets: [u8; 4]) {
        let ip = Ipv4Addr::from(octets);
        let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_broadcast()
            || ip.is_documentation() || ip.is_multicast() || ip.is_unspecified();
        prop_assert!(!(special && is_public_v4(octets)), "{ip}");
        // Whatever stands for an address of IPv4 is not called as one of IPv6.
        for written in [ip.to_ipv6_mapped(), ip.to_ipv6_compatible()] {
            prop_assert!(!is_public(IpAddr::V6(written)), "{written}");
        }
        let [a, b, c, d] = octets;
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        for (one, other) in [(0x2002, high), (0x0064, 0xff9b)] {
            let ip = if one == 0x2002 {
                Ipv6Addr::new(one, other, low, 0, 0, 0, 0, 1)
            } else {
                Ipv6Addr::new(one, other, 0, 0, 0, 0, high, low)
            };
            prop_assert!(!is_public(IpAddr::V6(ip)), "{ip}");
        }
    }

    #[test]
    fn only_global_unicast_is_public(octets: [u8; 16]) {
        let ip = Ipv6Addr::from(octets);
        if is_public_v6(octets) {
            prop_assert!(ip.segments()[0] & 0xe000 == 0x2000 && !ip.is_multicast() && !ip.is_loopback(), "{ip}");
            prop_assert!(!ip.is_unique_local() && !ip.is_unicast_link_local() && ip.to_ipv4_mapped().is_none());
        }
    }

    #[test]
    fn a_private_network_is_not_public_from_end_to_end(rest: u32, range in 0_usize..6) {
        let (base, bits) = [(0x0a00_0000, 8), (0xac10_0000, 12), (0xc0a8_0000, 16), (0x6440_0000, 10),
            (0xa9fe_0000, 16), (0x7f00_0000, 8)][range];
        let inside: u32 = base | (rest & (u32::MAX >> bits));
        prop_assert!(!is_public_v4(inside.to_be_bytes()), "{}", Ipv4Addr::from(inside));
    }
}
