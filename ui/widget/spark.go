package widget

import (
	"math"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"github.com/wapulse/wapulse/session/vital"
)

// The scale of a sparkline is the same everywhere and for good, so that two sessions can be compared: logarithmic from 20 ms to 5 s.
const (
	sparkFloor = 20 * time.Millisecond
	sparkTop   = 5 * time.Second
)

const sparkBars = "▁▂▃▄▅▆▇█"

// Sparkline draws the newest samples in width cells, the newest last. A negative sample is a missed one: ×.
func Sparkline(samples []time.Duration, width int) string {
	if width <= 0 {
		return ""
	}
	samples = samples[max(0, len(samples)-width):]
	bars := []rune(sparkBars)
	var b strings.Builder
	for _, d := range samples {
		if d < 0 {
			b.WriteRune('×')
			continue
		}
		b.WriteRune(bars[barOf(d, len(bars))])
	}
	return b.String() + strings.Repeat(" ", width-len(samples))
}

func barOf(d time.Duration, bars int) int {
	if d <= sparkFloor {
		return 0
	}
	share := math.Log(float64(d)/float64(sparkFloor)) / math.Log(float64(sparkTop)/float64(sparkFloor))
	return min(int(share*float64(bars)), bars-1)
}

// SparkStyle gives a sparkline of pings the colour of the worst of the last few.
func (t *Theme) SparkStyle(p vital.Ping) lipgloss.Style {
	style := t.Healthy
	for _, d := range p.Recent[max(0, len(p.Recent)-5):] {
		switch {
		case d < 0:
			return t.Broken
		case vital.SpeedOf(d) != vital.Fast:
			style = t.Working
		}
	}
	return style
}
