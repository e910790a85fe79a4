//! Stories as golden text: what is asked and what happens in, effects and replies out.
//!
//! Each file of `scenarios/` holds comments (`#`), lines that make something happen (`>`), and what
//! came of each. `PORTREEVE_UPDATE_DOCS=1` writes anew what came of them, to be read as a diff.

mod world;

use std::fmt::Write as _;
use std::time::Duration;
use std::{env, fs};

use portreeve_core::command::{Command, Reply, UserStatus};
use portreeve_core::observed::ContainerState;
use portreeve_core::user::UserId;
use world::World;

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
    let user = |id: &str| UserId::new(id).expect("valid");
    let words: Vec<_> = words.split(' ').collect();
    match words[..] {
        ["ensure", id] => return Some(world.run(Command::Ensure(user(id)))),
        ["stop", id] => return Some(world.run(Command::Stop(user(id)))),
        ["touch", id] => return Some(world.run(Command::Touch(user(id)))),
        ["status", id] => return Some(world.run(Command::Status(user(id)))),
        ["list"] => return Some(world.run(Command::List)),
        ["another", "controller"] => {
            *controllers += 1;
            world.restart_controller(*controllers);
        }
        ["the", "controller", "dies", "while", "stopping", id] => {
            world.command(Command::Stop(user(id)));
            world.drive_until(|call| call == "store: put stopping, lease");
            *controllers += 1;
            world.restart_controller(*controllers);
        }
        ["port", port, "is", "taken"] => world.occupied.push(port.parse().expect("a port")),
        ["the", "container", "exits", "with", code] => {
            let code = code.parse().expect("a code");
            world.containers[0].state = ContainerState::Exited { code };
        }
        ["the", "container", "is", "paused"] => {
            world.containers[0].state = ContainerState::Paused;
        }
        ["the", "container", "is", "removed"] => drop(world.containers.remove(0)),
        ["the", "container", "is", "renamed"] => world.containers[0].name = "renamed".into(),
        ["starts", "exit", "with", code] => {
            world.exits_with = Some(code.parse().expect("a code"));
        }
        ["somebody", "else", "makes", name] => world.add_foreign(name),
        [seconds, "s", "pass"] => {
            world.sleep(Duration::from_secs(seconds.parse().expect("seconds")));
        }
        _ => panic!("nobody knows how to {words:?}"),
    }
    None
}

fn told(reply: &Reply) -> String {
    match reply {
        Reply::Ensured(endpoint) => {
            format!("{}: {}", endpoint.outcome.as_str(), endpoint.url)
        }
        Reply::Stopped(stopped) => {
            format!("known: {}, changed: {}", stopped.known, stopped.changed)
        }
        Reply::Touched(touched) => format!("touched: {touched}"),
        Reply::Status(status) => line(status),
        Reply::Listed(statuses) => {
            let lines: Vec<_> = statuses.iter().map(line).collect();
            format!("listed: {}", lines.join("; "))
        }
        Reply::Failed(error) => format!("{}: {error}", error.code()),
    }
}

fn line(status: &UserStatus) -> String {
    let port = status
        .port
        .map_or("no port".into(), |port| port.to_string());
    format!("{} {} {port}", status.user, status.status.as_str())
}
