//! The cases, by what they are about.

pub mod adopt;
mod behind_our_back;
pub mod calls;
mod copies;
pub mod crash;
pub mod crowd;
mod drift;
pub mod events;
mod eviction;
mod failpoints;
mod faults;
pub mod following;
mod foreign;
pub mod frozen;
pub mod health;
mod identity;
pub mod lifetime;
mod limits;
pub mod logs;
pub mod maintenance;
pub mod outage;
mod ports;
pub mod purge;
mod readiness;
pub mod reaping;
pub mod repair;
pub mod restart;
pub mod secrets;
pub mod starting;
pub mod store_away;
mod template;
pub mod tokens;

use portreeve_tests::bench::Case;
use portreeve_tests::cases;
use portreeve_tests::stores::Kind;

const ON_EVERY_STORE: &[Case] = cases! {
    adopt:
        adopted_from_outside_the_range,
        adopted_from_inside_the_range,
        an_adopted_one_is_like_any_other,
        an_adopted_one_that_is_killed_comes_back,
        a_purge_of_an_adopted_one_takes_its_volume,
        what_can_not_be_adopted,
        what_another_installation_has_is_not_adopted,
        state_in_an_anonymous_volume_is_not_adopted,
        what_the_engine_removes_by_itself_is_not_adopted,
        what_mounts_another_users_volume_is_not_adopted,
        what_bears_unreadable_labels_is_not_adopted,
        two_users_can_not_adopt_one_port,
        a_volume_alone_is_adopted,
        what_is_adopted_need_not_run;
    behind_our_back:
        container_killed,
        container_stopped_by_hand,
        container_removed,
        container_and_volume_removed,
        container_paused,
        container_renamed,
        container_started_by_hand_after_a_stop,
        network_removed_after_a_stop,
        container_taken_off_its_network,
        container_taken_off_its_network_while_stopped;
    calls:
        a_warm_ensure_from_a_cold_process_looks_once,
        a_warm_ensure_from_a_warm_process_looks_once,
        a_cold_ensure_makes_five_engine_calls,
        each_connection_is_proven_before_it_is_used;
    copies:
        a_container_from_an_image_of_the_users,
        a_container_from_an_image_that_was_given_the_labels,
        a_container_with_copied_labels,
        a_copy_under_the_users_name;
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
    drift:
        an_older_one_beside_a_host,
        another_of_the_same_generation_beside_a_host,
        another_network_and_port_range_beside_a_host;
    events:
        what_happens_to_a_user_is_told_in_order,
        a_start_that_fails_is_told_with_its_last_words,
        what_one_controller_does_another_tells;
    eviction:
        the_longest_stopped_gives_way,
        nobody_who_runs_gives_way,
        a_port_given_up_rests,
        three_give_way_to_three;
    faults:
        fault_1_twenty_new_users_at_once_have_a_port_each,
        fault_2_user_1_is_not_user_10,
        fault_3_the_url_answered_can_be_reached,
        fault_4_a_stopped_users_port_is_not_given_away,
        fault_5_a_restart_brings_the_current_configuration,
        fault_6_one_touched_while_the_reap_runs_is_kept,
        fault_7_two_calls_at_once_for_a_new_user_both_succeed,
        fault_8_a_port_that_another_process_holds_fails_nobody,
        fault_9_odd_ids_work_or_leave_nothing,
        fault_10_a_missing_image_is_pulled,
        fault_10_an_image_that_is_not_to_be_had_leaves_nothing,
        fault_11_the_token_is_in_no_url,
        fault_12_ports_are_published_on_loopback_alone;
    following:
        a_warm_ensure_makes_no_engine_call,
        what_happens_to_a_container_is_noticed,
        a_rename_is_noticed,
        what_another_controller_does_is_noticed,
        a_stream_that_is_cut_is_opened_again,
        a_stream_that_stalls_is_not_believed,
        a_stream_that_stalls_is_opened_again,
        the_engine_is_away_for_a_while;
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
    health:
        the_health_of_all_takes_one_list,
        what_ails_whom,
        the_health_of_adopted_ones;
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
        who_gets_ready_holds_up_nobody_else,
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
    purge:
        a_purge_leaves_nothing,
        a_purge_of_an_unknown_user,
        one_who_was_purged_is_somebody_else,
        the_port_of_a_purged_one_rests_and_is_free,
        a_foreign_volume_outlives_a_purge,
        a_foreign_container_outlives_a_purge,
        a_purge_among_others;
    readiness:
        ready_as_soon_as_it_is_ordered,
        ready_as_soon_as_it_runs,
        ready_once_the_images_own_check_passes,
        the_templates_check_replaces_the_images,
        ready_once_connected_whatever_the_check_says,
        not_ready_while_it_answers_that_it_is_not,
        never_healthy_without_a_check,
        published_on_all_interfaces,
        published_on_another_loopback_address,
        published_on_ipv6,
        a_port_held_on_another_address_only,
        a_network_url_works_on_that_network;
    reaping:
        idle_ones_are_stopped_and_active_ones_are_not,
        each_user_has_a_limit_of_its_own,
        one_touched_while_the_reap_runs_is_kept,
        one_that_runs_unrecorded_is_reaped_once_a_repair_has_noticed_it,
        one_that_was_killed_is_not_reaped,
        ten_that_ignore_sigterm_take_one_grace,
        two_controllers_reap_each_user_once;
    repair:
        where_all_agree_nothing_is_found,
        one_that_is_not_running,
        one_that_runs_unrecorded,
        one_beside_the_current_one,
        one_without_a_record,
        a_claim_without_a_container,
        one_left_unfinished,
        a_lease_that_was_left_behind,
        one_whose_record_is_unreadable,
        what_is_not_ours_is_left_alone_by_a_repair,
        two_controllers_repair_at_once;
    logs:
        a_log_goes_on_across_restarts_and_recreations,
        no_log_shows_a_token,
        nobody_has_no_log,
        what_those_take_who_run;
    restart:
        a_restart_brings_a_changed_template,
        a_restart_of_the_same_template_keeps_the_container,
        a_restart_by_an_older_template_goes_back,
        a_restart_with_a_missing_image_leaves_the_running_one_alone,
        a_restart_of_a_stopped_user_starts_it,
        a_restart_of_an_unknown_user_makes_it;
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
    tokens:
        a_new_token_for_one_who_runs,
        a_new_token_for_one_who_is_stopped,
        a_new_token_for_nobody,
        an_old_token_is_never_answered,
        all_tokens_under_a_new_key,
        a_key_that_is_missing,
        a_lost_key_costs_the_tokens_alone;
    maintenance:
        a_host_reaps_by_itself,
        a_host_sweeps_by_itself,
        a_host_finishes_what_was_left_behind,
        without_maintenance_nothing_is_done_unasked,
        a_host_that_is_gone_does_nothing;
};

const ON_POSTGRES: &[Case] = cases! {
    calls:
        a_warm_ensure_takes_two_statements,
        a_cold_ensure_takes_three_statements;
    outage:
        the_store_goes_and_comes_back;
    store_away:
        who_runs_is_served_while_the_store_is_cut_off,
        who_runs_is_served_while_the_store_hangs,
        who_was_served_is_not_reaped_once_the_store_is_back;
};

/// The cases that are played on such a store.
pub fn on(kind: Kind) -> impl Iterator<Item = Case> {
    let further = match kind {
        Kind::Sqlite => &[],
        Kind::Postgres => ON_POSTGRES,
    };
    ON_EVERY_STORE.iter().chain(further).copied()
}
