-- The submissions of a board in the order of recording, to recount or delete them.
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
CREATE INDEX submissions_of_board ON submissions (board, seq);

-- Boards that were deleted. The next board of the slug continues the versions, so that no node takes
-- an old definition for a newer one. Until `is_done`, rows of the board remain.
CREATE TABLE deleted_boards (
    slug       TEXT COLLATE "C" PRIMARY KEY,
    version    BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    is_done    BIGINT NOT NULL DEFAULT 0
);
