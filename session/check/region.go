package check

import (
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Region returns the two letters of a region in the form that Parse wants, or an error if there is none of that name.
func Region(name string) (string, error) {
	region := strings.ToUpper(strings.TrimSpace(name))
	if len(region) != 2 || phonenumbers.GetCountryCodeForRegion(region) == 0 {
		return "", fmt.Errorf("%q is no region: give two letters, such as ID or BR", clip(name))
	}
	return region, nil
}

// RegionFromLocale returns the region that the environment's locale names, or "". What is set first decides, as in POSIX: LC_ALL, LC_TELEPHONE, LANG.
func RegionFromLocale(env func(name string) string) string {
	for _, name := range []string{"LC_ALL", "LC_TELEPHONE", "LANG"} {
		locale := env(name)
		if locale == "" {
			continue
		}
		locale, _, _ = strings.Cut(locale, ".")
		locale, _, _ = strings.Cut(locale, "@")
		parts := strings.FieldsFunc(locale, func(r rune) bool { return r == '_' || r == '-' })
		for _, part := range parts[min(1, len(parts)):] { // zh_Hant_TW: not always the second
			if region, err := Region(part); err == nil {
				return region
			}
		}
		return ""
	}
	return ""
}

// longHome is the number of digits from which a number without its + is rather one with its country's code than one without.
const longHome = 11

// candidate is one reading of digits.
type candidate struct {
	e164    string // "" if it has not the shape
	err     error  // why it has not
	valid   bool   // the country's numbering plan has it
	number  *phonenumbers.PhoneNumber
	warning string
}

// resolve decides which number the digits are.
func (w written) resolve(region string) (e164, warning string, err error) {
	var c candidate
	switch {
	case w.exact:
		if c = abroad(w.digits); c.err == nil && c.e164 != "+"+w.digits {
			c.e164, c.warning = "+"+w.digits, ""
		}
	case w.world:
		c = abroad(w.digits)
	case strings.HasPrefix(w.digits, "00"):
		c = abroad(w.digits[2:])
		if home := at(w.digits, region); !c.valid && home.valid { // 0011 is how Australia dials abroad
			c = home
		}
	case region == "":
		c = abroad(w.digits)
		if w.digits[0] == '0' || c.err == nil && !c.valid && len(w.digits) < longHome {
			return "", "", errNoCountry
		}
	case w.digits[0] == '0':
		c = at(w.digits, region)
	default:
		c = likelier(at(w.digits, region), abroad(w.digits), len(w.digits), region)
	}
	return c.e164, c.warning, c.err
}

// mobile says whether a valid number is one of a mobile phone, as far as the plan tells.
func (c candidate) mobile() bool {
	kind := phonenumbers.GetNumberType(c.number)
	return kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE
}

// likelier chooses between a number of the region whose zero is missing and one of anywhere whose + is missing.
func likelier(home, away candidate, digits int, region string) candidate {
	zero := phonenumbers.GetNddPrefixForRegion(region, true) == "0"
	chosen, other := home, away
	switch {
	case home.e164 == away.e164, home.valid && !away.valid:
	case away.valid && !home.valid:
		chosen = away
	case home.valid && away.valid:
		if atHome, there := home.mobile(), away.mobile(); atHome == there && zero || !atHome && there {
			chosen, other = away, home
		}
		chosen.warning = "could be " + other.e164 + " as well"
	case away.e164 != "" && (home.e164 == "" || zero && digits >= longHome):
		chosen = away
	}
	return chosen
}

// abroad reads digits that begin with a country's code.
func abroad(digits string) candidate {
	typed, err := shaped(digits)
	if err != nil && len(digits) != maxDigits+1 { // one over may be the zero of home, which goes
		return candidate{err: err}
	}
	number, unknown := phonenumbers.Parse("+"+digits, "")
	if unknown != nil {
		return candidate{e164: typed, err: err, warning: "no country has this code"}
	}
	c := advise(number)
	switch {
	case c.e164 == typed:
	case c.valid:
		c.warning = "written as +" + digits
	default:
		c.e164, c.err = typed, err
	}
	return c
}

// at reads digits as they are dialled in the region.
func at(digits, region string) candidate {
	if region == "" || len(digits) > maxDigits+5 { // with what is dialled before a number abroad
		_, err := shaped(strings.TrimLeft(digits, "0"))
		return candidate{err: err}
	}
	number, err := phonenumbers.Parse(digits, region)
	if err != nil {
		code := fmt.Sprint(phonenumbers.GetCountryCodeForRegion(region))
		_, err = shaped(code + strings.TrimLeft(digits, "0"))
		if err == nil {
			err = fmt.Errorf("no number of %s", region)
		}
		return candidate{err: err}
	}
	return advise(number)
}

// advise tells what the numbering plan says of a number. It never blocks one that has the shape.
func advise(number *phonenumbers.PhoneNumber) candidate {
	text := phonenumbers.Format(number, phonenumbers.E164)
	c := candidate{number: number, valid: phonenumbers.IsValidNumber(number)}
	c.e164, c.err = shaped(strings.TrimPrefix(text, "+"))
	if c.valid {
		return c
	}
	country := phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
	if country == "001" { // of no country
		country = fmt.Sprintf("+%d", number.GetCountryCode())
	}
	switch phonenumbers.IsPossibleNumberWithReason(number) {
	case phonenumbers.TOO_SHORT:
		c.warning = "shorter than the numbers of " + country
	case phonenumbers.TOO_LONG:
		c.warning = "longer than the numbers of " + country
	default:
		c.warning = "not in the numbering plan of " + country
	}
	return c
}
