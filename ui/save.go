package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/newfile"
)

// save has something write a file within its bound, and says so meanwhile and at its end: what writes it names its path, or what else is to be said of it. The
// end of the dashboard waits for it.
func (m *Model) save(doing string, bound time.Duration, write func(ctx context.Context) (done string, err error)) tea.Cmd {
	m.say(&m.opts.Theme.Muted, doing, bound)
	ctx, own := m.ctx, &m.owner
	return func() tea.Msg {
		var msg tea.Msg
		own.do(func() {
			ctx, cancel := context.WithTimeout(ctx, bound)
			defer cancel()
			done, err := write(ctx)
			msg = finishedMsg{doing, done, err}
		})
		return msg
	}
}

// saveHere writes a file in the current folder, for the user alone: beside the one that is wanted, which it becomes once it is whole. A file that is there
// already is left alone. The name is needed only when all is written.
func saveHere(write func(w io.Writer) (name string, err error)) (path string, err error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the current folder: %w", err)
	}
	file, err := newfile.Create(folder)
	if err != nil {
		return "", err
	}
	defer file.Discard()
	name, err := write(file)
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, name)
	if err := file.Place(path, false); errors.Is(err, fs.ErrExist) {
		return path, fmt.Errorf("%s is there already, and was left alone", name)
	} else if err != nil {
		return path, err
	}
	return path, nil
}
