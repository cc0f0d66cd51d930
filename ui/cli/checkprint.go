package cli

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// printer writes results in one form. Begin comes before the first.
type printer interface {
	begin(w io.Writer) error
	result(w io.Writer, r check.Result) error
}

// printer is the one that the flags ask for. Coloured is for a terminal that wants colours.
func (f *checkFlags) printer(c *console) printer {
	switch {
	case f.asJSON:
		return jsonPrinter{}
	case f.asCSV:
		return csvPrinter{}
	}
	return tablePrinter{words: c.words, coloured: c.terminal.StdoutTTY && !c.terminal.NoColor && !c.isPaper()}
}

// settled is a result as it is printed: the same from the store as from a session.
func settled(r check.Result) check.Result {
	r.AskedAt = asStored(r.AskedAt)
	return r
}

type jsonPrinter struct{}

func (jsonPrinter) begin(io.Writer) error { return nil }

func (jsonPrinter) result(w io.Writer, r check.Result) error { return writeLine(w, settled(r)) }

// writeLine writes a value as one line of JSON.
func writeLine(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

type csvPrinter struct{}

func (csvPrinter) begin(w io.Writer) error { return writeRecord(w, check.Header()) }

func (csvPrinter) result(w io.Writer, r check.Result) error { return writeRecord(w, settled(r).Row()) }

func writeRecord(w io.Writer, record []string) error {
	lines := csv.NewWriter(w)
	_ = lines.Write(record) // Error has it
	lines.Flush()
	return lines.Error()
}

// tablePrinter writes lines for people. Its columns are as wide as what they are for can be, so that a million lines need not be known before the first.
type tablePrinter struct {
	words    func(io.Writer) io.Writer
	coloured bool
}

// The widths of the columns: + and 15 digits, the longest verdict, a session's usual name, a time-out's milliseconds.
const (
	numberWidth  = 16
	verdictWidth = 14
	sessionWidth = 12
	latencyWidth = 9
)

func (t tablePrinter) begin(w io.Writer) error {
	return t.row(w, "NUMBER", "VERDICT", "", "SESSION", "TIME", "WHAT ELSE")
}

func (t tablePrinter) row(w io.Writer, number, verdict, colour, session, latency, notes string) error {
	verdict = column(verdict, verdictWidth)
	if colour != "" {
		verdict = "\x1b[" + colour + "m" + verdict + "\x1b[0m"
	}
	line := column(number, numberWidth) + "  " + verdict + "  " + column(session, sessionWidth) + "  " + strings.Repeat(" ", max(0, latencyWidth-ansi.StringWidth(latency))) + latency + "  " + notes
	_, err := io.WriteString(t.words(w), strings.TrimRight(line, " ")+"\n")
	return err
}

func (t tablePrinter) result(w io.Writer, r check.Result) error {
	number := r.E164
	if number == "" {
		number = ansi.Truncate(oneLine(r.Input), numberWidth, "…")
	}
	colour := ""
	if t.coloured {
		colour = colourOf(r.Verdict)
	}
	return t.row(w, number, string(r.Verdict), colour, oneLine(r.Session), latencyOf(r), notesOf(r))
}

// latencyOf is how long an answer took; "" if none came.
func latencyOf(r check.Result) string {
	switch {
	case r.Cached:
		return "known"
	case r.LatencyMS != 0:
		return strconv.FormatInt(r.LatencyMS, 10) + " ms"
	}
	return ""
}

// column fills a text up.
func column(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}

// notesOf is what there is to say of a result besides its verdict.
func notesOf(r check.Result) string {
	var notes []string
	if r.Business {
		notes = append(notes, "business")
	}
	for _, note := range []string{r.JID, r.Reason} {
		if note != "" {
			notes = append(notes, oneLine(note))
		}
	}
	if r.Cached && !r.AskedAt.IsZero() {
		notes = append(notes, "asked "+shownTime(r.AskedAt))
	}
	return strings.Join(notes, ", ")
}

// colourOf is green for a yes, yellow for what may be asked again, red for an error, grey for what is no number; a plain no has none.
func colourOf(v vital.Verdict) string {
	switch v {
	case vital.VerdictRegistered:
		return "32"
	case vital.VerdictNoAnswer, vital.VerdictUnverified:
		return "33"
	case vital.VerdictError:
		return "31"
	case vital.VerdictInvalid:
		return "90"
	}
	return ""
}
