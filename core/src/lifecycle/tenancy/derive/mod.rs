//! From what is known of a user to the facts that the decision table looks at.

mod container;
mod currency;
mod facts;
mod record;
mod sorted;
