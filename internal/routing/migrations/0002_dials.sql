-- +goose Up
-- One row is one call that Tandem was asked to have made. What became of it is in the log, under its id: phone systems
-- repeat it as the code.
CREATE TABLE routing_dials (
    tenant           BIGINT  NOT NULL,
    id               TEXT    NOT NULL, -- UUIDv7 in lower case
    connector        BIGINT  NOT NULL, -- 0 when there is none to make calls
    number           TEXT    NOT NULL, -- whom to call
    destination      TEXT    NOT NULL, -- whom to connect them with: an extension or queue
    destination_type TEXT    NOT NULL, -- peer or queue
    retries          INTEGER NOT NULL, -- attempts after the first
    retry_gap_ms     BIGINT  NOT NULL, -- rest between two attempts
    ttl_ms           BIGINT  NOT NULL, -- after which no attempt is begun
    agent            TEXT    NOT NULL, -- id of the agent it is for; '' when for a number
    created_by       TEXT    NOT NULL, -- id of the user or key; '' for visitors of web sites
    about            TEXT    NOT NULL, -- JSON: where the wish came from
    created_at       BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id)
);
