package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/newfile"
)

// toStdout is the name of a file that is the standard output.
const toStdout = "-"

func newMediaCommand() *cobra.Command {
	var output string
	var force bool
	cmd := inHolder(&cobra.Command{
		Use:   "media SESSION MESSAGE-ID",
		Short: "Download the media of a message",
		Long: `Download the media of a message that the session has seen, and print the file's path. The ID is in the session's
events, as "messages.upsert  1 message (image, 3EB0C431C26A1916E07E)". The file is whole or not there: its hashes are
verified first. Only you can read it, and one that is there already is left alone unless --force says otherwise.`,
		Example: `  wapulse media sales 3EB0C431C26A1916E07E
  wapulse media sales 3EB0C431C26A1916E07E -o invoice.pdf
  wapulse media sales 3EB0C431C26A1916E07E -o - | file -`,
		Args: arguments("a session", "a message's ID"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			h, snap, err := enterFor(cmd, args[0])
			if err != nil {
				return err
			}
			defer h.closeAfter(&err)
			d := download{manager: h.manager, session: snap.ID, messageID: args[1], force: force}
			media, err := h.store.Media(cmd.Context(), snap.ID, args[1])
			if errors.Is(err, session.ErrNoMedia) {
				return adviseOnOperation(cmd.Context(), fmt.Errorf("%q: message %q: %w", snap.Name, args[1], err))
			}
			if err != nil {
				return adviseOnStore(err)
			}
			if output == "" {
				output = media.FileName()
			}
			if output == toStdout {
				return d.print(cmd)
			}
			return d.save(cmd, output, consoleOf(cmd.Context()).path(output), media)
		},
	})
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, - for the standard output; default: a name of kind and ID")
	cmd.Flags().BoolVar(&force, "force", false, "replace a file that is there already")
	return cmd
}

// download is one message's media on their way.
type download struct {
	manager   *session.Manager
	session   vital.SessionID
	messageID string
	force     bool
}

func (d download) print(cmd *cobra.Command) error {
	if consoleOf(cmd.Context()).terminal.StdoutTTY {
		return advise(errors.New("media are nothing for a terminal"), "name a file with -o, or send the output to a program")
	}
	ctx := cmd.Context()
	if err := bringUp(ctx, d.manager, d.session); err != nil {
		return err
	}
	_, err := d.manager.Download(ctx, d.session, d.messageID, cmd.OutOrStdout())
	return adviseOnOperation(ctx, err)
}

// save downloads into a new file.
func (d download) save(cmd *cobra.Command, name, path string, media vital.Media) error {
	ctx := cmd.Context()
	if err := newfile.Vacant(path, d.force); err != nil {
		return adviseOnFile(err)
	}
	if err := bringUp(ctx, d.manager, d.session); err != nil {
		return err
	}
	file, err := newfile.Create(filepath.Dir(path))
	if err != nil {
		return adviseOnFile(err)
	}
	defer file.Discard()
	if _, err := d.manager.Download(ctx, d.session, d.messageID, file); err != nil {
		return adviseOnOperation(ctx, err)
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Place(path, d.force)); err != nil {
		return adviseOnFile(err)
	}
	fmt.Fprintln(cmd.ErrOrStderr(), oneLine(fmt.Sprintf("%s (%s), %d bytes", media.Kind, media.MIME, info.Size())))
	_, err = fmt.Fprintln(cmd.OutOrStdout(), name)
	return err
}

func adviseOnFile(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return advise(err, "name another file with -o, or replace it with --force")
	}
	return advise(err, "name a file with -o that can be written, on a disk with room")
}
