-- v2 -> v3: vitals over time: samples and rollups, diagnoses and waterfalls, what the phone was seen at

-- ## metrics and rollups

-- ## diagnoses and waterfalls

-- ## sessions

-- ## events
