//! The scenes that are explored.

use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::id::PortRange;
use portreeve_core::settings::{PullPolicy, Readiness};
use portreeve_core::user::UserId;
use portreeve_sim::engine::{Exit, HealthCheck, OnTerm, Personality};

use crate::bounds::bounds;
use crate::host_ports::host_ports;
use crate::scene::{Budget, Meddling, Scene, Step, port, user};
use crate::shared_volumes::shared_volumes;

/// All of them.
pub fn scenes() -> Vec<Scene> {
    let mut scenes = several_users();
    scenes.extend(one_user());
    scenes.extend(frozen());
    scenes.extend(activity());
    scenes.extend(what_is_in_the_way());
    scenes.extend(containers_that_end());
    scenes.extend(containers_that_are_not_ready());
    scenes.extend(what_was_lost());
    scenes.extend(another_engine());
    scenes.extend(shared_volumes());
    scenes.extend(host_ports());
    scenes.extend(bounds());
    scenes
}

fn ensure(user: &UserId) -> Step {
    Step::AskAny(Command::Ensure(user.clone()))
}

fn stop(user: &UserId) -> Step {
    Step::AskAny(Command::Stop(user.clone()))
}

fn restart(user: &UserId) -> Step {
    Step::AskAny(Command::Restart(user.clone()))
}

fn purge(user: &UserId) -> Step {
    Step::AskAny(Command::Purge(user.clone()))
}

fn rotate(user: &UserId) -> Step {
    Step::AskAny(Command::Rotate(user.clone()))
}

fn adopt(user: &UserId) -> Step {
    Step::AskAny(Command::Adopt(user.clone()))
}

fn repair() -> Step {
    Step::AskAny(Command::Repair { dry_run: false })
}

/// A container that takes its time to end when it is asked to.
fn slow() -> Personality {
    Personality {
        on_term: OnTerm::Ends {
            after: Duration::from_secs(3),
            code: 0,
        },
        ..Personality::default()
    }
}

/// Another engine answers in the midst of something, and the right one later, or only in the calm.
fn another_engine() -> Vec<Scene> {
    let a = user("a");
    let scene = |name, about, running: bool, step: Step| {
        let mut scene = Scene::new(name, about, &["a"]).with(&a, vec![step]);
        scene.controllers = 1;
        scene.before = vec![(0, Command::Ensure(a.clone()))];
        if !running {
            scene.before.push((0, Command::Stop(a.clone())));
        }
        scene.meddling = vec![Meddling::SwapEngine, Meddling::ReturnEngine];
        scene.budget = Budget {
            meddling: 2,
            crashes: 1,
            ..Budget::default()
        };
        scene
    };
    vec![
        scene(
            "another-engine",
            "another engine answers while a user is started",
            false,
            ensure(&a),
        ),
        scene(
            "another-engine-and-stop",
            "another engine answers while a user is stopped",
            true,
            stop(&a),
        ),
        scene(
            "another-engine-and-restart",
            "another engine answers while a user is restarted",
            true,
            restart(&a),
        ),
        scene(
            "another-engine-and-rotate",
            "another engine answers while a user gets a new token",
            true,
            rotate(&a),
        ),
        scene(
            "another-engine-and-purge",
            "another engine answers while a user is purged",
            true,
            purge(&a),
        ),
        scene(
            "another-engine-and-repair",
            "another engine answers while a sweep goes on",
            true,
            repair(),
        ),
    ]
}

/// What comes with two users: ports, the start queue, evictions.
fn several_users() -> Vec<Scene> {
    let (a, b) = (user("a"), user("b"));
    let both = |name, about| {
        let mut scene = Scene::new(name, about, &["a", "b"])
            .with(&a, vec![ensure(&a)])
            .with(&b, vec![ensure(&b)]);
        scene.alike = true;
        scene
    };
    let mut crash = both("two-starts", "two users are started; a process is killed");
    crash.budget.crashes = 1;
    let mut lost = both(
        "two-starts-in-doubt",
        "two users are started; an answer is lost",
    );
    lost.budget.lost_answers = 1;
    let mut frozen = both(
        "two-starts-frozen",
        "two users are started; a process stands still",
    );
    frozen.budget.freezes = 1;
    let mut dry = both("one-port", "two users are started, and there is one port");
    dry.settings.ports = PortRange::new(port(19000), port(19000)).expect("not empty");
    dry.scripts[0].steps.push(stop(&a));
    dry.scripts[1].steps.push(stop(&b));
    let mut line = both(
        "start-line",
        "two users are started, one at a time; and stopped",
    );
    line.settings.limits.starting = 1;
    line.settings.limits.running = Some(1);
    line.scripts[0].steps.push(stop(&a));
    line.scripts[1].steps.push(stop(&b));
    let mut doubt = both(
        "two-starts-killed-in-doubt",
        "two users are started; an answer is lost, and a process is killed",
    );
    doubt.budget.crashes = 1;
    doubt.budget.lost_answers = 1;
    let mut meddled = both(
        "two-starts-meddled",
        "two users are started; an answer is lost, and somebody meddles",
    );
    meddled.alike = false;
    meddled.budget.lost_answers = 1;
    meddled.budget.meddling = 1;
    meddled.meddling = vec![
        Meddling::Kill(a.clone()),
        Meddling::Remove(a.clone()),
        Meddling::OccupyPort(port(19000)),
    ];
    let mut alike = Scene::new(
        "names-alike",
        "one user's names begin with another's",
        &["1", "10"],
    )
    .with(&user("10"), vec![ensure(&user("10"))])
    .with(&user("1"), vec![ensure(&user("1")), stop(&user("1"))]);
    alike.controllers = 1;
    vec![crash, lost, frozen, doubt, meddled, dry, line, alike]
}

/// What comes of commands for one user that meet.
fn one_user() -> Vec<Scene> {
    let a = user("a");
    let mut scenes = Vec::new();
    let pairs: [(&str, &str, Step, Step); 7] = [
        (
            "start-and-stop",
            "a start meets a stop",
            ensure(&a),
            stop(&a),
        ),
        (
            "stop-and-restart",
            "a stop meets a restart",
            stop(&a),
            restart(&a),
        ),
        (
            "start-and-purge",
            "a start meets a purge",
            ensure(&a),
            purge(&a),
        ),
        (
            "stop-and-purge",
            "a stop meets a purge",
            stop(&a),
            purge(&a),
        ),
        (
            "start-and-rotate",
            "a start meets a rotation",
            ensure(&a),
            rotate(&a),
        ),
        (
            "start-and-repair",
            "a start meets a sweep",
            ensure(&a),
            repair(),
        ),
        (
            "stop-and-repair",
            "a stop meets a sweep",
            stop(&a),
            repair(),
        ),
    ];
    for (name, about, one, other) in pairs {
        let mut scene = Scene::new(name, about, &["a"])
            .with(&a, vec![one])
            .with(&a, vec![other]);
        if !name.starts_with("start") || name.ends_with("rotate") {
            scene.before = vec![(0, Command::Ensure(a.clone()))];
        }
        scene.personality = slow();
        scene.budget = Budget {
            crashes: 1,
            lost_answers: 1,
            ..Budget::default()
        };
        scenes.push(scene);
    }
    scenes
}

/// Processes that stand still, and all that may go wrong.
fn frozen() -> Vec<Scene> {
    let a = user("a");
    let mut scenes = Vec::new();
    let mut frozen = Scene::new(
        "frozen",
        "a process stands still while others go on",
        &["a"],
    )
    .with(&a, vec![Step::Ask(0, Command::Stop(a.clone()))])
    .with(&a, vec![Step::Ask(1, Command::Ensure(a.clone()))]);
    frozen.before = vec![(0, Command::Ensure(a.clone()))];
    frozen.personality = slow();
    frozen.budget.freezes = 1;
    scenes.push(frozen);
    let mut frozen = Scene::new(
        "frozen-purge",
        "a process stands still while others purge",
        &["a"],
    )
    .with(&a, vec![Step::Ask(0, Command::Stop(a.clone()))])
    .with(
        &a,
        vec![
            Step::Ask(1, Command::Purge(a.clone())),
            Step::Ask(1, Command::Ensure(a.clone())),
        ],
    );
    frozen.before = vec![(0, Command::Ensure(a.clone()))];
    frozen.budget.freezes = 1;
    scenes.push(frozen);
    let mut all = Scene::new(
        "everything",
        "a user is started and stopped; whatever may go wrong does, once",
        &["a"],
    )
    .with(&a, vec![ensure(&a), stop(&a)]);
    all.meddling = vec![Meddling::Kill(a.clone())];
    all.budget = Budget {
        crashes: 1,
        freezes: 1,
        lost_answers: 1,
        meddling: 1,
        ..Budget::default()
    };
    scenes.push(all);
    let mut closing = Scene::new("closing", "a controller is closed", &["a"])
        .with(
            &a,
            vec![
                Step::Ask(0, Command::Ensure(a.clone())),
                Step::Ask(0, Command::Stop(a.clone())),
            ],
        )
        .with_all(vec![Step::Close(0)]);
    closing.personality = slow();
    closing.budget.lost_answers = 1;
    scenes.push(closing);
    scenes
}

/// What comes of reaping.
fn activity() -> Vec<Scene> {
    let a = user("a");
    let limit = Duration::from_secs(60);
    let before = vec![
        (0, Command::Ensure(a.clone())),
        (1, Command::Ensure(a.clone())),
    ];
    let mut reap = Scene::new("reap", "a reap meets a touch and a start", &["a"])
        .with(
            &a,
            vec![
                Step::Ask(0, Command::Touch(a.clone())),
                Step::Ask(0, Command::Ensure(a.clone())),
            ],
        )
        .with_all(vec![
            Step::Wait(limit + Duration::from_secs(6)),
            Step::Ask(1, Command::Reap),
        ]);
    reap.settings.idle_limit = limit;
    reap.before.clone_from(&before);
    reap.budget = Budget {
        lost_answers: 1,
        crashes: 1,
        ..Budget::default()
    };
    let mut slack = Scene::new(
        "slack",
        "a touch is answered from memory, and a reap follows",
        &["a"],
    )
    .with(
        &a,
        vec![
            Step::Ask(0, Command::Touch(a.clone())),
            Step::Wait(Duration::from_secs(3)),
            Step::Ask(0, Command::Touch(a.clone())),
            Step::Wait(Duration::from_secs(58)),
        ],
    )
    .with_all(vec![
        Step::Wait(limit + Duration::from_secs(1)),
        Step::Ask(1, Command::Reap),
    ]);
    slack.settings.idle_limit = limit;
    slack.before = before;
    let mut limits = Scene::new(
        "idle-limit",
        "a user's own idle limit is set while others work",
        &["a"],
    )
    .with(&a, vec![ensure(&a), stop(&a)])
    .with(
        &a,
        vec![Step::AskAny(Command::LimitIdle(a.clone(), Some(limit)))],
    );
    limits.budget.lost_answers = 1;
    vec![reap, slack, limits]
}

/// What people do, and what was there before.
fn what_is_in_the_way() -> Vec<Scene> {
    let a = user("a");
    let mut meddling = Scene::new(
        "meddling",
        "somebody kills, removes, renames or pauses a container",
        &["a"],
    )
    .with(&a, vec![ensure(&a), stop(&a)])
    .with_all(vec![repair()]);
    meddling.meddling = vec![
        Meddling::Kill(a.clone()),
        Meddling::Remove(a.clone()),
        Meddling::Rename(a.clone()),
        Meddling::Pause(a.clone()),
        Meddling::Squat(a.clone()),
        Meddling::Disconnect(a.clone()),
    ];
    meddling.budget.meddling = 1;
    meddling.before = vec![(0, Command::Ensure(a.clone()))];
    let mut renamed = Scene::new(
        "renamed",
        "a container is renamed, and its name is taken",
        &["a"],
    )
    .with(&a, vec![ensure(&a)])
    .with(&a, vec![stop(&a)]);
    renamed.meddling = vec![Meddling::Rename(a.clone()), Meddling::Squat(a.clone())];
    renamed.budget.meddling = 2;
    renamed.before = vec![(0, Command::Ensure(a.clone()))];
    let mut adoption = Scene::new("adoption", "what somebody left is adopted", &["a"])
        .with(&a, vec![adopt(&a), ensure(&a), stop(&a)])
        .with(&a, vec![ensure(&a)]);
    adoption.found = vec![
        Meddling::Squat(a.clone()),
        Meddling::OccupyVolume(a.clone()),
    ];
    let mut volume = Scene::new(
        "volume-taken",
        "somebody has the volume's name; it is adopted",
        &["a"],
    )
    .with(&a, vec![ensure(&a)])
    .with(&a, vec![adopt(&a)]);
    volume.found = vec![Meddling::OccupyVolume(a.clone())];
    let mut port_taken = Scene::new("port-taken", "another process listens on a port", &["a"])
        .with(&a, vec![ensure(&a), stop(&a)]);
    port_taken.found = vec![Meddling::OccupyPort(port(19000))];
    port_taken.budget.lost_answers = 1;
    let mut nothing = Scene::new(
        "nothing-to-adopt",
        "what isn't there is adopted, or is the user's",
        &["a"],
    )
    .with(&a, vec![adopt(&a)])
    .with(&a, vec![ensure(&a), adopt(&a)]);
    nothing.budget.lost_answers = 1;
    vec![meddling, renamed, adoption, volume, nothing, port_taken]
}

/// Containers that end by themselves.
fn containers_that_end() -> Vec<Scene> {
    let a = user("a");
    let ends = |after, code| Personality {
        exits: Some(Exit {
            after,
            code,
            last_words: Some("no".to_owned()),
        }),
        ..Personality::default()
    };
    let mut crashing = Scene::new(
        "crashing",
        "a container ends as soon as it is started",
        &["a"],
    )
    .with(
        &a,
        vec![ensure(&a), ensure(&a), ensure(&a), ensure(&a), stop(&a)],
    );
    crashing.personality = ends(Duration::ZERO, 1);
    crashing.budget.lost_answers = 1;
    let mut flapping = Scene::new(
        "flapping",
        "a container ends soon after it was answered as running",
        &["a"],
    )
    .with(
        &a,
        vec![ensure(&a), Step::Wait(Duration::from_secs(5)), ensure(&a)],
    );
    flapping.personality = ends(Duration::from_secs(2), 1);
    vec![crashing, flapping]
}

/// Containers that aren't ready as soon as they run.
fn containers_that_are_not_ready() -> Vec<Scene> {
    let a = user("a");
    let mut unready = Scene::new(
        "unready-and-swept",
        "a start is killed before it is ready, and a sweep finds it",
        &["a"],
    )
    .with(&a, vec![Step::Ask(0, Command::Ensure(a.clone()))])
    .with_all(vec![
        Step::Wait(Duration::from_secs(17)),
        Step::Ask(1, Command::Repair { dry_run: false }),
    ]);
    unready.settings.readiness = Readiness::Tcp;
    unready.personality.listens_after = Some(Duration::from_secs(19));
    unready.budget.crashes = 1;
    unready.meddling = vec![Meddling::Pause(a.clone())];
    unready.budget.meddling = 1;
    let mut unhealthy = unready.clone();
    unhealthy.name = "unhealthy-and-swept";
    unhealthy.settings.readiness = Readiness::Healthy;
    // Nobody looks before all is over.
    unhealthy.check = Some(HealthCheck {
        interval: Duration::from_secs(3600),
        ..HealthCheck::default()
    });
    unhealthy.settings.timing.start = Duration::from_secs(3);
    unhealthy.budget.meddling = 0;
    unhealthy.serves = false;
    let mut tcp = Scene::new("tcp", "a container is ready once it listens", &["a"])
        .with(&a, vec![ensure(&a)])
        .with_all(vec![repair()]);
    tcp.settings.readiness = Readiness::Tcp;
    tcp.personality.listens_after = Some(Duration::from_secs(1));
    tcp.budget.crashes = 1;
    let mut healthy = Scene::new(
        "healthy",
        "a container is to be healthy, and has no check",
        &["a"],
    )
    .with(&a, vec![ensure(&a)])
    .with_all(vec![repair()]);
    healthy.settings.readiness = Readiness::Healthy;
    healthy.budget.crashes = 1;
    healthy.serves = false;
    vec![unready, unhealthy, tcp, healthy]
}

/// Images, records, and containers beside the current one.
fn what_was_lost() -> Vec<Scene> {
    let (a, b) = (user("a"), user("b"));
    let started = vec![(0, Command::Ensure(a.clone()))];
    let mut image = Scene::new(
        "image-missing",
        "the image is gone when a new container is needed",
        &["a"],
    )
    .with(&a, vec![ensure(&a)])
    .with(&a, vec![rotate(&a)]);
    image.settings.pull = PullPolicy::Never;
    image.before.clone_from(&started);
    image.meddling = vec![Meddling::LoseImage, Meddling::Remove(a.clone())];
    image.budget.meddling = 2;
    let mut record = Scene::new(
        "record-lost",
        "a record is lost, or can't be read any more",
        &["a"],
    )
    .with(&a, vec![ensure(&a)])
    .with_all(vec![repair()]);
    record.before.clone_from(&started);
    record.meddling = vec![Meddling::LoseRecord(a.clone()), Meddling::Garble(a.clone())];
    record.budget.meddling = 1;
    let mut copied = Scene::new("copied", "there is another container of the user's", &["a"])
        .with(&a, vec![stop(&a), ensure(&a)])
        .with_all(vec![repair()]);
    copied.before.clone_from(&started);
    copied.meddling = vec![Meddling::Copy(a.clone())];
    copied.budget.meddling = 1;
    let mut token = Scene::new(
        "old-token",
        "a container that carries an old token is started by hand",
        &["a"],
    )
    .with(&a, vec![rotate(&a), ensure(&a)]);
    token.before.clone_from(&started);
    token.before.push((0, Command::Stop(a.clone())));
    token.meddling = vec![Meddling::Start(a.clone())];
    token.budget.meddling = 1;
    let mut removal = Scene::new(
        "slow-removal",
        "the engine takes its time to remove a container",
        &["a"],
    )
    .with(&a, vec![rotate(&a)])
    .with(&a, vec![ensure(&a)]);
    removal.before.clone_from(&started);
    removal.budget.lost_answers = 1;
    removal.habits.removal = Duration::from_secs(1);
    let mut eviction = Scene::new(
        "eviction",
        "who is to give way is started meanwhile",
        &["a", "b"],
    )
    .with(&b, vec![ensure(&b)])
    .with(&a, vec![ensure(&a), stop(&a)]);
    eviction.settings.ports = PortRange::new(port(19000), port(19000)).expect("not empty");
    eviction.before = started;
    eviction.before.push((0, Command::Stop(a.clone())));
    vec![image, record, copied, token, removal, eviction]
}
