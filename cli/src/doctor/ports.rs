//! The port range: what else may take ports out of it.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, TcpListener};
use std::ops::RangeInclusive;

use portreeve_config::Configuration;
use portreeve_core::id::{InstallationId, PortRange};

use super::check::Check;
use super::engine::{Engine, ports_in_use};
use crate::codes::Exit;

const NAME: &str = "port range";
/// Which ports the kernel gives to whoever connects to somewhere: "FIRST LAST".
const EPHEMERAL: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// Whether there are ports to claim, and whether anything else is likely to take them.
pub(super) async fn examine(
    configuration: &Configuration,
    engine: &Engine,
    installation: Option<InstallationId>,
) -> Check {
    let range = match configuration.ports() {
        Ok(range) => range,
        Err(failure) => return Check::failed(NAME, failure),
    };
    let ours = ports_in_use(engine, installation, configuration.timing().engine).await;
    let summary = format!(
        "{} to {} ({} ports)",
        range.first(),
        range.last(),
        range.count()
    );
    if !configuration
        .engine_address()
        .is_ok_and(|address| address.is_local())
    {
        return Check::good(NAME, format!("{summary}, on the engine's machine"));
    }
    let address = configuration.publish_on();
    let foreign = tokio::task::spawn_blocking(move || busy(range, address, &ours)).await;
    judge(
        &summary,
        range,
        foreign.unwrap_or_default().len(),
        ephemeral(),
    )
}

fn judge(
    summary: &str,
    range: PortRange,
    foreign: usize,
    ephemeral: Option<RangeInclusive<u16>>,
) -> Check {
    if u32::try_from(foreign).is_ok_and(|foreign| foreign >= range.count()) {
        return Check::bad(
            NAME,
            Exit::Failed,
            format!("{summary}: all are in use by others"),
            "set ports.first and ports.last to a range that is free",
        );
    }
    let overlap = ephemeral.filter(|other| {
        *other.start() <= range.last().get() && range.first().get() <= *other.end()
    });
    if let Some(other) = overlap {
        return Check::doubtful(
            NAME,
            format!(
                "{summary} overlaps the ports the kernel hands out ({} to {})",
                other.start(),
                other.end()
            ),
            format!(
                "set ports.last below {}, or else starts now and then need a second try",
                other.start()
            ),
        );
    }
    match foreign {
        0 => Check::good(NAME, format!("{summary}, none in use by others")),
        some => Check::good(
            NAME,
            format!("{summary}, {some} in use by others, which are passed over"),
        ),
    }
}

/// The ports of the range that can't be listened on, but for those of our own containers.
fn busy(range: PortRange, address: IpAddr, ours: &[u16]) -> BTreeSet<u16> {
    let ours: BTreeSet<_> = ours.iter().copied().collect();
    (range.first().get()..=range.last().get())
        .filter(|port| !ours.contains(port))
        .filter(|port| {
            TcpListener::bind((address, *port))
                .is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
        })
        .collect()
}

fn ephemeral() -> Option<RangeInclusive<u16>> {
    let text = fs::read_to_string(EPHEMERAL).ok()?;
    let mut ends = text.split_whitespace().map(str::parse);
    Some(ends.next()?.ok()?..=ends.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use portreeve_core::id::Port;

    use super::*;
    use portreeve_api::program::Verdict;

    fn range(first: u16, last: u16) -> PortRange {
        PortRange::new(Port::new(first).unwrap(), Port::new(last).unwrap()).unwrap()
    }

    #[test]
    fn a_range_that_the_kernel_hands_out_is_doubtful() {
        let verdict = |first, last| {
            judge("", range(first, last), 0, Some(32768..=60999))
                .seen
                .status
        };
        assert_eq!(verdict(19000, 32767), Verdict::Good);
        assert_eq!(verdict(19000, 32768), Verdict::Doubtful);
        assert_eq!(verdict(60999, 61000), Verdict::Doubtful);
        assert_eq!(verdict(61000, 61100), Verdict::Good);
    }

    #[test]
    fn a_range_without_a_free_port_is_bad() {
        assert_eq!(judge("", range(1, 3), 3, None).seen.status, Verdict::Bad);
        assert_eq!(judge("", range(1, 3), 2, None).seen.status, Verdict::Good);
    }

    #[test]
    fn a_port_that_is_listened_on_is_busy_unless_it_is_ours() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = held.local_addr().unwrap().port();
        let address = "127.0.0.1".parse().unwrap();
        assert_eq!(
            busy(range(port, port), address, &[]),
            BTreeSet::from([port])
        );
        assert_eq!(busy(range(port, port), address, &[port]), BTreeSet::new());
    }
}
