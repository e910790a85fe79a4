//! What a store has to do, played on `SQLite` and on `PostgreSQL` through the clients of both
//! drivers; and, where it isn't about tables, on the example of a store of one's own, which keeps
//! everything in memory, and on the simulated store.
//!
//! `PostgreSQL`'s cases are left out where `PORTREEVE_TEST_POSTGRES` doesn't name a server whose
//! user may create databases, and those behind a pooler where `PORTREEVE_TEST_PGBOUNCER` doesn't
//! name one that stands before that server.

mod client;
mod clocks;
mod ending;
mod events;
mod idling;
mod looking;
mod plans;
mod pooler;
mod ports;
mod postgres;
mod schema;
mod sqlite;
mod stand;
mod stopping;
mod volumes;
mod writing;

/// Each case as a test through each driver's client, on each database; behind a pooler through one
/// of them, since what is sent there is the same.
macro_rules! on_databases {
    ($($theme:ident: $($case:ident),+ $(,)?;)+) => {
        on_databases!(@ tokio_on_sqlite tokio_on_postgres Tokio $($theme: $($case),+;)+);
        on_databases!(@ blocking_on_sqlite blocking_on_postgres Blocking $($theme: $($case),+;)+);
        on_servers!(@ tokio_behind_a_pooler Tokio pooled $($theme: $($case),+;)+);
    };
    (@ $sqlite:ident $postgres:ident $driver:ident $($theme:ident: $($case:ident),+;)+) => {
        mod $sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    let stand = crate::stand::Stand::sqlite(crate::client::Driver::$driver);
                    crate::$theme::$case(&stand).await;
                }
            )+)+
        }
        on_servers!(@ $postgres $driver postgres $($theme: $($case),+;)+);
    };
}

/// Each case as a test through each driver's client on a server, or on one behind a pooler.
macro_rules! on_servers {
    (postgres: $($theme:ident: $($case:ident),+ $(,)?;)+) => {
        on_servers!(@ tokio_on_a_server Tokio postgres $($theme: $($case),+;)+);
        on_servers!(@ blocking_on_a_server Blocking postgres $($theme: $($case),+;)+);
    };
    (pooled: $($theme:ident: $($case:ident),+ $(,)?;)+) => {
        on_servers!(@ tokio_on_a_pooler Tokio pooled $($theme: $($case),+;)+);
        on_servers!(@ blocking_on_a_pooler Blocking pooled $($theme: $($case),+;)+);
    };
    (@ $name:ident $driver:ident $stand:ident $($theme:ident: $($case:ident),+;)+) => {
        mod $name {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    let driver = crate::client::Driver::$driver;
                    if let Some(stand) = crate::stand::Stand::$stand(driver).await {
                        crate::$theme::$case(&stand).await;
                    }
                }
            )+)+
        }
    };
}

/// Each case as a test through each driver, on whatever it makes itself.
macro_rules! through_drivers {
    ($($theme:ident: $($case:ident),+ $(,)?;)+) => {
        through_drivers!(@ through_tokio Tokio $($theme: $($case),+;)+);
        through_drivers!(@ through_blocking Blocking $($theme: $($case),+;)+);
    };
    (@ $name:ident $driver:ident $($theme:ident: $($case:ident),+;)+) => {
        mod $name {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    crate::$theme::$case(crate::client::Driver::$driver).await;
                }
            )+)+
        }
    };
}

/// Each case as a test on the stores without tables: the example of a store of one's own, and the
/// simulated one.
macro_rules! in_memory {
    ($($theme:ident: $($case:ident),+ $(,)?;)+) => {
        in_memory!(@ in_memory memory $($theme: $($case),+;)+);
        in_memory!(@ simulated simulated $($theme: $($case),+;)+);
    };
    (@ $name:ident $store:ident $($theme:ident: $($case:ident),+;)+) => {
        mod $name {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    crate::$theme::$case(&crate::stand::Stand::$store()).await;
                }
            )+)+
        }
    };
}
in_memory! {
    @ simulated_clock simulated
    clocks:
        a_lease_taken_by_a_clock_that_ran_ahead_is_over,
        a_lock_taken_by_a_clock_that_ran_ahead_is_over,
        a_port_freed_by_a_clock_that_ran_ahead_has_rested,
        a_failed_start_written_by_a_clock_that_ran_ahead_is_tried_again,
        an_activity_in_the_future_counts_as_one_of_now;
}

on_databases! {
    looking:
        an_empty_store_has_a_header_and_absent_users,
        the_header_tells_the_time,
        what_is_written_is_read,
        any_id_is_a_user_of_its_own,
        pages_come_in_the_order_of_bytes,
        pages_go_on_while_users_come_and_go,
        only_the_unsettled_are_scanned,
        an_unreadable_record_hides_no_other,
        a_user_id_that_is_no_users_hides_no_other,
        a_user_of_another_engine_is_not_ours,
        a_touch_never_turns_back,
        touches_and_writes_do_not_get_in_each_others_way;
    writing:
        a_write_at_another_state_is_a_conflict,
        a_state_that_was_lost_is_never_another,
        a_leased_record_is_its_holders,
        an_expired_lease_is_anybodys,
        of_many_first_writes_one_wins,
        of_many_writes_at_one_revision_one_wins,
        a_container_name_is_one_users,
        the_running_limit_holds_under_a_burst,
        the_running_limit_counts_other_users,
        the_running_limit_counts_who_is_being_stopped,
        locks_are_held_by_one;
    volumes:
        a_volume_is_one_users,
        a_volume_of_another_engine_is_another,
        a_taken_volume_is_told_after_the_state_and_before_the_limit,
        of_many_who_name_one_volume_one_has_it,
        a_store_with_a_shared_volume_goes_on_working,
        a_shared_volume_is_one_users_once_the_others_have_gone,
        a_writer_of_schema_2_is_held_to_it;
    idling:
        only_the_idle_are_reaped,
        only_the_idle_who_run_are_scanned,
        a_limit_that_somebody_wrote_by_hand_stops_no_reaping,
        the_last_activity_counts_and_not_the_records_age,
        a_user_without_a_record_is_not_idle,
        activity_is_told_after_the_name_and_before_the_limit,
        no_user_who_was_touched_is_reaped;
    stopping:
        the_longest_stopped_come_first,
        the_longest_is_found_behind_many,
        only_the_stopped_with_a_port_of_the_range_are_found,
        an_unreadable_record_is_left_out_and_hides_no_other;
    ending:
        a_deleted_record_is_gone_and_its_port_rests,
        what_is_gone_is_deleted_again_without_harm,
        another_state_is_not_deleted,
        a_leased_record_is_its_holders_to_delete,
        a_delete_and_a_write_at_once_are_one_of_them;
    events:
        what_is_told_is_read_as_it_was_told,
        events_are_read_by_pages,
        events_are_read_from_anywhere,
        a_write_that_is_refused_tells_nothing,
        what_is_dropped_is_known_to_be,
        all_who_follow_are_told_the_same;
    ports:
        fifty_claims_at_once_get_fifty_ports,
        a_claim_keeps_the_port_there_is,
        a_replaced_port_is_quarantined,
        a_freed_port_rests,
        a_lost_race_claims_nothing,
        no_port_tells_how_many_there_are,
        a_certain_port_is_taken,
        a_certain_port_of_anothers_is_not_taken,
        of_many_who_take_one_port_one_has_it,
        a_lost_race_takes_nothing,
        takes_and_claims_at_once_share_no_port,
        an_engine_is_registered_once,
        registering_at_once_is_harmless;
    clocks:
        a_lease_taken_by_a_clock_that_ran_ahead_is_over,
        a_lock_taken_by_a_clock_that_ran_ahead_is_over,
        a_port_freed_by_a_clock_that_ran_ahead_has_rested,
        a_failed_start_written_by_a_clock_that_ran_ahead_is_tried_again,
        an_activity_in_the_future_counts_as_one_of_now;
    schema:
        eight_at_once_make_one_installation,
        a_newer_schema_is_refused_and_left_alone,
        a_newer_schema_that_allows_us_is_used,
        a_lost_meta_row_is_told,
        an_older_schema_is_brought_up_without_loss,
        an_older_schema_is_brought_up_by_many_at_once,
        a_writer_of_the_older_schema_does_no_harm,
        a_check_changes_nothing;
}

on_servers! {
    postgres:
    postgres:
        a_warm_statement_is_prepared_and_outlives_a_change_of_its_table,
        a_server_that_was_started_again_is_found_again,
        a_write_whose_connection_is_lost_is_unclear,
        a_first_write_behind_another_claims_nothing,
        a_write_behind_another_is_a_conflict_and_claims_nothing,
        a_write_behind_a_touch_holds_and_keeps_the_touch,
        a_reaper_behind_a_touch_sees_it,
        a_first_write_behind_another_takes_nothing,
        a_volume_that_another_is_just_naming_is_a_conflict_and_then_taken,
        a_port_is_taken_as_it_stands_in_the_end,
        a_delete_behind_another_is_done_and_behind_a_write_a_conflict,
        two_who_bring_up_an_older_schema_go_one_after_the_other,
        flushes_that_share_users_lock_them_in_one_order,
        a_port_that_another_is_claiming_is_passed_over,
        an_effect_given_up_delays_no_other,
        a_wrong_password_or_database_is_refused,
        a_read_only_database_can_not_be_written,
        stricter_isolation_is_as_right,
        text_that_the_server_cannot_hold_is_refused;
    events:
        no_commit_slips_behind_what_was_read;
    plans:
        the_unsettled_are_found_by_their_index;
}

on_servers! {
    pooled:
    postgres:
        a_server_that_was_started_again_is_found_again,
        a_write_whose_connection_is_lost_is_unclear,
        a_first_write_behind_another_claims_nothing,
        a_write_behind_a_touch_holds_and_keeps_the_touch,
        a_volume_that_another_is_just_naming_is_a_conflict_and_then_taken,
        two_who_bring_up_an_older_schema_go_one_after_the_other,
        an_effect_given_up_delays_no_other,
        text_that_the_server_cannot_hold_is_refused;
    pooler:
        names_that_others_gave_to_statements_are_left_alone,
        statements_meet_connections_that_never_saw_them,
        what_the_pooler_does_not_pass_on_is_refused_with_a_way_out,
        nothing_is_left_on_the_poolers_connections;
}

through_drivers! {
    postgres:
        a_server_that_is_not_there_is_out_of_reach,
        a_server_that_never_answers_is_out_of_reach,
        what_is_not_served_is_told_at_once;
    sqlite:
        the_file_and_its_directories_are_its_owners_alone,
        a_file_that_is_no_database_is_refused,
        a_file_that_cannot_be_opened_is_out_of_reach,
        many_clients_share_a_file,
        a_file_that_another_process_keeps_locked_is_out_of_reach,
        a_full_disk_is_named_and_what_is_on_it_is_still_read,
        effects_that_wait_for_one_lock_do_not_wait_one_after_the_other;
}

in_memory! {
    looking:
        an_empty_store_has_a_header_and_absent_users,
        the_header_tells_the_time,
        what_is_written_is_read,
        any_id_is_a_user_of_its_own,
        pages_come_in_the_order_of_bytes,
        pages_go_on_while_users_come_and_go,
        only_the_unsettled_are_scanned,
        a_user_of_another_engine_is_not_ours,
        touches_and_writes_do_not_get_in_each_others_way;
    writing:
        a_write_at_another_state_is_a_conflict,
        a_leased_record_is_its_holders,
        an_expired_lease_is_anybodys,
        of_many_first_writes_one_wins,
        of_many_writes_at_one_revision_one_wins,
        a_container_name_is_one_users,
        the_running_limit_holds_under_a_burst,
        the_running_limit_counts_other_users,
        the_running_limit_counts_who_is_being_stopped;
    volumes:
        a_volume_is_one_users,
        a_volume_of_another_engine_is_another,
        a_taken_volume_is_told_after_the_state_and_before_the_limit,
        of_many_who_name_one_volume_one_has_it;
    idling:
        a_user_without_a_record_is_not_idle;
    ending:
        what_is_gone_is_deleted_again_without_harm,
        another_state_is_not_deleted,
        a_leased_record_is_its_holders_to_delete,
        a_delete_and_a_write_at_once_are_one_of_them;
    events:
        what_is_told_is_read_as_it_was_told,
        events_are_read_by_pages,
        events_are_read_from_anywhere,
        a_write_that_is_refused_tells_nothing,
        what_is_dropped_is_known_to_be,
        all_who_follow_are_told_the_same;
    ports:
        fifty_claims_at_once_get_fifty_ports,
        a_claim_keeps_the_port_there_is,
        a_lost_race_claims_nothing,
        no_port_tells_how_many_there_are,
        a_certain_port_is_taken,
        a_certain_port_of_anothers_is_not_taken,
        of_many_who_take_one_port_one_has_it,
        a_lost_race_takes_nothing,
        takes_and_claims_at_once_share_no_port,
        an_engine_is_registered_once,
        registering_at_once_is_harmless;
}
