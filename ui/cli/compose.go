package cli

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/history"
	"github.com/wapulse/wapulse/session/whatsapp"
	"github.com/wapulse/wapulse/store"
	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/control"
)

// stored is what the dashboard reads of how sessions have been.
type stored struct {
	*history.Reader
	*store.Store
}

// closeTime bounds a clean stop. What has not ended by then is left to the end of the process: everything shown is stored already.
const closeTime = 2500 * time.Millisecond

// house is what sessions live in: the database, the devices and the manager of them all. Close it.
type house struct {
	store   *store.Store
	devices *whatsapp.Devices
	manager *session.Manager
	checker *check.Checker   // for single numbers of the prompt
	runner  *check.Runner    // for jobs, those of commands too: no job runs twice at once
	sampler *history.Sampler // of all that the sessions do
	past    *history.Reader  // what it has kept
	log     *slog.Logger
	conf    config.Config

	server   *control.Server // for other processes' commands; nil for none
	closeLog func()
	isLent   bool // to a command: closing is not its affair
}

// openHouse opens the database and reads the sessions in it. It starts none. Warn is told what a person should know.
func openHouse(ctx context.Context, conf config.Config, log *slog.Logger, warn func(string)) (*house, error) {
	opts := store.Options{Path: conf.DB, DefaultFolder: conf.DefaultDB, Warn: warn, Logger: log}
	if conf.Endpoint != nil {
		opts.RootKey = rootKeyOf(conf)
	}
	database, err := store.Open(ctx, opts)
	if err != nil {
		return nil, adviseOnStore(err)
	}
	h := &house{store: database, log: log, conf: conf, closeLog: func() {}}
	h.devices, err = whatsapp.New(ctx, whatsapp.Options{DB: database.WriteDB(), Endpoint: conf.Endpoint, Proxy: conf.Proxy, Logger: log})
	if err != nil {
		return nil, errors.Join(adviseOnStore(err), database.Close())
	}
	h.furnish(session.Config{Devices: h.devices, Proxy: h.devices.Proxy()})
	if err := h.manager.Load(ctx); err != nil {
		return nil, errors.Join(adviseOnStore(err), h.close())
	}
	return h, nil
}

// furnish puts everything into a house that has its database: the manager as conf says, with the rest of it, and what looks at the sessions and asks them.
func (h *house) furnish(conf session.Config) {
	hub := session.NewHub()
	h.sampler = history.NewSampler(h.store, hub.Snapshots, h.log)
	h.past = history.NewReader(h.store, h.sampler.Alive)
	conf.Store, conf.Hub, conf.Logger, conf.Measured = h.store, hub, h.log, h.sampler.Measured
	h.manager = session.NewManager(conf)
	asker := check.Share(h.manager)
	counted := tally{h.manager, h.sampler}
	h.checker = check.New(check.Options{Asker: countedAsker{counted, asker}, Store: h.store, Batch: h.conf.Batch})
	h.runner = check.NewRunner(check.RunnerOptions{Asker: asker, Store: countedResults{h.store, counted}, Room: h.room})
}

// room is what the sessions of these names, or all, have room for now.
func (h *house) room(names []string) (check.Room, error) {
	return check.RoomOf(h.manager.Snapshots(), names, resilience.DefaultRate, time.Now())
}

// flushTime is how long a reader waits for what has just happened to be stored.
const flushTime = 2 * time.Second

// flush waits for the newest events to be stored. The error, if ctx has not ended, says that they may be missing.
func (h *house) flush(ctx context.Context) error { return patiently(ctx, h.store.Flush) }

// flushAll is flush for events and for what was counted and measured.
func (h *house) flushAll(ctx context.Context) error {
	return patiently(ctx, func(ctx context.Context) error { return cmp.Or(h.sampler.Flush(ctx), h.store.Flush(ctx)) })
}

func patiently(ctx context.Context, flush func(context.Context) error) error {
	patience, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	if err := flush(patience); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// rootKeyOf is that of the server in WhatsApp's place, in hex; "" for none.
func rootKeyOf(conf config.Config) string {
	if conf.Endpoint == nil {
		return ""
	}
	return hex.EncodeToString(conf.Endpoint.RootKey[:])
}

// close ends other processes' commands, stops every session, which keeps what the operator wanted of it, and gives the database up, within closeTime whatever
// servers do. A house that is lent stays as it is.
func (h *house) close() error {
	if h.isLent {
		return nil
	}
	defer h.closeLog()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	ended := h.endCommands(ctx)
	h.checker.Close()
	if err := errors.Join(ended, h.manager.Close(ctx), h.devices.Close(ctx)); err != nil {
		h.log.Warn("not everything ended in time", "err", err)
	}
	h.sampler.Close(ctx)
	return adviseOnStore(h.store.Close())
}

// closeAfter closes the house at the end of a command, whose own error matters more.
func (h *house) closeAfter(err *error) {
	if closing := h.close(); *err == nil {
		*err = closing
	}
}

// adviseOnStore adds the next step to an error of the database.
func adviseOnStore(err error) error {
	for _, known := range []struct {
		is   error
		next string
	}{
		{store.ErrLocked, "quit the other wapulse, or name another file with --db"},
		{dbutil.ErrUnsupportedDatabaseVersion, "update wapulse: a newer one has written this database; or name another file with --db"},
		{store.ErrForeign, "name a file of wapulse's own with --db, or leave it out"},
		{store.ErrNoFile, "name a file with --db, or leave it out"},
		{store.ErrNewer, "update wapulse, or name another file with --db"},
		{store.ErrCorrupt, "restore the file from a copy, or move it away and pair again"},
		{store.ErrReadOnly, "make the file and its folder writable, or name another file with --db"},
		{store.ErrDiskFull, "make room on the disk, then start wapulse again"},
		{store.ErrBusy, "close the program that holds the file, then start wapulse again"},
		{store.ErrWrongServer, "name another file with --db, or leave the server as it was"},
	} {
		if errors.Is(err, known.is) {
			return advise(err, known.next)
		}
	}
	return err
}
