//! The handle that hosts hold. What it does for one user is in `user`, for all of them in `bulk`.

mod bulk;
mod open;
mod user;

pub use open::Portreeve;

#[cfg(test)]
mod many_users;
#[cfg(test)]
mod tests;
