package vital

import "slices"

const (
	actNothing   = "nothing to do"
	actPairAgain = "pair this session again"
)

// explanation is a row of the table of diagnoses. What is the title; the server's words are added to it.
type explanation struct {
	reason                Reason
	codes                 []int // of the server that the row is for; none: for all that have no row of their own
	what, meaning, action string
}

// explain finds the row of a failure.
func explain(f Failure) (explanation, bool) {
	var general explanation
	for _, row := range explanations() {
		switch {
		case row.reason != f.Reason:
		case slices.Contains(row.codes, f.Code):
			return row, true
		case len(row.codes) == 0:
			general = row
		}
	}
	return general, general.reason != ReasonNone
}

// explanations returns the table of diagnoses, in the order of a connection's life. Whether wapulse retries is not said here: it follows from
// Reason.Permanent alone, so that text and behaviour cannot differ.
func explanations() []explanation {
	return slices.Concat(explanationsOfTheLine(), explanationsOfTheUpgrade(), explanationsOfTheHandshake(), explanationsOfTheLogin(),
		explanationsOfTheStream(), explanationsAtHome(), explanationsOfWhatWasAskedFor())
}

func explanationsOfTheLine() []explanation {
	return []explanation{
		{ReasonNetworkUnreachable, nil, "no network", "this machine has no route to WhatsApp", "check this machine's network"},
		{ReasonDNS, nil, "name not found", "the server's name could not be looked up", "check this machine's DNS"},
		{ReasonTCP, nil, "no connection", "the server's port did not accept a connection", "check network, firewall and proxy"},
		{ReasonTLS, nil, "TLS failed", "something between here and WhatsApp breaks the encryption", "check proxy, firewall and this machine's clock"},
		{ReasonConnectTimeout, nil, "no answer while connecting", "the server was silent in the handshake", "check network and proxy if it stays"},
	}
}

func explanationsOfTheUpgrade() []explanation {
	return []explanation{
		{ReasonWebSocket, []int{200, 301, 302, 303, 307, 308}, "WebSocket refused",
			"a web page answered in WhatsApp's place: the sign-in page of a network, or a proxy", "sign in to this network, or check the proxy"},
		{ReasonWebSocket, []int{401, 407, 511}, "WebSocket refused", "a proxy on the way wants to know who is asking",
			"give the proxy its name and password, or sign in to this network"},
		{ReasonWebSocket, []int{403, 451}, "WebSocket refused", "a proxy or firewall on the way, or WhatsApp for this address, does not allow it",
			"check proxy and firewall, and whether this machine's address is one of a data centre that WhatsApp does not serve"},
		{ReasonWebSocket, []int{429}, "WebSocket refused", "too many connections came from this machine's address in a short time",
			"let fewer sessions connect from this address"},
		{ReasonWebSocket, []int{500, 502, 503, 504}, "WebSocket refused", "the server behind the address is away: WhatsApp's own trouble, or a proxy's",
			"check the proxy, if there is one, if it stays"},
		{ReasonWebSocket, []int{0}, "WebSocket refused", "what answered does not speak HTTP as a WebSocket server does", "check the endpoint, proxy and firewall"},
		{ReasonWebSocket, nil, "WebSocket refused", "the server, or a proxy before it, answered the upgrade with an error", "check proxy and firewall if it stays"},
	}
}

func explanationsOfTheHandshake() []explanation {
	return []explanation{
		{ReasonNoise, nil, "handshake failed", "the encrypted handshake did not come to its end", "check the network if it stays"},
		{ReasonCertificate, nil, "wrong certificate", "whoever answered cannot prove to be the expected server", "check proxy, endpoint and root key"},
		{ReasonCertificateTime, nil, "certificate not valid now",
			"a certificate of whoever answered has run out, or is not valid yet, by this machine's clock", "check this machine's date and time, then the proxy"},
		{ReasonClockSkew, nil, "clock wrong", "by this machine's clock the server's certificate is not valid, and the server's own clock says another time",
			"set this machine's clock (switch on NTP)"},
	}
}

func explanationsOfTheLogin() []explanation {
	return []explanation{
		{ReasonLoginTimeout, nil, "no answer to the login", "connected, but the server did not let the session in in time", actNothing},
		{ReasonPrekeysMissing, nil, "no prekeys on the server", "logged in, but nobody could write to this session yet", actNothing},
		{ReasonRefused, []int{400}, "refused (400)", "the server could not make sense of the login", "update wapulse, then start this session; report it if it stays"},
		{ReasonLoggedOut, nil, "logged out (401)", "WhatsApp does not know this device any more; its credentials are deleted", actPairAgain},
		{ReasonBanned, nil, "temporarily banned (402)", "WhatsApp has banned this number for a time", "let it rest until the ban ends; then start it"},
		{ReasonMainDeviceGone, nil, "main device gone (403)", "the phone's account was closed, locked or moved", "check WhatsApp on the phone, then " + actPairAgain},
		{ReasonOutdated, nil, "client outdated (405)", "the server wants a newer client version", "update wapulse"},
		{ReasonUnknownLogout, nil, "logged out (406)", "WhatsApp ended this link without saying why; it does so with accounts that it has banned",
			"see whether the phone's WhatsApp still works, then " + actPairAgain},
		{ReasonRefused, []int{409}, "refused (409)", "the server does not accept the kind of client that wapulse says it is",
			"update wapulse, then start this session"},
		{ReasonRefused, []int{413, 414}, "refused", "the server does not accept the login's token any more", "start it again; " + actPairAgain + " if it stays"},
		{ReasonRefused, []int{415}, "refused (415)", "the server does not find what the login asks for", "start it later; " + actPairAgain + " if it stays"},
		{ReasonRefused, []int{418}, "refused (418)", "the server does not know this client", "update wapulse, then start this session"},
		{ReasonServerError, []int{500}, "server trouble", "a fault inside WhatsApp kept the session from logging in", actNothing},
		{ReasonRefused, []int{501}, "refused (501)", "the server does not offer this account what the login asks for: it tries something out",
			"start it later; report it if it stays"},
		{ReasonServerError, []int{503}, "server trouble", "WhatsApp is overloaded or being worked on, and lets nobody in for the moment", actNothing},
		{ReasonServerError, nil, "server trouble", "WhatsApp has trouble of its own", actNothing},
		{ReasonRefused, nil, "refused", "the server refuses this session for good", "start it once the cause is mended; report it if it is not yours"},
	}
}

func explanationsOfTheStream() []explanation {
	return []explanation{
		{ReasonDeviceRemoved, nil, "logged out: the phone removed this device", "somebody unlinked it in the phone's list of linked devices", actPairAgain},
		{ReasonReplaced, nil, "replaced", "another program uses the same credentials; fighting back would cost the account",
			"stop the other program, then start this session"},
		{ReasonStreamError, []int{401}, "stream error 401", "the server does not trust this connection any more, and does not say that the device was removed",
			"nothing to do: the next login tells whether the device is still linked"},
		{ReasonStreamUnavailable, nil, "stream error 503", "the server restarts", actNothing},
		{ReasonStreamRestart, nil, "stream error 515", "the server wants this session to connect anew", actNothing},
		{ReasonStreamError, nil, "stream error", "the server ended the stream for a reason wapulse does not know", "report it if it comes again"},
		{ReasonDeadLink, nil, "dead link", "two pings in a row went unanswered: the socket looked open and was dead", actNothing},
		{ReasonServerClosed, nil, "connection closed", "the server or the network closed the socket without a word", actNothing},
	}
}

func explanationsAtHome() []explanation {
	return []explanation{
		{ReasonPairRefused, nil, "pairing failed", "phone and server did not agree on the pairing", "try again with a fresh code"},
		{ReasonCodesRanOut, nil, "no phone scanned", "every QR code was shown and its time is over", "ask for fresh codes when the phone is at hand"},
		{ReasonStore, nil, "database trouble", "the credentials could not be read or written", "check the disk and the database file"},
		{ReasonCorruptCredentials, nil, "credentials unreadable", "what the database holds for this session cannot be used",
			"restore the database from a copy, or delete the session and pair again"},
		{ReasonProxy, nil, "proxy failed", "the proxy of this session does not let it through, and wapulse never goes round it", "check the proxy, or set another: wapulse proxy SESSION URL"},
		{ReasonVersionTaken, nil, "client outdated (405)", "the server wants a newer client version, which wapulse has found and says that it is from now on", "update wapulse soon: more than the number may have changed"},
		{ReasonInternal, nil, "internal error", "a fault of wapulse was caught before it could do harm", "please report it with the log"},
	}
}

// explanationsOfWhatWasAskedFor are the ends of connections that are nobody's failure.
func explanationsOfWhatWasAskedFor() []explanation {
	return []explanation{
		{ReasonStopped, nil, "stopped", "you stopped the session", "start it when you want it up again"},
		{ReasonLoggedOutHere, nil, "logged out here", "you logged it out; the phone has forgotten this device", actPairAgain + " when you want it up again"},
		{ReasonReconnectKey, nil, "reconnected", "you asked for a new socket", actNothing},
		{ReasonShutdown, nil, "wapulse ended", "the session went down with it", actNothing},
		{ReasonKilled, nil, "wapulse was killed", "it was ended from outside, or this machine went down, and the session with it; this was its last sign of life",
			"nothing to do, unless nobody did it: then look at this machine's log, and whether it has enough memory"},
	}
}
