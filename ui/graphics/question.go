package graphics

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// Question is what a terminal may be asked.
type Question uint8

// The questions.
const (
	AskNothing Question = iota
	AskSixel            // and the size of cells
	AskTmux             // the same, if all terminals that tmux is shown in have sixel
	AskAll              // kitty's protocol too
)

// tmuxWait is how long tmux may take to say what its terminals have.
const tmuxWait = 2 * time.Second

// QuestionFor says from the environment what a terminal may be asked. Terminals that would show the question as text are asked nothing; tmux and screen
// take kitty's for a title.
func QuestionFor(getenv func(string) string) Question {
	term := getenv("TERM")
	switch {
	case term == "" || term == "dumb" || term == "linux" || strings.HasPrefix(term, "vt"):
		return AskNothing
	case getenv("TERM_PROGRAM") == "Apple_Terminal":
		return AskNothing
	case getenv("TMUX") != "":
		return AskTmux
	case getenv("STY") != "" || strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "screen"):
		return AskSixel
	default:
		return AskAll
	}
}

// text is the question. The last part is one that every terminal answers, after the others: with its answer, all that will come has come.
func (q Question) text() string {
	switch q {
	case AskSixel, AskTmux:
		return cellSize + ansi.RequestSecondaryDeviceAttributes + ansi.RequestPrimaryDeviceAttributes
	case AskAll:
		return cellSize + ansi.KittyGraphics([]byte("AAAA"), "i="+number, "s=1", "v=1", "a=q", "t=d", "f=24") +
			ansi.RequestSecondaryDeviceAttributes + ansi.RequestPrimaryDeviceAttributes
	default:
		return ""
	}
}

// cellSize asks for the size of a cell in pixels.
const cellSize = "\x1b[16t"

// tmuxHasSixel says whether all terminals in which the tmux around us is shown have sixel. tmux itself says that it has, whatever they have, and draws plus
// signs in the others.
func tmuxHasSixel(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, tmuxWait)
	defer cancel()
	out, err := exec.CommandContext(ctx, "tmux", "list-clients", "-F", "#{client_termfeatures}").Output()
	if err != nil {
		return false
	}
	terminals := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, features := range terminals {
		if !slices.Contains(strings.Split(features, ","), "sixel") {
			return false
		}
	}
	return true
}
