package ui

import "errors"

// ErrStalled says that the terminal takes no output: it is paused (Ctrl-Q goes on), or its line is dead.
var ErrStalled = errors.New("the terminal takes no output: it is paused, or its line is dead")

// What a key cannot do now. Each says the cause and what to do.
var (
	errNotPaired             = errors.New("this session is not paired: p pairs it with a phone")
	errLogoutNeedsConnection = errors.New("only a connected session can be logged out: start it (s), or delete it (D) and unlink it on the phone")
	errNobodyToTour          = errors.New("the tour needs a session that is connected: wait for one, or heal one (f)")
	errNoJID                 = errors.New("there is no JID to copy: only a registered number has one")
)
