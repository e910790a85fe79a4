//! The world of one case: an installation, a network, names and ports of its own on an engine
//! shared with all others.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::answer::{
    Adopted, Endpoint, Event, Failure, Finding, Reaped, Rekeyed, Rotated, Status, Stopped, Touched,
    UserHealth,
};
use crate::books::Books;
use crate::drivers::Driver;
use crate::engine::{Container, Engine};
use crate::host::Host;
use crate::image::Images;
use crate::plan::{Callers, LABEL, Plan, Ready};
use crate::ports::Block;
use crate::process::{Failpoint, Order, Process};
use crate::proxy::{EngineProxy, PostgresProxy};
use crate::stores::{Fresh, Kind, Store};
use crate::story::{Diary, eventually};

/// The world of one case. All that the case left on the engine is removed when it is dropped.
pub struct World {
    /// The engine, for what happens behind Portreeve's back.
    pub engine: Engine,
    /// Two images of the test gateway.
    pub images: Arc<Images>,
    case: &'static str,
    plan: Plan,
    diary: Arc<Diary>,
    further_images: Mutex<Vec<String>>,
    _store: Fresh,
    _ports: Block,
}

impl World {
    /// A new world, for the case of that name.
    pub fn new(
        case: &'static str,
        driver: Driver,
        kind: Kind,
        engine: &Engine,
        images: &Arc<Images>,
    ) -> Self {
        let (store, ports) = (kind.fresh(), Block::take());
        let prefix = images.next_prefix();
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the system has randomness");
        let plan = Plan {
            driver,
            engine: engine.address().url(),
            engine_name: "local".to_owned(),
            store: store.at().clone(),
            network: format!("{prefix}-net"),
            prefix,
            ports: ports.range(),
            key,
            image: images.first(),
            environment: [].into(),
            overrides: [].into(),
            generation: 1,
            readiness: Ready::Running,
            health_check: false,
            publish_on: Ipv4Addr::LOCALHOST.into(),
            callers: Callers::At(Ipv4Addr::LOCALHOST.to_string()),
            pull: false,
            starting: 8,
            running: None,
            grace: Duration::from_secs(5),
            start: Duration::from_secs(60),
            queue: Duration::from_secs(120),
            patience: Duration::from_secs(10),
            lease: Duration::from_secs(15),
            older_keys: Vec::new(),
            answer: Duration::from_secs(30),
            idle_limit: Duration::from_secs(30 * 60),
            slack: Duration::from_secs(5),
            rest: Duration::from_secs(60),
            quarantine: Duration::from_secs(300),
            watch: false,
            resync: Duration::from_secs(15),
            trust: Duration::from_secs(30),
            sweep: None,
            reap: None,
        };
        Self {
            engine: engine.clone(),
            images: Arc::clone(images),
            case,
            plan,
            diary: Arc::default(),
            further_images: Mutex::default(),
            _store: store,
            _ports: ports,
        }
    }

    /// The case's name.
    pub fn case(&self) -> &'static str {
        self.case
    }

    /// How its controllers behave unless told otherwise.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The kind of its store.
    pub fn store(&self) -> Kind {
        match self.plan.store {
            Store::Sqlite(_) => Kind::Sqlite,
            Store::Postgres(_) => Kind::Postgres,
        }
    }

    /// Writes a line into the case's diary, for the report of a failure.
    pub fn note(&self, line: impl Into<String>) {
        self.diary.note(line);
    }
}

/// Its controllers.
impl World {
    /// A controller that behaves as planned.
    #[track_caller]
    pub fn controller(&self) -> Controller {
        self.controller_that(|_| {})
    }

    /// A controller that behaves otherwise.
    #[track_caller]
    pub fn controller_that(&self, differs: impl FnOnce(&mut Plan)) -> Controller {
        match self.try_controller_that(differs) {
            Ok(controller) => controller,
            Err(failure) => panic!("a controller could not be opened: {failure:?}"),
        }
    }

    /// A controller that behaves otherwise and may not even open.
    pub fn try_controller_that(
        &self,
        differs: impl FnOnce(&mut Plan),
    ) -> Result<Controller, Failure> {
        let mut plan = self.plan.clone();
        differs(&mut plan);
        let host = plan.driver.open(&plan)?;
        Ok(self.command(host))
    }

    /// A controller in a process of its own.
    pub fn process(&self) -> Controller {
        self.command(Box::new(Process::start(&self.plan, None)))
    }

    /// A controller in a process of its own that writes down all it logs, at every level.
    pub fn traced_process(&self, trace: &Path, differs: impl FnOnce(&mut Plan)) -> Controller {
        let mut plan = self.plan.clone();
        differs(&mut plan);
        self.command(Box::new(Process::start(&plan, Some(trace))))
    }

    /// A controller in a process of its own that kills or freezes itself there.
    pub fn process_with_failpoint(
        &self,
        failpoint: Failpoint,
        differs: impl FnOnce(&mut Plan),
    ) -> Process {
        let mut plan = self.plan.clone();
        differs(&mut plan);
        Process::start_doomed(&plan, failpoint)
    }

    /// A controller in a process of its own, with no answers waited for: it is there to be killed.
    pub fn doomed_process(&self, differs: impl FnOnce(&mut Plan)) -> Process {
        let mut plan = self.plan.clone();
        differs(&mut plan);
        Process::start(&plan, None)
    }

    fn command(&self, host: Box<dyn Host>) -> Controller {
        Controller {
            host,
            diary: Arc::clone(&self.diary),
        }
    }

    /// A relay in front of the engine.
    pub fn engine_proxy(&self) -> EngineProxy {
        EngineProxy::before(self.engine.address())
    }

    /// Another world on the same engine, with a store of the same kind.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::new(
            self.case,
            self.plan.driver,
            self.store(),
            &self.engine,
            &self.images,
        )
    }

    /// The same on a TCP port.
    pub fn engine_proxy_on_tcp(&self) -> EngineProxy {
        EngineProxy::on_tcp_before(self.engine.address())
    }

    /// A relay in front of the store, where it is a database.
    pub fn postgres_proxy(&self) -> Option<PostgresProxy> {
        match &self.plan.store {
            Store::Sqlite(_) => None,
            Store::Postgres(url) => Some(PostgresProxy::before(url)),
        }
    }
}

/// What is on the engine.
impl World {
    /// The name of a user's container.
    pub fn container_name(&self, user: &str) -> String {
        self.plan.names(user).0
    }

    /// The name of a user's volume.
    pub fn volume_name(&self, user: &str) -> String {
        self.plan.names(user).1
    }

    /// The user's container, which must be there.
    #[track_caller]
    pub fn container(&self, user: &str) -> Container {
        let name = self.container_name(user);
        let found = self.engine.container(&name);
        found.unwrap_or_else(|| panic!("{user:?} has no container {name}"))
    }

    /// All containers of the case.
    pub fn containers(&self) -> Vec<Container> {
        self.engine.containers(&self.label())
    }

    /// The ids of all containers of the case, if the engine can be asked.
    pub fn try_ids(&self) -> Option<Vec<String>> {
        self.engine.try_ids(&self.label())
    }

    /// How many containers of the case run.
    pub fn running(&self) -> usize {
        self.containers()
            .iter()
            .filter(|container| container.is_running())
            .count()
    }

    /// Makes a container that isn't Portreeve's, of the first image.
    pub fn foreign_container(&self, name: &str) -> String {
        let (label, value) = self.plan.label();
        let body = json!({ "Image": self.images.first(), "Labels": { label: value } });
        self.engine.create_container(name, body)
    }

    /// Gives the first image another name, until the case ends.
    pub fn load_image(&self, name: &str) {
        self.engine.tag_image(&self.images.first(), name);
        self.further_images
            .lock()
            .expect("no panic while it is held")
            .push(name.to_owned());
    }

    /// Waits until the user's container is in that state, in the engine's word.
    #[track_caller]
    pub fn await_state(&self, user: &str, state: &str) {
        let name = self.container_name(user);
        eventually(
            &format!("{name} is {state}"),
            Duration::from_secs(30),
            || (self.engine.container(&name)?.state() == state).then_some(()),
        );
    }

    /// What is in its store.
    pub fn books(&self) -> Books {
        Books::read(&self.plan.store)
    }

    /// The label that all containers of the case bear, as a filter.
    pub fn label(&self) -> String {
        let (label, value) = self.plan.label();
        format!("{label}={value}")
    }

    /// What a failed case leaves to look at: what was done, and what is on the engine now.
    pub fn report(&self) -> String {
        let mut report = format!("what was done:\n{}", self.diary.tell());
        report += "the containers it left:\n";
        for container in self.containers() {
            let (id, name, state) = (container.id(), container.name(), container.state());
            let _ = writeln!(
                report,
                "  {name} ({}) {state} {:?}",
                &id[..12],
                container.bindings()
            );
            for line in self.engine.log(&id).lines() {
                let _ = writeln!(report, "    | {line}");
            }
        }
        report
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for line in self.engine.sweep(LABEL, &self.plan.prefix) {
            eprintln!("left behind by {}: {line}", self.case);
        }
        let images = self.further_images.get_mut().map(std::mem::take);
        for name in images.unwrap_or_default() {
            self.engine.remove_image(&name);
        }
    }
}

/// One of the case's controllers. Writes all it is asked into the case's diary.
pub struct Controller {
    pub(crate) host: Box<dyn Host>,
    diary: Arc<Diary>,
}

impl Controller {
    pub(crate) fn told<T, E>(
        &self,
        what: &str,
        asked: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E>
    where
        T: std::fmt::Debug,
        E: std::fmt::Debug,
    {
        self.diary.note(format!("{what} ..."));
        let answer = asked();
        self.diary.note(format!("{what}: {answer:?}"));
        answer
    }

    /// Ensures a user, come what may.
    pub fn try_ensure(&self, user: &str) -> Result<Endpoint, Failure> {
        self.told(&format!("ensure {user:?}"), || self.host.ensure(user))
    }

    /// Ensures a user, which must succeed.
    #[track_caller]
    pub fn ensure(&self, user: &str) -> Endpoint {
        must(self.try_ensure(user))
    }

    /// Ensures a user, which must fail with that code.
    #[track_caller]
    pub fn ensure_fails(&self, user: &str, code: &str) -> Failure {
        match self.try_ensure(user) {
            Ok(endpoint) => panic!("ensure {user:?} must fail with {code}: {endpoint:#?}"),
            Err(failure) => {
                assert_eq!(failure.code, code, "ensure {user:?}: {failure:#?}");
                failure
            }
        }
    }

    /// Ensures a user for a caller who goes away after a while; whether there was an answer before that.
    pub fn ensure_for(&self, user: &str, patience: Duration) -> Option<Result<Endpoint, Failure>> {
        let what = format!("ensure {user:?}, for {patience:?}");
        self.diary.note(format!("{what} ..."));
        let answer = self.host.ensure_for(user, patience);
        self.diary.note(format!("{what}: {answer:?}"));
        answer
    }

    /// Stops a user, come what may.
    pub fn try_stop(&self, user: &str) -> Result<Stopped, Failure> {
        self.told(&format!("stop {user:?}"), || self.host.stop(user))
    }

    /// Stops a user, which must succeed.
    #[track_caller]
    pub fn stop(&self, user: &str) -> Stopped {
        must(self.try_stop(user))
    }

    /// Notes that a user was active, come what may.
    pub fn try_touch(&self, user: &str) -> Result<Touched, Failure> {
        self.told(&format!("touch {user:?}"), || self.host.touch(user))
    }

    /// Notes that a user was active; whether there is such a user.
    #[track_caller]
    pub fn touch(&self, user: &str) -> bool {
        must(self.try_touch(user)).known
    }

    /// What is known of a user, come what may.
    pub fn try_status(&self, user: &str) -> Result<Status, Failure> {
        self.told(&format!("status {user:?}"), || self.host.status(user))
    }

    /// What is known of a user, who must be known.
    #[track_caller]
    pub fn status(&self, user: &str) -> Status {
        must(self.try_status(user))
    }

    /// What is known of all users.
    #[track_caller]
    pub fn list(&self) -> Vec<Status> {
        must(self.told("list", || self.host.list()))
    }

    /// Follows the user's log, as [`Host::log`] does.
    pub fn follow_log(
        &self,
        user: &str,
        mut tell: impl FnMut(&str) -> bool,
    ) -> Result<(), Failure> {
        self.host.log(user, &mut tell)
    }

    /// The first lines of the user's log, as many as are wanted.
    pub fn first_lines(&self, user: &str, wanted: usize) -> Result<Vec<String>, Failure> {
        let mut told = Vec::new();
        self.follow_log(user, |line| {
            told.push(line.to_owned());
            told.len() < wanted
        })?;
        Ok(told)
    }

    /// What the containers take of those who run.
    #[track_caller]
    pub fn usage(&self) -> Vec<(String, u64, f64)> {
        must(self.host.usage())
    }

    /// Restarts a user, come what may.
    pub fn try_restart(&self, user: &str) -> Result<Endpoint, Failure> {
        self.told(&format!("restart {user:?}"), || self.host.restart(user))
    }

    /// Reaps, come what may.
    pub fn try_reap(&self) -> Result<Reaped, Failure> {
        self.told("reap", || self.host.reap())
    }

    /// Asks for the health of all, come what may.
    pub fn try_health(&self) -> Result<Vec<UserHealth>, Failure> {
        self.told("health", || self.host.health())
    }

    /// Repairs, come what may.
    pub fn try_repair(&self, dry_run: bool) -> Result<Vec<Finding>, Failure> {
        let what = if dry_run { "repair, dry" } else { "repair" };
        self.told(what, || self.host.repair(dry_run))
    }

    /// Purges a user, come what may.
    pub fn try_purge(&self, user: &str) -> Result<bool, Failure> {
        self.told(&format!("purge {user:?}"), || self.host.purge(user))
    }

    /// Gives a user a new token, come what may.
    pub fn try_rotate(&self, user: &str) -> Result<Rotated, Failure> {
        self.told(&format!("rotate {user:?}"), || self.host.rotate(user))
    }

    /// Seals all tokens anew, come what may.
    pub fn try_rekey(&self) -> Result<Rekeyed, Failure> {
        self.told("rekey", || self.host.rekey())
    }

    /// Adopts a user's things, come what may.
    pub fn try_adopt(&self, user: &str) -> Result<Adopted, Failure> {
        self.told(&format!("adopt {user:?}"), || self.host.adopt(user))
    }

    /// Reads the event log, come what may.
    pub fn try_events(&self, user: Option<&str>) -> Result<Vec<Event>, Failure> {
        self.told(&format!("events {user:?}"), || self.host.events(user))
    }

    /// Limits how long a user may be idle, come what may.
    pub fn try_limit_idle(&self, user: &str, limit: Option<Duration>) -> Result<bool, Failure> {
        let what = format!("limit_idle {user:?} {limit:?}");
        self.told(&what, || self.host.limit_idle(user, limit))
    }

    /// Carries out any command, which must succeed; what it answered is in the diary.
    #[track_caller]
    pub fn carry_out(&self, order: Order) {
        let what = format!("{order:?}");
        must(self.told(&what, || order.carried_out_by(self.host.as_ref())));
    }

    /// Repairs, which must succeed.
    #[track_caller]
    pub fn repair(&self, dry_run: bool) -> Vec<Finding> {
        must(self.try_repair(dry_run))
    }
}

/// The answer of a command that must succeed. Which one it was is the last line of the diary.
#[track_caller]
pub(crate) fn must<T>(answer: Result<T, Failure>) -> T {
    match answer {
        Ok(answer) => answer,
        Err(failure) => panic!("it must succeed: {failure:#?}"),
    }
}
