//! The cases, by what they are about.

mod behind_our_back;
mod calls;
mod crash;
mod crowd;
mod foreign;
mod frozen;
mod identity;
mod lifetime;
mod limits;
mod outage;
mod ports;
mod secrets;
mod starting;
mod template;

use portreeve_tests::bench::Case;
use portreeve_tests::cases;
use portreeve_tests::stores::Kind;

const ON_EVERY_STORE: &[Case] = cases! {
    behind_our_back:
        container_killed,
        container_stopped_by_hand,
        container_removed,
        container_and_volume_removed,
        container_paused,
        container_renamed,
        container_started_by_hand_after_a_stop,
        network_removed_after_a_stop;
    calls:
        a_warm_ensure_from_a_cold_process_looks_once,
        a_warm_ensure_from_a_warm_process_looks_once,
        a_cold_ensure_makes_five_engine_calls;
    crash:
        killed_while_it_ensures_a_new_user,
        killed_while_it_ensures_a_stopped_one,
        killed_while_it_makes_a_stopped_one_anew,
        killed_while_it_stops,
        killed_while_it_restarts,
        killed_while_it_restarts_with_another_configuration,
        killed_while_it_reaps,
        killed_while_it_purges,
        killed_while_it_gives_a_new_token,
        killed_while_it_seals_tokens_anew,
        killed_while_it_adopts,
        killed_while_another_gives_way,
        killed_while_it_repairs;
    crowd:
        fifty_users_at_once,
        the_same_user_twenty_times_at_once,
        the_same_user_from_eight_processes,
        two_controllers_ensure_the_same_users,
        one_controller_stops_what_another_ensures;
    foreign:
        foreign_container_on_the_name,
        container_of_another_installation_on_the_name,
        user_of_another_engine,
        foreign_volume_on_the_volumes_name,
        foreign_network_of_the_name_is_used,
        foreign_container_on_the_port;
    frozen:
        frozen_while_it_ensures_a_new_user,
        frozen_while_it_ensures_a_stopped_one,
        frozen_while_it_stops,
        frozen_while_it_restarts,
        frozen_while_it_purges;
    identity:
        users_1_and_10,
        capital_and_small_letter,
        dot_and_dash,
        composed_and_decomposed_letter,
        an_id_that_looks_like_a_hash,
        odd_ids,
        ids_that_are_refused;
    lifetime:
        created_then_running_then_stopped_then_started,
        an_unknown_user_is_stopped_and_nothing_changes,
        a_touch_is_activity_and_a_look_is_not,
        status_says_what_is_known,
        a_list_is_in_user_order,
        what_a_container_is_made_of,
        stopped_while_another_user_starts,
        one_that_ignores_sigterm_is_killed_after_its_grace;
    limits:
        no_more_start_at_once_than_may,
        no_more_run_than_may;
    outage:
        the_engine_was_never_there,
        the_engine_goes_and_comes_back,
        the_store_was_never_there,
        answers_of_the_engine_are_lost,
        a_killed_controller_is_taken_over,
        a_controller_killed_while_it_stops_is_taken_over,
        a_controller_killed_at_any_request_leaves_nothing_stuck;
    ports:
        a_port_held_by_another_process,
        three_held_ports_in_a_row,
        published_on_loopback_only,
        ports_run_out,
        all_ports_held_by_other_processes;
    secrets:
        no_token_in_any_log_or_url,
        no_token_at_rest;
    starting:
        one_that_exits_fails_with_its_last_words,
        a_token_in_last_words_is_blotted_out,
        a_crash_loop_backs_off,
        a_mended_one_starts_and_all_is_forgiven,
        ready_once_healthy,
        ready_once_connected,
        ready_once_answered,
        one_that_is_never_ready_times_out,
        a_stop_supersedes_a_start,
        image_missing_and_then_loaded,
        image_that_no_registry_gives,
        a_caller_who_goes_away;
    template:
        a_stopped_one_is_recreated_from_a_changed_template,
        a_running_one_is_left_alone_and_outdated,
        an_older_template_recreates_nothing;
};

const ON_POSTGRES: &[Case] = cases! {
    calls:
        a_warm_ensure_takes_two_statements,
        a_cold_ensure_takes_three_statements;
    outage:
        the_store_goes_and_comes_back;
};

/// The cases that are played on such a store.
pub fn on(kind: Kind) -> impl Iterator<Item = Case> {
    let further = match kind {
        Kind::Sqlite => &[],
        Kind::Postgres => ON_POSTGRES,
    };
    ON_EVERY_STORE.iter().chain(further).copied()
}
