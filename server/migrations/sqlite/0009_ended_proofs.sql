-- Until when what proved who a player is (sessions, tokens, a guest's cookie) does so no
-- more: they ended it, or were erased. It outlives the player.
CREATE TABLE ended_proofs (
    player   TEXT PRIMARY KEY,
    ended_at BIGINT NOT NULL
) WITHOUT ROWID;
