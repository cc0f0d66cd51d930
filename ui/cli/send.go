package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// The bounds of a message.
const (
	maxMessage  = 64 << 10 // bytes
	receiptWait = 10 * time.Second
)

// sending is what a "send" was asked.
type sending struct {
	id     string
	wait   time.Duration
	asJSON bool
}

func newSendCommand() *cobra.Command {
	var s sending
	cmd := inHolder(&cobra.Command{
		Use:   "send SESSION NUMBER TEXT",
		Short: "Send a text, and show its delivery",
		Long: `Send a text to a number, and show when the server took it and when the phone got it. It is sent once: nothing is ever
sent again by itself. An error names the message's ID; with --id of that the same command is the same message, and
whoever has it already does not get it twice.

The number may be written as people do; without a country's code it is one of --region, or of the locale's. A text
of - is read from the standard input, without the end of its last line; 64 KiB at most.

Exit code 0 means that the server took it. The receipt of the phone is waited for as long as --wait says; a phone that
is off gets the message later.`,
		Example: `  wapulse send sales +6281260268381 "Your order is on its way"
  wapulse send sales 0812-6026-8381 --region ID - < text
  wapulse send sales +6281260268381 "..." --wait 0 --json`,
		Args: arguments("a session", "a number", "a text"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			conf, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			number, err := s.read(cmd, args[1], regionFor(conf, consoleOf(cmd.Context()).getenv))
			if err != nil {
				return usage(err, cmd.CommandPath())
			}
			h, snap, err := enterFor(cmd, args[0])
			if err != nil {
				return err
			}
			defer h.closeAfter(&err)
			text, err := textOf(cmd.Context(), args[2], cmd.InOrStdin())
			if cmd.Context().Err() != nil {
				return adviseOnOperation(cmd.Context(), errors.New("interrupted before anything was sent"))
			}
			if err != nil {
				return usage(err, cmd.CommandPath())
			}
			if err := bringUp(cmd.Context(), h.manager, snap.ID); err != nil {
				return err
			}
			if number.Warning != "" {
				fmt.Fprintln(cmd.ErrOrStderr(), oneLine(fmt.Sprintf("%s is read as %s: %s", number.Input, number.E164, number.Warning)))
			}
			return s.send(cmd, h, snap, vital.Outgoing{ID: s.id, To: number.E164, Text: text})
		},
	})
	cmd.Flags().StringVar(&s.id, "id", "", "the `ID` of a message that may not have been sent: it is the same one")
	cmd.Flags().String("region", "", "of a number without its country's code, as `ID` or BR (WAPULSE_REGION); default: the locale's")
	cmd.Flags().DurationVar(&s.wait, "wait", receiptWait, "for the phone's receipt; 0: do not wait")
	cmd.Flags().BoolVar(&s.asJSON, "json", false, "print JSON for programs, when all is done")
	return cmd
}

var messageID = regexp.MustCompile(`^[0-9A-Za-z]{4,64}$`)

// read looks at the flags and returns the number.
func (s *sending) read(cmd *cobra.Command, number, region string) (check.Number, error) {
	if s.wait < 0 {
		return check.Number{}, fmt.Errorf("--wait is 0 or more, not %v", s.wait)
	}
	if cmd.Flags().Changed("id") && !messageID.MatchString(s.id) {
		return check.Number{}, fmt.Errorf("--id is the ID of a message, as 3EB0C431C26A1916E07E, not %q", s.id)
	}
	n, err := check.Parse(number, region)
	if err != nil {
		return n, fmt.Errorf("%q is no number to send to: %w", n.Input, err)
	}
	return n, nil
}

// textOf is the text of a message, from the input if it is "-".
func textOf(ctx context.Context, arg string, stdin io.Reader) (string, error) {
	text := arg
	if arg == "-" {
		data, err := readAll(ctx, io.LimitReader(stdin, maxMessage+2)) // and the end of its last line
		if err != nil {
			return "", fmt.Errorf("read the text: %w", err)
		}
		text = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	}
	switch {
	case text == "":
		return "", errors.New("the text is empty")
	case len(text) > maxMessage:
		return "", fmt.Errorf("the text is longer than %d KiB", maxMessage>>10)
	case !utf8.ValidString(text):
		return "", errors.New("the text is not UTF-8")
	}
	return text, nil
}

// readAll reads to the end, or until ctx ends. What reads from a terminal cannot be woken then: it is left to the end of the process.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type read struct {
		data []byte
		err  error
	}
	done := make(chan read, 1)
	go func() {
		data, err := io.ReadAll(r)
		done <- read{data, err}
	}()
	select {
	case all := <-done:
		return all.data, all.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// sentMessage is a message as programs read it. Times are by the server's clock.
type sentMessage struct {
	Session   string     `json:"session"`
	To        string     `json:"to"`
	ID        string     `json:"id"`
	Sent      *time.Time `json:"sent_at,omitempty"`
	Delivered *time.Time `json:"delivered_at,omitempty"`
	Read      *time.Time `json:"read_at,omitempty"`
	Error     string     `json:"error,omitempty"`
}

func (s *sending) send(cmd *cobra.Command, h *house, snap *vital.Snapshot, message vital.Outgoing) error {
	sub := h.manager.Hub().Subscribe() // before it leaves: receipts are quick
	defer sub.Close()
	result := sentMessage{Session: snap.Name, To: message.To}
	sent, err := h.manager.Send(cmd.Context(), snap.ID, message)
	if err != nil {
		return s.failed(cmd, result, err)
	}
	result.ID, result.Sent = sent.ID, &sent.At
	if !s.asJSON {
		fmt.Fprintf(cmd.OutOrStdout(), "id         %s\nto         %s\nsent       %s\n", sent.ID, message.To, shownTime(sent.At))
	}
	err = s.follow(cmd, sub, snap.ID, &result)
	if s.asJSON {
		return errors.Join(json.NewEncoder(cmd.OutOrStdout()).Encode(result), err)
	}
	return err
}

// failed tells an error with the ID by which the message can be sent again.
func (s *sending) failed(cmd *cobra.Command, result sentMessage, err error) error {
	var unsent *session.SendError
	if !errors.As(err, &unsent) {
		return adviseOnOperation(cmd.Context(), err)
	}
	result.ID, result.Error = unsent.ID, unsent.Err.Error()
	if s.asJSON {
		if err := json.NewEncoder(cmd.OutOrStdout()).Encode(result); err != nil {
			return err
		}
	}
	step := stepAfter(err)
	interrupted := cmd.Context().Err() != nil
	if interrupted {
		step = "run it again"
	}
	if !errors.Is(err, session.ErrNotOnWhatsApp) {
		step += fmt.Sprintf("; with --id %s it is the same message, which nobody gets twice", unsent.ID)
	}
	told := advise(err, step)
	if interrupted {
		return withCode(told, exitInterrupted)
	}
	return told
}

// follow shows receipts until the phone has the message, or for as long as is to be waited.
func (s *sending) follow(cmd *cobra.Command, sub *session.Subscription, id vital.SessionID, result *sentMessage) error {
	if s.wait == 0 {
		return nil
	}
	late := time.NewTimer(s.wait)
	defer late.Stop()
	for {
		select {
		case <-sub.Wake():
		case <-late.C:
			fmt.Fprintf(cmd.ErrOrStderr(), "no receipt within %v: the server has the message, and the phone gets it when it is on\n", s.wait)
			return nil
		case <-cmd.Context().Done():
			return withCode(advise(errors.New("interrupted while waiting for the receipt: the message is sent"), "nothing to do"), exitInterrupted)
		}
		for _, e := range sub.Take().Events {
			if e.Session == id && isReceiptOf(e, result.ID) && s.received(cmd, e, result) {
				return nil
			}
		}
	}
}

func isReceiptOf(e vital.Event, id string) bool {
	return e.Kind == vital.KindReceipt && slices.Contains(strings.Fields(e.Field("ids")), id)
}

// received shows a receipt. True means that the phone has the message: who has read it has it, too.
func (s *sending) received(cmd *cobra.Command, e vital.Event, result *sentMessage) bool {
	at, err := time.Parse(time.RFC3339Nano, e.Field("at"))
	if err != nil {
		at = e.Time
	}
	kind := e.Field("type")
	switch kind {
	case "delivered":
		result.Delivered = &at
	case "read":
		result.Read = &at
	default:
		return false
	}
	if !s.asJSON {
		fmt.Fprintf(cmd.OutOrStdout(), "%-9s  %s\n", kind, shownTime(at))
	}
	return true
}
