package vital

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// declaredReasons reads the reasons from their declaration, so that a new one cannot be forgotten.
func declaredReasons(t *testing.T) (list []Reason) {
	t.Helper()
	source, err := os.ReadFile("reason.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\tReason\w+ +Reason = "(\w+)"`).FindAllSubmatch(source, -1) {
		list = append(list, Reason(m[1]))
	}
	if len(list) < 30 {
		t.Fatalf("only %d reasons found", len(list))
	}
	return list
}

// TestEveryReasonIsExplained: a failure without a row in the table would leave the operator without a next step.
func TestEveryReasonIsExplained(t *testing.T) {
	permanent := []Reason{ReasonLoggedOut, ReasonDeviceRemoved, ReasonBanned, ReasonMainDeviceGone, ReasonOutdated,
		ReasonUnknownLogout, ReasonReplaced, ReasonRefused, ReasonCorruptCredentials}
	nobodys := []Reason{ReasonNew, ReasonStarted, ReasonAuthenticated, ReasonPairRestart} // no end of a connection, or none that lasts
	for _, reason := range declaredReasons(t) {
		if reason.Permanent() != slices.Contains(permanent, reason) {
			t.Errorf("%s: Permanent() = %v", reason, reason.Permanent())
		}
		if _, ok := explain(Failure{Reason: reason, Code: 999}); ok == slices.Contains(nobodys, reason) {
			t.Errorf("%s: explained %v", reason, ok)
		}
	}
}

// TestEveryRow: each row is whole, is found, says what the behaviour is, and has words of its own.
func TestEveryRow(t *testing.T) {
	seen := map[string]string{}
	for _, row := range explanations() {
		codes := row.codes
		if len(codes) == 0 {
			codes = []int{999}
		}
		for _, code := range codes {
			name := fmt.Sprintf("%s %d", row.reason, code)
			d := Diagnose(Failure{Reason: row.reason, Code: code, Text: "short and stout"})
			if d.Name != string(row.reason) || d.What == "" || d.Meaning == "" || d.Next == "" || d.Action == "" {
				t.Errorf("%s: incomplete: %+v", name, d)
			}
			if row.reason != ReasonBanned && (d.Meaning != row.meaning || d.Action != row.action) {
				t.Errorf("%s: found another row: %+v", name, d)
			}
			if row.reason.Permanent() && d.Retries {
				t.Errorf("%s is permanent, yet the text says that wapulse retries", name)
			}
			if code != 0 && !strings.Contains(d.What, fmt.Sprint(code)) || !strings.Contains(d.What, "short and stout") {
				t.Errorf("%s: the server's words are not in %q", name, d.What)
			}
		}
		if other, ok := seen[row.meaning]; ok {
			t.Errorf("%s %v means the same as %s", row.reason, row.codes, other)
		}
		seen[row.meaning] = fmt.Sprint(row.reason, row.codes)
	}
}

func TestFiveBansAreFive(t *testing.T) {
	seen := map[string]bool{}
	until := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, code := range []int{101, 102, 103, 104, 106} {
		d := Diagnose(Failure{Reason: ReasonBanned, Code: 402, BanCode: code, Until: until})
		if seen[d.Meaning] || !strings.Contains(d.Meaning, fmt.Sprint(code)) || !d.At.Equal(until) || d.Retries {
			t.Errorf("%d: %+v", code, d)
		}
		seen[d.Meaning] = true
		if got := d.NextIn(until.Add(-90 * time.Minute)); !strings.HasSuffix(got, ", in 1 h 30 min") {
			t.Errorf("%d: %q", code, got)
		}
		if got := d.NextIn(until); got != d.Next {
			t.Errorf("when it is over: %q", got)
		}
	}
	banned := Snapshot{State: StateError, Wanted: true, Failure: Failure{Reason: ReasonBanned, Code: 402, Until: until}}
	if d := banned.Diagnosis(); !d.At.Equal(until) {
		t.Errorf("%+v", d)
	}
	banned.Wanted = false // stopped: nobody starts it when the ban ends
	if d := banned.Diagnosis(); !d.At.IsZero() || d.NextIn(until.Add(-time.Hour)) != "wapulse does not retry: it was stopped" {
		t.Errorf("%+v", d)
	}
}

func TestWhenItTriesAgain(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	s := Snapshot{State: StateReconnecting, Failure: Failure{Reason: ReasonServerClosed}, NextTry: now.Add(3200 * time.Millisecond)}
	if got := s.Diagnosis().NextIn(now); got != "wapulse retries by itself, in 4 s" {
		t.Errorf("%q", got)
	}
	s.NextTry = time.Time{} // the attempt is under way
	if got := s.Diagnosis().NextIn(now); got != "wapulse retries by itself" {
		t.Errorf("%q", got)
	}
	s.State, s.NextTry = StateDisconnected, now.Add(time.Hour) // nobody retries a pairing
	if d := s.Diagnosis(); !d.At.IsZero() || d.Retries {
		t.Errorf("%+v", d)
	}
	for d, want := range map[time.Duration]string{
		time.Second: "1 s", time.Minute: "1 min", 61 * time.Second: "1 min 1 s", 25 * time.Hour: "1 d 1 h", 24*time.Hour + time.Minute: "1 d", 0: "0 s",
	} {
		if got := InWords(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
