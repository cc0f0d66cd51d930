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

// saveMedia downloads into a file beside the one that is wanted, and gives it that name when it is whole. A file that is there already is left alone.
func saveMedia(ctx context.Context, sessions Sessions, session vital.SessionID, id string) (path string, err error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the current folder: %w", err)
	}
	file, err := os.CreateTemp(folder, ".wapulse-media-*") // its mode is 0600
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(file.Name()) }() // it has another name by then, or is not wanted
	media, err := sessions.Download(ctx, session, id, file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, media.FileName())
	return path, place(file.Name(), path)
}

// place gives a file its name. A link does not replace what is there; where there are no links, a look before must do.
func place(temporary, path string) error {
	err := os.Link(temporary, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return existing(err, path)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return existing(fs.ErrExist, path)
	}
	return os.Rename(temporary, path)
}

func existing(err error, path string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s is there already, and was left alone", filepath.Base(path))
}
