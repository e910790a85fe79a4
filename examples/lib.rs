//! Examples of programs that embed Portreeve.
//!
//! | file | shows |
//! |---|---|
//! | `threads.rs` | a host without async: a thread for each connection |
//! | `axum.rs` | a host on tokio |
//! | [`memory_store`] | a store of one's own |
//! | `by_hand.rs` | the core driven by hand, with no driver at all |
//!
//! They are told of in `docs/embedding.md`.

pub mod memory_store;

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::Read as _;

use portreeve_tokio::{Config, EngineAddress, Key, Keyring, Settings, Template};
use zeroize::Zeroizing;

/// What the examples are opened with: `PORTREEVE_KEY_FILE` names a file of 32 random bytes, which must
/// stay the same for as long as the store does, since the key seals the tokens in there;
/// `PORTREEVE_STORE` the store (by default `sqlite:portreeve.db`), `PORTREEVE_IMAGE` the image (by
/// default that of the reference service), and `DOCKER_HOST` the engine.
pub fn config() -> Result<Config, Box<dyn Error>> {
    let mut key = Zeroizing::new([0; 32]);
    File::open(env::var("PORTREEVE_KEY_FILE")?)?.read_exact(&mut *key)?;
    let mut template = Template::reference_service();
    if let Ok(image) = env::var("PORTREEVE_IMAGE") {
        template.image = image;
    }
    let settings = Settings::new(template, Keyring::new(Key::new(&key), Vec::new()));
    let engine = match env::var("DOCKER_HOST") {
        Ok(address) => address.parse()?,
        Err(_) => EngineAddress::default(),
    };
    let store = env::var("PORTREEVE_STORE").unwrap_or_else(|_| "sqlite:portreeve.db".to_owned());
    Ok(Config {
        settings,
        engine,
        store: store.parse()?,
    })
}

/// These pages' snippets are compiled as doctests, so that they stay true.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/embedding.md")]
    struct Embedding;
}
