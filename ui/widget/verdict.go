package widget

import (
	"github.com/charmbracelet/lipgloss"

	"github.com/wapulse/wapulse/session/vital"
)

// VerdictSign is the shape of a verdict. With the word beside it no two look the same, with or without colour.
func VerdictSign(v vital.Verdict) string {
	switch v {
	case vital.VerdictRegistered:
		return "●"
	case vital.VerdictNotRegistered:
		return "○"
	case vital.VerdictNoAnswer:
		return "◌"
	case vital.VerdictUnverified:
		return "◔"
	default:
		return "✖"
	}
}

// VerdictStyle is the role of a verdict. That a number is not on WhatsApp is an answer, no failure.
func (t *Theme) VerdictStyle(v vital.Verdict) lipgloss.Style {
	switch v {
	case vital.VerdictRegistered:
		return t.Healthy
	case vital.VerdictNotRegistered:
		return t.Text
	case vital.VerdictError:
		return t.Broken
	case vital.VerdictInvalid:
		return t.Off
	default:
		return t.Working
	}
}
