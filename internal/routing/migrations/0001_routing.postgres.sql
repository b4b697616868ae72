-- +goose Up
-- One row is one place where callers wait for an agent.
CREATE TABLE routing_queues (
    tenant     BIGINT NOT NULL,
    id         TEXT COLLATE "C" NOT NULL, -- UUID version 7
    number     TEXT COLLATE "C" NOT NULL, -- as the phone system calls it
    name       TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, number)
);

-- One row is one version of a tenant's rules. The highest counts; all are kept,
-- because decisions name theirs.
CREATE TABLE routing_versions (
    tenant     BIGINT NOT NULL,
    version    BIGINT NOT NULL, -- from 1
    preset     TEXT   NOT NULL, -- '' when written by hand
    created_by TEXT   NOT NULL, -- login or id; '' for Tandem itself
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, version)
);

-- One row is one rule of one version.
CREATE TABLE routing_rules (
    tenant      BIGINT  NOT NULL,
    version     BIGINT  NOT NULL,
    place       INTEGER NOT NULL, -- the first that matches wins
    id          TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    enabled     INTEGER NOT NULL,
    conditions  TEXT    NOT NULL, -- JSON
    destination TEXT    NOT NULL,
    PRIMARY KEY (tenant, version, place)
);

-- One row is the one decision about one call. Its key is what makes a call
-- decided once, however often it is reported to wait.
CREATE TABLE routing_decisions (
    tenant      BIGINT NOT NULL,
    connector   BIGINT NOT NULL,
    call_id     TEXT COLLATE "C" NOT NULL,
    destination TEXT   NOT NULL, -- '' when there is none
    data        TEXT   NOT NULL, -- JSON: the destination and all reasons
    decided_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant, connector, call_id)
);

-- One row is one order to a phone system, and what became of it.
CREATE TABLE routing_commands (
    tenant      BIGINT  NOT NULL,
    id          TEXT COLLATE "C" NOT NULL, -- UUID version 7
    connector   BIGINT  NOT NULL,
    call_id     TEXT COLLATE "C" NOT NULL,
    cause       BIGINT  NOT NULL, -- position of the event that caused it
    kind        TEXT    NOT NULL, -- delegate
    destination TEXT    NOT NULL,
    received    BIGINT  NOT NULL, -- when its cause reached us
    deadline    BIGINT  NOT NULL, -- from then on it is missed
    due_at      BIGINT  NOT NULL, -- from then on any process may take it over
    owner       TEXT    NOT NULL, -- the process that holds it until then
    attempts    INTEGER NOT NULL,
    status      TEXT    NOT NULL, -- pending, sent or missed
    last_error  TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    finished_at BIGINT  NOT NULL, -- 0 while pending
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, connector, call_id, kind)
);
CREATE INDEX routing_commands_pending ON routing_commands (due_at) WHERE status = 'pending';
