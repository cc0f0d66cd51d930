package vital_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

func filterNow() time.Time {
	return time.Date(2026, 8, 22, 15, 30, 0, 0, time.FixedZone("", 2*3600))
}

func TestParseFilter(t *testing.T) {
	now := filterNow()
	for text, want := range map[string]vital.Filter{
		"":     {},
		"  \t": {},
		`session:sales kind:operation level:warn "timed out"`: {
			Sessions: []string{"sales"}, Kinds: []vital.Kind{vital.KindOperation}, Level: vital.LevelWarn, Text: []string{"timed out"},
		},
		`session:"my shop",b session:c`: {Sessions: []string{"my shop", "b", "c"}},
		`session:"a,b"`:                 {Sessions: []string{"a,b"}},
		"kind:qr,pair kind:log":         {Kinds: []vital.Kind{vital.KindQR, vital.KindPair, vital.KindLog}},
		"since:2h":                      {Since: now.Add(-2 * time.Hour)},
		"since:3d until:1d12h":          {Since: now.Add(-72 * time.Hour), Until: now.Add(-36 * time.Hour)},
		"since:14:02":                   {Since: time.Date(2026, 8, 22, 14, 2, 0, 0, now.Location())},
		"since:2026-08-22T14:02":        {Since: time.Date(2026, 8, 22, 14, 2, 0, 0, now.Location())},
		`since:"2026-08-22 14:02:03"`:   {Since: time.Date(2026, 8, 22, 14, 2, 3, 0, now.Location())},
		"until:2026-08-22":              {Until: time.Date(2026, 8, 22, 0, 0, 0, 0, now.Location())},
		"503 close":                     {Text: []string{"503", "close"}},
		`"level:warn" "a \"b\" \\"`:     {Text: []string{"level:warn", `a "b" \`}},
		`14:02 :x`:                      {Text: []string{"14:02", ":x"}},
		`""`:                            {},
		`time"d o"ut`:                   {Text: []string{"timed out"}},
	} {
		got, err := vital.ParseFilter(text, now)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestFilterMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"sesion:sales":            `the keys are session, kind, level, since and until; to search for it as a text put it in quotes: "sesion:sales"`,
		"kind:operations":         "the kinds are connection.update, ",
		"level:loud":              "the levels are debug, info, warn and error",
		"level:warn,info":         "there can be only one level",
		"session:":                "nothing stands after the colon",
		"session:a,,b":            "nothing stands after the comma",
		"since:yesterday":         `"yesterday" is no time: write an age`,
		"since:-2h":               "is no time",
		"until:99999999d":         "is no time",
		`"open`:                   "the closing quote is missing",
		`"a\b"`:                   "a backslash in quotes",
		"a\xff":                   "it is not UTF-8",
		strings.Repeat("x", 5000): "it is longer than 4096 bytes",
	} {
		_, err := vital.ParseFilter(text, filterNow())
		var mistake *vital.FilterError
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func TestFilterMatch(t *testing.T) {
	at := filterNow()
	event := vital.Event{
		Time: at, Session: 1, Name: "Sales", Kind: vital.KindOperation, Level: vital.LevelWarn, Text: "check: Timed out after 10 s",
		Fields: []vital.Field{{Key: "outcome", Value: "timeout"}},
	}
	gap := vital.NewGap(at, 7, "events are missing")
	for text, want := range map[string]struct{ event, gap bool }{
		"":                                 {true, true},
		"session:sales":                    {true, true},
		"session:support":                  {false, true}, // nobody knows whose the missing ones were
		"session:support,sales":            {true, true},
		"kind:operation":                   {true, true},
		"kind:log":                         {false, true},
		"level:warn":                       {true, true},
		"level:error":                      {false, true},
		`"TIMED OUT"`:                      {true, true},
		"TimeOut check":                    {true, true},
		"outcome":                          {false, true}, // keys are not searched
		"since:2026-08-22T15:30:00+02:00":  {true, true},
		"since:2026-08-22T15:30:01+02:00":  {false, false},
		"until:2026-08-22T15:30:00+02:00":  {false, false},
		"until:2026-08-22T13:30:01Z check": {true, true},
	} {
		f, err := vital.ParseFilter(text, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Match(event); got != want.event {
			t.Errorf("%q: %v for the event", text, got)
		}
		if got := f.Match(gap); got != want.gap {
			t.Errorf("%q: %v for the gap", text, got)
		}
	}
	gap.Session, gap.Name, gap.Level = 1, "Sales", vital.LevelDebug
	if (vital.Filter{Sessions: []string{"support"}}).Match(gap) || (vital.Filter{Level: vital.LevelInfo}).Match(gap) || !(vital.Filter{}).Match(gap) {
		t.Error("a gap of one session's details")
	}
}

// Whatever is typed is refused with a reason, or a filter that wants what it names.
func FuzzParseFilter(f *testing.F) {
	for _, seed := range []string{
		`session:sales kind:operation level:warn "timed out"`, `session:"a,b",c since:2h`, `until:2026-08-22T14:02:03Z x`, `"\"\\" :`, "kind:", "a:b", "since:1d", `session:"",`,
		"session:\u00a0x", "session:\"\u00a0\"", "\"a\vb\"", "\"a\u2003b\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		now := filterNow()
		filter, err := vital.ParseFilter(text, now)
		if err != nil {
			var mistake *vital.FilterError
			if !errors.As(err, &mistake) || mistake.Why == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		e := vital.Event{Session: 1, Name: "sales", Kind: vital.KindLog, Level: filter.Level, Time: filter.Since, Text: strings.Join(filter.Text, " ")}
		if len(filter.Sessions) > 0 {
			e.Name = filter.Sessions[0]
		}
		if len(filter.Kinds) > 0 {
			e.Kind = filter.Kinds[0]
		}
		if inTime := filter.Until.IsZero() || e.Time.Before(filter.Until); filter.Match(e) != inTime {
			t.Fatalf("%q is %+v, and for what it names: %v", text, filter, !inTime)
		}
	})
}

func TestEventJSON(t *testing.T) {
	e := vital.Event{
		Seq: 12, Time: filterNow(), Session: 3, Name: "sales", Kind: vital.KindFrame, Level: vital.LevelDebug, Epoch: 2, Text: "← <ib>",
		Fields: []vital.Field{{Key: "xml", Value: `<ib from="s.whatsapp.net"/>`}, {Key: "dir", Value: "in"}, {Key: "dir", Value: "out"}},
	}
	want := `{"time":"2026-08-22T13:30:00Z","session":"sales","session_id":3,"kind":"frame","level":"debug","seq":12,"epoch":2,"text":"← <ib>",` +
		`"fields":{"dir":"in","xml":"<ib from=\"s.whatsapp.net\"/>"}}`
	if got := string(e.JSON()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(vital.NewGap(filterNow(), 3, "events are missing").JSON()); got !=
		`{"time":"2026-08-22T13:30:00Z","kind":"gap","level":"warn","text":"3 events are missing","fields":{"count":"3"}}` {
		t.Error(got)
	}
	fine, stored := e, e
	fine.Time, stored.Time = filterNow().Add(204_123_789), time.UnixMicro(filterNow().Add(204_123_789).UnixMicro())
	if live, kept := string(fine.JSON()), string(stored.JSON()); live != kept || !strings.Contains(live, "13:30:00.204123Z") {
		t.Errorf("live %s, from the database %s", live, kept)
	}
	var one, other any
	if err := errors.Join(json.Unmarshal(e.JSON(), &one), json.Unmarshal(e.IndentedJSON(), &other)); err != nil || !reflect.DeepEqual(one, other) {
		t.Errorf("%v, %v: %v", one, other, err)
	}
	if !strings.Contains(string(e.IndentedJSON()), "\n  \"fields\": {\n    \"dir\": \"in\",\n") {
		t.Errorf("%s", e.IndentedJSON())
	}
}

func BenchmarkFilter100000(b *testing.B) {
	events := make([]vital.Event, 100_000)
	for i := range events {
		kinds := vital.Kinds()
		events[i] = vital.Event{
			Seq: uint64(i), Time: filterNow().Add(time.Duration(i) * time.Second), Session: vital.SessionID(i%10 + 1), Name: "session-" + string(rune('a'+i%10)),
			Kind: kinds[i%len(kinds)], Level: vital.Level(i % 4), Text: "check 3 numbers → 182 ms, and what else there is to say of it",
			Fields: []vital.Field{{Key: "operation", Value: "check"}, {Key: "ms", Value: "182"}, {Key: "outcome", Value: "ok"}},
		}
	}
	for _, text := range []string{"session:session-c level:warn", `"timed out"`, "kind:operation check outcome"} {
		b.Run(text, func(b *testing.B) {
			f, err := vital.ParseFilter(text, filterNow())
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				n := 0
				for _, e := range events {
					if f.Match(e) {
						n++
					}
				}
			}
		})
	}
}
