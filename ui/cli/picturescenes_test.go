package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing/cryptotest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/wapulse/wapulse/session/record"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/ui"
	"github.com/wapulse/wapulse/ui/control"
	"github.com/wapulse/wapulse/ui/widget"
)

// scene is one picture.
type scene struct {
	name          string
	title         string // of the window; "" for that of the demo
	width, height int
	look          *widget.Look // nil: that of most terminals
	change        func(*ui.Options)
	play          func(d *shown) // what is pressed
	after         time.Duration  // how long the picture waits for what was asked; 0 for a moment
}

// story is the demo's hour, and the pictures that are taken at its end, one after the other: each begins where the one before has left the sessions.
func (p *pictured) story() map[string][]byte {
	p.hour()
	drawn := map[string][]byte{}
	for _, s := range p.firstScenes() {
		drawn[s.name] = p.draw(s)
	}
	drawn["status"] = p.drawCommands(118, "status")
	p.part("warehouse").set(func(w *part) { w.refusals = nil })
	p.until("12:02:10")
	p.part("sales").set(func(s *part) { s.dead = true })
	p.until("12:02:36")
	for _, s := range p.deadScenes() {
		drawn[s.name] = p.draw(s)
	}
	p.part("sales").set(func(s *part) { s.dead = false })
	p.until("12:04:00")
	for _, s := range p.lastScenes() {
		drawn[s.name] = p.draw(s)
	}
	p.until("12:07:00")
	drawn["scripts"] = p.drawCommands(120,
		"sessions", "ping support --count 3", "check +6281260268380 +4915123456789", "events --level warn --session sales --limit 4")
	drawn["replay"] = p.drawReplay()
	return drawn
}

// hour is what happens to the demo's cast between eleven and twelve.
func (p *pictured) hour() {
	cut := vital.Failure{Reason: vital.ReasonServerClosed}
	away := vital.Failure{Reason: vital.ReasonServerError, Code: 503}
	p.part("support").set(func(s *part) { s.fast, s.slow = 900*time.Millisecond, 3900*time.Millisecond })
	p.until("11:14:20")
	p.part("sales").lose(cut)
	p.until("11:21:00")
	p.part("old-phone").lose(vital.Failure{Reason: vital.ReasonDeviceRemoved, Code: 401})
	p.until("11:33:00")
	p.part("warehouse").set(func(w *part) { w.dead = true })
	p.until("11:34:10")
	p.part("warehouse").set(func(w *part) { w.dead = false })
	p.until("11:39:40")
	p.part("campaign").lose(vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503},
		vital.Failure{Reason: vital.ReasonBanned, Code: 402, BanCode: 101, Until: picturesBegin().Add(4 * time.Hour)})
	p.until("11:47:30")
	p.part("sales").lose(cut, away, away, away)
	p.until("11:59:12")
	p.must(p.house.manager.Pair(p.t.Context(), p.ids["new-phone"]))
	p.until("11:59:40")
	p.part("warehouse").lose(vital.Failure{Reason: vital.ReasonStreamUnavailable, Code: 503}, away, away, away, away, away, away, away, away)
	p.until("12:00:04")
}

func (p *pictured) draw(s scene) []byte {
	look := widget.Look{Profile: termenv.TrueColor, Dark: true}
	if s.look != nil {
		look = *s.look
	}
	d := p.show(s.width, s.height, look, s.change)
	defer d.close()
	d.frame(200 * time.Millisecond)
	if s.play != nil {
		s.play(d)
	}
	if s.title == "" {
		s.title = "wapulse demo"
	}
	colours := darkWindow()
	if !look.Dark {
		colours = lightWindow()
	}
	return svgOf(d.frame(max(s.after, 200*time.Millisecond)), s.title, s.width, s.height, colours)
}

func keys(keys ...string) func(*shown) { return func(d *shown) { d.keys(keys...) } }

// firstScenes are those of twelve o'clock: one session in each condition.
func (p *pictured) firstScenes() []scene {
	light := &widget.Look{Profile: termenv.TrueColor}
	poor := &widget.Look{Monochrome: true, ASCII: true, Dark: true}
	contrast := &widget.Look{Name: "high-contrast", Profile: termenv.TrueColor, Dark: true}
	return []scene{
		{name: "dashboard", width: 120, height: 34, play: keys("down", "down")},
		{name: "troubleshooting", width: 100, height: 28, play: keys("down", "down", "down", "down")},
		{name: "pairing", width: 106, height: 37, play: keys("G", "p", "enter")},
		{name: "looks-light", title: "light", width: 80, height: 24, look: light, play: keys("down", "down", "down")},
		{name: "looks-high-contrast", title: "high-contrast", width: 80, height: 24, look: contrast, play: keys("down", "down", "down")},
		{name: "looks-ascii", title: "LC_ALL=C NO_COLOR=1", width: 80, height: 24, look: poor, play: keys("down", "down", "down")},
		{name: "palette", width: 80, height: 24, play: keys(":", "st")},
		{name: "words", width: 100, height: 28, play: keys("?", "?")},
		{name: "list", width: 100, height: 24, play: keys(" ", "down", " ", "|", "down", "down")},
		{name: "keys", width: 100, height: 28, play: keys(" ", "down", " ", "?")},
	}
}

// deadScenes are of a session that is connected and dead.
func (p *pictured) deadScenes() []scene {
	return []scene{{name: "health", width: 100, height: 30, play: keys("enter")}}
}

// lastScenes ask, and cause failures.
func (p *pictured) lastScenes() []scene {
	numbers := "+62 812-6026-8380\n0812 6026 8385\nwa.me/447400123400\n+49 1512 3456777\n+1 415 555 0166\n+62 21\n"
	p.t.Chdir(p.t.TempDir())
	p.must(os.WriteFile("customers.csv", []byte(customers()), 0o600))
	return []scene{
		{name: "session", width: 120, height: 40, play: keys("enter", "2"), after: 2 * time.Second},
		{name: "events", width: 100, height: 30, play: keys("e", "/", "session:warehouse,campaign since:11:30", "enter"), after: time.Second},
		{name: "checks", width: 100, height: 26, play: func(d *shown) {
			d.keys("c")
			d.paste(numbers)
			d.keys("enter")
			d.frame(15 * time.Second)
			d.keys("tab", "g")
		}},
		{name: "checks-file", width: 100, height: 26, play: func(d *shown) { d.keys("c"); d.paste("customers.csv"); d.keys("enter") }, after: 3 * time.Second},
		{name: "contacts", width: 100, height: 15, play: keys("o"), after: time.Second},
		{name: "message", width: 100, height: 26, play: func(d *shown) {
			cryptotest.SetGlobalRandom(d.t, 1) // for the message's ID
			d.keys("m", "0812 6026 8380", "enter", "Your order is on its way", "enter")
		}, after: 2 * time.Second},
		{name: "faults", width: 100, height: 30, play: keys("f", "down", "down")},
		{name: "tour", width: 100, height: 34, play: func(d *shown) { d.keys("t", "enter"); d.frame(400 * time.Millisecond) }},
	}
}

// customers are the lines of a file of numbers.
func customers() string {
	var b strings.Builder
	b.WriteString("name;phone\n")
	for i := range 1250 {
		fmt.Fprintf(&b, "Customer %d;+62812602%05d\n", i, i)
	}
	return b.String()
}

// drawCommands draws what commands print, one after the other, which are typed while the dashboard runs.
func (p *pictured) drawCommands(width int, lines ...string) []byte {
	var out bytes.Buffer
	for _, line := range lines {
		fmt.Fprintf(&out, "$ wapulse %s\n", line)
		p.house.run(p.t.Context(), &control.Call{
			Request: control.Request{
				Args: strings.Fields(line), Dir: p.t.TempDir(), Environ: []string{"LANG=id_ID.UTF-8"}, Terminal: control.Terminal{StdoutTTY: true, Columns: width, Rows: 40},
			},
			Size: func() control.Size { return control.Size{Columns: width, Rows: 40} }, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		})
		out.WriteString("\n")
	}
	text := ansi.Hardwrap(strings.TrimRight(out.String(), "\n"), width, true)
	return svgOf(text, "sh", width, strings.Count(text, "\n")+1, darkWindow())
}

// drawReplay draws a report of the hour, as "wapulse replay" shows it.
func (p *pictured) drawReplay() []byte {
	report, _, err := p.house.report(p.t.Context(), p.ids["sales"], 30*time.Minute, true)
	p.must(err)
	report.Maker = record.Maker{Version: "v0.3.0", Go: "go1.26", Platform: "linux/amd64", Whatsmeow: "v0.0.0"}
	var file bytes.Buffer
	p.must(record.Write(&file, report))
	path := filepath.Join(p.t.TempDir(), "report.zip")
	p.must(os.WriteFile(path, file.Bytes(), 0o600))
	rec, err := record.LoadFile(path)
	p.must(err)
	return p.draw(scene{
		title: "wapulse replay", width: 100, height: 32, play: keys("[", "[", "[", "["),
		change: func(o *ui.Options) {
			*o = ui.Options{Theme: o.Theme, Replay: &ui.Replay{Recording: rec, About: aboutRecord(rec.About())}}
		},
	})
}
