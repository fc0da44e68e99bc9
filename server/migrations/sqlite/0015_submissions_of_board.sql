-- The submissions of a board in the order of recording, to recount or delete them.
CREATE INDEX submissions_of_board ON submissions (board, seq);

-- A player has few of a board's submissions. Without these statistics, SQLite would look for them
-- among all of the board.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1 WHERE tbl = 'submissions';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('submissions', 'submissions_of_board', '1000000 100000 1'),
  ('submissions', 'submissions_of_player', '1000000 20 10');

-- Boards that were deleted. The next board of the slug continues the versions, so that no node takes
-- an old definition for a newer one. Until `is_done`, rows of the board remain.
CREATE TABLE deleted_boards (
    slug       TEXT PRIMARY KEY,
    version    BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    is_done    BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;
