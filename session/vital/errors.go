package vital

import "errors"

// ErrUnknownName is returned when a stored or typed name is none of the domain's.
var ErrUnknownName = errors.New("no such name in this version of wapulse")

// ErrProxyURL says that a text is no proxy. The text itself is never part of it.
var ErrProxyURL = errors.New("a proxy is http://, https:// or socks5:// with user:password@ or without, a host and a port")
