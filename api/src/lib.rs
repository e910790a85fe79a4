//! What Portreeve answers, as documents: plain types that [`serde`] writes as JSON and reads again.
//!
//! `portreeve … --json` prints these, and whatever else answers over a wire can answer with the
//! very same types. A document is made from what the core replied:
//!
//! ```
//! use portreeve_api::{Status, User};
//! use portreeve_core::command::{self, UserStatus};
//! use portreeve_core::id::{ContainerId, Port};
//! use portreeve_core::observed::Health;
//! use portreeve_core::time::Timestamp;
//! use portreeve_core::user::UserId;
//!
//! let reply = UserStatus {
//!     user: UserId::new("alice").unwrap(),
//!     status: command::Status::Running,
//!     port: Port::new(19000),
//!     url: Some("http://127.0.0.1:19000".to_owned()),
//!     last_active: Some(Timestamp::from_micros(1_700_000_000_000_000)),
//!     container: Some(ContainerId::new("8943cec7d27e")),
//!     container_name: Some("mosaic-user-alice".to_owned()),
//!     exit_code: None,
//!     health: Health::Healthy,
//!     outdated: false,
//!     failure: None,
//! };
//!
//! let text = serde_json::to_string(&User::from(&reply))?;
//! assert_eq!(
//!     text,
//!     concat!(
//!         r#"{"user":"alice","status":"running","port":19000,"url":"http://127.0.0.1:19000","#,
//!         r#""last_active":"2023-11-14T22:13:20Z","container_id":"8943cec7d27e","#,
//!         r#""container_name":"mosaic-user-alice","outdated":false,"health":"healthy"}"#,
//!     )
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! A client reads the same type from what it was sent:
//!
//! ```
//! use portreeve_api::{Endpoint, Outcome};
//!
//! let sent = r#"{"user":"alice","status":"running","outcome":"started",
//!                "url":"http://127.0.0.1:19000","token":"s3cret","port":19000,
//!                "container_id":"8943cec7d27e","container_name":"mosaic-user-alice"}"#;
//! let endpoint: Endpoint = serde_json::from_str(sent)?;
//! assert_eq!(endpoint.outcome, Outcome::Started);
//! assert_eq!(endpoint.token.reveal(), "s3cret");
//!
//! // A log that happens to show it doesn't show the token.
//! assert!(!format!("{endpoint:?}").contains("s3cret"));
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! What failed is a document, too, with a code to decide by, a message and a way out:
//!
//! ```
//! use portreeve_api::Failure;
//! use portreeve_core::error::Error;
//!
//! let failure = Failure::from(&Error::UnknownUser);
//! assert_eq!(
//!     serde_json::to_string(&failure)?,
//!     concat!(
//!         r#"{"error":{"code":"unknown_user","message":"there is no such user","#,
//!         r#""hint":"a user is known once `ensure` was called for it"}}"#,
//!     )
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # Which there are
//!
//! | document | is the answer to |
//! |---|---|
//! | [`User`] | what is known of a user; of all users, a list of them |
//! | [`UserPage`] | the same of some users, and where to go on |
//! | [`Endpoint`] | where a user's container answers, once it was started or restarted |
//! | [`Rotation`] | a user's new token |
//! | [`Stop`], [`Touch`], [`IdleLimit`], [`Purge`] | a change to one user |
//! | [`Adoption`] | a container and a volume of somebody else's making that became a user's |
//! | [`Event`] | something that happened to a user; of several, one document a line |
//! | [`Health`] | how a container is that is meant to run; a list of them |
//! | [`LogLine`] | what a user's container printed; one after the other |
//! | [`Usage`] | what a user's container takes of the machine; a list of them |
//! | [`Reap`] | who was stopped for being idle |
//! | [`Repair`] | what store and engine didn't agree on |
//! | [`Rekey`] | how many tokens were sealed anew |
//! | [`Failure`] | anything that failed |
//! | [`program`] | what the program tells of itself, and of simulations |
//!
//! # How they change
//!
//! They only grow: a key is never renamed, taken away or given another meaning, and a word that
//! stands for a state keeps its meaning. Whoever reads them ignores keys that they don't know, as
//! these types do.

mod adoption;
mod change;
mod endpoint;
mod event;
mod failure;
mod health;
mod log_line;
pub mod program;
mod reap;
mod rekey;
mod repair;
mod rotation;
mod token;
mod undone;
mod usage;
mod user;

pub use adoption::Adoption;
pub use change::{Afterwards, IdleLimit, Purge, Stop, Touch};
pub use endpoint::{Endpoint, Outcome};
pub use event::{Event, EventFailure};
pub use failure::{Failure, Reason};
pub use health::Health;
pub use log_line::{LogLine, Output};
pub use reap::Reap;
pub use rekey::Rekey;
pub use repair::{Finding, Problem, RecordTime, Remedy, Repair};
pub use rotation::Rotation;
pub use token::Token;
pub use undone::Undone;
pub use usage::Usage;
pub use user::{FailedStart, HealthCheck, LastFailure, Status, User, UserPage};
