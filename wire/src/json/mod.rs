//! JSON that may be of any length, read in bounded memory: a document is split into its entries as it
//! comes ([`split`]), and of each entry only what is needed is kept ([`sieve`]).

mod scan;
pub mod sieve;
pub mod split;

#[cfg(test)]
mod tests;
