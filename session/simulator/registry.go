package simulator

import (
	"strings"

	"go.mau.fi/whatsmeow/types"
)

// devicesOf finds linked devices: by JID with a device part that one; by phone, or JID without it, all of the account; with "" every one.
func (s *Server) devicesOf(session string) ([]*device, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*device
	if session == "" {
		for _, a := range s.accounts {
			for _, id := range a.deviceIDs() {
				found = append(found, a.devices[id])
			}
		}
		return found, nil
	}
	digits, id := session, uint16(0)
	if strings.Contains(session, "@") {
		jid, err := types.ParseJID(session)
		if err != nil {
			return nil, ErrNoSuchSession
		}
		digits, id = phoneOf(jid), jid.Device
	} else if normal, err := normalizePhone(session); err == nil {
		digits = normal
	}
	a, ok := s.accounts[digits]
	if !ok {
		return nil, ErrNoSuchSession
	}
	for _, each := range a.deviceIDs() {
		if id == 0 || each == id {
			found = append(found, a.devices[each])
		}
	}
	if len(found) == 0 {
		return nil, ErrNoSuchSession
	}
	return found, nil
}

func (s *Server) connOf(d *device) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return d.conn
}

// eachOnline calls do for each connection of a session, or with "" of every session.
func (s *Server) eachOnline(session string, do func(*conn)) error {
	devices, err := s.devicesOf(session)
	if err != nil {
		return err
	}
	online := 0
	for _, d := range devices {
		if c := s.connOf(d); c != nil {
			online++
			do(c)
		}
	}
	if online == 0 && session != "" {
		return ErrNotOnline
	}
	return nil
}

// accountOf returns the account of a phone, made if need be. The caller holds Server.mu.
func (s *Server) accountOf(digits, pushName string) (*account, error) {
	a, ok := s.accounts[digits]
	if !ok {
		a = s.emptyAccount(digits)
		if err := a.state.addContacts(firstContacts()); err != nil {
			return nil, err
		}
		s.accounts[digits] = a
	}
	if pushName != "" && pushName != a.pushName {
		if err := a.state.setPushName(pushName); err != nil {
			return nil, err
		}
		a.pushName = pushName
	}
	return a, nil
}

// emptyAccount is an account of which nothing is known but its phone. The caller holds Server.mu.
func (s *Server) emptyAccount(digits string) *account {
	identity := s.personaOf(digits).identity
	return &account{phone: digits, identity: identity, devices: map[uint16]*device{}, state: newAppState(identity)}
}

// SessionInfo is what GET /sessions tells of a linked device.
type SessionInfo struct {
	Phone    string `json:"phone"`
	JID      string `json:"jid"`
	LID      string `json:"lid"`
	PushName string `json:"push_name"`
	Platform string `json:"platform,omitempty"`
	Online   bool   `json:"online"`
	PreKeys  int    `json:"prekeys"`
	Queued   int    `json:"queued"`
}

// Sessions lists all linked devices.
func (s *Server) Sessions() []SessionInfo {
	devices, _ := s.devicesOf("")
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]SessionInfo, 0, len(devices))
	for _, d := range devices {
		list = append(list, SessionInfo{
			Phone: "+" + d.account.phone, JID: d.pn().String(), LID: d.lid().String(), PushName: d.account.pushName,
			Platform: d.platform, Online: d.conn != nil, PreKeys: len(d.preKeys), Queued: len(d.queue),
		})
	}
	return list
}

// Stats counts what the server did since it started.
type Stats struct {
	Connections    uint64 `json:"connections"`
	Logins         uint64 `json:"logins"`
	LoginFailures  uint64 `json:"login_failures"`
	Pairings       uint64 `json:"pairings"`
	Online         int    `json:"online"`
	Pings          uint64 `json:"pings"`
	IQs            uint64 `json:"iqs"`
	CheckQueries   uint64 `json:"check_queries"`
	NumbersChecked uint64 `json:"numbers_checked"`
	Messages       uint64 `json:"messages"`
	Receipts       uint64 `json:"receipts"`
}

// Stats returns the counts as they are now.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	for _, a := range s.accounts {
		for _, d := range a.devices {
			if d.conn != nil {
				stats.Online++
			}
		}
	}
	return stats
}

func (s *Server) count(add func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.stats)
}
