// Package vital holds the values and tables of wapulse's domain: what a session's State may be and which edges lead
// there, why a connection ended (Reason, Failure) and what that means to a person (Diagnosis), alone or with others
// (Patterns), what happened (Event) and which of it is wanted (Filter), what may be known of a session at one moment
// (Snapshot) and how well it is then (Assess). The words and figures that several packages tell in the same way are
// here, too: shortened numbers, lengths of time, percentiles.
//
// Everything here is a plain value: nothing starts a goroutine, blocks, reads a clock or does I/O. Values are immutable
// by convention: whoever receives one may keep it and share it, and must not write to the slices in it. The package is a
// leaf, so that the screen, the store and the adapter can speak of the same things without knowing each other.
package vital
