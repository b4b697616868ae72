-- +goose Up
-- What a contact has beyond a name and a number.
ALTER TABLE customer_contacts ADD COLUMN creator TEXT COLLATE "C" NOT NULL DEFAULT '';     -- user or key; '' for a caller that Tandem registered
ALTER TABLE customer_contacts ADD COLUMN cpf TEXT NOT NULL DEFAULT '';         -- eleven digits, or ''
ALTER TABLE customer_contacts ADD COLUMN numbers TEXT NOT NULL DEFAULT '[]';   -- JSON: numbers besides phone
ALTER TABLE customer_contacts ADD COLUMN merged_into TEXT NOT NULL DEFAULT ''; -- the contact that took this one in
ALTER TABLE customer_contacts ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;  -- Unix ms
CREATE INDEX customer_contacts_creator ON customer_contacts (tenant, creator, id) WHERE creator <> '';

-- One row says that a contact is found by a word: one of its names or e-mail
-- address without case and accents; the digits of a number; the same backwards
-- behind ~; the match key of a further number behind =; a CPF behind #.
CREATE TABLE customer_words (
    tenant  BIGINT NOT NULL,
    word    TEXT COLLATE "C" NOT NULL,
    contact TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, word, contact)
);

-- At most one row: by which rules the keys and words of contacts were made
-- that were there when the rules changed.
CREATE TABLE customer_rules (
    id    INTEGER PRIMARY KEY, -- 1
    rules INTEGER NOT NULL
);

-- A group is a list of contacts, or a filter that chooses them. Those made
-- before there was a choice are lists that everyone sees.
ALTER TABLE customer_groups ADD COLUMN kind TEXT NOT NULL DEFAULT 'list';  -- list or filter
ALTER TABLE customer_groups ADD COLUMN filter TEXT NOT NULL DEFAULT '{}';  -- JSON
ALTER TABLE customer_groups ADD COLUMN shared INTEGER NOT NULL DEFAULT 1;  -- 0: its creator's alone
