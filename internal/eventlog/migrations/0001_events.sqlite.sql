-- +goose Up
-- One row is one fact that reached us, or that we decided; rows are never
-- changed but by erasure.
CREATE TABLE events (
    position  INTEGER PRIMARY KEY, -- given by the writer, from 1, without gaps
    tenant    BIGINT  NOT NULL,
    connector BIGINT  NOT NULL,    -- 0 is Tandem itself
    stream    TEXT    NOT NULL,    -- call/<connector>/<call_id> and others
    key       TEXT    NOT NULL,    -- what makes the event the same event
    type      TEXT    NOT NULL,
    at        BIGINT  NOT NULL,    -- Unix ms, as the source says
    received  BIGINT  NOT NULL,    -- Unix ms, our clock
    late      INTEGER NOT NULL,    -- 0 in order, 1 out of order, 2 after the end
    skew_ms   BIGINT,              -- received - at; null: the source gave no readable time
    data      TEXT    NOT NULL,    -- JSON
    raw       BLOB,                -- the request as it came; null when data holds every byte
    UNIQUE (tenant, stream, key)
);
