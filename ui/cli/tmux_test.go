package cli_test

import (
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const patience = 60 * time.Second

// pane is a real terminal with the program in it.
type pane struct {
	t      *testing.T
	socket string
	home   string
	binary string
}

// newPane opens a terminal of that size. It skips where there is no tmux, unless WAPULSE_FORBID_SKIPS is set.
func newPane(t *testing.T, width, height int) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("WAPULSE_FORBID_SKIPS") != "" {
			t.Fatal("tmux is needed here")
		}
		t.Skip("tmux is not installed")
	}
	p := &pane{t: t, socket: fmt.Sprintf("wapulse-test-%d-%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-")), home: t.TempDir(), binary: binary(t)}
	p.tmux("-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), "sh")
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", p.socket, "kill-server").Run() })
	p.tmux("set-option", "-g", "status", "off")
	p.resize(width, height)
	p.freshShell()
	return p
}

// freshShell puts a shell of its own, with a prompt that tests know, into the terminal.
func (p *pane) freshShell() {
	p.t.Helper()
	p.tmux("respawn-pane", "-k", "sh")
	p.send("PS1='ready: '", "Enter")
	p.waitFor("ready: ")
	p.send("clear", "Enter")
}

func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", p.socket}, args...)...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

// start runs the program with these arguments; its exit code shows on the line after it.
func (p *pane) start(args string) {
	p.t.Helper()
	p.send(fmt.Sprintf("sh -c 'echo $$ >%s; exec env -u WAPULSE_DB -u WAPULSE_ENDPOINT HOME=%s XDG_DATA_HOME= TMPDIR=%s %s %s'; echo exit code $?",
		p.pidFile(), p.home, p.home, p.binary, args), "Enter")
}

func (p *pane) pidFile() string { return p.home + "/pid" }

func (p *pane) send(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.tmux("send-keys", k)
	}
}

func (p *pane) resize(width, height int) {
	p.t.Helper()
	p.tmux("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
}

func (p *pane) screen() string {
	p.t.Helper()
	return p.tmux("capture-pane", "-p")
}

// waitFor waits until all of these texts are on the screen at once, and returns it.
func (p *pane) waitFor(texts ...string) string {
	p.t.Helper()
	return p.waitUntil(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

func (p *pane) waitUntil(what string, holds func(screen string) bool) string {
	p.t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for deadline := time.After(patience); ; {
		screen := p.screen()
		if holds(screen) {
			return screen
		}
		select {
		case <-look.C:
		case <-deadline:
			p.t.Fatalf("the screen never showed %s:\n%s", what, screen)
		}
	}
}

// readQR reads the QR code off the screen, as a camera does. It is "" if there is none that can be read.
func readQR(screen string) string {
	const dot, margin = 4, 4
	var rows [][]rune
	left, right := 1<<20, 0
	for _, line := range strings.Split(screen, "\n") {
		row := []rune(line)
		blocks := 0
		for x, r := range row {
			if strings.ContainsRune("█▀▄", r) {
				blocks++
				left, right = min(left, x), max(right, x)
			}
		}
		if blocks > 5 {
			rows = append(rows, row)
		}
	}
	if len(rows) < 20 {
		return ""
	}
	img := image.NewGray(image.Rect(0, 0, (right-left+1+2*margin)*dot, (2*len(rows)+2*margin)*dot))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for y, row := range rows {
		for x := left; x <= right && x < len(row); x++ {
			for half, black := range []bool{row[x] == '█' || row[x] == '▀', row[x] == '█' || row[x] == '▄'} {
				for i := 0; black && i < dot*dot; i++ {
					img.SetGray((x-left+margin)*dot+i%dot, (2*y+half+margin)*dot+i/dot, color.Gray{})
				}
			}
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return ""
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		return ""
	}
	return result.GetText()
}
