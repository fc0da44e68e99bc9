-- The number of changes of a name. Brokers apply only newer names; a name without a version, from
-- before, counts as older. An erased player's number goes on, so that a later name is newer.
ALTER TABLE players ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE erased_players ADD COLUMN name_version BIGINT NOT NULL DEFAULT 0;

-- Failed attempts to apply a batch, the last error, and the time since which it is a dead letter:
-- not applied until an admin retries it.
ALTER TABLE outbox ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN error TEXT;
ALTER TABLE outbox ADD COLUMN dead_at BIGINT;
