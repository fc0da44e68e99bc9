//! The contract tests: each behaviour is tested over all engines.
//!
//! `contract/ledger`, `contract/broker` and `contract/service` state behaviours as functions over
//! an engine. Each entry of the lists below becomes a test for each engine. To add an engine, write
//! a function in `contract/engines` and add one line at the end of this file.
#![expect(clippy::unwrap_used, reason = "test helpers may panic")]

mod contract {
    pub(crate) mod broker;
    pub(crate) mod clock;
    pub(crate) mod engines;
    pub(crate) mod gate;
    pub(crate) mod ledger;
    pub(crate) mod limiter;
    pub(crate) mod people;
    pub(crate) mod plain;
    pub(crate) mod push;
    pub(crate) mod sample;
    pub(crate) mod service;
    pub(crate) mod slow_ledger;
}

/// One test for each behaviour, over an engine created for that test.
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

/// The behaviours of every ledger.
macro_rules! ledger_contract {
    ($engine:ident) => {
        behaviours! { ledger over $engine:
            stored_boards_read_back_unchanged
            board_update_replaces_only_the_previous_version
            submission_updates_every_season_it_feeds
            seasons_and_boards_are_independent
            standings_survive_reopening_the_ledger
            batch_entries_see_earlier_entries
            version_counts_only_changes
            unchanged_score_keeps_its_achieved_at
            rename_changes_no_standing
            concurrent_names_have_different_versions
            renaming_is_recorded_and_waits_in_the_outbox
            limited_entry_names_only_players_without_a_name
            out_of_range_sum_leaves_the_rest_of_the_batch
            sum_out_of_range_in_one_season_changes_no_season
            refused_sum_stores_neither_name_nor_id
            empty_batch_records_nothing
            odd_text_reads_back_unchanged
            player_ids_are_compared_by_bytes
            long_season_is_read_whole
            longest_ids_and_names_fit
            extreme_scores_and_instants_read_back_unchanged
            repeat_returns_the_first_standings
            repeat_in_the_same_batch_returns_the_first_standings
            repeat_after_reopening_returns_the_first_standings
            repeat_changes_nothing
            different_content_under_one_id_is_a_conflict
            different_content_in_the_same_batch_is_a_conflict
            repeated_submission_is_counted_once
            repeat_returns_settled_ranks
            settled_ranks_survive_reopening_the_ledger
            settlement_is_stored_before_entries_are_recorded
            settlement_is_stored_if_the_rules_are_outdated
            settled_ranks_are_never_replaced
            settling_an_unrecorded_id_does_nothing
            batch_stays_in_the_outbox_until_applied
            outbox_returns_the_oldest_batches_up_to_the_limit
            batch_without_new_records_is_not_in_the_outbox
            concurrent_batches_count_each_submission_once
            ledger_rows_match_a_plain_sort
            ledger_place_matches_a_plain_sort
            ledger_place_of_a_rank_matches_a_plain_sort
            ledger_export_is_one_snapshot_in_the_total_order
        }
    };
}

/// The behaviours of accounts, sessions and keys over every database.
macro_rules! people_contract {
    ($people:ident: $engine:ident) => {
        mod $people {
            behaviours! { people over $engine:
                sign_up_keeps_the_player_and_signs_in
                handle_and_player_belong_to_one_account
                wrong_password_and_unknown_handle_get_the_same_error
                session_ends_by_expiry_sign_out_and_sign_out_everywhere
                password_change_ends_earlier_sessions
                sign_in_flood_is_refused_as_busy
                only_admins_assign_roles
                account_with_a_former_role_is_a_player
                api_key_is_valid_until_revoked
                key_made_during_a_deletion_allows_nothing
                odd_names_read_back_unchanged
                token_allows_no_more_than_its_issuer_and_its_player
                guest_token_is_void_after_sign_up
                sign_out_everywhere_ends_sessions_cookies_and_tokens
                session_starts_only_with_the_current_password
                settings_of_an_account_are_read_on_every_node
                settings_end_with_the_account
            }
        }
    };
}

/// The behaviours of push subscriptions over every database.
macro_rules! push_contract {
    ($push:ident: $engine:ident) => {
        mod $push {
            behaviours! { push over $engine:
                push_subscription_reads_back_unchanged
                earlier_push_subscriptions_are_watched_first
                notifications_are_in_the_language_of_the_last_visit
                overtaken_player_is_notified_once_an_hour
                two_nodes_send_one_notification
                push_subscription_ends_by_its_player_or_its_id
                push_subscriptions_of_a_player_are_bounded
                browser_notifies_its_last_player_only
                browser_with_a_new_address_keeps_its_subscriptions
                invalid_endpoints_and_keys_are_refused
                failed_deliveries_wait_longer_and_end_at_last
                success_after_failures_resets_their_number
                unknown_browser_loses_all_its_subscriptions
                end_of_credentials_ends_push_subscriptions
                deleted_board_ends_its_push_subscriptions
                unused_push_subscription_ends_after_ninety_days
                visit_does_not_delay_a_notification
                push_subscriptions_are_read_by_their_player_and_by_moderators
            }
        }
    };
}

/// The behaviours of every limiter.
macro_rules! limiter_contract {
    ($limiter:ident: $engine:ident) => {
        mod $limiter {
            behaviours! { limiter over $engine:
                burst_is_limited_to_the_quota
                subjects_and_limits_are_counted_separately
                request_for_many_units_is_all_or_nothing
                read_never_costs_more_than_its_quota
                quota_refills_one_unit_at_a_time
                concurrent_requests_never_exceed_the_quota
                returned_units_are_available_again
            }
        }
    };
}

/// The behaviours of every broker.
macro_rules! broker_contract {
    ($engine:ident) => {
        behaviours! { broker over $engine:
            every_read_matches_a_plain_sort
            full_ties_are_ordered_by_the_bytes_of_the_player_id
            extreme_scores_and_instants_are_ordered_correctly
            slice_past_the_end_is_empty
            around_centers_the_player_within_the_season
            place_of_a_rank_is_its_first_row
            unranked_player_has_no_place_in_a_held_season
            batch_changes_are_ranked_in_sequence
            stale_version_is_ignored
            season_not_held_returns_none
            forget_drops_every_season_of_the_board
            forget_keeps_seasons_with_the_given_ranking
            known_name_is_published_again_on_request
            seasons_are_ranked_independently
            load_replaces_the_season_and_starts_an_epoch
            apply_never_replaces_a_newer_name
            newest_name_wins_in_any_order
            reads_after_a_rename_have_the_new_name
            concurrent_names_converge
            drop_keeps_the_names_of_a_concurrent_load
            rows_show_the_newest_name
            rename_without_score_change_is_published
            rename_is_published_in_every_season_of_the_player
            presence_of_a_silent_node_expires
            nodes_over_the_same_data_have_one_id
            watchers_are_counted_over_all_nodes
            each_change_is_published_at_the_next_offset
            repeated_change_is_not_published
            changed_rows_are_within_the_published_places
            missed_publications_are_those_after_the_position
            position_of_another_epoch_is_gone
            future_position_is_gone
            position_older_than_the_stream_is_gone
            removal_is_published_and_not_undone_by_older_versions
            load_keeps_versions_of_removed_players
        }
    };
}

/// The behaviours of the service over every pair of engines.
macro_rules! service_contract {
    ($engines:ident) => {
        behaviours! { service over $engines:
            answer_has_the_rank_and_the_previous_rank
            batch_submissions_are_ranked_in_sequence
            repeated_submission_returns_first_answer
            repeat_in_the_same_batch_returns_first_answer
            concurrent_repeats_return_the_same_answer
            different_content_under_one_id_is_refused
            unknown_board_is_refused
            value_outside_the_bounds_is_refused
            forbidden_submission_leaves_the_rest_of_the_batch
            exceeded_quota_refuses_the_whole_batch
            unauthorized_board_operations_change_nothing
            opening_hours_apply_to_the_submissions_own_time
            submission_without_a_time_gets_its_arrival_time
            repeat_after_closing_returns_first_answer
            repeat_after_a_change_of_bounds_returns_first_answer
            submission_from_the_future_is_refused
            refusal_leaves_the_rest_of_the_batch
            oversized_batch_is_refused_as_a_whole
            submission_for_last_week_leaves_this_week_unchanged
            ended_season_stays_readable
            player_without_a_name_is_shown_by_id
            last_name_in_a_batch_is_shown
            rename_moves_the_positions_of_all_boards_showing_it
            percentile_is_the_share_of_others_ranked_below
            sketch_estimates_the_place_of_a_score
            profile_lists_every_active_board_of_the_player
            around_centers_the_player
            rank_of_score_is_that_of_a_newcomer
            season_is_found_by_label_period_or_default
            season_without_a_matching_period_is_refused
            player_without_a_standing_is_unknown
            recorded_id_is_found_as_spelled_and_a_new_one_in_nfc
            empty_season_has_an_empty_page
            changed_tie_rule_reranks_at_once
            changed_order_reranks_at_once
            invalid_draft_changes_nothing
            concurrent_board_updates_do_not_overwrite_each_other
            concurrent_submissions_are_counted_exactly_once
            board_redefined_during_reads_uses_its_new_rules
            history_lists_each_change_of_the_score
            season_search_matches_the_beginning_of_names
            search_ignores_case_spelling_and_spaces
            search_finds_words_inside_names
            search_passes_names_of_other_boards
            search_of_a_long_season_reads_at_most_ten_thousand_names
            search_lists_a_player_with_several_matching_words_once
            search_finds_players_without_a_name_by_their_ids
            names_of_an_earlier_version_are_folded_again
            names_of_a_newer_version_stay_and_those_folded_back_are_repaired
            past_seasons_are_the_current_one_and_those_with_standings
            restart_returns_the_same_pages
            repeat_after_a_restart_returns_first_answer
            repeat_after_a_crash_returns_the_same_standings
            repeat_after_an_outage_settles_the_ranks_once
            repeat_of_a_merged_players_score_settles_its_ranks
            repeat_without_ranks_delays_no_other_submission
            evicted_seasons_are_reloaded
            season_dropped_after_a_commit_is_reloaded_by_the_next
            readers_of_unloaded_seasons_do_not_delay_a_writer
            concurrent_readers_share_one_load
            export_ends_when_its_client_leaves
            empty_season_is_remembered_until_a_write
            load_by_former_rules_is_repeated
            load_beside_a_new_title_is_not_repeated
            random_submissions_match_the_reference_model
            score_submitted_to_one_node_appears_on_the_other
            repeat_at_another_node_returns_first_answer
            board_defined_at_one_node_reaches_the_other
            concurrent_nodes_count_each_submission_once
            players_renamed_on_two_nodes_at_once_converge
            unapplied_batch_of_a_killed_node_is_applied_by_another
            starting_node_keeps_the_ranked_state
            engine_state_lists_every_season_with_standings
            engine_state_without_the_broker_is_that_of_the_ledger
            sync_repairs_only_differing_standings
            health_lists_every_running_node
            panicked_task_of_an_engine_is_a_problem_of_the_node
            sync_rebuilds_a_season_ahead_of_the_ledger
            scores_of_a_lost_ledger_are_gone_after_the_start
            scores_of_a_missing_board_leave_the_other_boards
            rebuild_never_shows_an_empty_season
            cached_page_is_not_read_from_the_broker
            partial_reads_match_the_cached_page
            acknowledged_score_is_in_the_next_read
            cached_page_follows_writes_of_other_nodes
            concurrent_readers_share_one_broker_read
            slow_broker_leaves_the_stale_page_readable
            quarantined_and_revoked_submissions_do_not_count
            held_submissions_of_all_players_are_listed
            author_sees_submissions_that_do_not_count
            explain_names_the_deciding_submission
            explain_names_the_ruling_on_a_submission
            banned_player_has_no_standing_until_unbanned
            merged_players_share_one_standing
            merge_is_seen_by_the_next_read
            name_set_by_a_moderator_stays
            invalid_ruling_changes_nothing
            audit_log_records_every_action
            player_search_matches_the_beginning_of_names
            random_rulings_match_a_plain_count
            player_banned_during_writes_has_no_standing
            unapplied_ruling_is_applied_from_the_outbox
            unapplied_rename_is_applied_from_the_outbox
            unreadable_batch_becomes_a_dead_letter_and_the_others_go_on
            viewers_of_all_nodes_are_counted_and_the_caller_is_not
            batch_of_a_newer_version_is_left_to_other_nodes
            many_failing_batches_do_not_delay_a_new_one
            name_in_a_submission_outlives_its_board
            batch_of_a_deleted_board_is_applied_to_the_other_boards
            own_renames_share_commits_and_are_not_audited
            name_after_an_erasure_replaces_the_earlier_ones
            stored_names_that_break_a_rule_leave_their_season_readable
            unreadable_standing_leaves_its_season_readable
            unreadable_total_is_not_replaced_by_the_next_score
            recount_replaces_an_unreadable_standing
            unreadable_board_leaves_the_others_running
            board_of_a_newer_version_keeps_its_seasons_in_the_broker
            board_redefined_by_a_newer_version_refuses_only_its_own_scores
            unreadable_submission_stops_no_commit
            recount_stops_at_an_unreadable_submission_until_it_is_corrected
            scores_of_an_unreadable_player_are_refused
            unreadable_merge_stops_rulings_and_recounts
            cached_pages_follow_a_ruling
            submission_during_a_policy_change_counts_by_the_new_policy
            submission_after_erasure_counts_in_a_restarted_season
            concurrent_calls_share_full_commits
            erasure_removes_the_players_data
            import_does_not_bring_an_erased_player_back
            former_credential_does_not_bring_an_erased_player_back
            ban_survives_erasure
            ban_of_a_merged_player_survives_erasure
            moderator_cannot_rule_about_staff
            database_rejects_changes_to_the_audit_log
            open_form_lists_its_other_editors
            closed_season_refuses_submissions_until_reopened
            season_starts_over_and_is_restored
            policy_change_recomputes_all_standings
            latest_follows_the_order_of_recording
            preview_changes_nothing
            preview_covers_all_seasons
            deleted_board_leaves_nothing
            deletion_continues_after_a_crash
            emblem_is_shown_until_it_is_removed
            emblem_is_deleted_with_its_board
            picture_is_removed_with_the_version_that_shows_it
            shown_emblem_has_a_picture_despite_concurrent_removals
            changed_look_keeps_standings_and_ranks
            interrupted_recount_continues_on_another_node
            newer_rules_replace_an_unfinished_recount
            ruling_during_a_recount_is_kept
            board_deleted_at_one_node_is_unknown_at_the_other
            next_board_of_a_slug_is_no_restored_ledger
            late_end_of_a_deletion_leaves_the_next_one
            load_of_a_deleted_board_brings_nothing_back
            archived_board_is_readable_and_refuses_submissions
        }
    };
}

ledger_contract!(sqlite);
ledger_contract!(postgres);

#[tokio::test(flavor = "multi_thread")]
async fn postgres_reads_few_standings_for_a_batch() {
    contract::ledger::batches_read_few_standings(&contract::engines::postgres()).await;
}

limiter_contract!(limits_in_memory: memory);
limiter_contract!(limits_in_redis: redis);
limiter_contract!(limits_in_a_cluster: redis_cluster);
people_contract!(people_in_sqlite: sqlite);
people_contract!(people_in_postgres: postgres);
push_contract!(push_in_sqlite: sqlite);
push_contract!(push_in_postgres: postgres);
broker_contract!(memory);
broker_contract!(redis);
broker_contract!(redis_cluster);
service_contract!(sqlite_and_memory);
service_contract!(sqlite_and_redis);
service_contract!(postgres_and_memory);
service_contract!(postgres_and_redis);
service_contract!(postgres_and_redis_cluster);
