-- A place in the order of recording is never given again, also when the last
-- submissions are erased.
CREATE TABLE ordered (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT, -- order of recording
    id         BLOB NOT NULL UNIQUE, -- 16 bytes
    board      TEXT NOT NULL,
    player     TEXT NOT NULL,
    value      INTEGER NOT NULL,
    claimed_at INTEGER, -- the time that the caller gave
    at         INTEGER NOT NULL,
    standings  TEXT NOT NULL -- JSON: [[season, score, achieved_at, latest_at], ...]
);
INSERT INTO ordered SELECT seq, id, board, player, value, claimed_at, at, standings
FROM submissions ORDER BY seq;
DROP TABLE submissions;
ALTER TABLE ordered RENAME TO submissions;
CREATE INDEX submissions_of_player ON submissions (player, board);

-- Players whose names are to be shown as they are: JSON, [player, ...].
ALTER TABLE outbox ADD COLUMN names TEXT;

-- Who has a form open: a row is of now for some seconds.
CREATE TABLE visits (
    form    TEXT NOT NULL,
    visitor TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (form, visitor)
) WITHOUT ROWID;
