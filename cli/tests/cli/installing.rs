//! What is installed beside the program: completions, manual pages, units, and a configuration file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::program::Home;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// What the help lists, which leaves out what is hidden.
fn commands(home: &Home) -> BTreeSet<String> {
    let help = home.run(&["--help"]).stdout;
    let listed = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let commands: BTreeSet<_> = listed
        .filter(|line| !line.starts_with("    "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect();
    assert!(commands.contains("ensure"), "{help}");
    assert!(!commands.contains("demo-gateway"), "{help}");
    commands
}

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

#[test]
fn every_command_has_a_manual_page_and_nothing_else_has() {
    let home = Home::new();
    let directory = home.path("share/man/man1");
    let run = home.run(&["man", directory.to_str().unwrap()]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    let mut expected: BTreeSet<_> = commands(&home)
        .into_iter()
        .map(|command| format!("portreeve-{command}.1"))
        .collect();
    expected.insert("portreeve.1".to_owned());
    let written: BTreeSet<_> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(written, expected);
    for page in written {
        let text = fs::read_to_string(directory.join(&page)).unwrap();
        for part in [".TH", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"] {
            assert!(text.contains(part), "{page} has no {part}: {text}");
        }
        assert!(!text.contains('\x1b'), "{page} has colours");
    }
    let page = fs::read_to_string(directory.join("portreeve.1")).unwrap();
    assert!(page.contains("start_failed"), "error codes: {page}");
}

#[test]
fn a_directory_for_manual_pages_that_can_not_be_made_is_named() {
    let home = Home::new();
    home.write("file", "");
    let directory = home.path("file/man1");
    let run = home.run(&["--json", "man", directory.to_str().unwrap()]);
    let (code, message, _) = run.error();
    assert_eq!((run.exit, code.as_str()), (1, "io"));
    assert!(message.contains(directory.to_str().unwrap()), "{message}");
}

#[test]
fn every_shell_completes_every_command_and_nothing_hidden() {
    let home = Home::new();
    for shell in SHELLS {
        let run = home.run(&["completions", shell]);
        assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{shell}");
        for command in commands(&home) {
            assert!(run.stdout.contains(&command), "{shell}: no {command}");
        }
        assert!(run.stdout.contains("docker-host"), "{shell}: no flags");
        assert!(!run.stdout.contains("demo-gateway"), "{shell}");
    }
    let unknown = home.run(&["completions", "tcsh"]);
    assert_eq!(unknown.exit, 2);
    assert!(unknown.stderr.contains("fish"), "{}", unknown.stderr);
}

/// Each is a command line that there is: a unit must not be the last to learn of a change.
#[test]
fn units_run_what_the_program_understands() {
    let home = Home::new();
    let mut units = BTreeSet::new();
    for entry in fs::read_dir(deploy().join("systemd")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        units.insert(path.file_name().unwrap().to_str().unwrap().to_owned());
        for line in text
            .lines()
            .filter_map(|line| line.strip_prefix("ExecStart="))
        {
            let mut words = line.split_whitespace();
            assert_eq!(words.next(), Some("/usr/bin/portreeve"), "{line}");
            let args: Vec<_> = words.chain(["--help"]).collect();
            let run = home.run(&args);
            assert_eq!(run.exit, 0, "{line}: {}", run.stderr);
        }
    }
    let expected = ["reap", "repair"]
        .map(|what| ["service", "timer"].map(|kind| format!("portreeve-{what}.{kind}")));
    assert_eq!(units, expected.into_iter().flatten().collect());
}

#[test]
fn the_installed_configuration_is_one_also_where_it_is_commented_out() {
    let home = Home::new();
    let text = fs::read_to_string(deploy().join("portreeve.toml")).unwrap();
    // What may be set has no space behind its sign; sentences have.
    let all: String = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if !key.starts_with(' ') => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(all.contains("\nidle_limit = "), "{all}");
    for text in [text, all] {
        let file = home.write("installed.toml", &text);
        let run = home.run(&["config", "--json", "--config", file.to_str().unwrap()]);
        assert_eq!(run.exit, 0, "{}", run.stderr);
        let keys = run.document()["keys"].clone();
        let keys = keys.as_array().unwrap();
        let store = keys.iter().find(|key| key["key"] == "store").unwrap();
        assert_eq!(store["value"], "\"sqlite:/var/lib/portreeve/portreeve.db\"");
    }
}
