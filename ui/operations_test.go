package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
)

func TestPingNow(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("i")
	b.mustAsk("ping sales-id")
	b.mustShow("the server answers sales-id in 182 ms")
	b.sessions.err = &session.OperationError{Operation: vital.OpPing, Session: "sales-id", Elapsed: 10 * time.Second, Err: context.DeadlineExceeded}
	b.keys("i")
	b.mustShow("✖ ping on sales-id: no answer within 10 s")
}

func TestSendingAMessage(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("m", "rubbish", "enter")
	b.mustShow("✖ letters in it")
	for range len("rubbish") {
		b.keys("backspace")
	}
	b.keys("+6281260268381", "enter", "enter")
	b.mustShow("a message needs a text")
	b.keys("hello", "enter")
	b.mustAsk(`send "" +6281260268381 "hello" from sales-id`)
	b.mustShow("3EB0AA", "● sent at 12:00:01", "no receipt yet")
	b.send(updatesMsg{session.Batch{Events: []vital.Event{receipt(2, "3EB0AA"), receipt(1, "3EB0AB 3EB0AAX")}}})
	b.mustShow("no receipt yet")
	b.send(updatesMsg{session.Batch{Events: []vital.Event{receipt(1, "3EB0AB 3EB0AA")}}})
	again := receipt(1, "3EB0AA")
	again.Fields[0].Value = "retry" // a device cannot read it
	b.send(updatesMsg{session.Batch{Events: []vital.Event{again}}})
	b.mustShow("● delivered at 12:00:02", "! retry at 12:00:02")
	b.keys("esc")
	mustNotFind[*page.Message](b)
}

// A receipt may come before the server's word, and even if that never comes.
func TestAReceiptThatComesFirst(t *testing.T) {
	for shown, err := range map[string]error{"● sent": nil, "✖ refused by the test": errRefused} {
		b := smallBench(t, cast()...)
		b.sessions.err = err
		b.keys("m", "+6281260268381", "enter", "hello")
		d := mustFind[*page.Message](b)
		outgoing, _ := d.Accept()
		sending := b.model.sendMessage(d, outgoing)
		b.mustShow("→ sending…")
		b.send(updatesMsg{session.Batch{Events: []vital.Event{receipt(1, "3EB0AA")}}})
		b.run(sending)
		b.mustShow(shown, "● delivered at 12:00:02")
	}
}

// What may have left is sent again under the same ID.
func TestAMessageThatFailedIsTriedAgain(t *testing.T) {
	b := smallBench(t, cast()...)
	scenes()["message-failed"](b)
	b.mustShow("✖ refused by the test", "3EB0AA", "the same message again")
	b.sessions.err = nil
	b.keys("enter")
	b.mustAsk(`send "" +6281260268381 "hello" from sales-id`, `send "3EB0AA" +6281260268381 "hello" from sales-id`)
	b.mustShow("● sent")
}

// A message that is left alone tells how it went; one that failed comes back.
func TestAMessageInTheBackground(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("m", "+6281260268381", "enter", "hello")
	d := mustFind[*page.Message](b)
	outgoing, _ := d.Accept()
	sending := b.model.sendMessage(d, outgoing)
	b.keys("esc")
	b.mustShow("Sessions")
	b.sessions.err = errRefused
	b.run(sending)
	b.mustShow("✖ refused by the test")
	b.keys("esc")
	b.sessions.err = nil
	b.run(sending)
	b.mustShow("message 3EB0AA is sent")
	b.keys("?")
	b.sessions.err = errRefused
	b.run(sending)
	b.mustShow("message 3EB0AA: refused by the test")
}

func TestAPasteThatHasNoPlaceIsNoMessage(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("m", "+6281260268381", "enter")
	b.paste(strings.Repeat("long ", 1000))
	b.mustShow("more than has a place")
	b.keys("enter")
	b.mustShow("a message needs a text")
	b.mustAsk()
}

func TestContacts(t *testing.T) {
	b := smallBench(t, cast()...)
	b.sessions.contacts = someContacts()
	b.keys("o")
	b.mustAsk("contacts of sales-id")
	b.mustShow("Contacts of sales-id: 64", "Budi Santoso", "+62 812-6026-8381", "98123400000001@lid")
	b.keys("G")
	b.mustShow("Contact 59")
	b.keys("S")
	b.mustShow("Contacts of sales-id: 64, by phone")
	b.keys("S")
	b.mustShow("by own name")
	if lines := strings.Split(b.model.View(), "\n"); !strings.Contains(lines[3], "Budi Santoso") || !strings.Contains(lines[4], "hidden") {
		t.Errorf("%q, %q come first", lines[3], lines[4])
	}
	b.keys("S", "G")
	b.mustShow("Contact 59")
	b.keys("g", "/", "CONTACT 4")
	b.mustShow("11 of 64", "Contact 49")
	b.keys("enter", "q")
	b.mustShow("Sessions")
	b.keys("o", "/", "nobody at all")
	b.mustShow("Nobody of that name")
	b.keys("esc")
	b.mustShow("Budi Santoso")
	b.sessions.err = errRefused
	b.keys("r")
	b.mustShow("✖ refused by the test", "r asks again")
	b.sessions.err = nil
	b.keys("r")
	b.mustShow("Budi Santoso")
	b.keys("esc")
	b.mustShow("Sessions")
}

func TestTenThousandContactsAreCheap(t *testing.T) {
	b := smallBench(t, cast()...)
	for i := range 10_000 {
		b.sessions.contacts = append(b.sessions.contacts, vital.Contact{JID: fmt.Sprintf("%d@s.whatsapp.net", i), Name: fmt.Sprintf("Name %d", i)})
	}
	b.keys("o", "/", "name 9999")
	b.mustShow("1 of 10,000")
	checkShape(t, b.model.View(), 120, 40)
}

func TestVitalsTellLoadAndOperations(t *testing.T) {
	b := smallBench(t, cast()...)
	b.keys("down", "down")
	b.mustShow("8 of 8 in flight, 3 waiting", "p95  4,100 ms of 12 s", "19 slow, 1 very slow, 2 time-outs, 2 failed", "latency high before it")
	b.keys("y")
	for _, want := range []string{"8 of 8 in flight", "1,204× p50 182", "2 time-outs", "latency high before it: ping p95 3.8s"} {
		if !strings.Contains(b.copied, want) {
			t.Errorf("%q is not in what was copied:\n%s", want, b.copied)
		}
	}
}

func TestOperationsOfASessionThatIsNotConnected(t *testing.T) {
	b := smallBench(t, cast()...)
	b.sessions.err = &session.OperationError{Operation: vital.OpPing, Session: "old-phone", Err: session.ErrNotConnected}
	b.keys("down", "down", "down", "i")
	b.mustShow("the session is not connected: start it")
}
