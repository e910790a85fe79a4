//! The store's client on real databases: the same cases on `SQLite` and on `PostgreSQL`.
//!
//! `PostgreSQL`'s are left out where `PORTREEVE_TEST_POSTGRES` doesn't name a server whose user may
//! create databases.

mod ending;
mod idling;
mod looking;
mod ports;
mod postgres;
mod schema;
mod sqlite;
mod stand;
mod stopping;
mod writing;

/// Each case as a test on each database.
macro_rules! on_both {
    ($($theme:ident: $($case:ident),+;)+) => {
        mod on_sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    crate::$theme::$case(&crate::stand::Stand::sqlite()).await;
                }
            )+)+
        }
        mod on_postgres {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    if let Some(stand) = crate::stand::Stand::postgres().await {
                        crate::$theme::$case(&stand).await;
                    }
                }
            )+)+
        }
    };
}

on_both! {
    looking:
        an_empty_store_has_a_header_and_absent_users,
        the_header_tells_the_time,
        what_is_written_is_read,
        any_id_is_a_user_of_its_own,
        pages_come_in_the_order_of_bytes,
        an_unreadable_record_hides_no_other,
        a_user_id_that_is_no_users_hides_no_other,
        a_user_of_another_engine_is_not_ours,
        a_touch_never_turns_back,
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
        locks_are_held_by_one;
    idling:
        only_the_idle_are_reaped,
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
