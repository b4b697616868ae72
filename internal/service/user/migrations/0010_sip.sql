-- +goose Up
-- One row is one SIP account of a call centre: the hotline it is known by, and where and how its phone registers.
CREATE TABLE user_sip_accounts (
    tenant     BIGINT  NOT NULL,
    id         TEXT    NOT NULL,           -- the hotline's number
    domain     TEXT    NOT NULL,
    extension  TEXT    NOT NULL,
    password   TEXT    NOT NULL,           -- sealed; '' when none was given
    proxy      TEXT    NOT NULL,
    search     TEXT    NOT NULL,           -- what a search looks through, without capitals
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    deleted    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX user_sip_accounts_id ON user_sip_accounts (id); -- whose is a number of a provider's inventory

-- One row is one carrier that the installation rents numbers from. Carriers are the operator's, and no tenant's.
CREATE TABLE user_sip_providers (
    id         TEXT    NOT NULL PRIMARY KEY, -- UUID version 7
    name       TEXT    NOT NULL,
    phone      TEXT    NOT NULL,
    phone_list TEXT    NOT NULL,             -- JSON list: the inventory of numbers, in the operator's order
    firm       TEXT    NOT NULL,
    currency   TEXT    NOT NULL,             -- ISO 4217; '' when unknown
    costs      TEXT    NOT NULL,             -- JSON: of each cost the text as it was sent and what it comes to in micro-units
    search     TEXT    NOT NULL,             -- what a search looks through, without capitals
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    deleted    INTEGER NOT NULL DEFAULT 0
);
