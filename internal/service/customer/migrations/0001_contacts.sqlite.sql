-- +goose Up
-- One row is one person or firm that a call centre knows. Deleted rows stay.
CREATE TABLE customer_contacts (
    tenant     BIGINT  NOT NULL,
    id         TEXT NOT NULL, -- UUID version 7: its order is the order of creation
    first_name TEXT    NOT NULL,
    last_name  TEXT    NOT NULL,
    gender     TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    phone      TEXT    NOT NULL, -- as typed, or as the phone system sent it
    match_key  TEXT NOT NULL, -- what equal numbers have in common; '' without a number
    avatar     TEXT    NOT NULL, -- URL
    search     TEXT    NOT NULL, -- names, e-mail and numbers, without case and accents
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    deleted    INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX customer_contacts_match_key ON customer_contacts (tenant, match_key);

-- One row is one number that belongs to a contact, and the call that brought it.
-- Its key is what makes exactly one of many simultaneous first calls the first.
CREATE TABLE customer_claims (
    tenant     BIGINT NOT NULL,
    match_key  TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    connector  BIGINT NOT NULL, -- of the first call; 0 when a person entered the number
    call_id    TEXT   NOT NULL, -- of the first call; '' when a person entered the number
    PRIMARY KEY (tenant, match_key)
);

-- One row is one group of contacts. Deleted rows stay.
CREATE TABLE customer_groups (
    tenant      BIGINT  NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    creator     TEXT    NOT NULL, -- id of the user or key
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    deleted     INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- One row says that a contact is in a group.
CREATE TABLE customer_group_contacts (
    tenant     BIGINT  NOT NULL,
    group_id   TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    place      INTEGER NOT NULL, -- within the group's list, as the client sent it
    PRIMARY KEY (tenant, group_id, contact_id)
);
CREATE INDEX customer_group_contacts_contact ON customer_group_contacts (tenant, contact_id);
