-- A commit writes every page that it changes to the write-ahead log, so each table and index costs a
-- submission a page. The ranks of an answer are now beside their submission. The places in the order
-- of recording and the ids of batches come from the tables instead of SQLite's table of sequences.

-- The highest ids of rows that were removed: ids are never given again. The triggers note only the
-- end of a table, so the removal of an applied batch below a newer one notes nothing.
CREATE TABLE removed (
    seq   BIGINT NOT NULL, -- of submissions
    batch BIGINT NOT NULL -- of the outbox
);
INSERT INTO removed SELECT
  coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'submissions'), 0),
  coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'outbox'), 0);

CREATE TABLE ranked (
    seq        INTEGER PRIMARY KEY, -- order of recording
    id         BLOB NOT NULL UNIQUE, -- 16 bytes
    board      TEXT NOT NULL,
    player     TEXT NOT NULL,
    value      INTEGER NOT NULL,
    claimed_at INTEGER, -- the time that the caller gave
    at         INTEGER NOT NULL,
    standings  TEXT NOT NULL, -- JSON: [[season, score, achieved_at, latest_at], ...]
    -- The ranks of the first answer, JSON: [[rank, previous rank or null, epoch, offset] or null, ...].
    -- They are known only after the commit, so a later one stores them.
    ranks      TEXT
);
INSERT INTO ranked
SELECT s.seq, s.id, s.board, s.player, s.value, s.claimed_at, s.at, s.standings, a.ranks
FROM submissions AS s LEFT JOIN answers AS a ON a.id = s.id ORDER BY s.seq;
DROP TABLE answers;
DROP TABLE submissions;
ALTER TABLE ranked RENAME TO submissions;
CREATE INDEX submissions_of_player ON submissions (player, board);
CREATE INDEX submissions_of_board ON submissions (board, seq);
-- The statistics of 0015 were dropped with the table.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('submissions', 'submissions_of_board', '1000000 100000 1'),
  ('submissions', 'submissions_of_player', '1000000 20 10');

CREATE TRIGGER submissions_end AFTER DELETE ON submissions
WHEN OLD.seq > coalesce((SELECT max(seq) FROM submissions), 0)
BEGIN UPDATE removed SET seq = max(seq, OLD.seq); END;

-- Answers, for statements with one text for all databases. To delete one removes the ranks.
CREATE VIEW answers (id, ranks) AS SELECT id, ranks FROM submissions;
CREATE TRIGGER answers_are_ranks INSTEAD OF DELETE ON answers
BEGIN UPDATE submissions SET ranks = NULL WHERE id = OLD.id; END;

CREATE TABLE batches (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL, -- when it was recorded
    submissions BLOB NOT NULL, -- their ids, 16 bytes each
    standings   TEXT, -- that a ruling changed, JSON: [[board, season, player], ...]
    names       TEXT, -- players with new names, JSON: [player, ...]
    failures    BIGINT NOT NULL DEFAULT 0,
    error       TEXT, -- of the last failure
    dead_at     BIGINT -- since when it waits for an admin
);
INSERT INTO batches SELECT id, at, submissions, standings, names, failures, error, dead_at
FROM outbox ORDER BY id;
DROP TABLE outbox;
ALTER TABLE batches RENAME TO outbox;

CREATE TRIGGER outbox_end AFTER DELETE ON outbox
WHEN OLD.id > coalesce((SELECT max(id) FROM outbox), 0)
BEGIN UPDATE removed SET batch = max(batch, OLD.id); END;
