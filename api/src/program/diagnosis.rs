//! What would keep Portreeve from working, and how to mend it.

use serde::{Deserialize, Serialize};

/// What was looked at, and how it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Whether nothing will fail.
    pub ok: bool,
    /// Each thing that was looked at; those that others rest upon come first.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// What.
    pub name: String,
    /// How it is.
    pub status: Verdict,
    /// What was seen.
    pub detail: String,
    /// How to mend it; `None` where it is as it should be.
    pub mend: Option<String>,
}

/// How one thing is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Verdict {
    /// As it should be.
    #[serde(rename = "ok")]
    Good,
    /// It works, but not always or not for long.
    #[serde(rename = "warn")]
    Doubtful,
    /// Something will fail.
    #[serde(rename = "fail")]
    Bad,
}

impl Diagnosis {
    /// What follows from what was looked at.
    pub fn new(checks: Vec<Check>) -> Self {
        Self {
            ok: checks.iter().all(|check| check.status != Verdict::Bad),
            checks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: Verdict, mend: Option<&str>) -> Check {
        Check {
            name: "key".to_owned(),
            status,
            detail: "seen".to_owned(),
            mend: mend.map(str::to_owned),
        }
    }

    #[test]
    fn it_has_exactly_the_documented_keys_in_their_order() {
        let diagnosis = Diagnosis::new(vec![
            check(Verdict::Good, None),
            check(Verdict::Bad, Some("a way out")),
        ]);
        let text = serde_json::to_string(&diagnosis).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"ok":false,"checks":[{"name":"key","status":"ok","detail":"seen","mend":null},"#,
                r#"{"name":"key","status":"fail","detail":"seen","mend":"a way out"}]}"#,
            )
        );
        assert_eq!(serde_json::from_str::<Diagnosis>(&text).unwrap(), diagnosis);
    }

    #[test]
    fn what_is_doubtful_does_not_fail() {
        let doubtful = check(Verdict::Doubtful, Some("a way out"));
        assert_eq!(serde_json::to_value(&doubtful).unwrap()["status"], "warn");
        assert!(Diagnosis::new(vec![doubtful]).ok);
    }
}
