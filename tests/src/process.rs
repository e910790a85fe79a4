//! Controllers in a process of their own: the suite's own program, started again, which takes
//! commands line by line, many at once.

use std::collections::HashMap;
use std::env;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use portreeve_tokio::failpoint::{self, Fate, Moment};
use rustix::process::{Pid, Signal, kill_process};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing_subscriber::filter::LevelFilter;

use crate::answer::{
    Adopted, Endpoint, Event, Failure, Finding, Reaped, Rekeyed, Rotated, Status, Stopped, Touched,
    UserHealth,
};
use crate::host::Host;
use crate::plan::Plan;

/// The argument that makes the suite's program a controller.
const ROLE: &str = "--controller";
/// The variable that names the file to write all events into.
const TRACE: &str = "PORTREEVE_TEST_TRACE";
/// The number under which a process tells that it came to its failpoint.
const INTERRUPTED: u64 = 0;

/// One command on its way to the process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Order {
    /// See [`Host::ensure`]; the others likewise.
    Ensure(String),
    /// See [`Host::ensure_for`].
    EnsureFor(String, Duration),
    /// Stop.
    Stop(String),
    /// Touch.
    Touch(String),
    /// Status.
    Status(String),
    /// List.
    List,
    /// Restart.
    Restart(String),
    /// Reap.
    Reap,
    /// Health.
    Health,
    /// Repair.
    Repair(bool),
    /// Purge.
    Purge(String),
    /// Rotate.
    Rotate(String),
    /// Rekey.
    Rekey,
    /// Adopt.
    Adopt(String),
    /// Limit how long a user may be idle.
    LimitIdle(String, Option<Duration>),
    /// Events.
    Events(Option<String>),
}

/// What a process is started with.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Start {
    plan: Plan,
    handles: usize,
    failpoint: Option<Failpoint>,
}

/// Where a process kills or freezes itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Failpoint {
    /// At the how manieth effect, from 1.
    pub effect: u64,
    /// When.
    pub when: When,
    /// Whether it is killed; frozen otherwise.
    pub killed: bool,
}

/// A moment in an effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum When {
    /// Before it.
    Before,
    /// Right before it, past the last look at the clock.
    TooLate,
    /// While it is under way.
    During,
    /// When it is done and nobody heard of it.
    After,
}

/// One order, for the handle of that index, to be answered under that number.
#[derive(Serialize, Deserialize)]
struct Numbered(u64, usize, Order);

/// Who waits for which answer; `None` once there will be no more.
type Waiting = Arc<Mutex<Option<HashMap<u64, (Sender<String>, Arc<AtomicBool>)>>>>;

/// Controllers in a process of their own, which is killed when this is dropped.
pub struct Process {
    child: Child,
    line: Arc<Line>,
}

/// The line to a process.
struct Line {
    input: Mutex<ChildStdin>,
    waiting: Waiting,
    interrupted_at: Arc<Mutex<Option<String>>>,
    next: AtomicU64,
}

/// One of the handles in a process.
pub struct Handle {
    line: Arc<Line>,
    handle: usize,
}

/// An answer that was asked for and may come.
pub struct Pending(Receiver<String>, Arc<AtomicBool>);

impl Process {
    /// Starts one that behaves as planned, and writes all events of all levels into `trace`, if any.
    pub fn start(plan: &Plan, trace: Option<&Path>) -> Self {
        Self::start_with(plan, 1, None, trace)
    }

    /// Starts one with several handles that behave as planned.
    pub fn start_many(plan: &Plan, handles: usize) -> Self {
        Self::start_with(plan, handles, None, None)
    }

    /// Starts one that kills or freezes itself there.
    pub fn start_doomed(plan: &Plan, failpoint: Failpoint) -> Self {
        Self::start_with(plan, 1, Some(failpoint), None)
    }

    fn start_with(
        plan: &Plan,
        handles: usize,
        failpoint: Option<Failpoint>,
        trace: Option<&Path>,
    ) -> Self {
        let mut command = Command::new(env::current_exe().expect("the suite's own program"));
        command
            .arg(ROLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(trace) = trace {
            command.env(TRACE, trace);
        }
        let mut child = command
            .spawn()
            .expect("the suite's own program can be started");
        let mut input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let start = Start {
            plan: plan.clone(),
            handles,
            failpoint,
        };
        write_line(&mut input, &start).expect("the controller listens");
        let line = Arc::new(Line {
            input: Mutex::new(input),
            waiting: Arc::new(Mutex::new(Some(HashMap::new()))),
            interrupted_at: Arc::default(),
            next: AtomicU64::new(INTERRUPTED + 1),
        });
        let (waiting, interrupted_at) =
            (Arc::clone(&line.waiting), Arc::clone(&line.interrupted_at));
        thread::spawn(move || hear(output, &waiting, &interrupted_at));
        Self { child, line }
    }

    /// One of its handles.
    pub fn handle(&self, handle: usize) -> Handle {
        Handle {
            line: Arc::clone(&self.line),
            handle,
        }
    }

    /// Has it begin to carry out a command, and doesn't wait for the answer.
    pub fn begin(&self, order: Order) -> Pending {
        self.line.begin(0, order)
    }

    /// Has it begin to ensure a user, and doesn't wait for the answer.
    pub fn begin_to_ensure(&self, user: &str) {
        self.begin(Order::Ensure(user.to_owned()));
    }

    /// Has it begin to stop a user, and doesn't wait for the answer.
    pub fn begin_to_stop(&self, user: &str) {
        self.begin(Order::Stop(user.to_owned()));
    }

    /// The kind of effect at which it came to its failpoint, once it has.
    pub fn interrupted_at(&self) -> Option<String> {
        self.line.interrupted_at.lock().expect("no panic").clone()
    }

    /// Lets it go on after it froze.
    pub fn thaw(&self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::CONT).expect("it is there");
    }
}

impl Handle {
    /// Has it begin to carry out a command, and doesn't wait for the answer.
    pub fn begin(&self, order: Order) -> Pending {
        self.line.begin(self.handle, order)
    }
}

impl Line {
    fn begin(&self, handle: usize, order: Order) -> Pending {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, pending) = mpsc::channel();
        let answered = Arc::new(AtomicBool::new(false));
        if let Some(waiting) = &mut *self.waiting.lock().expect("no panic") {
            waiting.insert(number, (answer, Arc::clone(&answered)));
        }
        let mut input = self.input.lock().expect("no panic while it is held");
        // One that has just died says nothing, and that is what is heard.
        let _ = write_line(&mut *input, &Numbered(number, handle, order));
        Pending(pending, answered)
    }

    fn ask<T: DeserializeOwned>(&self, handle: usize, order: Order) -> T {
        let answer = self.begin(handle, order).wait();
        answer.expect("the controller answers")
    }
}

/// Passes the process's answers on to who waits for them, until it ends.
fn hear(output: BufReader<ChildStdout>, waiting: &Waiting, interrupted_at: &Mutex<Option<String>>) {
    for line in output.lines() {
        // A process may be killed in the middle of a line.
        let Ok(line) = line else { break };
        let Some((number, answer)) = line.split_once(' ') else {
            break;
        };
        match number.parse() {
            Ok(INTERRUPTED) => *interrupted_at.lock().expect("no panic") = Some(answer.to_owned()),
            Ok(number) => {
                let asker = waiting
                    .lock()
                    .expect("no panic")
                    .as_mut()
                    .and_then(|waiting| waiting.remove(&number));
                if let Some((asker, answered)) = asker {
                    answered.store(true, Ordering::Release);
                    // Who began without waiting is gone.
                    let _ = asker.send(answer.to_owned());
                }
            }
            Err(_) => break,
        }
    }
    *waiting.lock().expect("no panic") = None;
}

impl Pending {
    /// Whether it has come.
    pub fn is_answered(&self) -> bool {
        self.1.load(Ordering::Acquire)
    }

    /// Waits for the answer; `None` if the process ended without one.
    pub fn wait<T: DeserializeOwned>(self) -> Option<T> {
        self.0.recv().ok().map(|line| read(&line))
    }

    /// Waits for the answer that long; `None` if it didn't come.
    pub fn wait_for<T: DeserializeOwned>(self, patience: Duration) -> Option<T> {
        self.0.recv_timeout(patience).ok().map(|line| read(&line))
    }
}

fn read<T: DeserializeOwned>(line: &str) -> T {
    serde_json::from_str(line)
        .unwrap_or_else(|error| panic!("the controller answers with {line:?}: {error}"))
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who can be asked to carry out an order.
trait Ask: Send + Sync {
    fn ask<T: DeserializeOwned>(&self, order: Order) -> T;
}

impl Ask for Process {
    fn ask<T: DeserializeOwned>(&self, order: Order) -> T {
        self.line.ask(0, order)
    }
}

impl Ask for Handle {
    fn ask<T: DeserializeOwned>(&self, order: Order) -> T {
        self.line.ask(self.handle, order)
    }
}

impl<A: Ask> Host for A {
    fn ensure(&self, user: &str) -> Result<Endpoint, Failure> {
        self.ask(Order::Ensure(user.to_owned()))
    }

    fn ensure_for(&self, user: &str, patience: Duration) -> Option<Result<Endpoint, Failure>> {
        self.ask(Order::EnsureFor(user.to_owned(), patience))
    }

    fn stop(&self, user: &str) -> Result<Stopped, Failure> {
        self.ask(Order::Stop(user.to_owned()))
    }

    fn touch(&self, user: &str) -> Result<Touched, Failure> {
        self.ask(Order::Touch(user.to_owned()))
    }

    fn status(&self, user: &str) -> Result<Status, Failure> {
        self.ask(Order::Status(user.to_owned()))
    }

    fn list(&self) -> Result<Vec<Status>, Failure> {
        self.ask(Order::List)
    }

    fn restart(&self, user: &str) -> Result<Endpoint, Failure> {
        self.ask(Order::Restart(user.to_owned()))
    }

    fn reap(&self) -> Result<Reaped, Failure> {
        self.ask(Order::Reap)
    }

    fn health(&self) -> Result<Vec<UserHealth>, Failure> {
        self.ask(Order::Health)
    }

    fn repair(&self, dry_run: bool) -> Result<Vec<Finding>, Failure> {
        self.ask(Order::Repair(dry_run))
    }

    fn purge(&self, user: &str) -> Result<bool, Failure> {
        self.ask(Order::Purge(user.to_owned()))
    }

    fn rotate(&self, user: &str) -> Result<Rotated, Failure> {
        self.ask(Order::Rotate(user.to_owned()))
    }

    fn rekey(&self) -> Result<Rekeyed, Failure> {
        self.ask(Order::Rekey)
    }

    fn adopt(&self, user: &str) -> Result<Adopted, Failure> {
        self.ask(Order::Adopt(user.to_owned()))
    }

    fn limit_idle(&self, user: &str, limit: Option<Duration>) -> Result<bool, Failure> {
        self.ask(Order::LimitIdle(user.to_owned(), limit))
    }

    fn events(&self, user: Option<&str>) -> Result<Vec<Event>, Failure> {
        self.ask(Order::Events(user.map(str::to_owned)))
    }
}

/// Where this process was started as a controller, is one until its input ends.
pub fn serve() -> Option<ExitCode> {
    (env::args().nth(1).as_deref() == Some(ROLE)).then(|| match take_orders() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("controller: {error}");
            ExitCode::FAILURE
        }
    })
}

fn take_orders() -> io::Result<()> {
    if let Some(path) = env::var_os(TRACE) {
        record_everything(File::create(path)?);
    }
    let mut lines = io::stdin().lines();
    let start: Start = serde_json::from_str(&lines.next().unwrap_or_else(|| Ok(String::new()))?)?;
    if let Some(failpoint) = start.failpoint {
        arm(failpoint);
    }
    let hosts: Vec<_> = (0..start.handles)
        .map(|_| start.plan.driver.open(&start.plan))
        .collect();
    thread::scope(|scope| {
        for line in lines {
            let Numbered(number, handle, order) = serde_json::from_str(&line?)?;
            let host = &hosts[handle];
            scope.spawn(move || {
                let answer = match host {
                    Ok(host) => carry_out(host.as_ref(), order),
                    Err(failure) => json(&Err::<(), _>(failure)),
                };
                say(number, &answer);
            });
        }
        Ok(())
    })
}

/// One write for each line, so that lines of two threads never mix.
fn say(number: u64, text: &str) {
    let line = format!("{number} {text}\n");
    let mut out = io::stdout().lock();
    // Nobody hears it any more where this fails.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

fn arm(failpoint: Failpoint) {
    let Failpoint {
        effect,
        when,
        killed,
    } = failpoint;
    let moment = match when {
        When::Before => Moment::Before,
        When::TooLate => Moment::TooLate,
        When::During => Moment::During,
        When::After => Moment::After,
    };
    let fate = if killed { Fate::Killed } else { Fate::Frozen };
    let failpoint = failpoint::Failpoint {
        effect,
        moment,
        fate,
    };
    failpoint::arm(failpoint, |kind| say(INTERRUPTED, kind));
}

impl Order {
    /// Has a host carry it out; gives the answer as a JSON document, or why it failed.
    pub fn carried_out_by(self, host: &dyn Host) -> Result<Value, Failure> {
        let answer = carry_out(host, self);
        serde_json::from_str(&answer).expect("an answer is a result")
    }
}

fn carry_out(host: &dyn Host, order: Order) -> String {
    match order {
        Order::Ensure(user) => json(&host.ensure(&user)),
        Order::EnsureFor(user, patience) => json(&host.ensure_for(&user, patience)),
        Order::Stop(user) => json(&host.stop(&user)),
        Order::Touch(user) => json(&host.touch(&user)),
        Order::Status(user) => json(&host.status(&user)),
        Order::List => json(&host.list()),
        Order::Restart(user) => json(&host.restart(&user)),
        Order::Reap => json(&host.reap()),
        Order::Health => json(&host.health()),
        Order::Repair(dry_run) => json(&host.repair(dry_run)),
        Order::Purge(user) => json(&host.purge(&user)),
        Order::Rotate(user) => json(&host.rotate(&user)),
        Order::Rekey => json(&host.rekey()),
        Order::Adopt(user) => json(&host.adopt(&user)),
        Order::LimitIdle(user, limit) => json(&host.limit_idle(&user, limit)),
        Order::Events(user) => json(&host.events(user.as_deref())),
    }
}

fn json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("an answer is data")
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    writeln!(out, "{}", serde_json::to_string(line)?)?;
    out.flush()
}

/// Writes every event and span of every target and level, those of the `log` crate's users too.
fn record_everything(file: File) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("it is the first");
    tracing_log::LogTracer::init().expect("it is the first");
}
