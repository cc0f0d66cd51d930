package record

import "errors"

// What can be wrong with a file.
var (
	ErrForeign  = errors.New("the file is no report of wapulse")
	ErrDamaged  = errors.New("the report is damaged or not complete")
	ErrNewer    = errors.New("the report was made by a newer wapulse")
	ErrTooLarge = errors.New("the report is larger than reports are")
)
