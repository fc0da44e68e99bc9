-- The settings of a player: JSON with the values that differ from the defaults; null before the player
-- chose any. They are part of the account, so an erasure deletes them.
ALTER TABLE accounts ADD COLUMN settings TEXT;
