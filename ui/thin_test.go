package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// grid is a terminal that understands what Bubble Tea's renderer writes.
type grid struct {
	cells    [][]thinCell
	row, col int
	looks    string
}

func newGrid(width, height int) *grid {
	g := &grid{cells: make([][]thinCell, height)}
	for i := range g.cells {
		g.cells[i] = make([]thinCell, width)
		g.erase(i, 0)
	}
	return g
}

func (g *grid) erase(row, from int) {
	for j := from; j < len(g.cells[row]); j++ {
		g.cells[row][j] = thinCell{"", " "}
	}
}

func (g *grid) write(t testing.TB, b []byte) {
	t.Helper()
	for s := string(b); s != ""; {
		seq, width, n, _ := ansi.DecodeSequence(s, ansi.NormalState, nil)
		s = s[n:]
		switch {
		case seq == "\r":
			g.col = 0
		case seq == "\n":
			g.row = min(g.row+1, len(g.cells)-1)
		case strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "H"):
			row, col, _ := strings.Cut(seq[2:len(seq)-1], ";")
			g.row, _ = strconv.Atoi(row)
			g.col, _ = strconv.Atoi(col)
			g.row, g.col = max(0, g.row-1), max(0, g.col-1)
		case seq == "\x1b[K":
			g.erase(g.row, g.col)
		case seq == "\x1b[m" || seq == "\x1b[0m":
			g.looks = ""
		case strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "m"):
			g.looks += seq
		case width > 0:
			looks := g.looks
			if seq == " " && !paints(looks) {
				looks = ""
			}
			for i := range width {
				g.cells[g.row][g.col+i] = thinCell{looks, map[bool]string{true: seq}[i == 0]}
			}
			g.col += width
		default:
			t.Fatalf("%q", seq)
		}
	}
}

// randomLine is a line of a page: texts with looks, some of them wide, filled or not.
func randomLine(r *rand.Rand, width int) string {
	var b strings.Builder
	room := width - r.IntN(2)*r.IntN(10)
	for room > 6 {
		text := []string{"a", "bc", "│", "   ", "●", "      ", "界", "🛒", "ร้า", "x y"}[r.IntN(10)]
		if r.IntN(8) > 0 && ansi.StringWidth(text) != len([]rune(text)) {
			continue
		}
		if looks := []string{"", "", "\x1b[31m", "\x1b[1m", "\x1b[38;2;4;7;9m", "\x1b[48;5;4m", "\x1b[7m", "\x1b[1;38;5;48m"}[r.IntN(8)]; looks != "" {
			text = looks + text + "\x1b[0m"
		}
		b.WriteString(text)
		room -= ansi.StringWidth(text)
	}
	return b.String()
}

// Whatever lines change, and whatever else is written between them, the terminal shows what it would without the thinning.
func TestThinning(t *testing.T) {
	all, less := 0, 0
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		const width, height = 40, 6
		plain, thinned := newGrid(width, height), newGrid(width, height)
		lines := make([]string, height)
		var thin thinner
		for range 40 {
			fresh := lines[0] == "" || r.IntN(20) == 0
			if fresh {
				thin.forget()
				for i := range height {
					thinned.erase(i, 0)
				}
			}
			var frame strings.Builder
			frame.WriteString("\x1b[H")
			for i := range lines {
				next := lines[i]
				if r.IntN(3) == 0 || next == "" {
					next = randomLine(r, width)
				} else if r.IntN(3) == 0 {
					next = strings.Replace(next, "a", "o", 1)
				}
				if next != lines[i] {
					lines[i] = next
					frame.WriteString(next)
					if ansi.StringWidth(next) < width {
						frame.WriteString("\x1b[K")
					}
					frame.WriteString(map[bool]string{true: "\r\n", false: ""}[i < height-1])
				} else if i < height-1 {
					frame.WriteString("\n")
				}
			}
			frame.WriteString(fmt.Sprintf("\x1b[%d;H", height))
			out := thin.thin([]byte(frame.String()))
			plain.write(t, []byte(frame.String()))
			thinned.write(t, out)
			all, less = all+frame.Len(), less+len(out)
			for i := range height {
				if want, got := plain.cells[i], thinned.cells[i]; !slices.Equal(want, got) {
					t.Fatalf("seed %d, line %d:\n%q\nwant\n%q\nwritten %q", seed, i, got, want, out)
				}
			}
		}
	}
	if less >= all {
		t.Errorf("%d bytes of %d", less, all)
	}
}

// What is no frame is passed on as it is.
func TestThinningLeavesTheRestAlone(t *testing.T) {
	var thin thinner
	for _, other := range []string{"\x1b[?1049h", "\x1b]0;title\a", "\x1b[H", "\x1b[H\x1b[2J", "\x1b[Hx\x1b[J\x1b[1;H", "text", "\x1b[Ha\n\x1b[9;H", "\a", "\x1b[H\x1b[x;H"} {
		if got := string(thin.thin([]byte(other))); got != other {
			t.Errorf("%q became %q", other, got)
		}
	}
}

func FuzzThin(f *testing.F) {
	f.Add("\x1b[Hab\r\n\ncd\x1b[K\x1b[3;H", "\x1b[Hac\r\n\x1b[31mx\x1b[0m\r\n\x1b[3;H")
	f.Fuzz(func(_ *testing.T, first, second string) {
		var thin thinner
		for _, each := range []string{first, second, first} {
			thin.thin([]byte(each))
		}
	})
}
