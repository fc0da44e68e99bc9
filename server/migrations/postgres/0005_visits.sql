-- Who has a form open: a row is of now for some seconds. Nothing is lost with it.
CREATE UNLOGGED TABLE visits (
    form    TEXT COLLATE "C" NOT NULL,
    visitor TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (form, visitor)
);
