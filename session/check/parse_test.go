package check

import (
	"regexp"
	"strings"
	"testing"
)

// Numbers as people of twenty countries write them.
func TestParseCountries(t *testing.T) {
	for _, c := range []struct{ region, input, want string }{
		{"ID", "+62 812-6026-8381", "+6281260268381"},
		{"ID", "0812 6026 8381", "+6281260268381"},
		{"ID", "812-6026-8381", "+6281260268381"}, // a spreadsheet took the zero
		{"ID", "62 812 6026 8381", "+6281260268381"},
		{"ID", "(021) 5094 1234", "+622150941234"},
		{"GB", "+44 (0)7400 123456", "+447400123456"},
		{"GB", "07400 123 456", "+447400123456"},
		{"GB", "+4407400123456", "+447400123456"},
		{"DE", "0151/23456789", "+4915123456789"},
		{"DE", "0049 151 23456789", "+4915123456789"},
		{"DE", "+49 (0) 30 – 901820", "+4930901820"},
		{"DE", "447400123456", "+447400123456"}, // Oldenburg has such numbers, but nobody leaves out the zero
		{"US", "(415) 555-2671", "+14155552671"},
		{"US", "1-415-555-2671", "+14155552671"},
		{"US", "415.555.2671", "+14155552671"},
		{"US", "011 44 7400 123456", "+447400123456"},
		{"CA", "+1 604 555 0199", "+16045550199"},
		{"BR", "(11) 98765-4321", "+5511987654321"},
		{"BR", "0 21 11 98765-4321", "+5511987654321"}, // with a carrier
		{"BR", "+55 11 8765-4321", "+551187654321"},    // without the ninth digit: old accounts have such JIDs
		{"MX", "+521 55 1234 5678", "+5215512345678"},
		{"MX", "55 1234 5678", "+525512345678"},
		{"AR", "011 15 2345-6789", "+5491123456789"},
		{"AR", "+54 9 11 2345-6789", "+5491123456789"},
		{"IN", "+91-98765-43210", "+919876543210"},
		{"IN", "098765 43210", "+919876543210"},
		{"PK", "0300 1234567", "+923001234567"},
		{"BD", "০১৭১২-৩৪৫৬৭৮", "+8801712345678"},
		{"CN", "138 1234 5678", "+8613812345678"},
		{"ID", "0086 138 1234 5678", "+8613812345678"}, // and not 008, how Indonesia dials abroad
		{"JP", "０９０－１２３４－５６７８", "+819012345678"},
		{"RU", "8 (916) 123-45-67", "+79161234567"},
		{"RU", "+7 916 123-45-67", "+79161234567"},
		{"TR", "0532 123 45 67", "+905321234567"},
		{"SA", "٠٥٥ ١٢٣ ٤٥٦٧", "+966551234567"},
		{"IR", "۰۹۱۲ ۳۴۵ ۶۷۸۹", "+989123456789"},
		{"EG", "0100 123 4567", "+201001234567"},
		{"NG", "0803 123 4567", "+2348031234567"},
		{"ZA", "082 123 4567", "+27821234567"},
		{"FR", "06 12 34 56 78", "+33612345678"},
		{"IT", "06 6982 0001", "+390669820001"}, // whose zero stays
		{"IT", "347 123 4567", "+393471234567"},
		{"ES", "612 34 56 78", "+34612345678"},
		{"NL", "06-12345678", "+31612345678"},
		{"AU", "0412 345 678", "+61412345678"},
		{"AU", "0011 62 812 6026 8381", "+6281260268381"},
		{"SG", "9123 4567", "+6591234567"},
		{"CI", "07 07 12 34 56", "+2250707123456"},
	} {
		n, err := Parse(c.input, c.region)
		if err != nil || n.E164 != c.want || n.Input != c.input {
			t.Errorf("%s %q: %+v, %v, want %s", c.region, c.input, n, err, c.want)
		}
	}
}

// All that is pasted, and needs no region.
func TestParseForms(t *testing.T) {
	const want = "+6281260268381"
	for _, input := range []string{
		"+62 812-6026-8381", "  +6281260268381\r\n", "006281260268381", "6281260268381", "＋６２ ８１２ ６０２６ ８３８１",
		"\u202a+62\u00a0812\u200b6026\u2011 8381\u202c", "\ufeff+6281260268381", "+62 812 6026 8381", `"+62 812 6026 8381"`, "«+62 812 6026 8381»", "<+6281260268381>",
		"[+62 (812) 6026.8381]", `="+6281260268381"`, "'+6281260268381", "(+62) 812 6026 8381", "+٦٢٨١٢٦٠٢٦٨٣٨١", "+६२८१२६०२६८३८१",
		"+6281260268381;", "+62_812_6026_8381", "6281260268381.0", "6281260268381,00",
		"wa.me/6281260268381", "https://wa.me/6281260268381?text=Hi%20there", "http://wa.me/+6281260268381/", "HTTPS://WA.ME/6281260268381", "chat here: https://wa.me/6281260268381",
		"https://api.whatsapp.com/send?phone=6281260268381&text=a+b", "https://api.whatsapp.com/send/?text=1&phone=%2B62%20812-6026-8381", "web.whatsapp.com/send?phone=+6281260268381",
		"whatsapp://send?phone=6281260268381", "https://wa.me/send?phone=6281260268381#top",
		"6281260268381@s.whatsapp.net", "6281260268381:12@s.whatsapp.net", "6281260268381.0:3@s.whatsapp.net", "6281260268381_1:3@s.whatsapp.net", "6281260268381@c.us", "6281260268381@C.US",
		"tel:+62-812-6026-8381", "TEL:+62%20812%206026%208381", "tel:+6281260268381;ext=5", "tel:812-6026-8381;phone-context=+62", "tel://+6281260268381", "sms:+6281260268381?body=x",
		"callto:+6281260268381", "Tel.: +62 812 6026 8381", "WhatsApp: +62 812 6026 8381", "jid=6281260268381@s.whatsapp.net",
	} {
		n, err := Parse(input, "")
		if err != nil || n.E164 != want {
			t.Errorf("%q: %+v, %v", input, n, err)
		}
	}
}

// What is no number is told why.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ region, input, want string }{
		{"", "", "empty"}, {"", " \u200b\t", "empty"}, {"", `""`, "empty"},
		{"", "081260268381", "no country"}, {"", "4155552671", "no country"}, {"", "8126026", "too short"},
		{"", "+1234567", "too short: 7 digits"}, {"ID", "0812", "too short"}, {"US", "911", "too short"}, {"", "+1", "too short: 1 digit,"},
		{"", "+1234567890123456", "too long: 16 digits"}, {"ID", "0812602683810812602683", "too long"}, {"", "+628126026838" + strings.Repeat("1", 50), "too long"},
		{"", "+0812345678", "begins with 0"}, {"", "000812345678", "begins with 0"},
		{"", "hello", "letters"}, {"", "1-800-FLOWERS", "letters"}, {"US", "415 555 2671 ext. 5", "letters"}, {"", "+62 812 O260 8381", "letters"}, {"", "----", "no digits"}, {"", "+", "no digits"},
		{"", "+62812#5", `'#' has no place`}, {"", "12:30", "':' has no place"}, {"", "+62 812 6026 8381 😀", "has no place"},
		{"", "6.28126E+12", "rounded by a spreadsheet"}, {"", "+6281260268381 +447400123456", "more than one"}, {"", "+6281260268381 ::: +447400123456", "more than one"},
		{"", "120363025246125486@g.us", "group"}, {"", "62812-1409@g.us", "group"}, {"", "123456789012345@lid", "LID"}, {"", "123456789012345:3@lid", "LID"},
		{"", "status@broadcast", "no person's"}, {"", "123@newsletter", "no person's"}, {"", "me@s.whatsapp.net", "no person's"}, {"", "@someone", "no person's"}, {"", "62812345678@bot", "no person's"},
		{"", "someone@example.com", "e-mail"}, {"", "mailto:a1234567890@example.com", "e-mail"},
		{"", "https://wa.me/message/ABCDEF1234567", "link without"}, {"", "https://chat.whatsapp.com/0123456789", "link without"}, {"", "https://example.com/6281260268381", "link without"},
		{"", "https://wa.me/qr/AAAA", "link without"}, {"", "wa.me/", "link without"}, {"", "https://api.whatsapp.com/send?text=6281260268381", "link without"},
		{"XX", "0812", `"XX" is no region`}, {"Indonesia", "0812", "is no region"},
		{"", strings.Repeat("1", 1<<20), "too long to be"}, {"", strings.Repeat(" ", 1<<20), "too long to be"},
	} {
		n, err := Parse(c.input, c.region)
		if err == nil || !strings.Contains(err.Error(), c.want) || n.E164 != "" {
			t.Errorf("%s %.60q: %+v, %v, want %q", c.region, c.input, n, err, c.want)
		}
		if len(n.Input) > maxInput+len("…") {
			t.Errorf("%.60q: keeps %d bytes", c.input, len(n.Input))
		}
	}
}

// Numbering plans only warn.
func TestParseWarnings(t *testing.T) {
	for _, c := range []struct{ region, input, want, warning string }{
		{"", "+6281260268381", "+6281260268381", ""},
		{"", "+5215512345678", "+5215512345678", "longer than the numbers of MX"},
		{"", "5215512345678", "+5215512345678", "longer than the numbers of MX"},
		{"ID", "5215512345678", "+5215512345678", "longer than the numbers of MX"},
		{"", "+551187654321", "+551187654321", "not in the numbering plan of BR"},
		{"", "+22507123456", "+22507123456", "shorter than the numbers of CI"},
		{"", "+999123456789", "+999123456789", "no country has this code"},
		{"", "+4407400123456", "+447400123456", "written as +4407400123456"},
		{"", "4407400123456@s.whatsapp.net", "+4407400123456", ""}, // a JID is as it is
		{"DE", "447400123456", "+447400123456", "could be +49447400123456 as well"},
		{"", "+88312345", "+88312345", "shorter than the numbers of +883"},
		{"de", "030 901820", "+4930901820", ""},
	} {
		n, err := Parse(c.input, c.region)
		if err != nil || n.E164 != c.want || n.Warning != c.warning {
			t.Errorf("%s %q: %+v, %v", c.region, c.input, n, err)
		}
	}
}

func TestRegionFromLocale(t *testing.T) {
	for _, c := range []struct{ all, telephone, lang, want string }{
		{"", "", "id_ID.UTF-8", "ID"}, {"", "de_DE@euro", "en_US.UTF-8", "DE"}, {"pt_BR", "de_DE", "en_US", "BR"}, {"C", "", "en_US.UTF-8", ""}, {"", "", "C.UTF-8", ""},
		{"", "", "", ""}, {"", "", "POSIX", ""}, {"", "", "es_419", ""}, {"", "", "zh_Hant_TW.UTF-8", "TW"}, {"", "", "de", ""}, {"", "", "en_XX", ""}, {"", "", "_", ""},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_TELEPHONE": c.telephone, "LANG": c.lang}
		if got := RegionFromLocale(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

var shape = regexp.MustCompile(`^\+[1-9]\d{7,14}$`)

// Whatever comes in, what comes out has the shape of E.164 or an error, and is read as itself again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"+62 812-6026-8381", "0812", "0086 138 1234 5678", "https://wa.me/62812?text=1", "whatsapp://send?phone=%2B62", "6281260268381:1@s.whatsapp.net", "tel:1;phone-context=+62",
		"٠٥٥ ١٢٣ ٤٥٦٧", "6.28126E+12", "+44 (0)7400", "\xff+62\x00812", "Tel: 8", "K://wa.me/", "+7 8 916 123 45 67", "=\"08\"",
	} {
		for _, region := range []string{"", "ID", "DE", "US", "AU", "XX"} {
			f.Add(seed, region)
		}
	}
	f.Fuzz(func(t *testing.T, input, region string) {
		n, err := Parse(input, region)
		if err != nil {
			if n.E164 != "" || err.Error() == "" {
				t.Fatalf("%q %q: %+v with %v", input, region, n, err)
			}
			return
		}
		if !shape.MatchString(n.E164) {
			t.Fatalf("%q %q: %q", input, region, n.E164)
		}
		for _, region := range []string{"", "ID", "DE"} {
			again, err := Parse(n.E164, region)
			if err != nil || again.E164 != n.E164 && !strings.Contains(input, "@") {
				t.Fatalf("%q %q: %q is read as %+v, %v", input, region, n.E164, again, err)
			}
		}
	})
}
