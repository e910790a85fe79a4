//! Pulling an image: which one, and how it ended.

use serde_json::{Deserializer, Value};

use super::image::Reference;
use crate::http::{Body, Request, encode};

pub(super) fn request(image: &str) -> Request {
    let Reference { repository, tag } = Reference::parse(image);
    let target = format!(
        "/images/create?fromImage={}&tag={}",
        encode(repository),
        encode(tag)
    );
    Request::post(target, Body::Empty)
}

/// How a pull or an import ended that began with success, read from the stream of JSON objects
/// that the engine answers with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// It is there.
    Done,
    /// The registry or the engine said no, in these words.
    Failed(String),
    /// The stream breaks off, or isn't one.
    Broken,
}

pub(super) fn end(stream: &[u8]) -> End {
    for object in Deserializer::from_slice(stream).into_iter::<Value>() {
        let Ok(object) = object else {
            return End::Broken;
        };
        let detail = object["errorDetail"]["message"].as_str();
        let error = object["error"].as_str();
        if let Some(words) = detail.filter(|text| !text.is_empty()).or(error) {
            return End::Failed(words.to_string());
        }
        if !object["errorDetail"].is_null() {
            return End::Failed(object["errorDetail"].to_string());
        }
    }
    End::Done
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
