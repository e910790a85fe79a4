//! JSON that may be of any length, read in bounded memory: a document is split into its entries as it
//! comes ([`split`]), and of each entry only what is needed is kept ([`sieve`]).

mod malformed;
mod scan;
pub mod sieve;
pub mod split;

pub use malformed::Malformed;

#[cfg(test)]
mod tests;
