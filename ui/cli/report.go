package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/record"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/newfile"
)

const (
	usualMinutes = 15
	mostMinutes  = 7 * 24 * 60 // events are not kept longer
)

func newReportCommand() *cobra.Command {
	var output string
	var minutes int
	cmd := inHolder(&cobra.Command{
		Use:   "report SESSION",
		Short: "Write what happened to a session into one file that can be shown",
		Long: `Write the last minutes of a session into one file, to look at later or to attach to a bug report: events,
transitions, latencies, vitals, waterfalls, diagnoses, versions and settings. Numbers, names, JIDs, message IDs,
keys, addresses and paths are masked, the same thing everywhere the same; texts of messages are not in it. Look
through it all the same before you show it to everybody: it is a zip file of texts.

Where no wapulse runs, it is about the time before the session's last event.`,
		Example: `  wapulse report sales
  wapulse report sales --minutes 120 -o friday.zip
  wapulse report sales -o - | ssh desk 'cat > sales.zip'`,
		Args: oneArgument("a session"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if minutes < 1 || minutes > mostMinutes {
				return usage(fmt.Errorf("--minutes is from 1 to %d, not %d", mostMinutes, minutes), cmd.CommandPath())
			}
			h, snap, err := enterFor(cmd, args[0])
			if err != nil {
				return err
			}
			defer h.closeAfter(&err)
			report, unstored, err := h.report(cmd.Context(), snap.ID, time.Duration(minutes)*time.Minute, h.isLent)
			if err != nil {
				return err
			}
			tellUnstored(cmd, unstored)
			return writeReport(cmd, report, output)
		},
	})
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, - for the standard output; default: a name of session and time")
	cmd.Flags().IntVar(&minutes, "minutes", usualMinutes, "how many minutes it goes back")
	return cmd
}

// tellUnstored says to whoever asked that the newest is not in what they get, where the database does not take it.
func tellUnstored(cmd *cobra.Command, err error) {
	if err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "What happened last may be missing: it is not stored yet (%v)\n", err)
	}
}

// report gathers what a report has. Whatever it says, it is masked when it is written. Live says that the session runs here: the report ends now. Unstored
// is why what happened last may be missing, nil if it is there.
func (h *house) report(ctx context.Context, id vital.SessionID, span time.Duration, live bool) (r record.Report, unstored, err error) {
	if unstored = h.flushAll(ctx); unstored != nil {
		h.log.Warn("what happened last may be missing in the report", "err", unstored)
	}
	snap, known := h.manager.Snapshot(id)
	if !known {
		return r, unstored, noSuchSession("", nil)
	}
	now := time.Now()
	secrets, err := h.secrets(ctx)
	if err != nil {
		return r, unstored, adviseOnStore(err)
	}
	r = record.Report{
		Maker: makerOf(), Made: now, From: now.Add(-span), To: now, Live: live, Snapshot: snap, Settings: h.settings(),
		Paths: h.paths(), Secrets: secrets, Names: machineNames(),
	}
	if !live {
		last, err := h.store.LastEventAt(ctx, id)
		if err != nil {
			return r, unstored, adviseOnStore(err)
		}
		if last.Before(snap.Since) { // the event of that is deleted already
			last = snap.Since
		}
		if last.Before(r.From) {
			r.From, r.To = last.Add(-span), last.Add(time.Second)
		}
	}
	if r.From.Before(snap.Created) { // a slider over nothing helps nobody
		r.From = snap.Created
	}
	for _, other := range h.manager.Snapshots() {
		if other.ID != id {
			r.Others, r.Names = append(r.Others, other.Identity), append(r.Names, other.Name)
		}
	}
	if r.Material, err = h.store.Recorded(ctx, id, r.From, r.To); err != nil {
		return r, unstored, adviseOnStore(err)
	}
	return r, unstored, nil
}

// settings are what was set, as a report may tell it.
func (h *house) settings() []record.Setting {
	server := "WhatsApp"
	if h.conf.Endpoint != nil {
		server = h.conf.Endpoint.URL
	}
	proxy := "none"
	if !h.conf.Proxy.IsNone() {
		proxy = h.conf.Proxy.Scheme() + "://" + h.conf.Proxy.Host() // the host is masked like any other
	}
	return []record.Setting{
		{Name: "batch", Value: fmt.Sprint(h.conf.Batch)}, {Name: "config", Value: h.conf.File}, {Name: "db", Value: h.store.Path()},
		{Name: "log-file", Value: h.conf.LogFile}, {Name: "proxy", Value: proxy}, {Name: "rate", Value: fmt.Sprint(h.conf.Rate)},
		{Name: "region", Value: h.conf.Region}, {Name: "server", Value: server},
	}
}

// secrets are what a text must not have, wherever it comes from.
func (h *house) secrets(ctx context.Context) ([]string, error) {
	records, err := h.store.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	list, proxies := []string{rootKeyOf(h.conf)}, []vital.Proxy{h.conf.Proxy}
	for _, r := range records {
		if proxy, err := vital.ParseProxy(r.Proxy); err == nil { // one that cannot be read is in no text either
			proxies = append(proxies, proxy)
		}
	}
	for _, proxy := range proxies {
		user, password := proxy.User()
		list = append(list, user, password)
	}
	return list, nil
}

// paths are those of this machine that a text may have.
func (h *house) paths() []string {
	list := []string{h.store.Path(), h.conf.DB, h.conf.File, h.conf.LogFile, filepath.Dir(h.store.Path())}
	if home, err := os.UserHomeDir(); err == nil && home != string(filepath.Separator) {
		list = append(list, home)
	}
	if temp := filepath.Clean(os.TempDir()); len(strings.Split(temp, string(filepath.Separator))) > 2 { // /tmp is everybody's
		list = append(list, temp)
	}
	return list
}

// machineNames are what this machine is called.
func machineNames() []string {
	name, err := os.Hostname()
	if err != nil || name == "localhost" {
		return nil
	}
	return []string{name}
}

func makerOf() record.Maker {
	m := record.Maker{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Whatsmeow: "(unknown)"}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "go.mau.fi/whatsmeow" {
				m.Whatsmeow = module.Version
			}
		}
	}
	return m
}

// writeReport writes a report where it is wanted: to the output, or into a new file.
func writeReport(cmd *cobra.Command, r record.Report, output string) error {
	c := consoleOf(cmd.Context())
	if output == toStdout {
		if c.terminal.StdoutTTY {
			return advise(errors.New("a report is nothing for a terminal"), "name a file with -o, or send the output to a program")
		}
		return record.Write(cmd.OutOrStdout(), r)
	}
	if output == "" {
		output = reportName(r)
	}
	if err := newfile.Write(c.path(output), func(w io.Writer) error { return record.Write(w, r) }); err != nil {
		return advise(err, "name another file with -o, one that can be written and is not there yet, on a disk with room")
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), output)
	return err
}

// reportName is the usual name of a report's file. It has the session's name, for its owner, unless that looks like a number: a file's name is seen, too.
func reportName(r record.Report) string {
	name := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-':
			return c
		}
		return '_'
	}, record.NewMasker().Text(r.Snapshot.Name))
	return fmt.Sprintf("wapulse-report-%.40s-%s.zip", name, r.Made.Local().Format("20060102-150405"))
}

// loadRecord reads a report that somebody was given, as it is seen from the command's folder.
func loadRecord(c *console, name string) (*record.Record, error) {
	r, err := record.LoadFile(c.path(name))
	for _, known := range []struct {
		is   error
		next string
	}{
		{record.ErrNewer, "update wapulse"},
		{record.ErrForeign, "name a file that wapulse report has written"},
		{record.ErrDamaged, "ask for the file again: a part of it is missing or was changed"},
		{record.ErrTooLarge, "ask for a report of fewer minutes"},
		{os.ErrNotExist, "look at the name of the file"},
		{os.ErrPermission, "make the file readable"},
	} {
		if errors.Is(err, known.is) {
			return nil, advise(err, known.next)
		}
	}
	return r, err
}
