//! The configuration in force, and where each value comes from.

use serde::{Deserialize, Serialize};

/// The configuration in force. It shows no secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Configuration {
    /// The file that was read, if any.
    pub file: Option<String>,
    /// Every key; of users' own templates, those that differ from everybody's.
    pub keys: Vec<Setting>,
}

/// One key with its value, and where that comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Setting {
    /// The key's full name, as it would stand in a TOML file.
    pub key: String,
    /// Its value, as it would stand in a TOML file; `None` where it is not set, and `(hidden)` where
    /// it may be a secret.
    pub value: Option<String>,
    /// Where it comes from: `default`, `FILE:LINE`, or the name of a variable or flag.
    pub source: String,
    /// Whether that is a default.
    pub default: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_exactly_the_documented_keys_in_their_order() {
        let configuration = Configuration {
            file: None,
            keys: vec![Setting {
                key: "generation".to_owned(),
                value: Some("7".to_owned()),
                source: "p.toml:2".to_owned(),
                default: false,
            }],
        };
        let text = serde_json::to_string(&configuration).unwrap();
        assert_eq!(
            text,
            r#"{"file":null,"keys":[{"key":"generation","value":"7","source":"p.toml:2","default":false}]}"#
        );
        assert_eq!(
            serde_json::from_str::<Configuration>(&text).unwrap(),
            configuration
        );
    }
}
