//! Whatever serde reads of a whole document, the splitter reads of it in pieces.

use proptest::prelude::*;
use serde_json::{Deserializer, Value};

use super::Malformed;
use super::split::{Entries, Entry, Splitter};

/// An entry, read.
#[derive(Clone, PartialEq, Debug)]
enum Read {
    Whole(Value),
    TooLong(u64),
}

/// Splits a document that comes in these pieces.
fn split<'a>(
    entries: Entries,
    longest: usize,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Read>, Malformed> {
    let mut read = Vec::new();
    let mut take = |entry: Entry<'_>| {
        read.push(match entry {
            Entry::Whole(entry) => {
                assert!(entry.len() <= longest);
                Read::Whole(serde_json::from_slice(entry)?)
            }
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

fn whole(values: Vec<Value>) -> Vec<Read> {
    values.into_iter().map(Read::Whole).collect()
}

/// Split in one piece, byte by byte, and cut once at every byte, it is the same.
fn split_in_any_pieces(entries: Entries, longest: usize, document: &[u8]) -> Option<Vec<Read>> {
    let read = split(entries, longest, [document]).ok();
    assert_eq!(split(entries, longest, document.chunks(1)).ok(), read);
    for at in 0..=document.len() {
        let (before, after) = document.split_at(at);
        assert_eq!(
            split(entries, longest, [before, after]).ok(),
            read,
            "cut at {at}"
        );
    }
    read
}

fn stream_by_serde(document: &[u8]) -> Option<Vec<Value>> {
    let values = Deserializer::from_slice(document).into_iter::<Value>();
    values.collect::<Result<_, _>>().ok()
}

fn array_by_serde(document: &[u8]) -> Option<Vec<Value>> {
    serde_json::from_slice::<Option<Vec<Value>>>(document)
        .ok()
        .map(Option::unwrap_or_default)
}

/// An object's array, where it has one member of that name at most.
fn member_by_serde(document: &[u8]) -> Option<Vec<Value>> {
    let object: serde_json::Map<String, Value> = serde_json::from_slice(document).ok()?;
    match object.get("a") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(values)) => Some(values.clone()),
        Some(_) => None,
    }
}

#[test]
fn documents_that_are_none() {
    use Entries::{Array, Stream, Under};

    for (entries, document) in [
        (Array, ""),
        (Array, "{}"),
        (Array, "nul"),
        (Array, "nulll"),
        (Array, "[1,]"),
        (Array, "[,1]"),
        (Array, "[1 2]"),
        (Array, "[{]"),
        (Array, "[{]}]"),
        (Array, "[\"]"),
        (Array, "[1]]"),
        (Array, "[1] 2"),
        (Array, "[\u{c}1]"),
        (Array, "[<html>]"),
        (Array, "[{\"a\" 1}]"),
        (Stream, "{"),
        (Stream, "1 }"),
        (Stream, "{},{}"),
        (Stream, "tru"),
        (Under("a"), "[]"),
        (Under("a"), "null"),
        (Under("a"), "{\"a\":[1}"),
        (Under("a"), "{\"a\":{}}"),
        (Under("a"), "{\"a\":[1],}"),
        (Under("a"), "{\"a\" [1]}"),
        (Under("a"), "{\"a\":[1]"),
    ] {
        let read = split_in_any_pieces(entries, 100, document.as_bytes());
        assert_eq!(read, None, "{document}");
    }
    let deep = "[".repeat(200);
    assert!(split(Array, 1000, [deep.as_bytes()]).is_err());
}

#[test]
fn an_array_is_found_under_its_key_alone() {
    let under = |document: &str| split_in_any_pieces(Entries::Under("a"), 100, document.as_bytes());
    let two = Some(whole(vec![1.into(), "]".into()]));
    assert_eq!(under(r#"{"a":[1,"]"]}"#), two);
    assert_eq!(
        under(r#" { "b" : {"a":[3]} , "a" : [ 1 , "]" ] , "c" : 7 } "#),
        two
    );
    assert_eq!(under("{\"\\u0061\":[1,\"]\"]}"), two);
    for none in ["{}", r#"{"b":[1]}"#, r#"{"a":null,"b":1}"#, r#"{"a":[]}"#] {
        assert_eq!(under(none), Some(Vec::new()), "{none}");
    }
}

#[test]
fn an_entry_that_is_too_long_costs_itself_alone() {
    let long = format!(r#"{{"x":"{}"}}"#, "\\\"]".repeat(20));
    let read = Some(vec![
        Read::Whole(1.into()),
        Read::TooLong(long.len() as u64),
        Read::Whole("b".into()),
    ]);
    let array = format!(r#"[1,{long},"b"]"#);
    assert_eq!(
        split_in_any_pieces(Entries::Array, 10, array.as_bytes()),
        read
    );
    let stream = format!(r#"1 {long}"b""#);
    assert_eq!(
        split_in_any_pieces(Entries::Stream, 10, stream.as_bytes()),
        read
    );
    // Exactly as long as one may be.
    let largest = split_in_any_pieces(Entries::Array, long.len(), array.as_bytes()).unwrap();
    assert!(matches!(largest[1], Read::Whole(_)));
}

/// Bytes that are JSON, or nearly.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\"a\""),
        Just("\"\\\\\""),
        Just("\"\\\"\""),
        Just("1"),
        Just("-2.5e3"),
        Just("true"),
        Just("null"),
        Just(" "),
        Just("\n"),
        Just("\"]}\""),
        Just("\""),
    ];
    let tokens = proptest::collection::vec(token, 0..12);
    prop_oneof![
        tokens.prop_map(|tokens| tokens.concat().into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

/// Any value, as text.
fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[\\[\\]{},:\"\\\\aü \n]{0,6}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[ab\"]{0,2}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_reads_whole_is_read_in_any_pieces(
        values in proptest::collection::vec(value(), 0..5),
        pretty in any::<bool>(),
    ) {
        let text = |value: &Value| if pretty { format!("{value:#}") } else { value.to_string() };
        let array = Value::Array(values.clone());
        let read = Some(whole(values.clone()));
        let bytes = text(&array).into_bytes();
        prop_assert_eq!(&split_in_any_pieces(Entries::Array, usize::MAX, &bytes), &read);
        let object = serde_json::json!({"0": values, "a": array, "z": values});
        let bytes = text(&object).into_bytes();
        prop_assert_eq!(&split_in_any_pieces(Entries::Under("a"), usize::MAX, &bytes), &read);
        let stream: String = values.iter().map(|value| text(value) + "\n").collect();
        prop_assert_eq!(&split_in_any_pieces(Entries::Stream, usize::MAX, stream.as_bytes()), &read);
    }

    #[test]
    fn of_bytes_that_are_nearly_json_as_much_is_read_as_serde_reads(bytes in nearly_json()) {
        let read = |entries| split_in_any_pieces(entries, usize::MAX, &bytes);
        prop_assert_eq!(read(Entries::Stream), stream_by_serde(&bytes).map(whole));
        prop_assert_eq!(read(Entries::Array), array_by_serde(&bytes).map(whole));
        if let Some(values) = member_by_serde(&bytes)
            && bytes.windows(3).filter(|window| window == b"\"a\"").count() <= 1
        {
            prop_assert_eq!(read(Entries::Under("a")), Some(whole(values)));
        }
    }
}
