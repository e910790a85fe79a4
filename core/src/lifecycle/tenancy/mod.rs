//! One user: what is known, what is wanted, what is under way, and how the table's steps for it are
//! carried out.
//!
//! | file | tells |
//! |---|---|
//! | `state` | all that is held for one user |
//! | `arbitration` | what becomes of a request that meets another |
//! | `consult` | from facts to a step, until there is nothing to do but wait |
//! | `derive/` | from knowledge to facts |
//! | `act/` | from a step to effects, writes and answers |
//! | `learn/` | from outcomes to knowledge |
//! | `run`, `aim`, `slot`, `lease`, `knowledge`, `currency`, `watermark`, `current`, `whose`, `setbacks`, `effort`, `waiting_touch` | what the state consists of |
//! | `other_token` | whether a container carries the token that stands in the record |
//! | `adoption`, `examined` | what can become a user's that somebody else made |
//! | `amendment`, `activity` | changes and touches, which concern no container; who is served while the store is away |
//! | `behalf` | who asked for what is done, for the event log |
//! | `turn` | when the user's turn in the start queue is asked for and given back |
//! | `wake` | when the user is to be looked at again |

mod act;
mod activity;
mod adoption;
pub(crate) mod aim;
pub(crate) mod amendment;
mod arbitration;
mod behalf;
mod consult;
mod currency;
mod current;
mod derive;
mod effort;
mod examined;
pub(crate) mod knowledge;
mod last_progress;
mod learn;
mod lease;
pub(crate) mod other_token;
mod progress;
pub(crate) mod run;
mod setbacks;
mod slot;
pub(crate) mod state;
mod turn;
mod waiting_touch;
mod wake;
mod watermark;
pub(crate) mod whose;
