-- +goose Up
-- One row is one fact that reached us, or that we decided; rows are never
-- changed but by erasure. Positions are given by the writer under a lock: an
-- identity column would let a lower position commit after a reader has passed.
CREATE TABLE events (
    position  BIGINT  PRIMARY KEY,
    tenant    BIGINT  NOT NULL,
    connector BIGINT  NOT NULL,
    stream    TEXT    COLLATE "C" NOT NULL,
    key       TEXT    COLLATE "C" NOT NULL,
    type      TEXT    NOT NULL,
    at        BIGINT  NOT NULL,
    received  BIGINT  NOT NULL,
    late      INTEGER NOT NULL,
    skew_ms   BIGINT,
    data      TEXT    NOT NULL,
    raw       BYTEA,
    UNIQUE (tenant, stream, key)
);
