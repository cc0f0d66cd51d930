package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// SaveMedia keeps where the media of a message are and how to read them, until the session is deleted. What comes later of the same message stands in the
// earlier one's place: a sender may have uploaded it anew.
func (s *Store) SaveMedia(ctx context.Context, id vital.SessionID, m vital.Media) error {
	blob := func(data []byte) []byte { return append([]byte{}, data...) } // nil would be NULL
	_, err := s.write.ExecContext(ctx, `INSERT OR REPLACE INTO wapulse_media
		(session_id, message_id, at, kind, mime, name, size, direct_path, key, file_sha256, file_enc_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, m.MessageID, toMicro(m.At), m.Kind, m.MIME, m.Name, int64(m.Size), m.DirectPath, blob(m.Key), blob(m.FileSHA256), blob(m.FileEncSHA256))
	var failure *sqlite.Error
	if errors.As(err, &failure) && failure.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY {
		return session.ErrNoSuchSession
	}
	if err != nil {
		return fmt.Errorf("store media: %w", explain(err))
	}
	return nil
}

// Media returns what SaveMedia kept of a message of a session; session.ErrNoMedia if that is nothing.
func (s *Store) Media(ctx context.Context, id vital.SessionID, messageID string) (vital.Media, error) {
	m := vital.Media{MessageID: messageID}
	var at, size int64
	err := s.read.QueryRowContext(ctx, `SELECT at, kind, mime, name, size, direct_path, key, file_sha256, file_enc_sha256 FROM wapulse_media
		WHERE session_id = ? AND message_id = ?`, id, messageID).
		Scan(&at, &m.Kind, &m.MIME, &m.Name, &size, &m.DirectPath, &m.Key, &m.FileSHA256, &m.FileEncSHA256)
	if errors.Is(err, sql.ErrNoRows) {
		return vital.Media{}, session.ErrNoMedia
	}
	if err != nil {
		return vital.Media{}, fmt.Errorf("read media: %w", explain(err))
	}
	m.At, m.Size = fromMicro(at), uint64(size)
	return m, nil
}
