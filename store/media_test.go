package store

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

func TestMediaLiveAsLongAsTheirSession(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	a, b := create(t, s, "a"), create(t, s, "b")
	m := vital.Media{MessageID: "3EB0A1", Kind: "document", MIME: "application/pdf", Name: "offer.pdf", Size: 1 << 40, DirectPath: "/v/t62.7119-24/1?ccb=11-4&oh=01",
		Key: []byte{0, 1, 2, 255}, FileSHA256: []byte{3}, FileEncSHA256: []byte{4}, At: ago(time.Hour)}
	bare := vital.Media{MessageID: "3EB0A2", Kind: "image"}
	for id, list := range map[vital.SessionID][]vital.Media{a.ID: {m, bare}, b.ID: {bare}} {
		for _, m := range list {
			if err := s.SaveMedia(t.Context(), id, m); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.DirectPath = "/uploaded/anew"
	if err := s.SaveMedia(t.Context(), a.ID, m); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveMedia(t.Context(), 99, m); !errors.Is(err, session.ErrNoSuchSession) {
		t.Errorf("of nobody: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if got, err := s.Media(t.Context(), a.ID, m.MessageID); err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := s.Media(t.Context(), b.ID, bare.MessageID); err != nil || got.Kind != "image" || !got.At.IsZero() || len(got.Key) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := s.Media(t.Context(), b.ID, m.MessageID); !errors.Is(err, session.ErrNoMedia) {
		t.Errorf("of another session: %v", err)
	}
	if err := s.DeleteSession(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Media(t.Context(), a.ID, m.MessageID); !errors.Is(err, session.ErrNoMedia) {
		t.Errorf("of a deleted session: %v", err)
	}
	var left int
	if err := s.read.QueryRow("SELECT count(*) FROM wapulse_media").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d are left, %v", left, err)
	}
}
