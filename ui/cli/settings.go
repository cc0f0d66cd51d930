package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	}
	for i, text := range s.Objections {
		s.Objections[i] = oneLine(text)
	}
	return s
}

// settingsReader looks at the config file again and again.
type settingsReader struct {
	cmd  *cobra.Command
	path string
	seen fileLook
}

// fileLook is by what a file that was changed is known; the zero one is of a file that is not there.
type fileLook struct {
	at   time.Time
	size int64
}

func newSettingsReader(cmd *cobra.Command) *settingsReader {
	r := &settingsReader{cmd: cmd}
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

// read returns the settings if the file has changed since the last look, or if they are asked for. A file with something wrong in it is told of once.
func (r *settingsReader) read(asked bool) (ui.Settings, bool, error) {
	now, err := r.look()
	if err != nil {
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
		return ui.Settings{}, false, fmt.Errorf("%s holds as it was before: line %d: %s; %s", filepath.Base(wrong.Path), p.Line, p.What, p.Mend)
	case err != nil:
		return ui.Settings{}, false, fmt.Errorf("%w; what was read before holds", err)
	}
	return screenSettings(conf), true, nil
}
