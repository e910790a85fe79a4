//! User ids as names: no two alike, and all of them such as an engine and a resolver take.

use arbitrary::Unstructured;
use portreeve_core::name::{Names, Naming};
use portreeve_core::user::UserId;

use crate::make;

/// What a DNS label may have, in bytes.
const LABEL: usize = 63;

/// Makes two ids of the bytes, which may be much alike, and a pattern.
pub fn run(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let _ = check(&mut bytes);
}

fn check(bytes: &mut Unstructured) -> arbitrary::Result<()> {
    let [one, other] = [make::user(bytes)?, make::user(bytes)?];
    let pattern = make::text(bytes, 80)?;
    let naming = Naming::default();
    for user in [&one, &other] {
        let names = naming.names(user);
        assert_eq!(names, naming.names(user), "the same again");
        assert!(is_label(&names.container), "{names:?}");
        assert!(is_volume(&names.volume), "{names:?}");
    }
    differ(&naming, &one, &other);
    differ(&naming, &one, &twin(&one));
    if let Ok(naming) = Naming::new(&pattern, &pattern) {
        let names = naming.names(&one);
        assert!(names.container.len() <= LABEL, "{pattern:?}: {names:?}");
        assert!(is_volume(&names.container), "{pattern:?}: {names:?}");
        differ(&naming, &one, &other);
        differ(&naming, &one, &twin(&one));
    }
    Ok(())
}

/// A user whose id is what the first one's things are called after.
fn twin(user: &UserId) -> UserId {
    let name = Naming::new("u{user}", "u{user}")
        .expect("well formed")
        .names(user)
        .container;
    UserId::new(&name[1..]).expect("not empty")
}

fn differ(naming: &Naming, one: &UserId, other: &UserId) {
    if one == other {
        return;
    }
    let [one, other] = [one, other].map(|user| {
        // Resolvers ignore case, and so do the file systems of some engines.
        let Names { container, volume } = naming.names(user);
        [container, volume].map(|name| name.to_ascii_lowercase())
    });
    assert_ne!(one[0], other[0]);
    assert_ne!(one[1], other[1]);
}

fn is_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= LABEL
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(inner)
}

/// What engines take as the name of a volume, and of a container.
fn is_volume(name: &str) -> bool {
    let mut bytes = name.bytes();
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.len() > 0
        && bytes.all(inner)
}
