package demo

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Script is what goes wrong, and when.
type Script struct {
	About string // its first comment
	Steps []Step // in the order of time
}

// Step is one fault, on some sessions or, with none, on all.
type Step struct {
	At    time.Duration // since every session was up
	Fault string        // or Healthy
	On    []string
}

// The bounds of a script.
const (
	maxScriptLines = 10_000
	maxScriptTime  = 30 * 24 * time.Hour
	maxScriptErrs  = 10
)

const stepForm = `write "at TIME fault NAME on SESSION" or "at TIME heal SESSION", as in "at 10s fault 503 on sales"; several sessions with commas, or "all"`

// ParseScript reads a script for sessions of these names. Its error tells of every line that is wrong, with what would be right, the first ten of them.
func ParseScript(r io.Reader, sessions []string) (Script, error) {
	var script Script
	var wrong []error
	last := time.Duration(0)
	lines := bufio.NewScanner(r)
	number := 0
	for lines.Scan() && len(wrong) < maxScriptErrs {
		number++
		text := strings.TrimSpace(lines.Text())
		if about, is := strings.CutPrefix(text, "#"); is && script.About == "" {
			script.About = strings.TrimSpace(about)
		}
		if text, _, _ = strings.Cut(text, "#"); strings.TrimSpace(text) == "" {
			continue
		}
		step, err := parseStep(text, sessions)
		if err == nil && step.At < last {
			err = fmt.Errorf("%v is before the step above it, at %v: write them in the order of time", step.At, last)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w", number, err))
			continue
		}
		last = step.At
		script.Steps = append(script.Steps, step)
		if len(script.Steps) > maxScriptLines {
			return Script{}, fmt.Errorf("line %d: more than %d steps", number, maxScriptLines)
		}
	}
	if err := lines.Err(); err != nil {
		wrong = append(wrong, fmt.Errorf("line %d: %w", number+1, err))
	}
	if len(wrong) == 0 && len(script.Steps) == 0 {
		wrong = append(wrong, fmt.Errorf("line %d: there is no step in it: %s", max(number, 1), stepForm))
	}
	if len(wrong) > 0 {
		return Script{}, scriptError(wrong)
	}
	return script, nil
}

// scriptError is all that is wrong with a script.
type scriptError []error

func (e scriptError) Error() string {
	texts := make([]string, len(e))
	for i, err := range e {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (e scriptError) Unwrap() []error { return e }

func parseStep(text string, sessions []string) (Step, error) {
	var step Step
	words := strings.Fields(strings.ReplaceAll(text, ",", " "))
	if len(words) < 4 || words[0] != "at" {
		return step, errors.New(stepForm)
	}
	at, err := time.ParseDuration(words[1])
	if err != nil || at < 0 || at > maxScriptTime {
		return step, fmt.Errorf("%q is no time: write 10s, 2m or 1h30m, up to 30 days", words[1])
	}
	step.At = at
	switch {
	case words[2] == "heal":
		step.Fault, step.On = Healthy, words[3:]
	case words[2] == "fault" && len(words) >= 6 && words[4] == "on":
		step.Fault, step.On = words[3], words[5:]
	default:
		return step, errors.New(stepForm)
	}
	if _, err := FaultNamed(step.Fault); err != nil && step.Fault != Healthy {
		return step, fmt.Errorf("%w; there are %s", err, strings.Join(faultNames(), ", "))
	}
	if len(step.On) == 1 && step.On[0] == "all" {
		step.On = nil
		return step, nil
	}
	for _, name := range step.On {
		if !slices.Contains(sessions, name) {
			return step, fmt.Errorf("there is no session %q; there are %s, and all", name, strings.Join(sessions, ", "))
		}
	}
	return step, nil
}

func faultNames() []string {
	var names []string
	for _, f := range Faults() {
		names = append(names, f.Name)
	}
	return names
}

//go:embed scenarios/*.txt
var shipped embed.FS

// Shipped are the names of the scripts that come with wapulse.
func Shipped() []string {
	files, _ := shipped.ReadDir("scenarios") // of an embedded folder
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".txt"))
	}
	return names
}

// ShippedScript is one of those.
func ShippedScript(name string, sessions []string) (Script, error) {
	file, err := shipped.Open(path.Join("scenarios", name+".txt"))
	if err != nil {
		return Script{}, fmt.Errorf("%w: %q; there are %s", ErrUnknownScenario, name, strings.Join(Shipped(), ", "))
	}
	defer file.Close()
	return ParseScript(file, sessions)
}

// Perform plays a script: its time begins when every session with a phone is connected. It returns at its end, or that of ctx.
func (s *Stage) Perform(ctx context.Context, script Script) {
	var steps sync.WaitGroup
	defer steps.Wait()
	if !s.awaitAll(ctx) {
		return
	}
	began := time.Now()
	for _, step := range script.Steps {
		timer := time.NewTimer(step.At - time.Since(began))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		for _, snap := range s.manager.Snapshots() {
			if s.Plays(snap.ID) && (step.On == nil || slices.Contains(step.On, snap.Name)) {
				steps.Go(func() { s.perform(ctx, step, snap) })
			}
		}
	}
}

func (s *Stage) perform(ctx context.Context, step Step, snap *vital.Snapshot) {
	if err := s.Cause(ctx, step.Fault, snap.ID); err != nil && ctx.Err() == nil {
		s.log.Warn("a step of the script failed", "at", step.At, "fault", step.Fault, "session", snap.Name, "err", err)
	}
}

// awaitAll waits until every session with a phone is connected. False: ctx has ended.
func (s *Stage) awaitAll(ctx context.Context) bool {
	updates := s.manager.Hub().Subscribe()
	defer updates.Close()
	for {
		away := slices.ContainsFunc(s.manager.Snapshots(), func(snap *vital.Snapshot) bool {
			return s.Plays(snap.ID) && snap.State != vital.StateConnected
		})
		if !away {
			return true
		}
		select {
		case <-updates.Wake():
			updates.Take()
		case <-ctx.Done():
			return false
		}
	}
}
