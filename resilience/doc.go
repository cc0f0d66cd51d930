// Package resilience holds the rules that keep a session from being hurt, and from hurting: how long to wait before trying again (Backoff)
// and when to stop trusting a peer (Breaker). Sessions use it; it knows nothing of them.
//
// Nothing here starts a goroutine or blocks. A Backoff belongs to one user at a time; a Breaker may be shared.
package resilience
