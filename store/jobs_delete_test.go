package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// TestADeletedJobLeavesItsHistory: and nothing else, even if the deletion was interrupted.
func TestADeletedJobLeavesItsHistory(t *testing.T) {
	s := stored(t)
	numbers := make([]string, deletedAtOnce*2+5)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("+4915%08d", i)
	}
	kept, gone, cut := newJob(t, s, numbers[:3]...), newJob(t, s, numbers...), newJob(t, s, numbers...)
	saveItems(t, s, gone, answered(1, answer(numbers[0], vital.VerdictRegistered, ago(0))))
	if err := s.DeleteJob(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.updateJob(ctx, cut, "deleted = 1"); err != nil { // the first step of a deletion
		t.Fatal(err)
	}
	cancel()
	if err := s.sweepJob(ctx, cut); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	for _, job := range []int64{gone, cut} {
		if _, err := s.Job(t.Context(), job); !errors.Is(err, check.ErrNoSuchJob) {
			t.Errorf("job %d: %v", job, err)
		}
		if err := s.AddItems(t.Context(), job, nil); !errors.Is(err, check.ErrNoSuchJob) {
			t.Errorf("job %d: %v", job, err)
		}
	}
	if newest, err := s.Job(t.Context(), 0); err != nil || newest.ID != kept {
		t.Errorf("the newest is %+v, %v", newest, err)
	}
	path := s.Path()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	var items, jobs int
	if err := s.read.QueryRow("SELECT (SELECT count(*) FROM wapulse_check_item), (SELECT count(*) FROM wapulse_check_job)").Scan(&items, &jobs); err != nil || items != 3 || jobs != 1 {
		t.Errorf("%d items of %d jobs are left, %v", items, jobs, err)
	}
	if list := historyOf(t, s, numbers[0]); len(list) != 1 {
		t.Errorf("history %+v", list)
	}
	if next := newJob(t, s, ada); next <= cut {
		t.Errorf("the number %d of a deleted job was given again", next)
	}
}

// TestAnswersDeletedByHand: an item whose answer somebody deleted still has its verdict, and never another number's answer.
func TestAnswersDeletedByHand(t *testing.T) {
	s := stored(t)
	job := newJob(t, s, ada)
	saveItems(t, s, job, answered(1, answer(ada, vital.VerdictRegistered, ago(0))))
	if _, err := s.write.Exec("DELETE FROM wapulse_check"); err != nil {
		t.Fatal(err)
	}
	save(t, s, answer(bob, vital.VerdictNotRegistered, ago(0)))
	want := check.Result{Input: "tel " + ada, E164: ada, Verdict: vital.VerdictRegistered}
	if r := allItems(t, s, job)[0].Result; r == nil || *r != want {
		t.Errorf("got %+v", r)
	}
}

// TestNumbersCanBeDeleted: what docs/data.md says about it is enough, to the last byte.
func TestNumbersCanBeDeleted(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "data.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "```sql\n")
	script, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("nothing is said about it")
	}
	s := stored(t)
	job, kept := newJob(t, s, bob, ada, ada), newJob(t, s, bob)
	saveItems(t, s, job, answered(2, answer(ada, vital.VerdictRegistered, ago(0))))
	saveItems(t, s, kept, answered(1, answer(bob, vital.VerdictRegistered, ago(0))))
	path := s.Path()
	if err := s.DeleteJob(t.Context(), job); err != nil { // as the page says, by command
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	holds := func(number string) bool {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(data), number[1:])
	}
	if !holds(ada) {
		t.Fatal("it was never there")
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if holds(ada) || !holds(bob) {
		t.Errorf("it is there: %v, another is: %v", holds(ada), holds(bob))
	}
	s = open(t, path)
	if jobs, err := s.Jobs(t.Context()); err != nil || len(jobs) != 1 || jobs[0].ID != kept || len(allItems(t, s, kept)) != 1 || len(historyOf(t, s, bob)) != 1 {
		t.Errorf("left are %+v, %v", jobs, err)
	}
}
