// Package session is the domain's motion: it moves sessions through their states and tells everybody who wants to know.
//
// A Manager owns all sessions; each has one actor, a goroutine that is the only writer of its state. Actors reach the
// outside through the interfaces in ports.go: Devices makes connections, Store keeps what must outlive the process. What
// they know they publish to the Hub as immutable snapshots and events.
//
// Operations, what a person or a file job asks of a session, run in their caller's goroutine and reach a connection by one path only (perform): a
// health check, the session's resilience.Guard, and the lease of the connection, which the actor lends while the session is CONNECTED. Questions that
// any session can answer go through the pool first, which picks one or starts one. How an operation ended is told to the actor.
//
// Promises. Signals of a connection are applied in their order; those of an earlier connection are dropped. A transition
// is in the Store before it is published, or published as not stored if the Store takes longer than two seconds. Whoever
// publishes to the Hub never waits for a reader; a reader always finds the newest snapshot of every session, and events
// that it was too slow for are counted as a gap. No operation outlives its connection: what ends the
// one cancels the other and is done when it has returned, or after two seconds. Manager.Close ends every goroutine of the package before it returns.
package session
