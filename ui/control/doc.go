// Package control is the socket by which other processes of the same user use the wapulse that holds a database: HTTP and JSON over a Unix socket
// beside the database's file. It carries commands and knows none: whoever serves says what a command does, and whoever asks what it is.
//
//	POST   /v1/command            runs one: a line of JSON (Request), then its standard input, as long as there is any
//	DELETE /v1/command/{id}       cancels it; what it still has to say comes
//	PUT    /v1/command/{id}/size  {columns, rows}: its terminal has another size now
//	GET    /v1/health             says who serves (About)
//
// The answer to a command is a stream of JSON lines, sent as they come: first {"id"}, then {"stdout"} and {"stderr"} with text, or with _base64 behind
// the name where the bytes are no text, last {"exit"}. {"want":"stdin"} says that the command has begun to read its input; one who asks
// sends none before, so that a command which reads none takes none away. {} says that the server is still there.
//
// Who serves must hold the database's lock: the lock decides whose the socket is, and a socket that is left from a killed process is replaced. A command
// ends when its client cancels it, goes away, or the server closes; nothing that a client sends, or does not, holds up another one.
package control
