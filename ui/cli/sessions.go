package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/store"
)

func newSessionsCommand() *cobra.Command {
	var asJSON bool
	cmd := inHolder(&cobra.Command{
		Use:   "sessions",
		Short: "List what the database knows of the sessions",
		Long: `List what the database knows of the sessions: who they are, where they stand, and whether wapulse is to bring them up.
A wapulse that is running is asked; without one the file is read, and what was up when wapulse was killed is down.`,
		Example: `  wapulse sessions
  wapulse sessions --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			records, err := readSessions(cmd)
			if err != nil {
				return adviseOnStore(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), records)
			}
			if len(records) == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), noSessionsYet)
				return nil
			}
			return writeTable(consoleOf(cmd.Context()), cmd.OutOrStdout(), records)
		},
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	return cmd
}

// readSessions asks the database that is open, or else reads its file, which somebody may hold who does not answer.
func readSessions(cmd *cobra.Command) ([]session.Record, error) {
	if h := lentTo(cmd.Context()); h != nil {
		return h.store.Sessions(cmd.Context())
	}
	conf, err := loadConfig(cmd)
	if err != nil {
		return nil, err
	}
	records, err := store.List(cmd.Context(), conf.DB)
	if errors.Is(err, fs.ErrNotExist) { // without a database there are no sessions
		return nil, nil
	}
	return records, err
}

// listed is a session as programs read it.
type listed struct {
	ID       vital.SessionID `json:"id"`
	Name     string          `json:"name"`
	JID      string          `json:"jid,omitempty"`
	LID      string          `json:"lid,omitempty"`
	Phone    string          `json:"phone,omitempty"`
	PushName string          `json:"push_name,omitempty"`
	Platform string          `json:"platform,omitempty"`
	Wanted   bool            `json:"wanted"`
	State    string          `json:"state"`
	Reason   vital.Reason    `json:"reason"`
	Since    time.Time       `json:"since"`
	Created  time.Time       `json:"created"`
	Failure  *listedFailure  `json:"failure,omitempty"`
}

type listedFailure struct {
	What    string     `json:"what"`
	Meaning string     `json:"meaning"`
	Retries bool       `json:"retries"`
	Action  string     `json:"action"`
	Code    int        `json:"code,omitempty"`
	Until   *time.Time `json:"until,omitempty"` // of a ban
}

func writeJSON(w io.Writer, records []session.Record) error {
	list := make([]listed, 0, len(records))
	for _, r := range records {
		l := listed{
			ID: r.ID, Name: r.Name, JID: r.Identity.JID, LID: r.Identity.LID, Phone: r.Identity.Phone, PushName: r.Identity.PushName,
			Platform: r.Identity.Platform, Wanted: r.Wanted, State: r.State.String(), Reason: r.Reason, Since: r.Since, Created: r.Created,
		}
		if r.Failure.Reason != vital.ReasonNone {
			d := vital.DiagnoseIn(r.State, r.Failure)
			l.Failure = &listedFailure{What: d.What, Meaning: d.Meaning, Retries: d.Retries, Action: d.Action, Code: r.Failure.Code}
			if !r.Failure.Until.IsZero() {
				l.Failure.Until = &r.Failure.Until
			}
		}
		list = append(list, l)
	}
	return writeIndented(w, list)
}

func writeTable(c *console, w io.Writer, records []session.Record) error {
	whole := bufio.NewWriter(w) // the table writes cell by cell
	table := tabwriter.NewWriter(c.words(whole), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tPHONE\tSTATE\tSINCE\tAT START\tWHY")
	for _, r := range records {
		phone, atStart, why := r.Identity.Phone, "stays down", string(r.Reason)
		if phone == "" {
			phone = "not paired"
		}
		if r.Wanted && r.Identity.Paired() {
			atStart = "comes up"
		}
		if what := vital.DiagnoseIn(r.State, r.Failure).What; what != "" {
			why = what
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", oneLine(r.Name), oneLine(phone), r.State, shownTime(r.Since),
			atStart, oneLine(why))
	}
	return errors.Join(table.Flush(), whole.Flush())
}
