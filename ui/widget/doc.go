// Package widget holds the small renderers that pages are made of: text that is safe and measured, states, sparklines, panels, QR codes.
// Pages use them. Everything here is pure: a value in, a string of a known width out; nothing asks the terminal or the clock.
package widget
