package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// storedRestriction is a vital.Restriction as it is written.
type storedRestriction struct {
	Kind  string `json:"kind,omitempty"`
	Until int64  `json:"until,omitempty"` // Unix microseconds
}

// SetKept keeps when the phone was seen, and what the account may not do.
func (s *Store) SetKept(ctx context.Context, id vital.SessionID, k session.Kept) error {
	restriction := ""
	if k.Restriction.Active {
		data, err := json.Marshal(storedRestriction{Kind: k.Restriction.Kind, Until: toMicro(k.Restriction.Until)})
		if err != nil {
			return err
		}
		restriction = string(data)
	}
	return s.updateOne(ctx, "UPDATE wapulse_session SET phone_seen = ?, restriction = ? WHERE id = ?", toMicro(k.PhoneSeen), restriction, id)
}

// SetProxy keeps the proxy of a session, with its password. The file is its user's alone.
func (s *Store) SetProxy(ctx context.Context, id vital.SessionID, proxy string) error {
	return s.updateOne(ctx, "UPDATE wapulse_session SET proxy = ? WHERE id = ?", proxy, id)
}

// readKept completes records with what databases of older versions, which List reads too, do not have.
func readKept(ctx context.Context, db *sql.DB, records []session.Record) error {
	rows, err := db.QueryContext(ctx, "SELECT id, phone_seen, restriction, proxy FROM wapulse_session")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id vital.SessionID
		var seen int64
		var restriction, proxy string
		if err := rows.Scan(&id, &seen, &restriction, &proxy); err != nil {
			return err
		}
		kept, err := decodeKept(seen, restriction)
		if err != nil {
			return fmt.Errorf("session %d: %w", id, err)
		}
		for i := range records {
			if records[i].ID == id {
				records[i].Kept, records[i].Proxy = kept, proxy
			}
		}
	}
	return rows.Err()
}

func decodeKept(seen int64, restriction string) (k session.Kept, err error) {
	k.PhoneSeen = fromMicro(seen)
	if restriction == "" {
		return k, nil
	}
	var stored storedRestriction
	if err := json.Unmarshal([]byte(restriction), &stored); err != nil {
		return k, fmt.Errorf("read a stored restriction: %w", err)
	}
	k.Restriction = vital.Restriction{Active: true, Kind: stored.Kind, Until: fromMicro(stored.Until)}
	return k, nil
}
