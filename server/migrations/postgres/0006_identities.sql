-- By whom else an account is known: an OpenID Connect provider's word for somebody.
CREATE TABLE identities (
    issuer  TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    player  TEXT COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX identities_of_player ON identities (player);
