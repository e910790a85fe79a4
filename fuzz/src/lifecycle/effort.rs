//! How much is asked of the engine, whatever it answers.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use portreeve_core::command::Reply;
use portreeve_core::effect::EngineEffect;
use portreeve_core::label;
use portreeve_core::time::Instant;
use portreeve_sim::promises::bounded_effort::MOST_CHANGES;

const WINDOW: Duration = Duration::from_secs(60);

/// The changes within the last minute, by what they are about: a user, or a container.
#[derive(Default)]
pub(super) struct Effort(BTreeMap<String, VecDeque<Instant>>);

impl Effort {
    /// A change was handed out. There aren't more than there may be.
    pub(super) fn note(&mut self, now: Instant, effect: &EngineEffect) {
        let Some(about) = about(effect) else {
            return;
        };
        let changes = self.0.entry(about).or_default();
        changes.retain(|sent| now.since(*sent) < WINDOW);
        changes.push_back(now);
        assert!(
            changes.len() <= MOST_CHANGES,
            "{} changes within a minute: {effect:?}",
            changes.len()
        );
    }

    /// Somebody was told something: what comes after a success was asked for anew.
    pub(super) fn answered(&mut self, reply: &Reply) {
        if !matches!(reply, Reply::Failed(_)) {
            self.0.clear();
        }
    }
}

fn about(effect: &EngineEffect) -> Option<String> {
    let user = |labels: &[(String, String)]| {
        let (_, user) = labels.iter().find(|(key, _)| key == label::USER)?;
        Some(format!("user {user}"))
    };
    match effect {
        EngineEffect::Create(spec) => user(&spec.labels),
        EngineEffect::EnsureVolume { labels, .. } => user(labels),
        EngineEffect::Start { container }
        | EngineEffect::Unpause { container }
        | EngineEffect::Stop { container, .. }
        | EngineEffect::Remove { container } => Some(format!("container {container}")),
        _ => None,
    }
}
