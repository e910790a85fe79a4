//! The part of the suite that is run through the blocking driver along with all other tests.
//!
//! The core decides what is done for a user, and the driver that carries it out is the same behind
//! both handles. So through `portreeve-tokio` every case is run, and through `portreeve-blocking`
//! those in which something else than there may go wrong: how a command gets in and its answer out,
//! how a handle ends, threads, and the database's other client. Two things are seen elsewhere:
//! `tests/store` puts every statement through each client, and `tests/threads` calls from every
//! kind of thread, drops handles, and has a database stand still, so that statements run into their
//! limit.

use portreeve_core::command::Command;
use portreeve_tests::bench::Case;
use portreeve_tests::cases;
use portreeve_tests::stores::Kind;

use super::cases::{
    adopt, calls, crash, crowd, events, following, frozen, health, lifetime, logs, maintenance,
    outage, purge, reaping, repair, restart, secrets, starting, store_away, tokens,
};

/// Where this variable is set, the blocking driver runs the whole suite, too.
const FULL: &str = "PORTREEVE_TEST_FULL";

/// Whether the chosen part is not enough.
pub fn all_are_wanted() -> bool {
    std::env::var_os(FULL).is_some()
}

/// For each command a case that gives it. A new command doesn't compile before one stands here.
macro_rules! for_each_command {
    ($($command:pat => $module:ident::$name:ident),+ $(,)?) => {
        const COMMANDS: &[Case] = cases! { $($module: $name;)+ };

        const _: fn(&Command) = |command| match command {
            $($command => ()),+
        };
    };
}

for_each_command! {
    Command::Ensure(_) => starting::ready_once_answered,
    Command::Stop(_) => lifetime::created_then_running_then_stopped_then_started,
    Command::Restart(_) => restart::a_restart_brings_a_changed_template,
    Command::Touch(_) => lifetime::a_touch_is_activity_and_a_look_is_not,
    Command::Status(_) => lifetime::status_says_what_is_known,
    Command::LogSource(_) => logs::a_log_goes_on_across_restarts_and_recreations,
    Command::List { .. } => lifetime::a_list_is_in_user_order,
    Command::ListRunning { .. } => logs::what_those_take_who_run,
    Command::Reap => reaping::ten_that_ignore_sigterm_take_one_grace,
    Command::Health => health::what_ails_whom,
    Command::Repair { .. } => repair::one_that_is_not_running,
    Command::Purge(_) => purge::a_purge_leaves_nothing,
    Command::Rotate(_) => tokens::a_new_token_for_one_who_runs,
    Command::Rekey => tokens::all_tokens_under_a_new_key,
    Command::Adopt(_) => adopt::an_adopted_one_is_like_any_other,
    Command::LimitIdle(..) => reaping::each_user_has_a_limit_of_its_own,
    Command::Events { .. } => events::what_happens_to_a_user_is_told_in_order,
}

/// Each way in which a controller ends, or a caller goes away: closed, killed, frozen. A handle
/// that is only dropped is a case of `tests/threads`.
const ENDS: &[Case] = cases! {
    maintenance: a_host_that_is_gone_does_nothing;
    starting: a_caller_who_goes_away;
    outage:
        a_killed_controller_is_taken_over,
        a_controller_killed_while_it_stops_is_taken_over;
    crash:
        killed_while_it_ensures_a_new_user,
        killed_while_it_purges;
    frozen: frozen_while_it_stops;
};

/// Many threads at once.
const THREADS: &[Case] = cases! {
    crowd:
        fifty_users_at_once,
        the_same_user_twenty_times_at_once,
        two_controllers_ensure_the_same_users;
};

/// What the driver does by itself: it notices outages and comes back from them, follows events,
/// sees to its users, and tells no secret of what its clients log.
const BY_ITSELF: &[Case] = cases! {
    outage:
        the_engine_was_never_there,
        the_engine_goes_and_comes_back,
        the_store_was_never_there,
        answers_of_the_engine_are_lost;
    following:
        a_stream_that_is_cut_is_opened_again,
        the_engine_is_away_for_a_while;
    maintenance:
        a_host_reaps_by_itself,
        a_host_sweeps_by_itself;
    calls:
        a_warm_ensure_from_a_cold_process_looks_once,
        each_connection_is_proven_before_it_is_used;
    secrets: no_token_in_any_log_or_url;
};

/// The same, where the store is a database.
const ON_POSTGRES: &[Case] = cases! {
    outage: the_store_goes_and_comes_back;
    store_away:
        who_runs_is_served_while_the_store_is_cut_off,
        who_runs_is_served_while_the_store_hangs;
    calls: a_cold_ensure_takes_three_statements;
};

/// The chosen cases that are played on such a store.
pub fn on(kind: Kind) -> impl Iterator<Item = Case> {
    let further = match kind {
        Kind::Sqlite => &[],
        Kind::Postgres => ON_POSTGRES,
    };
    [COMMANDS, ENDS, THREADS, BY_ITSELF, further]
        .into_iter()
        .flatten()
        .copied()
}
