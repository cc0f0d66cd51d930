package cli_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/record"
	"github.com/wapulse/wapulse/session/vital"
)

// reported runs the command in a folder of its own and returns what the file that it wrote tells.
func (o *operator) reported(how string, args ...string) *record.Record {
	o.t.Helper()
	folder := o.t.TempDir()
	o.t.Chdir(folder)
	got := o.run(append([]string{"report", "sales"}, args...)...)
	name := strings.TrimSuffix(got.out, "\n")
	if got.code != 0 || !strings.HasPrefix(name, "wapulse-report-sales-") || filepath.Base(name) != name {
		o.t.Fatalf("%s: %+v", how, got)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 {
		o.t.Fatalf("%s: %v, %v", how, left, err)
	}
	if info, err := left[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		o.t.Errorf("%s: %v, %v", how, info.Mode(), err)
	}
	rec, err := record.LoadFile(name)
	if err != nil {
		o.t.Fatalf("%s: %v", how, err)
	}
	return rec
}

// A report is written with a holder and without, into the caller's folder, and never over anything.
func TestReportCommand(t *testing.T) {
	o := newOperator(t)
	h := o.hold()
	if got := o.run("ping", "sales"); got.code != 0 {
		t.Fatal(got)
	}
	rec := o.reported("through a holder")
	_, to := rec.Span()
	if now, events := rec.At(to); now.State != vital.StateConnected || len(events) == 0 || !rec.About().Live || now.Name == "sales" {
		t.Errorf("%+v, %d events, about %+v", now, len(events), rec.About())
	}
	mustHavePing(t, rec, to)
	out := o.run("report", "sales", "-o", "-")
	if _, err := record.Load(strings.NewReader(out.out), int64(len(out.out))); err != nil || out.code != 0 || out.err != "" {
		t.Errorf("to the output: %v, %d bytes, %s", err, len(out.out), out.err)
	}
	write(t, "there.zip", "mine")
	for _, bad := range []string{"there.zip", "no/such/folder.zip", "."} {
		if got := o.run("report", "sales", "-o", bad); got.code != 1 || got.out != "" || !strings.Contains(got.err, "next: name another file") {
			t.Errorf("-o %s: %+v", bad, got)
		}
	}
	if data, err := os.ReadFile("there.zip"); err != nil || !bytes.Equal(data, []byte("mine")) {
		t.Errorf("a file was written over: %q, %v", data, err)
	}
	h.end()
	rec = o.reported("without a holder", "--minutes", "60")
	_, to = rec.Span()
	if now, events := rec.At(to); now.State != vital.StateDisconnected || len(events) == 0 || rec.About().Live {
		t.Errorf("%+v, %d events, about %+v", now, len(events), rec.About())
	}
	for _, wrong := range [][]string{{"report"}, {"report", "sales", "--minutes", "0"}, {"report", "sales", "--minutes", "99999999"}} {
		if got := o.run(wrong...); got.code != 2 || !strings.Contains(got.err, "\nnext: ") {
			t.Errorf("%q: %+v", wrong, got)
		}
	}
	if got := o.run("report", "sals"); got.code != 1 || !strings.Contains(got.err, `did you mean "sales"?`) {
		t.Errorf("%+v", got)
	}
}

// mustHavePing: the ping of a moment ago is in a live report, and in its replay just before the end.
func mustHavePing(t *testing.T, rec *record.Record, to time.Time) {
	t.Helper()
	pings := uint64(0)
	for _, sample := range rec.Samples() {
		for _, a := range sample.Operations {
			if a.Operation == vital.OpPing {
				pings += a.Answered
			}
		}
		if sample.At.Add(sample.Span).After(to) {
			t.Errorf("a sample goes beyond the report, which ends at %v: %+v", to, sample)
		}
	}
	if pings == 0 {
		t.Errorf("no ping in %+v", rec.Samples())
	}
}

// What the database does not take is not in a report, and whoever asks for it is told.
func TestReportWithoutTheNewest(t *testing.T) {
	o := newOperator(t)
	h := o.hold()
	defer h.end()
	db, err := sql.Open("sqlite", o.db)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Exec("UPDATE wapulse_session SET name = name"); err != nil {
		t.Fatal(err)
	}
	if err := o.server.Drop(""); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the report says what is missing", func() bool {
		got := o.run("report", "sales", "-o", "-")
		return got.code == 0 && got.out != "" && strings.HasPrefix(got.err, "What happened last may be missing")
	})
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "nothing is missing any more", func() bool { return o.run("report", "sales", "-o", "-").err == "" })
}
