package store

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// newJob makes a sealed job of these numbers.
func newJob(t *testing.T, s *Store, numbers ...string) int64 {
	t.Helper()
	job, err := s.CreateJob(t.Context(), "numbers.csv", check.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	addNumbers(t, s, job.ID, 1, numbers...)
	if err := s.SealJob(t.Context(), job.ID); err != nil {
		t.Fatal(err)
	}
	return job.ID
}

// addNumbers adds items from a position on; "" is an invalid one.
func addNumbers(t *testing.T, s *Store, job, from int64, numbers ...string) {
	t.Helper()
	var items []check.Item
	for i, number := range numbers {
		it := check.Item{Position: from + int64(i), Input: "tel " + number, E164: number}
		if number == "" {
			it.Input, it.Reason = "no number", "too short"
		}
		items = append(items, it)
	}
	if err := s.AddItems(t.Context(), job, items); err != nil {
		t.Fatal(err)
	}
}

func allItems(t *testing.T, s *Store, job int64) []check.Item {
	t.Helper()
	var list []check.Item
	for after := int64(0); ; {
		page, err := s.Items(t.Context(), job, after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return list
		}
		list = append(list, page...)
		after = page[len(page)-1].Position
	}
}

func toAsk(t *testing.T, s *Store, job int64) []int64 {
	t.Helper()
	items, err := s.ToAsk(t.Context(), job, 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	var list []int64
	for _, it := range items {
		list = append(list, it.Position)
	}
	if n, err := s.CountToAsk(t.Context(), job); err != nil || n != int64(len(list)) {
		t.Errorf("%d to ask, counted %d, %v", len(list), n, err)
	}
	return list
}

func saveItems(t *testing.T, s *Store, job int64, items ...check.Item) {
	t.Helper()
	if err := s.SaveJobResults(t.Context(), job, items); err != nil {
		t.Fatal(err)
	}
}

func answered(position int64, r check.Result) check.Item {
	return check.Item{Position: position, E164: r.E164, Result: &r}
}

func counts(t *testing.T, s *Store, job int64) [4]int64 {
	t.Helper()
	j, err := s.Job(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return [4]int64{j.Items, j.Invalid, j.Duplicates, j.Answered}
}

func TestJobsComeBackAsTheyWere(t *testing.T) {
	s := stored(t)
	if _, err := s.Job(t.Context(), 0); !errors.Is(err, check.ErrNoSuchJob) {
		t.Errorf("the newest of none: %v", err)
	}
	settings := check.Settings{Batch: 50, Rate: 0.5, Region: "ID", Fresh: true, Sessions: []string{"sales-id", "support"}}
	first, err := s.CreateJob(t.Context(), "stdin", settings)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.CreateJob(t.Context(), "b.csv", check.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Job(t.Context(), first.ID); err != nil || !reflect.DeepEqual(got, first) || !reflect.DeepEqual(got.Settings, settings) {
		t.Errorf("got %+v, %v, want %+v", got, err, first)
	}
	if newest, err := s.Job(t.Context(), 0); err != nil || newest.ID != second.ID {
		t.Errorf("the newest is %+v, %v", newest, err)
	}
	for range 2 { // twice is as good as once
		if err := errors.Join(s.SealJob(t.Context(), first.ID), s.FinishJob(t.Context(), first.ID)); err != nil {
			t.Fatal(err)
		}
	}
	jobs, err := s.Jobs(t.Context())
	if err != nil || len(jobs) != 2 || jobs[0].ID != second.ID || !jobs[1].Sealed || time.Since(jobs[1].Finished) > time.Minute || !jobs[0].Finished.IsZero() {
		t.Errorf("got %+v, %v", jobs, err)
	}
}

func TestWhatNoJobTakes(t *testing.T) {
	s := stored(t)
	job := newJob(t, s, ada, ada, "")
	for name, err := range map[string]error{
		"seal": s.SealJob(t.Context(), 99), "finish": s.FinishJob(t.Context(), 99), "delete": s.DeleteJob(t.Context(), 99),
		"add":     s.AddItems(t.Context(), 99, []check.Item{{Position: 1, E164: ada}}),
		"results": s.SaveJobResults(t.Context(), 99, nil),
		"read":    func() error { _, err := s.Job(t.Context(), 99); return err }(),
	} {
		if !errors.Is(err, check.ErrNoSuchJob) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.AddItems(t.Context(), job, []check.Item{{Position: 4, E164: bob}}); !errors.Is(err, errSealed) {
		t.Errorf("to a sealed one: %v", err)
	}
	r := answer(ada, vital.VerdictRegistered, ago(0))
	for name, c := range map[string]struct {
		item check.Item
		want error
	}{
		"no such item": {answered(9, r), errNoItem}, "a duplicate": {answered(2, r), errNoItem}, "an invalid one": {answered(3, r), errNoItem},
		"without a result": {check.Item{Position: 1}, errNoResult},
	} {
		if err := s.SaveJobResults(t.Context(), job, []check.Item{answered(1, r), c.item}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := toAsk(t, s, job); !reflect.DeepEqual(got, []int64{1}) || len(historyOf(t, s, ada)) != 0 {
		t.Errorf("half of a refused call was kept: to ask %v", got)
	}
}

// TestDuplicatesAreFoundAcrossCalls: within a call, across calls, and after the first one was answered.
func TestDuplicatesAreFoundAcrossCalls(t *testing.T) {
	s := stored(t)
	j, err := s.CreateJob(t.Context(), "stdin", check.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	job := j.ID
	addNumbers(t, s, job, 1, ada, bob, ada, "")
	addNumbers(t, s, job, 5, "", bob, "+15550001", ada)
	newJob(t, s, ada) // another job's items are no duplicates
	if got := counts(t, s, job); got != [4]int64{8, 2, 3, 2} {
		t.Errorf("counts %v", got)
	}
	if got := toAsk(t, s, job); !reflect.DeepEqual(got, []int64{1, 2, 7}) {
		t.Errorf("to ask %v", got)
	}
	r := answer(ada, vital.VerdictRegistered, ago(0))
	saveItems(t, s, job, answered(1, r))
	addNumbers(t, s, job, 9, ada)
	if got := counts(t, s, job); got != [4]int64{9, 2, 4, 6} {
		t.Errorf("counts %v", got)
	}
	sameAs := []int64{0, 0, 1, 0, 0, 2, 0, 1, 1}
	for i, it := range allItems(t, s, job) {
		if it.Position != int64(i+1) || it.SameAs != sameAs[i] {
			t.Errorf("got %+v", it)
		}
		switch it.E164 {
		case ada:
			want := r
			want.Input = "tel " + ada
			if it.Input != want.Input || it.Result == nil || *it.Result != want {
				t.Errorf("got %+v with %+v", it, it.Result)
			}
		case "":
			want := check.Result{Input: "no number", Verdict: vital.VerdictInvalid, Reason: "too short"}
			if it.Input != want.Input || it.Reason != want.Reason || it.Result == nil || *it.Result != want {
				t.Errorf("got %+v with %+v", it, it.Result)
			}
		default:
			if it.Result != nil {
				t.Errorf("nobody asked: %+v with %+v", it, it.Result)
			}
		}
	}
	if err := s.AddItems(t.Context(), job, []check.Item{{Position: 10, E164: "+15550002"}, {Position: 9, E164: "+15550003"}}); err == nil {
		t.Error("a position was taken twice")
	}
	if got := counts(t, s, job); got != [4]int64{9, 2, 4, 6} {
		t.Errorf("half of a refused call was kept: %v", got)
	}
}

// TestInputIsKept: what was read comes back, byte for byte, and so do warnings.
func TestInputIsKept(t *testing.T) {
	s := stored(t)
	j, err := s.CreateJob(t.Context(), "stdin", check.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	want := []check.Item{
		{Position: 1, Input: ada, E164: ada, Reason: "the numbering plan does not know it"},
		{Position: 2, Input: " 0151 2345678;x", E164: ada}, {Position: 3, Input: ada, E164: ada, Reason: "a warning"}, {Position: 4}, {Position: 5, Input: "\xff\x00'", Reason: "nonsense"},
	}
	if err := s.AddItems(t.Context(), j.ID, want); err != nil {
		t.Fatal(err)
	}
	for i, it := range allItems(t, s, j.ID) {
		if it.Input != want[i].Input || it.E164 != want[i].E164 || it.Reason != want[i].Reason {
			t.Errorf("got %+v, want %+v", it, want[i])
		}
	}
	first, err := s.ToAsk(t.Context(), j.ID, 0, 10)
	if err != nil || len(first) != 1 || first[0] != want[0] {
		t.Errorf("to ask %+v, %v", first, err)
	}
}

// TestAJobGoesOnWhereItStopped: what is answered is not asked again, what failed is when somebody says so, and the history keeps both.
func TestAJobGoesOnWhereItStopped(t *testing.T) {
	s := stored(t)
	job := newJob(t, s, "+15550001", "+15550002", "+15550003", "+15550004", "+15550005", "+15550002")
	at := ago(time.Minute)
	unasked := check.Result{E164: "+15550003", Verdict: vital.VerdictUnverified, Session: "support", Reason: "time-out"}
	saveItems(t, s, job, answered(1, answer("+15550001", vital.VerdictRegistered, at)), answered(2, answer("+15550002", vital.VerdictError, at)),
		answered(3, unasked), answered(4, answer("+15550004", vital.VerdictNoAnswer, at)))
	if got := toAsk(t, s, job); !reflect.DeepEqual(got, []int64{5}) {
		t.Errorf("to ask %v", got)
	}
	if got := counts(t, s, job); got[3] != 5 {
		t.Errorf("counts %v", got)
	}
	items := allItems(t, s, job)
	unasked.Input = "tel +15550003"
	if r := items[2].Result; r == nil || *r != unasked {
		t.Errorf("got %+v", r)
	}
	if r := items[5].Result; r == nil || r.Verdict != vital.VerdictError || r.Reason == "" || r.Input != "tel +15550002" {
		t.Errorf("a duplicate of a failed one: %+v", r)
	}
	if err := s.FinishJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Retry(t.Context(), job); err != nil || n != 2 {
		t.Errorf("retried %d, %v", n, err)
	}
	if n, err := s.Retry(t.Context(), job); err != nil || n != 0 {
		t.Errorf("retried again %d, %v", n, err)
	}
	if got := toAsk(t, s, job); !reflect.DeepEqual(got, []int64{2, 3, 5}) {
		t.Errorf("to ask %v", got)
	}
	if j, err := s.Job(t.Context(), job); err != nil || !j.Finished.IsZero() || j.Answered != 2 {
		t.Errorf("got %+v, %v", j, err)
	}
	saveItems(t, s, job, answered(2, answer("+15550002", vital.VerdictRegistered, ago(0))))
	saveItems(t, s, job, answered(2, answer("+15550002", vital.VerdictNotRegistered, ago(0)))) // asked twice, counted once
	if got := counts(t, s, job); got[3] != 4 {
		t.Errorf("counts %v", got)
	}
	if r := allItems(t, s, job)[5].Result; r.Verdict != vital.VerdictNotRegistered || r.Reason != "" {
		t.Errorf("the last word is %+v", r)
	}
	if list := historyOf(t, s, "+15550002"); len(list) != 3 {
		t.Errorf("history %+v", list)
	}
	if list := historyOf(t, s, "+15550003"); len(list) != 0 {
		t.Errorf("nobody asked for %+v", list)
	}
}

// TestAJobsAnswersAreKnownToTheNext: answered by one job, cached in the next, which does not write them into the history again.
func TestAJobsAnswersAreKnownToTheNext(t *testing.T) {
	s := stored(t)
	numbers := make([]string, lookedUpAtOnce*2+10) // more than one turn
	for i := range numbers {
		numbers[i] = fmt.Sprintf("+4915%08d", i)
	}
	first := newJob(t, s, numbers...)
	var items []check.Item
	for i, number := range numbers {
		if i%3 == 0 {
			items = append(items, answered(int64(i+1), answer(number, vital.VerdictRegistered, ago(time.Minute))))
		}
	}
	saveItems(t, s, first, items...)
	second := newJob(t, s, append(numbers, numbers[0])...)
	own := answer(numbers[3], vital.VerdictNotRegistered, ago(2*time.Minute))
	saveItems(t, s, second, answered(4, own))
	n, err := s.FillFromCache(t.Context(), second, ago(time.Hour), ago(time.Hour))
	if err != nil || n != int64(len(items)-1) {
		t.Errorf("filled %d of %d, %v", n, len(items)-1, err)
	}
	if n, err := s.FillFromCache(t.Context(), second, ago(time.Hour), ago(time.Hour)); err != nil || n != 0 {
		t.Errorf("filled again %d, %v", n, err)
	}
	if got := counts(t, s, second); got[3] != int64(len(items))+1 {
		t.Errorf("counts %v, want %d answered", got, len(items)+1)
	}
	list, err := s.Items(t.Context(), second, 0, 4)
	if err != nil || !list[0].Result.Cached || list[0].Result.Session != "sales-id" || list[1].Result != nil || list[3].Result.Cached || list[3].Result.Verdict != own.Verdict {
		t.Errorf("got %+v, %v", list, err)
	}
	cached := *list[0].Result
	saveItems(t, s, second, answered(1, cached)) // as a runner does that has looked it up itself
	if list := historyOf(t, s, numbers[0]); len(list) != 1 {
		t.Errorf("history %+v", list)
	}
}
