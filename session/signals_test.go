package session

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Events name what a person can ask for: the messages of receipts, and those with media.
func TestEventsNameMessages(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		at := time.Now().Add(-time.Second)
		sub := r.hub.Subscribe()
		defer sub.Close()
		var many []string
		for n := range 2 * maxReceiptIDs {
			many = append(many, fmt.Sprint("M", n))
		}
		r.conn().sink(Messages{Count: 1, ID: "3EB0A", Media: "image", At: at})
		r.conn().sink(Messages{Count: 2, At: at})
		r.conn().sink(Receipt{Type: "delivered", IDs: []string{"3EB0A", "", "two words", "3EB0B"}, Count: 4, At: at})
		r.conn().sink(Receipt{Type: "read", IDs: many, Count: len(many), At: at})
		pass(time.Second)
		var got []vital.Event
		for _, e := range sub.Take().Events {
			if e.Kind == vital.KindMessagesUpsert || e.Kind == vital.KindReceipt {
				got = append(got, e)
			}
		}
		if len(got) != 4 {
			t.Fatalf("told %+v", got)
		}
		if e := got[0]; e.Text != "1 message (image, 3EB0A)" || e.Field("media") != "image" || e.Field("id") != "3EB0A" || e.Field("count") != "1" {
			t.Errorf("media: %+v", e)
		}
		if e := got[1]; e.Text != "2 messages" || len(e.Fields) != 1 {
			t.Errorf("texts: %+v", e)
		}
		if e := got[2]; e.Field("ids") != "3EB0A 3EB0B" || e.Field("count") != "4" || e.Field("at") != at.UTC().Format(time.RFC3339Nano) {
			t.Errorf("a receipt: %+v", e)
		}
		if ids := strings.Fields(got[3].Field("ids")); len(ids) != maxReceiptIDs || got[3].Field("count") != fmt.Sprint(len(many)) {
			t.Errorf("a long receipt names %d", len(ids))
		}
	})
}

// One session can be brought up as the operator wants it, and what he wants does not change.
func TestStartIfWanted(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.must(r.manager.StartIfWanted(t.Context(), one))
		r.in(vital.StateConnecting, vital.ReasonStarted)
		r.conn().up()
		r.must(r.manager.StartIfWanted(t.Context(), one))
		r.in(vital.StateConnected, vital.ReasonAuthenticated)
		r.stop()
		r.must(r.manager.StartIfWanted(t.Context(), one))
		r.in(vital.StateDisconnected, vital.ReasonStopped)
		if r.snap().Wanted {
			t.Error("it is wanted up")
		}
	})
}

// Details are for whoever looks on: good pings and lines of level debug are told, and not stored.
func TestDetailsStayOutOfTheJournal(t *testing.T) {
	inBubble(t, true, func(t *testing.T, r *rig) {
		r.connected()
		sub := r.hub.Subscribe()
		defer sub.Close()
		r.conn().sink(Noted{Kind: vital.KindLog, Level: vital.LevelDebug, Text: "a detail"})
		r.conn().sink(Noted{Kind: vital.KindLog, Level: vital.LevelInfo, Text: "news"})
		pass(time.Minute)
		told := map[string]int{}
		for _, e := range sub.Take().Events {
			told[string(e.Kind)+" "+e.Level.String()]++
		}
		if told["probe debug"] < 3 || told["log debug"] != 1 || told["log info"] != 1 {
			t.Errorf("told %v", told)
		}
		r.store.mu.Lock()
		defer r.store.mu.Unlock()
		stored := 0
		for _, e := range r.store.events {
			if e.Level == vital.LevelDebug {
				t.Errorf("stored %+v", e)
			}
			if e.Text == "news" {
				stored++
			}
		}
		if stored != 1 {
			t.Errorf("the news were stored %d times", stored)
		}
	})
}
