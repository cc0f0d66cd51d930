package graphics

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Question is what a terminal may be asked.
type Question uint8

// The questions.
const (
	AskNothing Question = iota
	AskSixel            // and the size of cells
	AskAll              // kitty's protocol too
)

// QuestionFor says from the environment what a terminal may be asked. Terminals that would show the question as text are asked nothing; tmux and screen
// take kitty's for a title.
func QuestionFor(getenv func(string) string) Question {
	term := getenv("TERM")
	switch {
	case term == "" || term == "dumb" || term == "linux" || strings.HasPrefix(term, "vt"):
		return AskNothing
	case getenv("TERM_PROGRAM") == "Apple_Terminal":
		return AskNothing
	case getenv("TMUX") != "" || getenv("STY") != "" || strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "screen"):
		return AskSixel
	default:
		return AskAll
	}
}

// text is the question. The last part is one that every terminal answers, after the others: with its answer, all that will come has come.
func (q Question) text() string {
	switch q {
	case AskSixel:
		return cellSize + ansi.RequestPrimaryDeviceAttributes
	case AskAll:
		return cellSize + ansi.KittyGraphics([]byte("AAAA"), "i="+number, "s=1", "v=1", "a=q", "t=d", "f=24") + ansi.RequestPrimaryDeviceAttributes
	default:
		return ""
	}
}

// cellSize asks for the size of a cell in pixels.
const cellSize = "\x1b[16t"
