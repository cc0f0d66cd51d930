package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waWa6"
	"go.mau.fi/whatsmeow/store"
	"golang.org/x/sync/singleflight"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// How often and how long WhatsApp is asked for its newest client version.
const (
	versionEvery = 24 * time.Hour
	versionRetry = time.Hour // after a failure
	versionBound = 10 * time.Second
	// oldVersion is how many revisions behind is too many. WhatsApp gives out a new one nearly every day, about a million revisions a month, and refuses what is
	// some months old.
	oldVersion = 3_000_000
)

// latestFunc asks which client version WhatsApp gives out now.
type latestFunc func(ctx context.Context, via *http.Client) (store.WAVersionContainer, error)

func askLatest(ctx context.Context, via *http.Client) (store.WAVersionContainer, error) {
	v, err := whatsmeow.GetLatestVersion(ctx, via)
	if err != nil || v == nil {
		return store.WAVersionContainer{}, errors.Join(err, ctx.Err())
	}
	return *v, nil
}

// versions knows the client version that WhatsApp gives out. There is one for a Devices that talks to WhatsApp itself, and none with an endpoint. It begins to
// ask with the first connection, and asks the way that the newest connection goes.
type versions struct {
	log    *slog.Logger
	latest latestFunc
	ctx    context.Context // of watch and of every question
	cancel context.CancelFunc
	flight singleflight.Group

	mu    sync.Mutex
	known store.WAVersionContainer // zero if nothing is known
	via   *http.Client             // nil before the first connection
}

func newVersions(log *slog.Logger, latest latestFunc) *versions {
	if latest == nil {
		latest = askLatest
	}
	v := &versions{log: log, latest: latest}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	return v
}

// goes notes the way of a connection, and says whether it is the first.
func (v *versions) goes(via *http.Client) (first bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	first = v.via == nil
	v.via = via
	return first
}

// watch asks at once and then daily, until the Devices are closed; changed is called when the answer is another.
func (v *versions) watch(changed func()) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-v.ctx.Done():
			return
		}
		before := v.client()
		v.mu.Lock()
		via := v.via
		v.mu.Unlock()
		next := versionEvery
		if _, err := v.ask(v.ctx, via); err != nil {
			next = versionRetry
			v.log.Debug("the newest client version is not known", "err", plain(err.Error()))
		} else if v.client() != before {
			changed()
		}
		timer.Reset(next)
	}
}

// ask asks, once for all who want to know at the same time.
func (v *versions) ask(ctx context.Context, via *http.Client) (store.WAVersionContainer, error) {
	answer := v.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(v.ctx, versionBound)
		defer cancel()
		latest, err := v.latest(ctx, via)
		if err == nil && !latest.IsZero() {
			v.mu.Lock()
			v.known = latest
			v.mu.Unlock()
		}
		return latest, err
	})
	select {
	case a := <-answer:
		latest, _ := a.Val.(store.WAVersionContainer)
		return latest, a.Err
	case <-ctx.Done():
		return store.WAVersionContainer{}, ctx.Err()
	}
}

// mend looks for a version that is newer than the one that was refused, and lets the whole process be that one. False means that there is none.
func (v *versions) mend(ctx context.Context, refused store.WAVersionContainer, via *http.Client) (store.WAVersionContainer, bool) {
	if now := currentVersion(); refused.LessThan(now) {
		return now, true // another session has found it
	}
	latest, err := v.ask(ctx, via)
	if err != nil {
		v.log.Warn("the server wants a newer client, and which is the newest cannot be asked", "err", plain(err.Error()))
		return store.WAVersionContainer{}, false
	}
	if !refused.LessThan(latest) {
		return store.WAVersionContainer{}, false
	}
	raiseVersion(latest)
	v.log.Warn("the server refused this client as outdated: the whole process says that it is a newer one", "refused", refused.String(), "taken", latest.String())
	return latest, true
}

// client is what is known of the versions. It may be nil: nothing is known of newer ones where nobody may be asked.
func (v *versions) client() vital.Client {
	ours := currentVersion()
	c := vital.Client{Version: ours.String()}
	if v == nil {
		return c
	}
	v.mu.Lock()
	latest := v.known
	v.mu.Unlock()
	if !latest.IsZero() {
		c.Latest, c.Outdated = latest.String(), tooOld(ours, latest)
	}
	return c
}

func tooOld(ours, latest store.WAVersionContainer) bool {
	if !ours.LessThan(latest) {
		return false
	}
	return ours[0] != latest[0] || ours[1] != latest[1] || latest[2]-ours[2] >= oldVersion
}

// currentVersion is the client version of whatsmeow, and so of the whole process.
func currentVersion() store.WAVersionContainer {
	process.mu.Lock()
	defer process.mu.Unlock()
	return store.GetWAVersion()
}

// raiseVersion changes it for every session of the process, and never backwards.
func raiseVersion(to store.WAVersionContainer) {
	process.mu.Lock()
	defer process.mu.Unlock()
	if store.GetWAVersion().LessThan(to) {
		store.SetWAVersion(to)
	}
}

// payload is what the client says of itself at login, and notes as which version.
func (c *connection) payload(stored *store.Device) *waWa6.ClientPayload {
	process.mu.Lock()
	defer process.mu.Unlock()
	c.version = store.GetWAVersion()
	return stored.GetClientPayload()
}

// mendVersion is for a 405 of WhatsApp itself: it ends the connection so that it is tried again if there is a newer version, and for good if there is none. It cannot
// go on for ever, because each try needs a version that is newer than the one refused.
func (c *connection) mendVersion(f vital.Failure) {
	c.expect(versionBound+time.Second, func() { c.end(f) })
	process.mu.Lock()
	refused := c.version
	process.mu.Unlock()
	c.spawn("newer version", func() {
		ctx, cancel := context.WithTimeout(context.Background(), versionBound)
		var watch sync.WaitGroup
		defer watch.Wait()
		defer cancel()
		watch.Go(func() {
			select {
			case <-c.stop:
				cancel()
			case <-ctx.Done():
			}
		})
		select {
		case <-c.refused: // whatsmeow reads the version without a lock until then, for a line of its log
		case <-ctx.Done():
		}
		taken, ok := c.device.devices.versions.mend(ctx, refused, c.web)
		c.inbox.put(func() {
			if !ok {
				c.end(f)
				return
			}
			c.tell(session.ClientKnown{Client: c.device.devices.versions.client()})
			c.tell(session.Noted{
				Kind: vital.KindLog, Level: vital.LevelWarn,
				Text:   fmt.Sprintf("the server refused client version %s (405): %s is tried, for all sessions of this wapulse", refused, taken),
				Fields: []vital.Field{{Key: "refused", Value: refused.String()}, {Key: "taken", Value: taken.String()}},
			})
			f.Reason = vital.ReasonVersionTaken
			c.end(f)
		})
	})
}

// tellVersions lets all connections tell what is known of the versions now.
func (d *Devices) tellVersions() {
	known := d.versions.client()
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.alive {
		c.inbox.put(func() { c.tell(session.ClientKnown{Client: known}) })
	}
}
