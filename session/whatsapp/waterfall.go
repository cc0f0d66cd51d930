package whatsapp

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// waterfall times the phases of one attempt. Phases only go forward: what a second address or a late callback says about an earlier
// one is not heard.
type waterfall struct {
	onPhase func(vital.Phase) // what report reports, in order, under the lock: it only puts into an inbox

	mu     sync.Mutex
	trace  vital.DialTrace
	open   bool // the last phase is still going on
	latest vital.Phase
}

func newWaterfall(onPhase func(vital.Phase)) *waterfall {
	return &waterfall{onPhase: onPhase, trace: vital.DialTrace{Began: time.Now()}}
}

// enter ends the present phase and begins the next, if it is later.
func (w *waterfall) enter(p vital.Phase) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.enterLocked(p)
}

// report is enter for those who watch the connection being made: it tells onPhase.
func (w *waterfall) report(p vital.Phase) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.enterLocked(p) {
		w.onPhase(p)
	}
}

func (w *waterfall) enterLocked(p vital.Phase) bool {
	if p <= w.latest {
		return false
	}
	w.closeLocked()
	w.latest, w.open = p, true
	w.trace.Phases = append(w.trace.Phases, vital.DialPhase{Phase: p, Start: time.Since(w.trace.Began)})
	return true
}

// finish ends the present phase.
func (w *waterfall) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closeLocked()
}

func (w *waterfall) closeLocked() {
	if !w.open {
		return
	}
	w.open = false
	last := &w.trace.Phases[len(w.trace.Phases)-1]
	last.Duration = time.Since(w.trace.Began) - last.Start
}

// phase is where the attempt stands.
func (w *waterfall) phase() vital.Phase {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.latest
}

// snapshot is what is known so far; a phase that goes on lasts until now.
func (w *waterfall) snapshot(remote string) vital.DialTrace {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.trace
	t.Remote = remote
	t.Phases = append([]vital.DialPhase(nil), w.trace.Phases...)
	if w.open {
		last := &t.Phases[len(t.Phases)-1]
		last.Duration = time.Since(t.Began) - last.Start
	}
	return t
}

// attach makes the HTTP client report its phases.
func (w *waterfall) attach(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { w.report(vital.PhaseDNS) },
		ConnectStart:      func(string, string) { w.report(vital.PhaseTCP) },
		TLSHandshakeStart: func() { w.report(vital.PhaseTLS) },
		GotConn:           func(httptrace.GotConnInfo) { w.report(vital.PhaseWebSocket) },
	})
}
