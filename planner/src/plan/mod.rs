//! Plans: what it takes to serve a workload, found by simulating it.
//!
//! A [`Plan`] puts real lifecycles with a host's own settings into the [world](portreeve_sim::world) for
//! days of virtual time, with users who come and go as a [workload](crate::workload) has it, and
//! checks the promises all the while. [`Plan::answer`] does so several times:
//!
//! 1. without any limit, to see what is wanted (the demand);
//! 2. as it is configured;
//! 3. with as many ports and running containers as the demand came to, and start limits around the
//!    one that is expected to do, until the smallest is found that does.
//!
//! What is expected to do is the demand's starts, sent through a line with so many places
//! (`line`). That is a guess to begin with; what is answered was simulated.

mod answer;
mod inputs;
mod line;
mod meter;
mod room;
mod run;
mod runs;
mod series;
mod visitors;
mod weather;

pub use answer::{Answer, Check, Enough, Stage, StartLimit, Teller};
pub use inputs::Plan;
pub use meter::Counts;
pub use room::Room;
pub use run::Run;
pub use series::{Bucket, Series, Totals, Waits};
