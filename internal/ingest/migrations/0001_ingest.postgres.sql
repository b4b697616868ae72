-- +goose Up

-- One row is one phone system that is connected. Rows are never removed: old
-- calls keep naming them.
CREATE TABLE ingest_connectors (
	tenant          BIGINT  NOT NULL,
	id              BIGINT  NOT NULL, -- unique in the installation
	name            TEXT COLLATE "C" NOT NULL,
	dialect         TEXT    NOT NULL, -- delegate or call.waiting: what it sends and how it wants commands
	key_hash        TEXT COLLATE "C" NOT NULL, -- SHA-256 of the webhook key, hexadecimal
	key_sealed      TEXT    NOT NULL, -- the webhook key, to be shown to its administrator
	api_url         TEXT    NOT NULL, -- where commands go; '' if it takes none
	api_user        TEXT    NOT NULL,
	api_password    TEXT    NOT NULL, -- sealed
	clock_tolerance BIGINT  NOT NULL, -- ms
	stale_after     BIGINT  NOT NULL, -- ms
	created_at      BIGINT  NOT NULL,
	deleted         INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX ingest_connectors_name ON ingest_connectors (tenant, name) WHERE deleted = 0;
CREATE UNIQUE INDEX ingest_connectors_key ON ingest_connectors (key_hash);

-- One row is one request that was refused, as it came.
CREATE TABLE ingest_inbox (
	tenant         BIGINT  NOT NULL,
	id             TEXT COLLATE "C" NOT NULL, -- UUID version 7: rises with time
	received_at    BIGINT  NOT NULL,
	connector      BIGINT  NOT NULL, -- 0 if none could be told
	path           TEXT    NOT NULL, -- without the key
	status         INTEGER NOT NULL, -- what it was answered
	reason         TEXT    NOT NULL,
	content_type   TEXT    NOT NULL,
	size           BIGINT  NOT NULL, -- of the request's body in bytes, as far as known
	body           BYTEA   NOT NULL, -- its first part if it was too large
	body_bytes     BIGINT  NOT NULL,
	reprocessed_at BIGINT  NOT NULL DEFAULT 0,
	event_position BIGINT  NOT NULL DEFAULT 0, -- of the event that it became
	PRIMARY KEY (tenant, id)
);

CREATE INDEX ingest_inbox_waiting ON ingest_inbox (tenant, id) WHERE reprocessed_at = 0;

-- One row is how much of the inbox one tenant takes, so that a full inbox
-- makes room at the expense of whoever filled it.
CREATE TABLE ingest_inbox_sizes (
	tenant BIGINT NOT NULL PRIMARY KEY,
	items  BIGINT NOT NULL,
	bytes  BIGINT NOT NULL
);
