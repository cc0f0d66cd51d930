// Package session is the domain's motion: it moves sessions through their states and tells everybody who wants to know.
//
// A Manager owns all sessions; each has one actor, a goroutine that is the only writer of its state. Actors reach the
// outside through the interfaces in ports.go: Devices makes connections, Store keeps what must outlive the process. What
// they know they publish to the Hub as immutable snapshots and events.
//
// Promises. Signals of a connection are applied in their order; those of an earlier connection are dropped. A transition
// is in the Store before it is published, or published as not stored if the Store takes longer than two seconds. Whoever
// publishes to the Hub never waits for a reader; a reader always finds the newest snapshot of every session, and events
// that it was too slow for are counted as a gap. Manager.Close ends every goroutine of the package before it returns.
package session
