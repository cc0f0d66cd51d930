package check

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// layout is where the numbers of a file are.
type layout struct {
	delimiter byte   // 0: a line is a number
	column    int    // from 0
	every     bool   // all fields are numbers
	header    bool   // the first record names the columns
	name      string // of the column, as the header has it
}

func (l layout) String() string {
	separator := map[byte]string{',': "commas", ';': "semicolons", '\t': "tabs", '|': "bars"}[l.delimiter]
	switch {
	case l.delimiter == 0:
		return "one number a line"
	case l.every:
		return "numbers separated by " + separator
	case l.name != "":
		return fmt.Sprintf("column %d (%s), separated by %s", l.column+1, l.name, separator)
	}
	return fmt.Sprintf("column %d, separated by %s", l.column+1, separator)
}

// sampled is how many records are looked at to find out the form of a file.
const sampled = 100

// detect finds out the form of a file from its beginning.
func detect(sample string, end byte, region string) layout {
	best, share := layout{}, 0.0
	for _, delimiter := range []byte{',', ';', '\t', '|'} {
		rows := sampleRows(sample, end, delimiter)
		if everyNumber(rows, region) {
			return layout{delimiter: delimiter, every: true}
		}
		if s := regularity(rows); s > share {
			if found, ok := findColumn(rows, region); ok {
				found.delimiter = delimiter
				best, share = found, s
			}
		}
	}
	if best.delimiter == 0 {
		rows := sampleRows(sample, end, 0)
		best.header = len(rows) > 0 && !hasDigits(rows[0][0]) && nameOf(rows[0][0]) != nameless
	}
	return best
}

func sampleRows(sample string, end, delimiter byte) [][]string {
	l := lines{r: bufio.NewReaderSize(strings.NewReader(sample), maxLine), end: end}
	var rows [][]string
	for len(rows) < sampled {
		record, err := l.record(delimiter)
		if err != nil {
			break
		}
		if !record.long {
			rows = append(rows, fields(record.text, delimiter))
		}
	}
	return rows
}

// regularity is the share of rows that have the commonest number of columns, 0 if that is one or most rows differ.
func regularity(rows [][]string) float64 {
	widths := make(map[int]int)
	for _, row := range rows {
		widths[len(row)]++
	}
	width, most := 0, 0
	for w, n := range widths {
		if n > most || n == most && w > width {
			width, most = w, n
		}
	}
	if width < 2 || most*5 < len(rows)*4 {
		return 0
	}
	return float64(most) / float64(len(rows))
}

// everyNumber says whether each field is a good number and some rows have several.
func everyNumber(rows [][]string, region string) bool {
	several := false
	for _, row := range rows {
		found := 0
		for _, field := range row {
			switch weight(field, region) {
			case blank:
			case good:
				found++
			default:
				return false
			}
		}
		several = several || found > 1
	}
	return several
}

// How much a field looks like a number.
const (
	blank    = -1
	none     = 0
	possibly = 1
	good     = 2
)

func weight(field, region string) int {
	text := plain(field)
	if text == "" {
		return blank
	}
	if n, err := Parse(field, region); err == nil {
		if n.Warning == "" {
			return good
		}
		return possibly
	}
	if w, err := read(text); err == nil && len(w.digits) > 5 && len(w.digits) <= maxDigits {
		return possibly
	}
	return none
}

// findColumn finds the column that holds the numbers: one whose name says so, else the one that looks most like it.
func findColumn(rows [][]string, region string) (layout, bool) {
	head, body := rows[0], rows
	named := !slices.ContainsFunc(head, func(f string) bool { return weight(f, region) > none }) &&
		slices.ContainsFunc(head, func(f string) bool { return nameOf(f) != nameless })
	if named {
		body = rows[1:]
	}
	best := column{place: -1}
	for place := range head {
		c := measure(body, place, region)
		if named {
			c.name = nameOf(head[place])
		}
		if c.better(best) {
			best = c
		}
	}
	if best.tier() == 0 {
		return layout{}, false
	}
	l := layout{column: best.place, header: named}
	if !named { // in no language known here
		l.header = len(rows) > 1 && weight(head[best.place], region) == none && !hasDigits(head[best.place])
	}
	if l.header {
		l.name = clip(strings.TrimSpace(head[best.place]))
	}
	return l, true
}

// column is what is known of one.
type column struct {
	place  int
	name   naming
	filled int // fields that are not blank
	weight int // of them all
}

func measure(rows [][]string, place int, region string) column {
	c := column{place: place}
	for _, row := range rows {
		if place >= len(row) {
			continue
		}
		if w := weight(row[place], region); w != blank {
			c.filled++
			c.weight += w
		}
	}
	return c
}

// tier is 3 for columns whose name and content are those of numbers, 2 if only the content is, 1 if only the name is.
func (c column) tier() int {
	named, likely := c.name >= telling, c.filled > 0 && 2*c.weight >= c.filled
	switch {
	case named && likely:
		return 3
	case likely:
		return 2
	case named:
		return 1
	}
	return 0
}

func (c column) better(than column) bool {
	return cmp.Or(cmp.Compare(c.tier(), than.tier()), cmp.Compare(c.weight, than.weight), cmp.Compare(c.name, than.name)) > 0
}

func hasDigits(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return digitOf(r) >= 0 })
}

// naming is what the name of a column says of its being numbers.
type naming int

const (
	nameless naming = iota
	vague           // could be any number
	telling
	whatsapp
)

// The words that name columns of numbers, in the languages of those who keep such lists.
const (
	vagueWords = " number numbers nomor nomer numero número numéro nummer no num contact contacts kontak contato contacto recipient to "
	phoneWords = " phone phones phonenumber phonenumbers mobile mobiles mobilephone mobilenumber tel tel. telp telephone telefon telefoon telefone telefono teléfono telepon téléphone " +
		"cell cellphone cellular celular móvil movil handy handphone hp nohp msisdn e164 jid gsm portable ponsel телефон 电话 手机 電話 手機 هاتف الهاتف फोन "
	whatsappWords = " whatsapp wa nowa whatsappnumber "
)

func nameOf(field string) naming {
	words := strings.FieldsFunc(strings.ToLower(plain(field)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) })
	if len(words) == 0 || len(words) > 6 {
		return nameless
	}
	found := nameless
	for _, word := range append(words, strings.Join(words, "")) {
		word = " " + word + " "
		switch {
		case strings.Contains(whatsappWords, word):
			found = max(found, whatsapp)
		case strings.Contains(phoneWords, word):
			found = max(found, telling)
		case strings.Contains(vagueWords, word):
			found = max(found, vague)
		}
	}
	return found
}
