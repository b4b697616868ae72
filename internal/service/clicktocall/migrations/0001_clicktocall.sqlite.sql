-- +goose Up
-- One row is the call button of one call centre. A deleted row is overwritten by the next.
CREATE TABLE clicktocall_buttons (
    tenant           BIGINT  NOT NULL PRIMARY KEY,
    id               TEXT    NOT NULL,
    header           TEXT    NOT NULL,
    content          TEXT    NOT NULL,
    color            TEXT    NOT NULL, -- #rgb or #rrggbb
    position         TEXT    NOT NULL,
    delay_ms         BIGINT  NOT NULL, -- between the page's loading and the button's showing
    activated        INTEGER NOT NULL,
    destination      TEXT    NOT NULL, -- queue or extension that is called
    destination_type TEXT    NOT NULL, -- queue or peer
    origins          TEXT    NOT NULL, -- JSON list of the web sites that may show it
    countries        TEXT    NOT NULL, -- JSON list of the countries whose numbers may be called
    hours            TEXT    NOT NULL, -- JSON; '' for always
    consent          TEXT    NOT NULL, -- what a visitor agrees to; '' when nothing is asked
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    deleted          INTEGER NOT NULL
);

-- One row is one visitor who asked to be called.
CREATE TABLE clicktocall_requests (
    tenant     BIGINT NOT NULL,
    id         TEXT NOT NULL, -- UUID version 7: its order is the order of time
    token      TEXT NOT NULL, -- what makes the token that was used a used one
    number     TEXT   NOT NULL, -- as typed
    match_key  TEXT NOT NULL,
    visitor    TEXT NOT NULL, -- keyed hash of the client's address
    origin     TEXT   NOT NULL,
    page       TEXT   NOT NULL,
    language   TEXT   NOT NULL,
    consent    TEXT   NOT NULL, -- the words that were agreed to
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, token)
);
CREATE INDEX clicktocall_requests_visitor ON clicktocall_requests (tenant, visitor, created_at);
CREATE INDEX clicktocall_requests_number ON clicktocall_requests (tenant, match_key, created_at);
