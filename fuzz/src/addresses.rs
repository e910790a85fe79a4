//! Where the engine and the store are: `DOCKER_HOST` and the store's address.

use portreeve_wire::docker::{EngineAddress, EngineAddressError};
use portreeve_wire::store::StoreAddress;

const PASSWORD: &str = "hunter2";

/// Reads the bytes as an address, as they are and with a password put in.
pub fn run(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let tls = choice & 1 == 1;
    what_is_shown_is_read_back(text, tls);
    store_address(text);
    if !text.contains(PASSWORD) {
        no_password_is_shown(text, usize::from(choice >> 1), tls);
    }
}

fn engine_address(text: &str, tls: bool) -> Result<EngineAddress, EngineAddressError> {
    if tls {
        EngineAddress::from_str_over_tls(text)
    } else {
        text.parse()
    }
}

fn what_is_shown_is_read_back(text: &str, tls: bool) {
    let Ok(address) = engine_address(text, tls) else {
        return;
    };
    // What is shown says itself whether it means TLS.
    let shown = address.to_string();
    assert_eq!(
        shown.parse(),
        Ok(address.clone()),
        "{text:?} is shown as {shown:?}"
    );
    match address.host() {
        Some(host) => assert!(
            !host.is_empty() && !host.contains(['@', '/', '[']),
            "{host:?}"
        ),
        None => assert!(address.socket().is_some_and(std::path::Path::is_absolute)),
    }
}

fn store_address(text: &str) {
    let Ok(address) = text.parse::<StoreAddress>() else {
        return;
    };
    // Shown without what only its client may know, it names the same place.
    let shown = address.to_string();
    let again = shown.parse::<StoreAddress>();
    assert_eq!(again.map(|again| again.to_string()), Ok(shown), "{text:?}");
}

/// Puts a password and an `@` into the text, where it may stand for a user and a host.
fn no_password_is_shown(text: &str, at: usize, tls: bool) {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let at = (0..=rest.len())
        .rev()
        .find(|&place| place <= at && rest.is_char_boundary(place))
        .unwrap_or(0);
    let (user, host) = rest.split_at(at);
    // A slash would end what may hold a password.
    if user.contains(['/', '?', '#']) {
        return;
    }
    for scheme in [scheme, "tcp", "https", "ssh", "postgres", "postgresql"] {
        let address = format!("{scheme}://{user}:{PASSWORD}@{host}");
        let engine = engine_address(&address, tls);
        let store = address.parse::<StoreAddress>();
        let mut said = format!("{engine:?} {store:?}");
        if let Err(error) = engine {
            said += &error.to_string();
        }
        match store {
            Ok(store) => said += &store.to_string(),
            Err(error) => said += &error.to_string(),
        }
        // A path is shown whatever it is called.
        let is_path = address.trim_start().starts_with('/')
            || address.starts_with("sqlite:")
            || scheme.trim_start().eq_ignore_ascii_case("unix");
        assert!(is_path || !said.contains(PASSWORD), "{address:?}: {said}");
    }
}
