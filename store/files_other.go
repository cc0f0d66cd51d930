//go:build !unix

package store

import "os"

// prepareFolder makes the database's folder if need be. Who may read it is the system's affair here: modes mean nothing.
func prepareFolder(folder string, _ bool, _ func(string)) error {
	return explain(os.MkdirAll(folder, 0o700))
}

func protectFiles(string) error { return nil }
