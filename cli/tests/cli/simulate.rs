//! Simulated storms, from the command line.

use serde_json::{Value, json};

use crate::program::Home;

#[test]
fn the_same_seed_prints_the_same_bytes() {
    let run = || Home::new().run(&["simulate", "--seed", "7", "--trace"]);
    let (one, other) = (run(), run());
    assert_eq!((one.exit, one.stderr.as_str()), (0, ""));
    assert_eq!(one.stdout, other.stdout);
    assert!(
        one.stdout.ends_with("No promise was broken.\n"),
        "{}",
        one.stdout
    );
}

#[test]
fn many_storms_are_counted_together() {
    let run = Home::new().run(&["simulate", "--seeds", "20", "--faults", "light", "--json"]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["storms"], 20);
    assert_eq!(told["faults"], "light");
    assert!(told["commands"].as_u64().unwrap() > 20, "{told}");
    assert_eq!(told["broken"], Value::Array(Vec::new()));
}

/// A script is played as it is written, and nothing else is asked for.
#[test]
fn a_script_is_played() {
    let home = Home::new();
    let script = home.write("script.txt", "# one\n0.5 ask 0 ensure \"alice\"\n");
    let run = home.run(&[
        "simulate",
        "--faults",
        "none",
        "--trace",
        "--script",
        script.to_str().unwrap(),
    ]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    let asked = "0.500000  host    asks c0 to ensure \"alice\"";
    assert!(run.stdout.contains(asked), "{}", run.stdout);
}

#[test]
fn a_mistake_in_a_script_is_named() {
    let home = Home::new();
    let script = home.write("script.txt", "0.5 dance 0\n");
    let run = home.run(&["simulate", "--json", "--script", script.to_str().unwrap()]);
    assert_eq!(run.exit, 2);
    let (code, message, _) = run.error();
    assert_eq!(code, "usage");
    assert!(
        message.ends_with("is no script: line 1: there is no input \"dance\""),
        "{message}"
    );
}

const PLAN: [&str; 5] = [
    "simulate",
    "--users",
    "40",
    "--memory-per-container",
    "512MiB",
];

/// The answer, as one document: what it takes, what that was compared with, and how it went.
#[test]
fn a_plan_is_one_document() {
    let run = Home::new().run(&[&PLAN[..], &["--json"]].concat());
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let told = run.document();
    assert_eq!(told["workload"], "office-hours");
    assert_eq!((&told["users"], &told["days"]), (&json!(40), &json!(1)));
    assert_eq!(told["begins"], "2026-01-05T00:00:00");
    let enough = &told["enough"];
    let running = enough["running_limit"].as_u64().unwrap();
    assert!((1..=40).contains(&running), "{enough}");
    assert_eq!(enough["memory_bytes"], running * (512 << 20));
    assert_eq!(
        (&enough["start_limit"], &enough["simulated"]),
        (&json!(1), &json!(true))
    );
    assert!(enough["ports"].as_u64() <= enough["ports_for_all"].as_u64());
    assert_eq!(told["without_limits"]["room"]["start_limit"], Value::Null);
    assert_eq!(told["as_configured"]["room"]["start_limit"], 8);
    assert_eq!(told["as_configured"]["running_peak"], running);
    assert_eq!(told["tried"][0]["met"], true);
    let series = told["series"].as_object().unwrap();
    assert_eq!(series["bucket_seconds"], 300);
    for (name, column) in series.iter().filter(|(name, _)| *name != "bucket_seconds") {
        assert_eq!(column.as_array().unwrap().len(), 288, "{name}");
    }
    assert_eq!(told["broken"], json!([]));
    assert_eq!(
        told["again"],
        "portreeve simulate --seed 0 --users 40 --memory-per-container 536870912B"
    );
}

/// As text, too; and with the settings that are configured here.
#[test]
fn a_plan_is_told_for_people_with_the_settings_of_this_host() {
    let home = Home::new();
    let config = home.write(
        "host.toml",
        "[limits]\nstarting = 3\n[template]\nmemory = \"1GiB\"\n",
    );
    let run = home.run(&[
        "simulate",
        "--users",
        "40",
        "--days",
        "2",
        "--quick",
        "--config",
        config.to_str().unwrap(),
    ]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    let mut lines = run.stdout.lines();
    let headline = lines.next().unwrap();
    assert!(
        headline.starts_with("40 users in office hours, 2 days, need "),
        "{headline}"
    );
    assert!(
        headline.ends_with(" GiB of memory and a start limit of about 1"),
        "{headline}"
    );
    let limits = lines.find(|line| line.contains("start limit of each controller"));
    let cells: Vec<_> = limits.unwrap().split_whitespace().rev().take(2).collect();
    assert_eq!(cells, ["3", "none"]);
    assert!(run.stdout.contains("none was broken"), "{}", run.stdout);
}

/// Pages and pictures need nothing but themselves, and the same command makes the same bytes.
#[test]
fn a_report_needs_nothing_but_itself_and_is_the_same_again() {
    let home = Home::new();
    let write = |name: &str| {
        let run = home.run(&[&PLAN[..], &["--json", "--report", name]].concat());
        assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
        (
            std::fs::read_to_string(home.path(name)).unwrap(),
            run.stdout,
        )
    };
    let (one, document) = write("plan.html");
    let (other, document_again) = write("plan.html");
    assert_eq!(one, other);
    assert_eq!(document, document_again);
    assert!(one.starts_with("<!DOCTYPE html>"));
    assert!(
        one.contains("<h1>40 users in office hours, 1 day, need "),
        "no headline"
    );
    // The only addresses are the names of XML's vocabularies.
    let addresses = one
        .split("http")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    for address in addresses {
        assert_eq!(address, "://www.w3.org/2000/svg");
    }
    for fetches in ["src=", "href=", "url(", "@import", "<script", "<link"] {
        assert!(!one.contains(fetches), "{fetches}");
    }
    // A title in words for each plot, and the numbers behind them.
    assert_eq!(
        one.matches("role=\"img\" aria-label=").count(),
        one.matches("<svg ").count()
    );
    assert!(one.matches("<svg ").count() >= 5);
    assert!(one.matches("<tr>").count() > 30);
    let (picture, _) = write("plan.svg");
    assert!(picture.starts_with("<svg ") && picture.trim_end().ends_with("</svg>"));
    assert!(picture.contains("Containers running"));
}

#[test]
fn a_plan_takes_its_visits_from_a_file() {
    let home = Home::new();
    home.write(
        "visits.csv",
        "timestamp,user\n2026-03-02T09:00:00+01:00,alice\n2026-03-03T09:00:00+01:00,bob\n",
    );
    let visits = ["simulate", "--workload", "visits.csv", "--json"];
    let told = home.run(&visits).document();
    assert_eq!((&told["users"], &told["days"]), (&json!(2), &json!(2)));
    assert_eq!(told["begins"], "2026-03-02T00:00:00");
    assert_eq!(told["as_configured"]["visits"], 2);
    assert_eq!(told["enough"]["running_limit"], 1);
    // With fewer days the rest is left out, and that is said.
    let run = home.run(&["simulate", "--workload", "visits.csv", "--days", "1"]);
    assert!(
        run.stdout.contains("1 visit of the file lie"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_is_wrong_with_a_plan_is_wrong_usage_and_names_the_way_out() {
    let home = Home::new();
    home.write("wrong.csv", "0,alice\nsoon,bob\n");
    for (args, says, hint) in [
        (
            &["--workload", "wrong.csv"][..],
            "wrong.csv: line 2: \"soon\" is no timestamp",
            "2026-01-05T09:00:00+01:00",
        ),
        (
            &["--workload", "office"],
            "is no pattern, and no file",
            "office-hours",
        ),
        (
            &["--users", "5", "--trace"],
            "--trace are of storms",
            "leave out",
        ),
        (
            &["--days", "2", "--script", "x"],
            "--script and --trace",
            "leave",
        ),
        (
            &["--workload", "burst", "--visits", "2"],
            "--visits",
            "steady",
        ),
        (
            &["--workload", "steady", "--time-zones", "1"],
            "--time-zones",
            "office-hours",
        ),
        (
            &["--workload", "wrong.csv", "--users", "2"],
            "--users",
            "leave it out",
        ),
        (
            &["--users", "5", "--seeds", "0"],
            "--seeds is 0",
            "one seed",
        ),
        (
            &["--users", "5", "--burst-within", "1m"],
            "--burst-within",
            "burst",
        ),
    ] {
        let run = home.run(&[&["simulate", "--json"], args].concat());
        assert_eq!(run.exit, 2, "{args:?}: {}", run.stdout);
        let (code, message, way_out) = run.error();
        assert_eq!(code, "usage", "{args:?}");
        assert!(message.contains(says), "{args:?}: {message}");
        assert!(way_out.contains(hint), "{args:?}: {way_out}");
    }
    // Nor is a plan begun whose page couldn't be written.
    let run = home.run(&[
        "simulate",
        "--users",
        "5",
        "--report",
        "no/such/place.html",
        "--json",
    ]);
    assert_eq!((run.exit, run.error().0.as_str()), (1, "io"));
}
