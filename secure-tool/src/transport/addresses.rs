//! The table of special-use addresses: returns the special use of an address, or `None` for a
//! public address.
//!
//! Sources: the IANA special-purpose registries for
//! [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry/) and
//! [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry/) with the RFC of each row,
//! the multicast and reserved blocks of the
//! [address](https://www.iana.org/assignments/ipv4-address-space/)
//! [spaces](https://www.iana.org/assignments/ipv6-address-space/), and one cloud provider's
//! internal address. Blocks that the registries call globally reachable (AS112, AMT) are rejected
//! too: no API uses them.
//!
//! In IPv6 only the global unicast block is accepted, so that blocks assigned later are rejected
//! until this table changes. Rows outside of it only provide names. The table cannot detect an IPv4
//! address within a network-specific NAT64 prefix (RFC 6052), which only that network knows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 blocks: network, prefix length and use. A nested block precedes the block around it.
const V4: &[([u8; 4], u32, &str)] = &[
    ([0, 0, 0, 0], 8, "this network (RFC 791)"),
    ([10, 0, 0, 0], 8, "private (RFC 1918)"),
    ([100, 64, 0, 0], 10, "carrier-grade NAT (RFC 6598)"),
    ([127, 0, 0, 0], 8, "loopback (RFC 1122)"),
    // A public number, but it is reachable within Azure only, where the host of the virtual machine
    // responds:
    // https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
    ([168, 63, 129, 16], 32, "the host of a virtual machine (Azure)"),
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
    ([255, 255, 255, 255], 32, "broadcast (RFC 919)"),
    ([240, 0, 0, 0], 4, "reserved (RFC 1112)"),
];

/// IPv6 blocks, in the same order.
const V6: &[([u16; 8], u32, &str)] = &[
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified (RFC 4291)"),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback (RFC 4291)"),
    ([0, 0, 0, 0, 0, 0, 0, 0], 96, "IPv4-compatible, embeds IPv4 (RFC 4291)"),
    ([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, "IPv4-mapped, embeds IPv4 (RFC 4291)"),
    ([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, "IPv4-translated, embeds IPv4 (RFC 2765)"),
    ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "NAT64, embeds IPv4 (RFC 6052)"),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "local NAT64, embeds IPv4 (RFC 8215)"),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard (RFC 6666)"),
    ([0x100, 0, 0, 1, 0, 0, 0, 0], 64, "dummy (RFC 9780)"),
    ([0x200, 0, 0, 0, 0, 0, 0, 0], 7, "OSI NSAP (RFC 4048)"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "Teredo, embeds IPv4 (RFC 4380)"),
    ([0x2001, 0x2, 0, 0, 0, 0, 0, 0], 48, "benchmarks (RFC 5180)"),
    ([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28, "ORCHID (RFC 4843)"),
    ([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, "ORCHIDv2 (RFC 7343)"),
    ([0x2001, 0x30, 0, 0, 0, 0, 0, 0], 28, "drone identifiers (RFC 9374)"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "IETF protocols (RFC 2928)"),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation (RFC 3849)"),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4, embeds IPv4 (RFC 3056)"),
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, "AS112 (RFC 7534)"),
    ([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16, "6bone, returned (RFC 3701)"),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation (RFC 9637)"),
    ([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, "segment routing (RFC 9602)"),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique local (RFC 4193)"),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local (RFC 4291)"),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site-local (RFC 3879)"),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast (RFC 4291)"),
];

/// The only IPv6 block from which addresses are assigned to networks (RFC 4291).
const GLOBAL_V6: ([u16; 8], u32) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
const NOT_GLOBAL: &str = "not global unicast (RFC 4291)";
const ISATAP: &str = "ISATAP, embeds IPv4 (RFC 5214)";

/// Returns the special use of an address as a constant text for the operator, or `None` for a
/// public address.
pub(crate) fn special_use(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => V4
            .iter()
            .find(|(network, length, _)| in_v4(address, *network, *length))
            .map(|(.., name)| *name),
        IpAddr::V6(address) => V6
            .iter()
            .find(|(network, length, _)| in_v6(address, *network, *length))
            .map(|(.., name)| *name)
            .or_else(|| (!in_v6(address, GLOBAL_V6.0, GLOBAL_V6.1)).then_some(NOT_GLOBAL))
            .or_else(|| is_isatap(address).then_some(ISATAP)),
    }
}

/// Returns whether the address has an ISATAP interface identifier. In any network, an ISATAP router
/// forwards to the embedded IPv4 address.
fn is_isatap(address: Ipv6Addr) -> bool {
    let [_, _, _, _, marks, isatap, ..] = address.segments();
    // The universal and group bits can have any value.
    marks & !0x0300 == 0 && isatap == 0x5efe
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

    /// Returns the first and the last address of a block as numbers.
    fn ends_v4(network: [u8; 4], length: u32) -> (u32, u32) {
        let first = Ipv4Addr::from(network).to_bits();
        (first, first | u32::MAX.checked_shr(length).unwrap_or(0))
    }

    fn ends_v6(network: [u16; 8], length: u32) -> (u128, u128) {
        let first = Ipv6Addr::from(network).to_bits();
        (first, first | u128::MAX.checked_shr(length).unwrap_or(0))
    }

    fn is_in_global(bits: u128) -> bool {
        let (first, last) = ends_v6(GLOBAL_V6.0, GLOBAL_V6.1);
        (first..=last).contains(&bits)
    }

    /// Returns pseudorandom numbers, equal in each run.
    fn numbers(mut seed: u32) -> impl Iterator<Item = u32> {
        std::iter::from_fn(move || {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            Some(seed)
        })
    }

    fn wide_numbers(seed: u32) -> impl Iterator<Item = u128> {
        let mut numbers = numbers(seed);
        std::iter::from_fn(move || {
            numbers.by_ref().take(4).map(u128::from).reduce(|high, low| high << 32 | low)
        })
    }

    #[test]
    fn each_ipv4_block_is_rejected_from_its_first_to_its_last_address() {
        for (network, length, name) in V4 {
            let (first, last) = ends_v4(*network, *length);
            assert_eq!(first & (last - first), 0, "{network:?}/{length} is not a network");
            let within =
                numbers(first | 1).take(200).map(|number| first + (number & (last - first)));
            for bits in [first, last].into_iter().chain(within) {
                assert!(
                    special_use(Ipv4Addr::from_bits(bits).into()).is_some(),
                    "{} in {name}",
                    Ipv4Addr::from_bits(bits)
                );
            }
            for beside in [first.checked_sub(1), last.checked_add(1)].into_iter().flatten() {
                let beside = Ipv4Addr::from_bits(beside);
                let covered = V4.iter().any(|(network, length, _)| {
                    let (first, last) = ends_v4(*network, *length);
                    (first..=last).contains(&beside.to_bits())
                });
                assert_eq!(special_use(beside.into()).is_some(), covered, "{beside} beside {name}");
            }
        }
    }

    #[test]
    fn each_ipv6_block_is_rejected_from_its_first_to_its_last_address() {
        for (network, length, name) in V6 {
            let (first, last) = ends_v6(*network, *length);
            assert_eq!(first & (last - first), 0, "{network:?}/{length} is not a network");
            let within =
                wide_numbers(*length).take(200).map(|number| first + (number & (last - first)));
            for bits in [first, last].into_iter().chain(within) {
                assert!(
                    special_use(Ipv6Addr::from_bits(bits).into()).is_some(),
                    "{} in {name}",
                    Ipv6Addr::from_bits(bits)
                );
            }
            for beside in [first.checked_sub(1), last.checked_add(1)].into_iter().flatten() {
                let beside = Ipv6Addr::from_bits(beside);
                let covered = !is_in_global(beside.to_bits())
                    || V6.iter().any(|(network, length, _)| {
                        let (first, last) = ends_v6(*network, *length);
                        (first..=last).contains(&beside.to_bits())
                    });
                assert_eq!(special_use(beside.into()).is_some(), covered, "{beside} beside {name}");
            }
        }
    }

    #[test]
    fn no_address_outside_global_unicast_is_accepted() {
        for bits in wide_numbers(1).take(100_000) {
            let accepted = special_use(Ipv6Addr::from_bits(bits).into()).is_none();
            assert!(!accepted || is_in_global(bits), "{}", Ipv6Addr::from_bits(bits));
        }
    }

    #[test]
    fn addresses_that_the_standard_library_calls_special_are_rejected() {
        let ends = V4.iter().flat_map(|(network, length, _)| {
            let (first, last) = ends_v4(*network, *length);
            [first, last, first.wrapping_sub(1), last.wrapping_add(1)]
        });
        for bits in ends.chain(numbers(3).take(200_000)) {
            let address = Ipv4Addr::from_bits(bits);
            let known = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || address.is_unspecified();
            assert!(!known || special_use(address.into()).is_some(), "{address}");
        }
        for bits in wide_numbers(4).take(200_000) {
            let address = Ipv6Addr::from_bits(bits);
            let known = address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.to_ipv4().is_some();
            assert!(!known || special_use(address.into()).is_some(), "{address}");
        }
    }

    #[test]
    fn special_uses_are_rejected_and_public_addresses_are_accepted() {
        for (rejected, name) in [
            ("0.0.0.0", "this network"),
            ("10.1.2.3", "private"),
            ("100.100.100.200", "carrier-grade NAT"), // metadata of one more cloud
            ("127.0.0.1", "loopback"),
            ("127.255.0.1", "loopback"),
            ("168.63.129.16", "the host of a virtual machine"),
            ("169.254.169.254", "link-local"),
            ("172.31.255.255", "private"),
            ("192.0.0.192", "IETF protocols"), // metadata of one more cloud
            ("192.168.1.1", "private"),
            ("198.19.0.1", "benchmarks"),
            ("224.0.0.1", "multicast"),
            ("250.0.0.1", "reserved"),
            ("255.255.255.255", "broadcast"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::7f00:1", "IPv4-compatible"),
            ("::ffff:127.0.0.1", "IPv4-mapped"),
            ("::ffff:8.8.8.8", "IPv4-mapped"),
            ("::ffff:0:127.0.0.1", "IPv4-translated"),
            ("64:ff9b::7f00:1", "NAT64"),
            ("64:ff9b:1::1", "local NAT64"),
            ("64:ff9b:2::1", "not global unicast"),
            ("100::1", "discard"),
            ("100:0:0:1::1", "dummy"),
            ("200::1", "OSI NSAP"),
            ("2001::1", "Teredo"),
            ("2001:1::1", "IETF protocols"),
            ("2001:2::1", "benchmarks"),
            ("2001:db8::1", "documentation"),
            ("2002:7f00:1::", "6to4"),
            ("3ffe::1", "6bone"),
            ("3fff:fff::1", "documentation"),
            ("4000::1", "not global unicast"),
            ("5f00::1", "segment routing"),
            ("fc00::1", "unique local"),
            ("fd00:ec2::254", "unique local"), // metadata of one more cloud
            ("fe80::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
            ("2a00:1450:4001:80b:0:5efe:a00:1", "ISATAP"),
            ("2a00:1450:4001:80b:200:5efe:7f00:1", "ISATAP"),
            ("2a00:1450:4001:80b:100:5efe:7f00:1", "ISATAP"),
        ] {
            let found = special_use(rejected.parse().expect(rejected));
            assert!(found.is_some_and(|found| found.starts_with(name)), "{rejected}: {found:?}");
        }
        for accepted in [
            "8.8.8.8",
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "172.32.0.1",
            "172.15.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "2001:200::1",
            "2a00:1450:4001:80b:5efe:0:a00:1",
            "3fff:1000::1",
        ] {
            assert_eq!(special_use(accepted.parse().expect(accepted)), None, "{accepted}");
        }
    }
}
