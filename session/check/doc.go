// Package check answers "is this number on WhatsApp?" for one number or a million, and never with an answer that nobody gave.
//
// Text becomes a Number (Parse, Reader), a Number is looked up among the answers that are still good, and what is left is asked in batches through an
// Asker: by the Checker for whoever waits for it, by the Runner for a job, which keeps its input and its answers in a Store and goes on where it
// stopped. What a reply or an error means is decided in one place, see Judge.
package check
