-- v1 -> v2: number checks, their jobs, keys of media
-- What a server was asked and said, for good. A million numbers, as items of a job and here, are about 180 MB with all indexes: verdicts are codes, and a jid is
-- NULL where it is the number at s.whatsapp.net. Ids are not used again: items refer to them.
CREATE TABLE wapulse_check (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	number   TEXT    NOT NULL,
	asked    INTEGER NOT NULL,
	verdict  INTEGER NOT NULL,
	jid      TEXT,
	lid      TEXT    NOT NULL DEFAULT '',
	business INTEGER NOT NULL DEFAULT 0,
	session  TEXT    NOT NULL DEFAULT '',
	latency  INTEGER NOT NULL DEFAULT 0,
	reason   TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX wapulse_check_by_number ON wapulse_check(number, asked, verdict);

-- deleted: its items are being deleted, and nobody sees it any more.
CREATE TABLE wapulse_check_job (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	name       TEXT    NOT NULL,
	created    INTEGER NOT NULL,
	sealed     INTEGER NOT NULL DEFAULT 0,
	finished   INTEGER NOT NULL DEFAULT 0,
	deleted    INTEGER NOT NULL DEFAULT 0,
	settings   TEXT    NOT NULL,
	items      INTEGER NOT NULL DEFAULT 0,
	invalid    INTEGER NOT NULL DEFAULT 0,
	duplicates INTEGER NOT NULL DEFAULT 0,
	answered   INTEGER NOT NULL DEFAULT 0
);

-- input: NULL where it is e164. e164: NULL if invalid. same_as: position of the first item of that number, which counts its copies and alone has a result:
-- a verdict, and the answer in wapulse_check (cached: from before the job), or if no query left or none is known to have, the session that was tried, and why.
CREATE TABLE wapulse_check_item (
	job_id   INTEGER NOT NULL REFERENCES wapulse_check_job(id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	input    TEXT,
	e164     TEXT,
	reason   TEXT,
	same_as  INTEGER,
	copies   INTEGER NOT NULL DEFAULT 0,
	verdict  INTEGER,
	answer   INTEGER,
	cached   INTEGER NOT NULL DEFAULT 0,
	session  TEXT,
	why      TEXT,
	PRIMARY KEY (job_id, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX wapulse_check_item_first ON wapulse_check_item(job_id, e164) WHERE same_as IS NULL AND e164 IS NOT NULL;
CREATE INDEX wapulse_check_item_open ON wapulse_check_item(job_id, position) WHERE verdict IS NULL AND same_as IS NULL;

-- Keys of media live here and nowhere else.
CREATE TABLE wapulse_media (
	session_id      INTEGER NOT NULL REFERENCES wapulse_session(id) ON DELETE CASCADE,
	message_id      TEXT    NOT NULL,
	at              INTEGER NOT NULL,
	kind            TEXT    NOT NULL,
	mime            TEXT    NOT NULL,
	name            TEXT    NOT NULL,
	size            INTEGER NOT NULL,
	direct_path     TEXT    NOT NULL,
	key             BLOB    NOT NULL,
	file_sha256     BLOB    NOT NULL,
	file_enc_sha256 BLOB    NOT NULL,
	PRIMARY KEY (session_id, message_id)
) WITHOUT ROWID;
