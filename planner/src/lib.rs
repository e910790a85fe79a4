//! Capacity planning: what it takes to serve users who come and go.
//!
//! | module | tells |
//! |---|---|
//! | [`workload`] | who comes when, over days: drawn in a pattern, or read from a file |
//! | [`plan`] | what it takes to serve them, found by simulating it in [`portreeve_sim`]'s world |
//! | [`report`] | what came of that: in words, as a page with plots, as a picture |
//!
//! # From a workload to a plan to a report
//!
//! Thirty users come all at once, at 9:00, within twenty seconds. Each stays for ten minutes or so,
//! and is active every five.
//!
//! ```
//! use std::time::Duration;
//!
//! use portreeve_planner::workload::{Pattern, Session, Workload};
//!
//! let pattern = Pattern::Burst {
//!     at: Duration::from_secs(9 * 3600),
//!     lasts: Duration::from_secs(20),
//! };
//! let session = Session {
//!     median: Duration::from_secs(600),
//!     ..Session::default()
//! };
//! let workload = Workload::of(30, pattern, session);
//! assert_eq!(workload.day(1, 0).len(), 30);
//! ```
//!
//! A plan puts them into a simulated world with the very settings that a host has in production, and
//! says how long people may wait for their containers. Its answer is how many ports and running
//! containers that takes, and how many starts may have to be under way at once. The promises are
//! checked all the while, so an answer also says whether one was broken.
//!
//! ```
//! # use std::time::Duration;
//! # use portreeve_planner::workload::{Pattern, Session, Workload};
//! # let pattern = Pattern::Burst {
//! #     at: Duration::from_secs(9 * 3600),
//! #     lasts: Duration::from_secs(20),
//! # };
//! # let workload = Workload::of(30, pattern, Session::default());
//! use portreeve_core::settings::Settings;
//! use portreeve_core::template::Template;
//! use portreeve_core::token::{Key, Keyring};
//! use portreeve_planner::plan::{Plan, StartLimit};
//! use portreeve_planner::report::PlanReport;
//! use portreeve_sim::faults::Severity;
//!
//! // Tokens are sealed in a world that ends with the plan: any key will do.
//! let settings = Settings::new(Template::reference_service(), Keyring::new(Key::new(&[7; 32].into()), Vec::new()));
//! let plan = Plan {
//!     settings,
//!     controllers: 1,
//!     workload,
//!     days: 1,
//!     severity: Severity::None,
//!     ready_after: Duration::from_secs(2),
//!     ends_after: Duration::from_secs(1),
//!     seeds: vec![1],
//!     wait_target: Duration::from_secs(4),
//! };
//! // `true` leaves out the runs that check the start limit. Nobody is told how far it is.
//! let answer = plan.answer(true, &|_, _| Box::new(|_| ()));
//! assert_eq!(answer.broken(), []);
//! let enough = answer.enough.expect("no promise was broken");
//! assert_eq!((enough.ports, enough.running), (30, 30));
//! assert!(matches!(enough.start_limit, StartLimit::Expected(limit) if limit >= 1));
//!
//! let report = PlanReport {
//!     plan,
//!     answer,
//!     memory: Some(512 << 20),
//!     again: "cargo test --doc".to_owned(),
//! };
//! assert!(report.headline().starts_with("30 users all at once, 1 day, need 30 ports, 15"));
//! assert!(report.page()?.contains("<svg"));
//! # Ok::<(), portreeve_planner::report::NotDrawn>(())
//! ```
//!
//! [`Workload::of_timestamps`](workload::Workload::of_timestamps) takes visits from a file instead,
//! which [`workload::read`] reads; [`PlanReport::picture`](report::PlanReport::picture) draws the plots
//! that tell most as one SVG. `portreeve simulate --users …` is all of this on a command line.
#![forbid(unsafe_code)]

pub mod plan;
pub mod report;
pub mod workload;
