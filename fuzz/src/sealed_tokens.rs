//! Sealed tokens: opened as what they were sealed, with their key alone, and only where nothing of
//! them was changed.

use arbitrary::Unstructured;
use portreeve_core::id::RecordId;
use portreeve_core::token::{Key, Keyring, SealedToken, Token, TokenError, TokenOf};
use zeroize::Zeroizing;

use crate::make;

/// Seals a token of the bytes, and tries to open it in all the wrong ways; then, to open the bytes.
pub fn run(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let _ = check(&mut bytes);
}

fn check(bytes: &mut Unstructured) -> arbitrary::Result<()> {
    let [one, other]: [[u8; 32]; 2] = [bytes.arbitrary()?, bytes.arbitrary()?];
    let [one, other] = [one, other].map(|key| Key::new(&Zeroizing::new(key)));
    let [alice, bob] = [make::user(bytes)?, make::user(bytes)?];
    let token = Token::from_random(&bytes.arbitrary()?);
    let ring = Keyring::new(one.clone(), Vec::new());
    let nonce = bytes.arbitrary()?;
    let of = TokenOf {
        user: &alice,
        record: RecordId::from_bytes([7; 16]),
        generation: 1,
    };
    let sealed = ring.seal(of, &token, nonce);

    assert_eq!(ring.open(of, &sealed), Ok(token.clone()));
    assert!(ring.is_newest(&sealed));
    let later = Keyring::new(other.clone(), vec![one.clone()]);
    assert_eq!(later.open(of, &sealed), Ok(token.clone()));
    if one.id() != other.id() {
        assert!(!later.is_newest(&sealed));
        let without = Keyring::new(other, Vec::new());
        let unknown = without.open(of, &sealed);
        assert_eq!(unknown, Err(TokenError::UnknownKey(one.id())));
    }
    let another = TokenOf { user: &bob, ..of };
    if alice != bob {
        assert_eq!(ring.open(another, &sealed), Err(TokenError::Forged));
    }
    for shown in [
        format!("{sealed:?}"),
        format!("{token:?}"),
        format!("{ring:?}"),
    ] {
        assert!(!shown.contains(token.reveal()), "{shown}");
    }
    let changed = changed(bytes, sealed.as_bytes())?;
    if changed != sealed.as_bytes() {
        opens_never(&later, of, changed);
    }
    let record = RecordId::from_bytes(bytes.arbitrary()?);
    let elsewhere = TokenOf {
        user: &alice,
        record,
        generation: bytes.arbitrary()?,
    };
    if elsewhere != of {
        assert_eq!(ring.open(elsewhere, &sealed), Err(TokenError::Forged));
    }
    opens_never(&ring, of, bytes.bytes(bytes.len())?.to_vec());
    Ok(())
}

/// Some bytes of it are others, or gone, or there are more.
fn changed(bytes: &mut Unstructured, sealed: &[u8]) -> arbitrary::Result<Vec<u8>> {
    let mut changed = sealed.to_vec();
    for _ in 0..bytes.int_in_range(0..=3)? {
        let at = bytes.choose_index(changed.len().max(1))?;
        if let Some(byte) = changed.get_mut(at) {
            *byte ^= bytes.arbitrary::<u8>()?;
        }
    }
    if bytes.arbitrary()? {
        changed.truncate(bytes.choose_index(sealed.len() + 1)?);
    }
    changed.extend(bytes.arbitrary::<Option<u8>>()?);
    Ok(changed)
}

fn opens_never(ring: &Keyring, of: TokenOf, sealed: Vec<u8>) {
    let opened = ring.open(of, &SealedToken::from_bytes(sealed));
    assert!(opened.is_err(), "{opened:?}");
}
