package check

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// What bounds the lines of a file.
const (
	maxLine    = 64 << 10 // bytes; also how much of a file is looked at to find out its form
	maxRecord  = 20       // lines that a quoted field may span
	errLongFor = "the line is longer than 64 KB"
)

// line is one of a file, without its end.
type line struct {
	text string
	long bool // longer than maxLine: text is its beginning
}

// lines reads a file line by line in constant memory.
type lines struct {
	r       *bufio.Reader
	end     byte
	pending []line // given back
}

// next returns the next line, or io.EOF after the last.
func (l *lines) next() (line, error) {
	if len(l.pending) > 0 {
		first := l.pending[0]
		l.pending = l.pending[1:]
		return first, nil
	}
	part, err := l.r.ReadSlice(l.end)
	if errors.Is(err, bufio.ErrBufferFull) {
		long := line{text: clip(string(part)), long: true}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = l.r.ReadSlice(l.end)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return line{}, err
		}
		return long, nil
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(part) == 0) {
		return line{}, err
	}
	return line{text: strings.Trim(string(part), "\r\n\x00")}, nil
}

// record returns the next line that says something, joined with the next ones if a quoted field goes on there; its text has no blank lines and no
// comments.
func (l *lines) record(delimiter byte) (line, error) {
	for {
		first, err := l.next()
		if err != nil {
			return line{}, err
		}
		start := strings.TrimSpace(first.text)
		if start == "" || start[0] == '#' {
			continue
		}
		if first.long || delimiter == 0 || !opens(first.text, delimiter) {
			return first, nil
		}
		return l.join(first, delimiter)
	}
}

// join reads on until the quotes of a record are closed. If they are not within bounds, they are no quotes, and the first line stands alone.
func (l *lines) join(first line, delimiter byte) (line, error) {
	record := first.text
	var read []line
	for len(read) < maxRecord {
		more, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return line{}, err
		}
		read = append(read, more)
		record += "\n" + more.text
		if more.long || len(record) > maxLine {
			break
		}
		if !opens(record, delimiter) {
			return line{text: record}, nil
		}
	}
	l.pending = append(read, l.pending...)
	return first, nil
}

// opens says whether a record ends within a quoted field. Quotes in the middle of a field are only characters.
func opens(record string, delimiter byte) bool {
	within, start := false, true
	for i := 0; i < len(record); i++ {
		c := record[i]
		switch {
		case within && c == '"' && i+1 < len(record) && record[i+1] == '"':
			i++
		case within && c == '"':
			within = i+1 < len(record) && record[i+1] != delimiter && record[i+1] != '\n'
		case within:
		case c == '"' && start:
			within, start = true, false
		default:
			start = c == delimiter || c == '\n' || start && c == ' '
		}
	}
	return within
}

// fields cuts a record.
func fields(record string, delimiter byte) []string {
	if delimiter == 0 {
		return []string{record}
	}
	if !strings.Contains(record, `"`) || opens(record, delimiter) {
		return strings.Split(record, string(delimiter))
	}
	r := csv.NewReader(strings.NewReader(record))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.TrimLeadingSpace = rune(delimiter), true, -1, delimiter != '\t'
	cut, err := r.Read()
	if err != nil {
		return strings.Split(record, string(delimiter))
	}
	return cut
}
