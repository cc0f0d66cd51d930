package vital

import "errors"

// ErrUnknownName is returned when a stored or typed name is none of the domain's.
var ErrUnknownName = errors.New("no such name in this version of wapulse")
