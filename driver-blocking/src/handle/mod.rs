//! The handle that hosts hold. What it does for one user is in `user`, for all of them in `bulk`, a page
//! of them at a time in `listing`.

mod bulk;
mod listing;
mod open;
mod user;

pub use listing::Listing;
pub use open::Portreeve;
