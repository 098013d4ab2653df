//! Which addresses of machines are public, and which hosts may have others.
//!
//! What a name resolves to is looked at when the connection is made, so that a name cannot lead somewhere else between
//! the check and the use.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To the internet.
    Public,
    /// To this machine.
    Loopback,
    /// Into the network of a house: private, carrier's, unique local addresses.
    Private,
    /// To no host that a script has business with: link-local (services that hold the credentials of a cloud machine
    /// among them), multicast, unspecified, reserved, documentation.
    Special,
}

impl Kind {
    /// How messages call such an address.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Public => "a public address",
            Self::Loopback => "an address of this machine",
            Self::Private => "a private address",
            Self::Special => "a link-local or reserved address",
        }
    }
}

/// Where the address leads. Addresses that hold one of IPv4 lead where that does.
pub(crate) fn kind(ip: IpAddr) -> Kind {
    match ip {
        IpAddr::V4(ip) => kind_v4(ip),
        IpAddr::V6(ip) => kind_v6(ip),
    }
}

fn kind_v4(ip: Ipv4Addr) -> Kind {
    match ip.octets() {
        [127, ..] => Kind::Loopback,
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] | [100, 64..=127, ..] => Kind::Private,
        [0, ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [192, 31, 196, _]
        | [192, 52, 193, _]
        | [192, 175, 48, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [224..=255, ..] => Kind::Special,
        _ => Kind::Public,
    }
}

fn kind_v6(ip: Ipv6Addr) -> Kind {
    if ip == Ipv6Addr::LOCALHOST {
        return Kind::Loopback;
    }
    match ip.segments() {
        // IPv4 in IPv6: mapped, translated (RFC 6052), 6to4.
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0x64, 0xff9b, 0, 0, 0, 0, a, b] | [0x2002, a, b, ..] => {
            let ([w, x], [y, z]) = (a.to_be_bytes(), b.to_be_bytes());
            kind_v4(Ipv4Addr::new(w, x, y, z))
        }
        [0xfc00..=0xfdff, ..] => Kind::Private,
        // Protocol assignments (Teredo among them), documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Special,
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Special,
    }
}

/// Which addresses a hop may connect to, besides public ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Those of this machine.
    pub(crate) loopback: bool,
    /// Private ones.
    pub(crate) private: bool,
    /// Any.
    pub(crate) special: bool,
}

impl Reach {
    /// Whether it may connect to this one.
    pub(crate) fn allows(self, ip: IpAddr) -> bool {
        match kind(ip) {
            Kind::Public => true,
            Kind::Loopback => self.loopback,
            Kind::Private => self.private,
            Kind::Special => self.special,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_addresses_lead() {
        for (kind_of, addresses) in [
            (
                Kind::Public,
                &[
                    "1.1.1.1",
                    "172.32.0.1",
                    "100.128.0.1",
                    "192.0.1.1",
                    "2606:4700::1111",
                    "::ffff:8.8.8.8",
                    "64:ff9b::808:808",
                ][..],
            ),
            (
                Kind::Loopback,
                &[
                    "127.0.0.1",
                    "127.9.9.9",
                    "::1",
                    "::ffff:127.0.0.1",
                    "64:ff9b::7f00:1",
                ],
            ),
            (
                Kind::Private,
                &[
                    "10.0.0.1",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.1.1",
                    "100.64.0.1",
                    "fd00:ec2::254",
                    "fc00::1",
                    "::ffff:10.0.0.1",
                    "2002:a00:1::",
                ],
            ),
            (
                Kind::Special,
                &[
                    "0.0.0.0",
                    "0.1.2.3",
                    "169.254.169.254",
                    "192.0.2.1",
                    "192.0.0.1",
                    "198.18.0.1",
                    "224.0.0.1",
                    "240.0.0.1",
                    "255.255.255.255",
                    "::",
                    "::7f00:1",
                    "fe80::1",
                    "fec0::1",
                    "ff02::1",
                    "2001:db8::1",
                    "2001::1",
                    "100::1",
                    "::ffff:169.254.169.254",
                    "2002:a9fe:a9fe::1",
                    "64:ff9b:1::1",
                ],
            ),
        ] {
            for address in addresses {
                assert_eq!(kind(address.parse().unwrap()), kind_of, "{address}");
            }
        }
    }
}
