-- +goose Up
-- What an agent has beyond a login.
ALTER TABLE user_users ADD COLUMN id_sip TEXT NOT NULL DEFAULT '';       -- SIP account; '' for none
ALTER TABLE user_users ADD COLUMN device TEXT NOT NULL DEFAULT 'sip';    -- sip, browser or phone
ALTER TABLE user_users ADD COLUMN queues TEXT NOT NULL DEFAULT '';       -- numbers, each between spaces: ' 900 901 '
ALTER TABLE user_users ADD COLUMN creator TEXT NOT NULL DEFAULT '';      -- id of the user or key; '' for Tandem itself
ALTER TABLE user_users ADD COLUMN search TEXT NOT NULL DEFAULT '';       -- what a search looks at, without case and accents
UPDATE user_users SET search = lower(name || ' ' || login || ' ' || email || ' ' || extension);

-- Where a session is used, for its owner to recognise it.
ALTER TABLE user_sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE user_sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';   -- what it says it is

-- One row is a role that a call centre made for itself; admin and agent are built in. Deleted rows stay.
CREATE TABLE user_roles (
    tenant      BIGINT  NOT NULL,
    id          TEXT    NOT NULL,             -- UUIDv7 in lower case
    name        TEXT    NOT NULL,             -- unlike that of another role that is not deleted
    description TEXT    NOT NULL,
    rights      TEXT    NOT NULL,             -- separated by spaces
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    deleted     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, id)
);

-- One row is one link with which somebody sets their password, once.
CREATE TABLE user_links (
    hash       TEXT   NOT NULL PRIMARY KEY,   -- SHA-256 of the link's token, hexadecimal
    tenant     BIGINT NOT NULL,
    user_id    TEXT   NOT NULL,
    kind       TEXT   NOT NULL,               -- invitation or reset
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX user_links_user ON user_links (tenant, user_id);
