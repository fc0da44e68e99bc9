-- The durable truth. Instants are milliseconds since 1970, seasons their labels.

CREATE TABLE boards (
    slug       TEXT PRIMARY KEY,
    definition TEXT NOT NULL -- JSON
) WITHOUT ROWID;

CREATE TABLE players (
    player TEXT PRIMARY KEY,
    name   TEXT NOT NULL
) WITHOUT ROWID;

-- Append-only.
CREATE TABLE submissions (
    seq        INTEGER PRIMARY KEY, -- order of recording
    id         BLOB NOT NULL UNIQUE, -- 16 bytes
    board      TEXT NOT NULL,
    player     TEXT NOT NULL,
    value      INTEGER NOT NULL,
    claimed_at INTEGER, -- the time that the caller gave
    at         INTEGER NOT NULL,
    standings  TEXT NOT NULL -- JSON: [[season, score, achieved_at, latest_at], ...]
);

-- The ranks that a submission was first answered with: known only after its
-- commit, so stored by the next one. Append-only.
CREATE TABLE answers (
    id    BLOB PRIMARY KEY, -- the submission's
    ranks TEXT NOT NULL -- JSON: [[rank, previous rank or null, epoch, offset] or null, ...]
) WITHOUT ROWID;

CREATE TABLE standings (
    board       TEXT NOT NULL,
    season      TEXT NOT NULL,
    player      TEXT NOT NULL,
    score       INTEGER NOT NULL,
    achieved_at INTEGER NOT NULL,
    latest_at   INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    PRIMARY KEY (board, season, player)
) WITHOUT ROWID;
