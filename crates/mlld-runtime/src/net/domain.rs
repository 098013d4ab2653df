//! Hosts, and lists of them (spec 04 §8.1, 06 §9).
//!
//! What is compared is what the parser of URLs makes of a host: lower case, punycode, decimal and hexadecimal forms of
//! addresses as addresses, without a final dot.

use std::net::{IpAddr, Ipv6Addr};
use url::{Host, Url};

/// A host of a URL in the form that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// A name.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl Site {
    /// The host of a URL.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        url.host().map(|host| Self::of_host(&host.to_owned()))
    }

    fn of_host(host: &Host) -> Self {
        match host {
            Host::Domain(name) => Self::Name(name.strip_suffix('.').unwrap_or(name).to_owned()),
            Host::Ipv4(ip) => Self::Address(IpAddr::V4(*ip)),
            Host::Ipv6(ip) => Self::Address(IpAddr::V6(*ip).to_canonical()),
        }
    }

    /// Whether the host, as it is written, is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::Address(ip) => ip.is_loopback(),
        }
    }
}

impl std::fmt::Display for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(ip) => ip.fmt(f),
        }
    }
}

/// A list of domains. An entry stands for its host and all hosts below it; an address stands for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains(Vec<Site>);

impl Domains {
    /// Reads the entries of a list: `example.com`, `*.example.com` (the same), an address.
    ///
    /// # Errors
    /// The first entry that is none.
    pub fn parse<'e>(entries: impl IntoIterator<Item = &'e str>) -> Result<Self, String> {
        let entries = entries.into_iter();
        let sites = entries.map(|entry| read(entry).ok_or_else(|| entry.to_owned()));
        sites.collect::<Result<_, _>>().map(Self)
    }

    /// Whether the host is in the list.
    pub(crate) fn cover(&self, site: &Site) -> bool {
        self.0.iter().any(|entry| match (entry, site) {
            (Site::Name(entry), Site::Name(name)) => name
                .strip_suffix(entry.as_str())
                .is_some_and(|below| below.is_empty() || below.ends_with('.')),
            (entry, site) => entry == site,
        })
    }
}

fn read(entry: &str) -> Option<Site> {
    let entry = entry.trim();
    let name = entry.strip_prefix("*.").unwrap_or(entry);
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    if let Ok(ip) = bare.unwrap_or(name).parse::<Ipv6Addr>() {
        return Some(Site::Address(IpAddr::V6(ip).to_canonical()));
    }
    if name.is_empty() || name.contains(['%', '/', ':', '@', '?', '#', '*']) {
        return None;
    }
    let site = Site::of_host(&Host::parse(name).ok()?);
    (site != Site::Name(String::new())).then_some(site)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(url: &str) -> Site {
        Site::of(&Url::parse(url).unwrap()).unwrap()
    }

    #[test]
    fn hosts_are_compared_in_their_plain_form() {
        let list = Domains::parse([
            "Example.com.",
            "*.bücher.example",
            "127.0.0.1",
            "[::1]",
            "10.0.0.1",
        ])
        .unwrap();
        for inside in [
            "https://example.com/",
            "https://EXAMPLE.com./",
            "https://a.b.example.com:8080/",
            "https://ex%61mple.com/",
            "https://xn--bcher-kva.example/",
            "https://x.BÜCHER.example/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[0:0::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://u:p@example.com/",
        ] {
            assert!(list.cover(&site(inside)), "{inside}");
        }
        for outside in [
            "https://notexample.com/",
            "https://example.com.evil.example/",
            "https://example.org/",
            "https://example.com@evil.example/",
            "https://evil.example\\@example.com/",
            "https://evil.example/?example.com",
            "http://127.0.0.2/",
            "http://110.0.0.1/",
            "http://[::2]/",
            "https://com/",
        ] {
            assert!(!list.cover(&site(outside)), "{outside}");
        }
    }

    #[test]
    fn what_is_no_domain() {
        for bad in [
            "",
            " ",
            "*",
            "*.",
            ".",
            "https://example.com",
            "example.com/x",
            "example.com:80",
            "a b",
            "x@y",
            "1.2.3.4.5",
        ] {
            assert_eq!(
                Domains::parse(["ok.example", bad]),
                Err(bad.to_owned()),
                "{bad}"
            );
        }
        assert!(!Domains::default().cover(&site("https://example.com/")));
    }

    #[test]
    fn this_machine_by_its_names() {
        for yes in [
            "http://localhost:1/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://0x7f.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert!(site(yes).is_loopback(), "{yes}");
        }
        for no in [
            "http://localhost.example/",
            "http://notlocalhost/",
            "http://0.0.0.0/",
            "http://[::]/",
        ] {
            assert!(!site(no).is_loopback(), "{no}");
        }
    }
}
