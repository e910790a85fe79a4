//! One sequence, on both.

use std::time::{Duration, Instant};

use portreeve_core::effect::EngineEffect;
use portreeve_core::id::ContainerId;
use portreeve_core::outcome::EngineOutcome;
use portreeve_sim::engine::OnTerm;
use portreeve_tests::plan::LABEL;
use portreeve_wire::docker::{self, Dialect};
use serde_json::{Value, json};

use crate::model::Model;
use crate::observed::{self, Answer, without_ids};
use crate::place::{self, Place};
use crate::real::Real;
use crate::step::{Named, Signal, Step};

/// How long the real engine may take until what happens by itself has happened.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// What is asked of both, in the words of each.
struct Request {
    method: &'static str,
    real: String,
    model: String,
    body: Vec<u8>,
    /// What Portreeve would have asked for, and so what it takes the answer for.
    effect: Option<EngineEffect>,
}

/// Where the two went apart.
pub struct Difference {
    /// At which step.
    pub step: usize,
    /// How.
    pub what: String,
}

/// Runs a sequence on both; an error tells the first difference.
pub fn run(place: &Place<'_>, steps: &[Step], patience: Duration) -> Result<(), Difference> {
    let mut both = Both {
        place,
        real: Real::new(place.engine.address()),
        model: Model::new(&place.image),
        patience,
    };
    let outcome = steps.iter().enumerate().try_for_each(|(number, step)| {
        both.take(step).map_err(|what| Difference {
            step: number,
            what: format!("{step:?}: {what}"),
        })
    });
    drop(both);
    let left = place.engine.sweep(LABEL, &place.prefix);
    outcome?;
    match left.as_slice() {
        [] => Ok(()),
        left => Err(Difference {
            step: steps.len(),
            what: format!("left behind: {left:?}"),
        }),
    }
}

struct Both<'a> {
    place: &'a Place<'a>,
    real: Real<'a>,
    model: Model,
    patience: Duration,
}

impl Both<'_> {
    fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Occupy(which) => {
                let port = self.place.port(*which);
                same(
                    "the port is free",
                    &self.real.occupy(port),
                    &self.model.occupy(port),
                )?;
            }
            Step::Release(which) => {
                let port = self.place.port(*which);
                self.real.release(port);
                self.model.release(port);
            }
            _ => self.ask(step)?,
        }
        self.model.settle();
        self.look()
    }

    fn ask(&mut self, step: &Step) -> Result<(), String> {
        let request = self.request(step);
        let real = self.real.ask(request.method, &request.real, &request.body);
        let model = self
            .model
            .ask(request.method, &request.model, &request.body);
        let shown = |answer: &Answer| format!("{} {}", answer.status, answer.words());
        same("status", &real.status, &model.status).map_err(|_| {
            format!(
                "answered {:?} really, {:?} by the model",
                shown(&real),
                shown(&model)
            )
        })?;
        if self.place.words {
            same("words", &real.words(), &model.words())?;
        }
        if let Some(effect) = &request.effect {
            same("meaning", &meaning(effect, &real), &meaning(effect, &model))?;
        }
        if let Step::CreateVolume { .. } = step {
            same(
                "volume",
                &observed::volume(&real),
                &observed::volume(&model),
            )?;
        }
        Ok(())
    }

    /// The same request in the words of each: ids differ.
    fn request(&mut self, step: &Step) -> Request {
        let place = self.place;
        let mut request = Request {
            method: "POST",
            real: String::new(),
            model: String::new(),
            body: Vec::new(),
            effect: None,
        };
        let id = || ContainerId::new("x");
        match step {
            Step::Create { name, of } => {
                request.real = format!("/containers/create?name={}", place.container(*name));
                request.body = of.body(place).to_string().into_bytes();
            }
            Step::Start(what) => {
                request.real = self.act(*what, "/start", &mut request.model);
                request.effect = Some(EngineEffect::Start { container: id() });
            }
            Step::Stop(what) => {
                let query = format!("/stop?t={}", self.grace(*what));
                request.real = self.act(*what, &query, &mut request.model);
                request.effect = Some(EngineEffect::Stop {
                    container: id(),
                    grace: Duration::ZERO,
                });
            }
            Step::Restart(what) => {
                let query = format!("/restart?t={}", self.grace(*what));
                request.real = self.act(*what, &query, &mut request.model);
            }
            Step::Kill(what, signal) => {
                let query = match signal {
                    Signal::Default => "/kill",
                    Signal::Term => "/kill?signal=SIGTERM",
                    Signal::Hup => "/kill?signal=HUP",
                    Signal::Nonsense => "/kill?signal=SIGNOTHING",
                };
                request.real = self.act(*what, query, &mut request.model);
            }
            Step::Pause(what) => request.real = self.act(*what, "/pause", &mut request.model),
            Step::Unpause(what) => {
                request.real = self.act(*what, "/unpause", &mut request.model);
                request.effect = Some(EngineEffect::Unpause { container: id() });
            }
            Step::Rename(what, name) => {
                let query = format!("/rename?name={}", place.container(*name));
                request.real = self.act(*what, &query, &mut request.model);
            }
            Step::Remove {
                what,
                force,
                volumes,
            } => {
                request.method = "DELETE";
                let query = format!("?force={force}&v={volumes}");
                request.real = self.act(*what, &query, &mut request.model);
                request.effect = Some(EngineEffect::Remove { container: id() });
            }
            // What they say is compared after each step.
            Step::Logs(what) => {
                request.method = "GET";
                request.real = self.act(*what, "/logs?stdout=1&tail=5", &mut request.model);
            }
            _ => self.thing(step, &mut request),
        }
        if request.model.is_empty() {
            request.model = request.real.clone();
        }
        request
    }

    /// Requests about something else than containers.
    fn thing(&self, step: &Step, request: &mut Request) {
        let place = self.place;
        match step {
            Step::CreateNetwork(which) => {
                let name = place.network(*which);
                "/networks/create".clone_into(&mut request.real);
                let body = json!({ "Name": name, "Driver": "bridge", "CheckDuplicate": true });
                request.body = body.to_string().into_bytes();
                request.effect = Some(EngineEffect::CreateNetwork {
                    name,
                    labels: vec![],
                });
            }
            Step::RemoveNetwork(which) => {
                request.method = "DELETE";
                request.real = format!("/networks/{}", place.network(*which));
            }
            Step::CreateVolume { name, labels } => {
                let name = place.volume(*name);
                let labels = if *labels {
                    json!({ "a": "b" })
                } else {
                    Value::Null
                };
                "/volumes/create".clone_into(&mut request.real);
                request.body = json!({ "Name": name, "Labels": labels })
                    .to_string()
                    .into_bytes();
                request.effect = Some(EngineEffect::EnsureVolume {
                    name,
                    labels: vec![],
                });
            }
            Step::RemoveVolume(which) => {
                request.method = "DELETE";
                let name = place.volume(*which);
                request.real = format!("/volumes/{name}");
                request.effect = Some(EngineEffect::RemoveVolume { name });
            }
            Step::InspectImage { there } => {
                request.method = "GET";
                let image = if *there {
                    place.image.clone()
                } else {
                    "portreeve-test-nobody:none".to_owned()
                };
                request.real = format!("/images/{image}/json");
                request.effect = Some(EngineEffect::InspectImage { image });
            }
            other => unreachable!("{other:?} is asked for elsewhere"),
        }
    }

    /// The path of something done to a container, for the real engine, and for the model.
    fn act(&mut self, what: Named, act: &str, model: &mut String) -> String {
        let (real_name, model_name) = self.names(what);
        *model = format!("/containers/{model_name}{act}");
        format!("/containers/{real_name}{act}")
    }

    fn names(&mut self, what: Named) -> (String, String) {
        let (which, length) = match what {
            Named::Nobody => return ("nobody".to_owned(), "nobody".to_owned()),
            Named::Name(which) => {
                let name = self.place.container(which);
                return (name.clone(), name);
            }
            Named::Id(which) => (which, 64),
            Named::Beginning(which) => (which, 20),
        };
        let name = self.place.container(which);
        let target = format!("/containers/{name}/json");
        let real = self.real.ask("GET", &target, b"").json();
        let model = self.model.ask("GET", &target, b"").json();
        let beginning = |told: &Value| match told["Id"].as_str() {
            Some(id) => id[..length.min(id.len())].to_owned(),
            None => "0".repeat(length),
        };
        (beginning(&real), beginning(&model))
    }

    /// Who ends when asked to is given all the time it needs on a busy machine; who doesn't, a
    /// second.
    fn grace(&mut self, what: Named) -> u64 {
        let (_, name) = self.names(what);
        let deaf = self
            .model
            .api()
            .engine()
            .find(&name)
            .is_ok_and(|container| {
                let personality = container.behaviour();
                personality.on_term == OnTerm::Ignores
            });
        if deaf { 1 } else { 60 }
    }

    /// Everything that can be seen is the same on both, once the real engine has got there.
    fn look(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + self.patience;
        for which in place::CONTAINERS {
            let target = format!("/containers/{}/json", self.place.container(which));
            self.comes_to_be_the_same(&target, deadline, observed::container)?;
            // What a program said tells that it has come so far, too: that it handles signals.
            let logs = format!(
                "/containers/{}/logs?stdout=1&stderr=1",
                self.place.container(which)
            );
            self.comes_to_be_the_same(&logs, deadline, |answer| {
                json!([
                    answer.status,
                    without_ids(&String::from_utf8_lossy(&lines(answer)))
                ])
            })?;
        }
        for which in place::NETWORKS {
            let target = format!("/networks/{}", self.place.network(which));
            self.comes_to_be_the_same(&target, deadline, observed::network)?;
        }
        for which in place::VOLUMES {
            let target = format!("/volumes/{}", self.place.volume(which));
            self.comes_to_be_the_same(&target, deadline, observed::volume)?;
        }
        let label = format!("{LABEL}%3D{}", self.place.prefix);
        let target =
            format!("/containers/json?all=1&filters=%7B%22label%22:%5B%22{label}%22%5D%7D");
        self.comes_to_be_the_same(&target, deadline, observed::list)
    }

    fn comes_to_be_the_same(
        &mut self,
        target: &str,
        deadline: Instant,
        seen: impl Fn(&Answer) -> Value,
    ) -> Result<(), String> {
        let wanted = seen(&self.model.ask("GET", target, b""));
        loop {
            let real = seen(&self.real.ask("GET", target, b""));
            if real == wanted {
                return Ok(());
            }
            if Instant::now() > deadline {
                return same(target, &real, &wanted);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn lines(answer: &Answer) -> Vec<u8> {
    let effect = EngineEffect::Logs {
        container: ContainerId::new("x"),
        lines: 1000,
    };
    if answer.status != 200 {
        return Vec::new();
    }
    match docker::outcome(&effect, Dialect::Docker, answer.status, &answer.body) {
        EngineOutcome::Log(lines) => {
            let mut lines = lines;
            // Two streams come in either order.
            lines.sort();
            lines.join("\n").into_bytes()
        }
        other => format!("{other:?}").into_bytes(),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, real: &T, model: &T) -> Result<(), String> {
    if real == model {
        Ok(())
    } else {
        Err(format!(
            "{what}:\n  really       {real:?}\n  by the model {model:?}"
        ))
    }
}

/// What Portreeve takes the answer for, without ids.
fn meaning(effect: &EngineEffect, answer: &Answer) -> String {
    let outcome = docker::outcome(effect, Dialect::Docker, answer.status, &answer.body);
    without_ids(&format!("{outcome:?}"))
}
