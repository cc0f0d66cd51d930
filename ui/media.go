package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/newfile"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// mediaTime bounds a download; the operation's own bound is closer.
const mediaTime = 65 * time.Second

// download saves the media that an event tells of in the current folder.
func (m *Model) download(e vital.Event) tea.Cmd {
	id := page.MediaOf(e)
	doing := "downloading " + id + "…"
	m.say(m.opts.Theme.Muted, doing, mediaTime)
	ctx, sessions, own := m.ctx, m.opts.Sessions, &m.owner
	return func() tea.Msg {
		var msg tea.Msg
		own.do(func() {
			ctx, cancel := context.WithTimeout(ctx, mediaTime)
			defer cancel()
			path, err := saveMedia(ctx, sessions, e.Session, id)
			if err != nil {
				err = fmt.Errorf("download of %s: %w", widget.Clean(id), err)
			}
			msg = finishedMsg{doing, "saved as " + path, err}
		})
		return msg
	}
}

// saveMedia downloads into a new file in the current folder. One that is there already is left alone.
func saveMedia(ctx context.Context, sessions Sessions, session vital.SessionID, id string) (path string, err error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the current folder: %w", err)
	}
	file, err := newfile.Create(folder)
	if err != nil {
		return "", err
	}
	defer file.Discard()
	media, err := sessions.Download(ctx, session, id, file)
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, media.FileName())
	return path, existing(file.Place(path, false), path)
}

func existing(err error, path string) error {
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	return fmt.Errorf("%s is there already, and was left alone", filepath.Base(path))
}
