package check

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var errSpreadsheet = errors.New("this is a spreadsheet or an archive: save it as CSV first")

// Reader reads the numbers of a file, one a line or in a column of a CSV, in constant memory. It finds out the form by itself.
type Reader struct {
	lines  lines
	region string
	layout layout
}

// NewReader looks at the beginning of a file, as much as 64 KB of it. Region is where numbers without their country's code are from; see Parse.
func NewReader(r io.Reader, region string) (*Reader, error) {
	if region != "" {
		var err error
		if region, err = Region(region); err != nil {
			return nil, err
		}
	}
	decoded := transform.NewReader(r, unicode.BOMOverride(transform.Nop)) // spreadsheets save UTF-16, and a mark before UTF-8
	buffered := bufio.NewReaderSize(decoded, maxLine)
	sample, err := buffered.Peek(maxLine)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the numbers: %w", err)
	}
	if bytes.HasPrefix(sample, []byte("PK\x03\x04")) {
		return nil, errSpreadsheet
	}
	end := byte('\n')
	if !bytes.Contains(sample, []byte("\n")) && bytes.Contains(sample, []byte("\r")) {
		end = '\r'
	}
	if err == nil { // there is more: the last line may be half of one
		if last := bytes.LastIndexByte(sample, end); last >= 0 {
			sample = sample[:last]
		}
	}
	return &Reader{
		lines:  lines{r: buffered, end: end},
		region: region,
		layout: detect(string(sample), end, region),
	}, nil
}

// Layout says where the numbers are, in words.
func (r *Reader) Layout() string { return r.layout.String() }

// Items yields what is to be checked, numbered from 1: every line or record that has something where a number should be. What is no number is an
// item as well, with what is wrong with it. An error ends it: the file cannot be read on. Lines are read by the caller's goroutine, and parsed ahead by others,
// which have ended when it returns.
func (r *Reader) Items() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		position := int64(0)
		tell := func(items []Item) bool {
			for _, item := range items {
				position++
				item.Position = position
				if !yield(item, nil) {
					return false
				}
			}
			return true
		}
		var ahead parsing
		defer ahead.end()
		header := r.layout.header
		for {
			some, err := r.records()
			if header && len(some) > 0 {
				some, header = some[1:], false
			}
			ahead.begin(r, some)
			for !ahead.empty() && (err != nil || ahead.full()) {
				if !tell(ahead.next()) {
					return
				}
			}
			if err != nil && !errors.Is(err, io.EOF) {
				yield(Item{}, fmt.Errorf("reading the numbers, after %d: %w", position, err))
			}
			if err != nil {
				return
			}
		}
	}
}

// records reads some, as many as are parsed together. With an error come those before it.
func (r *Reader) records() ([]line, error) {
	var some []line
	for size := 0; len(some) < parsedTogether && size < maxLine; {
		record, err := r.lines.record(r.layout.delimiter)
		if err != nil {
			return some, err
		}
		some = append(some, record)
		size += len(record.text)
	}
	return some, nil
}

// items returns those of a record; most have one.
func (r *Reader) items(record line) []Item {
	if record.long {
		return []Item{{Input: record.text, Reason: errLongFor}}
	}
	cells := fields(record.text, r.layout.delimiter)
	if !r.layout.every {
		if r.layout.column >= len(cells) {
			return []Item{{Input: clip(record.text), Reason: fmt.Sprintf("no column %d in this line", r.layout.column+1)}}
		}
		cells = cells[r.layout.column : r.layout.column+1]
	}
	var items []Item
	for _, cell := range cells {
		if plain(cell) != "" {
			items = append(items, ItemOf(cell, r.region))
		}
	}
	return items
}

// ItemOf is an input as an item that has no position yet.
func ItemOf(input, region string) Item {
	n, err := Parse(input, region)
	if err != nil {
		return Item{Input: n.Input, Reason: err.Error()}
	}
	return Item{Input: n.Input, E164: n.E164, Reason: n.Warning}
}

// Split cuts what somebody typed or pasted into inputs: at line ends, commas, semicolons, tabs and bars, and before a + that follows a number.
func Split(text string) []string {
	var inputs []string
	start, digits := 0, false
	cut := func(end, next int) {
		if input := strings.TrimSpace(text[start:end]); plain(input) != "" {
			inputs = append(inputs, input)
		}
		start, digits = next, false
	}
	for i, c := range text {
		switch {
		case c == ';' && hasPrefix(strings.TrimLeft(text[start:min(i, start+16)], " <"), "tel:"): // a parameter
		case strings.ContainsRune("\r\n\t,;|", c):
			cut(i, i+1)
		case c == '+' && digits && text[i-1] == ' ':
			cut(i, i)
		default:
			digits = digits || digitOf(c) >= 0
		}
	}
	cut(len(text), len(text))
	return inputs
}

// NamesFile says whether somebody who writes this, which is no number, means a file.
func NamesFile(text string) bool {
	text = strings.ToLower(strings.Trim(strings.TrimSpace(text), `'"`))
	for _, other := range []string{"://", "@", "wa.me/", "whatsapp.com/", "\n"} { // links, JIDs, lists
		if strings.Contains(text, other) {
			return false
		}
	}
	ending := regexp.MustCompile(`^\.[a-z]{2,5}$`)
	return strings.ContainsAny(text, `/\~`) || ending.MatchString(filepath.Ext(text))
}
