package whatsapp

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

const (
	bob   = "+4915100000002"
	carol = "+4915100000004"
)

// receipt waits for a receipt of a message.
func (o *online) receipt(kind, id string) session.Receipt {
	o.t.Helper()
	return await(o.t, o.ear, func(r session.Receipt) bool { return r.Type == kind && slices.Contains(r.IDs, id) })
}

func text(id, to string) vital.Outgoing { return vital.Outgoing{ID: id, To: to, Text: "hello"} }

// TestSend: the first message to a number, the next, and the receipts of each by its ID.
func TestSend(t *testing.T) {
	o := newOnline(t, newWorld(t))
	defer o.close()
	for _, id := range []string{"3EB0FIRST", "3EB0SECOND"} {
		sent, err := o.ask.Send(patient(t), text(id, bob))
		if err != nil || sent.ID != id || time.Since(sent.At).Abs() > time.Minute {
			t.Fatalf("%+v, %v", sent, err)
		}
		for _, kind := range []string{"delivered", "read"} {
			if r := o.receipt(kind, id); r.Count != 1 || r.FromPhone {
				t.Errorf("%+v", r)
			}
		}
	}
	messages := o.server.Messages()
	if len(messages) != 2 || messages[1].ID != "3EB0SECOND" || messages[1].To != bob || messages[1].Text != "hello" || messages[1].Err != "" {
		t.Errorf("the phone read %+v", messages)
	}
	if o.server.Stats().CheckQueries != 1 {
		t.Errorf("%d questions about one recipient", o.server.Stats().CheckQueries)
	}
	// A number whose phone is off: taken, and no receipt. The later one's receipts come nevertheless.
	o.numbers(map[string]string{carol: simulator.NumberOffline})
	if _, err := o.ask.Send(patient(t), text("3EB0OFF", carol)); err != nil {
		t.Error(err)
	}
	if _, err := o.ask.Send(patient(t), text("3EB0ON", bob)); err != nil {
		t.Error(err)
	}
	o.receipt("read", "3EB0ON")
	for _, s := range o.ear.all() {
		if r, ok := s.(session.Receipt); ok && slices.Contains(r.IDs, "3EB0OFF") {
			t.Errorf("a phone that is off: %+v", r)
		}
	}
}

// TestSendRefused: recipients that are not there, and messages that the server does not take.
func TestSendRefused(t *testing.T) {
	o := newOnline(t, newWorld(t))
	defer o.close()
	o.numbers(map[string]string{carol: "false", "+4915100000006": simulator.NumberOmit, "+4915100000008": simulator.NumberError})
	if _, err := o.ask.Send(patient(t), text("3EB0NO", carol)); !errors.Is(err, session.ErrNotOnWhatsApp) {
		t.Errorf("not on WhatsApp: %v", err)
	}
	var refused *session.ServerError
	if _, err := o.ask.Send(patient(t), text("3EB0OMIT", "+4915100000006")); !errors.As(err, &refused) || refused.Text != "it says nothing of the number" {
		t.Errorf("left out: %v", err)
	}
	if _, err := o.ask.Send(patient(t), text("3EB0ERR", "+4915100000008")); !errors.As(err, &refused) || refused.Code != 429 {
		t.Errorf("an error for the number: %v", err)
	}
	for code, words := range map[int]string{
		463: "this account is restricted: it may not begin new chats", 479: "the message is not valid for its recipient", 429: "too many messages",
		500: "the message was not taken",
	} {
		o.faults(func(f *simulator.Faults) { f.AckError = &simulator.AckError{Code: code, Count: 1} })
		if _, err := o.ask.Send(patient(t), text("3EB0REFUSED", bob)); !errors.As(err, &refused) || refused.Code != code || refused.Text != words {
			t.Errorf("%d: %v", code, err)
		}
	}
	if n := len(o.server.Messages()); n != 0 {
		t.Errorf("%d messages arrived", n)
	}
	o.faults(func(f *simulator.Faults) { f.IQError = &simulator.IQError{Code: 429, XMLNS: "usync", Backoff: 60} })
	if _, err := o.ask.Send(patient(t), text("3EB0LIMIT", "+4915100000010")); !errors.As(err, &refused) || refused.Backoff != time.Minute {
		t.Errorf("a rate limit while the recipient is looked up: %v", err)
	}
	o.faults(func(f *simulator.Faults) { f.IQError = nil })
	// What was refused may be sent again, as the same message.
	if sent, err := o.ask.Send(patient(t), text("3EB0REFUSED", bob)); err != nil || sent.ID != "3EB0REFUSED" {
		t.Errorf("once more: %+v, %v", sent, err)
	}
	o.receipt("read", "3EB0REFUSED")
}

// TestSendIsBounded: nobody waits longer than their own deadline, neither for the server nor for another's message; and a lost socket ends it at once.
func TestSendIsBounded(t *testing.T) {
	o := newOnline(t, newWorld(t))
	if _, err := o.ask.Send(patient(t), text("3EB0KNOWN", bob)); err != nil {
		t.Fatal(err)
	}
	o.receipt("read", "3EB0KNOWN")
	o.faults(func(f *simulator.Faults) { f.Blackhole = true })
	long, cancel := context.WithCancel(context.Background())
	first := make(chan error, 1)
	go func() {
		_, err := o.ask.Send(long, text("3EB0LONG", bob))
		first <- err
	}()
	short, cancelShort := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancelShort()
	if _, err := o.ask.Send(short, text("3EB0SHORT", bob)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("behind another, or into a black hole: %v", err)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := o.server.ClearFaults(); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ask.Send(patient(t), text("3EB0AFTER", bob)); err != nil {
		t.Errorf("after that: %v", err)
	}

	o.faults(func(f *simulator.Faults) { f.DropOn = &simulator.DropOn{XMLNS: "message", Count: 1} })
	if _, err := o.ask.Send(patient(t), text("3EB0DROP", bob)); !errors.Is(err, session.ErrNotConnected) {
		t.Errorf("a drop before the answer: %v", err)
	}
	ended(t, o.ear, o.conn)
	if _, err := o.ask.Send(patient(t), text("3EB0LATE", bob)); !errors.Is(err, session.ErrNotConnected) {
		t.Errorf("after the end: %v", err)
	}
	o.again()
	if _, err := o.ask.Send(patient(t), text("3EB0DROP", bob)); err != nil {
		t.Errorf("the same message once more: %v", err)
	}
	o.receipt("read", "3EB0DROP")
	o.close()
}

// TestSendWithoutAPhoneJID: registered, but the server tells the hidden identity alone.
func TestSendWithoutAPhoneJID(t *testing.T) {
	o := newOnline(t, newWorld(t))
	defer o.close()
	o.numbers(map[string]string{carol: simulator.NumberNoJID})
	if _, err := o.ask.Send(patient(t), text("3EB0NOJID", carol)); err != nil {
		t.Fatal(err)
	}
	o.receipt("read", "3EB0NOJID")
}
