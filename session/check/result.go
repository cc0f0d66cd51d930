package check

import (
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// Result is what is known of one number of the input, as scripts see it. The JSON names and their order are part of wapulse's interface.
type Result struct {
	Input     string        `json:"input"`          // as read
	E164      string        `json:"e164,omitempty"` // absent if invalid
	Verdict   vital.Verdict `json:"verdict"`
	JID       string        `json:"jid,omitempty"`
	LID       string        `json:"lid,omitempty"`
	Business  bool          `json:"business"`             // true only if registered
	Session   string        `json:"session,omitempty"`    // the name of the one that was told; absent if none was
	LatencyMS int64         `json:"latency_ms,omitempty"` // of its query, a begun millisecond counts; absent if there was no reply
	AskedAt   time.Time     `json:"asked_at,omitzero"`    // when the query left; absent if none did
	Cached    bool          `json:"cached"`               // answered by an earlier query
	Reason    string        `json:"reason,omitempty"`     // why it is no plain yes or no, or a warning
}
