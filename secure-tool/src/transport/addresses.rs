//! Which addresses are of the internet: an address in, yes or no out.
//!
//! Sources: the IANA special-purpose registries for
//! [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry/) and
//! [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry/), and the multicast and reserved blocks of the address space itself.
//! Of IPv6 only the global unicast block is open, so that what embeds an IPv4 address (mapped, NAT64) or is yet unassigned is shut.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Shut blocks of IPv4: the network, its length, and what it is for.
const SHUT_V4: &[([u8; 4], u32, &str)] = &[
    ([0, 0, 0, 0], 8, "this network (RFC 791)"),
    ([10, 0, 0, 0], 8, "private (RFC 1918)"),
    ([100, 64, 0, 0], 10, "carrier-grade NAT (RFC 6598)"),
    ([127, 0, 0, 0], 8, "loopback (RFC 1122)"),
    ([169, 254, 0, 0], 16, "link-local, cloud metadata (RFC 3927)"),
    ([172, 16, 0, 0], 12, "private (RFC 1918)"),
    ([192, 0, 0, 0], 24, "IETF protocols (RFC 6890)"),
    ([192, 0, 2, 0], 24, "documentation (RFC 5737)"),
    ([192, 31, 196, 0], 24, "AS112 (RFC 7535)"),
    ([192, 52, 193, 0], 24, "AMT (RFC 7450)"),
    ([192, 88, 99, 0], 24, "6to4 relays (RFC 7526)"),
    ([192, 168, 0, 0], 16, "private (RFC 1918)"),
    ([192, 175, 48, 0], 24, "AS112 (RFC 7534)"),
    ([198, 18, 0, 0], 15, "benchmarks (RFC 2544)"),
    ([198, 51, 100, 0], 24, "documentation (RFC 5737)"),
    ([203, 0, 113, 0], 24, "documentation (RFC 5737)"),
    ([224, 0, 0, 0], 4, "multicast (RFC 5771)"),
    ([240, 0, 0, 0], 4, "reserved, broadcast (RFC 1112)"),
];

/// Shut blocks within global unicast IPv6 (`2000::/3`).
const SHUT_V6: &[([u16; 8], u32, &str)] = &[
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "IETF protocols, Teredo among them (RFC 2928)"),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation (RFC 3849)"),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4, embeds IPv4 (RFC 3056)"),
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, "AS112 (RFC 7534)"),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation (RFC 9637)"),
];

/// Whether an address is of the internet, and not of a special use.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SHUT_V4.iter().any(|(network, length, _)| in_v4(address, *network, *length)),
        IpAddr::V6(address) => {
            in_v6(address, [0x2000, 0, 0, 0, 0, 0, 0, 0], 3)
                && !SHUT_V6.iter().any(|(network, length, _)| in_v6(address, *network, *length))
        }
    }
}

fn in_v4(address: Ipv4Addr, network: [u8; 4], length: u32) -> bool {
    (address.to_bits() ^ Ipv4Addr::from(network).to_bits()).leading_zeros() >= length
}

fn in_v6(address: Ipv6Addr, network: [u16; 8], length: u32) -> bool {
    (address.to_bits() ^ Ipv6Addr::from(network).to_bits()).leading_zeros() >= length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_uses_are_shut_and_the_internet_is_open() {
        for shut in [
            "0.0.0.0",
            "10.1.2.3",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "100::1",
            "5f00::1",
            "::7f00:1",
        ] {
            assert!(!is_public(shut.parse().expect(shut)), "{shut}");
        }
        for open in [
            "8.8.8.8",
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.32.0.1",
            "172.15.255.255",
            "198.20.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(open.parse().expect(open)), "{open}");
        }
    }
}
