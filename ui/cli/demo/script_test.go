package demo

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

func names() []string { return []string{"sales", "support"} }

func TestAScriptIsRead(t *testing.T) {
	got, err := ParseScript(strings.NewReader(`
# A morning
at 10s fault 503 on sales   # the first
at 1m30s   fault drop on sales, support

# later
at 90s heal all
at 2h heal support,sales
`), names())
	want := Script{About: "A morning", Steps: []Step{
		{10 * time.Second, "503", []string{"sales"}},
		{90 * time.Second, "drop", []string{"sales", "support"}},
		{90 * time.Second, Healthy, nil},
		{2 * time.Hour, Healthy, []string{"support", "sales"}},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
}

// Every line that is wrong is named, with what would be right.
func TestWhatIsWrongWithAScript(t *testing.T) {
	for text, want := range map[string]string{
		"":                                          "line 1: there is no step in it",
		"# nothing\n\n":                             "line 2: there is no step in it",
		"after 10s fault drop on sales":             `line 1: write "at TIME fault NAME on SESSION"`,
		"at 10s fault drop":                         `line 1: write "at TIME`,
		"at 10s fault drop to sales":                `line 1: write "at TIME`,
		"at 10s break drop on sales":                `line 1: write "at TIME`,
		"\nat soon fault drop on sales":             `line 2: "soon" is no time: write 10s`,
		"at -1s fault drop on sales":                `line 1: "-1s" is no time`,
		"at 9999h heal all":                         `line 1: "9999h" is no time`,
		"at 1s fault 504 on sales":                  `line 1: there is no such fault: "504"; there are delay, drop, blackhole`,
		"at 1s heal sales, bob":                     `line 1: there is no session "bob"; there are sales, support, and all`,
		"at 5s heal all\nat 4s heal all":            "line 2: 4s is before the step above it, at 5s",
		"at x heal all\nat 1s heal b":               `line 1: "x" is no time: write 10s, 2m or 1h30m, up to 30 days; line 2: there is no session "b"`,
		"at 1s heal " + strings.Repeat("a", 70_000): "line 1: bufio.Scanner: token too long",
	} {
		script, err := ParseScript(strings.NewReader(text), names())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: got %v, want %s", text, err, want)
		}
		if len(script.Steps) > 0 {
			t.Errorf("%.60q: steps of a script that is wrong", text)
		}
	}
	if _, err := ParseScript(strings.NewReader(strings.Repeat("nonsense\n", 1000)), names()); strings.Count(err.Error(), "line ") != maxScriptErrs {
		t.Errorf("a file that is no script is told as %v", err)
	}
}

func TestWhatIsShippedCanBePlayed(t *testing.T) {
	cast := []string{"sales", "support", "warehouse", "old-phone", "campaign"}
	if n := len(Shipped()); n < 3 {
		t.Errorf("%d scenarios", n)
	}
	for _, name := range Shipped() {
		script, err := ShippedScript(name, cast)
		if err != nil || script.About == "" {
			t.Errorf("%s: %+v, %v", name, script, err)
		}
	}
	if _, err := ShippedScript("nope", cast); !errors.Is(err, ErrUnknownScenario) {
		t.Errorf("got %v", err)
	}
}

func TestTheTourCausesWhatThereIs(t *testing.T) {
	for _, name := range page.TourFaults() {
		if _, err := FaultNamed(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := FaultNamed("nope"); !errors.Is(err, ErrUnknownFault) {
		t.Errorf("got %v", err)
	}
}

// What a fault does is told in a line of a small terminal.
func TestFaultsAreToldInALine(t *testing.T) {
	for _, f := range Faults() {
		if len(f.Words) > 63 {
			t.Errorf("%s is told in %d letters", f.Name, len(f.Words))
		}
	}
}

// The fault panel knows what stands behind each name, and explains nothing that is not there.
func TestFaultsAreExplained(t *testing.T) {
	offered := map[string]bool{Healthy: true, "on": true, "401 to 515": true} // the last two are said of all
	for _, f := range Faults() {
		offered[f.Name] = true
	}
	for _, w := range (&page.Faults{}).Words(widget.Look{Profile: termenv.Ascii}.Theme()) {
		if !offered[w[0]] {
			t.Errorf("%q is explained, and nobody can cause it", w[0])
		}
		delete(offered, w[0])
	}
	for name := range offered {
		t.Errorf("%s is in the panel, and is not explained", name)
	}
}

func FuzzParseScript(f *testing.F) {
	f.Add("at 10s fault 503 on sales\nat 1m heal all # so be it")
	f.Add("# about\nat 0s fault drop on sales, support")
	f.Add("at at at on")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := ParseScript(strings.NewReader(text), names())
		if (err == nil) == (len(script.Steps) == 0) {
			t.Fatalf("%+v, %v", script, err)
		}
		last := time.Duration(0)
		for _, step := range script.Steps {
			known := step.Fault == Healthy || slices.Contains(faultNames(), step.Fault)
			if !known || step.At < last || slices.ContainsFunc(step.On, func(name string) bool { return !slices.Contains(names(), name) }) {
				t.Fatalf("%+v", step)
			}
			last = step.At
		}
	})
}
