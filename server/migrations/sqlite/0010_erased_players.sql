-- Erased players. An import does not bring them back: it refuses their scores without a time
-- after the erasure.
CREATE TABLE erased_players (
    player    TEXT PRIMARY KEY,
    erased_at BIGINT NOT NULL
) WITHOUT ROWID;

INSERT INTO erased_players
SELECT target, max(at) FROM audit WHERE action = 'erase_player' GROUP BY target;
