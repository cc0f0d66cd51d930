package simulator

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// Media is a file that somebody sends to a session.
type Media struct {
	Kind string `json:"kind"`           // image, video, audio, document, sticker
	MIME string `json:"mime,omitempty"` // "" for what is usual for the kind
	Name string `json:"name,omitempty"` // of a document
	Size int    `json:"size,omitempty"` // of random contents; 0 for 64 KiB
	Data []byte `json:"data,omitempty"` // the contents, instead of random ones
}

const usualSize = 64 << 10

// mediaKind is what the protocol has for a kind of file.
type mediaKind struct {
	mime, purpose, upload string
}

func mediaKinds() map[string]mediaKind {
	return map[string]mediaKind{
		"image":    {"image/jpeg", "WhatsApp Image Keys", "image"},
		"video":    {"video/mp4", "WhatsApp Video Keys", "video"},
		"audio":    {"audio/ogg; codecs=opus", "WhatsApp Audio Keys", "audio"},
		"document": {"application/octet-stream", "WhatsApp Document Keys", "document"},
		"sticker":  {"image/webp", "WhatsApp Image Keys", "image"},
	}
}

// Say lets a phone write to the devices of a session: a contact's, or the account's own primary phone. It returns the message's id.
func (s *Server) Say(session, from, text string) (string, error) {
	return s.say(session, from, text, &waE2E.Message{Conversation: proto.String(text)}, "text")
}

// SayMedia lets a phone send a file to the devices of a session, with a text beside it where the kind has one. It returns the message's id.
func (s *Server) SayMedia(session, from, text string, m Media) (string, error) {
	kind, ok := mediaKinds()[m.Kind]
	if !ok {
		return "", fmt.Errorf("%w: image, video, audio, document or sticker, not %q", ErrBadMedia, m.Kind)
	}
	if m.Data == nil {
		if m.Size == 0 {
			m.Size = usualSize
		}
		if m.Size < 0 || m.Size > maxBlob/2 {
			return "", fmt.Errorf("%w: %d bytes, and it may have %d", ErrBadMedia, m.Size, maxBlob/2)
		}
		m.Data = make([]byte, m.Size)
		_, _ = rand.Read(m.Data)
	}
	if m.MIME == "" {
		m.MIME = kind.mime
	}
	if _, err := s.devicesOf(session); err != nil {
		return "", err
	}
	file, err := seal(m.Data, kind.purpose)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	path := s.media.put(kind.upload, file.blob)
	s.mu.Unlock()
	return s.say(session, from, text, mediaMessage(m, file, path, text), "media")
}

func mediaMessage(m Media, file sealed, path, text string) *waE2E.Message {
	now := proto.Int64(time.Now().Unix())
	var caption *string
	if text != "" {
		caption = &text
	}
	switch m.Kind {
	case "image":
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
			Mimetype: &m.MIME, Caption: caption, FileSHA256: file.hash, FileLength: &file.size, MediaKey: file.key, FileEncSHA256: file.encHash,
			DirectPath: &path, MediaKeyTimestamp: now,
		}}
	case "video":
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{
			Mimetype: &m.MIME, Caption: caption, FileSHA256: file.hash, FileLength: &file.size, MediaKey: file.key, FileEncSHA256: file.encHash,
			DirectPath: &path, MediaKeyTimestamp: now,
		}}
	case "audio":
		return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{
			Mimetype: &m.MIME, FileSHA256: file.hash, FileLength: &file.size, MediaKey: file.key, FileEncSHA256: file.encHash,
			DirectPath: &path, MediaKeyTimestamp: now,
		}}
	case "document":
		return &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{
			Mimetype: &m.MIME, FileName: &m.Name, Caption: caption, FileSHA256: file.hash, FileLength: &file.size, MediaKey: file.key,
			FileEncSHA256: file.encHash, DirectPath: &path, MediaKeyTimestamp: now,
		}}
	default:
		return &waE2E.Message{StickerMessage: &waE2E.StickerMessage{
			Mimetype: &m.MIME, FileSHA256: file.hash, FileLength: &file.size, MediaKey: file.key, FileEncSHA256: file.encHash,
			DirectPath: &path, MediaKeyTimestamp: now,
		}}
	}
}

func (s *Server) say(session, from, text string, msg *waE2E.Message, kind string) (string, error) {
	digits, err := normalizePhone(from)
	if err != nil {
		return "", err
	}
	devices, err := s.devicesOf(session)
	if err != nil {
		return "", err
	}
	id := s.nextID("3EB0")
	for _, d := range devices {
		s.mu.Lock()
		node, err := s.personaOf(digits).message(d, id, kind, msg)
		if err == nil {
			s.remember(Message{Time: time.Now(), ID: id, From: "+" + digits, To: "+" + d.account.phone, Text: text})
		}
		s.mu.Unlock()
		if err != nil {
			return "", err
		}
		s.deliver(d, node)
	}
	return id, nil
}

// Read lets the account's own phone read a message that a contact has sent it, which its linked devices are told.
func (s *Server) Read(session, contact, id string) error {
	digits, err := normalizePhone(contact)
	if err != nil {
		return err
	}
	devices, err := s.devicesOf(session)
	if err != nil {
		return err
	}
	for _, d := range devices {
		s.deliver(d, waBinary.Node{Tag: "receipt", Attrs: waBinary.Attrs{
			"from": types.NewJID(d.account.phone, types.DefaultUserServer), "recipient": types.NewJID(digits, types.DefaultUserServer),
			"id": id, "type": "read-self", "t": time.Now().Unix(),
		}})
	}
	return nil
}

// message is the stanza with which the phone writes to a linked device, its own account's or a stranger's. The caller holds Server.mu.
func (p *persona) message(d *device, id, kind string, msg *waE2E.Message) (waBinary.Node, error) {
	attrs := waBinary.Attrs{
		"from": types.NewJID(p.phone, types.DefaultUserServer), "id": id, "type": kind, "t": time.Now().Unix(), "notify": "Contact " + p.phone[len(p.phone)-2:],
		"sender_lid": types.NewJID(lidUser(p.phone), types.HiddenUserServer),
	}
	if p.phone == d.account.phone {
		self := types.NewJID(p.phone, types.DefaultUserServer)
		attrs["notify"] = d.account.pushName
		attrs["recipient"] = self
		msg = &waE2E.Message{DeviceSentMessage: &waE2E.DeviceSentMessage{DestinationJID: proto.String(self.String()), Message: msg}}
	}
	enc, err := p.encrypt(context.Background(), d, msg)
	if err != nil {
		return waBinary.Node{}, err
	}
	return waBinary.Node{Tag: "message", Attrs: attrs, Content: []waBinary.Node{enc}}, nil
}
