package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/vital"
)

// What may stand in the place of a proxy's URL.
const (
	noProxy        = "none"
	proxyFromInput = "-"
)

// longestProxy is more than a proxy's URL with user and password can be.
const longestProxy = 4096

func newProxyCommand() *cobra.Command {
	return inHolder(&cobra.Command{
		Use:   "proxy SESSION [URL|none|-]",
		Short: "Let a session connect through a proxy of its own",
		Long: `Let a session connect through a proxy of its own: http://, https:// or socks5://, with user:password@ where the proxy wants
them. It is kept in the database, with its password, and stands before --proxy. A session that is connected gets a new
connection through it at once. Nothing goes round it: where the proxy does not work, the session does not connect.

"none" takes it away: the session uses what --proxy says, or none. "-" reads the URL from the input, so that a password
is in no list of processes. Without a URL the command tells the proxy of the session, without user and password.`,
		Example: `  wapulse proxy sales socks5://127.0.0.1:1080
  wapulse proxy sales - < proxy.txt
  wapulse proxy sales none
  wapulse proxy sales`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return usage(fmt.Errorf("%s needs a session, and a proxy or none, but got %d arguments", cmd.CommandPath(), len(args)), cmd.CommandPath())
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			h, snap, err := enterFor(cmd, args[0])
			if err != nil {
				return err
			}
			defer h.closeAfter(&err)
			if len(args) == 2 {
				if err := setProxy(cmd, h, snap, args[1]); err != nil {
					return err
				}
			}
			return tellProxy(cmd.Context(), cmd.OutOrStdout(), h, snap.ID)
		},
	})
}

func setProxy(cmd *cobra.Command, h *house, snap *vital.Snapshot, text string) error {
	if text == proxyFromInput {
		line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), longestProxy)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the proxy from the input: %w", err)
		}
		if text = strings.TrimSpace(line); text == "" {
			return usage(errors.New("the input has no proxy in its first line"), cmd.CommandPath())
		}
	}
	if text == noProxy {
		text = ""
	} else if p, err := vital.ParseProxy(text); err != nil || p.IsNone() {
		return usage(vital.ErrProxyURL, cmd.CommandPath())
	}
	if err := h.manager.SetProxy(cmd.Context(), snap.ID, text); err != nil {
		return adviseOnOperation(cmd.Context(), err)
	}
	return nil
}

func tellProxy(ctx context.Context, out io.Writer, h *house, id vital.SessionID) error {
	snap, known := h.manager.Snapshot(id)
	if !known {
		return adviseOnOperation(ctx, fmt.Errorf("tell the proxy of session %d: it is gone", id))
	}
	way := snap.Proxy
	if way == "" {
		way = noProxy
	}
	_, err := fmt.Fprintf(out, "%s: %s\n", oneLine(snap.Name), way)
	return err
}
