package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/session/whatsapp"
	"github.com/wapulse/wapulse/ui/cli/config"
)

func newDemoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "See the dashboard at work on a built-in simulator",
		Long: `Open the dashboard on a simulated WhatsApp server inside this process, with six sessions in different conditions:
healthy, slow, reconnecting, logged out, temporarily banned, and waiting for a QR scan. Nothing of it is real, no
network is used, and it keeps nothing: its database is in a temporary folder that is deleted at the end.`,
		Example: "  wapulse demo",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			if err := needTerminal(cmd.InOrStdin(), cmd.OutOrStdout()); err != nil {
				return err
			}
			log, closeLog, err := openLog(conf.LogFile)
			if err != nil {
				return err
			}
			defer closeLog()
			return withDemo(cmd.Context(), log, func(ctx context.Context, h *house) error {
				shown := screen{simulation: true, region: regionFor(conf, os.Getenv), theme: conf.Theme, goodbye: "Goodbye. Nothing of the demo is left."}
				return shown.show(ctx, h, cmd.InOrStdin(), cmd.OutOrStdout())
			})
		},
	}
}

// withDemo sets the demo up, lets its sessions live while show runs, and takes everything away again.
func withDemo(ctx context.Context, log *slog.Logger, show func(context.Context, *house) error) (err error) {
	server, err := simulator.New(simulator.Options{})
	if err != nil {
		return fmt.Errorf("start the simulator: %w", err)
	}
	defer server.Close()
	folder, err := os.MkdirTemp("", "wapulse-demo-") // 0700
	if err != nil {
		return advise(fmt.Errorf("make a folder for the demo: %w", err), "make room, or set TMPDIR to a folder that can be written")
	}
	defer func() { _ = os.RemoveAll(folder) }()
	h, err := openHouse(ctx, config.Config{
		DB: filepath.Join(folder, "demo.db"), Endpoint: &whatsapp.Endpoint{URL: server.URL(), RootKey: server.RootKey()},
	}, log, func(string) {})
	if err != nil {
		return err
	}
	defer h.closeAfter(&err)
	if err := h.serve(log); err != nil {
		log.Warn("commands of scripts cannot reach the demo", "err", err)
	}
	d := &demo{server: server, manager: h.manager, log: log, waiting: map[vital.SessionID]simulator.Role{}}
	ctx, cancel := context.WithCancel(ctx)
	defer d.plays.Wait()
	defer cancel()
	if err := d.create(ctx); err != nil {
		return err
	}
	updates := h.manager.Hub().Subscribe()
	defer updates.Close()
	d.plays.Go(func() { d.direct(ctx, updates) })
	return show(ctx, h)
}

// demo pairs the cast and lets each play its role.
type demo struct {
	server  *simulator.Server
	manager *session.Manager
	log     *slog.Logger
	waiting map[vital.SessionID]simulator.Role // for their first pairing
	patient vital.SessionID                    // waits for a phone for good
	plays   sync.WaitGroup
}

func (d *demo) create(ctx context.Context) error {
	for _, role := range simulator.DemoCast() {
		id, err := d.manager.Create(ctx, role.Name)
		if err != nil {
			return adviseOnStore(err)
		}
		if d.waiting[id] = role; role.Phone == "" {
			d.patient = id
		}
	}
	return nil
}

// direct starts every pairing, holds phones to the codes that come, and gives the one that nobody scans fresh codes when they run out.
func (d *demo) direct(ctx context.Context, updates *session.Subscription) {
	for id := range d.waiting {
		d.pair(ctx, id)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-updates.Wake():
		}
		for _, snap := range updates.Take().Snapshots {
			if snap.ID == d.patient && snap.Reason == vital.ReasonCodesRanOut {
				d.pair(ctx, snap.ID)
			}
			role, ok := d.waiting[snap.ID]
			if !ok || role.Phone == "" || snap.Pairing == nil || snap.Pairing.QR == "" {
				continue
			}
			delete(d.waiting, snap.ID)
			d.plays.Go(func() { d.play(ctx, snap, role) })
		}
	}
}

func (d *demo) pair(ctx context.Context, id vital.SessionID) {
	if err := d.manager.Pair(ctx, id); err != nil && !errors.Is(err, session.ErrClosed) && ctx.Err() == nil {
		d.log.Warn("the demo could not pair", "err", err)
	}
}

// play links a session with its phone, waits until it is up, and lets it live.
func (d *demo) play(ctx context.Context, snap *vital.Snapshot, role simulator.Role) {
	if err := d.server.Scan(snap.Pairing.QR, role.Phone, role.PushName); err != nil {
		d.log.Warn("the demo could not scan", "session", role.Name, "err", err)
		return
	}
	updates := d.manager.Hub().Subscribe()
	defer updates.Close()
	for {
		if s, ok := d.manager.Snapshot(snap.ID); ok && s.State == vital.StateConnected {
			break
		}
		select {
		case <-updates.Wake():
			updates.Take()
		case <-ctx.Done():
			return
		}
	}
	d.server.Play(ctx, role)
}
