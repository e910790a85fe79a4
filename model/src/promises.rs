//! The promises, checked with each thing that happens. They see what truly happened, and know
//! nothing of how the core decides.
//!
//! | promise | checked |
//! |---|---|
//! | 1 one port, one container | with each write of a claim, and each start |
//! | 2 yours only | with each answer |
//! | 3 one container per user | in the calm after each end ([`calm`](crate::calm)) |
//! | 4 never stuck | with each answer; at each end; in the calm |
//! | 5 no active user is reaped | with each claim of a stop |
//! | 6 no state lost | with each volume that is removed |
//! | 7 the token stays | with each write, and each answer |
//! | 8 a crash loses nothing | with each stop and removal; in the calm |
//! | 9 what is not ours is left alone | with each change of the engine |
//! | 10 shutting down stops nothing | with each effect that is sent |
//! | 11 the right engine | with each effect that reaches another one; what would be concluded from it breaks others |

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::command::{Command, Endpoint, Reply, Rotated};
use portreeve_core::effect::{Effect, EngineEffect, Put, StoreEffect};
use portreeve_core::id::ContainerId;
use portreeve_core::label::{self, Labelled, Labels};
use portreeve_core::outcome::{EngineOutcome, StoreOutcome};
use portreeve_core::record::Intent;
use portreeve_core::user::UserId;
use portreeve_sim::promises::TOKEN;
use portreeve_sim::store::Store;

use crate::ghost::{LONG_BEFORE, Made};
use crate::scene::Scene;
use crate::state::{Asked, State};

/// All of them, and that no verb is misused.
pub const PROMISES: [&str; 12] = [
    "One port, one container",
    "Yours only",
    "One container per user",
    "Never stuck",
    "No active user is reaped",
    "No state lost",
    "The token stays",
    "A crash loses nothing",
    "What is not ours is left alone",
    "Shutting down stops nothing",
    "The right engine",
    "No misuse",
];

/// A promise that was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Which, one of [`PROMISES`].
    pub promise: &'static str,
    /// How.
    pub text: String,
}

type Verdict = Result<(), String>;

impl State {
    /// Notes that a promise is broken, unless one was before.
    pub(crate) fn break_with(&mut self, promise: &'static str, text: String) {
        if self.violation.is_none() {
            self.violation = Some(Arc::new(Violation { promise, text }));
        }
    }

    fn judge(&mut self, promise: &'static str, verdict: Verdict) {
        if let Err(text) = verdict {
            self.break_with(promise, text);
        }
    }

    /// Somebody asks for something.
    pub(crate) fn note_asked(&mut self, command: &Command) {
        if let Command::Purge(user) = command {
            self.ghost().purged.insert(user.clone());
        }
    }

    /// A controller that is being closed begins to stop nobody.
    pub(crate) fn check_sent(&mut self, which: usize, effect: &Effect) {
        let Effect::Store(StoreEffect::Put(put)) = effect else {
            return;
        };
        let begun = self
            .store
            .body(&put.user)
            .is_some_and(|body| body.intent == Intent::Stopping);
        if self.controllers[which].closing && put.body.intent == Intent::Stopping && !begun {
            let text = format!(
                "{:?} is stopped by a controller that is being closed",
                put.user
            );
            self.break_with("Shutting down stops nothing", text);
        }
    }

    /// A statement took hold.
    pub(crate) fn check_store(
        &mut self,
        scene: &Scene,
        effect: &StoreEffect,
        outcome: &StoreOutcome,
        before: &Store,
    ) {
        match (effect, outcome) {
            (StoreEffect::Put(put), StoreOutcome::Stored { .. }) => {
                self.judge("One port, one container", self.claims(&put.user, before));
                let reaped = self.reaped(scene, put, before);
                self.judge("No active user is reaped", reaped);
                self.judge("The token stays", token_kept(scene, put, before));
                self.judge("Yours only", self.volume_of_one(put));
                self.note_intent(&put.user, put.body.intent);
            }
            (StoreEffect::Delete { user, .. }, StoreOutcome::Done) => {
                self.judge("One port, one container", self.claims(user, before));
                self.ghost().active.remove(user);
                self.ghost().ending.remove(user);
            }
            _ => {}
        }
    }

    fn note_intent(&mut self, user: &UserId, intent: Intent) {
        let now = self.now;
        match intent {
            Intent::Stopping | Intent::Removing => {
                self.ghost().ending.entry(user.clone()).or_insert(now);
            }
            Intent::Stopped | Intent::Starting | Intent::Running => {
                self.ghost().ending.remove(user);
            }
        }
    }

    /// A stop that was begun long before the question, and that nobody finished, isn't believed
    /// undone: its container may end yet.
    fn not_ending(&self, asked: &Asked, user: &UserId) -> Verdict {
        let since = self.ghost.ending.get(user);
        if since.is_some_and(|since| since.after(LONG_BEFORE) < asked.at) {
            return Err(format!(
                "{user:?} is answered a container that somebody began to stop, and nobody did"
            ));
        }
        Ok(())
    }

    /// No two records claim one port; and what gives its claim up leaves no container behind, but
    /// for one that nobody could know of.
    fn claims(&self, user: &UserId, before: &Store) -> Verdict {
        let claim = |store: &Store, user| store.record(user).and_then(|record| record.port);
        let now = claim(&self.store, user);
        if let Some(port) = now {
            let mut others = self.users().filter(|other| *other != user);
            if let Some(other) = others.find(|other| claim(&self.store, other) == now) {
                return Err(format!(
                    "port {port} is claimed for {other:?} and for {user:?}"
                ));
            }
        }
        let Some(freed) = claim(before, user).filter(|port| now != Some(*port)) else {
            return Ok(());
        };
        let left = self.engine.containers().find(|container| {
            let made = self.ghost.made.get(container.id());
            made.is_some_and(|made| made.user == *user && made.port == freed && !made.late)
                && !self.is_lost(container)
        });
        match left {
            Some(left) => Err(format!(
                "the claim of {user:?} on port {freed} was given up, and {} is bound to it",
                left.name()
            )),
            None => Ok(()),
        }
    }

    /// Who is claimed to be stopped for a reap has been idle for as long as that takes, and nobody is
    /// stopped whom nobody wants stopped.
    fn reaped(&self, scene: &Scene, put: &Put, before: &Store) -> Verdict {
        let stopping = |intent| intent == Intent::Stopping;
        let begun = before
            .body(&put.user)
            .is_some_and(|body| stopping(body.intent));
        if !stopping(put.body.intent) || begun {
            return Ok(());
        }
        let Some(active) = self.ghost.active.get(&put.user) else {
            return Ok(());
        };
        let limit = put.body.idle_limit.unwrap_or(scene.settings.idle_limit);
        let idle = self.now.since(*active);
        let wanted = put.idle.is_none()
            && (self.is_calm
                || scene.asks(|command| match command {
                    Command::Stop(user)
                    | Command::Restart(user)
                    | Command::Rotate(user)
                    | Command::Purge(user) => *user == put.user,
                    _ => false,
                }));
        if wanted || (put.idle.is_some() && !limit.is_zero() && idle >= limit) {
            return Ok(());
        }
        Err(format!(
            "{:?} was active {} ms ago, and is reaped; the limit is {} ms",
            put.user,
            idle.as_millis(),
            limit.as_millis()
        ))
    }

    /// A change is about to be made on the engine.
    pub(crate) fn check_engine_effect(&mut self, scene: &Scene, effect: &EngineEffect) {
        match effect {
            EngineEffect::Stop { container, .. } | EngineEffect::Remove { container } => {
                self.judge("A crash loses nothing", self.not_running(container));
                self.judge("What is not ours is left alone", self.ours(container));
            }
            EngineEffect::Start { container } => {
                self.judge("What is not ours is left alone", self.ours(container));
                self.judge("One port, one container", self.may_run(container));
            }
            EngineEffect::Unpause { container } => {
                self.judge("What is not ours is left alone", self.ours(container));
            }
            EngineEffect::RemoveVolume { name } => {
                self.check_volume(scene, name);
            }
            _ => {}
        }
    }

    /// A stop or a removal is never of the container that the record says is running.
    fn not_running(&self, container: &ContainerId) -> Verdict {
        let Some(made) = self.ghost.made.get(container) else {
            return Ok(());
        };
        let runs = self.store.body(&made.user).is_some_and(|body| {
            body.intent == Intent::Running && body.container.as_ref() == Some(container)
        });
        let exists = self.engine.find(container.as_str());
        if runs && exists.is_ok_and(portreeve_sim::engine::Container::is_running) {
            return Err(format!(
                "{} runs for {:?}, and an old call ends it",
                made.name, made.user
            ));
        }
        Ok(())
    }

    /// It was made on a controller's word, or adopted.
    fn ours(&self, container: &ContainerId) -> Verdict {
        let adopted = || {
            self.users().any(|user| {
                self.store
                    .body(user)
                    .is_some_and(|body| body.adopted && body.container.as_ref() == Some(container))
            })
        };
        let foreign = self.engine.find(container.as_str());
        match foreign {
            Ok(foreign) if !self.ghost.made.contains_key(container) && !adopted() => Err(format!(
                "{} was changed, which we never made",
                foreign.name()
            )),
            _ => Ok(()),
        }
    }

    /// What is started is on the port that its user's record claims.
    fn may_run(&self, container: &ContainerId) -> Verdict {
        let Some(made) = self.ghost.made.get(container) else {
            return Ok(());
        };
        let exists = self.engine.find(container.as_str()).is_ok();
        let claimed = self.store.record(&made.user).and_then(|record| record.port);
        if !exists || claimed == Some(made.port) {
            return Ok(());
        }
        Err(format!(
            "{} is started on port {}, and {:?} claims {claimed:?}",
            made.name, made.port, made.user
        ))
    }

    /// No other record names the volume that this one does.
    fn volume_of_one(&self, put: &Put) -> Verdict {
        let record = self.store.record(&put.user);
        if record.is_some_and(|record| record.shares_volume) {
            let (name, user) = (&put.body.names.volume, &put.user);
            return Err(format!(
                "the record of {user:?} names the volume {name}, which is another user's"
            ));
        }
        Ok(())
    }

    /// A volume goes only when its user was to be purged while it was there, and only if it is ours.
    fn check_volume(&mut self, scene: &Scene, name: &str) {
        let Some(volume) = self.engine.volume(name) else {
            return;
        };
        if volume.users().next().is_some() {
            // The engine refuses.
            return;
        }
        let owner = volume.labels.get(label::USER).cloned();
        let owner = owner.and_then(|owner| UserId::new(owner).ok());
        let adopted = scene.asks(|command| matches!(command, Command::Adopt(_)));
        let Some(owner) = owner else {
            if !adopted {
                let text = format!("the volume {name} was removed, which we never made");
                self.break_with("What is not ours is left alone", text);
            }
            return;
        };
        let purging = self.store.body(&owner).is_some_and(|body| body.purging);
        if !purging && !self.ghost.purged.contains(&owner) {
            let text = format!("the volume {name} was removed without a purge");
            self.break_with("No state lost", text);
        }
    }

    /// A request took hold on the engine.
    pub(crate) fn check_engine_outcome(
        &mut self,
        effect: &EngineEffect,
        outcome: &EngineOutcome,
        late: bool,
    ) {
        match (effect, outcome) {
            (EngineEffect::Create(spec), EngineOutcome::Created(id)) => {
                let labels = Labels::of_pairs(&spec.labels);
                let (Labelled::As(labels), Some(token)) = (labels, spec.variable(TOKEN)) else {
                    let text = format!("{} bears no labels, or carries no token", spec.name);
                    return self.break_with("The token stays", text);
                };
                let made = Made {
                    user: labels.user,
                    record: labels.record,
                    name: spec.name.clone(),
                    port: spec.port,
                    token: token.clone(),
                    late,
                };
                self.ghost().made.insert(id.clone(), made);
            }
            (EngineEffect::EnsureVolume { labels, .. }, EngineOutcome::Volume(Labelled::As(_))) => {
                // A purge that was asked for before isn't one of this volume, unless it goes on.
                let owner = labels.iter().find(|(key, _)| key == label::USER);
                let owner = owner.and_then(|(_, owner)| UserId::new(owner.as_str()).ok());
                if let Some(owner) = owner.filter(|owner| !self.is_purging(owner)) {
                    self.ghost().purged.remove(&owner);
                }
            }
            _ => {}
        }
    }

    /// Somebody waits for the user to be purged.
    fn is_purging(&self, user: &UserId) -> bool {
        self.controllers.iter().any(|controller| {
            let mut asked = controller.requests.values();
            asked.any(|asked| matches!(&asked.command, Command::Purge(other) if other == user))
        })
    }

    /// A host is answered.
    pub(crate) fn check_reply(&mut self, scene: &Scene, asked: &Asked, reply: &Reply) {
        let took = self.now.since(asked.at);
        if !asked.held_up && took > patience(scene) {
            let text = format!(
                "{:?} was answered after {} s",
                asked.command,
                took.as_secs()
            );
            self.break_with("Never stuck", text);
        }
        self.judge("Yours only", self.yours(asked, reply));
        if let Some(endpoint) = endpoint(reply) {
            self.judge("The token stays", self.carried(endpoint));
        }
        let ((Command::Ensure(user), Reply::Ensured(_))
        | (Command::Touch(user), Reply::Touched(true))) = (&asked.command, reply)
        else {
            return;
        };
        if matches!(reply, Reply::Ensured(_)) {
            self.judge("A crash loses nothing", self.not_ending(asked, user));
        }
        if scene.asks(|command| *command == Command::Reap) {
            let active = &mut self.ghost().active;
            let before = active.get(user).copied();
            active.insert(user.clone(), before.max(Some(asked.at)).unwrap_or(asked.at));
        }
    }

    /// A container that is answered belongs to the user who asked, and is the one that was made.
    fn yours(&self, asked: &Asked, reply: &Reply) -> Verdict {
        let user = match &asked.command {
            Command::Ensure(user) | Command::Restart(user) | Command::Rotate(user) => user,
            Command::Status(user) => {
                return match reply {
                    Reply::Status(status) if status.user != *user => {
                        Err(format!("{user:?} was told of {:?}", status.user))
                    }
                    _ => Ok(()),
                };
            }
            _ => return Ok(()),
        };
        let Some(endpoint) = endpoint(reply) else {
            return Ok(());
        };
        let id = &endpoint.container;
        let Some(made) = self.ghost.made.get(id) else {
            let adopted = self.ours(id).is_ok() && endpoint.user == *user;
            let why = format!("{user:?} was answered {id}, which was never made");
            return if adopted { Ok(()) } else { Err(why) };
        };
        if endpoint.user != *user || made.user != *user {
            return Err(format!(
                "{user:?} was answered a container of {:?}",
                made.user
            ));
        }
        if made.port != endpoint.port || !endpoint.url.ends_with(&format!(":{}", made.port)) {
            return Err(format!(
                "{user:?} was answered {}, and its container is on port {}",
                endpoint.url, made.port
            ));
        }
        Ok(())
    }

    /// The token that is answered is the one that the container carries.
    fn carried(&self, endpoint: &Endpoint) -> Verdict {
        match self.ghost.made.get(&endpoint.container) {
            Some(made) if made.token.reveal() != endpoint.token.reveal() => Err(format!(
                "{:?} was answered another token than {} carries",
                endpoint.user, made.name
            )),
            _ => Ok(()),
        }
    }
}

fn endpoint(reply: &Reply) -> Option<&Endpoint> {
    match reply {
        Reply::Ensured(endpoint)
        | Reply::Rotated(Rotated {
            endpoint: Some(endpoint),
            ..
        }) => Some(endpoint),
        _ => None,
    }
}

/// A record's token is what it was, unless its generation has grown.
fn token_kept(scene: &Scene, put: &Put, before: &Store) -> Verdict {
    let Some((version, body)) = before.version(&put.user).zip(before.body(&put.user)) else {
        return Ok(());
    };
    let same_record = match put.expect {
        portreeve_core::effect::Expect::At(expected) => expected.record == version.record,
        portreeve_core::effect::Expect::Absent(_) => false,
    };
    if !same_record {
        let user = &put.user;
        return Err(format!(
            "the record of {user:?} was written by who meant another"
        ));
    }
    let open = |sealed| scene.settings.keyring.open(&put.user, sealed).ok();
    let same = || open(&body.token) == open(&put.body.token);
    if put.body.token_generation == body.token_generation && body.token != put.body.token && !same()
    {
        return Err(format!("the token of {:?} has changed by itself", put.user));
    }
    let rotates = scene.asks(|command| *command == Command::Rotate(put.user.clone()));
    if put.body.token_generation != body.token_generation && !rotates {
        return Err(format!(
            "the token of {:?} was replaced, and nobody asked for it",
            put.user
        ));
    }
    Ok(())
}

/// The sum of all that a question may wait for in turn.
fn patience(scene: &Scene) -> Duration {
    let timing = &scene.settings.timing;
    let once = timing.queue + timing.pull + timing.start + timing.patience;
    2 * once + timing.lease + timing.grace + timing.answer + timing.engine
}
