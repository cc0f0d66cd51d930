package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

func TestKeptOutlivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	a, b := create(t, s, "a"), create(t, s, "b")
	seen := ago(time.Hour)
	for _, k := range []session.Kept{
		{PhoneSeen: seen, Restriction: vital.Restriction{Active: true, Kind: "DEFAULT", Until: ago(-time.Hour)}},
		{PhoneSeen: seen, Restriction: vital.Restriction{Active: true}},
		{Restriction: vital.Restriction{Active: true}},
		{PhoneSeen: seen},
		{},
	} {
		if err := errors.Join(s.SetKept(t.Context(), a.ID, k), s.SetProxy(t.Context(), a.ID, "socks5://ada:pw@127.0.0.1:1080"), s.Close()); err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
		list, err := s.Sessions(t.Context())
		if err != nil || len(list) != 2 || list[0].ID != a.ID || list[0].Kept != k || list[0].Proxy != "socks5://ada:pw@127.0.0.1:1080" {
			t.Errorf("%+v, %v; want %+v", list, err, k)
		}
		if list[1].ID != b.ID || list[1].Kept != (session.Kept{}) || list[1].Proxy != "" {
			t.Errorf("the other: %+v", list[1])
		}
	}
	if err := s.SetKept(t.Context(), 99, session.Kept{}); !errors.Is(err, session.ErrNoSuchSession) {
		t.Errorf("of nobody: %v", err)
	}
	if err := s.SetProxy(t.Context(), 99, ""); !errors.Is(err, session.ErrNoSuchSession) {
		t.Errorf("of nobody: %v", err)
	}
	if _, err := s.write.Exec("UPDATE wapulse_session SET restriction = '{'"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sessions(t.Context()); err == nil {
		t.Error("a restriction that cannot be read was read")
	}
}
