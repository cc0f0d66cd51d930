package ui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui/page"
	"github.com/wapulse/wapulse/ui/widget"
)

// faultActions are those of rehearsal: what can be made to go wrong, where the server is a simulator of ours.
func faultActions() []action {
	return []action{
		on(action{name: "faults", keys: []string{"f"}, words: "cause a fault: see every failure before it is real", short: "faults", rank: 1, rehearsal: true}, openFaults,
			func(_ *Model, d *page.Dashboard) bool { return len(d.Sessions()) > 0 }),
		on(action{name: "cause", keys: []string{"enter"}, words: "cause it", short: "cause it", rank: 1}, (*Model).cause),
		on(action{name: "target", keys: []string{"tab"}, words: "on whom: the selected session, the marked ones, all", short: "on others", rank: 2},
			func(_ *Model, f *page.Faults) tea.Cmd { f.Turn(); return nil },
			func(_ *Model, f *page.Faults) bool { return len(f.Targets) > 1 }),
	}
}

func openFaults(m *Model, d *page.Dashboard) tea.Cmd {
	var targets []page.FaultTarget
	if marked := d.Marked(); len(marked) > 0 {
		targets = append(targets, page.FaultTarget{Name: fmt.Sprintf("the %d marked", len(marked)), Sessions: marked})
	}
	if s := d.Selected(); s != nil {
		targets = append(targets, page.FaultTarget{Name: widget.Clean(s.Name), Sessions: []*vital.Snapshot{s}})
	}
	var all []*vital.Snapshot
	for _, s := range d.Sessions() {
		if m.opts.Faults.Plays(s.ID) {
			all = append(all, s)
		}
	}
	if len(all) > 0 {
		targets = append(targets, page.FaultTarget{Name: fmt.Sprintf("all %d", len(all)), Sessions: all})
	}
	if len(targets) > 0 {
		m.push(&page.Faults{Theme: m.opts.Theme, List: m.opts.Faults.Faults(), Targets: targets})
	}
	return nil
}

// cause does what was chosen, and shows the sessions while it happens.
func (m *Model) cause(f *page.Faults) tea.Cmd {
	fault, on := f.Chosen()
	m.leave(f)
	faults := m.opts.Faults
	return m.doTo(on.Sessions, fault.Name+" on", "has it: "+fault.Words, "have it: "+fault.Words, byID(func(ctx context.Context, id vital.SessionID) error {
		return faults.Cause(ctx, fault.Name, id)
	}))
}
