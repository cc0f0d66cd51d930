package store

import (
	"path/filepath"
	"testing"
)

// What was remembered last is there when the database is opened again.
func TestRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wapulse.db")
	s := open(t, path)
	if text, err := s.Remembered(t.Context(), "list"); text != "" || err != nil {
		t.Fatalf("%q, %v", text, err)
	}
	for _, text := range []string{"one", "two"} {
		if err := s.Remember(t.Context(), "list", text); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if text, err := s.Remembered(t.Context(), "list"); text != "two" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := s.Remembered(t.Context(), "root_key"); text != "" || err != nil {
		t.Errorf("what the database knows of itself is read: %q, %v", text, err)
	}
}
