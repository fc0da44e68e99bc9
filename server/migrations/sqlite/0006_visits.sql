-- Who has a form open: a row is of now for some seconds.
CREATE TABLE visits (
    form    TEXT NOT NULL,
    visitor TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (form, visitor)
) WITHOUT ROWID;
