//! JSON that is split into its entries as it comes: the same in whatever pieces, and as serde reads the
//! whole of it.

use portreeve_wire::json::Malformed;
use portreeve_wire::json::split::{Entries, Entry, Splitter};
use serde_json::{Deserializer, Map, Value};

/// So long a document is cut at every byte.
const SHORT: usize = 512;
/// The key of the array that is looked for in an object.
const KEY: &str = "a";

/// An entry, read, or how long one was that is too long.
#[derive(PartialEq, Debug)]
enum Read {
    Whole(Value),
    TooLong(u64),
}

/// Reads the bytes, past the first two, as a document, its entries of any length and of few bytes.
pub fn run(data: &[u8]) {
    let [kind, longest, document @ ..] = data else {
        return;
    };
    let entries = match kind % 3 {
        0 => Entries::Stream,
        1 => Entries::Array,
        _ => Entries::Under(KEY),
    };
    let read = in_any_pieces(entries, usize::MAX, document);
    if let Some(values) = by_serde(entries, document) {
        let values: Vec<Read> = values.into_iter().map(Read::Whole).collect();
        assert_eq!(read.as_ref(), Some(&values));
    }
    let longest = usize::from(*longest);
    let Some(bounded) = in_any_pieces(entries, longest, document) else {
        // What breaks none of its entries may be too long to be looked into.
        return assert!(read.is_none());
    };
    for (at, entry) in bounded.iter().enumerate() {
        match (entry, &read) {
            (Read::TooLong(length), _) => assert!(*length > longest as u64),
            (whole, Some(read)) => assert_eq!(*whole, read[at]),
            (Read::Whole(_), None) => {}
        }
    }
}

/// What the splitter reads of a document, if it can.
fn split<'a>(
    entries: Entries,
    longest: usize,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Read>, Malformed> {
    let mut read = Vec::new();
    let mut take = |entry: Entry<'_>| {
        read.push(match entry {
            Entry::Whole(entry) => Read::Whole(serde_json::from_slice(entry)?),
            Entry::TooLong { length, .. } => Read::TooLong(length),
        });
        Ok(())
    };
    let mut splitter = Splitter::new(entries, longest);
    for piece in pieces {
        splitter.feed(piece, &mut take)?;
    }
    splitter.finish(&mut take)?;
    Ok(read)
}

fn in_any_pieces(entries: Entries, longest: usize, document: &[u8]) -> Option<Vec<Read>> {
    let whole = split(entries, longest, [document]).ok();
    assert_eq!(split(entries, longest, document.chunks(1)).ok(), whole);
    let step = (document.len() / SHORT).max(1);
    for at in (0..document.len()).step_by(step) {
        let (before, after) = document.split_at(at);
        let cut = split(entries, longest, [before, after]).ok();
        assert_eq!(cut, whole, "cut at {at}");
    }
    whole
}

/// What serde reads of the whole document, if it can. Of an object with several arrays under the key it
/// keeps the last, so that there is nothing to compare.
fn by_serde(entries: Entries, document: &[u8]) -> Option<Vec<Value>> {
    match entries {
        Entries::Stream => {
            let values = Deserializer::from_slice(document).into_iter();
            values.collect::<Result<_, _>>().ok()
        }
        Entries::Array => {
            let values: Option<Vec<Value>> = serde_json::from_slice(document).ok()?;
            Some(values.unwrap_or_default())
        }
        Entries::Under(key) => {
            let mut object: Map<String, Value> = serde_json::from_slice(document).ok()?;
            let text = String::from_utf8_lossy(document);
            if text.matches(&format!("\"{key}\"")).count() > 1 || text.contains("\\u") {
                return None;
            }
            match object.remove(key) {
                None | Some(Value::Null) => Some(Vec::new()),
                Some(Value::Array(values)) => Some(values),
                Some(_) => None,
            }
        }
    }
}
