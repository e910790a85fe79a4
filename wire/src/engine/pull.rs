//! Pulling an image: which one, and how it ended.

use http::Method;
use serde_json::{Deserializer, Value};

use super::request::{Body, Request, encode};

/// An image's name, split as the engine wants to be asked for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reference<'a> {
    /// Registry and repository.
    pub(super) repository: &'a str,
    /// The tag, or the digest as `sha256:…`; never empty, since the engine would pull every tag.
    pub(super) tag: &'a str,
}

impl<'a> Reference<'a> {
    /// Splits a name: a digest counts before a tag, and `latest` is meant where there is neither.
    pub(super) fn parse(image: &'a str) -> Self {
        if let Some((name, digest)) = image.split_once('@') {
            let Self { repository, .. } = Self::parse(name);
            return Self {
                repository,
                tag: digest,
            };
        }
        // A colon before the last slash belongs to the registry's port.
        match image.rsplit_once(':') {
            Some((repository, tag)) if !tag.is_empty() && !tag.contains('/') => {
                Self { repository, tag }
            }
            _ => Self {
                repository: image,
                tag: "latest",
            },
        }
    }
}

pub(super) fn request(image: &str) -> Request {
    let Reference { repository, tag } = Reference::parse(image);
    let path = format!(
        "/images/create?fromImage={}&tag={}",
        encode(repository),
        encode(tag)
    );
    Request::new(Method::POST, path, Body::Empty)
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
    fn images_are_asked_for_by_repository_and_tag_or_digest() {
        for (image, repository, tag) in [
            ("alpine", "alpine", "latest"),
            ("alpine:3", "alpine", "3"),
            ("alpine:", "alpine:", "latest"),
            ("a/b:c", "a/b", "c"),
            ("host:5000/a", "host:5000/a", "latest"),
            ("host:5000/a/b:1.2", "host:5000/a/b", "1.2"),
            ("a@sha256:12", "a", "sha256:12"),
            ("host:5000/a:1@sha256:12", "host:5000/a", "sha256:12"),
            ("", "", "latest"),
        ] {
            assert_eq!(Reference::parse(image), Reference { repository, tag });
        }
        assert_eq!(
            request("host:5000/a b:1").path,
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
