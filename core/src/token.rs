//! Gateway tokens: made, sealed for the store, opened again, never shown.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::id::RecordId;
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
        text.replace(self.reveal(), BLOT)
    }
}

/// What is shown in place of a token.
pub(crate) const BLOT: &str = "[token]";

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Which token it is: what a sealed token is bound to, as data that is authenticated along with it. One
/// user's can't be put into another's record, and an earlier one can't take a later one's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TokenOf<'a> {
    /// Whose.
    pub user: &'a UserId,
    /// The record that it stands in.
    pub record: RecordId,
    /// Which of the record's tokens, counted from 1.
    pub generation: u32,
}

/// A token at rest: AES-256-GCM, bound to what [`TokenOf`] says.
///
/// Its bytes are a version (2), the key's id (8 bytes), the nonce (12) and the ciphertext with
/// its tag. Version 1 was bound to the user alone. It is still opened.
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

/// Bound to the user alone: what was sealed before there was a second version.
const OF_USER: u8 = 1;
/// Bound to user, record and generation: what is sealed now.
const OF_RECORD: u8 = 2;
const KEY_ID: usize = 8;
const NONCE: usize = 12;
const HEADER: usize = 1 + KEY_ID + NONCE;

/// One key that seals tokens: 32 secret bytes, which are wiped when it is dropped.
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
            // By reference: a copy would be left behind.
            cipher: Aes256Gcm::new((&**bytes).into()),
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

/// The cipher holds what is made of the key, so it is the one that has to wipe its memory: without its
/// feature for that, this doesn't compile.
const _: fn() = || {
    fn is_wiped<T: ZeroizeOnDrop>() {}
    is_wiped::<Aes256Gcm>();
};

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

    /// Seals a token with the newest key.
    ///
    /// A nonce must never be used twice with one key, so it comes fresh from the seeded
    /// generator that the operating system's randomness started.
    ///
    /// # Panics
    /// Never: AES-GCM refuses only messages of 64 GiB and more, and a token has 43 bytes.
    pub fn seal(&self, of: TokenOf, token: &Token, nonce: [u8; NONCE]) -> SealedToken {
        let associated = of.record_data();
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
        bytes.push(OF_RECORD);
        bytes.extend_from_slice(&self.newest.id);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&ciphertext);
        SealedToken(bytes)
    }

    /// Whether it was sealed with the newest key, in the version that is sealed now.
    pub fn is_newest(&self, sealed: &SealedToken) -> bool {
        let key = sealed.0.strip_prefix(&[OF_RECORD]);
        key.is_some_and(|key| key.starts_with(&self.newest.id))
    }

    /// Opens a sealed token with the key it names.
    pub fn open(&self, of: TokenOf, sealed: &SealedToken) -> Result<Token, TokenError> {
        let (header, ciphertext) = sealed
            .0
            .split_at_checked(HEADER)
            .ok_or(TokenError::Malformed)?;
        let associated = match header[0] {
            OF_USER => of.user_data(),
            OF_RECORD => of.record_data(),
            _ => return Err(TokenError::Malformed),
        };
        let (id, nonce) = header[1..].split_at(KEY_ID);
        let key = core::iter::once(&self.newest)
            .chain(&self.older)
            .find(|key| key.id == *id)
            .ok_or_else(|| TokenError::UnknownKey(hex::encode(id)))?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| TokenError::Malformed)?;
        let payload = Payload {
            msg: ciphertext,
            aad: &associated,
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

impl TokenOf<'_> {
    /// What version 1 is bound to.
    fn user_data(&self) -> Vec<u8> {
        [b"portreeve token 1\0", self.user.as_str().as_bytes()].concat()
    }

    /// What version 2 is bound to. All but the last part have a fixed length, so that no two of them come
    /// to the same bytes.
    fn record_data(&self) -> Vec<u8> {
        let parts: [&[u8]; 4] = [
            b"portreeve token 2\0",
            self.record.as_bytes(),
            &self.generation.to_be_bytes(),
            self.user.as_str().as_bytes(),
        ];
        parts.concat()
    }
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
    /// It was changed, or it is another token than the record says: another user's, another record's or
    /// an earlier one.
    #[error("it was altered, or belongs to another user or another record, or is an earlier one")]
    Forged,
}
