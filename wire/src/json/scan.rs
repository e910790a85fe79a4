//! Where one JSON value ends, told from its bytes as they come, without keeping any of them.

use super::malformed::Malformed;

/// How deep arrays and objects may be nested: serde reads no deeper either.
const DEEPEST: u32 = u128::BITS;

/// A value whose end hasn't come yet.
///
/// It knows strings and brackets alone. Whether all between them is JSON is for whoever reads the value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner {
    /// In how many arrays and objects the next byte stands.
    depth: u32,
    /// A bit for each of them, the innermost in the lowest: set for an object.
    objects: u128,
    at: At,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug)]
enum At {
    /// Whatever stands between the strings of an array or object.
    Between,
    String,
    /// The byte after a backslash.
    Escaped,
    /// A number or a word that isn't in any array or object.
    Word,
}

impl Scanner {
    /// The scanner of the value that begins with this byte, for the bytes after it.
    pub(super) fn begin(first: u8) -> Result<Self, Malformed> {
        let mut scanner = Self {
            depth: 0,
            objects: 0,
            at: At::Between,
        };
        match first {
            b'{' | b'[' => scanner.open(first == b'{')?,
            b'"' => scanner.at = At::String,
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => scanner.at = At::Word,
            _ => return Err(Malformed::new("a value is due")),
        }
        Ok(scanner)
    }

    /// How many of the bytes belong to the value, if it ends among or right before them.
    pub(super) fn end_in(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match (self.at, byte) {
                (At::String, b'\\') => self.at = At::Escaped,
                (At::String, b'"') => self.at = At::Between,
                (At::String, _) => {
                    // Labels may be long.
                    let rest = &bytes[at..];
                    at += memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                    continue;
                }
                (At::Escaped, _) | (At::Between, b'"') => self.at = At::String,
                (At::Word, byte) if ends_word(byte) => return Ok(Some(at)),
                (At::Between, b'{' | b'[') => self.open(byte == b'{')?,
                (At::Between, b'}' | b']') => self.close(byte == b'}')?,
                (At::Word | At::Between, _) => {}
            }
            at += 1;
            if self.depth == 0 && matches!(self.at, At::Between) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Whether the value is whole where nothing follows.
    pub(super) fn may_end(&self) -> bool {
        matches!(self.at, At::Word)
    }

    fn open(&mut self, object: bool) -> Result<(), Malformed> {
        if self.depth == DEEPEST {
            return Err(Malformed::new("it is nested too deeply"));
        }
        self.depth += 1;
        self.objects = self.objects << 1 | u128::from(object);
        Ok(())
    }

    fn close(&mut self, object: bool) -> Result<(), Malformed> {
        if (self.objects & 1 == 1) != object {
            return Err(Malformed::new("brackets don't match"));
        }
        self.depth -= 1;
        self.objects >>= 1;
        Ok(())
    }
}

/// Whether a number or a word can't go on with this byte.
fn ends_word(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\n' | b'\t' | b'\r' | b'"' | b'[' | b']' | b'{' | b'}' | b',' | b':'
    )
}
