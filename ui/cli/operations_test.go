package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/ui/cli"
	"github.com/wapulse/wapulse/ui/widget"
)

// The people of these tests.
const (
	ada  = "+4915123456789" // whose session it is
	bob  = "+4915100000002"
	carl = "+4915100000004" // whose phone is off
	dora = "+4915100000003" // who is not on WhatsApp
)

// operator is somebody with one session, "sales", who calls commands about it.
type operator struct {
	t      *testing.T
	server *simulator.Server
	common []string // flags
	db     string
}

func newOperator(t *testing.T) *operator {
	t.Helper()
	server, flags := serverFor(t)
	o := &operator{t: t, server: server, db: filepath.Join(shortFolder(t), "wapulse.db")}
	o.common = append(strings.Fields(flags), "--db", o.db)
	h := hold(t, o.db, o.common[:4]...).answering()
	if code, _, errs := pairOver(t, server, o.line("pair", "sales", "--format", "raw")); code != 0 {
		t.Fatal(errs)
	}
	waitFor(t, "the phone has shared its keys", func() bool { return strings.Contains(o.run("contacts", "sales").out, "Maya Chen") })
	h.end()
	if err := server.SetNumbers(map[string]string{carl: simulator.NumberOffline, dora: "false"}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *operator) line(args ...string) []string {
	return append(append([]string{}, o.common...), args...)
}

func (o *operator) run(args ...string) ran {
	o.t.Helper()
	return run(o.t, o.line(args...)...)
}

func (o *operator) faults(edit func(*simulator.Faults)) {
	o.t.Helper()
	if err := o.server.SetFaults("", edit); err != nil {
		o.t.Fatal(err)
	}
}

// hold has the sessions run in another process, connected.
func (o *operator) hold() *holder {
	o.t.Helper()
	h := hold(o.t, o.db, o.common[:4]...).answering()
	waitFor(o.t, "sales is connected", func() bool { return strings.Contains(o.run("sessions").out, " CONNECTED  ") })
	return h
}

// withoutChance is what a command said without what is another each time: times and message IDs.
func withoutChance(r ran) ran {
	r.err = regexp.MustCompile(`, after [0-9.]+m?s`).ReplaceAllString(r.err, "")
	for _, chance := range []string{`3EB0[0-9A-F]{12,}`, `\d{4}-\d\d-\d\d[ T][0-9:.]+(Z|[+-]\d\d:\d\d)?`, `[0-9.]+ ms`, `"ms":[0-9.]+`} {
		r.out = regexp.MustCompile(chance).ReplaceAllString(r.out, "…")
		r.err = regexp.MustCompile(chance).ReplaceAllString(r.err, "…")
	}
	return r
}

// What the commands say, and their exit codes, are the same with a holder and without.
func TestOperationsWithAHolderAndWithout(t *testing.T) {
	o := newOperator(t)
	if err := o.server.AddContacts(ada, []simulator.Contact{{Phone: bob, Name: "Bob"}}); err != nil {
		t.Fatal(err)
	}
	lines := []struct {
		args     []string
		code     int
		out, err string // parts
	}{
		{[]string{"ping", "sales"}, 0, "sales: …", ""},
		{[]string{"ping", "SALES", "--json"}, 0, `{"session":"sales","n":1,…}`, ""},
		{[]string{"ping", ada}, 0, "sales: ", ""},
		{[]string{"ping", "0049 151 2345 6789"}, 0, "sales: ", ""},
		{[]string{"ping", "4915123456789@s.whatsapp.net", "--count", "2"}, 0, "sales: ", "2 answers: fastest …"},
		{[]string{"ping", "sals"}, 1, "", `did you mean "sales"?`},
		{[]string{"ping", "nobody"}, 1, "", `there is "sales"`},
		{[]string{"ping", "sales", "--count", "0"}, 2, "", "--count is 1 or more"},
		{[]string{"contacts", "sales"}, 0, "Bob", ""},
		{[]string{"contacts", "sales", "--json"}, 0, `"self": true`, ""},
		{[]string{"send", "sales", bob, "hello"}, 0, "delivered  …", ""},
		{[]string{"send", "sales", "0151 00000002", "hello", "--region", "de", "--json"}, 0, `"delivered_at":"…"`, ""},
		{[]string{"send", "sales", carl, "hello", "--wait", "30ms"}, 0, "sent       …", "no receipt within 30ms"},
		{[]string{"send", "sales", bob, "hello", "--wait", "0"}, 0, "sent       …", ""},
		{[]string{"send", "sales", dora, "hello"}, 1, "", "not on WhatsApp"},
		{[]string{"send", "sales", "12", "hello"}, 2, "", `"12" is no number to send to`},
		{[]string{"send", "sales", bob, ""}, 2, "", "the text is empty"},
		{[]string{"send", "sales", bob, "-"}, 2, "", "the text is empty"},
		{[]string{"send", "sales", bob, strings.Repeat("x", 64<<10+1)}, 2, "", "longer than 64 KiB"},
		{[]string{"send", "sales", bob, "x", "--id", "a b"}, 2, "", "--id is the ID of a message"},
		{[]string{"send", "sales", bob, "x", "--wait", "-1s"}, 2, "", "--wait is 0 or more"},
		{[]string{"send", "sales", bob}, 2, "", "needs a session, a number, a text"},
		{[]string{"media", "sales", "3EB0NONE"}, 1, "", "no media of such a message"},
	}
	without := make([]ran, len(lines))
	for i, l := range lines {
		without[i] = withoutChance(o.run(l.args...))
		if got := without[i]; got.code != l.code || !strings.Contains(got.out, l.out) || !strings.Contains(got.err, l.err) ||
			(got.code != 0) != strings.Contains(got.err, "\nnext: ") {
			t.Errorf("%q: %+v", l.args, got)
		}
	}
	o.hold()
	for i, l := range lines {
		if got := withoutChance(o.run(l.args...)); got != without[i] {
			t.Errorf("%q through a holder: %+v; without: %+v", l.args, got, without[i])
		}
	}
}

// A text comes from the input, too, without the end of its line.
func TestSendFromTheInput(t *testing.T) {
	o := newOperator(t)
	var out, errs bytes.Buffer
	if code := cli.Execute(t.Context(), o.line("send", "sales", bob, "-"), strings.NewReader("two\nlines\n"), &out, &errs); code != 0 {
		t.Fatalf("%d: %s", code, errs.String())
	}
	if m := o.server.Messages(); len(m) != 1 || m[0].Text != "two\nlines" || m[0].To != bob {
		t.Errorf("%+v", m)
	}
}

// A message that the server did not take is sent again with its ID, by hand alone.
func TestSendAgainWithTheSameID(t *testing.T) {
	o := newOperator(t)
	o.faults(func(f *simulator.Faults) { f.AckError = &simulator.AckError{Code: 463, Count: 1} })
	failed := o.run("send", "sales", bob, "hello", "--json")
	var said struct{ ID, Error string }
	if err := json.Unmarshal([]byte(failed.out), &said); err != nil || failed.code != 1 || said.Error == "" || said.ID == "" {
		t.Fatalf("%v: %+v", err, failed)
	}
	if !strings.Contains(failed.err, "restricted") || !strings.Contains(failed.err, "with --id "+said.ID+" it is the same message") {
		t.Errorf("%+v", failed)
	}
	if m := o.server.Messages(); len(m) != 0 {
		t.Errorf("sent %+v", m)
	}
	for range 2 { // the second is the same message: it may be sent, and is not shown twice
		if again := o.run("send", "sales", bob, "hello", "--id", said.ID); again.code != 0 || !strings.Contains(again.out, said.ID) {
			t.Fatalf("%+v", again)
		}
	}
	for _, m := range o.server.Messages() {
		if m.ID != said.ID {
			t.Errorf("another message: %+v", m)
		}
	}
}

// Ctrl-C while a receipt is waited for says that the message is sent, with and without a holder.
func TestInterruptedSend(t *testing.T) {
	o := newOperator(t)
	interrupt := func() ran {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var out, errs text
		code := make(chan int, 1)
		go func() {
			code <- cli.Execute(ctx, o.line("send", "sales", carl, "hello", "--wait", "1m"), strings.NewReader(""), &out, &errs)
		}()
		waitFor(t, "it is sent", func() bool { return strings.Contains(out.String(), "sent  ") })
		cancel()
		return ran{<-code, out.String(), errs.String()}
	}
	without := withoutChance(interrupt())
	if without.code != 130 || !strings.Contains(without.err, "the message is sent") {
		t.Errorf("%+v", without)
	}
	o.hold()
	if through := withoutChance(interrupt()); through != without {
		t.Errorf("through a holder: %+v; without: %+v", through, without)
	}
}

// Names in all scripts stand in columns.
func TestContactsInAllScripts(t *testing.T) {
	o := newOperator(t)
	names := []string{"สมชาย ใจดี", "محمد علي", "👩🏽‍🚀 Eva", "田中", "Bob"}
	var people []simulator.Contact
	for i, name := range names {
		people = append(people, simulator.Contact{Phone: bob[:len(bob)-1] + string(rune('1'+i)), Name: name})
	}
	if err := o.server.AddContacts(ada, people); err != nil {
		t.Fatal(err)
	}
	got := o.run("contacts", "sales")
	lines := strings.Split(strings.TrimRight(got.out, "\n"), "\n")
	column := func(line, what string) int {
		before, _, found := strings.Cut(line, what)
		if !found {
			t.Errorf("no %q in %q", what, line)
		}
		return widget.Width(before)
	}
	at := column(lines[0], "PHONE")
	for _, line := range lines[1:] {
		if column(line, "+") != at {
			t.Errorf("out of line: %q", line)
		}
	}
	for _, want := range append(names, "Ada") {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is missing:\n%s", want, got.out)
		}
	}
	var list []struct {
		JID, Phone, Name string
		PushName         string `json:"push_name"`
		Self             bool
	}
	asJSON := o.run("contacts", "sales", "--json")
	if err := json.Unmarshal([]byte(asJSON.out), &list); err != nil || len(list) != len(lines)-1 {
		t.Fatalf("%v: %+v", err, asJSON)
	}
	for _, c := range list {
		if c.Self != (c.Phone == ada) || c.Self && c.PushName != "Ada" {
			t.Errorf("%+v", c)
		}
	}
}

// What is downloaded is what was sent, and nothing that was there is lost.
func TestMedia(t *testing.T) {
	o := newOperator(t)
	h := o.hold()
	data := append([]byte{0, 0xff, '\n'}, bytes.Repeat([]byte("picture"), 20_000)...)
	id, err := o.server.SayMedia(ada, bob, "", simulator.Media{Kind: "image", MIME: "image/png", Data: data})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the media are known", func() bool { return o.run("media", "sales", id, "-o", "-").code == 0 })
	folder := t.TempDir()
	t.Chdir(folder)
	own := "image-" + id + ".png"
	try := func(how string) {
		t.Helper()
		if got := o.run("media", "sales", id, "-o", "-"); got.code != 0 || got.out != string(data) || got.err != "" {
			t.Errorf("%s: code %d, %d bytes, %s", how, got.code, len(got.out), got.err)
		}
		if got := o.run("media", "sales", id); got.code != 0 || got.out != own+"\n" || !strings.Contains(got.err, "image (image/png), 140003 bytes") {
			t.Errorf("%s: %+v", how, got)
		}
		if got := o.run("media", "sales", id); got.code != 1 || !strings.Contains(got.err, "exists") || !strings.Contains(got.err, "--force") {
			t.Errorf("%s: a file was replaced: %+v", how, got)
		}
		write(t, own, "another")
		if got := o.run("media", "sales", id, "-o", own, "--force"); got.code != 0 {
			t.Errorf("%s: %+v", how, got)
		}
		file, err := os.ReadFile(own)
		info, statErr := os.Stat(own)
		if err := errors.Join(err, statErr); err != nil || !bytes.Equal(file, data) || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %d bytes, mode %v", how, err, len(file), info.Mode())
		}
		for _, bad := range []string{"no/such/folder", folder} {
			if got := o.run("media", "sales", id, "-o", bad, "--force"); got.code != 1 || !strings.Contains(got.err, "next: name a file with -o") {
				t.Errorf("%s: %s: %+v", how, bad, got)
			}
		}
		o.faults(func(f *simulator.Faults) { f.MediaStatus = &simulator.MediaStatus{Code: 404} })
		if got := o.run("media", "sales", id, "-o", "gone"); got.code != 1 || got.out != "" || !strings.Contains(got.err, "ask the sender") {
			t.Errorf("%s: %+v", how, got)
		}
		o.faults(func(f *simulator.Faults) { f.MediaStatus = nil })
		if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
			t.Errorf("%s: left behind %v, %v", how, left, err)
		}
		if err := os.Remove(own); err != nil {
			t.Error(err)
		}
	}
	try("through a holder")
	h.end()
	try("without a holder")
}

// A ping that is not answered ends the command with the reason.
func TestPingFails(t *testing.T) {
	o := newOperator(t)
	o.hold()
	o.faults(func(f *simulator.Faults) { f.DropOn = &simulator.DropOn{XMLNS: "w:p"} })
	got := o.run("ping", "sales")
	if got.code != 1 || got.out != "" || !strings.Contains(got.err, "ping on sales") || !strings.Contains(got.err, "\nnext: ") {
		t.Errorf("%+v", got)
	}
}

// Sessions that nothing brings up are refused at once, and stay as they are.
func TestSessionsThatCannotBeUsed(t *testing.T) {
	db := databaseWith(t, "sales", "support")
	if err := os.Chmod(filepath.Dir(db), 0o700); err != nil {
		t.Fatal(err)
	}
	before := run(t, "--db", db, "sessions", "--json")
	for _, line := range [][]string{{"ping", "NAME"}, {"contacts", "NAME"}, {"send", "NAME", bob, "hello"}} {
		for name, want := range map[string]string{"sales": "is stopped, as its operator wants it", "support": "is not paired"} {
			args := append([]string{"--db", db}, line...)
			args[3] = name
			if got := run(t, args...); got.code != 1 || got.out != "" || !strings.Contains(got.err, want) || !strings.Contains(got.err, "\nnext: ") {
				t.Errorf("%q: %+v", args, got)
			}
		}
	}
	if after := run(t, "--db", db, "sessions", "--json"); after != before {
		t.Errorf("before %s, after %s", before.out, after.out)
	}
	none := filepath.Join(t.TempDir(), "none.db")
	if got := run(t, "--db", none, "ping", "sales"); got.code != 1 || !strings.Contains(got.err, "there are none yet") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a ping made a database")
	}
}
