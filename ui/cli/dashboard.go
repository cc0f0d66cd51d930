package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui"
	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/graphics"
)

// runDashboard is what wapulse does without a command.
func runDashboard(cmd *cobra.Command) (err error) {
	conf, log, closeLog, err := settleScreen(cmd)
	if err != nil {
		return err
	}
	defer closeLog()
	var notices []string
	h, err := openHouse(cmd.Context(), conf, log, func(notice string) { notices = append(notices, notice) })
	if err != nil {
		return err
	}
	defer h.closeAfter(&err)
	if err := h.serve(log); err != nil {
		notices = append(notices, oneLine(fmt.Sprintf("Commands of scripts cannot reach this wapulse: %v", err)))
	}
	shown := newScreen(cmd, conf)
	shown.reload.later = true
	shown.simulation, shown.notices, shown.demo = conf.Endpoint != nil, notices, demoCommand(conf)
	return shown.show(cmd.Context(), h, cmd.InOrStdin(), cmd.OutOrStdout())
}

// settleScreen is what comes before a house that is shown: the configuration, a terminal, and the log, which is to be closed.
func settleScreen(cmd *cobra.Command) (conf config.Config, log *slog.Logger, closeLog func(), err error) {
	if conf, err = loadConfig(cmd); err != nil {
		return conf, nil, nil, err
	}
	if err = needTerminal(cmd.InOrStdin(), cmd.OutOrStdout()); err != nil {
		return conf, nil, nil, err
	}
	log, closeLog, err = openLog(conf.LogFile)
	return conf, log, closeLog, err
}

// pastEvents is how many events of earlier runs the dashboard begins with.
const pastEvents = 500

// lookOfList is the name by which the database remembers how the list of sessions was left.
const lookOfList = "list"

// screen is how the dashboard is shown.
type screen struct {
	simulation bool
	notices    []string
	demo       func() *exec.Cmd
	settings   ui.Settings
	reload     *settingsReader
	goodbye    string    // "" for that of real sessions
	faults     ui.Faults // nil: none can be caused
}

// newScreen is one as the configuration wants it.
func newScreen(cmd *cobra.Command, conf config.Config) screen {
	return screen{settings: screenSettings(conf), reload: newSettingsReader(cmd, conf)}
}

// show starts what is wanted, shows the dashboard until the person quits, and says goodbye.
func (s screen) show(ctx context.Context, h *house, in io.Reader, out io.Writer) error {
	newest, err := h.store.EventsBefore(ctx, vital.Filter{}, vital.EventPlace{}, pastEvents)
	if err != nil {
		h.log.Warn("the events of earlier runs cannot be read", "err", err)
	}
	past := make([]vital.Event, len(newest))
	for i := range newest {
		past[i] = newest[i].Event
	}
	updates := h.manager.Hub().Subscribe()
	defer updates.Close()
	h.manager.StartWanted()
	kept, err := h.store.Remembered(ctx, lookOfList)
	if err != nil {
		h.log.Warn("how the list of sessions was left cannot be read", "err", err)
	}
	jobs := &promptJobs{house: h}
	look := lookFor(s.settings.Theme, s.settings.ASCII, os.Getenv)
	shown := s.options(h)
	shown.Updates, shown.Jobs, shown.Past, shown.Look = updates, jobs, past, kept
	shown.Theme, shown.AskBackground = look.Theme(), backgroundAsker(look, os.Getenv, out)
	shown.Copy, shown.Notification, shown.Graphics = clipboard(out, os.Getenv), desktopNotification(os.Getenv), graphics.QuestionFor(os.Getenv)
	shown.Reload = s.reload.reload
	err = ui.Run(ctx, shown, in, out)
	if errors.Is(err, ui.ErrStalled) {
		h.log.Warn("ended without a word", "err", err)
		return nil
	}
	if s.goodbye == "" {
		s.goodbye = goodbye(h) + jobs.left()
	}
	fmt.Fprintln(out, s.goodbye)
	return err
}

// options are those of the dashboard, but for what is the terminal's and what belongs to one showing.
func (s screen) options(h *house) ui.Options {
	return ui.Options{
		Sessions: h.manager, Numbers: h.checker, History: stored{h.past, h.store}, Journal: h.store, Reports: reportKey{h}, Faults: s.faults,
		Simulation: s.simulation, Notices: s.notices, Demo: s.demo,
		Region: s.settings.Region, Keys: s.settings.Keys, Objections: s.settings.Objections, FPS: s.settings.FPS, Notify: s.settings.Notify,
		KeepLook: func(ctx context.Context, look string) error { return h.store.Remember(ctx, lookOfList, look) },
	}
}

// goodbye says what becomes of the sessions.
func goodbye(h *house) string {
	wanted := 0
	for _, snap := range h.manager.Snapshots() {
		if snap.Wanted && snap.Identity.Paired() {
			wanted++
		}
	}
	switch wanted {
	case 0:
		return "Goodbye. Nothing runs any more."
	case 1:
		return "Goodbye. One session stops now and comes back at the next start."
	default:
		return fmt.Sprintf("Goodbye. %d sessions stop now and come back at the next start.", wanted)
	}
}

// needTerminal refuses to draw where nobody can see it.
func needTerminal(in io.Reader, out io.Writer) error {
	if isTerminal(in) && isTerminal(out) {
		return nil
	}
	return advise(errors.New("the dashboard needs a terminal, and this is none"),
		`run it in one, or use "wapulse sessions" and "wapulse pair NAME", which need none`)
}

// demoCommand runs the demo in a process of its own: the root key that sessions trust is the process's. Against a simulator there is none: all
// is a demo already.
func demoCommand(conf config.Config) func() *exec.Cmd {
	self, err := os.Executable()
	if err != nil || conf.Endpoint != nil {
		return nil
	}
	return func() *exec.Cmd { return exec.Command(self, "demo") }
}
