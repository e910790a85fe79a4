//! Gateway tokens: made, sealed for the store, opened again, never shown.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::user::UserId;

/// A user's gateway token: 256 random bits as 43 characters of URL-safe base64.
///
/// Its `Debug` doesn't show it, and it has no `Display`: whoever wants it must say
/// [`Token::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Makes a token of fresh random bytes.
    pub fn from_random(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Takes the token that a container carries which somebody else made.
    pub(crate) fn carried(text: &str) -> Self {
        Self(Zeroizing::new(text.to_string()))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `text` with the token blotted out, for what a container printed.
    pub(crate) fn blot_out(&self, text: &str) -> String {
        text.replace(self.reveal(), "[token]")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// A token at rest: AES-256-GCM, with the user as associated data, so that one user's sealed
/// token can't be put into another's record.
///
/// Its bytes are a version (1), the key's id (8 bytes), the nonce (12) and the ciphertext with
/// its tag.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedToken(Vec<u8>);

impl SealedToken {
    /// Takes the bytes the store kept. They are checked when the token is opened.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes for the store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Version and id of the key that it names; nothing of the token.
    #[cfg(feature = "model-checking")]
    pub(crate) fn key(&self) -> &[u8] {
        self.0.get(..=KEY_ID).unwrap_or_default()
    }
}

impl fmt::Debug for SealedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedToken({} bytes)", self.0.len())
    }
}

const VERSION: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 12;
const HEADER: usize = 1 + KEY_ID + NONCE;

/// One key that seals tokens: 32 secret bytes.
#[derive(Clone)]
pub struct Key {
    id: [u8; KEY_ID],
    cipher: Aes256Gcm,
}

impl Key {
    /// Takes a key's bytes.
    pub fn new(bytes: &Zeroizing<[u8; 32]>) -> Self {
        let digest = Sha256::new_with_prefix(b"portreeve key id\0")
            .chain_update(bytes.as_slice())
            .finalize();
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        Self {
            id,
            cipher: Aes256Gcm::new(&(**bytes).into()),
        }
    }

    /// The key's id: safe to show, since it is a hash of the key.
    pub fn id(&self) -> String {
        hex::encode(self.id)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

/// The keys in use: the newest seals, all of them open.
#[derive(Clone, Debug)]
pub struct Keyring {
    newest: Key,
    older: Vec<Key>,
}

impl Keyring {
    /// A ring of the key that seals, and of older ones that some tokens may still be sealed with.
    pub fn new(newest: Key, older: Vec<Key>) -> Self {
        Self { newest, older }
    }

    /// Seals a user's token with the newest key.
    ///
    /// A nonce must never be used twice with one key, so it comes fresh from the seeded
    /// generator that the operating system's randomness started.
    ///
    /// # Panics
    /// Never: AES-GCM refuses only messages of 64 GiB and more, and a token has 43 bytes.
    pub fn seal(&self, user: &UserId, token: &Token, nonce: [u8; NONCE]) -> SealedToken {
        let associated = associated_data(user);
        let payload = Payload {
            msg: token.reveal().as_bytes(),
            aad: &associated,
        };
        let ciphertext = self
            .newest
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .expect("AES-GCM seals anything below 64 GiB");
        let mut bytes = Vec::with_capacity(HEADER + ciphertext.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.newest.id);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&ciphertext);
        SealedToken(bytes)
    }

    /// Whether it was sealed with the newest key.
    pub fn is_newest(&self, sealed: &SealedToken) -> bool {
        sealed.0.get(1..=KEY_ID) == Some(self.newest.id.as_slice())
    }

    /// Opens a user's sealed token with the key it names.
    pub fn open(&self, user: &UserId, sealed: &SealedToken) -> Result<Token, TokenError> {
        let (header, ciphertext) = sealed
            .0
            .split_at_checked(HEADER)
            .ok_or(TokenError::Malformed)?;
        if header[0] != VERSION {
            return Err(TokenError::Malformed);
        }
        let (id, nonce) = header[1..].split_at(KEY_ID);
        let key = core::iter::once(&self.newest)
            .chain(&self.older)
            .find(|key| key.id == *id)
            .ok_or_else(|| TokenError::UnknownKey(hex::encode(id)))?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| TokenError::Malformed)?;
        let payload = Payload {
            msg: ciphertext,
            aad: &associated_data(user),
        };
        let opened = key
            .cipher
            .decrypt(&Nonce::from(nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| TokenError::Forged)?;
        let text = core::str::from_utf8(&opened).map_err(|_| TokenError::Malformed)?;
        Ok(Token(Zeroizing::new(text.to_string())))
    }
}

fn associated_data(user: &UserId) -> Vec<u8> {
    [b"portreeve token 1\0", user.as_str().as_bytes()].concat()
}

/// Why a sealed token can't be opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The bytes aren't a sealed token of a known version.
    #[error("it is not a sealed token this release understands")]
    Malformed,
    /// It was sealed with a key that isn't in the ring.
    #[error("it was sealed with the key {0}, which is not configured")]
    UnknownKey(String),
    /// It was changed, or sealed for another user.
    #[error("it was altered, or belongs to another user")]
    Forged,
}
