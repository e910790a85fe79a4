//! Storms and the calm after them: no promise is broken, whatever happens; and where one is broken
//! on purpose, that is noticed.

use portreeve_sim::sabotage::Sabotage;
use portreeve_sim::trial::Trial;

/// `PORTREEVE_SIM_SEEDS` says how many seeds are tried; 300 otherwise.
fn seeds() -> u64 {
    let said = std::env::var("PORTREEVE_SIM_SEEDS").ok();
    said.and_then(|seeds| seeds.parse().ok()).unwrap_or(300)
}

#[test]
fn no_promise_is_broken() {
    let mut pending = 0;
    for seed in 0..seeds() {
        let result = Trial::of(seed).run(false);
        if let Some(violation) = result.violation {
            panic!("seed {seed}: {violation}");
        }
        pending += result.tally.pending;
    }
    assert!(pending > 0, "nobody was served while the store was away");
}

/// The alarm rings for each mistake that is put back, within three thousand seeds.
#[test]
fn each_sabotage_is_caught() {
    for sabotage in Sabotage::ALL {
        let caught = (0..3000).any(|seed| {
            let trial = Trial {
                sabotage: Some(sabotage),
                ..Trial::of(seed)
            };
            trial.run(false).violation.is_some()
        });
        assert!(caught, "{} went unnoticed", sabotage.name());
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for seed in 0..20 {
        let [one, other] = [(); 2].map(|()| Trial::of(seed).run(true).trace);
        assert!(!one.is_empty());
        assert!(one == other, "seed {seed} went two ways");
    }
}

/// No token is ever told in a trace.
#[test]
fn traces_hold_no_secrets() {
    let trace = Trial::of(1).run(true).trace;
    assert!(!trace.contains("AGENT_TOKEN"), "an environment is told");
}
