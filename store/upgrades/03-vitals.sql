-- v2 -> v3: vitals over time: samples and rollups, diagnoses and waterfalls, what the phone was seen at

-- ## metrics and rollups

-- ## diagnoses and waterfalls

-- ## sessions
-- phone_seen: when its primary device last gave a sign of life, 0 for never. restriction: JSON. proxy: with its password.
ALTER TABLE wapulse_session ADD COLUMN phone_seen  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE wapulse_session ADD COLUMN restriction TEXT    NOT NULL DEFAULT '';
ALTER TABLE wapulse_session ADD COLUMN proxy       TEXT    NOT NULL DEFAULT '';

-- ## events
