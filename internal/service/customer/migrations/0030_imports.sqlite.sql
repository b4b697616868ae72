-- +goose Up
-- One row is one file of contacts that was uploaded, and what became of it.
CREATE TABLE customer_imports (
    tenant      BIGINT NOT NULL,
    id          TEXT   NOT NULL, -- UUID version 7
    state       TEXT   NOT NULL, -- uploading, uploaded, running, stopped, done, undoing, undone
    creator     TEXT   NOT NULL, -- user or key
    about       TEXT   NOT NULL, -- JSON: what the file is
    plan        TEXT   NOT NULL, -- JSON: what its columns mean and what happens to duplicates
    progress    TEXT   NOT NULL, -- JSON: counts and errors
    next_chunk  BIGINT NOT NULL, -- the first that has not taken effect yet
    step        BIGINT NOT NULL, -- contacts of that chunk whose undoing has
    owner       TEXT   NOT NULL, -- the process that works on it
    beat_at     BIGINT NOT NULL, -- when it last did
    created_at  BIGINT NOT NULL,
    started_at  BIGINT NOT NULL, -- 0 before
    finished_at BIGINT NOT NULL, -- 0 before
    PRIMARY KEY (tenant, id)
);
CREATE INDEX customer_imports_active ON customer_imports (state) WHERE state IN ('running', 'undoing');

-- One row is a part of a file: its rows until they are imported, then the ids
-- of the contacts they became. What people are called is kept only once.
CREATE TABLE customer_import_chunks (
    tenant    BIGINT NOT NULL,
    import_id TEXT   NOT NULL,
    chunk     BIGINT NOT NULL, -- from 0
    data      BLOB,            -- rows, as compressed JSON; NULL once they are imported
    written   TEXT   NOT NULL, -- JSON: the contacts created and changed
    PRIMARY KEY (tenant, import_id, chunk)
);

CREATE INDEX customer_contacts_email ON customer_contacts (tenant, LOWER(email), id) WHERE email <> '' AND deleted = 0;
