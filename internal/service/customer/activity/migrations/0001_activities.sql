-- +goose Up
-- One row is one activity with a contact: a note, a reminder, a message or a call. Rows of origin 'log' are computed
-- from the log; replay computes them anew. Deleted rows stay.
CREATE TABLE activity_entries (
    tenant         BIGINT  NOT NULL,
    id             TEXT    NOT NULL, -- UUID in lower case, which every collation sorts alike
    type           TEXT    NOT NULL, -- note, calllog, reminder or sms
    origin         TEXT    NOT NULL, -- log or api
    creator        TEXT    NOT NULL, -- id of the user or key; '' for a call that no agent of ours had
    contact_id     TEXT    NOT NULL,
    reminded_agent TEXT    NOT NULL, -- id of the user; '' for what is no reminder
    status         TEXT    NOT NULL, -- of a calllog, reminder or sms
    call           BIGINT  NOT NULL, -- id of the call that an entry of the log is about; 0 for others
    at             BIGINT  NOT NULL, -- its place in the history: when a call began, else when it was written; Unix ms
    due_at         BIGINT  NOT NULL, -- of a reminder, Unix ms; 0 for others
    text           TEXT    NOT NULL,
    body           TEXT    NOT NULL, -- JSON: what belongs to the type
    search         TEXT    NOT NULL, -- text and numbers, without case and accents
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    deleted        INTEGER NOT NULL,
    erased         INTEGER NOT NULL, -- 1 when it was about a person who was erased
    PRIMARY KEY (tenant, id)
);
CREATE INDEX activity_entries_at ON activity_entries (tenant, at, id);
CREATE INDEX activity_entries_contact ON activity_entries (tenant, contact_id, at, id);
CREATE INDEX activity_entries_creator ON activity_entries (tenant, creator, at, id) WHERE creator <> '';
CREATE INDEX activity_entries_reminded ON activity_entries (tenant, reminded_agent, due_at, id) WHERE reminded_agent <> '';
CREATE UNIQUE INDEX activity_entries_call ON activity_entries (tenant, call) WHERE call > 0;

-- One row is a reminder that has yet to fall due. Taking the row out is what makes it fall due once.
CREATE TABLE activity_alarms (
    tenant BIGINT NOT NULL,
    id     TEXT   NOT NULL, -- of the reminder
    due_at BIGINT NOT NULL, -- Unix ms
    PRIMARY KEY (tenant, id)
);
CREATE INDEX activity_alarms_due ON activity_alarms (due_at);

-- One row is a number that called and was not answered, and what has become of that. It is computed from the calls
-- and from who claimed it; replay computes it anew.
CREATE TABLE activity_missed (
    tenant       BIGINT  NOT NULL,
    match_key    TEXT    NOT NULL, -- what equal numbers have in common
    id           TEXT    NOT NULL, -- UUID
    number       TEXT    NOT NULL, -- as the newest call had it
    calls        BIGINT  NOT NULL, -- how many were missed since the number was last reached
    first_at     BIGINT  NOT NULL, -- when the first of them began, Unix ms
    newest_at    BIGINT  NOT NULL,
    newest_call  BIGINT  NOT NULL, -- id
    reached_at   BIGINT  NOT NULL, -- when somebody spoke with the number, Unix ms; 0 for never
    reached_call BIGINT  NOT NULL,
    open         INTEGER NOT NULL,
    claimed_by   TEXT    NOT NULL, -- id of the user who takes care; '' for nobody
    claimed_at   BIGINT  NOT NULL,
    claimed_for  BIGINT  NOT NULL, -- newest_at when it was claimed: reaching the number behind it ends the claim
    PRIMARY KEY (tenant, match_key)
);
CREATE UNIQUE INDEX activity_missed_id ON activity_missed (tenant, id);
CREATE INDEX activity_missed_newest ON activity_missed (tenant, open, newest_at, id);
