//! The keys that seal users' tokens: from a variable, or from a file that only its owner may read.

mod error;
mod text;

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use portreeve_core::token::{Key, Keyring};
use portreeve_wire::store::StoreAddress;
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::configuration::Configuration;
use crate::directories;
use crate::error::Error;
use crate::permissions::{self, OpenToOthers};

pub use error::KeyringError;
pub(crate) use error::VARIABLE;
pub use text::KeyText;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Where the keys that seal tokens are, or would be.
#[derive(Clone, Debug)]
pub enum KeyringPlace {
    /// In the variable `PORTREEVE_KEY`, with this text.
    Variable(KeyText),
    /// In a file that is there.
    File(PathBuf),
    /// In a file that is not there yet, and will be made at first use.
    ToBeMade(PathBuf),
}

/// Finds where the keys are; an error where there are none and none may be made up.
fn find(configuration: &Configuration) -> Result<KeyringPlace, Error> {
    if let Some(text) = &configuration.key {
        return Ok(KeyringPlace::Variable(text.clone()));
    }
    let store = configuration.store_address()?;
    let file = configuration.key_file()?;
    let named = configuration.values.key_file.is_some();
    match store {
        _ if named && file.exists() => Ok(KeyringPlace::File(file)),
        // Others use it from elsewhere, with a key this machine can't guess; the one that was made
        // up here for a SQLite store is not it.
        StoreAddress::Postgres(_) => {
            let store = store.to_string();
            Err(KeyringError::Unset { store }.into())
        }
        StoreAddress::Sqlite(_) if file.exists() => Ok(KeyringPlace::File(file)),
        StoreAddress::Sqlite(store) if store.exists() => {
            Err(KeyringError::Lost { file, store }.into())
        }
        StoreAddress::Sqlite(_) if named => Err(KeyringError::Missing { file }.into()),
        StoreAddress::Sqlite(_) => Ok(KeyringPlace::ToBeMade(file)),
    }
}

impl Configuration {
    /// Where the keys that seal tokens are, or would be; an error where there are none and none may be
    /// made up.
    pub fn keyring_place(&self) -> Result<KeyringPlace, Error> {
        find(self)
    }

    /// The keys that seal tokens, from their [`place`](Configuration::keyring_place). Where none were
    /// there yet and may be made up, they are.
    pub fn keyring(&self) -> Result<Keyring, Error> {
        self.keyring_place()?.load()
    }
}

impl KeyringPlace {
    /// Reads the keys, and makes the file where that is due.
    pub fn load(&self) -> Result<Keyring, Error> {
        let keyring = match self {
            Self::Variable(text) => parse(text.reveal(), VARIABLE),
            Self::File(path) => read(path),
            Self::ToBeMade(path) => make(path).and_then(|()| read(path)),
        };
        Ok(keyring?)
    }
}

/// Keys in base64, separated by commas or ends of lines, the newest first.
fn parse(text: &str, place: &str) -> Result<Keyring, KeyringError> {
    let mut keys = text
        .split([',', '\n'])
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(|key| decode(key, place))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
    let newest = keys.next().ok_or_else(|| invalid(place, "holds no key"))?;
    Ok(Keyring::new(newest, keys.collect()))
}

fn decode(text: &str, place: &str) -> Result<Key, KeyringError> {
    // Both alphabets are taken: which one a key was made with is easily forgotten.
    let standard = Zeroizing::new(text.replace('-', "+").replace('_', "/"));
    let decoded = BASE64
        .decode(standard.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| invalid(place, "is not base64"))?;
    let bytes: [u8; 32] = decoded
        .as_slice()
        .try_into()
        .map_err(|_| invalid(place, &format!("holds a key of {} bytes", decoded.len())))?;
    Ok(Key::new(&Zeroizing::new(bytes)))
}

fn invalid(place: &str, what: &str) -> KeyringError {
    KeyringError::Invalid {
        place: place.to_owned(),
        what: what.to_owned(),
    }
}

fn read(path: &Path) -> Result<Keyring, KeyringError> {
    let unreadable = |error: io::Error| KeyringError::Unreadable {
        file: path.to_owned(),
        why: error.to_string(),
    };
    // To open a pipe that nobody writes to would take for ever otherwise.
    let at_once = OFlags::NONBLOCK.bits().cast_signed();
    let mut file = fs::OpenOptions::new()
        .read(true)
        .custom_flags(at_once)
        .open(path)
        .map_err(unreadable)?;
    // Of the file that was opened, not of whatever the path leads to by now.
    let metadata = file.metadata().map_err(unreadable)?;
    let directory = permissions::replaceable(path).map_err(unreadable)?;
    check(path, &metadata, directory)?;
    let text = io::read_to_string(&mut file).map_err(unreadable)?;
    let place = format!("the key file {}", path.display());
    parse(&Zeroizing::new(text), &place)
}

/// Whether the file holds a key that nobody else has read, changed or put there.
fn check(
    path: &Path,
    metadata: &fs::Metadata,
    directory: Option<OpenToOthers>,
) -> Result<(), KeyringError> {
    let file = path.to_owned();
    let mode = metadata.permissions().mode() & 0o777;
    if !metadata.is_file() {
        return Err(KeyringError::NotAFile { file });
    }
    if mode & 0o077 != 0 {
        return Err(KeyringError::Open { file, mode });
    }
    match permissions::owned_by_others(path, metadata).or(directory) {
        Some(open) => Err(KeyringError::Unsafe { file, open }),
        None => Ok(()),
    }
}

/// Makes a key file. Where another process makes it at the same time, one of the two stays.
fn make(path: &Path) -> Result<(), KeyringError> {
    let failed = |error: &io::Error| KeyringError::NotMade {
        file: path.to_owned(),
        why: error.to_string(),
    };
    let directory = directories::around(path);
    directories::make(directory).map_err(|error| failed(&error))?;
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|error| failed(&error.into()))?;
    let text = Zeroizing::new(BASE64.encode(*bytes) + "\n");
    // Whole or not at all: never a half-written key under the file's name. Mode 0600 is what
    // temporary files have.
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(|error| failed(&error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| failed(&error))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(lost) => Err(failed(&lost.error)),
    }
}

#[cfg(test)]
mod tests {
    use portreeve_core::id::RecordId;
    use portreeve_core::token::{Token, TokenOf};
    use portreeve_core::user::UserId;

    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn a_key_is_taken_in_either_alphabet_with_or_without_padding() {
        let bytes = [0xfb; 32];
        let standard = BASE64.encode(bytes);
        let url_safe = standard.replace('+', "-").replace('/', "_");
        let id = |text: &str| decode(text, VARIABLE).unwrap().id();
        assert_eq!(id(&standard), id(&url_safe));
        assert_eq!(id(&standard), id(standard.trim_end_matches('=')));
    }

    #[test]
    fn several_keys_may_stand_there() {
        let other = BASE64.encode([7; 32]);
        assert!(parse(&format!("{KEY},{other}"), VARIABLE).is_ok());
        assert!(parse(&format!("{KEY}\n{other}\n"), VARIABLE).is_ok());
    }

    #[test]
    fn the_first_key_seals_and_the_others_open() {
        let other = BASE64.encode([7; 32]);
        let ring = |text: &str| parse(text, VARIABLE).unwrap();
        let (before, while_changing) = (ring(KEY), ring(&format!("{other},{KEY}")));
        let user = UserId::new("alice").unwrap();
        let token = Token::from_random(&[1; 32]);
        let of = TokenOf {
            user: &user,
            record: RecordId::from_bytes([1; 16]),
            generation: 1,
        };
        let old = before.seal(of, &token, [0; 12]);
        assert!(!while_changing.is_newest(&old));
        assert!(while_changing.open(of, &old).unwrap() == token);
        let new = while_changing.seal(of, &token, [1; 12]);
        assert!(ring(&other).open(of, &new).unwrap() == token);
        assert!(before.open(of, &new).is_err());
    }

    #[test]
    fn a_malformed_key_is_refused_and_not_shown() {
        for (text, reason) in [
            ("", "holds no key"),
            ("!!secret!!", "is not base64"),
            ("c2VjcmV0", "holds a key of 6 bytes"),
        ] {
            let failure = parse(text, VARIABLE).unwrap_err();
            let message = failure.to_string();
            assert_eq!(failure.code(), "key_invalid");
            assert!(message.contains(reason), "{message}");
            assert!(text.is_empty() || !message.contains(text));
        }
    }

    #[test]
    fn a_key_file_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/key");
        make(&path).unwrap();
        let first = fs::read(&path).unwrap();
        make(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(read(&path).is_ok());
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        fs::write(&path, KEY).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&path).unwrap_err().code(), "key_invalid", "{mode:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read(&path).is_ok());
    }

    #[test]
    fn a_key_in_a_directory_that_others_write_in_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        make(&path).unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.code(), "key_invalid");
        let (message, hint) = (error.to_string(), error.hint());
        assert!(message.contains(&path.display().to_string()), "{message}");
        let way_out = format!("chmod go-w {}", directory.path().display());
        assert!(hint.contains(&way_out), "{hint}");
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(read(&path).is_ok(), "nobody but its owner may replace it");
    }

    #[test]
    fn what_is_no_file_holds_no_key() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path(), Path::new("/dev/null")] {
            let error = read(path).unwrap_err();
            let file = path.to_owned();
            assert_eq!(error, KeyringError::NotAFile { file });
        }
    }
}
