package page

import (
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// maxText is how long a text may be, in characters.
const maxText = 4096

// MessageStep is where a message stands.
type MessageStep uint8

// The steps.
const (
	MessageTyping MessageStep = iota
	MessageSending
	MessageSent
	MessageFailed
)

// Message is the dialog that sends a text from a session.
type Message struct {
	Theme   *widget.Theme
	Session *vital.Snapshot
	Region  string // where a number without its country's code is from
	Problem string

	step     MessageStep
	to       Field
	text     Field
	inText   bool
	outgoing vital.Outgoing
	sentAt   time.Time
	receipts []messageReceipt // of the session since it was sent, oldest first: one may come before the ID is known
}

// messageReceipt is what somebody told of messages.
type messageReceipt struct {
	ids     string // with spaces between them
	text    string
	arrival bool // it says that they came
}

// What is remembered, and shown, of receipts.
const (
	maxReceipts   = 256
	receiptsShown = 4
)

// NewMessage asks for a number and a text.
func NewMessage(theme *widget.Theme, s *vital.Snapshot, region string) *Message {
	return &Message{Theme: theme, Session: s, Region: region, to: NewField("To  ", 64), text: NewField("Text", maxText)}
}

// Step is where the message stands.
func (m *Message) Step() MessageStep { return m.step }

// Types says whether keys are text now.
func (m *Message) Types() bool { return m.step == MessageTyping }

// Click goes to the field in that line.
func (m *Message) Click(_, line int) (does string, ok bool) {
	if m.step != MessageTyping || line != 1 && line != 2 {
		return "", false
	}
	if m.inText != (line == 2) {
		m.Next()
	}
	return "", true
}

// Full says whether what is typed has no place left.
func (m *Message) Full() bool { return m.Types() && m.field().Full() }

func (m *Message) field() *Field {
	if m.inText {
		return &m.text
	}
	return &m.to
}

// Key gives the field in use a key to type. A paste that has no place as a whole is not taken: nobody sends half a text unawares.
func (m *Message) Key(key tea.KeyMsg) {
	m.Problem = ""
	if len(key.Runes) > m.field().Room() {
		if m.Problem = "this is more than has a place here"; key.Paste {
			return
		}
	}
	m.field().Key(key)
}

// Next goes to the other field.
func (m *Message) Next() { m.inText = !m.inText }

// Accept goes from the number to the text, and from there returns what is to be sent. False means that something is missing, and Problem says what.
func (m *Message) Accept() (vital.Outgoing, bool) {
	item := check.ItemOf(m.to.Value(), m.Region)
	switch {
	case item.E164 == "":
		m.Problem, m.inText = item.Reason, false
	case !m.inText:
		m.inText, m.Problem = true, ""
	case m.text.Value() == "":
		m.Problem = "a message needs a text"
	default:
		m.outgoing = vital.Outgoing{To: item.E164, Text: m.text.Value()}
		return m.Again()
	}
	return vital.Outgoing{}, false
}

// Again returns what is to be sent, under the ID that it had before.
func (m *Message) Again() (vital.Outgoing, bool) {
	m.step, m.Problem = MessageSending, ""
	return m.outgoing, true
}

// Sent says that the server has taken the message.
func (m *Message) Sent(s vital.Sent) { m.step, m.sentAt, m.outgoing.ID = MessageSent, s.At, s.ID }

// Failed says that it may not have. ID is the message's, "" if it has none yet.
func (m *Message) Failed(id, problem string) {
	m.step, m.Problem = MessageFailed, problem
	if id != "" {
		m.outgoing.ID = id
	}
}

// Title is the dialog's.
func (m *Message) Title() string { return "Message" }

// Box says that the dialog lies over a page.
func (m *Message) Box() {}

// HasClock is false: its times stand still.
func (m *Message) HasClock(time.Time) bool { return false }

// Put takes events: the receipts of this message are shown.
func (m *Message) Put(news News) {
	for _, e := range news.Events {
		if m.step == MessageTyping || e.Session != m.Session.ID || e.Kind != vital.KindReceipt {
			continue
		}
		kind := e.Field("type")
		m.receipts = append(m.receipts, messageReceipt{e.Field("ids"), widget.Clean(kind) + " at " + clockText(e.Time, news.Now), vital.IsArrival(kind)})
		m.receipts = m.receipts[max(0, len(m.receipts)-maxReceipts):]
	}
}

// Wording says what enter does now.
func (m *Message) Wording(action string) string {
	switch {
	case action != "accept":
		return ""
	case m.step == MessageTyping && !m.inText:
		return "to the text"
	case m.step == MessageTyping:
		return "send"
	case m.step == MessageFailed:
		return "again"
	default:
		return "back"
	}
}

// told is what receipts say of this message.
func (m *Message) told() []messageReceipt {
	var told []messageReceipt
	for _, r := range m.receipts {
		if m.outgoing.ID != "" && slices.Contains(strings.Fields(r.ids), m.outgoing.ID) && len(told) < receiptsShown {
			told = append(told, r)
		}
	}
	return told
}

// View draws the dialog for a window of that size.
func (m *Message) View(width, height int, now time.Time) string {
	t := m.Theme
	width = min(width-2, 72)
	inner := width - 4
	var what, became []string
	if m.step == MessageTyping {
		m.to.Most, m.text.Most = inner-6, inner-6
		for _, f := range []*Field{&m.to, &m.text} {
			what = append(what, f.Line(t, inner, f == m.field()))
		}
	} else {
		what = append(what, t.Muted.Render("to    ")+widget.Phone(m.outgoing.To),
			t.Muted.Render("text  ")+widget.Truncate(widget.Clean(m.outgoing.Text), inner-6))
		if m.outgoing.ID != "" {
			what = append(what, t.Muted.Render("ID    ")+widget.TruncateMiddle(widget.Clean(m.outgoing.ID), inner-6))
		}
	}
	told := m.told()
	if text := m.stateText(t, now, len(told)); text != "" {
		became = append(became, text)
	}
	for _, receipt := range told {
		if receipt.arrival {
			became = append(became, t.Healthy.Render("● "+receipt.text))
		} else {
			became = append(became, t.Working.Render("! "+receipt.text))
		}
	}
	if m.Problem != "" {
		for _, line := range widget.Wrap("✖ "+widget.Clean(m.Problem), inner, 5) {
			became = append(became, t.Broken.Render(line))
		}
	}
	lines := boxLines(height-2, what, became, []string{m.answers(t)})
	return t.Panel("Message from "+widget.TruncateMiddle(widget.Clean(m.Session.Name), 24), "", lines, width, len(lines)+2)
}

func (m *Message) stateText(t *widget.Theme, now time.Time, receipts int) string {
	switch m.step {
	case MessageSending:
		return t.Working.Render("→ sending…")
	case MessageSent:
		text := t.Healthy.Render("● sent") + " at " + clockText(m.sentAt, now)
		if receipts == 0 {
			text += t.Muted.Render(", no receipt yet")
		}
		return text
	default:
		return ""
	}
}

func (m *Message) answers(t *widget.Theme) string {
	key := func(action, does string) string { return t.Key.Render(t.KeyOf(action)) + " " + does + "   " }
	switch {
	case m.step == MessageTyping && !m.inText:
		return key("accept", "to the text") + key("back", "back")
	case m.step == MessageTyping:
		return key("accept", "send") + key("other-part", "to the number") + key("back", "back")
	case m.step == MessageFailed && m.outgoing.ID != "":
		return key("accept", "the same message again: nobody gets it twice") + key("back", "back")
	case m.step == MessageFailed:
		return key("accept", "try again") + key("back", "back")
	default:
		return key("back", "back")
	}
}
