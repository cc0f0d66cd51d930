-- v2 -> v3: vitals over time: samples and rollups, diagnoses and waterfalls, what the phone was seen at

-- ## metrics and rollups
-- When wapulse ran: from began to seen, its last sign of life. resumed: the same process as the run before.
CREATE TABLE wapulse_run (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	began   INTEGER NOT NULL,
	seen    INTEGER NOT NULL,
	resumed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX wapulse_run_by_seen ON wapulse_run(seen);

-- What a session did in ten seconds (level 0), a minute (1), an hour (2) that began at that Unix second. session_id 0: what belongs to none. What is written
-- together lies together, and so does what is deleted together, so there is no reference to the session, which would want an index: the samples
-- of sessions in wapulse_gone are deleted bit by bit.
CREATE TABLE wapulse_sample (
	level      INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	session_id INTEGER NOT NULL,
	counts     BLOB    NOT NULL,
	PRIMARY KEY (level, at, session_id)
) WITHOUT ROWID;

CREATE TABLE wapulse_total (
	session_id INTEGER PRIMARY KEY,
	counts     BLOB NOT NULL
);

CREATE TABLE wapulse_gone (
	session_id INTEGER PRIMARY KEY
);

-- Single measurements are samples now. What is here had no end, and nobody read it.
DROP TABLE wapulse_latency;

-- ## diagnoses and waterfalls
-- session_id: NULL for all sessions. pattern: 1 if it is one over several ends. next_at, lived: NULL if there is none. times, last: attempts that fail in a row for
-- the same reason are one row. counts: patterns look at it.
CREATE TABLE wapulse_diagnosis (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	session_id INTEGER REFERENCES wapulse_session(id) ON DELETE CASCADE,
	at         INTEGER NOT NULL,
	pattern    INTEGER NOT NULL DEFAULT 0,
	name       TEXT    NOT NULL,
	code       INTEGER NOT NULL DEFAULT 0,
	lived      INTEGER,
	restricted INTEGER NOT NULL DEFAULT 0,
	counts     INTEGER NOT NULL DEFAULT 0,
	what       TEXT    NOT NULL,
	meaning    TEXT    NOT NULL,
	retries    INTEGER NOT NULL,
	next       TEXT    NOT NULL,
	next_at    INTEGER,
	action     TEXT    NOT NULL,
	times      INTEGER NOT NULL DEFAULT 1,
	last       INTEGER NOT NULL
);
CREATE INDEX wapulse_diagnosis_by_session ON wapulse_diagnosis(session_id, last);

CREATE TABLE wapulse_dial (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	session_id INTEGER NOT NULL REFERENCES wapulse_session(id) ON DELETE CASCADE,
	attempt    INTEGER NOT NULL,
	trace      TEXT    NOT NULL,
	outcome    TEXT    NOT NULL,
	ended_in   INTEGER NOT NULL,
	failure    TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX wapulse_dial_by_session ON wapulse_dial(session_id);

-- ## sessions

-- ## events
