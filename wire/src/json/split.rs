//! Splits a JSON document into its entries as it comes, in whatever pieces.
//!
//! At most one entry is held at a time, and none that is over-long: of that one the beginning and the
//! length are told. So a document may be of any length, and one entry of it costs that entry alone.

use super::malformed::Malformed;
use super::scan::Scanner;

/// So much of an entry that is over-long is kept, to say which it is.
const BEGINNING: usize = 4 << 10;
/// So much room is kept for the next entry.
const KEPT: usize = 64 << 10;

/// Which values of a document are its entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entries {
    /// Values one after the other, without end. Nothing has to separate arrays, objects and texts.
    Stream,
    /// The elements of the array that the document is; `null` has none.
    Array,
    /// The elements of the array under this key of the object that the document is. None where it
    /// has no such key, or `null` there.
    Under(&'static str),
}

/// An entry that has come to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry<'a> {
    /// All of it. Its strings end and its brackets match; whether it is JSON otherwise isn't known yet.
    Whole(&'a [u8]),
    /// It is longer than any that is read.
    TooLong {
        /// Its first bytes.
        beginning: &'a [u8],
        /// How many bytes it has.
        length: u64,
    },
}

/// Splits one document.
#[derive(Clone, Debug)]
pub struct Splitter {
    entries: Entries,
    longest: usize,
    place: Place,
    /// What has come of the value that is being read, or only its beginning where it is over-long.
    held: Vec<u8>,
    /// How many bytes of it have come.
    length: u64,
}

/// Where the next byte stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Before the array, or the object that has it.
    Start,
    /// Before a value, or the end of the array where none has to come.
    Entry { due: bool },
    /// In a value.
    Value(Role, Scanner),
    /// After an element of the array.
    AfterEntry,
    /// Before a key, or the end of the object where none has to come.
    Key { due: bool },
    /// After a key.
    Colon { wanted: bool },
    /// After a key's colon.
    Member { wanted: bool },
    /// After a key's value.
    AfterMember,
    /// After all.
    End,
    /// Nowhere any more.
    Lost,
}

/// What a value is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Entry,
    Key,
    /// What stands in the place of the array has to be `null`.
    NoArray,
    /// Of no interest.
    Other,
}

impl Splitter {
    /// A splitter that holds entries of at most `longest` bytes.
    pub fn new(entries: Entries, longest: usize) -> Self {
        let place = match entries {
            Entries::Stream => Place::Entry { due: true },
            Entries::Array | Entries::Under(_) => Place::Start,
        };
        Self {
            entries,
            longest,
            place,
            held: Vec::new(),
            length: 0,
        }
    }

    /// Takes the document's next bytes, and hands on the entries that end in them. After an error, the
    /// document's or `take`'s, nothing more is read, and the document's end is an error, too.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(Entry<'_>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let read = self.read(bytes, &mut take);
        if read.is_err() {
            self.place = Place::Lost;
            self.held = Vec::new();
        }
        read
    }

    /// The document has ended: hands on an entry that only its end could end.
    pub fn finish(
        mut self,
        mut take: impl FnMut(Entry<'_>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        if let Place::Value(role, scanner) = self.place
            && scanner.may_end()
        {
            self.ended(role, &[], &mut take)?;
        }
        match (self.entries, self.place) {
            (_, Place::End) | (Entries::Stream, Place::Entry { .. }) => Ok(()),
            (_, _) => Err(Malformed::new("it breaks off")),
        }
    }

    fn read(
        &mut self,
        mut bytes: &[u8],
        take: &mut impl FnMut(Entry<'_>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        while let Some(&first) = bytes.first() {
            if let Place::Value(role, mut scanner) = self.place {
                let Some(end) = scanner.end_in(bytes)? else {
                    self.place = Place::Value(role, scanner);
                    self.hold(role, bytes);
                    return Ok(());
                };
                let (last, rest) = bytes.split_at(end);
                self.ended(role, last, take)?;
                bytes = rest;
                continue;
            }
            if !matches!(first, b' ' | b'\n' | b'\t' | b'\r') {
                self.between(first)?;
            }
            bytes = &bytes[1..];
        }
        Ok(())
    }

    /// Takes a byte that stands in no value, unless it begins one.
    fn between(&mut self, byte: u8) -> Result<(), Malformed> {
        self.place = match (self.place, byte) {
            (Place::Start, b'[') if self.entries == Entries::Array => Place::Entry { due: false },
            (Place::Start, b'{') if self.entries != Entries::Array => Place::Key { due: false },
            (Place::Start, b'n') if self.entries == Entries::Array => {
                self.begin(Role::NoArray, byte)?
            }
            (Place::Entry { due: false } | Place::AfterEntry, b']') => self.array_ended(),
            (Place::Entry { .. }, _) => self.begin(Role::Entry, byte)?,
            (Place::AfterEntry, b',') => Place::Entry { due: true },
            (Place::Key { due: false } | Place::AfterMember, b'}') => Place::End,
            (Place::Key { .. }, b'"') => self.begin(Role::Key, byte)?,
            (Place::Colon { wanted }, b':') => Place::Member { wanted },
            (Place::Member { wanted: true }, b'[') => Place::Entry { due: false },
            (Place::Member { wanted: true }, b'n') => self.begin(Role::NoArray, byte)?,
            (Place::Member { wanted: false }, _) => self.begin(Role::Other, byte)?,
            (Place::AfterMember, b',') => Place::Key { due: true },
            (
                Place::Start
                | Place::AfterEntry
                | Place::Key { .. }
                | Place::Colon { .. }
                | Place::Member { .. }
                | Place::AfterMember
                | Place::End
                | Place::Lost
                | Place::Value(..),
                _,
            ) => return Err(Malformed::new("something else is due")),
        };
        Ok(())
    }

    fn begin(&mut self, role: Role, first: u8) -> Result<Place, Malformed> {
        let scanner = Scanner::begin(first)?;
        self.hold(role, &[first]);
        Ok(Place::Value(role, scanner))
    }

    fn array_ended(&self) -> Place {
        match self.entries {
            Entries::Under(_) => Place::AfterMember,
            Entries::Stream | Entries::Array => Place::End,
        }
    }

    /// Keeps what has come of a value, as far as it may be needed.
    fn hold(&mut self, role: Role, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if role == Role::Other {
            return;
        }
        if self.is_whole() {
            self.held.extend_from_slice(bytes);
        } else {
            self.held.truncate(BEGINNING);
            let missing = (BEGINNING - self.held.len()).min(bytes.len());
            self.held.extend_from_slice(&bytes[..missing]);
            self.held.shrink_to(KEPT);
        }
    }

    fn is_whole(&self) -> bool {
        self.length <= self.longest as u64
    }

    /// A value has come to its end, with these bytes.
    fn ended(
        &mut self,
        role: Role,
        last: &[u8],
        take: &mut impl FnMut(Entry<'_>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.hold(role, last);
        self.place = match (role, self.entries) {
            (Role::Entry, Entries::Stream) => Place::Entry { due: true },
            (Role::Entry, Entries::Array | Entries::Under(_)) => Place::AfterEntry,
            (Role::Key, _) => Place::Colon {
                wanted: self.is_wanted(),
            },
            (Role::NoArray, _) if self.held != b"null" => {
                return Err(Malformed::new("a list is due"));
            }
            (Role::NoArray, Entries::Under(_)) | (Role::Other, _) => Place::AfterMember,
            (Role::NoArray, Entries::Stream | Entries::Array) => Place::End,
        };
        let taken = match role {
            Role::Entry if self.is_whole() => take(Entry::Whole(&self.held)),
            Role::Entry => take(Entry::TooLong {
                beginning: &self.held,
                length: self.length,
            }),
            Role::Key | Role::NoArray | Role::Other => Ok(()),
        };
        self.held.clear();
        self.held.shrink_to(KEPT);
        self.length = 0;
        taken
    }

    /// Whether the key that is held is the array's.
    fn is_wanted(&self) -> bool {
        let Entries::Under(wanted) = self.entries else {
            return false;
        };
        serde_json::from_slice::<String>(&self.held).is_ok_and(|key| key == wanted)
    }
}
