-- +goose Up
-- One row is one person or service account that signs in with a login. Ids are UUIDv7 in lower case, which every
-- collation sorts alike.
CREATE TABLE user_users (
    tenant        BIGINT  NOT NULL,           -- 0 for an operator, who belongs to no call centre
    id            TEXT    NOT NULL,
    login         TEXT    NOT NULL UNIQUE,    -- in the whole installation
    name          TEXT    NOT NULL,
    email         TEXT    NOT NULL,           -- lower case; phone systems name agents by it
    role          TEXT    NOT NULL,           -- admin, agent or operator
    extension     TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,           -- argon2id with its parameters
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    deleted       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX user_users_email ON user_users (tenant, email);

-- One row is one API key of a tenant. The key itself is shown once and never stored.
CREATE TABLE user_keys (
    tenant       BIGINT  NOT NULL,
    id           TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    hash         TEXT    NOT NULL UNIQUE,     -- SHA-256, hexadecimal
    rights       TEXT    NOT NULL,            -- separated by spaces; empty for all that a key may have
    created_at   BIGINT  NOT NULL,
    last_used_at BIGINT  NOT NULL,            -- 0 for never; up to a minute behind
    expires_at   BIGINT  NOT NULL,            -- 0 for never
    deleted      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, id)
);

-- One row is one browser that is signed in.
CREATE TABLE user_sessions (
    id         TEXT   NOT NULL PRIMARY KEY,   -- SHA-256 of the cookie's value, hexadecimal
    tenant     BIGINT NOT NULL,
    user_id    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,               -- up to a minute behind
    expires_at BIGINT NOT NULL                -- moves on while the session is used
);
CREATE INDEX user_sessions_user ON user_sessions (tenant, user_id);

-- One row is one set-up link that was printed and not used.
CREATE TABLE user_setup (
    hash       TEXT   NOT NULL PRIMARY KEY,   -- SHA-256 of the link's token, hexadecimal
    expires_at BIGINT NOT NULL
);

-- One row is the key that signs the tokens of a tenant's softphones.
CREATE TABLE user_access_keys (
    tenant     BIGINT NOT NULL PRIMARY KEY,
    key        TEXT   NOT NULL,               -- sealed
    created_at BIGINT NOT NULL
);
