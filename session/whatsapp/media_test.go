package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// spoolFolder makes temporary files go to a folder of the test's own, which must be empty in the end.
func spoolFolder(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Cleanup(func() {
		if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

// receive lets bob send a file and waits until it was seen.
func (o *online) receive(m simulator.Media) vital.Media {
	o.t.Helper()
	id, err := o.server.SayMedia(alice, bob, "", m)
	if err != nil {
		o.t.Fatal(err)
	}
	return await(o.t, o.ear, func(s session.MediaSeen) bool { return s.Media.MessageID == id }).Media
}

// TestMediaOfEachKind: what was sent is what is downloaded, and the message is told as any other.
func TestMediaOfEachKind(t *testing.T) {
	spoolFolder(t)
	o := newOnline(t, newWorld(t))
	defer o.close()
	kinds := []simulator.Media{
		{Kind: "image", Data: bytes.Repeat([]byte("i"), 1)},
		{Kind: "video", Data: bytes.Repeat([]byte("video"), 100_000)},
		{Kind: "audio", Data: bytes.Repeat([]byte("a"), 16)},
		{Kind: "document", Name: "prices\x1b 2026.pdf", MIME: "application/pdf", Data: []byte("%PDF")},
		{Kind: "sticker", Data: bytes.Repeat([]byte("s"), 4096)},
	}
	for _, sent := range kinds {
		m := o.receive(sent)
		if m.Kind != sent.Kind || m.Size != uint64(len(sent.Data)) || m.MIME == "" || m.At.IsZero() {
			t.Errorf("%+v", m)
		}
		if sent.Kind == "document" && (m.Name != "prices 2026.pdf" || m.MIME != "application/pdf") {
			t.Errorf("%q, %q", m.Name, m.MIME)
		}
		var got bytes.Buffer
		if err := o.ask.Download(patient(t), m, &got); err != nil || !bytes.Equal(got.Bytes(), sent.Data) {
			t.Errorf("%s: %d bytes of %d, %v", sent.Kind, got.Len(), len(sent.Data), err)
		}
	}
	var seen, told int
	for _, s := range o.ear.all() {
		switch s := s.(type) {
		case session.MediaSeen:
			seen++
		case session.Messages:
			told += s.Count
			if s.ID == "" || s.Media != kinds[told-1].Kind {
				t.Errorf("media are told as %+v", s)
			}
		}
	}
	if seen != len(kinds) || told < seen-1 { // the last may still be on its way
		t.Errorf("%d media and %d messages of %d", seen, told, len(kinds))
	}
}

// TestDownloadFails: gone, refused, forged, or not wanted any more; nothing that was not verified is written.
func TestDownloadFails(t *testing.T) {
	spoolFolder(t)
	o := newOnline(t, newWorld(t))
	m := o.receive(simulator.Media{Kind: "image", Size: 100_000})
	download := func(ctx context.Context, m vital.Media) error {
		var got bytes.Buffer
		err := o.ask.Download(ctx, m, &got)
		if err != nil && got.Len() > 0 {
			t.Errorf("%d bytes were written before %v", got.Len(), err)
		}
		return err
	}
	var refused *session.ServerError
	for _, code := range []int{403, 404, 410} {
		o.faults(func(f *simulator.Faults) { f.MediaStatus = &simulator.MediaStatus{Code: code, Count: 1} })
		if err := download(patient(t), m); !errors.As(err, &refused) || refused.Code != code || refused.Text != "the media are no longer on WhatsApp's servers" {
			t.Errorf("%d: %v", code, err)
		}
	}
	o.faults(func(f *simulator.Faults) { f.MediaStatus = &simulator.MediaStatus{Code: 418, Count: 1} })
	if err := download(patient(t), m); !errors.As(err, &refused) || refused.Code != 418 {
		t.Errorf("another refusal: %v", err)
	}
	for name, forge := range map[string]func(*vital.Media){
		"another file":       func(m *vital.Media) { m.FileEncSHA256 = flipped(m.FileEncSHA256) },
		"another content":    func(m *vital.Media) { m.FileSHA256 = flipped(m.FileSHA256) },
		"another key":        func(m *vital.Media) { m.Key = flipped(m.Key) },
		"keys of other kind": func(m *vital.Media) { m.Kind = "video" },
	} {
		forged := m
		forge(&forged)
		if err := download(patient(t), forged); err == nil || errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, spoil := range map[string]func(*vital.Media){
		"no path": func(m *vital.Media) { m.DirectPath = "" }, "no key": func(m *vital.Media) { m.Key = nil },
		"no hash": func(m *vital.Media) { m.FileSHA256 = nil }, "no kind": func(m *vital.Media) { m.Kind = "hologram" },
	} {
		spoiled := m
		spoil(&spoiled)
		if err := download(patient(t), spoiled); !errors.Is(err, session.ErrNoMedia) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := o.ask.Download(patient(t), m, failingWriter{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("nobody takes it: %v", err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := download(cancelled, m); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := download(patient(t), m); err != nil {
		t.Errorf("after all that: %v", err)
	}
	o.close()
	if err := download(patient(t), m); !errors.Is(err, session.ErrNotConnected) {
		t.Errorf("after the end: %v", err)
	}
}

func flipped(b []byte) []byte {
	b = slices.Clone(b)
	b[0] ^= 1
	return b
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestMediaHostBusy: one 503 is tried again after a second; a host that stays so is told, within the deadline; the question for the host can fail, too.
func TestMediaHostBusy(t *testing.T) {
	spoolFolder(t)
	synctest.Test(t, func(t *testing.T) {
		o := newOnline(t, newPipeWorld(t))
		defer o.close()
		m := o.receive(simulator.Media{Kind: "audio"})
		o.faults(func(f *simulator.Faults) {
			f.IQError = &simulator.IQError{Code: 429, XMLNS: "w:m", Backoff: 5, Count: 1}
		})
		var refused *session.ServerError
		if err := o.ask.Download(patient(t), m, io.Discard); !errors.As(err, &refused) || refused.Backoff != 5*time.Second {
			t.Errorf("no host: %v", err)
		}
		o.faults(func(f *simulator.Faults) { f.IQError, f.MediaStatus = nil, &simulator.MediaStatus{Code: 503, Count: 1} })
		began := time.Now()
		var got bytes.Buffer
		if err := o.ask.Download(patient(t), m, &got); err != nil || uint64(got.Len()) != m.Size {
			t.Errorf("after one 503: %d bytes, %v", got.Len(), err)
		}
		if took := time.Since(began); took < time.Second || took > 2*time.Second {
			t.Errorf("tried again after %v", took)
		}
		o.faults(func(f *simulator.Faults) { f.MediaStatus = &simulator.MediaStatus{Code: 503} })
		if err := o.ask.Download(patient(t), m, io.Discard); !errors.As(err, &refused) || refused.Code != 503 || refused.Text != "service unavailable" {
			t.Errorf("busy for ever: %v", err)
		}
		short, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := o.ask.Download(short, m, io.Discard); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("busy beyond the deadline: %v", err)
		}
	})
}

// TestMediaOf says which messages have media that can be downloaded.
func TestMediaOf(t *testing.T) {
	sum := make([]byte, 32)
	image := func() *waE2E.ImageMessage {
		return &waE2E.ImageMessage{DirectPath: proto.String("/v/x?y"), MediaKey: sum, FileSHA256: sum, FileEncSHA256: sum, Mimetype: proto.String("image/png")}
	}
	event := func(m *waE2E.Message) *events.Message {
		e := &events.Message{RawMessage: m}
		e.Info.ID = "3EB0X"
		return e.UnwrapRaw()
	}
	now := time.Now()
	for name, tc := range map[string]struct {
		msg  *waE2E.Message
		want bool
	}{
		"image":          {&waE2E.Message{ImageMessage: image()}, true},
		"disappearing":   {&waE2E.Message{EphemeralMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{ImageMessage: image()}}}, true},
		"from the phone": {&waE2E.Message{DeviceSentMessage: &waE2E.DeviceSentMessage{Message: &waE2E.Message{ImageMessage: image()}}}, true},
		"to see once":    {&waE2E.Message{ViewOnceMessageV2: &waE2E.FutureProofMessage{Message: &waE2E.Message{ImageMessage: image()}}}, false},
		"text":           {&waE2E.Message{Conversation: proto.String("hi")}, false},
		"without a key":  {&waE2E.Message{ImageMessage: &waE2E.ImageMessage{DirectPath: proto.String("/v/x?y")}}, false},
		"without a path": {&waE2E.Message{VideoMessage: &waE2E.VideoMessage{MediaKey: sum, FileSHA256: sum, FileEncSHA256: sum}}, false},
		"nothing":        {nil, false},
	} {
		m, got := mediaOf(event(tc.msg), now)
		if got != tc.want || got && (m.Kind != "image" || m.MIME != "image/png" || m.MessageID != "3EB0X" || !m.At.Equal(now)) {
			t.Errorf("%s: %v, %+v", name, got, m)
		}
	}
}

// TestSpool: the limit holds whichever way is written, and a file that nobody waits for any more is not handed over.
func TestSpool(t *testing.T) {
	spoolFolder(t)
	s, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	defer s.discard()
	if _, err := s.Seek(largestMedia-1, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("ab")); !errors.Is(err, errTooLarge) || s.used {
		t.Errorf("written beyond the limit: %v", err)
	}
	if _, err := s.WriteAt([]byte("ab"), largestMedia-1); !errors.Is(err, errTooLarge) {
		t.Errorf("written beyond the limit at a place: %v", err)
	}
	if _, ok := any(s).(io.ReaderFrom); ok {
		t.Error("there is a way round the limit")
	}
	var desk handover
	if desk.take() != nil || desk.give(s) {
		t.Error("handed to nobody")
	}
}

// TestRefusals translates whatsmeow's errors without what they may repeat: addresses, stanzas.
func TestRefusals(t *testing.T) {
	var refused *session.ServerError
	if err := asked(&whatsmeow.IQError{}); !errors.As(err, &refused) || refused.Text != "an error without a code" {
		t.Errorf("an error without anything: %v", err)
	}
	if err := asked(whatsmeow.ErrMessageTimedOut); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a message's time is over: %v", err)
	}
	if err := asked(whatsmeow.ErrServerReturnedError); errors.As(err, &refused) || err == nil {
		t.Errorf("a refusal without a code: %v", err)
	}
	down := &url.Error{Op: "Get", URL: "https://127.0.0.1:1/v/secret?oh=1", Err: io.EOF}
	if err := asked(fmt.Errorf("failed to download media from last host: %w", down)); errors.Is(err, session.ErrNotConnected) || !errors.Is(err, errMediaHost) || strings.Contains(err.Error(), "/v/secret") {
		t.Errorf("no media host: %v", err)
	}
}
