package ui

import "errors"

// ErrStalled says that the terminal takes no output: it is paused (Ctrl-Q goes on), or its line is dead.
var ErrStalled = errors.New("the terminal takes no output: it is paused, or its line is dead")

// What a key cannot do now: the cause. What to do is said where it is told, with the keys for it.
var (
	errNotPaired             = errors.New("this session is not paired")
	errLogoutNeedsConnection = errors.New("only a connected session can be logged out")
	errNobodyToTour          = errors.New("the tour needs a session that is connected")
	errNoJID                 = errors.New("there is no JID to copy: only a registered number has one")
)
