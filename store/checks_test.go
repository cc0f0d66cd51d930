package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

const ada, bob = "+491512345678", "+6281260268381"

func stored(t *testing.T) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "w.db"))
}

// ago is a time as the store keeps it.
func ago(d time.Duration) time.Time { return time.UnixMicro(time.Now().Add(-d).UnixMicro()) }

func answer(e164 string, verdict vital.Verdict, at time.Time) check.Result {
	r := check.Result{E164: e164, Verdict: verdict, Session: "sales-id", LatencyMS: 182, AskedAt: at}
	switch verdict {
	case vital.VerdictRegistered:
		r.JID, r.LID = e164[1:]+"@s.whatsapp.net", "77@lid"
	case vital.VerdictError:
		r.Reason = "500 internal-server-error"
	}
	return r
}

func save(t *testing.T, s *Store, results ...check.Result) {
	t.Helper()
	if err := s.SaveResults(t.Context(), results); err != nil {
		t.Fatal(err)
	}
}

func historyOf(t *testing.T, s *Store, e164 string) []check.Result {
	t.Helper()
	list, err := s.History(t.Context(), e164, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestResultsComeBackAsTheyWere: every verdict, and a jid that is not the number's own.
func TestResultsComeBackAsTheyWere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, path)
	var want []check.Result
	for i, verdict := range vital.Verdicts() {
		if verdict != vital.VerdictInvalid { // nobody asks for those
			want = append(want, answer(ada, verdict, ago(time.Duration(i)*time.Minute)))
		}
	}
	other := answer(ada, vital.VerdictRegistered, ago(time.Hour))
	other.JID, other.Business, other.Reason = "5511912345678@s.whatsapp.net", true, "the numbering plan does not know it"
	want = append(want, other)
	save(t, s, want...)
	save(t, s, answer(bob, vital.VerdictRegistered, ago(0)))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	got := historyOf(t, s, ada)
	if len(got) != len(want) {
		t.Fatalf("%d of %d", len(got), len(want))
	}
	for i, r := range want {
		r.Input = ada // the history does not know what was typed
		if got[i] != r {
			t.Errorf("%d: got %+v, want %+v", i, got[i], r)
		}
	}
	if newest, err := s.History(t.Context(), ada, 1); err != nil || len(newest) != 1 || newest[0].Verdict != vital.VerdictRegistered {
		t.Errorf("the newest: %+v, %v", newest, err)
	}
	if none := historyOf(t, s, "+1555"); none != nil {
		t.Errorf("of a stranger: %+v", none)
	}
}

// TestHistoryIsWhatWasAsked: neither guesses nor answers that are there already.
func TestHistoryIsWhatWasAsked(t *testing.T) {
	s := stored(t)
	r := answer(ada, vital.VerdictRegistered, ago(time.Minute))
	again := r
	again.Cached = true
	save(t, s, r, r, again, check.Result{E164: ada, Verdict: vital.VerdictUnverified, Reason: "no session"}, check.Result{Input: "x", Verdict: vital.VerdictInvalid})
	if list := historyOf(t, s, ada); len(list) != 1 {
		t.Errorf("got %+v", list)
	}
	err := s.SaveResults(t.Context(), []check.Result{answer(bob, vital.VerdictRegistered, ago(0)), answer(ada, "perhaps", ago(0))})
	if !errors.Is(err, vital.ErrUnknownName) {
		t.Errorf("a seventh verdict: %v", err)
	}
	if list := historyOf(t, s, bob); len(list) != 0 {
		t.Errorf("half of a refused call was kept: %+v", list)
	}
}

// TestKnownIsTheNewestPlainAnswer: each verdict has an age of its own, and an answer that a newer one contradicts is known no more.
func TestKnownIsTheNewestPlainAnswer(t *testing.T) {
	const day = 24 * time.Hour
	type past struct {
		verdict vital.Verdict
		age     time.Duration
	}
	for name, c := range map[string]struct {
		past []past
		want vital.Verdict
	}{
		"never asked":                         {nil, ""},
		"registered, fresh":                   {[]past{{vital.VerdictRegistered, 6 * day}}, vital.VerdictRegistered},
		"registered, old":                     {[]past{{vital.VerdictRegistered, 8 * day}}, ""},
		"not registered, fresh":               {[]past{{vital.VerdictNotRegistered, day / 2}}, vital.VerdictNotRegistered},
		"not registered, old":                 {[]past{{vital.VerdictNotRegistered, 2 * day}}, ""},
		"gone meanwhile":                      {[]past{{vital.VerdictRegistered, 3 * day}, {vital.VerdictNotRegistered, day / 2}}, vital.VerdictNotRegistered},
		"gone meanwhile, and that is old":     {[]past{{vital.VerdictRegistered, 3 * day}, {vital.VerdictNotRegistered, 2 * day}}, ""},
		"come meanwhile":                      {[]past{{vital.VerdictNotRegistered, day / 2}, {vital.VerdictRegistered, day / 4}}, vital.VerdictRegistered},
		"an error since then says nothing":    {[]past{{vital.VerdictRegistered, day}, {vital.VerdictError, 0}, {vital.VerdictNoAnswer, 0}}, vital.VerdictRegistered},
		"nothing but errors":                  {[]past{{vital.VerdictError, 0}, {vital.VerdictUnverified, 0}, {vital.VerdictNoAnswer, 0}}, ""},
		"stored in another order than it was": {[]past{{vital.VerdictNotRegistered, day / 4}, {vital.VerdictRegistered, day / 2}}, vital.VerdictNotRegistered},
	} {
		t.Run(name, func(t *testing.T) {
			s := stored(t)
			for _, p := range c.past {
				save(t, s, answer(ada, p.verdict, ago(p.age)))
			}
			known, err := s.Known(t.Context(), []string{bob, ada}, ago(7*day), ago(day))
			if err != nil || known[ada].Verdict != c.want || len(known) > 1 || (c.want != "") != known[ada].Cached {
				t.Errorf("got %+v, %v", known, err)
			}
			job := newJob(t, s, ada)
			n, err := s.FillFromCache(t.Context(), job, ago(7*day), ago(day))
			if items := allItems(t, s, job); err != nil || (n == 1) != (c.want != "") || (items[0].Result != nil) != (n == 1) {
				t.Errorf("a job gets %d, %+v, %v", n, items[0].Result, err)
			} else if n == 1 && (items[0].Result.Verdict != c.want || !items[0].Result.Cached) {
				t.Errorf("a job gets %+v", items[0].Result)
			}
		})
	}
}

func TestKnownTakesManyNumbers(t *testing.T) {
	s := stored(t)
	var numbers []string
	var results []check.Result
	for i := range 5000 {
		numbers = append(numbers, fmt.Sprintf("+49%09d", i))
		if i%2 == 0 {
			results = append(results, answer(numbers[i], vital.VerdictRegistered, ago(time.Minute)))
		}
	}
	save(t, s, results...)
	known, err := s.Known(t.Context(), numbers, ago(time.Hour), ago(time.Hour))
	if err != nil || len(known) != 2500 || known[numbers[4998]].JID != numbers[4998][1:]+"@s.whatsapp.net" {
		t.Errorf("%d known, %v", len(known), err)
	}
	if known, err := s.Known(t.Context(), nil, ago(time.Hour), ago(time.Hour)); err != nil || len(known) != 0 {
		t.Errorf("of no numbers: %v, %v", known, err)
	}
}

// TestChecksExplainWhatIsWrong: a check's errors say what to do, as all of the store's do.
func TestChecksExplainWhatIsWrong(t *testing.T) {
	s := stored(t)
	job := newJob(t, s, ada)
	tx, err := s.write.Begin() // somebody holds the writer
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	for name, err := range map[string]error{
		"results":     s.SaveResults(ctx, []check.Result{answer(ada, vital.VerdictRegistered, ago(0))}),
		"job results": s.SaveJobResults(ctx, job, nil),
		"items":       s.AddItems(ctx, job, nil),
		"seal":        s.SealJob(ctx, job),
		"retry":       func() error { _, err := s.Retry(ctx, job); return err }(),
		"delete":      s.DeleteJob(ctx, job),
		"media":       s.SaveMedia(ctx, 1, vital.Media{}),
	} {
		if !errors.Is(err, ErrSlow) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		} else if text := err.Error(); strings.Count(text, ErrSlow.Error()) != 1 {
			t.Errorf("%s is explained more than once: %v", name, err)
		}
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
}
