-- Boards whose standings are being recounted by new rules. They refuse submissions until their row
-- is removed.
CREATE TABLE recounts (
    board    TEXT PRIMARY KEY,
    version  BIGINT NOT NULL, -- of the rules
    season   TEXT, -- the only season to recount
    seasons  TEXT NOT NULL DEFAULT '[]', -- JSON: the seasons with changed standings
    begun_at BIGINT NOT NULL,
    seen_at  BIGINT NOT NULL, -- when a node last worked on it
    written  BIGINT NOT NULL DEFAULT 0, -- changed standings that are stored
    to_write BIGINT -- changed standings
) WITHOUT ROWID;
