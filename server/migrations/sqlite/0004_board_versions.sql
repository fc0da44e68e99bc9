-- Counts a board's definitions, so that none replaces one that its author had not seen.
ALTER TABLE boards ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
