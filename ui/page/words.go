package page

import "github.com/wapulse/wapulse/ui/widget"

// Words explains the verdicts, and what is said of the check of a file.
func (p *Prompt) Words(t *widget.Theme) [][2]string {
	return append(verdictWords(t), [][2]string{
		{"answered", "how long its query took; of an answer that was known, how old it is"},
		{"job", "a check of a file: it is stored, and can be gone on with"},
		{"duplicates", "in the file more than once: each number is asked once"},
		{"cached", "known from an earlier query: registered for 7 days, not_registered for 24 h"},
		{"queries", "each asks for many numbers at once; accounts are banned for too many"},
		{"takes", "as long as the sessions' budgets demand, if the server is quick"},
		{"paused", "the server asked for a pause (429), or the breaker is open"},
	}...)
}

// Words explains the columns.
func (c *Contacts) Words(*widget.Theme) [][2]string {
	return [][2]string{
		{"name", "what the phone's owner calls them, in the address book"},
		{"phone", "their number; their JID where WhatsApp hides the number"},
		{"own name", "what they call themselves, which is called a push name"},
		{"business", "the name of a business, as WhatsApp tells it"},
		{"JID", "the address at WhatsApp: by the number, or with @lid a hidden one"},
		{"asking WhatsApp", "the address book is read anew; then all are listed whom the session knows"},
		{"the account", "is among them itself, with the name that others see"},
	}
}

// Words explains what becomes of a message.
func (m *Message) Words(t *widget.Theme) [][2]string {
	return [][2]string{
		{"to", "the number as people write it; without its country's code it needs a region"},
		{"ID", "the message's own: sent again with it, nobody gets it twice"},
		{t.Working.Render("→ sending"), "it is sent once; what got no answer may have arrived all the same"},
		{t.Healthy.Render("● sent"), "the server has taken it, at that time of its clock"},
		{"no receipt yet", "no phone has told of it: one that is off gets it later"},
		{t.Healthy.Render("● delivered"), "one of their devices has it"},
		{t.Healthy.Render("● read"), "they have seen it; who hides that never tells"},
		{t.Healthy.Render("● retry"), "a device could not read it, and asks for it anew"},
		{"463", "the reason of a refusal: the account may begin no new chats"},
	}
}

// Words explains the notes.
func (n *Notifications) Words(t *widget.Theme) [][2]string {
	return [][2]string{
		{t.Healthy.Render("●"), "done as you asked, or a phone is paired"},
		{t.Broken.Render("✖"), "not done, and why; or a session has gone to ERROR"},
		{t.Broken.Render("✖ 2 new"), "above the dashboard: so many went to ERROR since this page was left"},
		{"ERROR", "retrying cannot mend it: the session's row says what you can do"},
		{"200", "so many are kept, while wapulse runs; what happens to sessions is under events"},
	}
}

// Words explains the faults: what stands behind each name, and how it is known on the dashboard.
func (f *Faults) Words(t *widget.Theme) [][2]string {
	return [][2]string{
		{"on", "whom it happens to: the selected session, the marked ones, or all"},
		{"401 to 515", "codes that WhatsApp's servers send; the simulator sends the same"},
		{"delay", "a slow line, or a busy server: CONNECTED, and slow among the findings"},
		{"drop", "the socket is closed without a word: RECONNECTING for a second"},
		{"blackhole", "still CONNECTED, but rungs are lost; two missed pings end it: a dead link"},
		{"429", "too many requests: nothing is asked until the server's pause is over"},
		{"463", "a restricted account may begin no new chats; its connection stays"},
		{"503", "the server restarts or is overloaded: wapulse tries again"},
		{"515", "the server wants the session to connect anew, as it does after pairing"},
		{"401", "logged out: WhatsApp does not know this device any more"},
		{"402", "a ban for a time: the row counts down, and retrying does not help"},
		{"405", "client outdated: the server wants a newer version than wapulse says it is"},
		{"replaced", "two programs with the same credentials: wapulse does not fight back"},
		{"removed", "unlinked in the phone's list of linked devices: only pairing mends it"},
		{t.Healthy.Render("healthy"), "no fault at all: ends what lasts, and brings the session back"},
	}
}

// Words explains what the tour says of a failure.
func (o *Tour) Words(t *widget.Theme) [][2]string {
	return [][2]string{
		{"look", "where above it is seen, or was, if it is over already"},
		{"why", "the diagnosis: what ended the connection, and what that means"},
		{"next", "what wapulse does about it by itself"},
		{"do", "what is yours to do"},
		{"means", "what to make of it with a session of your own"},
		{t.Healthy.Render("▮▮▮▮▮") + " ladder", "socket open, logged in, server answers, data fresh, phone seen: a rung each"},
		{t.Working.Render("yellow, ◔"), "wapulse works on it"},
		{t.Broken.Render("red, ✖"), "retrying cannot mend it: somebody must act, or a ban must end"},
		{"heal", "the fault ends, and the session is started, or paired again"},
	}
}

// Words explains the columns that can be chosen.
func (c *Columns) Words(*widget.Theme) [][2]string {
	return [][2]string{
		{"✓", "shown, where the window has room for it: a wider one shows more"},
		{"the others", "name, state and ping are always there"},
		{"phone", "the number of the account; not paired, where there is none yet"},
		{"ws", "the websocket's ready state: CONNECTING, OPEN, CLOSING, CLOSED"},
		{"health", "the ladder's five rungs; ! is DEGRADED, ✖ is UNHEALTHY"},
		{"breaker", "failures in a row of those that open it; open, a session is asked nothing"},
		{"recent", "the last pings, 20 ms to 5 s; × went unanswered"},
		{"up for", "how long it has been CONNECTED this time"},
		{"last error", "what went wrong last, and how long ago"},
	}
}
