//! The program as it is used, on a real engine and on both stores: what it prints, and how it ends.
//!
//! `cargo test -p portreeve --test engine -- sqlite::ensure_tells_where_the_container_answers` runs one case.

mod another;
mod beside;
mod configured;
mod documents;
mod failures;
#[allow(
    dead_code,
    reason = "some of it is for tests that need no engine alone"
)]
#[path = "../cli/program.rs"]
mod program;
mod reach;
#[allow(
    dead_code,
    reason = "some of it is for tests of the simulated engine itself"
)]
#[path = "../cli/simulated.rs"]
mod simulated;
mod telling;
mod words;

use std::process::ExitCode;

use portreeve_tests::bench::{self, Case, Suite};
use portreeve_tests::cases;
use portreeve_tests::drivers::Driver;
use portreeve_tests::stores::Kind;

const CASES: &[Case] = cases! {
    another:
        whatever_is_asked_is_refused_on_another_engine;
    beside:
        commands_at_once_beside_a_host;
    documents:
        ensure_tells_where_the_container_answers,
        status_and_list_tell_what_is_known,
        health_is_told_where_there_is_a_check,
        a_failed_start_is_told_with_its_reason,
        stop_tells_what_it_did,
        touch_tells_whether_there_is_such_a_user;
    failures:
        an_unknown_user_ends_with_1,
        a_taken_name_ends_with_1,
        an_engine_out_of_reach_ends_with_3,
        a_store_out_of_reach_ends_with_4;
    reach:
        flags_stand_before_or_after_the_command,
        an_engine_on_a_tcp_port,
        an_engine_that_is_not_local,
        urls_for_callers_on_the_network;
    telling:
        a_log_is_told_as_text_and_as_documents,
        who_follows_a_log_ends_it_with_a_signal,
        a_signal_ends_what_waits_with_its_number,
        what_containers_take_is_told_once_to_programs;
    words:
        each_command_has_words_for_people;
};

fn main() -> ExitCode {
    bench::run(Kind::ALL.map(|kind| Suite {
        name: kind.name().to_owned(),
        // The program has it built in; here it only says whose settings the plan is for.
        driver: Driver::Tokio,
        kind,
        cases: CASES.to_vec(),
    }))
}
