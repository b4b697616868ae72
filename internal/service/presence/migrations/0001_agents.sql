-- +goose Up
-- One row is one agent: who they are, and what was reported of what they do. It is computed from the log; replay
-- computes it anew.
CREATE TABLE presence_agents (
    tenant     BIGINT  NOT NULL,
    id         TEXT    NOT NULL, -- of the user; UUIDv7 in lower case, which every collation sorts alike
    login      TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    extension  TEXT    NOT NULL,
    queues     TEXT    NOT NULL, -- numbers, between spaces
    facts      TEXT    NOT NULL, -- JSON: what the state is a function of
    position   BIGINT  NOT NULL, -- of the newest event that changed the row
    deleted    INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX presence_agents_position ON presence_agents (tenant, position);

-- One row is one reason for which the agents of a call centre pause.
CREATE TABLE presence_reasons (
    tenant     BIGINT  NOT NULL,
    id         TEXT    NOT NULL, -- UUIDv7 in lower case
    name       TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    deleted    INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- One row is how a call centre has its agents rest after a call.
CREATE TABLE presence_settings (
    tenant          BIGINT NOT NULL PRIMARY KEY,
    wrap_up_seconds BIGINT NOT NULL -- 0 for no wrap-up
);
