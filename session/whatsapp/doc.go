// Package whatsapp is the adapter between the session package and whatsmeow: it makes devices and their connections, and
// translates what the protocol says into session.Signals. The composition root makes one Devices and hands it to the
// session.Manager.
//
// What is told. The stanza tap, whatsmeow's own log of every stanza in its order, is the source of truth for logins and for
// the ends of connections; whatsmeow's events add what the tap does not understand. Each connection has one goroutine
// that applies all of this in order and is the only one to call its sink. The tap, the event handlers and the socket only
// put into its inbox, so they never wait for anybody. What an inbox cannot hold any more (messages, receipts and notes; never
// what moves the state) is counted and told as a gap. Traffic is added up and told at most four times a second.
//
// What ends. A connection has its own whatsmeow client, dies with its socket, and is ended by closing the raw net.Conn, which does
// not wait for a peer. Whatever of whatsmeow still hangs then (it ignores everything for 20 s in a stalled handshake) belongs to
// Devices, and Devices.Close waits for it. Every wait has a bound. A panic in one of the package's goroutines ends the one
// connection that it belongs to.
//
// What is secret. QR payloads leave only in the QRCodes signal. Logs and notes hold no keys, no stanzas and no texts, and phone numbers
// only in part.
//
// Some settings of whatsmeow are variables of the process: the root key, the keepalive's interval, the name of linked devices.
// They are set while no connection exists, and a process talks to servers of one root key at a time.
package whatsapp
