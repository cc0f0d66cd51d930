package session

import "errors"

// What can be wrong with what a person asks of the Manager. Each says the cause and what to do.
var (
	ErrNameTaken          = errors.New("there is a session of that name already: choose another name")
	ErrNameInvalid        = errors.New("a session's name has 1 to 64 printable characters and neither begins nor ends with a space")
	ErrNoSuchSession      = errors.New("there is no such session")
	ErrCredentialsMissing = errors.New("the database has no credentials for this session: pair it again")
	ErrNotConnected       = errors.New("the session is not connected: start it and wait until it is")
	ErrAlreadyPaired      = errors.New("the session is paired already: log it out before pairing it again")
	ErrNotPairing         = errors.New("the session is not waiting for a phone: ask for fresh codes first")
	ErrClosed             = errors.New("wapulse is shutting down")
)
