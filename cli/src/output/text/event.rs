//! What happened, as rows.

use std::time::Duration;

use portreeve_api::Event;
use portreeve_config::length;

use super::super::table::Table;
use super::all::problem_words;
use super::style::{BAD, BUSY, DIM, GOOD, styled, word};

/// Events, told of as they come.
pub(crate) struct EventTable {
    table: Table,
    of_many: bool,
    begun: bool,
}

impl EventTable {
    pub(crate) fn new(of_many: bool) -> Self {
        Self {
            table: Table::default(),
            of_many,
            begun: false,
        }
    }

    pub(crate) fn is_begun(&self) -> bool {
        self.begun
    }

    /// The next events, behind a head if they are the first.
    pub(crate) fn lines(&mut self, events: &[Event]) -> String {
        let mut rows = Vec::with_capacity(events.len() + 1);
        if !self.begun && !events.is_empty() {
            self.begun = true;
            let head = ["TIME", "USER", "CHANGE", "WHY", "BY", "NOTES"];
            rows.push(self.row(head.map(|title| styled(DIM, title))));
        }
        for event in events {
            rows.push(self.row([
                format!("{:.0}", event.at),
                word(&event.user),
                change(event),
                word(&event.cause),
                event.actor.as_deref().map_or("-".to_owned(), word),
                notes(event),
            ]));
        }
        self.table.lines(&rows)
    }

    fn row(&self, cells: [String; 6]) -> Vec<String> {
        let [at, user, rest @ ..] = cells;
        let user = self.of_many.then_some(user);
        std::iter::once(at).chain(user).chain(rest).collect()
    }
}

fn change(event: &Event) -> String {
    let text = word(&event.change);
    match event.change.as_str() {
        "ready" | "found_running" | "adopted" => styled(GOOD, text),
        "starting" | "stopping" | "removing" => styled(BUSY, text),
        "failed" => styled(BAD, text),
        _ => text,
    }
}

fn notes(event: &Event) -> String {
    if let Some(failure) = &event.failure {
        return format!("{}: {}", word(&failure.code), word(&failure.reason));
    }
    if let Some(seconds) = event.took_seconds {
        return format!("after {seconds:.1} s");
    }
    if let Some(problem) = event.problem {
        return problem_words(problem).to_owned();
    }
    match event.idle_limit_seconds {
        Some(seconds) => {
            let limit = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
            length::show_limit(limit)
        }
        None if event.change == "idle_limited" => "default".to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use portreeve_api::EventFailure;

    use super::*;

    fn event(change: &str) -> Event {
        Event {
            position: 7,
            at: "2026-11-29T10:22:01.5Z".parse().unwrap(),
            user: "a\nb".to_owned(),
            change: change.to_owned(),
            cause: "ensure".to_owned(),
            actor: Some("ops".to_owned()),
            controller: "0".repeat(32),
            took_seconds: None,
            failure: None,
            generation: None,
            idle_limit_seconds: None,
            problem: None,
        }
    }

    #[test]
    fn events_are_rows_with_what_matters_in_a_note() {
        let ready = Event {
            took_seconds: Some(1.25),
            ..event("ready")
        };
        let failed = Event {
            failure: Some(EventFailure {
                code: "start_failed".to_owned(),
                reason: "exited with code 3".to_owned(),
                exit_code: Some(3),
                log: Vec::new(),
            }),
            actor: None,
            ..event("failed")
        };
        let told = EventTable::new(true).lines(&[ready, failed, event("idle_limited")]);
        assert_eq!(
            console::strip_ansi_codes(&told),
            "TIME                  USER  CHANGE        WHY     BY   NOTES\n\
             2026-11-29T10:22:01Z  a\\nb  ready         ensure  ops  after 1.2 s\n\
             2026-11-29T10:22:01Z  a\\nb  failed        ensure  -    start_failed: exited with code 3\n\
             2026-11-29T10:22:01Z  a\\nb  idle_limited  ensure  ops  default\n"
        );
    }

    #[test]
    fn of_one_user_the_name_goes_without_saying() {
        let told = EventTable::new(false).lines(&[event("made")]);
        assert!(!told.contains("USER") && !told.contains("a\\nb"), "{told}");
    }
}
