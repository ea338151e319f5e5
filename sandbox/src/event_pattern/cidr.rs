//! `cidr`: addresses of a network.

use std::net::IpAddr;

use super::{Reading, refused};

/// The addresses from the first to the last one. The first is as it is written, as for AWS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cidr {
    first: IpAddr,
    last: IpAddr,
}

impl Cidr {
    pub fn read(text: &str) -> Reading<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let [address, bits] = parts[..] else {
            return refused("Malformed CIDR, one '/' required");
        };
        let Ok(bits) = bits.parse::<i32>() else {
            return refused("Malformed CIDR, mask bits must be an integer");
        };
        let Ok(bits) = u32::try_from(bits) else {
            return refused("Malformed CIDR, mask bits must not be negative");
        };
        let Ok(first) = address.parse::<IpAddr>() else {
            return refused(format!("Nonstandard IP address: {address}"));
        };
        let last = match first {
            IpAddr::V4(_) if bits >= u32::BITS => return refused("IPv4 mask bits must be < 32"),
            IpAddr::V6(_) if bits >= u128::BITS => return refused("IPv6 mask bits must be < 128"),
            IpAddr::V4(address) => IpAddr::V4((address.to_bits() | (u32::MAX >> bits)).into()),
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() | (u128::MAX >> bits)).into()),
        };
        Ok(Self { first, last })
    }

    pub fn has(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && (self.first..=self.last).contains(&address)
    }
}
