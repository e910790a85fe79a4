//! Why a store can't be served.

/// Why a store can't be served, however often it is tried.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnservedStore {
    /// The URL wants an encrypted connection.
    #[error(
        "the store's URL asks for TLS (sslmode), which this release doesn't speak: \
         write sslmode=prefer or sslmode=disable, on a network you trust"
    )]
    Tls,
    /// The database's client doesn't understand the URL.
    #[error("the store's URL can't be used: {0}")]
    Url(String),
}
