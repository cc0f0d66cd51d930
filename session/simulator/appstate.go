package simulator

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/appstate/lthash"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waServerSync"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/util/keys"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
)

// What an account's app state may grow to, and how it is told.
const (
	maxPatches      = 2000  // of a collection
	maxRecords      = 10000 // of a collection
	patchesAtATime  = 50
	snapshotRecords = 100 // from so many on, who begins anew gets a snapshot instead of all patches
	macLength       = 32
)

// appState is what a phone keeps in step on all its devices: address book, push name, settings. The server has it encrypted; the
// phone, which is simulated too, has the key. Guarded by Server.mu.
type appState struct {
	store.AppStateSyncKeyStore // nil: of a key store the encoder needs only what is defined here

	keyID, key  []byte
	collections map[appstate.WAPatchName]*collection
}

// collection is one part of the state: what was changed, in order, and what holds now.
type collection struct {
	store.AppStateStore // nil, as above

	name    appstate.WAPatchName
	version uint64
	hash    [128]byte
	mac     []byte // over all of it at this version
	records map[string]*waServerSync.SyncdRecord
	order   []string
	patches [][]byte // the one that made version 1 first

	snapshot        []byte // the reference to the one last made
	snapshotPath    string
	snapshotVersion uint64
}

// newAppState makes the state of an account in which nothing has happened. Its key follows from the account's own, so that it need not be kept.
func newAppState(id *keys.KeyPair) *appState {
	key := sha256.Sum256(append([]byte("app state "), id.Priv[:]...))
	keyID := sha256.Sum256(id.Pub[:])
	st := &appState{keyID: keyID[:6], key: key[:], collections: map[appstate.WAPatchName]*collection{}}
	for _, name := range appstate.AllPatchNames {
		st.collections[name] = &collection{name: name, records: map[string]*waServerSync.SyncdRecord{}}
	}
	return st
}

// GetAppStateSyncKey is for the encoder.
func (st *appState) GetAppStateSyncKey(context.Context, []byte) (*store.AppStateSyncKey, error) {
	return &store.AppStateSyncKey{Data: st.key}, nil
}

// GetAppStateMutationMAC is for the encoder: what a record is replaced from.
func (c *collection) GetAppStateMutationMAC(_ context.Context, _ string, indexMAC []byte) ([]byte, error) {
	if old, ok := c.records[string(indexMAC)]; ok {
		return valueMAC(old), nil
	}
	return nil, nil
}

func valueMAC(r *waServerSync.SyncdRecord) []byte {
	blob := r.GetValue().GetBlob()
	return blob[len(blob)-macLength:]
}

// change encrypts changes of the phone's own as the next patch of a collection.
func (st *appState) change(name appstate.WAPatchName, mutations []appstate.MutationInfo) error {
	c := st.collections[name]
	encoder := appstate.NewProcessor(&store.Device{AppState: c, AppStateKeys: st}, waLog.Noop)
	patch, err := encoder.EncodePatch(context.Background(), st.keyID, appstate.HashState{Version: c.version, Hash: c.hash},
		appstate.PatchInfo{Type: name, Timestamp: time.Now(), Mutations: mutations})
	if err != nil {
		return fmt.Errorf("encode a change of %s: %w", name, err)
	}
	return c.apply(patch)
}

// apply makes a patch, the phone's or a linked device's, the next version. Nothing of one that cannot be used stays.
func (c *collection) apply(raw []byte) error {
	var patch waServerSync.SyncdPatch
	if err := proto.Unmarshal(raw, &patch); err != nil {
		return fmt.Errorf("%w: %w", errBadPatch, err)
	}
	if len(c.patches) >= maxPatches || len(c.records)+len(patch.GetMutations()) > maxRecords {
		return ErrTooMuchState
	}
	for _, m := range patch.GetMutations() {
		if len(m.GetRecord().GetIndex().GetBlob()) != macLength || len(m.GetRecord().GetValue().GetBlob()) <= macLength {
			return errBadPatch
		}
	}
	var added, removed [][]byte
	for _, m := range patch.GetMutations() {
		index := string(m.GetRecord().GetIndex().GetBlob())
		if old, ok := c.records[index]; ok {
			removed = append(removed, valueMAC(old))
			c.order = slices.DeleteFunc(c.order, func(at string) bool { return at == index })
			delete(c.records, index)
		}
		if m.GetOperation() == waServerSync.SyncdMutation_SET {
			added = append(added, valueMAC(m.GetRecord()))
			c.records[index], c.order = m.GetRecord(), append(c.order, index)
		}
	}
	lthash.WAPatchIntegrity.SubtractThenAddInPlace(c.hash[:], removed, added)
	c.version++
	c.mac = patch.GetSnapshotMAC()
	patch.Version = &waServerSync.SyncdVersion{Version: proto.Uint64(c.version)}
	numbered, err := proto.Marshal(&patch)
	if err != nil {
		return fmt.Errorf("encode a patch: %w", err)
	}
	c.patches = append(c.patches, numbered)
	return nil
}

// handleAppState answers a client that wants to know what is new, or tells what it has changed itself.
func (c *conn) handleAppState(id string, node *waBinary.Node) {
	s := c.server
	var collections []waBinary.Node
	changed := map[appstate.WAPatchName]bool{}
	sync := node.GetChildByTag("sync")
	s.mu.Lock()
	st := c.device.account.state
	for _, asked := range sync.GetChildrenByTag("collection") {
		name, _ := asked.Attrs["name"].(string)
		known, ok := st.collections[appstate.WAPatchName(name)]
		if !ok {
			collections = append(collections, collectionError(name, 400))
			continue
		}
		if patch, ok := asked.GetOptionalChildByTag("patch"); ok {
			collections = append(collections, known.takePatch(asked, patch))
			changed[known.name] = true
			continue
		}
		collections = append(collections, s.collectionAnswer(known, asked))
	}
	s.mu.Unlock()
	if len(changed) > 0 {
		if err := s.saveState(); err != nil {
			c.answer(errorIQ(id, 500, "internal-server-error", 0))
			return
		}
	}
	c.answer(serverIQ(id, "result", waBinary.Node{Tag: "sync", Content: collections}))
	for name := range changed {
		s.announceState(c.device.account, name, c.device)
	}
}

func collectionError(name string, code int) waBinary.Node {
	return waBinary.Node{
		Tag: "collection", Attrs: waBinary.Attrs{"name": name, "type": "error"},
		Content: []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": strconv.Itoa(code), "text": errorText(code)}}},
	}
}

// takePatch takes a linked device's change, if it was made to what holds now. The caller holds Server.mu.
func (c *collection) takePatch(asked, patch waBinary.Node) waBinary.Node {
	if versionAttr(asked) != c.version {
		return collectionError(string(c.name), 409)
	}
	raw, _ := patch.Content.([]byte)
	if err := c.apply(raw); err != nil {
		return collectionError(string(c.name), 400)
	}
	return waBinary.Node{Tag: "collection", Attrs: waBinary.Attrs{"name": string(c.name), "version": strconv.FormatUint(c.version, 10)}}
}

func versionAttr(node waBinary.Node) uint64 {
	text, _ := node.Attrs["version"].(string)
	version, _ := strconv.ParseUint(text, 10, 64) // without one a client begins anew
	return version
}

// collectionAnswer is what a client that stands at a version needs. The caller holds Server.mu.
func (s *Server) collectionAnswer(c *collection, asked waBinary.Node) waBinary.Node {
	from := versionAttr(asked)
	answer := waBinary.Node{Tag: "collection", Attrs: waBinary.Attrs{
		"name": string(c.name), "version": strconv.FormatUint(max(from, c.version), 10), "has_more_patches": "false",
	}}
	if asked.Attrs["return_snapshot"] == "true" && len(c.records) >= snapshotRecords {
		if ref, err := s.snapshotOf(c); err == nil {
			answer.Content = []waBinary.Node{{Tag: "snapshot", Content: ref}}
			return answer
		}
	}
	if from >= c.version {
		return answer
	}
	until := min(from+patchesAtATime, c.version)
	var patches []waBinary.Node
	for _, patch := range c.patches[from:until] {
		patches = append(patches, waBinary.Node{Tag: "patch", Content: patch})
	}
	answer.Content = []waBinary.Node{{Tag: "patches", Content: patches}}
	answer.Attrs["has_more_patches"] = strconv.FormatBool(until < c.version)
	return answer
}

// snapshotOf refers to all of a collection as it is now, which lies with the media. The caller holds Server.mu.
func (s *Server) snapshotOf(c *collection) ([]byte, error) {
	if c.snapshotVersion == c.version && s.media.has(c.snapshotPath) {
		return c.snapshot, nil
	}
	all := &waServerSync.SyncdSnapshot{
		Version: &waServerSync.SyncdVersion{Version: proto.Uint64(c.version)}, Mac: c.mac,
	}
	for _, index := range c.order {
		all.Records = append(all.Records, c.records[index])
		all.KeyID = c.records[index].GetKeyID()
	}
	plain, err := proto.Marshal(all)
	if err != nil {
		return nil, err
	}
	file, err := seal(plain, "WhatsApp App State Keys")
	if err != nil {
		return nil, err
	}
	path := s.media.put("md-app-state", file.blob)
	ref, err := proto.Marshal(&waServerSync.ExternalBlobReference{
		MediaKey: file.key, DirectPath: &path, Handle: proto.String(path), FileSizeBytes: &file.size, FileSHA256: file.hash, FileEncSHA256: file.encHash,
	})
	if err != nil {
		return nil, err
	}
	c.snapshot, c.snapshotPath, c.snapshotVersion = ref, path, c.version
	return ref, nil
}

// announceState tells the devices of an account that are online, but the one that did it, that something has changed.
func (s *Server) announceState(a *account, name appstate.WAPatchName, except *device) {
	s.mu.Lock()
	version := a.state.collections[name].version
	var online []*conn
	for _, id := range a.deviceIDs() {
		if d := a.devices[id]; d != except && d.conn != nil && d.active {
			online = append(online, d.conn)
		}
	}
	s.mu.Unlock()
	for _, c := range online {
		c.answer(waBinary.Node{
			Tag:   "notification",
			Attrs: waBinary.Attrs{"from": a.pn(0), "type": "server_sync", "id": s.nextID("sync-"), "t": time.Now().Unix()},
			Content: []waBinary.Node{{
				Tag: "collection", Attrs: waBinary.Attrs{"name": string(name), "version": strconv.FormatUint(version, 10)},
			}},
		})
	}
}

// saved is what of the state outlives a restart.
func (st *appState) saved() map[string][][]byte {
	patches := map[string][][]byte{}
	for name, c := range st.collections {
		if len(c.patches) > 0 {
			patches[string(name)] = c.patches
		}
	}
	return patches
}

// restore plays saved patches again.
func (st *appState) restore(patches map[string][][]byte) error {
	for name, list := range patches {
		c, ok := st.collections[appstate.WAPatchName(name)]
		if !ok {
			return fmt.Errorf("%w: a collection %q", ErrStateUnreadable, name)
		}
		for _, patch := range list {
			if err := c.apply(patch); err != nil {
				return fmt.Errorf("%w: %w", ErrStateUnreadable, err)
			}
		}
	}
	return nil
}

// fingerprint is told beside a key: of no use here, but clients keep it.
func (st *appState) fingerprint() uint32 { return binary.BigEndian.Uint32(st.keyID) }
