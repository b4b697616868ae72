-- +goose Up
-- One row is one call centre.
CREATE TABLE tenants (
    id         BIGINT PRIMARY KEY,   -- never leaves the process
    uuid       TEXT   NOT NULL UNIQUE, -- version 4
    slug       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    region     TEXT   NOT NULL,      -- ISO 3166-1 alpha-2
    time_zone  TEXT   NOT NULL,      -- IANA name
    key_secret TEXT   NOT NULL,      -- sealed; keys the hashes of its events
    created_at BIGINT NOT NULL
);
