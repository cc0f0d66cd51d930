package history

import "errors"

// ErrDamaged says that stored counts cannot be read: the file was changed by something else.
var ErrDamaged = errors.New("stored vitals are damaged")

// ErrClosed says that the Sampler was closed.
var ErrClosed = errors.New("the vitals are not sampled any more")
