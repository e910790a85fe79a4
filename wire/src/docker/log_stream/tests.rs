use portreeve_core::id::ContainerId;
use portreeve_core::token::Token;

use super::*;

const AT: &str = "2026-03-01T10:00:00.123456789Z";

fn frame(stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[stream, 0, 0, 0], length.as_slice(), payload].concat()
}

fn message(stream: u8, time: &str, text: &str) -> Vec<u8> {
    frame(stream, format!("{time} {text}").as_bytes())
}

fn token() -> Token {
    Token::from_random(&[7; 32])
}

fn read_on(before: Mark, pieces: &[&[u8]]) -> (Vec<LogLine>, Mark) {
    let mut reader = LogReader::new(&[token()], before);
    let mut told = Vec::new();
    for piece in pieces {
        reader.feed(piece, &mut told).unwrap();
    }
    reader.finish(&mut told);
    (told, reader.mark().clone())
}

fn texts(lines: &[LogLine]) -> Vec<(Output, String)> {
    let text = |line: &LogLine| String::from_utf8(line.text.clone()).unwrap();
    lines.iter().map(|line| (line.output, text(line))).collect()
}

#[test]
fn what_is_asked_for() {
    let id = ContainerId::new("4f1c");
    let target = |range| request(&id, range).target;
    assert_eq!(
        target(LogRange::default()),
        "/containers/4f1c/logs?stdout=true&stderr=true&timestamps=true"
    );
    let range = LogRange {
        follow: true,
        tail: Some(0),
        since: Some(LogTime::from_nanos(1_700_000_000_000_000_042)),
    };
    assert!(target(range).ends_with("&follow=true&tail=0&since=1700000000.000000042"));
}

#[test]
fn frames_are_told_apart_wherever_the_answer_is_cut() {
    let secret = token();
    let half = secret.reveal().len() / 2;
    let (head, tail) = secret.reveal().split_at(half);
    let body = [
        message(1, AT, "one\n"),
        message(2, AT, "a part "),
        // Another output's message in between.
        message(1, AT, &format!("token {head}")),
        message(2, AT, "of it\r\n"),
        message(1, AT, &format!("{tail} end\n")),
        message(1, AT, "no end"),
    ]
    .concat();
    let expected = [
        (Output::Stdout, "one".to_string()),
        (Output::Stderr, "a part of it".to_string()),
        (Output::Stdout, "token [token] end".to_string()),
        (Output::Stdout, "no end".to_string()),
    ];
    for at in 0..=body.len() {
        let (first, second) = body.split_at(at);
        assert_eq!(
            texts(&read_on(Mark::default(), &[first, second]).0),
            expected
        );
    }
    let bytes: Vec<_> = body.chunks(1).collect();
    assert_eq!(texts(&read_on(Mark::default(), &bytes).0), expected);
}

#[test]
fn a_terminal_has_no_frames() {
    let long = "x".repeat(40_000);
    let (first, rest) = long.split_at(16 << 10);
    let (second, third) = rest.split_at(16 << 10);
    let body = format!("{AT} one\r\n{AT} {first}{AT} {second}{AT} {third}\r\n{AT} \r\n");
    let (lines, _) = read_on(Mark::default(), &[body.as_bytes()]);
    let expected = ["one".to_string(), long, String::new()].map(|text| (Output::Terminal, text));
    assert_eq!(texts(&lines), expected);
    let bytes: Vec<_> = body.as_bytes().chunks(1).collect();
    assert_eq!(texts(&read_on(Mark::default(), &bytes).0), expected);
    assert_eq!(lines[0].at.to_string(), AT);
}

#[test]
fn a_long_line_comes_in_pieces_of_whole_characters() {
    let text = "é".repeat(100_000);
    let mut body = Vec::new();
    for part in text.as_bytes().chunks(16 << 10) {
        body.extend(frame(1, &[AT.as_bytes(), b" ", part].concat()));
    }
    body.extend(message(1, AT, "\n"));
    let mut reader = LogReader::new(&[token()], Mark::default());
    let mut told = Vec::new();
    for piece in body.chunks(1000) {
        reader.feed(piece, &mut told).unwrap();
        let held = reader.held();
        assert!(held <= 64 << 10, "{held} bytes are held");
    }
    assert!(told.len() > 3 && !told.last().unwrap().goes_on);
    assert!(told.iter().rev().skip(1).all(|piece| piece.goes_on));
    let joined: String = texts(&told).into_iter().map(|(_, text)| text).collect();
    assert_eq!(joined, text);
}

#[test]
fn reading_on_repeats_nothing_and_leaves_nothing_out() {
    let later = "2026-03-01T10:00:01Z";
    let first = [
        message(1, AT, "a\n"),
        message(1, AT, "b\n"),
        message(2, AT, "c\n"),
    ]
    .concat();
    let (told, mark) = read_on(Mark::default(), &[&first]);
    assert_eq!(told.len(), 3);
    assert!(mark.rest(true).since.unwrap() < told[0].at);
    // A third message of the same instant, and one of the other output that was written down late.
    let late = "2026-03-01T10:00:00.5Z";
    let second = [
        first,
        message(1, AT, "d\n"),
        message(1, later, "e\n"),
        message(2, late, "f\n"),
    ]
    .concat();
    let (told, mark) = read_on(mark, &[&second]);
    let expected = ["d", "e", "f"];
    let got: Vec<_> = texts(&told).into_iter().map(|(_, text)| text).collect();
    assert_eq!(got, expected);
    assert_eq!(read_on(mark, &[&second]).0, []);
}

#[test]
fn what_breaks_off_is_told_again() {
    let body = [message(1, AT, "whole\n"), message(1, AT, "half")].concat();
    let mut reader = LogReader::new(&[token()], Mark::default());
    let mut told = Vec::new();
    reader.feed(&body, &mut told).unwrap();
    assert_eq!(told.len(), 1);
    let again = [body, message(1, AT, " and half\n")].concat();
    let (told, _) = read_on(reader.mark().clone(), &[&again]);
    assert_eq!(
        texts(&told),
        [(Output::Stdout, "half and half".to_string())]
    );
}

#[test]
fn the_end_of_a_log_counts_as_read_for_every_output() {
    let (_, mark) = read_on(Mark::default(), &[&message(1, AT, "last\n")]);
    let before = message(2, "2026-03-01T09:59:59.9Z", "older\n");
    assert_eq!(read_on(mark.clone(), &[&before]).0.len(), 1);
    assert_eq!(read_on(mark.for_all_outputs(), &[&before]).0, []);
}

#[test]
fn what_is_no_log_is_an_error() {
    for body in [
        &b"\x07\0\0\0\0\0\0\x01x"[..],
        b"\x01\0\0\x01\0\0\0\x01x",
        b"\x01\0\0\0\0\0\0\x03abc",
        b"no time\n",
        b"x no time\n",
        &[b'x'; 100],
        b"\x03\0\0\0\0\0\0\x01x",
    ] {
        let mut reader = LogReader::new(&[], Mark::default());
        assert!(reader.feed(body, &mut Vec::new()).is_err(), "{body:?}");
    }
    assert_eq!(
        read_on(Mark::default(), &[b"", b"\x01\0\0\0\0\0\0\0"]).0,
        []
    );
}
