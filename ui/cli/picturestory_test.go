package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// theatre is WhatsApp, the phones and the network of the pictures: it implements session.Devices. Who plays on it does so by a seed, on the clock of a bubble.
type theatre struct {
	mu    sync.Mutex
	parts map[string]*part // by JID
}

// part is one session's life. Its fields are guarded by mu.
type part struct {
	mu       sync.Mutex
	identity vital.Identity
	seed     uint64
	fast     time.Duration // an answer takes so long
	slow     time.Duration // up to so long
	dead     bool          // nothing is answered
	refusals []vital.Failure
	conn     *playedConn // the newest
}

// play returns the part of an account, made if need be.
func (t *theatre) play(identity vital.Identity) *part {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, ok := t.parts[identity.JID]
	if !ok {
		p = &part{identity: identity, seed: uint64(len(t.parts) + 1), fast: 35 * time.Millisecond, slow: 180 * time.Millisecond}
		t.parts[identity.JID] = p
	}
	return p
}

// Open implements session.Devices.
func (t *theatre) Open(_ context.Context, identity vital.Identity) (session.Device, error) {
	return playedDevice{t.play(identity)}, nil
}

// set changes what happens from now on.
func (p *part) set(change func(p *part)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// lose ends the connection; the next logins, so many, end likewise.
func (p *part) lose(f vital.Failure, refusals ...vital.Failure) {
	p.set(func(p *part) { p.refusals = refusals })
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	if conn != nil {
		conn.over(f)
	}
}

// latency is how long the next answer takes. It drifts, as networks do.
func (p *part) latency(random *rand.Rand) (took time.Duration, dead bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	drift := (1 + math.Sin(2*math.Pi*float64(time.Now().Unix()%1260)/1260)) / 2
	share := 0.75*drift*random.Float64() + 0.25*random.Float64()
	return p.fast + time.Duration(share*float64(p.slow-p.fast)), p.dead
}

type playedDevice struct{ part *part }

func (playedDevice) UseProxy(vital.Proxy)         {}
func (playedDevice) Delete(context.Context) error { return nil }

// Connect implements session.Device.
func (d playedDevice) Connect(sink func(session.Signal)) session.Connection {
	p := d.part
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seed += 1000
	c := &playedConn{
		part: p, sink: sink, done: make(chan struct{}), stop: make(chan struct{}),
		life: rand.New(rand.NewPCG(p.seed, 1)), pings: rand.New(rand.NewPCG(p.seed, 2)), asks: rand.New(rand.NewPCG(p.seed, 3)),
	}
	p.conn = c
	go c.live()
	return c
}

// playedConn is a connection, by the seed of its part.
type playedConn struct {
	part *part
	sink func(session.Signal)
	done chan struct{}

	once sync.Once
	stop chan struct{}
	end  vital.Failure // read once stop is closed

	life *rand.Rand // of live alone

	mu    sync.Mutex
	pings *rand.Rand // guarded by mu, as the next
	asks  *rand.Rand
}

// over ends it, for a reason; Close has none.
func (c *playedConn) over(f vital.Failure) {
	c.once.Do(func() {
		c.end = f
		close(c.stop)
	})
}

// wait lets time pass. False: the connection is over.
func (c *playedConn) wait(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-c.stop:
		return false
	}
}

// live is the connection from its first phase to its end.
func (c *playedConn) live() {
	defer close(c.done)
	defer func() { <-c.stop; c.sink(session.Ended{Failure: c.end}) }()
	c.part.mu.Lock()
	identity := c.part.identity
	c.part.mu.Unlock()
	trace := vital.DialTrace{Began: time.Now(), Remote: "127.0.0.1:443"}
	if !c.dial(&trace) {
		return
	}
	c.sink(session.ReadyChanged{Ready: vital.ReadyOpen, Listening: true})
	c.sink(session.ClientKnown{Client: vital.Client{Version: "2.3000.1028"}})
	if !identity.Paired() {
		c.sink(session.Dialled{Trace: trace})
		c.sink(session.QRCodes{Codes: pictureCodes()})
		<-c.stop
		return
	}
	if !c.login(identity, &trace) {
		return
	}
	c.chat()
}

// dial is everything up to the open socket.
func (c *playedConn) dial(trace *vital.DialTrace) bool {
	for _, phase := range []struct {
		phase       vital.Phase
		least, more int // milliseconds
	}{{vital.PhaseDNS, 2, 9}, {vital.PhaseTCP, 14, 30}, {vital.PhaseTLS, 30, 40}, {vital.PhaseWebSocket, 20, 30}, {vital.PhaseNoise, 25, 30}} {
		c.sink(session.PhaseReached{Phase: phase.phase})
		if !c.phase(trace, phase.phase, phase.least, phase.more) {
			return false
		}
	}
	return true
}

func (c *playedConn) phase(trace *vital.DialTrace, phase vital.Phase, least, more int) bool {
	took := time.Duration(least*1000+c.life.IntN(more*1000)) * time.Microsecond
	start := time.Since(trace.Began)
	if !c.wait(took) {
		return false
	}
	trace.Phases = append(append([]vital.DialPhase{}, trace.Phases...), vital.DialPhase{Phase: phase, Start: start, Duration: took})
	return true
}

// login is let in, or refused.
func (c *playedConn) login(identity vital.Identity, trace *vital.DialTrace) bool {
	c.sink(session.PhaseReached{Phase: vital.PhaseLogin})
	c.sink(session.Dialled{Trace: *trace})
	if !c.phase(trace, vital.PhaseLogin, 90, 160) {
		return false
	}
	var refused vital.Failure
	c.part.set(func(p *part) {
		if len(p.refusals) > 0 {
			refused, p.refusals = p.refusals[0], p.refusals[1:]
		}
	})
	if refused.Reason != vital.ReasonNone {
		c.sink(session.Dialled{Trace: *trace})
		c.over(refused)
		return false
	}
	c.sink(session.LoggedIn{Identity: identity})
	c.sink(session.PhaseReached{Phase: vital.PhaseReady})
	if !c.phase(trace, vital.PhaseReady, 40, 80) {
		return false
	}
	c.sink(session.Ready{})
	c.sink(session.Dialled{Trace: *trace})
	return true
}

// chat is what people write, and the phone's own signs of life.
func (c *playedConn) chat() {
	for n := 1; c.wait(time.Duration(7000+c.life.IntN(40_000)) * time.Millisecond); n++ {
		took, dead := c.part.latency(c.life)
		if dead {
			continue
		}
		now := time.Now()
		c.sink(session.Messages{Count: 1 + c.life.IntN(2), At: now})
		c.sink(session.Traffic{StanzasIn: 3, StanzasOut: 2, BytesIn: 900 + uint64(c.life.IntN(400)), BytesOut: 310, At: now})
		if n%3 == 0 && c.wait(took) {
			c.sink(session.PhoneSeen{At: time.Now()})
		}
	}
}

// answer waits as long as an answer takes.
func (c *playedConn) answer(ctx context.Context, random *rand.Rand) (time.Duration, error) {
	c.mu.Lock()
	took, dead := c.part.latency(random)
	c.mu.Unlock()
	if dead {
		took = time.Hour
	}
	select {
	case <-time.After(took):
		return took, nil
	case <-c.stop:
		return 0, session.ErrNotConnected
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Close implements session.Connection, as all that follows.
func (c *playedConn) Close() { c.over(vital.Failure{}) }

// Ping is answered, or not.
func (c *playedConn) Ping(ctx context.Context) (time.Duration, error) {
	took, err := c.answer(ctx, c.pings)
	if err == nil {
		c.sink(session.Traffic{StanzasIn: 1, StanzasOut: 1, BytesIn: 64, BytesOut: 71, At: time.Now()})
	}
	return took, err
}

// RequestPhoneCode gives one.
func (c *playedConn) RequestPhoneCode(context.Context, string) (string, error) {
	return "WAPU-LSE1", nil
}

// Logout is done.
func (c *playedConn) Logout(context.Context) error { return nil }

// Check answers as the simulator does: who has an even last digit is registered; but for a business, one whom the server leaves out, and one that it fails at.
func (c *playedConn) Check(ctx context.Context, numbers []string) ([]vital.Answer, error) {
	if _, err := c.answer(ctx, c.asks); err != nil {
		return nil, err
	}
	var answers []vital.Answer
	for _, number := range numbers {
		a := vital.Answer{Number: number, Verdict: vital.VerdictNotRegistered}
		switch {
		case strings.HasSuffix(number, "77"):
			continue
		case strings.HasSuffix(number, "66"):
			a.Verdict, a.Code, a.Reason = vital.VerdictError, 429, "rate-overlimit"
		case (number[len(number)-1]-'0')%2 == 0:
			a.Verdict, a.JID, a.Business = vital.VerdictRegistered, number[1:]+"@s.whatsapp.net", strings.HasSuffix(number, "00")
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// Send is taken, and delivered a moment later.
func (c *playedConn) Send(ctx context.Context, m vital.Outgoing) (vital.Sent, error) {
	if _, err := c.answer(ctx, c.asks); err != nil {
		return vital.Sent{}, err
	}
	time.AfterFunc(640*time.Millisecond, func() {
		c.sink(session.Receipt{Type: "delivered", IDs: []string{m.ID}, Count: 1, At: time.Now()})
	})
	return vital.Sent{ID: m.ID, At: time.Now()}, nil
}

// Contacts are a few.
func (c *playedConn) Contacts(ctx context.Context) ([]vital.Contact, error) {
	_, err := c.answer(ctx, c.asks)
	var list []vital.Contact
	for _, person := range [][4]string{
		{"Acme Logistics", "+447400123400", "", "Acme Logistics Ltd"}, {"Ana Lima", "+5511987654321", "Ana", ""}, {"Budi Santoso", "+6281260268380", "Budi", ""},
		{"Claire Martin", "+33612345678", "claire", ""}, {"Lager Nord", "+4915123456789", "Lager Nord", ""}, {"Marta Ruiz", "+34612345678", "Marta", ""},
		{"", "+14155550132", "Sam", ""}, {"", "+6591234567", "", ""},
	} {
		list = append(list, vital.Contact{JID: person[1][1:] + "@s.whatsapp.net", Name: person[0], Phone: person[1], PushName: person[2], Business: person[3]})
	}
	return list, err
}

// Download has nothing.
func (c *playedConn) Download(context.Context, vital.Media, io.Writer) error {
	return session.ErrNotConnected
}

// TellFrames tells none: there are no stanzas.
func (c *playedConn) TellFrames(bool) {}

// Done implements session.Connection.
func (c *playedConn) Done() <-chan struct{} { return c.done }

// pictureCodes are six payloads as long as real ones. No phone can make anything of them.
func pictureCodes() []string {
	random := rand.New(rand.NewPCG(6, 6))
	letters := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(letters[random.IntN(len(letters))])
		}
		return b.String()
	}
	var codes []string
	for range 6 {
		codes = append(codes, fmt.Sprintf("2@%s,%s=,%s=,%s=", text(119), text(43), text(43), text(43)))
	}
	return codes
}
