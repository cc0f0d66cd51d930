package simulator

import (
	"context"
	"time"
)

// Role is one session of the demo: who it is, and what happens to it once it is linked.
type Role struct {
	Name     string // of the session
	Phone    string // that scans its code; "" if none ever does
	PushName string
	play     func(*stage)
}

// DemoCast is the demo's six sessions: one in each condition that an operator meets.
func DemoCast() []Role {
	return []Role{
		{"sales", "+6281260268381", "Budi Santoso", (*stage).playHealthy},
		{"support", "+447400123456", "Support desk", (*stage).playSlow},
		{"warehouse", "+4915123456789", "Lager Nord", (*stage).playReconnecting},
		{"old-phone", "+5511987654321", "Ana Lima", (*stage).playLoggedOut},
		{"campaign", "+919876543210", "Diwali offers", (*stage).playBanned},
		{"new-phone", "", "", nil},
	}
}

// The people who write to the demo's sessions, and what they say.
func contacts() []string {
	return []string{"+14155550132", "+33612345678", "+34612345678", "+6591234567"}
}
func phrases() []string {
	return []string{"Is the order on its way?", "Thank you!", "Can I change the address?", "👍", "When do you open tomorrow?"}
}

// Steady is a session of the same name and phone to which nothing happens but that people write to it.
func Steady(r Role) Role {
	r.play = (*stage).playSteady
	return r
}

// Well is a session of the same name and phone that is as it should be: with traffic, good latency, and nothing else.
func Well(r Role) Role {
	r.play = (*stage).playWell
	return r
}

// Play lives the role's life until ctx ends, or until its device is not linked any more. It blocks.
func (s *Server) Play(ctx context.Context, r Role) {
	if r.play == nil {
		return
	}
	st := &stage{server: s, ctx: ctx, phone: r.Phone}
	r.play(st)
	<-ctx.Done()
}

// stage is what a role acts on.
type stage struct {
	server *Server
	ctx    context.Context
	phone  string
}

// random is a number from 0 to n-1, of the server's seed.
func (st *stage) random(n int) int {
	st.server.mu.Lock()
	defer st.server.mu.Unlock()
	return st.server.rand.IntN(n)
}

// wait lets time pass; false means that the play is over.
func (st *stage) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-st.ctx.Done():
		return false
	}
}

// between is a time from least to most.
func (st *stage) between(least, most time.Duration) time.Duration {
	return least + time.Duration(st.random(int((most-least)/time.Millisecond)))*time.Millisecond
}

// faults changes the device's own faults; false means that there is no such device any more.
func (st *stage) faults(edit func(*Faults)) bool {
	return st.server.SetFaults(st.phone, edit) == nil
}

func (st *stage) delay(ms, jitter int) bool {
	return st.faults(func(f *Faults) { f.DelayMS, f.JitterMS = ms, jitter })
}

// message lets somebody write to the session. A session that is offline finds it at its next login.
func (st *stage) message() {
	from, text := contacts(), phrases()
	_, _ = st.server.Say(st.phone, from[st.random(len(from))], text[st.random(len(text))])
}

// chat lets messages come for a time, while latency drifts between two bounds in milliseconds.
func (st *stage) chat(length time.Duration, least, most int) bool {
	latency := least + st.random(most-least)
	for end := time.Now().Add(length); time.Now().Before(end); {
		latency = min(max(latency+st.random((most-least)/2+1)-(most-least)/4, least), most)
		if !st.delay(latency, latency/3) || !st.wait(st.between(2*time.Second, 6*time.Second)) {
			return false
		}
		st.message()
	}
	return true
}

// drop cuts the line, if it is up.
func (st *stage) drop() { _ = st.server.Drop(st.phone) }

// playSteady is written to. What else holds for the session is others' affair.
func (st *stage) playSteady() {
	for st.wait(st.between(2*time.Second, 6*time.Second)) {
		st.message()
	}
}

// playWell answers as it should.
func (st *stage) playWell() {
	for st.chat(time.Minute, 35, 220) {
		continue
	}
}

// playHealthy is a session as it should be: traffic, good latency, and now and then a cut that it gets over by itself.
func (st *stage) playHealthy() {
	for st.chat(70*time.Second, 35, 220) {
		st.drop()
	}
}

// playSlow answers, but late.
func (st *stage) playSlow() {
	for st.chat(time.Minute, 900, 2600) {
		continue
	}
}

// playReconnecting loses its line and meets a server that restarts, comes back for a while, and loses it again.
func (st *stage) playReconnecting() {
	for st.wait(st.between(2*time.Second, 4*time.Second)) {
		failing := &LoginFailure{Reason: 503, Count: 4 + st.random(3)}
		if !st.faults(func(f *Faults) { f.DelayMS, f.Failure = 80, failing }) {
			return
		}
		st.drop()
		if !st.waitOnline() || !st.chat(15*time.Second, 60, 400) {
			return
		}
	}
}

// waitOnline waits until the session is back.
func (st *stage) waitOnline() bool {
	for st.wait(500 * time.Millisecond) {
		devices, err := st.server.devicesOf(st.phone)
		if err != nil {
			return false
		}
		for _, d := range devices {
			if st.server.connOf(d) != nil {
				return true
			}
		}
	}
	return false
}

// playLoggedOut is removed from the list of devices by its owner.
func (st *stage) playLoggedOut() {
	if st.wait(2 * time.Second) {
		_ = st.server.Logout(st.phone)
	}
}

// playBanned wrote to too many strangers.
func (st *stage) playBanned() {
	banned := &LoginFailure{Reason: 402, Code: 101, Expire: int((3*time.Hour + 20*time.Minute).Seconds())}
	if st.wait(1500*time.Millisecond) && st.faults(func(f *Faults) { f.Failure = banned }) {
		_ = st.server.StreamError(st.phone, 503, "")
	}
}
