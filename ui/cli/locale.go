package cli

import (
	"runtime"
	"strings"
)

// localeIsUTF8 says whether the terminal's characters are UTF-8: the first of these variables that is set says so. Windows' consoles are in any case, and
// where none is set, most terminals are.
func localeIsUTF8(getenv func(string) string) bool {
	if runtime.GOOS == "windows" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(getenv(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return true
}
