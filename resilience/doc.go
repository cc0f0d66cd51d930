// Package resilience holds the rules that keep a session from being hurt, and from hurting: how long to wait before trying again (Backoff),
// when to stop trusting a peer (Breaker), and the one way of an operation through all of them (Guard): deadline, bulkhead, rate budget, breaker,
// retry. Sessions use it; it knows nothing of them: what an error means is told by a judge that they give it.
//
// Nothing here starts a goroutine, and only Guard.Do waits, bounded by its Call's time-out or, for patient calls, by the caller's context alone. A
// Backoff belongs to one user at a time; a Breaker and a Guard may be shared.
package resilience
