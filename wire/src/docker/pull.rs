//! Pulling an image: which one, and how it ended.

use portreeve_core::outcome::EngineOutcome;
use serde_json::Value;

use super::entries::{Reader, Take};
use super::image::Reference;
use super::outcome::unreadable;
use super::size;
use crate::http::{Body, Request, encode};
use crate::json::Malformed;
use crate::json::sieve::{self, Needed};
use crate::json::split::{Entries, Entry};
use crate::text::one_line;

pub(super) fn request(image: &str) -> Request {
    let Reference { repository, tag } = Reference::parse(image);
    let target = format!(
        "/images/create?fromImage={}&tag={}",
        encode(repository),
        encode(tag)
    );
    Request::post(target, Body::Empty)
}

/// What is read of a piece of progress.
const NEEDED: Needed = Needed::Members(&[("error", Needed::Scalar), ("errorDetail", Needed::All)]);

/// How a pull or an import ended that began with success.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// It is there.
    Done,
    /// The registry or the engine said no, in these words.
    Failed(String),
    /// The stream breaks off, or isn't one.
    Broken,
}

/// The progress of a pull or an import, of which nothing is kept but the first error's words.
#[derive(Default, Debug)]
pub(super) struct Progress {
    failed: Option<String>,
}

/// Reads the stream of JSON objects that the engine answers a pull or an import with.
pub(super) fn reader() -> Reader<Progress> {
    Reader::new(Entries::Stream, size::OF_PROGRESS, Progress::default())
}

/// What the progress says, now that it has ended.
pub(super) fn outcome(progress: Reader<Progress>) -> EngineOutcome {
    match end_of(progress) {
        End::Done => EngineOutcome::Done,
        End::Failed(words) => EngineOutcome::Refused(one_line(&words)),
        End::Broken => unreadable("the pull's progress"),
    }
}

/// How a pull or an import ended, by its whole stream.
pub(super) fn end(stream: &[u8]) -> End {
    let mut progress = reader();
    progress.feed(stream);
    end_of(progress)
}

fn end_of(progress: Reader<Progress>) -> End {
    let (progress, read) = progress.finish();
    match (progress.failed, read) {
        (Some(words), _) => End::Failed(words),
        (None, Ok(())) => End::Done,
        (None, Err(_)) => End::Broken,
    }
}

impl Take for Progress {
    fn take(&mut self, entry: Entry<'_>) -> Result<(), Malformed> {
        if self.failed.is_some() {
            return Ok(());
        }
        let object = match entry {
            Entry::Whole(object) => sieve::read(object, &NEEDED)?,
            // It may be the error, so nobody knows how this ends.
            Entry::TooLong { .. } => {
                return Err(Malformed::new("a piece of progress is over-long"));
            }
        };
        self.failed = error(&object);
        Ok(())
    }
}

fn error(object: &Value) -> Option<String> {
    let detail = &object["errorDetail"];
    let words = detail["message"].as_str().filter(|text| !text.is_empty());
    let words = words.or(object["error"].as_str());
    words
        .map(str::to_owned)
        .or_else(|| (!detail.is_null()).then(|| detail.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_asked_for_by_repository_and_tag() {
        assert_eq!(
            request("host:5000/a b:1").target,
            "/images/create?fromImage=host%3A5000%2Fa%20b&tag=1"
        );
    }

    #[test]
    fn an_error_may_come_at_any_point_of_the_stream() {
        let progress = r#"{"status":"Pulling from a/b","id":"1"}"#;
        let failed = r#"{"errorDetail":{"message":"no space left on device"},"error":"no space left on device"}"#;
        let words = End::Failed("no space left on device".into());
        assert_eq!(end(progress.as_bytes()), End::Done);
        assert_eq!(end(b""), End::Done);
        for glue in ["\r\n", "\n", ""] {
            assert_eq!(
                end(format!("{progress}{glue}{progress}").as_bytes()),
                End::Done
            );
            assert_eq!(end(format!("{progress}{glue}{failed}").as_bytes()), words);
            assert_eq!(end(format!("{failed}{glue}{progress}").as_bytes()), words);
        }
        assert_eq!(end(br#"{"error":"x"}"#), End::Failed("x".into()));
        assert_eq!(
            end(br#"{"errorDetail":{"code":401}}"#),
            End::Failed(r#"{"code":401}"#.into())
        );
        assert_eq!(end(&progress.as_bytes()[..20]), End::Broken);
        assert_eq!(end(b"<html>"), End::Broken);
    }
}
