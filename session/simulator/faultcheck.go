package simulator

import "fmt"

const maxClockSkewS = 366 * 24 * 60 * 60

// check says what of faults as they are asked for cannot be meant. Zero values are faults that are ended, or not asked for.
func (f *Faults) check(forSession bool) error {
	if forSession {
		for name, set := range map[string]bool{
			"refuse_tcp": f.RefuseTCP, "stall_handshake": f.StallHandshake, "http_status": f.HTTPStatus != 0, "bad_certificate": f.BadCertificate,
			"certificate_time": f.CertificateTime != "", "clock_skew_s": f.ClockSkewS != 0, "not_http": f.NotHTTP, "handshake": f.Handshake != "",
			"media_status": f.MediaStatus != nil,
		} {
			if set {
				return fmt.Errorf("%w: %s holds for all clients only, so leave the session out", errBadFault, name)
			}
		}
	}
	rules := []rule{
		{f.DelayMS >= 0, "delay_ms is 0 or more"},
		{f.JitterMS >= 0, "jitter_ms is 0 or more"},
		{f.CertificateTime == "" || f.CertificateTime == certificateExpired || f.CertificateTime == certificateEarly, "certificate_time is expired or early"},
		{f.ClockSkewS >= -maxClockSkewS && f.ClockSkewS <= maxClockSkewS, "clock_skew_s is a year at most"},
		{f.Handshake == "" || f.Handshake == handshakeGarbage || f.Handshake == handshakeClose, "handshake is garbage or close"},
		{f.HTTPStatus == 0 || f.HTTPStatus >= 200 && f.HTTPStatus <= 599, "http_status is 200 to 599"},
	}
	if e := f.IQError; e != nil {
		rules = append(rules, rule{e.Code > 0, "iq_error needs a code"}, rule{e.Rate >= 0 && e.Rate <= 1, "iq_error.rate is 0 to 1"},
			rule{e.Count >= 0, "iq_error.count is 0 or more"}, rule{e.Backoff >= 0, "iq_error.backoff is 0 or more"})
	}
	if e := f.Failure; e != nil {
		rules = append(rules, rule{e.Reason > 0, "failure needs a reason, as 401, 402, 405 or 503"}, rule{e.Code >= 0, "failure.code is 0 or more"},
			rule{e.Expire >= 0, "failure.expire is 0 or more"}, rule{e.Count >= 0, "failure.count is 0 or more"})
	}
	if e := f.AckError; e != nil {
		rules = append(rules, rule{e.Code > 0, "ack_error needs a code, as 463 or 479"}, rule{e.Count >= 0, "ack_error.count is 0 or more"})
	}
	if e := f.DropOn; e != nil {
		rules = append(rules, rule{e.Count >= 0, "drop_on.count is 0 or more"})
	}
	if e := f.MediaStatus; e != nil {
		rules = append(rules, rule{e.Code >= 200 && e.Code <= 599, "media_status needs a code, 200 to 599"}, rule{e.Count >= 0, "media_status.count is 0 or more"})
	}
	if e := f.Timelock; e != nil {
		rules = append(rules, rule{e.Seconds >= 0, "timelock.seconds is 0 or more"})
	}
	for _, r := range rules {
		if !r.holds {
			return fmt.Errorf("%w: %s", errBadFault, r.words)
		}
	}
	return nil
}

// rule is what must hold of a fault.
type rule struct {
	holds bool
	words string
}
