package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

func newContactsCommand() *cobra.Command {
	var asJSON bool
	cmd := inHolder(&cobra.Command{
		Use:   "contacts SESSION",
		Short: "List whom a session knows",
		Long: `List whom a session knows: its phone's address book is read anew, and then all people that the database knows of are
printed, those with a name first. The account itself is among them, with the name that others see. Names are what
the phone's owner calls people, push names what they call themselves.`,
		Example: `  wapulse contacts sales
  wapulse contacts sales --json`,
		Args: oneArgument("a session"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			h, snap, err := enterFor(cmd, args[0])
			if err != nil {
				return err
			}
			defer h.closeAfter(&err)
			if err := bringUp(cmd.Context(), h.manager, snap.ID); err != nil {
				return err
			}
			contacts, err := h.manager.Contacts(cmd.Context(), snap.ID)
			if err != nil {
				return adviseOnOperation(cmd.Context(), err)
			}
			own := ""
			if now, known := h.manager.Snapshot(snap.ID); known {
				own = withoutDevice(now.Identity.JID)
			}
			if asJSON {
				return writeContactsJSON(cmd.OutOrStdout(), contacts, own)
			}
			return writeContacts(cmd.OutOrStdout(), contacts, own)
		},
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	return cmd
}

// listedContact is somebody as programs read it.
type listedContact struct {
	vital.Contact
	Self bool `json:"self,omitempty"` // the account itself
}

func writeContactsJSON(w io.Writer, contacts []vital.Contact, own string) error {
	list := make([]listedContact, 0, len(contacts))
	for _, c := range contacts {
		list = append(list, listedContact{c, c.JID == own})
	}
	return writeIndented(w, list)
}

// writeContacts aligns names by the cells that they take: they are in whatever script people write.
func writeContacts(w io.Writer, contacts []vital.Contact, own string) error {
	rows := [][]string{{"NAME", "PHONE", "PUSH NAME", "BUSINESS", "JID"}}
	for _, c := range contacts {
		row := []string{c.Name, c.Phone, c.PushName, c.Business, c.JID}
		for i := range row {
			row[i] = widget.Clean(row[i])
		}
		if c.JID == own {
			row[0] = strings.TrimSpace(row[0] + " (this account)")
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], widget.Width(cell))
		}
	}
	var table strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(widget.Pad(cell, widths[i]) + "  ")
		}
		fmt.Fprintln(&table, strings.TrimRight(line.String(), " "))
	}
	_, err := io.WriteString(w, table.String())
	return err
}
