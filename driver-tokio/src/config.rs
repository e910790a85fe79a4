//! What a handle is opened with.

use portreeve_core::settings::Settings;
use portreeve_wire::docker::EngineAddress;
use portreeve_wire::store::StoreAddress;

/// What a handle is opened with.
#[derive(Clone, Debug)]
pub struct Config {
    /// How the lifecycle is to behave, with the keys that seal tokens.
    pub settings: Settings,
    /// Where the container engine is.
    pub engine: EngineAddress,
    /// Where the store is.
    pub store: StoreAddress,
}
