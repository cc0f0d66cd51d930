package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

// A QR code that is on the screen is drawn in other cells when its terminal is to show ASCII only, and back.
func TestTheQRCodeIsDrawnAnewInOtherLooks(t *testing.T) {
	b := newBench(t, 160, 90, termenv.TrueColor, cast()...)
	b.keys("G", "p", "enter")
	before := b.model.View()
	if !strings.Contains(before, "▀") {
		t.Fatal("there are no half blocks")
	}
	b.run(func() tea.Msg { return settingsMsg{settings: Settings{ASCII: true}, changed: true, asked: true} })
	if ascii := b.model.View(); strings.ContainsFunc(ascii, func(r rune) bool { return r > 0x7f }) || !strings.Contains(ascii, "\x1b[48;5;16m") {
		t.Error("the code is not drawn with the background alone")
	}
	b.run(func() tea.Msg { return settingsMsg{settings: Settings{}, changed: true, asked: true} })
	if !strings.Contains(b.model.View(), "▀▀▀▀") {
		t.Error("the half blocks do not come back")
	}
}
