package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

const (
	one = "+6281260268381"
	two = "+447400123456"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// Every reply and every error becomes the verdict that it is, and none becomes "no" that the server did not say.
func TestJudge(t *testing.T) {
	reply := func(answers ...vital.Answer) vital.Reply {
		return vital.Reply{Name: "sales", AskedAt: noon, Latency: 1200 * time.Microsecond, Answers: answers}
	}
	in := func(attempt int, err error) error {
		return &session.OperationError{Operation: vital.OpCheck, Session: "sales", Attempt: attempt, Elapsed: 12 * time.Second, Err: err}
	}
	refused := &session.ServerError{Code: 429, Text: "rate-overlimit", Backoff: time.Minute}
	limit := &session.RateLimitError{Until: noon, Err: refused}
	asked := Result{Input: one, E164: one, Session: "sales", AskedAt: noon, LatencyMS: 2}
	with := func(v vital.Verdict, reason string) Result {
		r := asked
		r.Verdict, r.Reason = v, reason
		return r
	}
	not := func(v vital.Verdict, name, reason string) Result {
		return Result{Input: one, E164: one, Verdict: v, Session: name, Reason: reason}
	}
	yes := with(vital.VerdictRegistered, "")
	yes.JID, yes.LID, yes.Business = "6281260268381@s.whatsapp.net", "1@lid", true
	for name, c := range map[string]struct {
		reply vital.Reply
		err   error
		want  Result
	}{
		"registered":      {reply(vital.Answer{Number: one, Verdict: vital.VerdictRegistered, JID: "6281260268381@s.whatsapp.net", LID: "1@lid", Business: true}), nil, yes},
		"not registered":  {reply(vital.Answer{Number: one, Verdict: vital.VerdictNotRegistered, JID: "x", Business: true}), nil, with(vital.VerdictNotRegistered, "")},
		"refused alone":   {reply(vital.Answer{Number: one, Verdict: vital.VerdictError, Code: 429, Reason: "rate-overlimit"}), nil, with(vital.VerdictError, "the server refuses: 429 rate-overlimit")},
		"error in words":  {reply(vital.Answer{Number: one, Verdict: vital.VerdictError, Reason: "odd"}), nil, with(vital.VerdictError, "odd")},
		"error in none":   {reply(vital.Answer{Number: one, Verdict: vital.VerdictError}), nil, with(vital.VerdictError, "the server refuses")},
		"nonsense":        {reply(vital.Answer{Number: one, Verdict: "perhaps"}), nil, with(vital.VerdictError, `an answer that means nothing: "perhaps"`)},
		"no verdict":      {reply(vital.Answer{Number: one}), nil, with(vital.VerdictError, `an answer that means nothing: ""`)},
		"contradiction":   {reply(vital.Answer{Number: one, Verdict: vital.VerdictRegistered}, vital.Answer{Number: one, Verdict: vital.VerdictNotRegistered}), nil, with(vital.VerdictError, "the server contradicts itself")},
		"left out":        {reply(vital.Answer{Number: two, Verdict: vital.VerdictRegistered}), nil, with(vital.VerdictNoAnswer, "the server left it out")},
		"empty reply":     {reply(), nil, with(vital.VerdictNoAnswer, "the server left it out")},
		"rate limit":      {vital.Reply{}, in(0, limit), not(vital.VerdictError, "", "rate limit until 12:00:00")},
		"rate limit met":  {vital.Reply{}, in(1, limit), not(vital.VerdictError, "sales", "rate limit until 12:00:00")},
		"server error":    {vital.Reply{}, in(3, &session.ServerError{Code: 500, Text: "internal"}), not(vital.VerdictError, "sales", "the server refuses: 500 internal")},
		"bare error":      {vital.Reply{}, &session.ServerError{Code: 503}, not(vital.VerdictError, "", "the server refuses: 503")},
		"not connected":   {vital.Reply{}, session.ErrNotConnected, not(vital.VerdictUnverified, "", session.ErrNotConnected.Error())},
		"breaker":         {vital.Reply{}, fmt.Errorf("sales: %w", session.ErrBreakerOpen), not(vital.VerdictUnverified, "", "sales: "+session.ErrBreakerOpen.Error())},
		"no session":      {vital.Reply{}, fmt.Errorf("%w: sales is in ERROR", session.ErrNoSession), not(vital.VerdictUnverified, "", session.ErrNoSession.Error()+": sales is in ERROR")},
		"closed":          {vital.Reply{}, session.ErrClosed, not(vital.VerdictUnverified, "", session.ErrClosed.Error())},
		"time-out":        {vital.Reply{}, in(1, context.DeadlineExceeded), not(vital.VerdictUnverified, "sales", "time-out after 12 s")},
		"time-out told":   {vital.Reply{AskedAt: noon}, in(1, context.DeadlineExceeded), Result{Input: one, E164: one, Verdict: vital.VerdictUnverified, Session: "sales", AskedAt: noon, Reason: "time-out after 12 s"}},
		"nobody asked":    {vital.Reply{AskedAt: noon}, in(0, session.ErrBreakerOpen), not(vital.VerdictUnverified, "", in(0, session.ErrBreakerOpen).Error())},
		"bare time-out":   {vital.Reply{}, context.DeadlineExceeded, not(vital.VerdictUnverified, "", "time-out")},
		"session stopped": {vital.Reply{}, context.Canceled, not(vital.VerdictUnverified, "", "the session was stopped meanwhile")},
		"something else":  {vital.Reply{}, errors.New("odd"), not(vital.VerdictError, "", "odd")},
	} {
		got := Judge(t.Context(), []string{one}, c.reply, c.err)
		if len(got) != 1 || !reflect.DeepEqual(got[0], c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range []error{context.Canceled, in(1, context.Canceled), session.ErrNotConnected} {
		if got := Judge(ctx, []string{one}, vital.Reply{}, err); got != nil {
			t.Errorf("cancelled, %v: %+v", err, got)
		}
	}
	if got := Judge(ctx, []string{one}, reply(vital.Answer{Number: one, Verdict: vital.VerdictNotRegistered}), nil); len(got) != 1 || got[0].Verdict != vital.VerdictNotRegistered {
		t.Errorf("an answer that came with the cancellation: %+v", got)
	}
	got := Judge(t.Context(), []string{two, one}, reply(vital.Answer{Number: one, Verdict: vital.VerdictNotRegistered}), nil)
	if len(got) != 2 || got[0].E164 != two || got[0].Verdict != vital.VerdictNoAnswer || got[1].E164 != one || got[1].Verdict != vital.VerdictNotRegistered {
		t.Errorf("two: %+v", got)
	}
}

// The names and their order are what scripts read.
func TestResultForms(t *testing.T) {
	full := Result{
		Input: "0812", E164: one, Verdict: vital.VerdictRegistered, JID: "6281260268381@s.whatsapp.net", LID: "1@lid", Business: true,
		Session: "sales", LatencyMS: 182, AskedAt: noon, Cached: true, Reason: "a reason",
	}
	const wantFull = `{"input":"0812","e164":"+6281260268381","verdict":"registered","jid":"6281260268381@s.whatsapp.net","lid":"1@lid","business":true,"session":"sales","latency_ms":182,"asked_at":"2026-11-24T12:00:00Z","cached":true,"reason":"a reason"}`
	const wantBare = `{"input":"x\u001b[2J","verdict":"invalid","business":false,"cached":false,"reason":"letters in it"}`
	bare := Invalid("x\x1b[2J", "letters in it")
	for want, r := range map[string]Result{wantFull: full, wantBare: bare} {
		got, err := json.Marshal(r)
		if err != nil || string(got) != want {
			t.Errorf("%s, %v", got, err)
		}
		var back Result
		if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("back: %+v, %v", back, err)
		}
	}
	fields := reflect.TypeFor[Result]()
	for i, name := range Header() {
		if tag, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ","); tag != name {
			t.Errorf("column %d is %s, in JSON %s", i, name, tag)
		}
	}
	if len(Header()) != fields.NumField() {
		t.Errorf("%d columns, %d fields", len(Header()), fields.NumField())
	}
	if row := full.Row(); !slices.Equal(row, []string{"0812", one, "registered", full.JID, "1@lid", "true", "sales", "182", "2026-11-24T12:00:00Z", "true", "a reason"}) {
		t.Errorf("%q", row)
	}
	if row := bare.Row(); !slices.Equal(row, []string{"x\x1b[2J", "", "invalid", "", "", "false", "", "", "", "false", "letters in it"}) {
		t.Errorf("%q", row)
	}
	for want, r := range map[string]Result{
		"+6281260268381  registered  business, 6281260268381@s.whatsapp.net, a reason, known since 2026-11-24 12:00": full,
		`"x\x1b[2J"  invalid  letters in it`:                          bare,
		"+6281260268381  not_registered  9 ms":                        {Input: one, E164: one, Verdict: vital.VerdictNotRegistered, LatencyMS: 9},
		"+6281260268381  not_registered  known":                       {Input: one, E164: one, Verdict: vital.VerdictNotRegistered, Cached: true},
		"+6281260268381  error  the server refuses: 500 [2Jbad, 1 ms": {Input: one, E164: one, Verdict: vital.VerdictError, Reason: "the server refuses: 500 \x1b[2Jbad", LatencyMS: 1},
	} {
		if got := r.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestWarningsBelongToDoubtfulOnes(t *testing.T) {
	for verdict, want := range map[vital.Verdict]string{vital.VerdictRegistered: "", vital.VerdictNotRegistered: "odd"} {
		if r := (Result{E164: one, Verdict: verdict}).as("in", "odd"); r.Reason != want || r.Input != "in" {
			t.Errorf("%+v", r)
		}
	}
	if r := (Result{Verdict: vital.VerdictError, Reason: "why"}).as("in", "odd"); r.Reason != "why" {
		t.Errorf("%+v", r)
	}
}

func TestExitCode(t *testing.T) {
	of := func(verdicts ...vital.Verdict) Summary {
		var s Summary
		for _, v := range verdicts {
			r := Result{Verdict: v}
			if v != vital.VerdictInvalid && v != vital.VerdictUnverified {
				r.AskedAt = noon
			}
			s.Add(r)
		}
		return s
	}
	yes, no, invalid, silent, wrong, unverified := vital.VerdictRegistered, vital.VerdictNotRegistered, vital.VerdictInvalid, vital.VerdictNoAnswer, vital.VerdictError, vital.VerdictUnverified
	known := Summary{}
	known.Add(Result{Verdict: yes, AskedAt: noon, Cached: true})
	known.Add(Result{Verdict: unverified})
	late := Summary{}
	late.Add(Result{Verdict: unverified, AskedAt: noon}) // a time-out: it was asked
	for _, c := range []struct {
		name string
		s    Summary
		err  error
		want int
	}{
		{"nothing", of(), nil, 0},
		{"all answered", of(yes, no, invalid), nil, 0},
		{"all invalid", of(invalid), nil, 0},
		{"left out", of(yes, silent), nil, 3},
		{"an error", of(yes, wrong), nil, 3},
		{"only an error", of(wrong), nil, 3},
		{"some unverified", of(yes, unverified), nil, 3},
		{"a time-out", late, nil, 3},
		{"nobody could ask", of(unverified, invalid), nil, 4},
		{"nobody could ask the rest", known, nil, 4},
		{"no session from the start", of(unverified), fmt.Errorf("job 1: %w", session.ErrNoSession), 4},
		{"no session later", of(yes, unverified), fmt.Errorf("job 1: %w", session.ErrNoSession), 3},
		{"interrupted", of(yes), fmt.Errorf("job 1: %w", context.Canceled), 130},
		{"closed", of(yes), session.ErrClosed, 130},
		{"failed", of(yes), errors.New("disk full"), 1},
	} {
		if got := ExitCode(c.s, c.err); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	s := of(yes, yes, no, silent)
	s.Add(Result{Verdict: yes, Cached: true})
	large := Summary{Results: 1234567, Cached: 1000, Verdicts: map[vital.Verdict]int64{vital.VerdictRegistered: 1233566, vital.VerdictNotRegistered: 1001}}
	if got := large.String(); got != "1,234,567 checked, 1,233,566 registered, 1,001 not registered, 1,000 of them known before" {
		t.Error(got)
	}
	if got := s.String(); got != "5 checked, 3 registered, 1 not registered, 1 no answer, 1 of them known before" {
		t.Error(got)
	}
}
