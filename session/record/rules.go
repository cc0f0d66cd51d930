package record

import "regexp"

// The shapes of what is masked in a text. They are tried in the order of rulesOf at each place, so that a URL is a URL before a part of it is anything else.
const (
	shapeURL     = `(?P<url>[a-zA-Z][a-zA-Z0-9+.\-]*://[^\s"'<>]*)`
	shapeMask    = `(?P<mask>\b(?:` + kindsOfMasks + `)-[0-9]{1,6}\b)`
	shapeTime    = `(?P<time>\b(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?(?:Z|[+\-][0-9]{2}:[0-9]{2}\b)?)?)`
	shapeQR      = `(?P<qr>\b[0-9]@[A-Za-z0-9+/=,_\-]{12,})`
	shapeAccount = `(?P<account>[^\s@"'<>()\[\]{},;=]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*)`
	shapeShort   = `(?P<short>\+?\p{Nd}{2}…\p{Nd}{2}\b)`
	shapePath    = `(?P<path>(?:\b[A-Za-z]:\\|\\\\|(?:^|[^A-Za-z0-9_.\-/…])~?/)[^\s"'<>:;,()]*[/\\][^\s"'<>:;,()]+)`
	shapeAddress = `(?P<address>\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*(?:%[0-9A-Za-z]+)?\]?)`
	shapeHost    = `(?P<host>\b(?:lookup|proxyconnect [a-z0-9]+|dial [a-z0-9]+:? lookup|dial [a-z0-9]+) [A-Za-z0-9.\-]+)`
	shapeCode    = `(?P<code>\b[A-Z0-9]{4}-[A-Z0-9]{4}\b)`
	shapeBlob    = `(?P<blob>[A-Za-z0-9+/_=\-]{16,})`
	shapeNumber  = `(?P<number>\+?\p{Nd}(?:[ \x{a0}().\-/]{0,2}\p{Nd}){7,})`
)

// kindsOfMasks are the words that masks begin with.
const kindsOfMasks = `number|name|lid|group|account|message|key|qr|code|address|host|path|email|secret`

// rules are what a Masker looks for in a text.
type rules struct {
	all     *regexp.Regexp
	names   []string // of the groups of all
	masks   *regexp.Regexp
	number  *regexp.Regexp
	digits  *regexp.Regexp // a run that must not be left
	word    *regexp.Regexp // one of wapulse's own, as a state or a reason
	version *regexp.Regexp // of WhatsApp's client
}

func newRules() *rules {
	shapes := ""
	for _, shape := range []string{
		shapeURL, shapeQR, shapeAccount, shapeMask, shapeTime, shapeShort, shapePath, shapeAddress, shapeHost, shapeCode, shapeBlob, shapeNumber,
	} {
		if shapes != "" {
			shapes += "|"
		}
		shapes += shape
	}
	all := regexp.MustCompile(shapes)
	return &rules{
		all: all, names: all.SubexpNames(), masks: regexp.MustCompile(shapeMask),
		number: regexp.MustCompile(shapeNumber), digits: regexp.MustCompile(`\p{Nd}{8,}`), word: regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:µ\-]{0,39}$`),
		version: regexp.MustCompile(`^[0-9]{1,2}\.[0-9]{4}\.[0-9]{1,10}$`),
	}
}
