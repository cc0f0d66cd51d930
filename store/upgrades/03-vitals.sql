-- v2 -> v3: vitals over time: samples and rollups, diagnoses and waterfalls, what the phone was seen at

-- ## metrics and rollups

-- ## diagnoses and waterfalls

-- ## sessions

-- ## events
CREATE INDEX wapulse_event_by_time ON wapulse_event(at);
CREATE INDEX wapulse_event_by_kind ON wapulse_event(kind, at);
CREATE INDEX wapulse_event_heavy ON wapulse_event(at) WHERE level >= 2;
