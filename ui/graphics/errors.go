package graphics

import "errors"

// ErrNoGraphics is returned for a terminal that shows no pictures.
var ErrNoGraphics = errors.New("the terminal shows no pictures")
