//! Requests beside the effects: what a demonstration, a check or a test makes and takes away.

use super::error_response::ErrorResponse;
use super::image::{self, Reference};
use super::pull::{self, End};
use crate::http::{Body, Method, Request, encode};
use crate::text::one_line;

/// Makes an image of a tar archive of its root file system. `changes` are lines as in a
/// Dockerfile, such as `CMD ["/gateway"]`.
pub fn import_image(reference: &str, tar: Vec<u8>, changes: &[&str]) -> Request {
    let Reference { repository, tag } = Reference::parse(reference);
    let mut target = format!(
        "/images/create?fromSrc=-&repo={}&tag={}",
        encode(repository),
        encode(tag)
    );
    for change in changes {
        target.push_str("&changes=");
        target.push_str(&encode(change));
    }
    Request::post(target, Body::Tar(tar))
}

/// Removes an image's name, and the image where it has no other.
pub fn remove_image(reference: &str) -> Request {
    Request::delete(format!("/images/{}", image::encode(reference)))
}

/// Removes a network that nothing is attached to.
pub fn remove_network(name: &str) -> Request {
    Request::delete(format!("/networks/{}", encode(name)))
}

/// Removes a volume that nothing uses.
pub fn remove_volume(name: &str) -> Request {
    Request::delete(format!("/volumes/{}", encode(name)))
}

/// Whether one of these requests was done, or why not. What was to be removed and isn't there
/// counts as done.
pub fn done(request: &Request, status: u16, body: &[u8]) -> Result<(), String> {
    if !(200..=299).contains(&status) {
        let error = ErrorResponse::read(status, body, []);
        if request.method == Method::DELETE && error.is_absent() {
            return Ok(());
        }
        return Err(error.text());
    }
    if request.method == Method::DELETE {
        return Ok(());
    }
    match pull::end(body) {
        End::Done => Ok(()),
        End::Failed(words) => Err(one_line(&words)),
        End::Broken => Err("the engine's words can't be read: the import's progress".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded() {
        let import = import_image("a/b:1", vec![1], &[r#"CMD ["/x"]"#, "EXPOSE 1"]);
        assert_eq!(
            import.target,
            "/images/create?fromSrc=-&repo=a%2Fb&tag=1&changes=CMD%20%5B%22%2Fx%22%5D&changes=EXPOSE%201"
        );
        assert_eq!(import.body.content_type(), Some("application/x-tar"));
        assert_eq!(remove_image("a/b:1").target, "/images/a/b:1");
        assert_eq!(remove_network("a b").target, "/networks/a%20b");
        assert_eq!(remove_volume("a/b").target, "/volumes/a%2Fb");
    }

    #[test]
    fn done_or_why_not() {
        let (import, remove) = (import_image("a", vec![], &[]), remove_volume("a"));
        assert_eq!(done(&import, 200, br#"{"status":"sha256:12"}"#), Ok(()));
        assert_eq!(
            done(&import, 200, br#"{"errorDetail":{"message":"no space"}}"#),
            Err("no space".into())
        );
        assert_eq!(done(&remove, 204, b""), Ok(()));
        let absent = br#"{"message":"get a: no such volume"}"#;
        assert_eq!(done(&remove, 404, absent), Ok(()));
        assert_eq!(
            done(&remove, 409, br#"{"message":"volume is in use"}"#),
            Err("volume is in use".into())
        );
        assert!(done(&import, 404, absent).is_err());
    }
}
