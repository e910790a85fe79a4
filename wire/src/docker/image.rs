//! An image's name, as the engine's routes take it.

use percent_encoding::{AsciiSet, utf8_percent_encode};

use crate::http::SEGMENT;

/// What stands for itself in an image's name, which the engine's routes take with its slashes.
const NAME: &AsciiSet = &SEGMENT.remove(b'/').remove(b':').remove(b'@');

/// An image's name as part of a path.
pub(super) fn encode(image: &str) -> String {
    utf8_percent_encode(image, NAME).to_string()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_into_repository_and_tag_or_digest() {
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
    }
}
