package whatsapp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"go.mau.fi/whatsmeow/socket"

	"github.com/wapulse/wapulse/session/vital"
)

// dialFailure says why a connection could not be made. Phase is where the attempt stood.
func dialFailure(err error, phase vital.Phase) vital.Failure {
	f := vital.Failure{Phase: phase, Text: plain(rootCause(err))}
	var status socket.ErrWithStatusCode
	var through *proxyError
	switch {
	case errors.As(err, &through):
		f.Reason, f.Text = vital.ReasonProxy, plain(through.what)
		if errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.ENETDOWN) {
			f.Reason = vital.ReasonNetworkUnreachable
		}
	case errors.As(err, &status):
		f.Reason, f.Phase = vital.ReasonWebSocket, vital.PhaseWebSocket
		if status.StatusCode != http.StatusSwitchingProtocols {
			f.Code, f.Text = status.StatusCode, http.StatusText(status.StatusCode)
		}
	case isNoNetwork(err):
		f.Reason, f.Text = vital.ReasonNetworkUnreachable, noNetworkText(err)
	case isDNS(err):
		f.Reason = vital.ReasonDNS
	case isCertificateTime(err):
		f.Reason, f.Text = vital.ReasonCertificateTime, certificateTimeText(f.Text)
	case strings.Contains(err.Error(), "failed to verify server cert"):
		f.Reason = vital.ReasonCertificate
	case strings.Contains(err.Error(), "timed out waiting for handshake response"):
		f.Reason, f.Text = vital.ReasonConnectTimeout, "no answer to the handshake"
	case isTLS(err):
		f.Reason = vital.ReasonTLS
	default:
		f.Reason = reasonOfPhase(phase)
	}
	return f
}

// reasonOfPhase is the reason for a failure that says no more than where it happened.
func reasonOfPhase(p vital.Phase) vital.Reason {
	switch p {
	case vital.PhaseDNS:
		return vital.ReasonDNS
	case vital.PhaseNone, vital.PhaseTCP:
		return vital.ReasonTCP
	case vital.PhaseTLS:
		return vital.ReasonTLS
	case vital.PhaseWebSocket:
		return vital.ReasonWebSocket
	case vital.PhaseNoise:
		return vital.ReasonNoise
	default:
		return vital.ReasonServerClosed
	}
}

// rootCause is the innermost error's text: the outer ones say in the words of a library where it happened, which Phase says.
func rootCause(err error) string {
	text := err.Error()
	for err != nil {
		switch wrapped := err.(type) { //nolint:errorlint // it walks the chain itself
		case interface{ Unwrap() error }:
			err = wrapped.Unwrap()
		case interface{ Unwrap() []error }:
			all := wrapped.Unwrap()
			err = all[len(all)-1]
		default:
			err = nil
		}
		if err != nil {
			text = err.Error()
		}
	}
	return text
}

func isNoNetwork(err error) bool {
	for _, errno := range []error{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL} {
		if errors.Is(err, errno) {
			return true
		}
	}
	// A resolver reports its own unreachable server in words only.
	return isDNS(err) && (strings.Contains(err.Error(), "network is unreachable") || strings.Contains(err.Error(), "no route to host"))
}

func noNetworkText(err error) string {
	if isDNS(err) {
		return "the name server cannot be reached"
	}
	return plain(rootCause(err))
}

func isDNS(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns)
}

// isCertificateTime finds a certificate, of TLS or of the Noise handshake, that is not valid now. Of the latter the library tells it in words only.
func isCertificateTime(err error) bool {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) {
		return invalid.Reason == x509.Expired
	}
	text := err.Error()
	return strings.Contains(text, "failed to verify server cert") &&
		(strings.Contains(text, "certificate not valid yet") || strings.Contains(text, "certificate expired"))
}

// certificateTimeText leaves of the library's words when the certificate began or ran out: what time it is now, and to the nanosecond, says nothing more.
func certificateTimeText(text string) string {
	what, times, ok := strings.Cut(text, " (current time ")
	if !ok {
		return text
	}
	for _, side := range []string{"after", "before"} {
		if _, limit, ok := strings.Cut(times, " is "+side+" "); ok {
			return fmt.Sprintf("%s (now is %s %s", what, side, limit)
		}
	}
	return text
}

// wrongClock is how far our clock may be from the server's before it is the cause of anything.
const wrongClock = 5 * time.Minute

// withClock lays the blame for a certificate that is not valid now on our clock, if it is that far behind the server's, or, negative, ahead of it.
func withClock(f vital.Failure, behind time.Duration) vital.Failure {
	if f.Reason != vital.ReasonCertificateTime || behind.Abs() < wrongClock {
		return f
	}
	f.Reason = vital.ReasonClockSkew
	way := "behind"
	if behind < 0 {
		way = "ahead of"
	}
	f.Text = fmt.Sprintf("this machine's is %s %s the server's", vital.InWords(behind.Abs().Round(time.Minute)), way)
	return f
}

func isTLS(err error) bool {
	var (
		record tls.RecordHeaderError
		alert  tls.AlertError
		verify *tls.CertificateVerificationError
		host   x509.HostnameError
		signer x509.UnknownAuthorityError
	)
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &verify) || errors.As(err, &host) || errors.As(err, &signer)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// lostText says in a few words how a line ended. A nil error is the library's own close after a WebSocket close or broken frame.
func lostText(err error) string {
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return ""
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset by the peer"
	default:
		return plain(rootCause(err))
	}
}
