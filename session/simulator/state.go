package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.mau.fi/whatsmeow/util/keys"
)

// savedState is what the state file holds: a server that forgets its devices answers 401, and clients then delete their credentials.
type savedState struct {
	Version  int            `json:"version"`
	RootKey  []byte         `json:"root_key"` // private
	Accounts []savedAccount `json:"accounts"`
}

type savedAccount struct {
	Phone    string        `json:"phone"`
	PushName string        `json:"push_name"`
	Identity []byte        `json:"identity"` // private
	NextID   uint16        `json:"next_id"`
	Devices  []savedDevice `json:"devices"`

	State map[string][][]byte `json:"state,omitempty"` // patches by collection
}

type savedDevice struct {
	ID             uint16    `json:"id"`
	NoiseKey       []byte    `json:"noise_key"`
	IdentityKey    []byte    `json:"identity_key"`
	RegistrationID uint32    `json:"registration_id"`
	SignedPreKey   preKey    `json:"signed_prekey"`
	PreKeys        []preKey  `json:"prekeys"`
	Platform       string    `json:"platform"`
	Linked         time.Time `json:"linked"`
}

const stateVersion = 1

// saveState writes the state file, if there is to be one, so that it is whole at every moment.
func (s *Server) saveState() error {
	if s.stateFile == "" {
		return nil
	}
	s.mu.Lock()
	state := savedState{Version: stateVersion, RootKey: s.authority.root.Priv[:]}
	for _, a := range s.accounts {
		saved := savedAccount{Phone: a.phone, PushName: a.pushName, Identity: a.identity.Priv[:], NextID: a.nextID, State: a.state.saved()}
		for _, id := range a.deviceIDs() {
			d := a.devices[id]
			saved.Devices = append(saved.Devices, savedDevice{
				ID: d.id, NoiseKey: d.noiseKey[:], IdentityKey: d.identityKey[:], RegistrationID: d.registrationID,
				SignedPreKey: d.signedPreKey, PreKeys: d.preKeys, Platform: d.platform, Linked: d.linked,
			})
		}
		state.Accounts = append(state.Accounts, saved)
	}
	data, err := json.Marshal(state)
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encode the state: %w", err)
	}
	return writeWhole(s.stateFile, data)
}

// writeWhole replaces a file in one step. The file is the owner's alone: it holds private keys.
func writeWhole(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("write the state: %w", err)
	}
	return nil
}

// loadState reads the state file, if there is one.
func (s *Server) loadState() error {
	if s.stateFile == "" {
		return nil
	}
	data, err := os.ReadFile(s.stateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStateUnreadable, err)
	}
	var state savedState
	if err := json.Unmarshal(data, &state); err != nil {
		return fmt.Errorf("%w: %w", ErrStateUnreadable, err)
	}
	if state.Version != stateVersion || len(state.RootKey) != 32 {
		return fmt.Errorf("%w: version %d", ErrStateUnreadable, state.Version)
	}
	s.authority = newAuthority(keys.NewKeyPairFromPrivateKey([32]byte(state.RootKey)))
	for _, saved := range state.Accounts {
		if err := s.restore(saved); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) restore(saved savedAccount) error {
	if len(saved.Identity) != 32 {
		return fmt.Errorf("%w: identity of %d bytes", ErrStateUnreadable, len(saved.Identity))
	}
	s.personas[saved.Phone] = newPersona(saved.Phone, keys.NewKeyPairFromPrivateKey([32]byte(saved.Identity)))
	a := s.emptyAccount(saved.Phone)
	s.accounts[saved.Phone] = a
	a.pushName, a.nextID = saved.PushName, saved.NextID
	if err := a.state.restore(saved.State); err != nil {
		return err
	}
	for _, d := range saved.Devices {
		if len(d.NoiseKey) != 32 || len(d.IdentityKey) != 32 {
			return fmt.Errorf("%w: device keys", ErrStateUnreadable)
		}
		a.devices[d.ID] = &device{
			account: a, id: d.ID, noiseKey: [32]byte(d.NoiseKey), identityKey: [32]byte(d.IdentityKey), registrationID: d.RegistrationID,
			signedPreKey: d.SignedPreKey, preKeys: d.PreKeys, platform: d.Platform, linked: d.Linked,
		}
	}
	return nil
}
