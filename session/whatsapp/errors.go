package whatsapp

import "errors"

// What can be wrong with an endpoint, or with the process.
var (
	ErrEndpointURL         = errors.New("the endpoint is not a URL of the form ws://host:port/path")
	ErrEndpointScheme      = errors.New("the endpoint's scheme is neither ws nor wss")
	ErrEndpointNotLoopback = errors.New("the endpoint is not on this machine: only loopback addresses are allowed, so that real credentials never meet a simulator by mistake")
	ErrRootKey             = errors.New("the root key is not 64 hexadecimal digits")
	ErrOtherServer         = errors.New("this process already talks to a server with another root key")
	ErrClosed              = errors.New("the devices are closed")

	errDeleted   = errors.New("the credentials are deleted")
	errNoToken   = errors.New("wapulse has no such token to refresh")
	errDialEnded = errors.New("the connection was ended while it was made")
)
