package ui

import (
	"slices"

	"github.com/wapulse/wapulse/ui/page"
)

// front is the page that keys go to.
func (m *Model) front() page.Page { return m.stack[len(m.stack)-1] }

// push puts a page in front. One that is on the stack already comes to the front, and what lay over it goes.
func (m *Model) push(p page.Page) {
	if i := slices.Index(m.stack, p); i >= 0 {
		m.stack = m.stack[:i+1]
		return
	}
	m.stack = append(m.stack, p)
}

// leave takes a page, and what lies over it, off the stack. The first one stays.
func (m *Model) leave(p page.Page) {
	i := slices.Index(m.stack, p)
	if i < 1 {
		return
	}
	for _, left := range m.stack[i:] {
		if l, ok := left.(page.Leaver); ok {
			l.Leave()
		}
	}
	m.stack = m.stack[:i]
}

// has says whether a page is on the stack.
func (m *Model) has(p page.Page) bool { return slices.Contains(m.stack, p) }

// base is where drawing begins: the page in front, or the one under the boxes that lie over it.
func (m *Model) base() int {
	for i := len(m.stack) - 1; i > 0; i-- {
		if _, box := m.stack[i].(page.Box); !box {
			return i
		}
	}
	return 0
}

// shows says whether a page is on the screen.
func (m *Model) shows(p page.Page) bool { return slices.Contains(m.stack[m.base():], p) }

// find returns the newest page of a type that is on the stack.
func find[P page.Page](m *Model) (P, bool) {
	for _, p := range slices.Backward(m.stack) {
		if found, ok := p.(P); ok {
			return found, true
		}
	}
	var none P
	return none, false
}

// typesOn says whether keys are text on a page now.
func typesOn(p page.Page) bool {
	t, ok := p.(page.Typist)
	return ok && t.Types()
}
