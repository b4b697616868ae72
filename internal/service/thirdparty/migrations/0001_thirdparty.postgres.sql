-- +goose Up
-- One row is one way to integrate that a tenant has written down itself: which
-- events, in which form. Those that are built in are code.
CREATE TABLE thirdparty_templates (
    tenant          BIGINT  NOT NULL,
    id              TEXT COLLATE "C" NOT NULL, -- UUID version 7
    name            TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    events          TEXT    NOT NULL, -- JSON list of types; call.* is a family, * is all
    filter          TEXT    NOT NULL, -- a formula; '' for every event
    method          TEXT    NOT NULL, -- POST, PUT or PATCH
    mapping         TEXT    NOT NULL, -- a formula; '' for the event as it is
    auth            TEXT    NOT NULL, -- none, signature or integrator
    settings_schema TEXT    NOT NULL, -- JSON Schema of the settings of endpoints
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    deleted         INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- One row is one system that gets data or gives it, and how it is asked.
CREATE TABLE thirdparty_integrators (
    tenant      BIGINT  NOT NULL,
    id          TEXT COLLATE "C" NOT NULL, -- UUID version 7
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    base_url    TEXT    NOT NULL,
    auth        TEXT    NOT NULL, -- none, basic, bearer or header
    login       TEXT    NOT NULL, -- the user of basic
    header      TEXT    NOT NULL, -- the name of the header
    secret      TEXT    NOT NULL, -- sealed
    lookup      TEXT    NOT NULL, -- JSON: how to ask for a contact; '' when it is not asked
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    deleted     INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- One row is one address that events are delivered to.
CREATE TABLE thirdparty_endpoints (
    tenant        BIGINT  NOT NULL,
    id            TEXT COLLATE "C" NOT NULL, -- UUID version 7
    name          TEXT    NOT NULL,
    template      TEXT COLLATE "C" NOT NULL, -- id, or the name of one that is built in
    integrator    TEXT COLLATE "C" NOT NULL, -- id; '' for none
    url           TEXT    NOT NULL,
    events        TEXT    NOT NULL, -- JSON list; empty for those of the template
    filter        TEXT    NOT NULL, -- a formula
    settings      TEXT    NOT NULL, -- JSON, as the template's schema wants it
    secret        TEXT    NOT NULL, -- sealed; signs
    old_secret    TEXT    NOT NULL, -- sealed; signs too, until old_until
    old_until     BIGINT  NOT NULL,
    enabled       INTEGER NOT NULL,
    reason        TEXT    NOT NULL, -- why it is not enabled
    disabled_at   BIGINT  NOT NULL,
    stopped       BIGINT  NOT NULL, -- position up to which events were taken for it when it stopped
    since         BIGINT  NOT NULL, -- position from which on events are taken for it
    failing_since BIGINT  NOT NULL, -- 0 while deliveries succeed
    last_error    TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    deleted       INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- One row is one event for one endpoint, and what became of it. Its key makes
-- that it is delivered once, however often it is sent.
CREATE TABLE thirdparty_deliveries (
    tenant      BIGINT  NOT NULL,
    endpoint    TEXT COLLATE "C" NOT NULL,
    position    BIGINT  NOT NULL, -- of the event
    lane        TEXT COLLATE "C" NOT NULL, -- stream of the event; its events go in order
    type        TEXT    NOT NULL,
    status      TEXT    NOT NULL, -- pending, sent, failed or skipped
    origin      TEXT    NOT NULL, -- event, replay, resend or test
    attempts    INTEGER NOT NULL,
    due_at      BIGINT  NOT NULL, -- of the next attempt
    created_at  BIGINT  NOT NULL,
    finished_at BIGINT  NOT NULL, -- 0 while pending
    http_status INTEGER NOT NULL, -- of the last answer; 0 when there was none
    took_ms     BIGINT  NOT NULL,
    error       TEXT    NOT NULL, -- of the last attempt
    exchanges   TEXT    NOT NULL, -- JSON: requests and answers of the last attempt
    PRIMARY KEY (tenant, endpoint, position)
);
CREATE INDEX thirdparty_deliveries_pending ON thirdparty_deliveries (tenant, endpoint, position) WHERE status = 'pending';
CREATE INDEX thirdparty_deliveries_lane ON thirdparty_deliveries (tenant, lane);

-- One row is one order to deliver what the log holds between two positions.
CREATE TABLE thirdparty_replays (
    tenant      BIGINT  NOT NULL,
    id          TEXT COLLATE "C" NOT NULL, -- UUID version 7
    endpoint    TEXT COLLATE "C" NOT NULL,
    again       INTEGER NOT NULL, -- also what was delivered already
    first       BIGINT  NOT NULL, -- behind this position
    last        BIGINT  NOT NULL, -- up to this one
    at          BIGINT  NOT NULL, -- done up to this one
    matched     BIGINT  NOT NULL,
    created_at  BIGINT  NOT NULL,
    finished_at BIGINT  NOT NULL, -- 0 while it runs
    PRIMARY KEY (tenant, id)
);
CREATE INDEX thirdparty_replays_endpoint ON thirdparty_replays (tenant, endpoint, id);
CREATE INDEX thirdparty_replays_open ON thirdparty_replays (id) WHERE finished_at = 0;

-- The one row says which process reads the log for the endpoints and sends.
CREATE TABLE thirdparty_leases (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner TEXT   NOT NULL,
    beat  BIGINT NOT NULL -- rises while the owner lives
);
