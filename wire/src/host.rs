//! What can be told of a host by its name alone.

use std::net::IpAddr;

/// Whether it is this machine by any name or address of its loopback interface (IPv6 without brackets).
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
