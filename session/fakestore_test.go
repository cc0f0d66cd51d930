package session

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// fakeStore keeps everything in memory.
type fakeStore struct {
	mu          sync.Mutex
	records     []Record
	transitions []vital.Transition
	diagnoses   []vital.Diagnosed
	dials       []vital.Dial
	events      []vital.Event
	media       map[string]vital.Media
	takes       time.Duration // for a transition
	err         error         // of a transition
	onCommit    func(vital.Transition)
	kepts       int              // how often what is kept was stored
	storing     int              // transitions under way
	refuses     map[string]error // by the name of the call
}

func (s *fakeStore) Sessions(context.Context) ([]Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Record(nil), s.records...), nil
}

func (s *fakeStore) CreateSession(_ context.Context, name string) (Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.records {
		if r.Name == name {
			return Record{}, ErrNameTaken
		}
	}
	r := Record{ID: vital.SessionID(len(s.records) + 1), Name: name, Created: time.Now(), Since: time.Now(), Reason: vital.ReasonNew}
	s.records = append(s.records, r)
	return r, nil
}

// refuse lets a call fail from now on; nil ends that.
func (s *fakeStore) refuse(call string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses == nil {
		s.refuses = map[string]error{}
	}
	s.refuses[call] = err
}

func (s *fakeStore) change(call string, id vital.SessionID, do func(*Record)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refuses[call]; err != nil {
		return err
	}
	for i := range s.records {
		if s.records[i].ID == id {
			do(&s.records[i])
			return nil
		}
	}
	return ErrNoSuchSession
}

func (s *fakeStore) RenameSession(_ context.Context, id vital.SessionID, name string) error {
	for _, r := range s.records {
		if r.Name == name && r.ID != id {
			return ErrNameTaken
		}
	}
	return s.change("RenameSession", id, func(r *Record) { r.Name = name })
}

func (s *fakeStore) DeleteSession(_ context.Context, id vital.SessionID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refuses["DeleteSession"]; err != nil {
		return err
	}
	for i := range s.records {
		if s.records[i].ID == id {
			s.records = append(s.records[:i], s.records[i+1:]...)
			return nil
		}
	}
	return ErrNoSuchSession
}

func (s *fakeStore) SetWanted(_ context.Context, id vital.SessionID, wanted bool) error {
	return s.change("SetWanted", id, func(r *Record) { r.Wanted = wanted })
}

func (s *fakeStore) SetIdentity(_ context.Context, id vital.SessionID, identity vital.Identity) error {
	return s.change("SetIdentity", id, func(r *Record) { r.Identity = identity })
}

func (s *fakeStore) SetKept(_ context.Context, id vital.SessionID, kept Kept) error {
	return s.change("SetKept", id, func(r *Record) {
		r.Kept = kept
		s.kepts++
	})
}

func (s *fakeStore) SetProxy(_ context.Context, id vital.SessionID, proxy string) error {
	return s.change("SetProxy", id, func(r *Record) { r.Proxy = proxy })
}

func (s *fakeStore) CommitTransition(ctx context.Context, t vital.Transition) error {
	s.mu.Lock()
	takes, err, onCommit := s.takes, s.err, s.onCommit
	s.storing++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.storing--
	}()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err != nil {
		return err
	}
	if onCommit != nil {
		onCommit(t)
	}
	s.mu.Lock()
	s.transitions = append(s.transitions, t)
	s.diagnoses = append(s.diagnoses, t.Diagnoses...)
	if t.Dial != nil {
		s.dials = append(s.dials, *t.Dial)
	}
	s.mu.Unlock()
	return s.change("CommitTransition", t.Session, func(r *Record) { r.State, r.Since, r.Reason, r.Failure = t.To, t.Time, t.Reason, t.Failure })
}

func (s *fakeStore) SaveDiagnosis(_ context.Context, d vital.Diagnosed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refuses["SaveDiagnosis"]; err != nil {
		return err
	}
	s.diagnoses = append(s.diagnoses, d)
	return nil
}

func (s *fakeStore) Ends(_ context.Context, id vital.SessionID, _ int) (ends []vital.End, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.diagnoses {
		if d.Session == id && !d.Pattern && d.End.Counts() {
			ends = append(ends, d.End)
		}
	}
	return ends, s.refuses["Ends"]
}

// told are the diagnoses so far, as "session name"; a pattern's name has a star.
func (s *fakeStore) told() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.diagnoses {
		name := d.Diagnosis.Name
		if d.Pattern {
			name += "*"
		}
		list = append(list, fmt.Sprintf("%d %s", d.Session, name))
	}
	return list
}

func (s *fakeStore) Append(e vital.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

func (s *fakeStore) SaveMedia(_ context.Context, _ vital.SessionID, m vital.Media) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refuses["SaveMedia"]; err != nil {
		return err
	}
	if s.media == nil {
		s.media = map[string]vital.Media{}
	}
	s.media[m.MessageID] = m
	return nil
}

func (s *fakeStore) Media(_ context.Context, _ vital.SessionID, messageID string) (vital.Media, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.media[messageID]
	if !ok {
		return vital.Media{}, ErrNoMedia
	}
	return m, nil
}

// steps are the transitions of a session so far, as "FROM cause TO".
func (s *fakeStore) steps() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, t := range s.transitions {
		list = append(list, fmt.Sprintf("%s %s %s", t.From, t.Cause, t.To))
	}
	return list
}
