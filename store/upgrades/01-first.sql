-- v0 -> v1: sessions, transitions, events, latencies
CREATE TABLE wapulse_meta (
	key   TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
);

CREATE TABLE wapulse_session (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	name      TEXT    NOT NULL COLLATE NOCASE UNIQUE,
	created   INTEGER NOT NULL,
	wanted    INTEGER NOT NULL DEFAULT 0,
	jid       TEXT    NOT NULL DEFAULT '',
	lid       TEXT    NOT NULL DEFAULT '',
	phone     TEXT    NOT NULL DEFAULT '',
	push_name TEXT    NOT NULL DEFAULT '',
	platform  TEXT    NOT NULL DEFAULT '',
	state     TEXT    NOT NULL DEFAULT 'DISCONNECTED',
	since     INTEGER NOT NULL,
	reason    TEXT    NOT NULL DEFAULT '',
	failure   TEXT    NOT NULL DEFAULT ''
);

CREATE TABLE wapulse_transition (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	session_id INTEGER NOT NULL REFERENCES wapulse_session(id) ON DELETE CASCADE,
	at         INTEGER NOT NULL,
	from_state TEXT    NOT NULL,
	to_state   TEXT    NOT NULL,
	cause      TEXT    NOT NULL,
	reason     TEXT    NOT NULL,
	failure    TEXT    NOT NULL DEFAULT '',
	attempt    INTEGER NOT NULL DEFAULT 0,
	epoch      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX wapulse_transition_by_session ON wapulse_transition(session_id, at);

CREATE TABLE wapulse_event (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	session_id INTEGER REFERENCES wapulse_session(id) ON DELETE CASCADE,
	seq        INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	kind       TEXT    NOT NULL,
	level      INTEGER NOT NULL,
	epoch      INTEGER NOT NULL DEFAULT 0,
	text       TEXT    NOT NULL,
	fields     TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX wapulse_event_by_session ON wapulse_event(session_id, at);

CREATE TABLE wapulse_latency (
	session_id INTEGER NOT NULL REFERENCES wapulse_session(id) ON DELETE CASCADE,
	at         INTEGER NOT NULL,
	operation  TEXT    NOT NULL,
	duration   INTEGER NOT NULL,
	ok         INTEGER NOT NULL
);
CREATE INDEX wapulse_latency_by_session ON wapulse_latency(session_id, at);
