package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/ui"
	"github.com/wapulse/wapulse/ui/cli/config"
)

// screenSettings are what a configuration says of the dashboard.
func screenSettings(conf config.Config) ui.Settings {
	s := ui.Settings{
		Keys: conf.Texts(sectionKeys), Region: regionFor(conf, os.Getenv), FPS: conf.FPS, Objections: conf.Objections(),
		Notify: ui.Notify{Bell: conf.Notify.Bell, Desktop: conf.Notify.Desktop, Title: conf.Notify.Title},
		Theme:  conf.Theme, ASCII: isASCII(conf, os.Getenv),
	}
	for i, text := range s.Objections {
		s.Objections[i] = oneLine(text)
	}
	return s
}

// settingsLook is how often the config file is looked at.
const settingsLook = time.Second

// settingsReader looks at the config file again and again. Its methods may be called at the same time.
type settingsReader struct {
	cmd   *cobra.Command
	path  string
	later bool // what is shown goes by settings of the next start, too

	mu   sync.Mutex
	seen fileLook
	conf config.Config // that was read last
}

// fileLook is by what a file that was changed is known; the zero one is of a file that is not there.
type fileLook struct {
	at   time.Time
	size int64
}

// newSettingsReader is one that begins with a configuration.
func newSettingsReader(cmd *cobra.Command, conf config.Config) *settingsReader {
	r := &settingsReader{cmd: cmd, conf: conf}
	r.path, _ = config.FileFor(cmd.Flags(), consoleOf(cmd.Context()).environ)
	r.seen, _ = r.look()
	return r
}

func (r *settingsReader) look() (fileLook, error) {
	info, err := os.Stat(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fileLook{}, nil
	case err != nil:
		return fileLook{}, err
	}
	return fileLook{info.ModTime(), info.Size()}, nil
}

// reload implements ui.Options.Reload.
func (r *settingsReader) reload(ctx context.Context, asked bool) (ui.Settings, bool, error) {
	if asked {
		return r.read(true)
	}
	tick := time.NewTicker(settingsLook)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if s, changed, err := r.read(false); changed || err != nil {
				return s, changed, err
			}
		case <-ctx.Done():
			return ui.Settings{}, false, nil
		}
	}
}

// read returns the settings if the file has changed since the last look, or if they are asked for. What is wrong with the file is told once.
func (r *settingsReader) read(asked bool) (ui.Settings, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := r.look()
	if err != nil && r.seen == (fileLook{size: -1}) && !asked {
		return ui.Settings{}, false, nil
	}
	if err != nil {
		r.seen = fileLook{size: -1}
		return ui.Settings{}, false, fmt.Errorf("look at the config file: %w; what was read before holds", err)
	}
	if now == r.seen && !asked {
		return ui.Settings{}, false, nil
	}
	r.seen = now
	conf, err := loadConfig(r.cmd)
	var wrong *config.FileError
	switch {
	case errors.As(err, &wrong): // its name is enough: there is one, and little room to say so
		p := wrong.Problems[0]
		return ui.Settings{}, false, fmt.Errorf("%s, line %d: %s; %s (what was read before holds)", filepath.Base(wrong.Path), p.Line, p.What, p.Mend)
	case err != nil:
		return ui.Settings{}, false, fmt.Errorf("%w; what was read before holds", err)
	}
	s := screenSettings(conf)
	s.Changes, s.Later = conf.Changes(r.conf)
	if !r.later {
		s.Later = nil
	}
	r.conf = conf
	return s, true, nil
}
