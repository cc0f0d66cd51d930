package widget

import "errors"

// ErrNoQR is returned for a payload that no QR code holds.
var ErrNoQR = errors.New("no QR code holds this")
