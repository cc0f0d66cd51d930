package simulator

import (
	"io"
	"net/http"
	"time"
)

// spoilUpgrade answers the WebSocket upgrade as the faults say. False: it is to be answered as it should, by a clock that may be wrong.
func (s *Server) spoilUpgrade(w http.ResponseWriter) bool {
	faults := s.faultsOf(nil)
	if skew := faults.clockSkew(); skew != 0 {
		w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
	}
	switch {
	case faults.NotHTTP:
		sayOtherThanHTTP(w)
	case faults.HTTPStatus != 0:
		http.Error(w, http.StatusText(faults.HTTPStatus), faults.HTTPStatus)
	default:
		return false
	}
	return true
}

// sayOtherThanHTTP greets as a mail server does, and hangs up.
func sayOtherThanHTTP(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	raw, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(raw, "220 mail.example ESMTP\r\n")
	_ = raw.Close()
}
