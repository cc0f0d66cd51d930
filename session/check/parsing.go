package check

import "runtime"

// parsedTogether is how many records of a file one goroutine parses at most; fewer if they are long.
const parsedTogether = 128

// parsing is what is parsed ahead of who reads a file, in its order: to find out what a number is takes longer than to read it and to keep it.
type parsing struct {
	under []chan []Item // way, oldest first; each gets one value, and has room for it
}

// begin parses records.
func (p *parsing) begin(r *Reader, records []line) {
	parsed := make(chan []Item, 1)
	p.under = append(p.under, parsed)
	go func() { // next or end wait for it
		items := make([]Item, 0, len(records))
		for _, record := range records {
			items = append(items, r.items(record)...)
		}
		parsed <- items
	}()
}

func (p *parsing) empty() bool { return len(p.under) == 0 }

// full says that enough is under way to keep the processors busy while the caller does something else.
func (p *parsing) full() bool { return len(p.under) > 8+2*runtime.GOMAXPROCS(0) }

// next waits for the oldest.
func (p *parsing) next() []Item {
	items := <-p.under[0]
	p.under = p.under[1:]
	return items
}

// end waits for all of them.
func (p *parsing) end() {
	for !p.empty() {
		p.next()
	}
}
