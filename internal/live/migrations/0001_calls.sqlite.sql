-- +goose Up
-- One row is the present state of one call: the fold of its events. The id
-- rises over all tenants, so that new rows are written side by side.
CREATE TABLE live_calls (
    id           INTEGER PRIMARY KEY, -- position of the call's first stored event
    tenant       BIGINT  NOT NULL,
    connector    BIGINT  NOT NULL,
    call_id      TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    open         INTEGER NOT NULL, -- 1 from its first call.* event to its end
    direction    TEXT    NOT NULL,
    queue        TEXT    NOT NULL,
    actor        TEXT    NOT NULL,
    match_key    TEXT    NOT NULL, -- of their number
    numbers      TEXT    NOT NULL, -- digits of their and our number, to search in
    bucket       TEXT    NOT NULL, -- one of the dashboard's seven, or ''
    waiting_at   BIGINT  NOT NULL, -- Unix ms since when it waits; 0 if it does not
    position     BIGINT  NOT NULL, -- of its newest event
    updated_at   BIGINT  NOT NULL, -- Unix ms when that was received
    stale        INTEGER NOT NULL, -- 1 while a late event waits to be folded
    fold         TEXT    NOT NULL, -- the call as JSON
    UNIQUE (tenant, connector, call_id)
);
CREATE INDEX live_calls_open ON live_calls (tenant, id) WHERE open = 1;
CREATE INDEX live_calls_stale ON live_calls (id) WHERE stale = 1;
CREATE INDEX live_calls_tenant ON live_calls (tenant, id);
CREATE INDEX live_calls_caller ON live_calls (tenant, match_key, id);
-- One row is what a tenant's calls and contacts count up to.
CREATE TABLE live_counts (
    tenant   BIGINT PRIMARY KEY,
    contacts BIGINT NOT NULL,
    new      BIGINT NOT NULL,
    standby  BIGINT NOT NULL,
    waiting  BIGINT NOT NULL,
    entered  BIGINT NOT NULL,
    ongoing  BIGINT NOT NULL,
    "left"   BIGINT NOT NULL,
    finished BIGINT NOT NULL
);
-- One row is what was last heard of one connector.
CREATE TABLE live_sources (
    tenant       BIGINT NOT NULL,
    connector    BIGINT NOT NULL,
    last_at      BIGINT NOT NULL, -- Unix ms, received
    last_type    TEXT   NOT NULL,
    last_skew_ms BIGINT NOT NULL,
    day          BIGINT NOT NULL, -- days since 1970-01-01 UTC
    today        BIGINT NOT NULL, -- events of that day
    PRIMARY KEY (tenant, connector)
);
