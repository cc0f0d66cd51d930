package control

import "errors"

// What can keep a command from being run by the process that holds the database.
var (
	ErrNobody     = errors.New("no wapulse answers for this database")
	ErrSilent     = errors.New("the wapulse that holds the database does not answer")
	ErrLost       = errors.New("the wapulse that ran the command has ended")
	ErrNotEnded   = errors.New("interrupted: the wapulse that runs the command did not end it in time")
	ErrNoSocket   = errors.New("this is no socket, and not ours to replace")
	ErrForeign    = errors.New("the other side belongs to another user")
	ErrEnds       = errors.New("the wapulse that runs the command ends") // the cause with which the context of a command ends then
	errSocketPath = errors.New("there is no folder for the socket")
)

// RefusedError is the server's refusal to run a command.
type RefusedError struct {
	Status int    // of HTTP
	Text   string // its words
}

func (e *RefusedError) Error() string {
	return "the wapulse that holds the database refuses: " + e.Text
}
