package whatsapp

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	waLog "go.mau.fi/whatsmeow/util/log"

	"github.com/wapulse/wapulse/session/vital"
)

// clientLog is whatsmeow's logger. Its Recv and Send sub-loggers are the stanza tap; the rest goes to slog without secrets, and each line of a connection's
// client becomes a note of the connection, too, as long as its logBudget lasts.
type clientLog struct {
	to     *slog.Logger
	module string
	conn   *connection // nil for the store's log
}

var _ waLog.Logger = (*clientLog)(nil)

func (l *clientLog) Sub(module string) waLog.Logger {
	if l.conn != nil && (module == "Recv" || module == "Send") {
		return &tap{conn: l.conn, incoming: module == "Recv"}
	}
	if l.module != "" {
		module = l.module + "/" + module
	}
	return &clientLog{to: l.to, module: module, conn: l.conn}
}

func (l *clientLog) Debugf(format string, args ...any) { l.write(vital.LevelDebug, format, args) }
func (l *clientLog) Infof(format string, args ...any)  { l.write(vital.LevelInfo, format, args) }
func (l *clientLog) Warnf(format string, args ...any)  { l.write(vital.LevelWarn, format, args) }
func (l *clientLog) Errorf(format string, args ...any) { l.write(vital.LevelError, format, args) }

func (l *clientLog) write(weight vital.Level, format string, args []any) {
	isEnd := l.module == "Socket" && strings.HasPrefix(format, "Error ") || tellsTheEnd(args)
	if l.conn != nil && weight > vital.LevelDebug && (isEnd || l.conn.over.Load()) {
		weight = vital.LevelDebug // a socket's end is told by Ended, and what fails after it is no news
	}
	level := slogLevel(weight)
	logged := l.to.Enabled(context.Background(), level)
	noted := l.conn != nil && l.conn.mayNote(weight)
	if !logged && !noted {
		return
	}
	if l.conn != nil && l.conn.device.devices.endpoint != nil && strings.HasPrefix(format, "Dialing ") {
		args = []any{l.conn.device.devices.endpoint.String()} // whatsmeow only knows WhatsApp's own address, which is not dialled
	}
	line := logLine(format, args)
	if logged {
		attrs := []slog.Attr{slog.String("from", "whatsmeow")}
		if l.module != "" {
			attrs = append(attrs, slog.String("module", l.module))
		}
		if l.conn != nil {
			attrs = append(attrs, slog.String("phone", vital.ShortNumber(l.conn.device.phone())))
		}
		l.to.LogAttrs(context.Background(), level, line, attrs...)
	}
	if noted {
		var fields []vital.Field
		if l.module != "" {
			fields = []vital.Field{{Key: "module", Value: l.module}}
		}
		l.conn.note(vital.KindLog, weight, line, fields...)
	}
}

// slogLevel is how heavy a line is in wapulse's own log, for which what whatsmeow finds worth knowing is detail.
func slogLevel(l vital.Level) slog.Level {
	switch l {
	case vital.LevelWarn:
		return slog.LevelWarn
	case vital.LevelError:
		return slog.LevelError
	default:
		return slog.LevelDebug
	}
}

// tellsTheEnd says whether a line is about something that failed because the socket, or the credentials, are gone.
func tellsTheEnd(args []any) bool {
	for _, a := range args {
		err, ok := a.(error)
		if !ok {
			continue
		}
		var gone *whatsmeow.DisconnectedError
		if errors.As(err, &gone) || errors.Is(err, whatsmeow.ErrNotConnected) || errors.Is(err, errDeleted) {
			return true
		}
	}
	return false
}

// tap sees every stanza in one direction. It never waits.
type tap struct {
	conn     *connection
	incoming bool
}

var _ waLog.Logger = (*tap)(nil)

func (t *tap) Debugf(_ string, args ...any) {
	if len(args) != 1 {
		return
	}
	if node, ok := args[0].(*waBinary.Node); ok {
		t.conn.tapped(node, t.incoming)
	}
}
func (t *tap) Infof(string, ...any)    {}
func (t *tap) Warnf(string, ...any)    {}
func (t *tap) Errorf(string, ...any)   {}
func (t *tap) Sub(string) waLog.Logger { return t }
