package page

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wapulse/wapulse/session/vital"
)

// answerOrder is one that the list of answers can have.
type answerOrder uint8

const (
	asAsked answerOrder = iota // the newest last
	byVerdict
	byNumber
	answerOrders
)

func (o answerOrder) String() string {
	return [...]string{"as asked", "what needs a look first", "by number"}[o]
}

func (o answerOrder) compare(a, b entry) int {
	switch o {
	case byVerdict:
		return lookFirst(a.result.Verdict) - lookFirst(b.result.Verdict)
	case byNumber:
		return strings.Compare(a.item.E164+a.item.Input, b.item.E164+b.item.Input)
	default:
		return cmp.Compare(a.place, b.place)
	}
}

// lookFirst ranks verdicts by what a person looks for: what went wrong, then what was not answered, then the answers.
func lookFirst(v vital.Verdict) int {
	return slices.Index([]vital.Verdict{
		vital.VerdictError, vital.VerdictInvalid, vital.VerdictUnverified, vital.VerdictNoAnswer, vital.VerdictNotRegistered, vital.VerdictRegistered,
	}, v)
}

// CanSort says whether the list can have another order: not while answers are to come.
func (p *Prompt) CanSort() bool { return p.inList && p.pending == 0 && len(p.list) > 1 }

// Sort goes on to the next order. The selected number stays the selected one.
func (p *Prompt) Sort() { p.sortAs((p.order + 1) % answerOrders) }

// sortBy takes the order of the column of that title; the one that it has already it takes back. False means that there is none now.
func (p *Prompt) sortBy(title string) bool {
	order, ok := map[string]answerOrder{"verdict": byVerdict, "number": byNumber}[title]
	if !ok || p.pending > 0 {
		return false
	}
	if p.order == order {
		order = asAsked
	}
	p.ToList(true)
	p.sortAs(order)
	return true
}

// sortAs puts the list into an order. What is asked next brings back the one in which it was asked.
func (p *Prompt) sortAs(order answerOrder) {
	if p.order == order {
		return
	}
	p.order = order
	if len(p.list) == 0 {
		return
	}
	selected := p.list[p.selected].place
	slices.SortStableFunc(p.list, func(a, b entry) int {
		return cmp.Or(order.compare(a, b), cmp.Compare(a.place, b.place))
	})
	p.selected = slices.IndexFunc(p.list, func(e entry) bool { return e.place == selected })
	p.following = p.selected >= len(p.list)-1
}

// add puts an entry at the end of the list.
func (p *Prompt) add(e entry) {
	p.sortAs(asAsked)
	p.places++
	e.place = p.places
	p.list = append(p.list, e)
}
