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

-- ## sessions

-- ## events
