package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wapulse/wapulse/session/record"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/newfile"
)

// reportKey writes reports for the dashboard, as the report command does, into the folder that wapulse was started in.
type reportKey struct{ house *house }

func (k reportKey) Save(ctx context.Context, id vital.SessionID) (path string, isWhole bool, err error) {
	r, unstored, err := k.house.report(ctx, id, usualMinutes*time.Minute, true)
	if err != nil {
		return "", false, withNext(err)
	}
	folder, err := os.Getwd()
	if err != nil {
		return "", false, withNext(advise(err, "start wapulse in a folder that is there"))
	}
	path = filepath.Join(folder, reportName(r))
	if err := newfile.Write(path, func(w io.Writer) error { return record.Write(w, r) }); err != nil {
		return "", false, withNext(advise(err, "start wapulse in a folder that can be written, on a disk with room, or use wapulse report with -o"))
	}
	return path, unstored == nil, nil
}

// withNext has the next step in the error itself: the screen has one line for both.
func withNext(err error) error {
	var a *advised
	if errors.As(err, &a) {
		return fmt.Errorf("%w; next: %s", err, a.next)
	}
	return err
}
