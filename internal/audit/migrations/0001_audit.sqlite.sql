-- +goose Up
-- One row is one thing that somebody did. Rows are never changed but by erasure.
CREATE TABLE audit_entries (
    tenant     BIGINT NOT NULL,           -- 0 for what concerns the installation
    id         TEXT NOT NULL, -- UUID version 7: its order is the order of time
    at         BIGINT NOT NULL,           -- Unix ms
    actor      TEXT   NOT NULL,           -- id of the user or key; '' for Tandem itself
    actor_name TEXT   NOT NULL,           -- login, or name of the key
    role       TEXT   NOT NULL,
    address    TEXT   NOT NULL,           -- of the client
    request_id TEXT   NOT NULL,
    action     TEXT NOT NULL, -- contact.changed, sip.revealed …
    object     TEXT NOT NULL, -- contact/<id> …
    before     TEXT   NOT NULL,           -- JSON; '' when there was nothing
    after      TEXT   NOT NULL,           -- JSON; '' when there is nothing
    PRIMARY KEY (tenant, id)
);
CREATE INDEX audit_entries_object ON audit_entries (tenant, object, id);
