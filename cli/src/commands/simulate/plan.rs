//! Plans capacity: users come and go in a simulated world, with this host's own settings.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use portreeve_config::{Configuration, Origin, Variables, length};
use portreeve_core::command::Progress;
use portreeve_core::settings::{Settings, Timing};
use portreeve_core::token::{Key, Keyring};
use portreeve_planner::plan::{Plan, Teller};
use portreeve_planner::report::{NotDrawn, PlanReport};
use portreeve_planner::workload::{self, Pattern, Session, Workload};
use portreeve_sim::faults::Severity;
use zeroize::Zeroizing;

use crate::args::{Global, PlanFlags, Storms};
use crate::codes::Exit;
use crate::config;
use crate::failure::Failure;
use crate::output::{Output, Spinner};

/// Plans, prints what it takes, and tells how the process is to end.
pub(crate) fn run(
    storms: &Storms,
    flags: &PlanFlags,
    (global, variables): (&Global, &Variables),
    output: Output,
) -> Result<Exit, Failure> {
    fit(storms, flags)?;
    let config = config::load(global, variables)?;
    let settings = settings(&config)?;
    let (workload, days) = workload(flags, &settings)?;
    let count = usize::try_from(storms.seeds).unwrap_or(usize::MAX);
    let plan = Plan {
        controllers: storms.controllers.unwrap_or(1).into(),
        workload,
        days,
        severity: storms
            .faults
            .as_deref()
            .and_then(Severity::parse)
            .unwrap_or_default(),
        ready_after: flags.start_time.unwrap_or(Duration::from_secs(2)),
        ends_after: flags.stop_time.unwrap_or(Duration::from_secs(1)),
        seeds: (storms.seed..=u64::MAX).take(count).collect(),
        wait_target: flags.wait_target.unwrap_or(Duration::from_secs(10)),
        settings,
    };
    // Before a minute is spent on it.
    let page = flags.report.as_deref().map(create).transpose()?;
    let answer = plan.answer(flags.quick, &|what, minutes| stage(output, what, minutes));
    let template = plan.settings.template.memory;
    let report = PlanReport {
        memory: flags.memory_per_container.map(|size| size.0).or(template),
        again: again(storms, flags, global),
        plan,
        answer,
    };
    if let (Some(path), Some(())) = (&flags.report, page) {
        let page = if is_picture(path) {
            report.picture()
        } else {
            report.page()
        };
        let page = page.map_err(|error| not_drawn(&error))?;
        fs::write(path, page)
            .map_err(|error| Failure::io(format!("{} can't be written", path.display()), &error))?;
    }
    output.planned(&report, flags.report.as_deref())?;
    Ok(if report.answer.broken().is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn not_drawn(error: &NotDrawn) -> Failure {
    Failure::new("internal", error.to_string(), "please report it")
}

/// A picture of the plots that tell most, for where a page doesn't fit.
fn is_picture(path: &Path) -> bool {
    path.extension()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("svg"))
}

/// Flags that don't go together.
fn fit(storms: &Storms, flags: &PlanFlags) -> Result<(), Failure> {
    let no = |what: &str, hint: &str| Err(Failure::usage(what, hint));
    if storms.script.is_some() || storms.trace {
        return no(
            "--script and --trace are of storms, and this is a plan",
            "leave them out, or leave out --users, --workload and the other planning flags",
        );
    }
    if storms.seeds == 0 {
        return no("--seeds is 0", "plan with one seed at least");
    }
    let pattern = flags.workload.as_deref().unwrap_or(OFFICE_HOURS);
    if ![OFFICE_HOURS, STEADY].contains(&pattern) && flags.visits.is_some() {
        return no(
            "--visits says nothing of a burst, in which each user comes once a day, nor of a file",
            "leave it out, or take --workload office-hours or steady",
        );
    }
    if pattern != OFFICE_HOURS && flags.time_zones.is_some() {
        return no(
            "--time-zones is about office hours alone",
            "leave it out, or take --workload office-hours",
        );
    }
    if pattern != BURST && flags.burst_within.is_some() {
        return no(
            "--burst-within is about a burst alone",
            "take --workload burst too",
        );
    }
    if ![OFFICE_HOURS, STEADY, BURST].contains(&pattern) && flags.users.is_some() {
        return no(
            "--users says nothing of a file, which names them",
            "leave it out",
        );
    }
    if flags
        .touch_every
        .is_some_and(|every| every < Duration::from_secs(1))
    {
        return no(
            "--touch-every is below a second",
            "take one or more, such as 5m",
        );
    }
    Ok(())
}

const OFFICE_HOURS: &str = "office-hours";
const STEADY: &str = "steady";
const BURST: &str = "burst";

/// The settings that a host gets which embeds Portreeve and is configured like this.
fn settings(config: &Configuration) -> Result<Settings, Failure> {
    // Tokens are sealed in a world that ends with the command.
    let key = Key::new(&Zeroizing::new([7; 32]));
    let mut settings = config.settings(Keyring::new(key, Vec::new()))?;
    // A command that somebody waits for has less patience than a host.
    if *config.origin("timing.patience") == Origin::Default {
        settings.timing.patience = Timing::default().patience;
    }
    Ok(settings)
}

fn workload(flags: &PlanFlags, settings: &Settings) -> Result<(Workload, u32), Failure> {
    let third = settings.idle_limit / 3;
    let usual = Session::default();
    let session = Session {
        median: flags.session.unwrap_or(usual.median),
        touch: flags.touch_every.unwrap_or(if third.is_zero() {
            usual.touch
        } else {
            usual.touch.min(third).max(Duration::from_secs(1))
        }),
    };
    let visits = flags.visits.unwrap_or(3.0);
    let pattern = match flags.workload.as_deref().unwrap_or(OFFICE_HOURS) {
        OFFICE_HOURS => Pattern::OfficeHours {
            visits,
            weekend: 0.05,
            zones: flags.time_zones.clone().unwrap_or_default(),
        },
        STEADY => Pattern::Steady { visits },
        BURST => Pattern::Burst {
            at: Duration::from_secs(9 * 3600),
            lasts: flags.burst_within.unwrap_or(Duration::from_secs(600)),
        },
        path => return listed(Path::new(path), flags.days, session),
    };
    let users = usize::try_from(flags.users.unwrap_or(1000)).unwrap_or(usize::MAX);
    let workload = Workload::of(users, pattern, session);
    Ok((workload, flags.days.unwrap_or(1)))
}

fn listed(path: &Path, days: Option<u32>, session: Session) -> Result<(Workload, u32), Failure> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| {
        Failure::usage(
            format!("the workload {shown} is no pattern, and no file that can be read: {error}"),
            "take office-hours, steady, burst, or a CSV file of timestamp,user",
        )
    })?;
    let timestamps = workload::read(file)
        .map_err(|error| Failure::usage(format!("{shown}: {error}"), error.way_out))?;
    let workload = Workload::of_timestamps(timestamps, session);
    let whole = workload.length().unwrap_or(1);
    if whole > 366 && days.is_none() {
        return Err(Failure::usage(
            format!("{shown} goes over {whole} days, and a plan over 366 at most"),
            "say with --days how many of them to take, or cut the file",
        ));
    }
    Ok((workload, days.unwrap_or(whole)))
}

/// Sees to it that the page can be written once there is one.
fn create(path: &Path) -> Result<(), Failure> {
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .map(drop)
        .map_err(|error| Failure::io(format!("{} can't be written", path.display()), &error))
}

/// Shows how far a stage is, in hours of virtual time.
fn stage(output: Output, what: &str, minutes: u64) -> Teller {
    let spinner = Spinner::start(output, &format!("{what}, hours:"));
    let tell = spinner.teller();
    let done = std::sync::atomic::AtomicU64::new(0);
    let hours = |minutes: u64| u32::try_from(minutes / 60).unwrap_or(u32::MAX);
    Box::new(move |more| {
        // It is shown for as long as this is.
        let _shown = &spinner;
        let now = done.fetch_add(more, std::sync::atomic::Ordering::Relaxed) + more;
        if now.is_multiple_of(60) {
            tell(Progress::Users {
                done: hours(now),
                total: hours(minutes),
            });
        }
    })
}

/// The command that gives the same again.
fn again(storms: &Storms, flags: &PlanFlags, global: &Global) -> String {
    let mut text = "portreeve simulate".to_owned();
    let mut say = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            for word in [" --", flag, " ", &quoted(&value)] {
                text.push_str(word);
            }
        }
    };
    let duration = |duration: Option<Duration>| duration.map(compact);
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|p| p.display().to_string());
    say("config", path(&global.config));
    for set in &global.set {
        say("set", Some(set.clone()));
    }
    say("seed", Some(storms.seed.to_string()));
    say(
        "seeds",
        (storms.seeds > 1).then(|| storms.seeds.to_string()),
    );
    say("users", flags.users.map(|users| users.to_string()));
    say("days", flags.days.map(|days| days.to_string()));
    say("workload", flags.workload.clone());
    say("visits", flags.visits.map(|visits| visits.to_string()));
    say("session", duration(flags.session));
    say("touch-every", duration(flags.touch_every));
    let zones = flags.time_zones.as_ref().map(|zones| {
        let zones: Vec<_> = zones.iter().map(i8::to_string).collect();
        zones.join(",")
    });
    say("time-zones", zones);
    say("burst-within", duration(flags.burst_within));
    say("start-time", duration(flags.start_time));
    say("stop-time", duration(flags.stop_time));
    say("wait-target", duration(flags.wait_target));
    say(
        "controllers",
        storms.controllers.map(|count| count.to_string()),
    );
    say("faults", storms.faults.clone());
    let memory = flags
        .memory_per_container
        .map(|size| format!("{}B", size.0));
    say("memory-per-container", memory);
    say("report", path(&flags.report));
    if flags.quick {
        text.push_str(" --quick");
    }
    text
}

fn compact(time: Duration) -> String {
    length::show(time).replace(' ', "")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "-_./,:=+@%".contains(char);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
