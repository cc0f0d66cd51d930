package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// readAll returns what a file is read as: numbers, or !input for what is none.
func readAll(t *testing.T, r io.Reader, region string) (numbers []string, layout string) {
	t.Helper()
	reader, err := NewReader(r, region)
	if err != nil {
		t.Fatal(err)
	}
	for item, err := range reader.Items() {
		if err != nil {
			t.Fatal(err)
		}
		if item.E164 == "" {
			if item.Reason == "" {
				t.Errorf("%+v is invalid without a reason", item)
			}
			numbers = append(numbers, "!"+item.Input)
			continue
		}
		numbers = append(numbers, item.E164)
		if item.Position != int64(len(numbers)) {
			t.Errorf("%+v is number %d", item, len(numbers))
		}
	}
	return numbers, reader.Layout()
}

func utf16File(s string, big bool) string {
	var b bytes.Buffer
	for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
		if big {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

// The forms of files that people have.
func TestReaderForms(t *testing.T) {
	const column2 = "column 2 (%s), separated by %s"
	for name, c := range map[string]struct {
		region, file string
		want         []string
		layout       string
	}{
		"plain":             {"", "+6281260268381\n+447400123456\n", []string{one, two}, "one number a line"},
		"no last line end":  {"", "+6281260268381\n+447400123456", []string{one, two}, "one number a line"},
		"CRLF, blank lines": {"", "\r\n+6281260268381\r\n\r\n  \r\n+447400123456\r\n", []string{one, two}, "one number a line"},
		"CR alone":          {"", "+6281260268381\r+447400123456\r", []string{one, two}, "one number a line"},
		"BOM":               {"", "\ufeff+6281260268381\n+447400123456", []string{one, two}, "one number a line"},
		"UTF-16":            {"", utf16File("phone\r\n+6281260268381\r\n+447400123456\r\n", false), []string{one, two}, "one number a line"},
		"UTF-16, big":       {"", utf16File("name\tphone\r\nÄ\t+6281260268381\r\nB\t+447400123456\r\n", true), []string{one, two}, fmt.Sprintf(column2, "phone", "tabs")},
		"comments":          {"", "# mine\n+6281260268381\n  # more\n+447400123456\n", []string{one, two}, "one number a line"},
		"heading":           {"ID", "Phone Number\n0812-6026-8381\n+44 7400 123456\n", []string{one, two}, "one number a line"},
		"garbage":           {"", "hello world\nwhat\n+6281260268381\n12\n", []string{"!hello world", "!what", one, "!12"}, "one number a line"},
		"nothing":           {"", "", nil, "one number a line"},
		"only a heading":    {"", "phone\n", nil, "one number a line"},
		"one number":        {"", "+6281260268381", []string{one}, "one number a line"},
		"quoted lines":      {"", "\"+6281260268381\"\n\"+447400123456\"\n", []string{one, two}, "one number a line"},
		"CSV":               {"ID", "name,phone\nAnn,0812-6026-8381\n\"Bob, the\",+44 7400 123456\n", []string{one, two}, fmt.Sprintf(column2, "phone", "commas")},
		"semicolons":        {"", "Name;Telefon;Ort\r\nÄnne;+62 812 6026 8381;Köln, Süd\r\nBob;+447400123456;Bonn\r\n", []string{one, two}, fmt.Sprintf(column2, "Telefon", "semicolons")},
		"bars":              {"", "name|WA\nA|+6281260268381\nB|+447400123456\n", []string{one, two}, fmt.Sprintf(column2, "WA", "bars")},
		"no heading":        {"", "1,Ann,+6281260268381\n2,Bob,+447400123456\n", []string{one, two}, "column 3, separated by commas"},
		"unknown heading":   {"", "nimi,puhelin\nAnn,+6281260268381\nBob,+447400123456\n", []string{one, two}, fmt.Sprintf(column2, "puhelin", "commas")},
		"ids before":        {"", "order number,id,contact\n10000001,20000002,+6281260268381\n10000002,20000003,+447400123456\n", []string{one, two}, "column 3 (contact), separated by commas"},
		"address book": {"", "Name,Phone 1 - Type,Phone 1 - Value,Notes\nAnn,Mobile,+62 812-6026-8381,\nBob,Mobile,+44 7400 123456,\"a\nb,\"\"c\"\"\"\nCarl,Home,,\nDora,Mobile,hello,\n",
			[]string{one, two, "!hello"}, "column 3 (Phone 1 - Value), separated by commas"},
		"WhatsApp before phone": {"", "phone,whatsapp\n+6281260268381,+447400123456\n", []string{two}, fmt.Sprintf(column2, "whatsapp", "commas")},
		"fuller before named":   {"", "whatsapp,phone\n,+6281260268381\n,+447400123456\n", []string{one, two}, fmt.Sprintf(column2, "phone", "commas")},
		"dates beside":          {"ID", "2026-01-01;081260268381;x\n2026-01-02;+447400123456;y\n", []string{one, two}, "column 2, separated by semicolons"},
		"numbers side by side":  {"", "+6281260268381,+447400123456,\n+14155552671\n", []string{one, two, "+14155552671"}, "numbers separated by commas"},
		"short row":             {"", "name,phone\nA,+6281260268381\n+447400123456\nB,+14155552671\nC,+14155552672\nD,+14155552673\n", []string{one, "!+447400123456", "+14155552671", "+14155552672", "+14155552673"}, fmt.Sprintf(column2, "phone", "commas")},
		"inches":                {"", "item,phone\n5\" pipe,+6281260268381\n3\" pipe,+447400123456\n", []string{one, two}, fmt.Sprintf(column2, "phone", "commas")},
		"quote left open":       {"", "name,phone\n\"Ann,+6281260268381\nBob,+447400123456\n", []string{one, two}, fmt.Sprintf(column2, "phone", "commas")},
		"spaced quotes":         {"", "name, phone\n\"A, B\", \"+6281260268381\"\nC, +447400123456\n", []string{one, two}, fmt.Sprintf(column2, "phone", "commas")},
		"zeros":                 {"", "+6281260268381\x00\n\x00\n+447400123456\n", []string{one, two}, "one number a line"},
	} {
		got, layout := readAll(t, strings.NewReader(c.file), c.region)
		if !slices.Equal(got, c.want) || layout != c.layout {
			t.Errorf("%s: %q, %s; want %q, %s", name, got, layout, c.want, c.layout)
		}
	}
}

// A line without an end costs itself and nothing else.
func TestReaderLongLines(t *testing.T) {
	long := strings.Repeat("1", 3*maxLine)
	got, _ := readAll(t, strings.NewReader(one+"\n"+long+"\n"+two+"\n"+long), "")
	if len(got) != 4 || got[0] != one || got[2] != two || got[1][0] != '!' || got[3][0] != '!' || len(got[1]) > maxInput+8 {
		t.Errorf("%.200q", got)
	}
	got, _ = readAll(t, strings.NewReader("name,phone\nA,"+one+"\n\"B"+long+"\nC,"+two+"\n"), "")
	if len(got) != 3 || got[0] != one || got[1][0] != '!' || got[2] != two {
		t.Errorf("%.200q", got)
	}
}

func TestReaderErrors(t *testing.T) {
	if _, err := NewReader(strings.NewReader("PK\x03\x04..."), ""); !errors.Is(err, errSpreadsheet) {
		t.Errorf("a spreadsheet: %v", err)
	}
	if _, err := NewReader(strings.NewReader(one), "XX"); err == nil {
		t.Error("no such region is fine")
	}
	broken := errors.New("broken")
	if _, err := NewReader(io.MultiReader(strings.NewReader(one), failing{broken}), ""); !errors.Is(err, broken) {
		t.Errorf("broken at the beginning: %v", err)
	}
	for _, file := range []string{strings.Repeat(one+"\n", 6_000), strings.Repeat("a,\""+one+"\"\n", 6_000) + "\"", strings.Repeat(one+"\n", 6_000) + strings.Repeat("1", 2*maxLine)} {
		r, err := NewReader(io.MultiReader(strings.NewReader(file), failing{broken}), "")
		if err != nil {
			t.Fatal(err)
		}
		read, last := 0, error(nil)
		for item, err := range r.Items() {
			if err == nil && item.E164 == one {
				read++
			}
			last = err
		}
		if !errors.Is(last, broken) || read != 6_000 {
			t.Errorf("%d read, then %v", read, last)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// However many lines a file has, it takes no more memory.
func TestReaderInConstantMemory(t *testing.T) {
	if n := heapWhile(t, 400_000, "x%09d,Ann\n"); n > 8<<20 {
		t.Errorf("%d bytes in the midst of many lines", n)
	}
}

// heapWhile reads that many lines, most of which are no numbers and cost little, and returns by how much the heap grew meanwhile.
func heapWhile(t *testing.T, count int, format string) int64 {
	t.Helper()
	heap := func() int64 { // the least of three: what is parsed ahead while a collection runs counts as alive in that one, garbage too
		least := int64(math.MaxInt64)
		for range 3 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			least = min(least, int64(m.HeapAlloc))
		}
		return least
	}
	pr, pw := io.Pipe()
	go func() {
		_, _ = io.WriteString(pw, "phone,name\n")
		var chunk bytes.Buffer
		for n := range count {
			fmt.Fprintf(&chunk, format, n%1000)
			if chunk.Len() > 32<<10 || n == count-1 {
				if _, err := chunk.WriteTo(pw); err != nil {
					return
				}
			}
		}
		pw.Close()
	}()
	r, err := NewReader(pr, "")
	if err != nil {
		t.Fatal(err)
	}
	before, most, read := heap(), int64(0), 0
	for _, err := range r.Items() {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read%100_000 == 0 {
			most = max(most, heap()-before)
		}
	}
	if read != count {
		t.Fatalf("%d of %d", read, count)
	}
	return most
}

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                nil,
		" ,; \n":                          nil,
		"+62 812 6026 8381":               {"+62 812 6026 8381"},
		"+62 812 6026 8381 +44 7400 123":  {"+62 812 6026 8381", "+44 7400 123"},
		"0812, 0813;0814\n0815\t0816|08":  {"0812", "0813", "0814", "0815", "0816", "08"},
		"Tel: +62 812":                    {"Tel: +62 812"},
		"tel:812;phone-context=+62, 0812": {"tel:812;phone-context=+62", "0812"},
		"٠٥٥ +62":                         {"٠٥٥", "+62"},
	} {
		if got := Split(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// Whatever a file holds, reading it ends, items are in order, and each is a number or says why not.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{"", "phone\n0812\n", "a,b\n1,+6281260268381\n", "\"a\nb\",+62\n", "\ufeffname;tel\n\"x\";\"\"\n", "\xff\xfe0\x001\x00", "a|b|\n|||\n", "\"\n\"\n\"\n", "1\r2\r3", "#\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file), "ID")
		if err != nil {
			return
		}
		position := int64(0)
		for item, err := range r.Items() {
			if err != nil {
				t.Fatal(err)
			}
			position++
			if item.Position != position || item.E164 == "" && item.Reason == "" || len(item.Input) > maxInput*3 {
				t.Fatalf("%+v is number %d", item, position)
			}
		}
		if position > int64(len(file)) {
			t.Fatalf("%d items in %d bytes", position, len(file))
		}
	})
}

func TestWhatLooksLikeAFile(t *testing.T) {
	for text, want := range map[string]bool{
		"numbers.csv": true, "./numbers": true, "~/numbers": true, `C:\numbers`: true, "numbers.TXT": true, "'my numbers.csv'": true, "+49 151\n./x": false, "hello": false, "12": false,
		"https://wa.me/12": false, "wa.me/12": false, "ada@example.org": false, "0812.55": false, "chat.whatsapp.com/abc": false,
	} {
		if NamesFile(text) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}
