package simulator

import "errors"

// What can be wrong with what a caller, or the control API, asks for.
var (
	ErrNotAQRCode      = errors.New("this is not a WhatsApp pairing code")
	ErrUnknownCode     = errors.New("no client shows this code now: it expired, or the client went away")
	ErrCodeMismatch    = errors.New("the code does not belong to the client that shows it")
	ErrBadPhone        = errors.New("a phone number has 7 to 15 digits and does not begin with 0")
	ErrTooManyDevices  = errors.New("the account has four linked devices already: unlink one first")
	ErrNoSuchSession   = errors.New("no linked device of that phone or JID")
	ErrNotOnline       = errors.New("the device is not connected")
	ErrNoPhoneCode     = errors.New("no client waits for a code with this phone")
	ErrPairingRefused  = errors.New("the client refused the pairing")
	ErrNotLoopback     = errors.New("the simulator listens on loopback addresses only")
	ErrStateUnreadable = errors.New("the simulator's state file cannot be used: move it away to begin anew")
	ErrBadMedia        = errors.New("this cannot be sent as media")
	ErrBadContact      = errors.New("a contact has a name of 1 to 200 bytes")
	ErrTooMuchState    = errors.New("the account's address book and settings take no more: restart the simulator without its state")
	ErrClosed          = errors.New("the simulator is closed")

	errOtherSite    = errors.New("requests of other sites' pages are refused")
	errBadFault     = errors.New("this fault cannot be")
	errBadFrame     = errors.New("malformed frame")
	errBadPatch     = errors.New("malformed patch")
	errBadHandshake = errors.New("malformed handshake")
	errSpoilt       = errors.New("spoilt on purpose")
)
