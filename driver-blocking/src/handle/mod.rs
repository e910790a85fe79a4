//! The handle that hosts hold. What it does for one user is in `user`, for all of them in `bulk`, a page
//! of them at a time in `listing`; what happened to them is told in `events`. What containers print is in `logs`,
//! what they take in `usage`; `turns` is how those are waited for.

mod bulk;
mod events;
mod listing;
mod logs;
mod open;
mod turns;
mod usage;
mod user;

pub use events::EventReader;
pub use listing::Listing;
pub use logs::Logs;
pub use open::Portreeve;
pub use usage::Usages;
