-- The words inside names, for searches. Each row is the rest of a folded name from its word `start`
-- on, counted from 1. The first word is in `players.folded`.
CREATE TABLE name_words (
    player TEXT NOT NULL,
    start  BIGINT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (player, start)
) WITHOUT ROWID;

CREATE INDEX name_words_by_text ON name_words (folded, player);

-- The version of folded names. `until` is the last player whose name has it; null if all have it.
-- Nodes fold names of another version again.
CREATE TABLE name_folding (
    version BIGINT NOT NULL,
    until   TEXT
);

INSERT INTO name_folding VALUES (0, '');
