package vital

import "testing"

func TestNumbersInTexts(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"send to +6281260268381":       "send to +62…81",
		"6281260268381@s.whatsapp.net": "62…81@s.whatsapp.net",
		"code 515, 123456 of 1234567":  "code 515, 123456 of 12…67",
	} {
		if got := ShortNumbers(text); got != want || ShortNumbers(got) != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"a\tb\nc\r\u00a0d": "a b c  d", "\x1b[31mred\x00\u202e": "[31mred", "👩\u200d🔧": "👩\u200d🔧", "bad \xff": "bad �",
	} {
		if got := OneLine(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
