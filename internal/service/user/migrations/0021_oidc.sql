-- +goose Up
-- One row is how the people of one call centre sign in with a provider of theirs (OpenID Connect).
CREATE TABLE user_oidc (
    tenant        BIGINT  NOT NULL PRIMARY KEY,
    enabled       INTEGER NOT NULL,
    issuer        TEXT    NOT NULL,           -- URL
    client_id     TEXT    NOT NULL,           -- what the provider calls Tandem
    client_secret TEXT    NOT NULL,           -- sealed; '' when the provider asks for none
    claim         TEXT    NOT NULL,           -- which of the provider's words is the login or e-mail
    create_users  INTEGER NOT NULL,           -- 1 when somebody who is not known becomes an agent
    role          TEXT    NOT NULL,           -- id of the role of those
    updated_at    BIGINT  NOT NULL
);

-- One row says who somebody of a provider is: they were once found by a claim, and are that user from then on.
CREATE TABLE user_oidc_subjects (
    tenant     BIGINT NOT NULL,
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,               -- what the provider never gives to anybody else
    user_id    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, issuer, subject)
);
CREATE INDEX user_oidc_subjects_user ON user_oidc_subjects (tenant, user_id);
