//! What must hold of values, and between them.

use portreeve_core::bounds::{LONGEST_LEASE, LONGEST_REST};
use portreeve_core::network;
use portreeve_core::settings::{Limits, Reach, Timing};
use portreeve_core::template::Template;

use crate::error::Error;

/// Which names can be those of networks that containers serve their callers on.
pub(crate) fn network(name: &str, reach: &Reach) -> Result<(), Error> {
    match network::flaw_of_name(name, reach) {
        None => Ok(()),
        Some(flaw) => Err(Error::nonsense(
            "network",
            format!("network is {name:?}, which {flaw}"),
            "give the name of a network for the containers; it is made if it isn't there",
        )),
    }
}

/// With which limits anything could start.
pub(crate) fn limits(limits: &Limits) -> Result<(), Error> {
    if limits.starting == 0 || limits.running == Some(0) {
        let key = if limits.starting == 0 {
            "limits.starting"
        } else {
            "limits.running"
        };
        return Err(Error::nonsense(
            key,
            "with limits.starting or limits.running at 0 nothing would ever start",
            "set it to 1 or more; limits.running = false takes the limit away",
        ));
    }
    Ok(())
}

/// What must hold between the times for leases to be safe, and for anything to succeed.
pub(crate) fn timing(timing: &Timing) -> Result<(), Error> {
    let positive = [
        ("timing.start", timing.start),
        ("timing.pull", timing.pull),
        ("timing.answer", timing.answer),
        ("timing.engine", timing.engine),
        ("timing.store", timing.store),
        ("timing.renew", timing.renew),
        ("timing.resync", timing.resync),
    ];
    if let Some((key, _)) = positive.iter().find(|(_, length)| length.is_zero()) {
        return Err(Error::nonsense(
            *key,
            format!("{key} is zero"),
            "give it some time; all are far above a second by default",
        ));
    }
    if timing.renew.saturating_add(timing.margin) >= timing.lease {
        return Err(Error::nonsense(
            "timing.lease",
            "timing.renew and timing.margin together must be shorter than timing.lease",
            "by default they are 5s, 2s and 15s",
        ));
    }
    let bounded = [
        ("timing.lease", timing.lease, LONGEST_LEASE),
        ("timing.rest", timing.rest, LONGEST_REST),
        ("timing.quarantine", timing.quarantine, LONGEST_REST),
    ];
    if let Some((key, _, longest)) = bounded.iter().find(|(_, length, longest)| length > longest) {
        return Err(Error::nonsense(
            *key,
            format!("{key} is longer than {} minutes", longest.as_secs() / 60),
            "what lies further ahead in the store counts as written by a clock that ran ahead",
        ));
    }
    if timing.start <= timing.lease {
        return Err(Error::nonsense(
            "timing.start",
            "timing.start must be longer than timing.lease",
            "a start may have to wait for the lease of a controller that is gone",
        ));
    }
    Ok(())
}

/// From which templates, in this table, a container could be made and answer.
pub(crate) fn template(table: &str, template: &Template) -> Result<(), Error> {
    if template.gateway_port == 0 {
        let key = format!("{table}.gateway_port");
        let message = format!("{key} is 0");
        return Err(Error::nonsense(
            key,
            message,
            "set it to the port the gateway listens on inside of the container",
        ));
    }
    let odd = |name: &&String| name.is_empty() || name.contains(['=', '\0']);
    if let Some(name) = template.environment.keys().find(odd) {
        return Err(Error::nonsense(
            format!("{table}.environment"),
            format!("{table}.environment has a variable named {name:?}"),
            "a variable's name can't be empty or hold `=`",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_that_would_break_leases_are_refused() {
        let with = |change: fn(&mut Timing)| {
            let mut times = Timing::default();
            change(&mut times);
            timing(&times).map_err(|error| error.key().unwrap().to_owned())
        };
        let refused = |key: &str| Err(key.to_owned());
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(
            with(|timing| timing.lease = Duration::from_secs(7)),
            refused("timing.lease")
        );
        assert_eq!(
            with(|timing| timing.start = timing.lease),
            refused("timing.start")
        );
        assert_eq!(
            with(|timing| timing.store = Duration::ZERO),
            refused("timing.store")
        );
    }

    #[test]
    fn a_network_that_publishes_nothing_or_has_no_names_is_refused() {
        let by_name = Reach::Network { publish_on: None };
        for name in ["host", "none", "default", "container:api", "bridge"] {
            let error = network(name, &by_name).unwrap_err();
            assert_eq!(error.key(), Some("network"), "{name}");
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(network("agents", &by_name), Ok(()));
    }

    #[test]
    fn with_a_limit_of_nothing_nothing_would_start() {
        let of = |starting, running| {
            let mut limits = Limits::default();
            limits.starting = starting;
            limits.running = running;
            limits
        };
        assert_eq!(limits(&of(1, None)), Ok(()));
        assert!(limits(&of(0, None)).is_err());
        assert!(limits(&of(1, Some(0))).is_err());
    }

    #[test]
    fn a_template_that_no_container_could_be_made_from_is_refused() {
        let mut odd = Template::reference_service();
        assert_eq!(template("template", &odd), Ok(()));
        odd.environment.insert("a=b".to_owned(), String::new());
        let error = template("users.\"u\"", &odd).unwrap_err();
        assert_eq!(error.key(), Some("users.\"u\".environment"));
        odd.gateway_port = 0;
        let error = template("template", &odd).unwrap_err();
        assert_eq!(error.to_string(), "template.gateway_port is 0");
    }
}
