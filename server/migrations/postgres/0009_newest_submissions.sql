-- A player's newest submissions to a board, without the others.
CREATE INDEX newest_submissions_of_player ON submissions (player, board, seq);
DROP INDEX submissions_of_player;
