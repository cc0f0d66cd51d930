// Package simulator is a WhatsApp Web server on loopback, in the spirit of net/http/httptest: clients of the real protocol pair with it,
// log in to it, ask it and write through it, and cannot tell it from the real one. The demo, the tests and rehearsals use
// it; so may clients that have nothing to do with wapulse.
//
// What it does: the Noise handshake with a certificate chain of its own, pairing by QR and by phone code with the
// primary phone's side of the cryptography, login with the keys checked, the questions clients ask at login, number
// checks, messages between linked accounts and with simulated contacts, and faults on demand, by Go call or by the
// control API over HTTP. It speaks for no real number and reaches no network but the listener it was given.
//
// Promises: all methods may be called from any goroutine. Every connection has one reading goroutine; without a delay,
// answers leave in the order of the questions, and with one each answer is delayed by itself, so they may overtake one another. Close ends every
// connection and waits for every goroutine. What a client sends is bounded in size and never makes the server panic.
package simulator
