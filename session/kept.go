package session

import (
	"context"
	"fmt"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// keepEvery is how often at most it is stored when the phone was seen. What a process that is killed has seen since is lost.
const keepEvery = time.Minute

// Kept is what the store keeps of a session's vitals, because it is about days, not about a connection.
type Kept struct {
	PhoneSeen   time.Time // zero: never
	Restriction vital.Restriction
}

// bringBack brings what was kept into the snapshot of a new actor.
func (a *actor) bringBack(k Kept) {
	a.kept = k
	a.snap.Ladder.PhoneSeen = k.PhoneSeen
	if now := time.Now(); k.PhoneSeen.After(now) { // the clock was set back: a sign in the future would outlast every later one
		a.snap.Ladder.PhoneSeen = now
	}
	if k.Restriction.Holds(time.Now()) {
		a.snap.Restriction = k.Restriction
		a.due.restriction = k.Restriction.Until
	}
}

// keepSoon stores what is to be kept within keepEvery.
func (a *actor) keepSoon() {
	if a.due.keep.IsZero() {
		a.due.keep = time.Now().Add(keepEvery)
	}
}

// keep stores what is to be kept, if it is another than before. The database refusing is told as an event; the next try comes with the next sign.
func (a *actor) keep() {
	a.due.keep = time.Time{}
	now := Kept{PhoneSeen: a.snap.Ladder.PhoneSeen, Restriction: a.snap.Restriction}
	if now == a.kept || a.snap.Removed {
		return
	}
	if a.store("store when the phone was seen", func(ctx context.Context) error { return a.config.Store.SetKept(ctx, a.snap.ID, now) }) == nil {
		a.kept = now
	}
}

func (a *actor) seenPhone(seen bool, at time.Time) {
	if seen && at.After(a.snap.Ladder.PhoneSeen) {
		a.snap.Ladder.PhoneSeen = at
		a.keepSoon()
	}
}

// restricted notes what the server says of a restriction. It outlives connections and restarts; its end comes by itself.
func (a *actor) restricted(r vital.Restriction) {
	if !r.Holds(time.Now()) {
		r = vital.Restriction{}
	}
	a.snap.Restriction, a.due.restriction, a.changed = r, r.Until, true
	a.keep()
}

func (a *actor) restrictionEnded() {
	if a.snap.Restriction.Holds(time.Now()) { // the clock was set back
		a.due.restriction = a.snap.Restriction.Until
		return
	}
	a.restricted(vital.Restriction{})
	a.emit(vital.KindLog, vital.LevelInfo, "the restriction of this account is over: its time has come", vital.Field{Key: "restricted", Value: "false"})
}

// tellRestriction tells what the server says of a restriction as an event, from which a replay knows it again.
func (a *actor) tellRestriction(r vital.Restriction) {
	if !r.Active {
		a.emit(vital.KindLog, vital.LevelInfo, "the restriction of this account is lifted", vital.Field{Key: "restricted", Value: "false"})
		return
	}
	text := "WhatsApp restricts this account: it cannot begin new chats"
	fields := []vital.Field{{Key: "restricted", Value: "true"}, {Key: "type", Value: r.Kind}}
	if !r.Until.IsZero() {
		text += " until " + r.Until.Local().Format("2006-01-02 15:04:05")
		fields = append(fields, vital.Field{Key: "until", Value: r.Until.UTC().Format(time.RFC3339)})
	}
	a.emit(vital.KindLog, vital.LevelWarn, text, fields...)
}

// clientKnown notes the client's version, and warns once when it has become too old.
func (a *actor) clientKnown(c vital.Client) {
	if c.Outdated && !a.snap.Client.Outdated {
		a.emit(vital.KindLog, vital.LevelWarn, fmt.Sprintf("WhatsApp's own client is %s, and this wapulse says that it is %s: update wapulse before it is refused (405)", c.Latest, c.Version))
	}
	a.snap.Client = c
}

// setProxy lets the session connect through another proxy, from now on: what connection there is through the old one is ended. None is the one that is set
// for all, if any. The one that it has already changes nothing: a connection that is well is not cut for it.
func (a *actor) setProxy(proxy vital.Proxy) error {
	if a.proxyErr == nil && proxy.Secret() == a.proxy.Secret() {
		return nil
	}
	if err := a.store("store the proxy", func(ctx context.Context) error { return a.config.Store.SetProxy(ctx, a.snap.ID, proxy.Secret()) }); err != nil {
		return err
	}
	a.proxy, a.proxyErr = proxy, nil
	a.showProxy()
	way := a.snap.Proxy
	if way == "" {
		way = "no proxy"
	}
	a.emit(vital.KindLog, vital.LevelInfo, "connects through "+way+" from now on")
	return a.redial()
}

// showProxy brings the proxy's address into the snapshot.
func (a *actor) showProxy() {
	a.snap.Proxy, a.changed = a.proxy.String(), true
	if a.proxy.IsNone() && a.proxyErr == nil {
		a.snap.Proxy = a.config.Proxy
	}
}

// useProxy tells the device which way to go. A proxy that cannot be read is no reason to go without one.
func (a *actor) useProxy() error {
	if a.proxyErr != nil {
		return fmt.Errorf("the proxy in the database cannot be read: %w", a.proxyErr)
	}
	a.device.UseProxy(a.proxy)
	return nil
}
