package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui"
	"github.com/wapulse/wapulse/ui/cli/config"
	"github.com/wapulse/wapulse/ui/graphics"
	"github.com/wapulse/wapulse/ui/widget"
)

// runDashboard is what wapulse does without a command.
func runDashboard(cmd *cobra.Command) (err error) {
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
	var notices []string
	h, err := openHouse(cmd.Context(), conf, log, func(notice string) { notices = append(notices, notice) })
	if err != nil {
		return err
	}
	defer h.closeAfter(&err)
	if err := h.serve(log); err != nil {
		notices = append(notices, oneLine(fmt.Sprintf("Commands of scripts cannot reach this wapulse: %v", err)))
	}
	screen := screen{simulation: conf.Endpoint != nil, notices: notices, demo: demoCommand(conf), region: regionFor(conf, os.Getenv)}
	return screen.show(cmd.Context(), h, cmd.InOrStdin(), cmd.OutOrStdout())
}

// pastEvents is how many events of earlier runs the dashboard begins with.
const pastEvents = 500

// screen is how the dashboard is shown.
type screen struct {
	simulation bool
	notices    []string
	demo       func() *exec.Cmd
	region     string // of numbers without their country's code
	goodbye    string // "" for that of real sessions
}

// show starts what is wanted, shows the dashboard until the person quits, and says goodbye.
func (s screen) show(ctx context.Context, h *house, in io.Reader, out io.Writer) error {
	past, err := h.store.RecentEvents(ctx, pastEvents)
	if err != nil {
		h.log.Warn("the events of earlier runs cannot be read", "err", err)
	}
	updates := h.manager.Hub().Subscribe()
	defer updates.Close()
	h.manager.StartWanted()
	jobs := &promptJobs{house: h}
	err = ui.Run(ctx, ui.Options{
		Sessions: h.manager, Updates: updates, Theme: widget.NewTheme(colourProfile(), darkBackground()), Simulation: s.simulation,
		Past: past, Notices: s.notices, Demo: s.demo, Copy: clipboard(out), Numbers: h.checker, Jobs: jobs, Region: s.region,
		Graphics: graphics.QuestionFor(os.Getenv), NoUnicode: !localeIsUTF8(os.Getenv),
	}, in, out)
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

// colourProfile is what the environment says of the terminal's colours. The terminal itself is not asked.
func colourProfile() termenv.Profile { return termenv.NewOutput(os.Stdout).EnvColorProfile() }

// darkBackground is what the environment says of it; most terminals that say nothing are dark.
func darkBackground() bool { return backgroundIsDark(os.Getenv("COLORFGBG")) }

// clipboard copies by OSC 52, which works over SSH too where the terminal allows it.
func clipboard(out io.Writer) func(string) error {
	return func(text string) error {
		_, err := io.WriteString(out, ansi.SetSystemClipboard(text))
		return err
	}
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
