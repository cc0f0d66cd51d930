package demo

import "errors"

// The errors that callers tell apart.
var (
	ErrUnknownFault    = errors.New("there is no such fault")
	ErrUnknownSession  = errors.New("there is no such session in the demo")
	ErrUnknownScenario = errors.New("there is no such scenario")
	ErrLoggedOut       = errors.New("it is logged out: bring it back with \"healthy\" first")
	ErrNoPhone         = errors.New("the session has no phone: pair it first")
)
