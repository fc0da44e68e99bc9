//! One contract for every engine: what holds over one holds over all.
//!
//! `contract/ledger`, `contract/broker` and `contract/service` state behaviours
//! as functions over an engine. The lists below are what is promised; each entry
//! becomes a test for each engine. Another engine joins by a function in
//! `contract/engines` and one line at the end of this file.
#![expect(
    clippy::unwrap_used,
    reason = "what tests are made of may panic as tests may"
)]

mod contract {
    pub(crate) mod broker;
    pub(crate) mod clock;
    pub(crate) mod engines;
    pub(crate) mod gate;
    pub(crate) mod ledger;
    pub(crate) mod limiter;
    pub(crate) mod people;
    pub(crate) mod plain;
    pub(crate) mod sample;
    pub(crate) mod service;
}

/// Each behaviour as a test, over an engine made for it alone.
macro_rules! behaviours {
    ($contract:ident over $engine:ident: $($behaviour:ident)*) => {
        mod $engine {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $behaviour() {
                    crate::contract::$contract::$behaviour(&crate::contract::engines::$engine()).await;
                }
            )*
        }
    };
}

/// What every ledger promises.
macro_rules! ledger_contract {
    ($engine:ident) => {
        behaviours! { ledger over $engine:
            boards_come_back_as_they_were_put
            a_board_put_again_replaces_the_one_before
            what_is_recorded_stands_in_every_season_it_feeds
            seasons_and_boards_are_apart
            what_is_recorded_outlives_the_process
            entries_of_a_batch_see_those_before_them
            versions_count_changes_only
            an_unchanged_score_keeps_when_it_was_reached
            a_rename_changes_no_standing
            a_sum_beyond_the_range_is_refused_alone
            a_sum_beyond_the_range_of_one_season_changes_none
            a_refused_sum_leaves_the_name_and_the_id_unused
            a_batch_of_nothing_records_nothing
            odd_text_comes_back_as_it_was_given
            players_differ_by_every_byte
            the_longest_ids_and_names_fit
            extreme_scores_and_instants_come_back
            a_repeat_gives_the_standings_of_then
            a_repeat_within_the_batch_gives_the_standings_of_then
            a_repeat_after_opening_again_gives_the_standings_of_then
            a_repeat_changes_nothing
            another_content_under_the_same_id_is_a_conflict
            another_content_within_the_batch_is_a_conflict
            a_submission_is_counted_once
            settled_ranks_come_back_with_a_repeat
            settled_ranks_outlive_the_process
            ranks_are_settled_before_the_entries_are_recorded
            settled_ranks_are_never_replaced
            settling_what_was_never_recorded_does_nothing
            a_batch_is_in_the_outbox_until_it_is_applied
            the_outbox_gives_the_oldest_first_and_no_more_than_asked
            what_records_nothing_new_is_not_in_the_outbox
            batches_of_many_at_once_count_everything_once
            rows_are_listed_as_a_plain_sort_does
            a_place_is_counted_as_a_plain_sort_does
        }
    };
}

/// What is promised of people over every database.
macro_rules! people_contract {
    ($people:ident: $engine:ident) => {
        mod $people {
            behaviours! { people over $engine:
                who_signs_up_is_who_they_were_and_is_signed_in
                a_handle_and_a_player_have_one_account
                a_wrong_password_and_an_unknown_handle_are_told_the_same
                a_session_ends_by_itself_by_signing_out_and_everywhere_at_once
                a_changed_password_ends_the_sessions_before_it
                a_storm_of_sign_ins_is_told_to_come_back
                roles_are_given_by_admins_alone
                a_key_is_known_by_its_secret_until_it_is_revoked
                odd_names_come_back_as_they_were_given
                a_token_allows_no_more_than_its_maker_and_its_player_may
                a_guests_token_is_void_once_the_guest_signed_up
                everywhere_is_wherever_one_is_known
                a_session_begins_only_by_the_password_of_now
            }
        }
    };
}

/// What every limiter promises.
macro_rules! limiter_contract {
    ($limiter:ident: $engine:ident) => {
        mod $limiter {
            behaviours! { limiter over $engine:
                a_quota_may_be_taken_at_once_and_no_more
                subjects_and_limits_are_counted_apart
                many_are_taken_as_a_whole_or_not
                what_was_taken_comes_back_one_at_a_time
                takers_at_once_get_no_more_than_there_is
            }
        }
    };
}

/// What every broker promises.
macro_rules! broker_contract {
    ($engine:ident) => {
        behaviours! { broker over $engine:
            every_read_agrees_with_a_plain_sort
            equal_scores_of_one_instant_stand_by_the_bytes_of_the_id
            extreme_scores_and_instants_stand_where_they_belong
            a_slice_past_the_end_is_empty
            the_middle_of_around_is_the_player_as_far_as_the_ends_allow
            nobody_has_no_place_in_a_season_that_is_held
            changes_of_a_batch_are_ranked_one_after_another
            an_older_version_is_ignored
            a_season_that_is_not_held_answers_nothing
            a_season_is_forgotten_with_its_board
            seasons_of_other_rules_are_forgotten_alone
            a_name_that_is_known_is_shown_again_when_asked
            seasons_are_ranked_apart
            loading_replaces_the_season_and_begins_an_epoch
            applying_never_replaces_a_name
            a_name_is_shown_from_when_it_was_given
            a_rename_alone_is_published
            a_rename_is_published_in_every_season_it_reaches
            a_node_that_says_no_more_is_not_counted_for_ever
            watchers_of_a_board_are_counted_over_all_nodes
            each_change_is_published_at_the_next_offset
            a_repeat_is_not_published
            every_row_that_differs_is_within_the_places_touched
            what_was_missed_is_exactly_what_was_published_since
            a_position_of_another_epoch_is_gone
            a_position_that_is_yet_to_come_is_gone
            a_position_older_than_the_stream_is_gone
            who_leaves_is_published_and_does_not_come_back_by_what_is_old
            a_season_is_loaded_with_who_left_it
        }
    };
}

/// What the service promises over every pair of engines.
macro_rules! service_contract {
    ($engines:ident) => {
        behaviours! { service over $engines:
            a_submission_is_answered_with_its_rank_and_the_one_before
            submissions_of_a_batch_are_ranked_one_after_another
            a_repeat_gets_the_first_answer_again
            a_repeat_within_the_batch_gets_the_first_answer_again
            a_repeat_beside_its_first_gets_the_same_answer
            another_content_under_the_same_id_is_refused
            a_board_that_is_not_there_is_refused
            a_value_outside_the_boards_bounds_is_refused
            who_may_not_submit_is_refused_alone
            who_submits_too_much_is_told_when_to_come_back
            who_may_not_run_boards_changes_nothing
            a_board_takes_what_was_made_while_it_was_open
            what_comes_without_a_time_is_of_the_time_it_comes
            a_repeat_after_the_board_closed_gets_the_first_answer_again
            a_repeat_after_the_bounds_moved_gets_the_first_answer_again
            a_submission_of_the_future_is_refused
            a_refusal_does_not_touch_the_rest_of_the_batch
            too_many_submissions_are_refused_as_a_whole
            a_submission_of_last_week_leaves_this_week_as_it_is
            an_ended_season_stays_readable
            a_player_is_shown_by_id_until_named
            the_last_name_of_a_batch_is_the_one_shown
            a_name_given_on_one_board_moves_the_others_that_show_it
            a_percentile_is_the_share_of_others_ranked_below
            a_sketch_says_about_where_a_score_ranks
            a_profile_has_every_board_that_somebody_stands_on
            around_has_the_player_in_its_middle
            a_score_has_the_rank_that_a_newcomer_would_get
            a_season_is_found_by_itself_by_its_period_or_by_default
            a_season_that_the_board_does_not_have_is_refused
            somebody_without_a_standing_is_unknown
            an_empty_season_has_an_empty_page
            a_changed_tie_rule_ranks_at_once
            a_changed_order_ranks_at_once
            a_bad_draft_changes_nothing
            two_who_change_a_board_at_once_do_not_overwrite_each_other
            what_many_submit_at_once_is_counted_exactly_once
            boards_defined_while_others_read_are_ranked_by_their_new_rules
            a_history_has_the_moments_at_which_a_score_changed
            players_of_a_season_are_found_by_their_names_beginning
            past_seasons_are_those_that_somebody_was_in
            a_restart_gives_the_same_pages
            a_repeat_after_a_restart_gets_the_first_answer_again
            a_repeat_after_a_crash_gets_the_same_standings
            seasons_dropped_to_make_room_are_read_again
            random_submissions_agree_with_the_plain_model
            a_score_taken_by_one_node_is_on_the_page_of_the_other
            a_repeat_at_another_node_gets_the_same_answer
            a_board_defined_at_one_node_is_soon_known_to_the_other
            nodes_that_write_at_once_count_everything_once
            what_a_killed_node_left_unapplied_is_applied_by_another
            a_node_that_starts_leaves_what_is_ranked_as_it_is
            the_engines_state_names_every_season_somebody_stands_in
            a_sync_repairs_what_differs_and_nothing_else
            the_health_names_every_node_that_runs
            a_broker_that_is_ahead_is_built_anew
            a_rebuild_is_never_empty_for_its_readers
            a_page_read_again_is_not_asked_of_the_broker
            a_part_of_a_page_is_a_part_of_its_copy
            who_is_acknowledged_finds_it_in_what_they_read_next
            a_copy_follows_what_other_nodes_do
            a_page_that_many_ask_for_is_read_once
            while_the_broker_is_slow_readers_get_the_page_as_it_was
            what_is_quarantined_or_revoked_does_not_count
            its_author_still_sees_what_does_not_count
            a_rank_is_explained_by_what_decided_it
            nothing_of_a_banned_player_counts
            who_is_merged_feeds_one_standing
            a_name_that_a_moderator_gave_stays
            a_ruling_about_what_is_not_there_changes_nothing
            what_is_done_is_in_the_audit_log
            players_are_found_by_what_their_name_begins_with
            random_rulings_agree_with_a_plain_count
            who_is_banned_while_others_write_has_no_standing
            a_ruling_reaches_a_broker_that_was_away
            a_name_reaches_a_broker_that_was_away
            copies_of_pages_follow_a_ruling
            what_another_node_records_meanwhile_counts_by_the_new_policy
            what_comes_after_an_erasure_counts_in_a_season_that_was_started_over
            calls_of_many_share_a_commit_that_is_full
            an_erased_player_is_gone_with_all_of_theirs
            who_was_banned_stays_so_when_they_are_erased
            who_was_one_with_somebody_banned_stays_banned_too
            nobody_decides_about_those_who_decide_about_them
            the_audit_log_is_not_changed_by_the_database_either
            who_has_a_form_open_is_told_of_the_others
            a_closed_season_takes_nothing_until_it_is_reopened
            a_season_starts_over_and_comes_back
            another_policy_counts_everything_anew
            a_preview_changes_nothing
            an_archived_board_is_read_and_takes_nothing
        }
    };
}

ledger_contract!(sqlite);
ledger_contract!(postgres);
limiter_contract!(limits_in_memory: memory);
limiter_contract!(limits_in_redis: redis);
limiter_contract!(limits_in_a_cluster: redis_cluster);
people_contract!(people_in_sqlite: sqlite);
people_contract!(people_in_postgres: postgres);
broker_contract!(memory);
broker_contract!(redis);
broker_contract!(redis_cluster);
service_contract!(sqlite_and_memory);
service_contract!(sqlite_and_redis);
service_contract!(postgres_and_memory);
service_contract!(postgres_and_redis);
service_contract!(postgres_and_redis_cluster);
