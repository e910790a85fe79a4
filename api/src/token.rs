//! A user's token in a document.

use std::fmt;

use portreeve_core::token;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A user's token, which the user's container wants to be shown.
///
/// It is a text in JSON. Its `Debug` doesn't show it and it has no `Display`: whoever wants it must
/// say [`Token::reveal`]. Its memory is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Token(#[serde(serialize_with = "text")] Zeroizing<String>);

impl Token {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Token {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&token::Token> for Token {
    fn from(token: &token::Token) -> Self {
        Self::from(token.reveal().to_owned())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

fn text<S: serde::Serializer>(token: &Zeroizing<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_text_in_json_and_nothing_in_a_log() {
        let token = Token::from(&token::Token::from_random(&[0; 32]));
        let text = serde_json::to_string(&token).unwrap();
        assert_eq!(text, format!("{:?}", "A".repeat(43)));
        assert_eq!(serde_json::from_str::<Token>(&text).unwrap(), token);
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
