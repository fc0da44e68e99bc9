-- The submissions of a board in the order of recording, to recount or delete them.
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
CREATE INDEX submissions_of_board ON submissions (board, seq);
