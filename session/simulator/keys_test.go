package simulator_test

import (
	"context"
	"sync"

	"go.mau.fi/whatsmeow/store"
)

// forgetfulKeys is a client's key store that has lost what was in it, and keeps what comes new.
type forgetfulKeys struct {
	store.AppStateSyncKeyStore

	mu  sync.Mutex
	new bool
}

func (k *forgetfulKeys) PutAppStateSyncKey(ctx context.Context, id []byte, key store.AppStateSyncKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.new = true
	return k.AppStateSyncKeyStore.PutAppStateSyncKey(ctx, id, key)
}

func (k *forgetfulKeys) GetAppStateSyncKey(ctx context.Context, id []byte) (*store.AppStateSyncKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.new {
		return nil, nil
	}
	return k.AppStateSyncKeyStore.GetAppStateSyncKey(ctx, id)
}
