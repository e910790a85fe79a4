//! What an error of the server means, by its SQLSTATE.
//!
//! The codes are those of appendix A of `PostgreSQL`'s manual.

use portreeve_core::outcome::StoreOutcome;

use crate::store::schema::Attempt;

/// What was under way when the server answered with an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum During {
    /// Getting a connection: nothing of the effect was sent.
    Connecting,
    /// A statement.
    Statement,
}

/// What an error of the server means. `message` is the server's own.
pub fn failure(during: During, sqlstate: &str, message: &str) -> Attempt {
    match sqlstate {
        // No such table; no such column.
        "42P01" | "42703" if during == During::Statement => Attempt::Migrate,
        // A port was claimed for a record that isn't there: another write came between, and all of
        // the statement was undone.
        // Or a name was given, a container's or a volume's, that another write has just given: whoever
        // tries again sees whose it is.
        "23503" | "23505" if during == During::Statement => StoreOutcome::Conflict.into(),
        _ => match refusal(sqlstate).or_else(|| poolers_refusal(message)) {
            Some(way_out) => StoreOutcome::Refused(format!("{message}: {way_out}")).into(),
            None => match unwritable(sqlstate) {
                Some(way_out) => StoreOutcome::Unwritable(format!("{message}: {way_out}")).into(),
                None => doubt(during, sqlstate, message).into(),
            },
        },
    }
}

/// The way out where the server answers and can't write. Its message names the file.
fn unwritable(sqlstate: &str) -> Option<&'static str> {
    Some(match sqlstate {
        "25006" => "the database takes no writes: name its primary in the store's URL",
        "53100" => "make room on the disk of the database's server",
        // I/O error: the server's words say of which file.
        "58030" => "mend the disk of the database's server",
        _ => return None,
    })
}

/// The way out of what will be refused again, however often it is tried.
fn refusal(sqlstate: &str) -> Option<&'static str> {
    Some(match sqlstate {
        // Of its class, and yet of one connection: see `is_of_a_name`.
        "42P05" => return None,
        "28000" | "28P01" => "check the user and password in the store's URL, and pg_hba.conf",
        "3D000" => "create the database, or name another one in the store's URL",
        "3F000" => "create a schema in the database's search_path",
        "42501" => "grant the user USAGE and CREATE on the schema, and its tables",
        _ => match class(sqlstate) {
            "22" => "the database can't hold such a value",
            "23" => "a rule of the database's tables forbids it",
            "42" => "the tables aren't as this release made them: upgrade, or restore a backup",
            _ => return None,
        },
    })
}

/// The way out of what a pooler refuses before any server is asked; its code (08P01) says no more
/// than that the protocol was broken.
fn poolers_refusal(message: &str) -> Option<&'static str> {
    message.contains("unsupported startup parameter").then_some(
        "a pooler such as PgBouncer doesn't pass it on: take it out of the store's URL, or list it in the \
         pooler's ignore_startup_parameters and set it for the database's user (ALTER ROLE … SET …)",
    )
}

/// What may be different next time, and whether anything may have been done this time.
fn doubt(during: During, sqlstate: &str, message: &str) -> StoreOutcome {
    let text = format!("{message} ({sqlstate})");
    match (during, class(sqlstate)) {
        // Too little memory or too many connections: the statement was never begun or was undone.
        (During::Connecting, _) | (During::Statement, "53") => StoreOutcome::Unreachable(text),
        (During::Statement, _) if is_of_a_name(sqlstate) => StoreOutcome::Unreachable(text),
        (During::Statement, _) => StoreOutcome::Unclear(text),
    }
}

/// A statement of that name is there already, or none is: a pooler mixed up whose connection is whose. The
/// statement wasn't begun, and another try meets another connection.
fn is_of_a_name(sqlstate: &str) -> bool {
    ["42P05", "26000"].contains(&sqlstate)
}

fn class(sqlstate: &str) -> &str {
    sqlstate.get(..2).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(during: During, sqlstate: &str) -> &'static str {
        match failure(during, sqlstate, "words") {
            Attempt::Migrate => "migrate",
            Attempt::Outcome(StoreOutcome::Refused(text)) => {
                assert!(text.starts_with("words: "), "{text}");
                "refused"
            }
            Attempt::Outcome(StoreOutcome::Unwritable(text)) => {
                assert!(text.starts_with("words: "), "{text}");
                "unwritable"
            }
            Attempt::Outcome(StoreOutcome::Conflict) => "conflict",
            Attempt::Outcome(StoreOutcome::Unreachable(_)) => "unreachable",
            Attempt::Outcome(StoreOutcome::Unclear(_)) => "unclear",
            Attempt::Outcome(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn errors_go_by_their_meaning() {
        for (during, sqlstate, wanted) in [
            (During::Statement, "42P01", "migrate"),
            (During::Statement, "42703", "migrate"),
            (During::Connecting, "28P01", "refused"),
            (During::Connecting, "28000", "refused"),
            (During::Connecting, "3D000", "refused"),
            (During::Connecting, "3F000", "refused"),
            // Nothing was said yet that could be answered so.
            (During::Connecting, "42P01", "refused"),
            (During::Connecting, "23503", "refused"),
            (During::Connecting, "53300", "unreachable"),
            (During::Connecting, "57P03", "unreachable"),
            (During::Connecting, "XX000", "unreachable"),
            (During::Statement, "42501", "refused"),
            (During::Statement, "42601", "refused"),
            (During::Statement, "25006", "unwritable"),
            (During::Statement, "53100", "unwritable"),
            (During::Connecting, "53100", "unwritable"),
            (During::Statement, "58030", "unwritable"),
            (During::Statement, "53200", "unreachable"),
            (During::Statement, "23503", "conflict"),
            (During::Statement, "23505", "conflict"),
            (During::Statement, "23514", "refused"),
            (During::Statement, "22021", "refused"),
            // What a pooler makes of statements' names is of one connection.
            (During::Statement, "42P05", "unreachable"),
            (During::Statement, "26000", "unreachable"),
            (During::Connecting, "08P01", "unreachable"),
            (During::Statement, "08P01", "unclear"),
            (During::Statement, "40001", "unclear"),
            (During::Statement, "40P01", "unclear"),
            (During::Statement, "57014", "unclear"),
            (During::Statement, "57P01", "unclear"),
            (During::Statement, "XX000", "unclear"),
            (During::Statement, "", "unclear"),
        ] {
            assert_eq!(kind(during, sqlstate), wanted, "{during:?} {sqlstate}");
        }
    }

    #[test]
    fn a_refusal_tells_the_way_out_of_its_own() {
        for (sqlstate, way_out) in [
            ("28P01", "check the user and password"),
            ("3D000", "create the database"),
            ("3F000", "create a schema"),
            ("42501", "grant the user"),
            ("22021", "can't hold such a value"),
            ("23514", "forbids it"),
            ("42601", "aren't as this release made them"),
        ] {
            let answer = failure(During::Statement, sqlstate, "words");
            assert!(
                matches!(&answer, Attempt::Outcome(StoreOutcome::Refused(text)) if text.contains(way_out)),
                "{sqlstate}: {answer:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_written_tells_the_way_out_of_its_own() {
        for (sqlstate, way_out) in [
            ("25006", "takes no writes"),
            ("53100", "make room"),
            ("58030", "mend the disk"),
        ] {
            let answer = failure(During::Statement, sqlstate, "words");
            assert!(
                matches!(&answer, Attempt::Outcome(StoreOutcome::Unwritable(text)) if text.contains(way_out)),
                "{sqlstate}: {answer:?}"
            );
        }
    }
}
