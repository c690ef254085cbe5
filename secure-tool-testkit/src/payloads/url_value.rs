//! URLs that a tool must reject: internal hosts, undeclared hosts, and ambiguous notations.

use secure_tool::spec::Protection;

use super::{Payload, payload};

/// A URL that a tool must reject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UrlPayload {
    pub(crate) payload: Payload,
    /// The protection that rejects it: `Domains` for a valid URL of another host, `Schema` for an
    /// invalid URL.
    pub(crate) guard: Protection,
    /// Whether a plain client that resolves the host with the system's resolver reaches this
    /// machine.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests of this file use it"))]
    pub(crate) is_here: bool,
}

/// Returns an invalid URL.
const fn form(name: &'static str, text: &'static str, reason: &'static str) -> UrlPayload {
    UrlPayload { payload: payload(name, text, reason), guard: Protection::Schema, is_here: false }
}

/// Returns an invalid URL with which a plain client reaches this machine.
const fn here(name: &'static str, text: &'static str, reason: &'static str) -> UrlPayload {
    UrlPayload { is_here: true, ..form(name, text, reason) }
}

/// Returns a valid URL of an undeclared host.
const fn host(name: &'static str, text: &'static str, reason: &'static str) -> UrlPayload {
    UrlPayload { payload: payload(name, text, reason), guard: Protection::Domains, is_here: false }
}

const NUMBER: &str = "filters for dotted decimal numbers miss this notation of loopback";
const EMBEDS: &str = "a translator, a tunnel or the system extracts the embedded loopback address";
const METADATA: &str = "the metadata service returns the credentials of the machine";
const NORMALISED: &str = "parsers and resolvers normalize it after the check";
const SPLIT: &str = "parsers disagree about which part is the host";
const SCHEME: &str = "it selects another protocol, or local files";

/// The values for URL arguments.
pub(crate) const URLS: &[UrlPayload] = &[
    // This machine, in each notation of its address.
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
    here("the unspecified address", "https://0.0.0.0/", "operating systems treat it as loopback"),
    here("the unspecified address, short", "https://0/", "operating systems treat it as loopback"),
    form("loopback with a trailing dot", "https://127.0.0.1./", NORMALISED),
    form("loopback of IPv6", "https://[::1]/", "IPv4 filters miss it"),
    form("loopback of IPv6, long", "https://[0:0:0:0:0:0:0:1]/", "text filters miss it"),
    form(
        "the unspecified address of IPv6",
        "https://[::]/",
        "operating systems treat it as loopback",
    ),
    form("IPv4-mapped", "https://[::ffff:127.0.0.1]/", EMBEDS),
    form("IPv4-mapped, hexadecimal", "https://[::ffff:7f00:1]/", EMBEDS),
    form("IPv4-compatible", "https://[::127.0.0.1]/", EMBEDS),
    form("6to4", "https://[2002:7f00:1::]/", EMBEDS),
    form("NAT64", "https://[64:ff9b::7f00:1]/", EMBEDS),
    form("a zone", "https://[fe80::1%25lo]/", "it selects the network interface"),
    form("a zone, not encoded", "https://[fe80::1%lo]/", "it selects the network interface"),
    form("circled digits", "https://①②⑦.⓪.⓪.①/", NORMALISED),
    form("full-width digits", "https://１２７.０.０.１/", NORMALISED),
    form("ideographic dots", "https://127。0。0。1/", NORMALISED),
    form("encoded digits", "https://%31%32%37.0.0.1/", NORMALISED),
    form("an encoded dot", "https://127%2e0.0.1/", NORMALISED),
    here("localhost", "https://localhost/", "services of this machine ask for no credential"),
    form("localhost with a trailing dot", "https://localhost./", NORMALISED),
    form("a subdomain of localhost", "https://shop.localhost/", "resolvers return loopback"),
    // The network of this machine.
    form("cloud metadata service", "https://169.254.169.254/latest/meta-data/", METADATA),
    form("metadata, decimal", "https://2852039166/", METADATA),
    form("metadata, hexadecimal", "https://0xa9fea9fe/", METADATA),
    form("metadata, octal", "https://0251.0376.0251.0376/", METADATA),
    form("metadata, IPv4-mapped", "https://[::ffff:a9fe:a9fe]/", METADATA),
    form("metadata of IPv6", "https://[fd00:ec2::254]/", METADATA),
    form("metadata by name", "https://metadata.google.internal/", METADATA),
    form(
        "the host of the machine",
        "https://168.63.129.16/",
        "a public IP address that belongs to the cloud platform",
    ),
    form("a private network", "https://10.0.0.1/", "internal services trust internal clients"),
    form("carrier-grade NAT", "https://100.100.100.200/", METADATA),
    form("multicast", "https://224.0.0.1/", "it reaches all hosts of the network"),
    form(
        "a public IP address",
        "https://8.8.8.8/",
        "it is undeclared, and certificates name hosts, not addresses",
    ),
    form("a local name", "https://printer.local/", "it resolves in the local network"),
    form(
        "a single-label name",
        "https://intranet/",
        "resolvers append the search domain of the machine",
    ),
    // Two hosts in one URL.
    form("the declared host as a user name", "https://{domain}@127.0.0.1/", SPLIT),
    form("user name and password", "https://{domain}:443@127.0.0.1/", SPLIT),
    form("a fragment before the host", "https://127.0.0.1#@{domain}/", SPLIT),
    form("a query before the host", "https://127.0.0.1?@{domain}/", SPLIT),
    form("a backslash before the host", "https://127.0.0.1\\@{domain}/", SPLIT),
    form("a backslash after the host", "https://{domain}\\@127.0.0.1/", SPLIT),
    form("two @ signs", "https://{domain}@@127.0.0.1/", SPLIT),
    form("a space before the host", "https://{domain} @127.0.0.1/", SPLIT),
    form("a tab within the host", "https://127.0.\t0.1/", "some parsers drop it"),
    form(
        "a line break after the host",
        "https://{domain}\r\nhost: 127.0.0.1/",
        "the rest becomes a separate header",
    ),
    form(
        "an encoded line break",
        "https://{domain}/%0d%0ahost:%20127.0.0.1",
        "a server that decodes it starts another header",
    ),
    form("a NUL byte", "https://{domain}\0.attacker.example/", "C strings end there"),
    form("an encoded NUL byte", "https://{domain}%00.attacker.example/", "C strings end there"),
    form("an encoded dot after the host", "https://{domain}%2eattacker.example/", SPLIT),
    form("an encoded slash after the host", "https://{domain}%2f.attacker.example/", SPLIT),
    form("an ideographic dot after the host", "https://{domain}。attacker.example/", NORMALISED),
    form("a full-width slash", "https://attacker.example／{domain}/", NORMALISED),
    form("a soft hyphen", "https://attacker\u{ad}.example/", NORMALISED),
    form("backslashes for slashes", "https:\\\\127.0.0.1\\", NORMALISED),
    form("one slash", "https:/127.0.0.1/", NORMALISED),
    form("no slash", "https:127.0.0.1", NORMALISED),
    form("three slashes", "https:///127.0.0.1/", NORMALISED),
    form("no scheme", "//127.0.0.1/", "it is resolved relative to another URL"),
    form(
        "a path with two slashes",
        "https://{domain}//127.0.0.1/",
        "a second resolution treats the path as a host",
    ),
    form("a space before the scheme", " https://{domain}/", NORMALISED),
    form(
        "a letter of another script",
        "https://аttacker.example/",
        "readers confuse it with another name",
    ),
    // Other schemes and ports.
    form("plain HTTP", "http://{domain}/", "the network can read and change it"),
    form("another port", "https://{domain}:22/", "another service of the same host"),
    form("a file", "file:///etc/passwd", SCHEME),
    form("gopher", "gopher://127.0.0.1:6379/_FLUSHALL", SCHEME),
    form("a dictionary server", "dict://127.0.0.1:11211/stat", SCHEME),
    form("FTP", "ftp://127.0.0.1/", SCHEME),
    form("LDAP", "ldap://127.0.0.1/", SCHEME),
    form("an archive", "jar:https://{domain}!/", SCHEME),
    form("data", "data:text/html,<script>1</script>", SCHEME),
    form("a script", "javascript:fetch('https://attacker.example')", SCHEME),
    // Valid URLs of other hosts.
    host("another host", "https://attacker.example/?d=stolen", "its query exfiltrates data"),
    host(
        "the declared host as a prefix",
        "https://{domain}.attacker.example/",
        "prefix checks accept it",
    ),
    host("the declared host as a suffix", "https://attacker-{domain}/", "suffix checks accept it"),
    host(
        "the declared host in the path",
        "https://attacker.example/{domain}",
        "substring checks accept it",
    ),
    host(
        "the declared host in the query",
        "https://attacker.example/?https://{domain}/",
        "substring checks accept it",
    ),
    host(
        "a public name that resolves to loopback",
        "https://127.0.0.1.nip.io/",
        "anyone can publish a name that resolves to an internal address",
    ),
    host(
        "a public name that resolves to loopback, in one label",
        "https://app-127-0-0-1.sslip.io/",
        "anyone can publish a name that resolves to an internal address",
    ),
    host(
        "a Punycode name",
        "https://xn--ttacker-5fg.example/",
        "readers confuse it with another name",
    ),
];

#[cfg(test)]
mod tests {
    use std::net::{TcpStream, ToSocketAddrs};

    use secure_tool::value::WebUrl;

    use super::*;
    use crate::hostile::Trap;

    /// Connects like a naive client: the host is everything up to the first slash.
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
    async fn loopback_notations_lead_a_plain_client_to_this_machine() {
        let all: Vec<_> = URLS.iter().filter(|url| url.is_here).collect();
        for url in &all {
            let trap = Trap::start().await.expect("loopback");
            assert!(
                connects(url.payload.text, trap.addr().port()) && trap.hits() > 0,
                "{}",
                url.payload.name
            );
        }
        assert!(all.len() > 10);
    }

    #[test]
    fn only_urls_rejected_by_domain_are_valid_urls() {
        for url in URLS {
            let text = url.payload.text.replace("{domain}", "shop.example");
            assert_eq!(text.parse::<WebUrl>().is_ok(), url.guard == Protection::Domains, "{text}");
        }
    }
}
