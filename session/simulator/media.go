package simulator

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/util/cbcutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"
)

// What the media host holds at most. When it is full the oldest go, and are answered 404, as WhatsApp does after some weeks.
const (
	maxBlob      = 32 << 20
	maxBlobBytes = 128 << 20
	mediaTime    = 60 * time.Second // for one up- or download
)

// mediaHost is where encrypted media lie: it sees neither keys nor contents. Guarded by Server.mu.
type mediaHost struct {
	auth  string            // what uploads must show
	blobs map[string][]byte // by path
	order []string          // oldest first
	bytes int
}

func newMediaHost() mediaHost {
	return mediaHost{auth: randomHex(), blobs: map[string][]byte{}}
}

func randomHex() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}

// put keeps a blob and returns its direct path. Clients append to its query, so it always has one.
func (h *mediaHost) put(kind string, blob []byte) (directPath string) {
	id := randomHex()
	path := "/v/" + kind + "/" + id
	h.blobs[path] = blob
	h.order = append(h.order, path)
	h.bytes += len(blob)
	for h.bytes > maxBlobBytes {
		oldest := h.order[0]
		h.order = h.order[1:]
		h.bytes -= len(h.blobs[oldest])
		delete(h.blobs, oldest)
	}
	return path + "?oh=" + id
}

// has says whether what lies at a direct path is still there.
func (h *mediaHost) has(directPath string) bool {
	path, _, _ := strings.Cut(directPath, "?")
	_, ok := h.blobs[path]
	return ok
}

// mediaConn tells a client where media go and come from. It is told again every time it asks.
func (s *Server) mediaConn() waBinary.Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	return waBinary.Node{
		Tag: "media_conn",
		Attrs: waBinary.Attrs{
			"auth": s.media.auth, "ttl": "300", "auth_ttl": "21600", "max_buckets": "12", "is_new": "1", "max_auto_download_retry": "5", "max_manual_retry": "3",
		},
		Content: []waBinary.Node{{Tag: "host", Attrs: waBinary.Attrs{"hostname": s.addr, "type": "primary"}}},
	}
}

// isMedia says whether a path is the media host's and not the WebSocket's.
func isMedia(path string) bool {
	return strings.HasPrefix(path, "/mms/") || strings.HasPrefix(path, "/v/")
}

// serveMedia takes uploads and serves downloads.
func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	deadline := time.Now().Add(mediaTime)
	_ = rc.SetReadDeadline(deadline) // who cannot set it has none to set
	_ = rc.SetWriteDeadline(deadline)
	if status := s.strikeMedia(); status != 0 {
		http.Error(w, http.StatusText(status), status)
		return
	}
	switch {
	case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/mms/"):
		s.takeUpload(w, r)
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/v/"):
		s.serveDownload(w, r)
	default:
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	}
}

// takeUpload keeps what a client uploads. The token is the hash of what comes.
func (s *Server) takeUpload(w http.ResponseWriter, r *http.Request) {
	kind, token, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/mms/"), "/")
	s.mu.Lock()
	auth := s.media.auth
	s.mu.Unlock()
	if !ok || kind == "" || strings.Contains(token, "/") {
		http.NotFound(w, r)
		return
	}
	if r.URL.Query().Get("auth") != auth {
		http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		return
	}
	blob, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBlob))
	if err != nil {
		http.Error(w, http.StatusText(http.StatusRequestEntityTooLarge), http.StatusRequestEntityTooLarge)
		return
	}
	if sum := sha256.Sum256(blob); token != base64.URLEncoding.EncodeToString(sum[:]) {
		http.Error(w, "the token is not the hash of the upload", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	path := s.media.put(kind, blob)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"url": "https://" + s.addr + path, "direct_path": path})
}

func (s *Server) serveDownload(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	blob, ok := s.media.blobs[r.URL.Path]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(blob))
}

// sealed is a file as it is uploaded, and what a message says of it.
type sealed struct {
	blob, key, hash, encHash []byte
	size                     uint64
}

// seal encrypts a file as clients do before an upload. Purpose is what the keys are derived for.
func seal(plain []byte, purpose string) (sealed, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	derived := hkdfutil.SHA256(key, nil, []byte(purpose), 112)
	iv, cipherKey, macKey := derived[:16], derived[16:48], derived[48:80]
	blob, err := cbcutil.Encrypt(cipherKey, iv, bytes.Clone(plain)) // it appends to what it gets
	if err != nil {
		return sealed{}, fmt.Errorf("encrypt media: %w", err)
	}
	mac := hmac.New(sha256.New, macKey)
	mac.Write(iv)
	mac.Write(blob)
	blob = append(blob, mac.Sum(nil)[:10]...)
	hash, encHash := sha256.Sum256(plain), sha256.Sum256(blob)
	return sealed{blob: blob, key: key, hash: hash[:], encHash: encHash[:], size: uint64(len(plain))}, nil
}
