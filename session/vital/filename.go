package vital

import (
	"path/filepath"
	"regexp"
	"strings"
)

// maxIDInName bounds what of a message's ID is in a file's name.
const maxIDInName = 64

// FileName is a name for media in a folder. It has nothing of the sender's choice but the letters of the ID, and of a document what kind of file it is said to
// be.
func (m Media) FileName() string {
	notInName := regexp.MustCompile(`[^0-9A-Za-z-]+`)
	id := notInName.ReplaceAllString(m.MessageID, "_")
	return notInName.ReplaceAllString(m.Kind, "_") + "-" + id[:min(len(id), maxIDInName)] + m.extension(notInName)
}

func (m Media) extension(notInName *regexp.Regexp) string {
	kind, _, _ := strings.Cut(strings.ToLower(m.MIME), ";")
	known := map[string]string{
		"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif",
		"video/mp4": ".mp4", "video/3gpp": ".3gp", "video/quicktime": ".mov",
		"audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/aac": ".aac", "audio/amr": ".amr", "audio/wav": ".wav",
		"application/pdf": ".pdf", "application/zip": ".zip", "text/plain": ".txt", "text/csv": ".csv", "text/vcard": ".vcf",
	}
	if ext, ok := known[strings.TrimSpace(kind)]; ok {
		return ext
	}
	if ext := strings.ToLower(filepath.Ext(m.Name)); len(ext) > 1 && len(ext) <= 8 && !notInName.MatchString(ext[1:]) {
		return ext
	}
	return ".bin"
}
