// Package ui is the dashboard: a Bubble Tea program that shows sessions and hands keys to them. Package ui/cli starts it with Run.
//
// The root model owns the pages (ui/page), which lie on a stack, and is the only one that knows Bubble Tea's messages but keys; pages draw strings. What a
// person can do is one list of actions, from which keys, footer, help, palette and clicks come. What happens to sessions comes
// through Updates, at most every 33 ms; what a key asks of a session runs as a command with a deadline and comes back as a message: Update does no
// I/O and never waits. A frame is drawn when something on the screen has changed, and at no other time.
package ui
