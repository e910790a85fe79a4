//! The handle that hosts hold. What it does for one user is in `user`, for all of them in `bulk`, a page
//! of them at a time in `listing`; what happened to them is told in `events`.

mod bulk;
mod events;
mod listing;
mod open;
mod user;

pub use events::EventReader;
pub use listing::Listing;
pub use open::Portreeve;

#[cfg(test)]
mod many_users;
#[cfg(test)]
mod tests;
