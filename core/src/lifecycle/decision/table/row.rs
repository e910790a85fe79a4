//! What a row consists of.

use alloc::string::{String, ToString};

use super::conditions::Condition;
use super::whom::Whom;
use crate::lifecycle::decision::facts::Facts;
use crate::lifecycle::decision::step::Step;

/// One row of the table.
pub(crate) struct Row {
    whom: Whom,
    /// All of them must hold.
    when: &'static [Condition],
    pub step: Step,
    /// Why that is done, where that isn't plain.
    because: Option<&'static str>,
}

impl Row {
    pub(super) const fn new(whom: Whom, when: &'static [Condition], step: Step) -> Self {
        Self {
            whom,
            when,
            step,
            because: None,
        }
    }

    pub(super) const fn because(mut self, reason: &'static str) -> Self {
        self.because = Some(reason);
        self
    }

    pub(super) fn applies(&self, facts: &Facts) -> bool {
        self.whom.holds(facts) && self.when.iter().all(|condition| (condition.holds)(facts))
    }

    /// Whom it is for, when it applies, and what it does.
    pub(super) fn words(&self) -> [String; 3] {
        let mut when = String::new();
        for condition in self.when {
            if !when.is_empty() {
                when.push_str("; ");
            }
            when.push_str(condition.words);
        }
        if when.is_empty() {
            when.push_str("otherwise");
        }
        let mut then = self.step.words().to_string();
        if let Some(reason) = self.because {
            then.push_str(": ");
            then.push_str(reason);
        }
        [self.whom.words().to_string(), when, then]
    }
}
