-- +goose Up
-- One row is one request that is to take effect once, and the answer to it.
CREATE TABLE httpapi_once (
    tenant     BIGINT  NOT NULL,
    asker      TEXT    NOT NULL, -- id of the user or key
    key        TEXT    NOT NULL, -- the Idempotency-Key they gave it
    request    TEXT    NOT NULL, -- SHA-256 of method, address and body, hexadecimal
    effect     TEXT    NOT NULL, -- UUIDv7 for what the request makes
    status     INTEGER NOT NULL, -- of the answer; 0 while there is none
    kind       TEXT    NOT NULL, -- its Content-Type
    answer     TEXT    NOT NULL,
    held_until BIGINT  NOT NULL, -- while there is no answer: until then somebody works on it
    expires_at BIGINT  NOT NULL, -- from then on the key is forgotten
    PRIMARY KEY (tenant, asker, key)
);
CREATE INDEX httpapi_once_expires ON httpapi_once (tenant, expires_at);
