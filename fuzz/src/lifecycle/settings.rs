//! How the lifecycle is told to behave.

use std::time::Duration;

use arbitrary::Unstructured;
use portreeve_core::id::PortRange;
use portreeve_core::settings::{PullPolicy, Reach, Readiness, Settings};
use portreeve_core::template::Template;
use portreeve_core::token::{Key, Keyring};

use super::users::user;
use crate::make;

/// Ones in which things are scarce; and whether all times are such as somebody would wait for.
pub(super) fn settings(bytes: &mut Unstructured) -> arbitrary::Result<(Settings, bool)> {
    let key = |byte: u8| Key::new(&[byte; 32].into());
    let mut settings = Settings::new(
        Template::reference_service(),
        Keyring::new(key(bytes.arbitrary()?), vec![key(1)]),
    );
    let choices: u16 = bytes.arbitrary()?;
    let is_set = |bit: u16| choices & (1 << bit) != 0;
    let first = settings.ports.first();
    let last = first.checked_add(2).unwrap_or(first);
    settings.ports = PortRange::new(first, last).unwrap_or(PortRange::DEFAULT);
    settings.idle_limit = Duration::from_secs(u64::from(choices & 15));
    settings.limits.starting = if is_set(4) { 1 } else { 8 };
    settings.limits.page = if is_set(4) { 0 } else { 3 };
    settings.limits.running = is_set(5).then_some(2);
    settings.maintenance.watch = is_set(6);
    settings.maintenance.sweep = is_set(7).then_some(Duration::from_secs(60));
    settings.maintenance.compare = is_set(8).then_some(Duration::from_secs(300));
    settings.maintenance.reap = is_set(8).then_some(Duration::from_secs(60));
    settings.readiness = match (choices >> 9) & 7 {
        0 => Readiness::None,
        1 => Readiness::Healthy,
        2 => Readiness::Tcp,
        3 => Readiness::Http("/health".to_owned()),
        _ => Readiness::Running,
    };
    if is_set(12) {
        settings.reach = Reach::Network { publish_on: None };
    }
    if bytes.ratio(1, 16)? {
        let odd = ["host", "none", "container:api", "bridge"];
        (*bytes.choose(&odd)?).clone_into(&mut settings.network);
    }
    if is_set(13) {
        settings.pull = PullPolicy::Never;
    }
    if is_set(14) {
        let mut template = settings.template.clone();
        template.memory = Some(1 << 29);
        settings.overrides.insert(user(bytes)?, template);
        settings.generation = bytes.arbitrary()?;
    }
    if is_set(15) {
        odd_times(&mut settings, bytes)?;
    }
    Ok((settings, !is_set(15)))
}

/// Hosts may say any: whatever comes of it, nothing panics.
fn odd_times(settings: &mut Settings, bytes: &mut Unstructured) -> arbitrary::Result<()> {
    let timing = &mut settings.timing;
    for time in [
        &mut timing.start,
        &mut timing.queue,
        &mut timing.pull,
        &mut timing.grace,
        &mut timing.answer,
        &mut timing.patience,
        &mut timing.probe,
        &mut timing.settle,
        &mut timing.steady,
        &mut timing.engine,
        &mut timing.store,
        &mut timing.slack,
        &mut timing.trust,
        &mut timing.rest,
        &mut timing.quarantine,
        &mut settings.idle_limit,
    ] {
        if bytes.ratio(1, 8)? {
            *time = make::span(bytes)?;
        }
    }
    Ok(())
}
