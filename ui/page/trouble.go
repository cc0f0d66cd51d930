package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/widget"
)

// The box of what else is wrong: it has room under the vitals in large windows, the same for every selected session unless there is uncommonly much to tell of it.
const (
	leastTrouble  = 5
	mostTrouble   = 16
	troubleName   = 12
	mostAssessed  = 200 // sessions that are judged for it, those first whose state says that something is wrong
	troubleIndent = troubleName + 4
)

// troubleHeight is how high the box is in what the list leaves of the window, and the vitals need; 0 for no box.
func (d *Dashboard) troubleHeight(rest, vitals int) int {
	height := min(mostTrouble, rest/3, rest-vitals)
	if height < leastTrouble || len(d.sessions) < 2 {
		return 0
	}
	return height
}

// viewTrouble tells of the sessions that are not well, but for the selected one, of which the vitals tell: the worst first, with what to do. No countdown is in it,
// so that it is drawn anew only if something changes.
func (d *Dashboard) viewTrouble(width, height int, now time.Time) string {
	sick := slices.DeleteFunc(slices.Clone(d.sessions), func(s *vital.Snapshot) bool { return s.ID == d.selected || !s.Wanted })
	slices.SortStableFunc(sick, func(a, b *vital.Snapshot) int { return cmp.Compare(trouble(a), trouble(b)) })
	sick = slices.DeleteFunc(sick[:min(len(sick), mostAssessed)], func(s *vital.Snapshot) bool { return len(d.troubleOf(s, width-2, now).short) == 0 })
	all := 0
	for _, s := range sick {
		all += len(d.troubleOf(s, width-2, now).whole)
	}
	var lines []string
	for i, s := range sick {
		trouble := d.troubleOf(s, width-2, now)
		told := trouble.short
		if all <= height-2 {
			told = trouble.whole
		}
		if more := len(sick) - i; len(lines)+len(told) > height-2 || more > 1 && len(lines)+len(told) == height-2 {
			lines = append(lines, " "+d.Theme.Muted.Render(fmt.Sprintf("and %d more", more)))
			break
		}
		lines = append(lines, told...)
		for range told {
			d.area.troubles = append(d.area.troubles, s.ID)
		}
	}
	if len(sick) == 0 {
		lines = []string{" " + d.Theme.Muted.Render("Nothing.")}
	}
	return d.Theme.Panel("What else is wrong", "", lines, width, height)
}

// cachedTrouble is what was told of a session, and what it was told for.
type cachedTrouble struct {
	version uint64
	width   int
	second  int64
	short   []string // what is too long is cut; nothing of a session that is well
	whole   []string // it is broken into lines
}

// troubleOf is drawTrouble, or what that has drawn before if nothing in it can have changed but ages.
func (d *Dashboard) troubleOf(s *vital.Snapshot, width int, now time.Time) cachedTrouble {
	second := now.Unix() - now.Unix()%10
	have, ok := d.troubles[s.ID]
	if !ok || have.version != s.Version || have.width != width || have.second != second {
		a := s.Assess(now)
		have = cachedTrouble{s.Version, width, second, d.drawTrouble(s, a, width, 1), d.drawTrouble(s, a, width, 2)}
		d.troubles[s.ID] = have
	}
	return have
}

// drawTrouble is what is wrong with a session, and what to do about it, in at most so many lines each; nothing of one that is well.
func (d *Dashboard) drawTrouble(s *vital.Snapshot, a vital.Assessment, width, most int) []string {
	if a.Health == vital.Healthy {
		return nil
	}
	diagnosis := s.Diagnosis()
	what := diagnosis.What
	switch list := newFindings(s, a.Findings); {
	case s.State == vital.StateConnecting && s.Pairing != nil:
		what = connectingText(s)
	case what != "" && diagnosis.Retries:
		what += "; " + diagnosis.Next
	case what == "" && len(list) > 0:
		what = list[0].Text
	case what == "" && len(a.Findings) > 0:
		what = a.Findings[0].Text
	}
	style, sign := d.Theme.HealthStyle(s, a.Health), widget.StateSign(s.State)
	if s.State == vital.StateConnected {
		sign = widget.HealthSign(s, a.Health)
	}
	name := widget.Pad(widget.TruncateMiddle(widget.Clean(s.Name), troubleName), troubleName)
	head := " " + style.Render(sign) + " " + d.Theme.Strong.Render(name) + " "
	indent := strings.Repeat(" ", troubleIndent)
	var lines []string
	for _, part := range widget.Wrap(widget.Clean(what), width-troubleIndent, most) {
		lines = append(lines, head+style.Render(part))
		head = indent
	}
	do := d.Theme.Muted.Render("do ")
	for _, part := range widget.Wrap(keyed(d.Theme, diagnosis.Advice()), width-troubleIndent-3, most) {
		lines = append(lines, indent+do+part)
		do = "   "
	}
	return lines
}
