package ui

import (
	"context"
	"fmt"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// mediaTime bounds a download; the operation's own bound is closer.
const mediaTime = 65 * time.Second

// download saves the media that an event tells of in the current folder.
func (m *Model) download(e vital.Event) tea.Cmd {
	id, sessions := page.MediaOf(e), m.opts.Sessions
	return m.save("downloading "+id+"…", mediaTime, func(ctx context.Context) (string, error) {
		path, err := saveHere(func(w io.Writer) (string, error) {
			media, err := sessions.Download(ctx, e.Session, id, w)
			return media.FileName(), err
		})
		if err != nil {
			return "", fmt.Errorf("download of %s: %w", widget.Clean(id), err)
		}
		return "saved as " + path, nil
	})
}
