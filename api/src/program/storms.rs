//! What came of simulated storms.

use serde::{Deserialize, Serialize};

/// What came of simulated storms. Nothing in it hangs on the machine or the time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Storms {
    /// The seed of the first; each further one has the next.
    pub seed: u64,
    /// How many there were.
    pub storms: u64,
    /// How many controllers there were in each.
    pub controllers: u8,
    /// How much went wrong: `none`, `light` or `heavy`.
    pub faults: String,
    /// How many commands were asked, in all storms.
    pub commands: u64,
    /// How many of them were answered with a failure.
    pub failures: u64,
    /// How many effects were carried out.
    pub effects: u64,
    /// How many of them were spoilt by a fault.
    pub spoilt: u64,
    /// How often people meddled.
    pub chaos_actions: u64,
    /// Each storm that broke a promise.
    pub broken: Vec<BrokenPromise>,
}

/// A promise that was broken in a storm.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BrokenPromise {
    /// The storm's seed.
    pub seed: u64,
    /// Which promise, in a sentence.
    pub promise: String,
    /// When, in seconds of the storm's own time.
    pub at_seconds: f64,
    /// What was seen.
    pub text: String,
    /// The command that runs the storm again.
    pub again: String,
    /// The smallest list of inputs that still breaks it, a line each; left out of all but the first
    /// few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_exactly_the_documented_keys_in_their_order() {
        let broken = BrokenPromise {
            seed: 8,
            promise: "one port, one container".to_owned(),
            at_seconds: 1.5,
            text: "19000 twice".to_owned(),
            again: "portreeve simulate --seed 8".to_owned(),
            script: None,
        };
        let storms = Storms {
            seed: 7,
            storms: 2,
            controllers: 3,
            faults: "heavy".to_owned(),
            commands: 40,
            failures: 4,
            effects: 300,
            spoilt: 30,
            chaos_actions: 5,
            broken: vec![
                broken.clone(),
                BrokenPromise {
                    script: Some("ensure a".to_owned()),
                    ..broken
                },
            ],
        };
        let text = serde_json::to_string(&storms).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"seed":7,"storms":2,"controllers":3,"faults":"heavy","commands":40,"failures":4,"#,
                r#""effects":300,"spoilt":30,"chaos_actions":5,"broken":[{"seed":8,"#,
                r#""promise":"one port, one container","at_seconds":1.5,"text":"19000 twice","#,
                r#""again":"portreeve simulate --seed 8"},{"seed":8,"#,
                r#""promise":"one port, one container","at_seconds":1.5,"text":"19000 twice","#,
                r#""again":"portreeve simulate --seed 8","script":"ensure a"}]}"#,
            )
        );
        assert_eq!(serde_json::from_str::<Storms>(&text).unwrap(), storms);
    }
}
