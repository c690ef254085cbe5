//! Web addresses that lead elsewhere than they seem to, or to where nobody may go.

use secure_tool::spec::Protection;

use super::{Payload, payload};

/// A web address that must not be taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub(crate) payload: Payload,
    /// What keeps it out, beside what all need: `Domains` of a sound address of another host,
    /// `Schema` of what is no sound address.
    pub(crate) guard: Protection,
    /// A plain client, which asks the machine for the address of what stands where a host does,
    /// gets to this machine with it.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests of this file show it"))]
    pub(crate) is_here: bool,
}

/// No sound address.
const fn form(name: &'static str, text: &'static str, reason: &'static str) -> Address {
    Address { payload: payload(name, text, reason), guard: Protection::Schema, is_here: false }
}

/// The same; and a plain client gets to this machine with it.
const fn here(name: &'static str, text: &'static str, reason: &'static str) -> Address {
    Address { is_here: true, ..form(name, text, reason) }
}

/// A sound address of a host that nobody declared.
const fn host(name: &'static str, text: &'static str, reason: &'static str) -> Address {
    Address { payload: payload(name, text, reason), guard: Protection::Domains, is_here: false }
}

const NUMBER: &str = "readers that look for dotted numbers do not see the address of this machine";
const EMBEDS: &str =
    "a translator, a tunnel or the system unpacks the IPv4 address of this machine";
const METADATA: &str = "it gives out the credentials of the machine";
const NORMALISED: &str = "parsers and resolvers turn it into the plain address, after the check";
const SPLIT: &str = "one reader takes the first name for the host, another what follows";
const SCHEME: &str = "it reaches another protocol, or the files of the machine";

/// In the place of a web address.
pub(crate) const ADDRESSES: &[Address] = &[
    // This machine, in every notation of its number.
    here("loopback", "https://127.0.0.1/", "services of this machine ask for no credential"),
    form("loopback, elsewhere in its block", "https://127.8.9.10/", NUMBER),
    here("loopback, short", "https://127.1/", NUMBER),
    here("loopback, three parts", "https://127.0.1/", NUMBER),
    here("loopback, decimal", "https://2130706433/", NUMBER),
    here("loopback, hexadecimal", "https://0x7f000001/", NUMBER),
    here("loopback, hexadecimal and short", "https://0x7f.1/", NUMBER),
    here("loopback, hexadecimal parts", "https://0x7f.0x0.0x0.0x1/", NUMBER),
    here("loopback, octal", "https://017700000001/", NUMBER),
    here("loopback, octal parts", "https://0177.0.0.01/", NUMBER),
    here("the unspecified address", "https://0.0.0.0/", "systems take it for this machine"),
    here("the unspecified address, short", "https://0/", "systems take it for this machine"),
    form("loopback with a dot behind it", "https://127.0.0.1./", NORMALISED),
    form("loopback of IPv6", "https://[::1]/", "checks of IPv4 do not see it"),
    form("loopback of IPv6, long", "https://[0:0:0:0:0:0:0:1]/", "checks of texts do not see it"),
    form("the unspecified address of IPv6", "https://[::]/", "systems take it for this machine"),
    form("IPv4-mapped", "https://[::ffff:127.0.0.1]/", EMBEDS),
    form("IPv4-mapped, hexadecimal", "https://[::ffff:7f00:1]/", EMBEDS),
    form("IPv4-compatible", "https://[::127.0.0.1]/", EMBEDS),
    form("6to4", "https://[2002:7f00:1::]/", EMBEDS),
    form("NAT64", "https://[64:ff9b::7f00:1]/", EMBEDS),
    form("a zone", "https://[fe80::1%25lo]/", "it picks the network interface"),
    form("a zone, not encoded", "https://[fe80::1%lo]/", "it picks the network interface"),
    form("digits in circles", "https://①②⑦.⓪.⓪.①/", NORMALISED),
    form("full-width digits", "https://１２７.０.０.１/", NORMALISED),
    form("ideographic dots", "https://127。0。0。1/", NORMALISED),
    form("encoded digits", "https://%31%32%37.0.0.1/", NORMALISED),
    form("an encoded dot", "https://127%2e0.0.1/", NORMALISED),
    here(
        "the name of this machine",
        "https://localhost/",
        "services of this machine ask for no credential",
    ),
    form("the name of this machine, with a dot", "https://localhost./", NORMALISED),
    form(
        "a name below that of this machine",
        "https://shop.localhost/",
        "resolvers answer with loopback",
    ),
    // The network around it.
    form("metadata of the cloud", "https://169.254.169.254/latest/meta-data/", METADATA),
    form("metadata, decimal", "https://2852039166/", METADATA),
    form("metadata, hexadecimal", "https://0xa9fea9fe/", METADATA),
    form("metadata, octal", "https://0251.0376.0251.0376/", METADATA),
    form("metadata, IPv4-mapped", "https://[::ffff:a9fe:a9fe]/", METADATA),
    form("metadata of IPv6", "https://[fd00:ec2::254]/", METADATA),
    form("metadata by name", "https://metadata.google.internal/", METADATA),
    form(
        "the host of the machine",
        "https://168.63.129.16/",
        "it is public by its number, and of the cloud",
    ),
    form("a private network", "https://10.0.0.1/", "what is inside trusts what is inside"),
    form("carrier-grade NAT", "https://100.100.100.200/", METADATA),
    form("multicast", "https://224.0.0.1/", "it reaches everybody on the network"),
    form(
        "a number of the internet",
        "https://8.8.8.8/",
        "nobody declared it, and no certificate names whose it is",
    ),
    form("a local name", "https://printer.local/", "it is of the local network"),
    form("a name without a dot", "https://intranet/", "resolvers add the domain of the machine"),
    // Two hosts in one address.
    form("the honest host as a user name", "https://{domain}@127.0.0.1/", SPLIT),
    form("user name and password", "https://{domain}:443@127.0.0.1/", SPLIT),
    form("a fragment before the host", "https://127.0.0.1#@{domain}/", SPLIT),
    form("a query before the host", "https://127.0.0.1?@{domain}/", SPLIT),
    form("a backslash before the host", "https://127.0.0.1\\@{domain}/", SPLIT),
    form("a backslash behind the host", "https://{domain}\\@127.0.0.1/", SPLIT),
    form("two signs", "https://{domain}@@127.0.0.1/", SPLIT),
    form("a space before the host", "https://{domain} @127.0.0.1/", SPLIT),
    form("a tab within the host", "https://127.0.\t0.1/", "some parsers drop it"),
    form(
        "a line break behind the host",
        "https://{domain}\r\nhost: 127.0.0.1/",
        "what follows would be a header of its own",
    ),
    form(
        "an encoded line break",
        "https://{domain}/%0d%0ahost:%20127.0.0.1",
        "what decodes it starts a header of its own",
    ),
    form(
        "a zero byte",
        "https://{domain}\0.attacker.example/",
        "what is written in C stops reading there",
    ),
    form(
        "an encoded zero byte",
        "https://{domain}%00.attacker.example/",
        "what is written in C stops reading there",
    ),
    form("an encoded dot behind the host", "https://{domain}%2eattacker.example/", SPLIT),
    form("an encoded slash behind the host", "https://{domain}%2f.attacker.example/", SPLIT),
    form("an ideographic dot behind the host", "https://{domain}。attacker.example/", NORMALISED),
    form("a full-width slash", "https://attacker.example／{domain}/", NORMALISED),
    form("a soft hyphen", "https://attacker\u{ad}.example/", NORMALISED),
    form("backslashes for slashes", "https:\\\\127.0.0.1\\", NORMALISED),
    form("one slash", "https:/127.0.0.1/", NORMALISED),
    form("no slash", "https:127.0.0.1", NORMALISED),
    form("three slashes", "https:///127.0.0.1/", NORMALISED),
    form("no scheme", "//127.0.0.1/", "it is read relative to another address"),
    form(
        "a path with two slashes",
        "https://{domain}//127.0.0.1/",
        "what resolves it again takes it for a host",
    ),
    form("a space before the scheme", " https://{domain}/", NORMALISED),
    form(
        "a letter of another script",
        "https://аttacker.example/",
        "people read a name that it is not",
    ),
    // Other doors.
    form("plain HTTP", "http://{domain}/", "it is read and changed on the way"),
    form("another port", "https://{domain}:22/", "another service of the same host"),
    form("a file", "file:///etc/passwd", SCHEME),
    form("gopher", "gopher://127.0.0.1:6379/_FLUSHALL", SCHEME),
    form("a dictionary server", "dict://127.0.0.1:11211/stat", SCHEME),
    form("FTP", "ftp://127.0.0.1/", SCHEME),
    form("LDAP", "ldap://127.0.0.1/", SCHEME),
    form("an archive", "jar:https://{domain}!/", SCHEME),
    form("data", "data:text/html,<script>1</script>", SCHEME),
    form("a script", "javascript:fetch('https://attacker.example')", SCHEME),
    // Sound addresses of other hosts.
    host(
        "another host",
        "https://attacker.example/?d=stolen",
        "it carries out what stands in its query",
    ),
    host(
        "the honest host as a label",
        "https://{domain}.attacker.example/",
        "checks of beginnings let it in",
    ),
    host(
        "the honest host behind other letters",
        "https://attacker-{domain}/",
        "checks of endings let it in",
    ),
    host(
        "the honest host in the path",
        "https://attacker.example/{domain}",
        "checks that search let it in",
    ),
    host(
        "the honest host in the query",
        "https://attacker.example/?https://{domain}/",
        "checks that search let it in",
    ),
    host(
        "a name that leads to this machine",
        "https://127.0.0.1.nip.io/",
        "anyone can publish a name for an internal address",
    ),
    host(
        "a name that leads to this machine, in one label",
        "https://app-127-0-0-1.sslip.io/",
        "anyone can publish a name for an internal address",
    ),
    host(
        "a name in another script",
        "https://xn--ttacker-5fg.example/",
        "people read a name that it is not",
    ),
];

#[cfg(test)]
mod tests {
    use std::net::{TcpStream, ToSocketAddrs};

    use secure_tool::value::WebUrl;

    use super::*;
    use crate::hostile::Trap;

    /// What a client does that looks no further: everything up to the slash is the host.
    fn connects(address: &str, port: u16) -> bool {
        let host = address
            .strip_prefix("https://")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        (host, port)
            .to_socket_addrs()
            .is_ok_and(|mut found| found.any(|address| TcpStream::connect(address).is_ok()))
    }

    #[tokio::test]
    async fn notations_of_this_machine_get_a_plain_client_to_it() {
        let all: Vec<_> = ADDRESSES.iter().filter(|address| address.is_here).collect();
        for address in &all {
            let trap = Trap::start().await.expect("loopback");
            assert!(
                connects(address.payload.text, trap.addr().port()) && trap.hits() > 0,
                "{}",
                address.payload.name
            );
        }
        assert!(all.len() > 10);
    }

    #[test]
    fn what_is_kept_out_by_its_host_alone_is_a_sound_address() {
        for address in ADDRESSES {
            let text = address.payload.text.replace("{domain}", "shop.example");
            assert_eq!(
                text.parse::<WebUrl>().is_ok(),
                address.guard == Protection::Domains,
                "{text}"
            );
        }
    }
}
