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
	onPhase func(vital.Phase) // called in order, under the lock: it only puts into an inbox

	mu     sync.Mutex
	trace  vital.DialTrace
	open   bool // the last phase is still going on
	latest vital.Phase
}

func newWaterfall(onPhase func(vital.Phase)) *waterfall {
	return &waterfall{onPhase: onPhase, trace: vital.DialTrace{Began: time.Now()}}
}

// enter ends the present phase and begins the next.
func (w *waterfall) enter(p vital.Phase) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p <= w.latest {
		return
	}
	w.closeLocked()
	w.latest, w.open = p, true
	w.trace.Phases = append(w.trace.Phases, vital.DialPhase{Phase: p, Start: time.Since(w.trace.Began)})
	w.onPhase(p)
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
		DNSStart:          func(httptrace.DNSStartInfo) { w.enter(vital.PhaseDNS) },
		ConnectStart:      func(string, string) { w.enter(vital.PhaseTCP) },
		TLSHandshakeStart: func() { w.enter(vital.PhaseTLS) },
		GotConn:           func(httptrace.GotConnInfo) { w.enter(vital.PhaseWebSocket) },
	})
}
