package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// abandonTime bounds how long taking back the codes may take.
const abandonTime = time.Second

// upAfterPairing bounds how long a session that a phone has linked may take to be CONNECTED.
const upAfterPairing = 90 * time.Second

func newPairCommand() *cobra.Command {
	var phone, format string
	cmd := inHolder(&cobra.Command{
		Use:   "pair NAME",
		Short: "Pair a phone with a session, without the full screen",
		Long: `Pair a phone with the session of that name, which is created if there is none. It prints a QR code to scan, or with
--phone a code to type on that phone, and waits. It prints the JID and ends once the session is connected and ready;
wapulse brings the session up by itself from then on.

Only QR codes, phone codes, the picture's path and the JID go to stdout; everything else goes to stderr.`,
		Example: `  wapulse pair sales
  wapulse pair sales --phone +4915123456789
  wapulse pair sales --format raw | my-qr-printer`,
		Args: oneArgument("a session's name"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if cmd.Flags().Changed("phone") && !isPhone(phone) {
				return usage(fmt.Errorf("--phone is a number with country code, as +4915123456789, not %q", phone), cmd.CommandPath())
			}
			show, err := newPresenter(format, phone, consoleOf(cmd.Context()), cmd.OutOrStdout(), cmd.ErrOrStderr())
			if err != nil {
				return usage(err, cmd.CommandPath())
			}
			defer show.close()
			h, err := enterHouse(cmd)
			if err != nil {
				return err
			}
			defer h.closeAfter(&err)
			return pair(cmd.Context(), h.manager, args[0], show, h.log)
		},
	})
	cmd.Flags().StringVar(&phone, "phone", "", "link by typing a code on the phone with this `number`, instead of scanning")
	cmd.Flags().StringVar(&format, "format", formatText, "of the QR code: `text`, raw (each payload on a line), or png (a picture's path)")
	return cmd
}

// isPhone says whether that has the shape of a phone number with country code: 8 to 15 digits, however they are grouped.
func isPhone(s string) bool {
	digits := 0
	for i, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, strings.ContainsRune(" -()./", r):
		default:
			return false
		}
	}
	return digits >= 8 && digits <= 15
}

// pair links a phone with the session of that name, and returns once it is CONNECTED, or failed.
func pair(ctx context.Context, manager *session.Manager, name string, show *presenter, log *slog.Logger) error {
	id, err := unpairedSession(ctx, manager, name)
	if err != nil {
		return err
	}
	sub := manager.Hub().Subscribe()
	defer sub.Close()
	var before uint64 // what was known before the pairing says nothing about it
	if snap, ok := manager.Snapshot(id); ok {
		before = snap.Version
	}
	if err := manager.Pair(ctx, id); err != nil {
		return fmt.Errorf("pair %q: %w", name, err)
	}
	w := &pairing{id: id, after: before, manager: manager, show: show}
	snap, err := w.wait(ctx, sub)
	if err != nil {
		w.abandon()
		log.Info("pairing failed", "session", name, "err", err)
		return err
	}
	show.done(snap)
	return nil
}

// unpairedSession finds the session of that name, or makes one.
func unpairedSession(ctx context.Context, manager *session.Manager, name string) (vital.SessionID, error) {
	for _, snap := range manager.Snapshots() {
		if snap.Name != name {
			continue
		}
		if snap.Identity.Paired() {
			return 0, advise(fmt.Errorf("session %q is paired already, with %s", name, snap.Identity.Phone),
				"choose another name, or log this session out in the dashboard first")
		}
		return snap.ID, nil
	}
	id, err := manager.Create(ctx, name)
	if errors.Is(err, session.ErrNameInvalid) {
		return 0, advise(err, "choose another name")
	}
	return id, adviseOnStore(err)
}

// pairing follows one session from the first code to CONNECTED.
type pairing struct {
	id       vital.SessionID
	after    uint64 // snapshots up to this version are of no interest
	manager  *session.Manager
	show     *presenter
	asked    bool             // for the phone code
	paired   bool             // a phone has linked the session
	deadline <-chan time.Time // for being up, once paired
	last     *vital.Snapshot
}

func (p *pairing) wait(ctx context.Context, sub *session.Subscription) (*vital.Snapshot, error) {
	for {
		select {
		case <-sub.Wake():
		case <-ctx.Done():
			return nil, p.interrupted()
		case <-p.deadline:
			return nil, p.tooLate()
		}
		for _, snap := range sub.Take().Snapshots {
			if snap.ID != p.id || snap.Version <= p.after {
				continue
			}
			p.last = snap
			if done, err := p.follow(ctx, snap); done || err != nil {
				return snap, err
			}
		}
	}
}

// follow takes one step; true means that the session is up.
func (p *pairing) follow(ctx context.Context, snap *vital.Snapshot) (bool, error) {
	switch snap.State {
	case vital.StateConnected:
		return true, nil
	case vital.StateDisconnected, vital.StateError:
		return false, pairingFailed(snap)
	case vital.StateReconnecting:
		p.show.retrying(snap)
	}
	if snap.Identity.Paired() && !p.paired {
		p.paired = true
		p.deadline = time.After(upAfterPairing)
		p.show.say("The phone has linked this session. Logging in.")
	}
	if p.paired || snap.Pairing == nil || snap.Pairing.QR == "" {
		return false, nil
	}
	if p.show.phone == "" {
		return false, p.show.qr(snap.Pairing)
	}
	if p.asked {
		return false, nil
	}
	p.asked = true
	code, err := p.manager.RequestPhoneCode(ctx, p.id, p.show.phone)
	if err != nil {
		return false, advise(err, "check the number, or pair by QR code: leave --phone out")
	}
	p.show.phoneCode(code)
	return false, nil
}

func pairingFailed(snap *vital.Snapshot) error {
	if snap.Reason == vital.ReasonCodesRanOut {
		return advise(errors.New("no phone was linked while the codes were valid"), "run it again when the phone is at hand")
	}
	d := snap.Diagnosis()
	if d.What == "" {
		return fmt.Errorf("the session is %s: %s", snap.State, snap.Reason)
	}
	next := "run it again"
	if step := vital.Diagnose(snap.Failure); step.Retries && step.Action != "nothing to do" {
		next = step.Action + ", then run it again"
	}
	return advise(fmt.Errorf("not paired: %s: %s", d.What, d.Meaning), next)
}

// abandon takes back codes that nobody shows any more: the session may be in a wapulse that goes on.
func (p *pairing) abandon() {
	if snap, ok := p.manager.Snapshot(p.id); !ok || snap.Identity.Paired() || snap.State == vital.StateDisconnected || snap.State == vital.StateError {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), abandonTime)
	defer cancel()
	_ = p.manager.Stop(ctx, p.id) // codes that stay run out by themselves
}

func (p *pairing) interrupted() error {
	if p.paired {
		return advise(errors.New("interrupted: the phone is linked, but the session was not connected yet"), "start wapulse, if none runs: it goes on by itself")
	}
	return advise(errors.New("interrupted before a phone was linked"), "run it again: the session's name is kept")
}

func (p *pairing) tooLate() error {
	why := "it is still " + p.last.State.String()
	if p.last.LastError != "" {
		why = p.last.LastError
	}
	return advise(fmt.Errorf("the phone is linked, but the session was not connected within %v: %s", upAfterPairing, why),
		"open the dashboard: it goes on trying, and shows the cause")
}
