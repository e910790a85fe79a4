//! Stories as golden text: what is asked and what happens in, effects and replies out.
//!
//! Each file of `scenarios/` holds comments (`#`), lines that make something happen (`>`), and what
//! came of each. `PORTREEVE_UPDATE_DOCS=1` writes anew what came of them, to be read as a diff.

use std::fmt::Write as _;
use std::time::Duration;
use std::{env, fs};

use portreeve_core::command::{Command, Reply, UserStatus};
use portreeve_core::id::PortRange;
use portreeve_core::observed::ContainerState;
use portreeve_core::settings::{Readiness, Settings};
use portreeve_core::token::{Key, Keyring};

use crate::world::{World, user};

#[test]
fn every_scenario_reads_as_it_is_written() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        let written = fs::read_to_string(&path).expect("text");
        let played = play(&written);
        count += 1;
        if env::var_os("PORTREEVE_UPDATE_DOCS").is_some() {
            fs::write(&path, played).expect("it can be written");
        } else {
            assert_eq!(written, played, "{}", path.display());
        }
    }
    assert!(count >= 5, "only {count} scenarios were found");
}

/// Plays the lines that make something happen, and writes what came of each.
fn play(script: &str) -> String {
    let mut world = World::new(1);
    let mut controllers = 1;
    let mut played = String::new();
    for line in script.lines() {
        if line.is_empty() || line.starts_with('#') {
            writeln!(played, "{line}").expect("memory");
        }
        let Some(words) = line.strip_prefix("> ") else {
            continue;
        };
        writeln!(played, "{line}").expect("memory");
        world.calls.clear();
        let reply = happen(&mut world, words, &mut controllers);
        for call in &world.calls {
            writeln!(played, "    {call}").expect("memory");
        }
        if let Some(reply) = reply {
            writeln!(played, "  {}", told(&reply)).expect("memory");
        }
    }
    played
}

fn happen(world: &mut World, words: &str, controllers: &mut u8) -> Option<Reply> {
    let words: Vec<_> = words.split(' ').collect();
    if let Some(command) = command(&words) {
        return Some(world.run(command));
    }
    match words[..] {
        ["another", "controller"] => restart(world, controllers),
        ["another", "controller,", "with", ref what @ ..] => {
            *controllers += 1;
            world.restart_with(*controllers, |settings| configure(settings, what));
        }
        ["the", "controller", "dies", "while", "purging", id] => {
            world.command(Command::Purge(user(id)));
            world.drive_until(|call| call == "engine: remove");
            restart(world, controllers);
        }
        ["the", "controller", "dies", "while", "starting", id] => {
            world.command(Command::Ensure(user(id)));
            world.drive_until(|call| call.starts_with("engine: create mosaic-user"));
            restart(world, controllers);
        }
        ["the", "controller", "dies", "while", "stopping", id] => {
            world.command(Command::Stop(user(id)));
            world.drive_until(|call| call == "store: put stopping, lease");
            restart(world, controllers);
        }
        ["the", "container", ref what @ ..] => interfere(world, what),
        ["the", "controller", "dies", "while", "repairing"] => {
            world.command(Command::Repair { dry_run: false });
            world.drive_until(|call| call == "engine: remove");
            restart(world, controllers);
        }
        ["a", "second", "container", "of", id] => world.add_surplus(id),
        ["a", "container", "runs", "from", "an", "image", "of", id] => {
            world.add_copy(id);
        }
        ["the", "volume", "of", id, "loses", "its", "labels"] => world.unlabel_volume(id),
        ["the", "record", "of", id, "is", "lost"] => world.lose_record(id),
        ["port", port, "is", "taken"] => world.occupied.push(port.parse().expect("a port")),
        ["starts", "exit", "with", code] => {
            world.exits_with = Some(code.parse().expect("a code"));
        }
        ["somebody", "else", "makes", name] => world.add_foreign(name),
        ["port", port, "is", "left"] => {
            let port: u16 = port.parse().expect("a port");
            world.occupied.retain(|taken| *taken != port);
        }
        [seconds, "s", "pass"] => world.sleep(length(seconds)),
        _ => panic!("nobody knows how to {words:?}"),
    }
    None
}

fn length(seconds: &str) -> Duration {
    Duration::from_secs(seconds.parse().expect("seconds"))
}

fn restart(world: &mut World, controllers: &mut u8) {
    *controllers += 1;
    world.restart_controller(*controllers);
}

/// The words of a command, if they are one.
fn command(words: &[&str]) -> Option<Command> {
    Some(match *words {
        ["ensure", id] => Command::Ensure(user(id)),
        ["stop", id] => Command::Stop(user(id)),
        ["touch", id] => Command::Touch(user(id)),
        ["status", id] => Command::Status(user(id)),
        ["restart", id] => Command::Restart(user(id)),
        ["purge", id] => Command::Purge(user(id)),
        ["rotate", id] => Command::Rotate(user(id)),
        ["adopt", id] => Command::Adopt(user(id)),
        ["limit", id, seconds] => Command::LimitIdle(user(id), Some(length(seconds))),
        ["list", limit, "after", id] => Command::List {
            after: Some(user(id)),
            limit: limit.parse().expect("a number"),
        },
        ["list", limit] => Command::List {
            after: None,
            limit: limit.parse().expect("a number"),
        },
        ["reap"] => Command::Reap,
        ["health"] => Command::Health,
        ["rekey"] => Command::Rekey,
        ["repair"] => Command::Repair { dry_run: false },
        ["repair,", "dry"] => Command::Repair { dry_run: true },
        _ => return None,
    })
}

/// Somebody, or the container itself, does something to the first container.
fn interfere(world: &mut World, what: &[&str]) {
    let container = &mut world.containers[0];
    let exited = |code: &str| ContainerState::Stopped {
        exit_code: Some(code.parse().expect("a code")),
    };
    match *what {
        ["exits", "with", code] => container.state = exited(code),
        ["ends", "with", code, "after", seconds, "s"] => {
            container.state = exited(code);
            container.ran_for = Some(length(seconds));
        }
        ["is", "taken", "off", "its", "network"] => container.networks = Some(Vec::new()),
        ["is", "moved", "to", network] => container.networks = Some(vec![network.into()]),
        ["is", "started"] => container.state = ContainerState::Running,
        ["is", "paused"] => container.state = ContainerState::Paused,
        ["is", "called", name] => container.name = name.into(),
        ["is", "renamed"] => container.name = "renamed".into(),
        ["is", "removed"] => drop(world.containers.remove(0)),
        _ => panic!("nobody knows how a container {what:?}"),
    }
}

fn configure(settings: &mut Settings, what: &[&str]) {
    match what {
        ["a", "newer", "image"] => {
            settings.generation += 1;
            settings.template.image = "newer".into();
        }
        ["readiness", "healthy"] => settings.readiness = Readiness::Healthy,
        ["readiness", "running"] => settings.readiness = Readiness::Running,
        ["another", "image"] => settings.template.image = "another".into(),
        ["a", "new", "key"] => {
            let old = Key::new(&[9; 32].into());
            settings.keyring = Keyring::new(Key::new(&[10; 32].into()), vec![old]);
        }
        ["network", network] => {
            settings.generation += 1;
            settings.network = (*network).into();
        }
        [count, "ports"] => {
            let first = settings.ports.first();
            let count: u16 = count.parse().expect("a number");
            let last = first.checked_add(count - 1).expect("small");
            settings.ports = PortRange::new(first, last).expect("not empty");
        }
        _ => panic!("nobody knows how to configure {what:?}"),
    }
}

fn told(reply: &Reply) -> String {
    match reply {
        Reply::Ensured(endpoint) => {
            format!("{}: {}", endpoint.outcome.as_str(), endpoint.url)
        }
        Reply::Stopped(stopped) => {
            format!("known: {}, changed: {}", stopped.known, stopped.changed)
        }
        Reply::Touched(touched) => format!("touched: {}", touched.known),
        Reply::Status(status) => line(status),
        Reply::Listed(page) => {
            let mut told: Vec<_> = page.users.iter().map(line).collect();
            told.extend(page.next.as_ref().map(|user| format!("more after {user}")));
            format!("listed: {}", told.join("; "))
        }
        Reply::Reaped(reaped) => {
            format!("stopped: {:?}, failed: {:?}", reaped.stopped, reaped.failed)
        }
        Reply::Health(users) => lines("health", users, |health| match &health.ailment {
            None => format!("{} is healthy", health.user),
            Some(ailment) => format!("{}: {ailment}", health.user),
        }),
        Reply::Repaired(findings) => lines("found", findings, |finding| {
            let problem = finding.problem.as_str();
            format!("{} {problem} {}", finding.user, finding.remedy.as_str())
        }),
        Reply::Purged(known) => format!("purged: {known}"),
        Reply::Rotated(rotated) => {
            let url = rotated.endpoint.as_ref().map(|endpoint| &endpoint.url);
            format!("token {}: {url:?}", rotated.generation)
        }
        Reply::Rekeyed(rekeyed) => format!(
            "sealed: {}, current: {}, failed: {:?}",
            rekeyed.sealed, rekeyed.current, rekeyed.failed
        ),
        Reply::Adopted(adopted) => format!(
            "container {:?}, volume {}, port {:?}, already: {}",
            adopted.container, adopted.volume, adopted.port, adopted.already
        ),
        Reply::IdleLimited(known) => format!("limited: {known}"),
        Reply::Failed(error) => format!("{}: {error}", error.code()),
        other => format!("{other:?}"),
    }
}

fn lines<T>(what: &str, all: &[T], line: impl Fn(&T) -> String) -> String {
    let lines: Vec<_> = all.iter().map(line).collect();
    format!("{what}: {}", lines.join("; "))
}

fn line(status: &UserStatus) -> String {
    let port = status
        .port
        .map_or("no port".into(), |port| port.to_string());
    format!("{} {} {port}", status.user, status.status.as_str())
}
