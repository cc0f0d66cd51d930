package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// A job runs once at a time, and only with its whole input.
func TestJobsThatCannotRun(t *testing.T) {
	inPlant(t, func(t *testing.T, p *plant) {
		j := p.job(Settings{}, 1)
		var all sync.WaitGroup
		all.Go(func() { _, _, _ = p.run(t.Context(), j.ID, false) })
		synctest.Wait()
		if _, _, err := p.run(t.Context(), 0, false); !errors.Is(err, ErrJobRunning) {
			t.Error(err)
		}
		if _, err := p.r.Plan(t.Context(), j.ID); !errors.Is(err, ErrJobRunning) {
			t.Error(err)
		}
		all.Wait()
		if _, err := p.r.Plan(t.Context(), j.ID); err != nil {
			t.Error(err)
		}
		_, _ = p.m.CreateJob(t.Context(), "half", Settings{})
		if _, _, err := p.run(t.Context(), 0, false); !errors.Is(err, ErrUnsealed) {
			t.Error(err)
		}
	})
}

// An input that breaks off leaves no job behind, however far it came.
func TestImport(t *testing.T) {
	m := &memory{}
	var file strings.Builder
	for n := range 2*page + 5 {
		fmt.Fprintln(&file, number(n))
	}
	read := func(r io.Reader) iter.Seq2[Item, error] {
		reader, err := NewReader(r, "")
		if err != nil {
			t.Fatal(err)
		}
		return reader.Items()
	}
	j, err := Import(t.Context(), m, "list", Settings{Batch: 7}, read(strings.NewReader(file.String())))
	if err != nil || j.Items != 2*page+5 || !j.Sealed || j.Name != "list" || j.Settings.Batch != 7 {
		t.Errorf("%+v, %v", j, err)
	}
	broken := errors.New("broken")
	file.WriteString(strings.Repeat("x\n", maxLine))
	if _, err := Import(t.Context(), m, "half", Settings{}, read(io.MultiReader(strings.NewReader(file.String()), failing{broken}))); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := func(yield func(Item, error) bool) {
		for item, err := range ItemsOf(slices.Repeat([]string{number(1)}, 3*page), "") {
			if item.Position == 2*page {
				cancel()
			}
			if !yield(item, err) {
				return
			}
		}
	}
	if _, err := Import(ctx, m, "cancelled", Settings{}, interrupted); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if jobs, _ := m.Jobs(t.Context()); len(jobs) != 1 {
		t.Errorf("%+v", jobs)
	}
}
