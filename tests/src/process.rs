//! A controller in a process of its own: the suite's own program, started again, which takes commands line by line.

use std::env;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::LevelFilter;

use crate::answer::{Endpoint, Failure, Status, Stopped};
use crate::host::Host;
use crate::plan::Plan;

/// The argument that makes the suite's program a controller.
const ROLE: &str = "--controller";
/// The variable that names the file to write all events into.
const TRACE: &str = "PORTREEVE_TEST_TRACE";

/// One command on its way to the process.
#[derive(Serialize, Deserialize)]
enum Order {
    Ensure(String),
    EnsureFor(String, Duration),
    Stop(String),
    Touch(String),
    Status(String),
    List,
}

/// A controller in a process of its own, which is killed when this is dropped.
pub struct Process {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Process {
    /// Starts one that behaves as planned, and writes all events of all levels into `trace`, if any.
    pub fn start(plan: &Plan, trace: Option<&Path>) -> Self {
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
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let process = Self {
            child,
            pipes: Mutex::new((input, output)),
        };
        process.say(plan);
        process
    }

    /// Has it begin to ensure a user, and doesn't wait for the answer.
    pub fn begin_to_ensure(&self, user: &str) {
        self.say(&Order::Ensure(user.to_owned()));
    }

    /// Has it begin to stop a user, and doesn't wait for the answer.
    pub fn begin_to_stop(&self, user: &str) {
        self.say(&Order::Stop(user.to_owned()));
    }

    fn say(&self, line: &impl Serialize) {
        let mut pipes = self.pipes.lock().expect("no panic while it is held");
        write_line(&mut pipes.0, line).expect("the controller listens");
    }

    fn ask<T: DeserializeOwned>(&self, order: &Order) -> T {
        self.say(order);
        let mut pipes = self.pipes.lock().expect("no panic while it is held");
        let mut line = String::new();
        pipes
            .1
            .read_line(&mut line)
            .expect("the controller answers");
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the controller answers with {line:?}: {error}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Host for Process {
    fn ensure(&self, user: &str) -> Result<Endpoint, Failure> {
        self.ask(&Order::Ensure(user.to_owned()))
    }

    fn ensure_for(&self, user: &str, patience: Duration) -> Option<Result<Endpoint, Failure>> {
        self.ask(&Order::EnsureFor(user.to_owned(), patience))
    }

    fn stop(&self, user: &str) -> Result<Stopped, Failure> {
        self.ask(&Order::Stop(user.to_owned()))
    }

    fn touch(&self, user: &str) -> Result<bool, Failure> {
        self.ask(&Order::Touch(user.to_owned()))
    }

    fn status(&self, user: &str) -> Result<Status, Failure> {
        self.ask(&Order::Status(user.to_owned()))
    }

    fn list(&self) -> Result<Vec<Status>, Failure> {
        self.ask(&Order::List)
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
    let plan: Plan = serde_json::from_str(&lines.next().unwrap_or_else(|| Ok(String::new()))?)?;
    let host = plan.driver.open(&plan);
    let mut out = io::stdout();
    for line in lines {
        let order = serde_json::from_str(&line?)?;
        match &host {
            Ok(host) => carry_out(host.as_ref(), order, &mut out)?,
            Err(failure) => write_line(&mut out, &Err::<(), _>(failure))?,
        }
    }
    Ok(())
}

fn carry_out(host: &dyn Host, order: Order, out: &mut impl Write) -> io::Result<()> {
    match order {
        Order::Ensure(user) => write_line(out, &host.ensure(&user)),
        Order::EnsureFor(user, patience) => write_line(out, &host.ensure_for(&user, patience)),
        Order::Stop(user) => write_line(out, &host.stop(&user)),
        Order::Touch(user) => write_line(out, &host.touch(&user)),
        Order::Status(user) => write_line(out, &host.status(&user)),
        Order::List => write_line(out, &host.list()),
    }
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
