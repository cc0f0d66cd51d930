// Package newfile writes files that are whole or not there, and their owner's alone (0600): each grows under a name of no meaning in the folder where it is to
// be, and gets its own name when it is whole. Reports, media and exported events are written so, by keys and by commands. Nothing here waits or starts
// anything.
package newfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File is one under way. Discard it, whatever becomes of it.
type File struct{ *os.File }

// Create begins a file in a folder.
func Create(folder string) (File, error) {
	file, err := os.CreateTemp(folder, ".wapulse-*") // its mode is 0600
	return File{file}, err
}

// Discard forgets what was written, unless Place has given it its name.
func (f File) Discard() {
	_ = f.Close()           // Place has said what is wrong
	_ = os.Remove(f.Name()) // it has another name by then, or is not wanted
}

// Place closes the file and gives it its name. Without replace what is there already is left alone, and the error is fs.ErrExist. A link does not replace what
// came there meanwhile; where there are no links, a look before must do.
func (f File) Place(path string, replace bool) error {
	if err := f.Close(); err != nil {
		return err
	}
	if !replace {
		err := os.Link(f.Name(), path)
		if err == nil {
			return nil
		}
		if taken := Vacant(path, false); taken != nil {
			return taken
		}
	}
	return os.Rename(f.Name(), path)
}

// Vacant says why a file is not to be written, before there is work with it. What is there already is in the way unless it is to be replaced; a folder always is.
func Vacant(path string, replace bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "write", Path: path, Err: errors.New("it is a folder")}
	case !replace:
		return &fs.PathError{Op: "write", Path: path, Err: fs.ErrExist}
	}
	return nil
}

// Write writes a whole file where none is yet.
func Write(path string, write func(io.Writer) error) error {
	if err := Vacant(path, false); err != nil {
		return err
	}
	file, err := Create(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer file.Discard()
	if err := write(file); err != nil {
		return err
	}
	return file.Place(path, false)
}
