package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

// mediaOf finds media that can be downloaded in a message. What is to be seen only once is left to the phone.
func mediaOf(evt *events.Message, now time.Time) (vital.Media, bool) {
	if evt.IsViewOnce || evt.Message == nil {
		return vital.Media{}, false
	}
	m := vital.Media{MessageID: named(evt.Info.ID), At: timeOr(evt.Info.Timestamp, now)}
	msg := evt.Message
	var file whatsmeow.DownloadableMessage
	switch {
	case msg.ImageMessage != nil:
		file, m.Kind = msg.ImageMessage, "image"
		m.MIME, m.Size = msg.ImageMessage.GetMimetype(), msg.ImageMessage.GetFileLength()
	case msg.VideoMessage != nil:
		file, m.Kind = msg.VideoMessage, "video"
		m.MIME, m.Size = msg.VideoMessage.GetMimetype(), msg.VideoMessage.GetFileLength()
	case msg.AudioMessage != nil:
		file, m.Kind = msg.AudioMessage, "audio"
		m.MIME, m.Size = msg.AudioMessage.GetMimetype(), msg.AudioMessage.GetFileLength()
	case msg.DocumentMessage != nil:
		file, m.Kind = msg.DocumentMessage, "document"
		m.MIME, m.Size, m.Name = msg.DocumentMessage.GetMimetype(), msg.DocumentMessage.GetFileLength(), named(msg.DocumentMessage.GetFileName())
	case msg.StickerMessage != nil:
		file, m.Kind = msg.StickerMessage, "sticker"
		m.MIME, m.Size = msg.StickerMessage.GetMimetype(), msg.StickerMessage.GetFileLength()
	default:
		return vital.Media{}, false
	}
	m.MIME = named(m.MIME)
	m.DirectPath, m.Key = file.GetDirectPath(), file.GetMediaKey()
	m.FileSHA256, m.FileEncSHA256 = file.GetFileSHA256(), file.GetFileEncSHA256()
	return m, downloadable(m)
}

// downloadable says whether it is known where media are and how to read and verify them.
func downloadable(m vital.Media) bool {
	return m.MessageID != "" && len(m.DirectPath) > 1 && m.DirectPath[0] == '/' && len(m.Key) == 32 && len(m.FileSHA256) == 32 && len(m.FileEncSHA256) == 32
}

// mediaType is what the keys of a kind are derived for.
func mediaType(kind string) whatsmeow.MediaType {
	switch kind {
	case "image", "sticker":
		return whatsmeow.MediaImage
	case "video":
		return whatsmeow.MediaVideo
	case "audio":
		return whatsmeow.MediaAudio
	case "document":
		return whatsmeow.MediaDocument
	default:
		return ""
	}
}

// Download implements session.Connection. The media go through a temporary file, so that none is too large for the memory, and nothing reaches w before
// both hashes were verified. One 503 of the host is tried again by whatsmeow, after a second.
func (c *connection) Download(ctx context.Context, m vital.Media, w io.Writer) error {
	if !c.loggedIn.Load() {
		return fmt.Errorf("download: %w", session.ErrNotConnected)
	}
	kind := mediaType(m.Kind)
	if kind == "" || !downloadable(m) {
		return fmt.Errorf("download: %w", session.ErrNoMedia)
	}
	var desk handover
	err := c.ask(ctx, "download", func(ctx context.Context) error {
		file, err := c.fetch(ctx, m, kind)
		if err == nil && !desk.give(file) {
			file.discard()
		}
		return err
	})
	file := desk.take()
	if file != nil {
		defer file.discard()
	}
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	if _, err := io.Copy(w, file); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	return nil
}

// fetch downloads into a new file, decrypts and verifies.
func (c *connection) fetch(ctx context.Context, m vital.Media, kind whatsmeow.MediaType) (*spool, error) {
	file, err := newSpool()
	if err != nil {
		return nil, err
	}
	var host hostAnswer
	ctx = context.WithValue(ctx, hostAnswerKey{}, &host)
	err = c.client.DownloadMediaWithPathToFile(ctx, m.DirectPath, m.FileEncSHA256, m.FileSHA256, m.Key, kind, "", false, file)
	switch {
	case err == nil && !file.used: // without a host whatsmeow is content with nothing
		err = errNoHost
	case errors.Is(err, whatsmeow.ErrInvalidMediaHMAC) && host.failure() != nil: // after its last try whatsmeow goes on with an empty file
		err = host.failure()
	}
	if err != nil {
		file.discard()
		return nil, err
	}
	return file, nil
}

// handover passes a file from the goroutine that fills it to the one that waits, who may have gone meanwhile.
type handover struct {
	mu   sync.Mutex
	file *spool
	gone bool
}

// give is refused when nobody waits any more.
func (h *handover) give(f *spool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gone {
		return false
	}
	h.file = f
	return true
}

// take ends the waiting, with or without a file.
func (h *handover) take() *spool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gone = true
	return h.file
}

// What can be wrong with a download besides what the host says.
var (
	errTooLarge = errors.New("more came than media on WhatsApp can have")
	errNoHost   = errors.New("the server names no media host")
)

// largestMedia is more than the most that WhatsApp takes, encryption included.
const largestMedia = 2<<30 + 64

// spool is a temporary file with a limit. Its methods are those of a file, but not all of them, so that nothing goes round the limit.
type spool struct {
	file *os.File
	at   int64 // where the next Write goes
	used bool  // something was written
}

var _ whatsmeow.File = (*spool)(nil)

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "wapulse-media-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name()) // where that can be done while it is open, nothing is left behind whatever happens
	return &spool{file: f}, nil
}

func (s *spool) discard() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}

func (s *spool) Write(p []byte) (int, error) {
	if s.at+int64(len(p)) > largestMedia {
		return 0, errTooLarge
	}
	s.used = true
	n, err := s.file.Write(p)
	s.at += int64(n)
	return n, err
}

func (s *spool) WriteAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > largestMedia {
		return 0, errTooLarge
	}
	return s.file.WriteAt(p, off)
}

func (s *spool) Seek(offset int64, whence int) (int64, error) {
	at, err := s.file.Seek(offset, whence)
	if err == nil {
		s.at = at
	}
	return at, err
}

func (s *spool) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	s.at += int64(n)
	return n, err
}

func (s *spool) ReadAt(p []byte, off int64) (int, error) { return s.file.ReadAt(p, off) }
func (s *spool) Truncate(size int64) error               { return s.file.Truncate(size) }
func (s *spool) Stat() (os.FileInfo, error)              { return s.file.Stat() }
