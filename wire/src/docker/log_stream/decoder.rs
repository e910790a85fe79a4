//! Which bytes of an engine's answer are a message's text.

use super::line::Output;
use super::time::LogTime;

/// Each frame begins with the output's number, three zeros and the payload's length.
const HEADER: usize = 8;
/// The longest time that is read.
const LONGEST_TIME: usize = 48;
/// Docker cuts lines into messages of so many bytes.
const PART: usize = 16 << 10;

/// What an answer tells.
pub(super) enum Part<'a> {
    /// A message begins.
    Begin(Output, LogTime),
    /// Some of its text.
    Text(&'a [u8]),
    /// It is over.
    End,
}

/// The answer isn't made as logs are.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the container's log can't be read: {0}")]
pub struct BrokenLog(&'static str);

/// Reads an answer in whatever pieces it comes. It holds no more than a frame's head.
#[derive(Default, Debug)]
pub(super) struct Decoder {
    form: Form,
    /// When the message at hand was printed, as far as that was read.
    time: Vec<u8>,
    /// Whether what comes is the message's text.
    in_text: bool,
}

#[derive(Default, Debug)]
enum Form {
    /// Nothing has come yet.
    #[default]
    Unknown,
    Framed {
        head: [u8; HEADER],
        filled: usize,
        output: Output,
        /// How much of the payload is still to come.
        left: u32,
    },
    Raw(Raw),
}

/// Where in an output without frames it is.
#[derive(Default, Debug)]
struct Raw {
    /// How long the line's text is so far.
    length: usize,
    /// How much of the line's own time has come again: so each further part of a long line begins.
    repeated: Option<usize>,
}

type Tell<'a> = dyn FnMut(Part<'_>) + 'a;

impl Decoder {
    pub(super) fn feed(&mut self, bytes: &[u8], tell: &mut Tell<'_>) -> Result<(), BrokenLog> {
        if let (Form::Unknown, Some(first)) = (&self.form, bytes.first()) {
            self.form = match first {
                0..=3 => Form::Framed {
                    head: [0; HEADER],
                    filled: 0,
                    output: Output::Stdout,
                    left: 0,
                },
                b'0'..=b'9' => Form::Raw(Raw::default()),
                _ => return Err(BrokenLog("it begins with no frame and with no time")),
            };
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match &mut self.form {
                Form::Unknown => return Ok(()),
                Form::Framed { .. } => self.framed(rest, tell)?,
                Form::Raw(_) => self.raw(rest, tell)?,
            };
        }
        Ok(())
    }

    /// Takes a frame's head, or of its payload what there is.
    fn framed<'a>(&mut self, bytes: &'a [u8], tell: &mut Tell<'_>) -> Result<&'a [u8], BrokenLog> {
        let Form::Framed {
            head,
            filled,
            output,
            left,
        } = &mut self.form
        else {
            return Ok(bytes);
        };
        if *left == 0 {
            let wanted = (HEADER - *filled).min(bytes.len());
            let (taken, rest) = bytes.split_at(wanted);
            head[*filled..*filled + wanted].copy_from_slice(taken);
            *filled += wanted;
            if *filled == HEADER {
                (*output, *left) = payload(*head)?;
                *filled = 0;
                self.in_text = false;
                self.time.clear();
            }
            return Ok(rest);
        }
        let output = *output;
        let here = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let (payload, rest) = bytes.split_at(here);
        // No more than was left.
        *left -= u32::try_from(here).unwrap_or(*left);
        let is_last = *left == 0;
        let text = self.after_time(payload, output, tell)?;
        if !text.is_empty() {
            tell(Part::Text(text));
        }
        if is_last {
            if !self.in_text {
                return Err(BrokenLog("a message without its time"));
            }
            tell(Part::End);
        }
        Ok(rest)
    }

    /// Takes a line's time, or of its text what there is.
    fn raw<'a>(&mut self, bytes: &'a [u8], tell: &mut Tell<'_>) -> Result<&'a [u8], BrokenLog> {
        if !self.in_text {
            let text = self.after_time(bytes, Output::Terminal, tell)?;
            self.form = Form::Raw(Raw::default());
            return Ok(text);
        }
        let Form::Raw(raw) = &mut self.form else {
            return Ok(bytes);
        };
        if let Some(matched) = &mut raw.repeated {
            if self.time.get(*matched) == bytes.first() {
                *matched += 1;
                if *matched == self.time.len() {
                    raw.repeated = None;
                }
                return Ok(&bytes[1..]);
            }
            let mistaken = raw.repeated.take().unwrap_or(0);
            if mistaken > 0 {
                tell(Part::Text(&self.time[..mistaken]));
                raw.length += mistaken;
            }
        }
        let until_part = PART - raw.length % PART;
        let near = &bytes[..bytes.len().min(until_part)];
        let end = memchr::memchr(b'\n', near).map(|at| at + 1);
        let (text, rest) = bytes.split_at(end.unwrap_or(near.len()));
        tell(Part::Text(text));
        raw.length += text.len();
        if end.is_some() {
            tell(Part::End);
            self.in_text = false;
            self.time.clear();
        } else if raw.length.is_multiple_of(PART) {
            raw.repeated = Some(0);
        }
        Ok(rest)
    }

    /// Takes the time that stands before a message's text, and tells what of these bytes is text.
    fn after_time<'a>(
        &mut self,
        bytes: &'a [u8],
        output: Output,
        tell: &mut Tell<'_>,
    ) -> Result<&'a [u8], BrokenLog> {
        if self.in_text {
            return Ok(bytes);
        }
        let end = memchr::memchr(b' ', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if self.time.len() + part.len() > LONGEST_TIME {
            return Err(BrokenLog("a message without its time"));
        }
        self.time.extend_from_slice(part);
        let Some(end) = end else {
            return Ok(&[]);
        };
        let time = LogTime::parse(&self.time);
        let time = time.ok_or(BrokenLog("a message's time is none"))?;
        self.time.push(b' ');
        self.in_text = true;
        tell(Part::Begin(output, time));
        Ok(&bytes[end + 1..])
    }
}

/// Which output a frame is of, and how long its payload is.
fn payload(head: [u8; HEADER]) -> Result<(Output, u32), BrokenLog> {
    let [stream, 0, 0, 0, length @ ..] = head else {
        return Err(BrokenLog("what begins isn't a frame"));
    };
    let output = match stream {
        0 | 1 => Output::Stdout,
        2 => Output::Stderr,
        // What the engine has to say itself, as that a log couldn't be read on.
        3 => {
            return Err(BrokenLog(
                "the engine tells of a fault in place of a message",
            ));
        }
        _ => return Err(BrokenLog("a frame of an output that there isn't")),
    };
    Ok((output, u32::from_be_bytes(length)))
}
