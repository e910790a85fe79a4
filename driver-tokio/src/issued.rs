//! Carries out one effect: checks that it may still be begun, holds it to its time, and turns
//! whatever happens into an outcome.

use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use portreeve_core::effect::{
    Effect, EngineEffect, Fence, IssuedEffect, Probe, ProbeKind, StoreEffect,
};
use portreeve_core::outcome::{EngineOutcome, Outcome, ProbeOutcome, StoreOutcome};
use tracing::{Instrument as _, Span};

use crate::backend::Clients;
use crate::fault::fault;
use crate::{clock, probe};

/// Carries out one effect. Never fails and never panics: the lifecycle waits for its outcome.
pub(crate) async fn carry_out(issued: &IssuedEffect, clients: &Clients) -> Outcome {
    let span = span(issued);
    async {
        #[cfg(not(feature = "failpoints"))]
        let outcome = attempt(issued, clients, &issued.fence).await;
        #[cfg(feature = "failpoints")]
        let outcome = crate::failpoint::around(effect_name(&issued.effect), |timely| {
            let fence = Fence {
                not_after: issued.fence.not_after.filter(|_| timely),
                ..issued.fence.clone()
            };
            async move { attempt(issued, clients, &fence).await }
        })
        .await;
        // Only its kind: what engines say may hold what containers printed.
        tracing::debug!(outcome = outcome_name(&outcome), "carried out");
        outcome
    }
    .instrument(span)
    .await
}

/// No parent: one effect may serve many commands.
fn span(issued: &IssuedEffect) -> Span {
    tracing::debug_span!(
        parent: None,
        "effect",
        id = issued.id.0,
        kind = effect_name(&issued.effect),
    )
}

async fn attempt(issued: &IssuedEffect, clients: &Clients, fence: &Fence) -> Outcome {
    // Looked at again before anything is sent; this spares what leads up to that.
    let expired = fence
        .not_after
        .is_some_and(|not_after| clock::now() > not_after);
    match &issued.effect {
        Effect::Engine(_) if expired => Outcome::Engine(EngineOutcome::Expired),
        Effect::Engine(effect) => Outcome::Engine(
            bounded(
                issued.timeout,
                clients.engine.carry_out(effect, issued.timeout, fence),
            )
            .await
            .unwrap_or_else(EngineOutcome::Unclear),
        ),
        Effect::Store(effect) => Outcome::Store(
            bounded(
                issued.timeout,
                clients.store.carry_out(effect, issued.timeout),
            )
            .await
            .unwrap_or_else(StoreOutcome::Unclear),
        ),
        Effect::Probe(look) => Outcome::Probe(
            bounded(issued.timeout, probe::carry_out(look))
                .await
                .unwrap_or_else(ProbeOutcome::Failed),
        ),
    }
}

/// The outcome of `work`, or why nobody knows it.
async fn bounded<O>(limit: Duration, work: impl Future<Output = O>) -> Result<O, String> {
    // A fault in a client must cost one effect, not leave a user stuck for ever.
    let work = AssertUnwindSafe(work).catch_unwind();
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(panic)) => Err(fault(panic.as_ref())),
        Err(_elapsed) => Err(format!("no answer within {}", seconds(limit))),
    }
}

fn seconds(limit: Duration) -> impl Display {
    format!("{} s", limit.as_secs_f64())
}

fn effect_name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Engine(effect) => engine_effect_name(effect),
        Effect::Store(effect) => store_effect_name(effect),
        Effect::Probe(Probe { kind, .. }) => match kind {
            ProbeKind::Tcp { .. } => "probe.tcp",
            ProbeKind::Http { .. } => "probe.http",
        },
    }
}

fn engine_effect_name(effect: &EngineEffect) -> &'static str {
    match effect {
        EngineEffect::Identify => "engine.identify",
        EngineEffect::Inspect(_) => "engine.inspect",
        EngineEffect::Examine(_) => "engine.examine",
        EngineEffect::List(_) => "engine.list",
        EngineEffect::Watch { .. } => "engine.watch",
        EngineEffect::InspectImage { .. } => "engine.inspect_image",
        EngineEffect::PullImage { .. } => "engine.pull_image",
        EngineEffect::FindNetworks { .. } => "engine.find_networks",
        EngineEffect::CreateNetwork { .. } => "engine.create_network",
        EngineEffect::EnsureVolume { .. } => "engine.ensure_volume",
        EngineEffect::InspectVolume { .. } => "engine.inspect_volume",
        EngineEffect::ListVolumes(_) => "engine.list_volumes",
        EngineEffect::RemoveVolume { .. } => "engine.remove_volume",
        EngineEffect::Create(_) => "engine.create",
        EngineEffect::Start { .. } => "engine.start",
        EngineEffect::Unpause { .. } => "engine.unpause",
        EngineEffect::Stop { .. } => "engine.stop",
        EngineEffect::Remove { .. } => "engine.remove",
        EngineEffect::Logs { .. } => "engine.logs",
    }
}

fn store_effect_name(effect: &StoreEffect) -> &'static str {
    match effect {
        StoreEffect::Load { .. } => "store.load",
        StoreEffect::Put(_) => "store.put",
        StoreEffect::Delete { .. } => "store.delete",
        StoreEffect::LongestStopped { .. } => "store.longest_stopped",
        StoreEffect::Touch { .. } => "store.touch",
        StoreEffect::Scan { .. } => "store.scan",
        StoreEffect::ScanUnsettled { .. } => "store.scan_unsettled",
        StoreEffect::ScanIdle { .. } => "store.scan_idle",
        StoreEffect::Register { .. } => "store.register",
        StoreEffect::Lock { .. } => "store.lock",
        StoreEffect::Unlock { .. } => "store.unlock",
        StoreEffect::ReadEvents { .. } => "store.read_events",
        StoreEffect::DropEvents(_) => "store.drop_events",
    }
}

fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Engine(outcome) => engine_outcome_name(outcome),
        Outcome::Store(outcome) => store_outcome_name(outcome),
        Outcome::Probe(ProbeOutcome::Passed) => "passed",
        Outcome::Probe(ProbeOutcome::Failed(_)) => "failed",
    }
}

fn engine_outcome_name(outcome: &EngineOutcome) -> &'static str {
    match outcome {
        EngineOutcome::Identified(_) => "identified",
        EngineOutcome::Found(_) => "found",
        EngineOutcome::Examined(_) => "examined",
        EngineOutcome::Listed(_) => "listed",
        EngineOutcome::ListedInPart { .. } => "listed in part",
        EngineOutcome::Networks(_) => "networks",
        EngineOutcome::Volume(_) => "volume",
        EngineOutcome::Volumes(_) => "volumes",
        EngineOutcome::Created(_) => "created",
        EngineOutcome::Log(_) => "log",
        EngineOutcome::Done => "done",
        EngineOutcome::AlreadyDone => "already_done",
        EngineOutcome::Absent => "absent",
        EngineOutcome::NoSuchImage(_) => "no_such_image",
        EngineOutcome::NoSuchNetwork(_) => "no_such_network",
        EngineOutcome::NetworkFull(_) => "network_full",
        EngineOutcome::PortTaken(_) => "port_taken",
        EngineOutcome::EndpointTaken(_) => "endpoint_taken",
        EngineOutcome::NameTaken(_) => "name_taken",
        EngineOutcome::RemovalInProgress => "removal_in_progress",
        EngineOutcome::Conflict(_) => "conflict",
        EngineOutcome::Refused(_) => "refused",
        EngineOutcome::Unreachable(_) => "unreachable",
        EngineOutcome::Expired => "expired",
        EngineOutcome::OtherEngine(_) => "other_engine",
        EngineOutcome::Unclear(_) => "unclear",
    }
}

fn store_outcome_name(outcome: &StoreOutcome) -> &'static str {
    match outcome {
        StoreOutcome::Loaded { .. } => "loaded",
        StoreOutcome::Stored { .. } => "stored",
        StoreOutcome::Conflict => "conflict",
        StoreOutcome::NoPort { .. } => "no_port",
        StoreOutcome::VolumeTaken => "volume_taken",
        StoreOutcome::LimitReached => "limit_reached",
        StoreOutcome::Active => "active",
        StoreOutcome::Longest(_) => "longest",
        StoreOutcome::Touched(_) => "touched",
        StoreOutcome::Scanned { .. } => "scanned",
        StoreOutcome::Events { .. } => "events",
        StoreOutcome::Registered(_) => "registered",
        StoreOutcome::LockHeld => "lock_held",
        StoreOutcome::Done => "done",
        StoreOutcome::Refused(_) => "refused",
        StoreOutcome::Unwritable(_) => "unwritable",
        StoreOutcome::Unreachable(_) => "unreachable",
        StoreOutcome::Unclear(_) => "unclear",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use portreeve_core::id::{ContainerId, EffectId};
    use portreeve_core::time::Instant;

    use super::*;
    use crate::fakes::{FakeEngine, Starts, clients};

    fn start(timeout: Duration, not_after: Option<Instant>) -> IssuedEffect {
        let container = ContainerId::new("c");
        IssuedEffect {
            id: EffectId(1),
            effect: Effect::Engine(EngineEffect::Start { container }),
            timeout,
            fence: Fence {
                not_after,
                engine: None,
            },
        }
    }

    async fn outcome_of(issued: &IssuedEffect, engine: &Arc<FakeEngine>) -> Outcome {
        let directory = tempfile::tempdir().unwrap();
        carry_out(issued, &clients(engine, &directory)).await
    }

    #[tokio::test]
    async fn past_its_not_after_time_nothing_is_begun() {
        let engine = FakeEngine::new(Starts::Done);
        let passed = clock::now().before(Duration::from_micros(1));
        let outcome = outcome_of(&start(Duration::from_secs(5), Some(passed)), &engine).await;
        assert_eq!(outcome, Outcome::Engine(EngineOutcome::Expired));
        assert_eq!(engine.count(|_| true), 0);
    }

    #[tokio::test]
    async fn before_its_not_after_time_it_is_begun() {
        let engine = FakeEngine::new(Starts::Done);
        let far = clock::now().after(Duration::from_secs(60));
        let outcome = outcome_of(&start(Duration::from_secs(5), Some(far)), &engine).await;
        assert_eq!(outcome, Outcome::Engine(EngineOutcome::Absent));
    }

    #[tokio::test]
    async fn without_an_answer_in_time_nobody_knows() {
        let engine = FakeEngine::new(Starts::Held);
        let outcome = outcome_of(&start(Duration::from_millis(20), None), &engine).await;
        assert_eq!(
            outcome,
            Outcome::Engine(EngineOutcome::Unclear("no answer within 0.02 s".to_owned()))
        );
    }

    #[tokio::test]
    async fn after_a_panic_nobody_knows() {
        let engine = FakeEngine::new(Starts::Panicking);
        let outcome = outcome_of(&start(Duration::from_secs(5), None), &engine).await;
        assert!(matches!(
            outcome,
            Outcome::Engine(EngineOutcome::Unclear(_))
        ));
    }
}
