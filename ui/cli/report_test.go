package cli

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/record"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// troubled is a world in which much has happened to one session, and what of it nobody may ever see.
type troubled struct {
	*world
	id      vital.SessionID
	phone   string
	secrets map[string]string // by what they are
}

// The people of this run.
const (
	reportOther   = "+4915100000002"
	reportNobody  = "+4915100000003"
	reportOffline = "+4915100000004"
)

func newTroubled(t *testing.T) *troubled {
	t.Helper()
	r := &troubled{world: newWorld(t), secrets: map[string]string{}}
	m, ctx := r.house.manager, t.Context()
	id, qr := r.waiting(t)
	if err := m.Rename(ctx, id, "Kundendienst Nord"); err != nil {
		t.Fatal(err)
	}
	r.id, r.phone = id, "+4915123456789"
	if err := r.server.Scan(qr, r.phone, "Ada Lovelace"); err != nil {
		t.Fatal(err)
	}
	r.await(t, id, "connected", isConnected)
	r.pair(t) // another session
	if err := r.server.SetNumbers(map[string]string{reportOffline: simulator.NumberOffline, reportNobody: "false"}); err != nil {
		t.Fatal(err)
	}
	texts := []string{"the launch code is swordfish", "hello from the phone", "an invoice, see picture"}
	for n, from := range []string{reportOther, r.phone, reportOther} {
		if _, err := r.server.Say(r.phone, from, texts[0]); err != nil {
			t.Fatal(err)
		}
		r.await(t, id, "told", func(s *vital.Snapshot) bool { return s.Counters.MessagesIn+s.Counters.MessagesOut > uint64(n) })
	}
	media, err := r.server.SayMedia(r.phone, reportOther, texts[2], simulator.Media{Kind: "document", Name: "Rechnung-Meier.pdf", Data: []byte("the secret contents")})
	if err != nil {
		t.Fatal(err)
	}
	r.use(t, media, texts[1])
	r.suffer(t)
	key := r.server.RootKey()
	for what, secret := range map[string]string{
		"QR payload": qr, "root key": hex.EncodeToString(key[:]), "root key in base64": base64.StdEncoding.EncodeToString(key[:]), "text 0": texts[0],
		"text 1": texts[1], "text 2": texts[2], "file": "Rechnung-Meier", "contents": "the secret contents", "push name": "Ada Lovelace", "session": "Kundendienst",
		"message": media, "database": r.house.store.Path(), "folder": filepath.Dir(r.house.store.Path()),
	} {
		r.secrets[what] = secret
	}
	_, data, _ := strings.Cut(qr, "#")
	for i, part := range strings.Split(data, ",") {
		if len(part) >= 8 {
			r.secrets[fmt.Sprint("part of the QR payload ", i)] = part
		}
	}
	for _, phone := range []string{r.phone, reportOther, reportNobody, reportOffline, "+4915123456002"} {
		r.numberForms(phone)
	}
	r.databaseSecrets(t)
	return r
}

// use asks for everything that a session can be asked for.
func (r *troubled) use(t *testing.T, media, text string) {
	t.Helper()
	m, ctx := r.house.manager, t.Context()
	_, pingErr := m.Ping(ctx, r.id)
	_, checkErr := m.Ask(ctx, vital.Query{Numbers: []string{reportOther, reportNobody}, Sessions: []vital.SessionID{r.id}})
	_, sendErr := m.Send(ctx, r.id, vital.Outgoing{To: reportOther, Text: text})
	_, nobodyErr := m.Send(ctx, r.id, vital.Outgoing{To: reportNobody, Text: text})
	_, contactsErr := m.Contacts(ctx, r.id)
	if err := errors.Join(pingErr, checkErr, sendErr, contactsErr); err != nil {
		t.Fatal(err)
	}
	if nobodyErr == nil {
		t.Error("a text went to somebody who is not there")
	}
	r.await(t, r.id, "the media known", func(*vital.Snapshot) bool {
		_, err := r.house.store.Media(ctx, r.id, media)
		return err == nil
	})
	if _, err := m.Download(ctx, r.id, media, io.Discard); err != nil {
		t.Fatal(err)
	}
}

// suffer loses the session in several ways.
func (r *troubled) suffer(t *testing.T) {
	t.Helper()
	for _, fault := range []func() error{
		func() error { return r.server.StreamError(r.phone, 503, "") },
		func() error { return r.server.Drop(r.phone) },
		func() error { return r.server.StreamError(r.phone, 777, "") },
	} {
		before, _ := r.house.manager.Snapshot(r.id)
		if err := fault(); err != nil {
			t.Fatal(err)
		}
		r.await(t, r.id, "lost", func(s *vital.Snapshot) bool { return s.Counters.Reconnects > before.Counters.Reconnects })
		r.await(t, r.id, "connected again", isConnected)
	}
	// A proxy that is gone, of this session alone, and then none again.
	const user, password = "proxy-user-of-ours", "hunter22hunter22"
	if err := r.house.manager.SetProxy(t.Context(), r.id, "http://"+user+":"+password+"@127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	r.await(t, r.id, "kept away by its proxy", func(s *vital.Snapshot) bool { return s.Failure.Reason == vital.ReasonProxy })
	r.secrets["proxy's user"], r.secrets["proxy's password"] = user, password
	made, _, err := r.house.report(t.Context(), r.id, time.Hour, true)
	if err != nil || !slices.Contains(made.Secrets, password) || made.From.Before(made.Snapshot.Created) {
		t.Errorf("a report knows %d secrets, from %v, of a session made at %v: %v", len(made.Secrets), made.From, made.Snapshot.Created, err)
	}
	if err := r.house.manager.SetProxy(t.Context(), r.id, ""); err != nil {
		t.Fatal(err)
	}
	r.await(t, r.id, "connected without a proxy", isConnected)
}

// numberForms are the ways in which a number may be written.
func (r *troubled) numberForms(phone string) {
	digits := strings.TrimPrefix(phone, "+")
	for i, form := range []string{
		digits, digits[:2] + " " + digits[2:5] + " " + digits[5:], "0" + digits[2:], digits[2:], digits[:2] + "…" + digits[len(digits)-2:], digits[4:],
	} {
		r.secrets[fmt.Sprint(phone, " form ", i)] = form
	}
}

// databaseSecrets are all keys, JIDs and texts in the client's own tables, and what wapulse's own have of people.
func (r *troubled) databaseSecrets(t *testing.T) {
	t.Helper()
	db := r.house.store.WriteDB()
	queries := clientTables(t, db)
	queries = append(queries, "SELECT name, jid, lid, phone, push_name FROM wapulse_session",
		"SELECT message_id, name, direct_path, key, file_sha256, file_enc_sha256 FROM wapulse_media",
		"SELECT number, jid, lid FROM wapulse_check")
	for _, query := range queries {
		r.rowSecrets(t, db, query)
	}
}

// clientTables are queries of all that the client keeps.
func clientTables(t *testing.T, db *sql.DB) (queries []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'whatsmeow%' AND name NOT LIKE '%version'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		queries = append(queries, "SELECT * FROM "+name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return queries
}

func (r *troubled) rowSecrets(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; rows.Next(); n++ {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			what := fmt.Sprintf("%s, row %d, %s", query, n, columns[i])
			switch v := v.(type) {
			case string:
				r.textSecret(what, v)
			case []byte:
				if len(v) >= 8 {
					r.secrets[what] = string(v)
					r.secrets[what+" hex"] = hex.EncodeToString(v)
					r.secrets[what+" base64"] = base64.RawStdEncoding.EncodeToString(v)[:10]
				}
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// textSecret takes a text of the database. Short words are names of the protocol's own things.
func (r *troubled) textSecret(what, text string) {
	if user, _, isJID := strings.Cut(text, "@"); isJID && len(user) > 5 {
		r.secrets[what+" user"], _, _ = strings.Cut(user, ":")
	}
	if len(text) >= 8 {
		r.secrets[what] = text
	}
}

// contents are all files of a bundle.
func contents(t *testing.T, bundle []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		all.WriteString("== " + f.Name + "\n")
		all.Write(data)
	}
	return all.String()
}

// Of all secrets of a run none is in its report; what is in it is what the store and the session say.
func TestReportOfATroubledSession(t *testing.T) {
	r := newTroubled(t)
	if len(r.secrets) < 2000 { // the client alone has 800 prekeys
		t.Errorf("only %d secrets are known: is the database empty?", len(r.secrets))
	}
	made, _, err := r.house.report(t.Context(), r.id, time.Hour, r.house.isLent)
	if err != nil {
		t.Fatal(err)
	}
	var bundle bytes.Buffer
	if err := record.Write(&bundle, made); err != nil {
		t.Fatal(err)
	}
	all := contents(t, bundle.Bytes())
	for what, secret := range r.secrets {
		if at := strings.Index(all, secret); at >= 0 {
			t.Errorf("%s is in the report: %q", what, all[max(0, at-80):min(len(all), at+80)])
		}
	}
	ownNumbers := regexp.MustCompile(`(?m)"(whatsmeow|version|go|Version|Latest)": ".*"|report of wapulse.*|(": |^ +)-?\d+,?$`) // versions, and durations in nanoseconds
	if run := regexp.MustCompile(`.{0,40}\d{8,}.{0,40}`).FindString(ownNumbers.ReplaceAllString(all, "")); run != "" {
		t.Errorf("a number is left: %s", run)
	}
	for _, want := range []string{"number-1", "number-1:", "lid-1", "name-1", "message-1", "stream error 503", "CONNECTED → RECONNECTING", `"kind":"receipt"`, `"Version": "2.3000.`} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in the report", want)
		}
	}
	rec, err := record.Load(bytes.NewReader(bundle.Bytes()), int64(bundle.Len()))
	if err != nil {
		t.Fatal(err)
	}
	r.mustAgree(t, rec)
	if t.Failed() {
		t.Logf("%d bytes:\n%.6000s", len(all), all)
	}
}

// mustAgree holds a replay against what the store says of the same moments, and against the session at the end.
func (r *troubled) mustAgree(t *testing.T, rec *record.Record) {
	t.Helper()
	past, err := r.house.store.Past(t.Context(), r.id, time.Time{})
	transitions := past.Transitions
	if err != nil || len(transitions) < 8 {
		t.Fatalf("%d transitions, %v", len(transitions), err)
	}
	var since time.Time
	for i, stored := range transitions {
		if stored.From != stored.To {
			since = stored.Time
		}
		for _, at := range []time.Time{stored.Time, stored.Time.Add(time.Microsecond)} {
			if i+1 < len(transitions) && !at.Before(transitions[i+1].Time) {
				continue
			}
			s, _ := rec.At(at)
			if s.State != stored.To || s.Reason != stored.Reason || !s.Since.Equal(since) ||
				s.Failure.Reason != stored.Failure.Reason || s.Failure.Code != stored.Failure.Code {
				t.Errorf("at %v: %s %s since %v, %+v; stored is %+v", at, s.State, s.Reason, s.Since, s.Failure, stored)
			}
			if isUp := stored.To == vital.StateConnected; isUp != (s.Ready == vital.ReadyOpen && !s.Ladder.Authenticated.IsZero()) {
				t.Errorf("at %v: %s, yet the socket is %s, ladder %+v", at, s.State, s.Ready, s.Ladder)
			}
		}
		if s, _ := rec.At(stored.Time.Add(-time.Microsecond)); i > 0 && transitions[i-1].Time.Before(stored.Time.Add(-time.Microsecond)) && s.State != stored.From {
			t.Errorf("before %v: %s, stored is %s", stored.Time, s.State, stored.From)
		}
	}
	all, err := r.house.store.EventsAfter(t.Context(), vital.Filter{}, vital.EventPlace{}, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	var events []vital.Event
	for _, e := range all {
		if e.Session == r.id {
			events = append(events, e.Event)
		}
	}
	for i, e := range events {
		_, until := rec.At(e.Time)
		if len(until) <= i || until[i].Seq != e.Seq || until[i].Kind != e.Kind || !until[i].Time.Equal(e.Time) || until[i].Level != e.Level {
			t.Fatalf("event %d of %d is not as stored: %+v", i, len(events), e)
		}
	}
	_, to := rec.Span()
	end, _ := rec.At(to)
	now, _ := r.house.manager.Snapshot(r.id)
	if end.State != now.State || !end.Since.Equal(now.Since.Truncate(time.Microsecond)) || end.Counters.Reconnects != now.Counters.Reconnects || !reflect.DeepEqual(end.Ping.Recent, now.Ping.Recent) {
		t.Errorf("the end is %+v, the session %+v", end, now)
	}
	justBefore, _ := rec.At(to.Add(-time.Nanosecond))
	known := justBefore.Counters.Reconnects
	for _, s := range rec.Samples() {
		if over := s.At.Add(s.Span); over.After(to) {
			t.Errorf("%+v is longer than the report, which ends at %v", s, to)
		} else if over.Equal(to) { // what these ten seconds have so far is known at their end
			known += s.Counters.Reconnects
		}
	}
	if justBefore.State != now.State || known != now.Counters.Reconnects || justBefore.Breaker.State != now.Breaker.State {
		t.Errorf("rebuilt: %+v; the session: %+v", justBefore, now)
	}
	var sampled []history.Sample
	if err := r.house.store.Rows(t.Context(), history.LevelSample, r.id, time.Time{}, to, func(s history.Sample) { sampled = append(sampled, s) }); err != nil {
		t.Fatal(err)
	}
	for i, s := range rec.Samples() {
		ping := sampled[i].Counts.Operation(vital.OpPing)
		for _, a := range s.Operations {
			if a.Operation == vital.OpPing && (a.Answered != ping.Latencies.Count() || (a.P95-ping.Latencies.Percentile(95)).Abs() > time.Microsecond) {
				t.Errorf("sample %+v, stored is %+v", s, ping)
			}
		}
		if s.Counters != sampled[i].Counts.Events || !s.At.Equal(sampled[i].At) {
			t.Errorf("sample %+v, stored is %+v", s, sampled[i])
		}
	}
	dials, err := r.house.store.Dials(t.Context(), r.id, 10)
	if err != nil || len(dials) < 5 || len(rec.Dials()) != len(dials) {
		t.Errorf("%d attempts stored, %d in the record, %v", len(dials), len(rec.Dials()), err)
	}
	if diagnoses := rec.Diagnoses(); len(diagnoses) < 3 || diagnoses[0].End.Reason != vital.ReasonStreamUnavailable {
		t.Errorf("diagnoses %+v", diagnoses)
	}
	if from, _ := rec.Span(); !slices.ContainsFunc(events, func(e vital.Event) bool { return e.Kind == vital.KindPair }) || !before(rec, from) {
		t.Error("before the pairing the session was paired")
	}
}

func before(rec *record.Record, at time.Time) bool {
	s, _ := rec.At(at)
	return !s.Identity.Paired() && s.State == vital.StateDisconnected
}

// The key says of a report that what the database does not take may be missing.
func TestReportKeyWithoutTheNewest(t *testing.T) {
	w := newWorld(t)
	id, _ := w.pair(t)
	t.Chdir(t.TempDir())
	save := func(want bool) {
		t.Helper()
		if _, err := w.house.manager.Ping(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		path, isWhole, err := reportKey{w.house}.Save(t.Context(), id)
		if err != nil || isWhole != want {
			t.Fatalf("whole: %v, want %v; %v", isWhole, want, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	save(true)
	lock, err := w.house.store.WriteDB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	save(false)
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	save(true)
}
