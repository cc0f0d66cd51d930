package simulator

import (
	"context"
	"sync"

	"go.mau.fi/libsignal/ecc"
	groupRecord "go.mau.fi/libsignal/groups/state/record"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/logger"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/serialize"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/state/store"
	"go.mau.fi/whatsmeow/util/keys"
)

var _ store.SignalProtocol = (*signalStore)(nil)

// signalStore keeps one persona's Signal state in memory. It is guarded by what guards the persona.
type signalStore struct {
	pair           *identity.KeyPair
	registrationID uint32
	serializer     *serialize.Serializer
	preKeys        map[uint32]*record.PreKey
	signedPreKeys  map[uint32]*record.SignedPreKey
	sessions       map[string]*record.Session
}

func newSignalStore(id *keys.KeyPair, registrationID uint32) *signalStore {
	return &signalStore{
		pair:           identity.NewKeyPair(identity.NewKey(ecc.NewDjbECPublicKey(*id.Pub)), ecc.NewDjbECPrivateKey(*id.Priv)),
		registrationID: registrationID, serializer: serialize.NewProtoBufSerializer(),
		preKeys: map[uint32]*record.PreKey{}, signedPreKeys: map[uint32]*record.SignedPreKey{}, sessions: map[string]*record.Session{},
	}
}

func (s *signalStore) GetIdentityKeyPair() *identity.KeyPair { return s.pair }
func (s *signalStore) GetLocalRegistrationID() uint32        { return s.registrationID }

func (s *signalStore) SaveIdentity(context.Context, *protocol.SignalAddress, *identity.Key) error {
	return nil
}

// IsTrustedIdentity trusts everybody: a simulated phone has nothing to lose.
func (s *signalStore) IsTrustedIdentity(context.Context, *protocol.SignalAddress, *identity.Key) (bool, error) {
	return true, nil
}

func (s *signalStore) LoadPreKey(_ context.Context, id uint32) (*record.PreKey, error) {
	return s.preKeys[id], nil
}

func (s *signalStore) StorePreKey(_ context.Context, id uint32, key *record.PreKey) error {
	s.preKeys[id] = key
	return nil
}

func (s *signalStore) ContainsPreKey(_ context.Context, id uint32) (bool, error) {
	_, ok := s.preKeys[id]
	return ok, nil
}

func (s *signalStore) RemovePreKey(_ context.Context, id uint32) error {
	delete(s.preKeys, id)
	return nil
}

func (s *signalStore) LoadSession(_ context.Context, addr *protocol.SignalAddress) (*record.Session, error) {
	if r, ok := s.sessions[addr.String()]; ok {
		return r, nil
	}
	return record.NewSession(s.serializer.Session, s.serializer.State), nil
}

func (s *signalStore) GetSubDeviceSessions(context.Context, string) ([]uint32, error) {
	return nil, nil
}

func (s *signalStore) StoreSession(_ context.Context, addr *protocol.SignalAddress, r *record.Session) error {
	s.sessions[addr.String()] = r
	return nil
}

func (s *signalStore) ContainsSession(_ context.Context, addr *protocol.SignalAddress) (bool, error) {
	_, ok := s.sessions[addr.String()]
	return ok, nil
}

func (s *signalStore) DeleteSession(_ context.Context, addr *protocol.SignalAddress) error {
	delete(s.sessions, addr.String())
	return nil
}

func (s *signalStore) DeleteAllSessions(context.Context) error {
	clear(s.sessions)
	return nil
}

func (s *signalStore) LoadSignedPreKey(_ context.Context, id uint32) (*record.SignedPreKey, error) {
	return s.signedPreKeys[id], nil
}

func (s *signalStore) LoadSignedPreKeys(context.Context) ([]*record.SignedPreKey, error) {
	list := make([]*record.SignedPreKey, 0, len(s.signedPreKeys))
	for _, key := range s.signedPreKeys {
		list = append(list, key)
	}
	return list, nil
}

func (s *signalStore) StoreSignedPreKey(_ context.Context, id uint32, key *record.SignedPreKey) error {
	s.signedPreKeys[id] = key
	return nil
}

func (s *signalStore) ContainsSignedPreKey(_ context.Context, id uint32) (bool, error) {
	_, ok := s.signedPreKeys[id]
	return ok, nil
}

func (s *signalStore) RemoveSignedPreKey(_ context.Context, id uint32) error {
	delete(s.signedPreKeys, id)
	return nil
}

// Groups are not simulated; the interface wants the two methods.
func (s *signalStore) StoreSenderKey(context.Context, *protocol.SenderKeyName, *groupRecord.SenderKey) error {
	return nil
}

func (s *signalStore) LoadSenderKey(context.Context, *protocol.SenderKeyName) (*groupRecord.SenderKey, error) {
	return nil, nil
}

// silentLogger keeps libsignal from printing to the terminal.
type silentLogger struct{}

func (silentLogger) Debug(_, _ string)      {}
func (silentLogger) Info(_, _ string)       {}
func (silentLogger) Warning(_, _ string)    {}
func (silentLogger) Error(_, _ string)      {}
func (silentLogger) Configure(_ string)     {}
func (silentLogger) SetNamespaces(_ string) {}

// quietSignalLogger sets libsignal's process-wide logger once, before any handshake: libsignal itself sets it without synchronisation at first use.
func quietSignalLogger() { setSignalLogger() }

var setSignalLogger = sync.OnceFunc(func() {
	var l logger.Loggable = silentLogger{}
	logger.Setup(&l)
})
