// Package termguard keeps Bubble Tea's package init from asking the terminal for its background colour: a terminal that does not
// answer would hold up every command, plain ones too, for five seconds before main begins. Nothing is asked under TERM=dumb, so this
// package's init puts that in place, and Restore, the first call in main, puts back what was there.
//
// It works because of the order of initialisation: of the packages whose imports are all initialised, Go takes the one with the
// least import path. This one needs os alone; Bubble Tea also needs packages whose paths come after this one's. So import
// nothing more here. A test with a silent terminal holds it in place.
package termguard

import "os"

// What the environment said before init.
var term, termWasSet = os.LookupEnv("TERM")

func init() {
	_ = os.Setenv("TERM", "dumb") // fails only for names that no environment can hold
}

// Restore gives TERM back the value it had when the process began.
func Restore() {
	if termWasSet {
		_ = os.Setenv("TERM", term)
		return
	}
	_ = os.Unsetenv("TERM")
}
