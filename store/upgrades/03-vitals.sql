-- v2 -> v3: vitals over time: samples and rollups, diagnoses and waterfalls, what the phone was seen at

-- ## metrics and rollups

-- ## diagnoses and waterfalls

-- ## sessions

-- ## events
CREATE INDEX wapulse_event_by_time ON wapulse_event(at);
-- What is rare is found by its kind; what is not is never far by time, and an index of it would slow the journal down.
CREATE INDEX wapulse_event_rare ON wapulse_event(kind, at) WHERE kind NOT IN ('operation', 'receipt', 'messages.upsert', 'log');
CREATE INDEX wapulse_event_heavy ON wapulse_event(at) WHERE level >= 2;
