package whatsapp

import (
	"sync"
	"time"

	"go.mau.fi/libsignal/logger"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"google.golang.org/protobuf/proto"
)

// process guards whatsmeow's variables of the process. It is the one state of the package, because theirs is.
var process struct {
	mu     sync.Mutex
	ready  bool
	real   [32]byte // WhatsApp's own root key
	inUse  [32]byte
	owners int
}

// claimProcess sets whatsmeow up for servers of a root key, WhatsApp's own if nil. Each claim is released once.
func claimProcess(rootKey *[32]byte) error {
	process.mu.Lock()
	defer process.mu.Unlock()
	if !process.ready {
		process.ready, process.real = true, whatsmeow.WACertPubKey
		// The session pings by itself, more often and with a measured answer: whatsmeow's own keepalive sleeps.
		whatsmeow.KeepAliveIntervalMin, whatsmeow.KeepAliveIntervalMax = 24*time.Hour, 25*time.Hour
		store.DeviceProps.Os = proto.String("wapulse")
		// Left alone, libsignal sets its logger at its first use, in a race, and prints to the terminal.
		var quiet logger.Loggable = signalLog{}
		logger.Setup(&quiet)
	}
	key := process.real
	if rootKey != nil {
		key = *rootKey
	}
	if process.owners > 0 && process.inUse != key {
		return ErrOtherServer
	}
	if process.owners == 0 && whatsmeow.WACertPubKey != key {
		whatsmeow.WACertPubKey = key
	}
	process.inUse = key
	process.owners++
	return nil
}

func releaseProcess() {
	process.mu.Lock()
	defer process.mu.Unlock()
	process.owners--
}

// signalLog keeps libsignal off the terminal. Its messages may hold key material, so they are not kept at all; what fails in it
// comes back as an error, too.
type signalLog struct{}

func (signalLog) Debug(string, string)   {}
func (signalLog) Info(string, string)    {}
func (signalLog) Warning(string, string) {}
func (signalLog) Error(string, string)   {}
func (signalLog) Configure(string)       {}
