//! Asks before anything is done that can't be undone.

use std::io::{self, BufRead, IsTerminal as _, Write};

use crate::args::OneUser;
use crate::failure::Failure;
use crate::output::{Output, Terminal, text};

/// Lets a purge through where it was said to be meant, or somebody says so now; and any other
/// command.
pub(super) fn before(command: &OneUser, output: Output) -> Result<(), Failure> {
    let (user, yes) = match command {
        OneUser::Purge { of, yes } => (&of.user, *yes),
        OneUser::Ensure(_)
        | OneUser::Stop(_)
        | OneUser::Restart(_)
        | OneUser::Touch(_)
        | OneUser::Status(_)
        | OneUser::History(_)
        | OneUser::Logs(_)
        | OneUser::Limit { .. }
        | OneUser::Rotate(_)
        | OneUser::Adopt(_) => return Ok(()),
    };
    if yes {
        return Ok(());
    }
    match person(output) {
        Some((mut answers, mut question)) => ask(user, &mut answers, &mut question),
        None => Err(unasked()),
    }
}

/// Whom to ask, and by what way; nobody where a program reads what is printed.
fn person(output: Output) -> Option<(impl BufRead, impl Write)> {
    let is_there =
        output == Output::Text && io::stdin().is_terminal() && io::stderr().is_terminal();
    // Not stdout: that is for the answer.
    is_there.then(|| (io::stdin().lock(), Terminal(io::stderr().lock())))
}

fn unasked() -> Failure {
    Failure::usage(
        "a purge deletes what can't be had back, and nobody can be asked here",
        "say --yes if it is meant",
    )
}

fn ask(user: &str, answers: &mut impl BufRead, question: &mut impl Write) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::io("the terminal can't be asked", &error);
    let words = format!(
        "Delete {}'s container, volume and record? What is in the volume can't be had back. [y/N] ",
        text::word(user)
    );
    question
        .write_all(words.as_bytes())
        .and_then(|()| question.flush())
        .map_err(failed)?;
    let mut answer = String::new();
    answers.read_line(&mut answer).map_err(failed)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        // Also the end of the input, which says nothing.
        _ => Err(Failure::new(
            "declined",
            "nothing was deleted",
            "answer y or yes, or say --yes, if it is meant",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::User;

    fn purge(yes: bool) -> OneUser {
        OneUser::Purge {
            of: User {
                user: "alice".to_owned(),
            },
            yes,
        }
    }

    #[test]
    fn only_yes_deletes() {
        let answered = |answer: &str| {
            let mut question = Vec::new();
            let done = ask("alice", &mut answer.as_bytes(), &mut question);
            (done, String::from_utf8(question).unwrap())
        };
        for yes in ["y\n", "yes\n", "YES\r\n", " y "] {
            assert_eq!(answered(yes).0, Ok(()), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "no\n", "yess\n", "alice\n", "n\ny\n"] {
            assert_eq!(answered(no).0.unwrap_err().code, "declined", "{no:?}");
        }
        assert!(
            answered("")
                .1
                .starts_with("Delete alice's container, volume and record?")
        );
    }

    #[test]
    fn an_id_does_not_steer_the_terminal_that_is_asked_on() {
        let mut question = Vec::new();
        let user = "a\u{1b}[2Jb\nc\u{202e}";
        let _ = ask(user, &mut "".as_bytes(), &mut Terminal(&mut question));
        let question = String::from_utf8(question).unwrap();
        let shown = r"a\u{1b}[2Jb\nc\u{202e}'s";
        assert!(question.contains(shown), "{question}");
    }

    #[test]
    fn a_program_is_not_asked_and_must_say_yes() {
        let unasked = before(&purge(false), Output::Json).unwrap_err();
        assert_eq!(unasked.code, "usage");
        assert!(unasked.hint.contains("--yes"));
        assert_eq!(before(&purge(true), Output::Json), Ok(()));
    }

    #[test]
    fn nothing_else_is_asked_about() {
        let rotate = OneUser::Rotate(User {
            user: "alice".to_owned(),
        });
        assert_eq!(before(&rotate, Output::Json), Ok(()));
    }
}
