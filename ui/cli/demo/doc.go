// Package demo is the theatre: sessions of this program on a simulated server, and what goes wrong with them on purpose. The command "demo" uses it, and so do
// its fault panel and its scripts.
//
// A Stage pairs a cast of sessions with phones that exist only in the simulator, lets each live, makes faults, and takes them away again. Its methods may be
// called from any goroutine; those that return errors wait for what they ask of the sessions. Its goroutines end with the context of Run, which waits for them.
package demo
