// Package record is the flight recorder: it writes what happened to a session in its last minutes into one file that can be shown to anybody, and
// reads such a file back, so that every moment of it can be looked at again.
//
// The report command of ui/cli writes bundles, the replay screen shows them. Write masks all that it is given: a text gets into a bundle through the
// Masker or not at all, and what names a person, a number, a machine or a key leaves its kind and a counter, the same everywhere in one
// bundle. Load trusts nothing of a file: sizes are bounded, names in it are not used, and what it returns is fit for a terminal.
//
// A Record does not change once it is loaded, and may be read by many goroutines. The package has no goroutines, and reads and writes nothing but
// what it is given.
package record
