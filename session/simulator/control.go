package simulator

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxControlBody bounds what a request to the control API may carry.
const maxControlBody = 4 << 20

// Info is what GET /info tells.
type Info struct {
	URL     string `json:"url"`
	RootKey string `json:"root_key"` // hex
}

// Info tells clients where the server is and whom it proves to be.
func (s *Server) Info() Info {
	key := s.RootKey()
	return Info{URL: s.URL(), RootKey: hex.EncodeToString(key[:])}
}

// Control is the control API: JSON over HTTP. It has no password, so it answers only requests that name a loopback address as their host, and
// none of a page of another site: a browser cannot be led to it, neither through a name of that site's own nor by a link or a form.
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	post := func(path string, do func(r *http.Request) error) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
			answer(w, struct {
				OK bool `json:"ok"`
			}{true}, do(r))
		})
	}
	get := func(path string, value func() any) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { answer(w, value(), nil) })
	}
	post("/scan", s.controlScan)
	post("/code", s.controlCode)
	post("/contacts", s.controlContacts)
	post("/numbers", s.controlNumbers)
	post("/faults", s.controlFaults)
	post("/drop", s.controlDrop)
	post("/stream_error", s.controlStreamError)
	post("/logout", s.controlLogout)
	mux.HandleFunc("POST /say", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
		id, err := s.controlSay(r)
		answer(w, struct {
			OK bool   `json:"ok"`
			ID string `json:"id"` // of the message
		}{true, id}, err)
	})
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, struct {
			OK bool `json:"ok"`
		}{true}, s.ClearFaults())
	})
	get("/stats", func() any { return s.Stats() })
	get("/sessions", func() any { return s.Sessions() })
	get("/messages", func() any { return s.Messages() })
	get("/info", func() any { return s.Info() })
	return onlyFromHere(inJSON(mux))
}

func onlyFromHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			answer(w, nil, fmt.Errorf("%w, and %q is none", ErrNotLoopback, host))
			return
		}
		for _, origin := range r.Header.Values("Origin") {
			if from, err := url.Parse(origin); err != nil || from.Host != r.Host {
				answer(w, nil, fmt.Errorf("%w, and this one comes from %q", errOtherSite, origin))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// inJSON lets a mux say in JSON, too, that there is no such route, or no such method of it.
func inJSON(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refusal := &statusOnly{header: w.Header()}
		handler.ServeHTTP(refusal, r)
		err := fmt.Errorf("there is no route %s", r.URL.Path)
		if allowed := w.Header().Get("Allow"); allowed != "" {
			err = fmt.Errorf("%s takes %s, not %s", r.URL.Path, allowed, r.Method)
		}
		w.Header().Del("X-Content-Type-Options")
		answerWith(w, refusal.status, refused{err.Error()})
	})
}

// statusOnly keeps the status and the headers of an answer and drops its words.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }
func (s *statusOnly) Write(p []byte) (int, error) { return len(p), nil }

// answer writes a value, or an error with the status that says whose fault it is.
func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		answerWith(w, statusOf(err), refused{err.Error()})
		return
	}
	answerWith(w, http.StatusOK, value)
}

// refused is the answer to what is not done.
type refused struct {
	Error string `json:"error"`
}

func answerWith(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client went away: nobody is left to be told
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrNotLoopback), errors.Is(err, errOtherSite):
		return http.StatusForbidden
	case errors.Is(err, ErrNoSuchSession):
		return http.StatusNotFound
	case errors.Is(err, ErrNotOnline), errors.Is(err, ErrUnknownCode), errors.Is(err, ErrNoPhoneCode), errors.Is(err, ErrPairingRefused),
		errors.Is(err, ErrTooManyDevices):
		return http.StatusConflict
	default:
		return http.StatusBadRequest
	}
}

// read decodes a body into v. A field that the route does not know is an error: a misspelt fault must not look like one that was set.
func read(r *http.Request, v any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil && !errors.Is(err, io.EOF) { // no body is an empty one
		return fmt.Errorf("read the request: %w", err)
	}
	return nil
}

func (s *Server) controlScan(r *http.Request) error {
	var body struct {
		QR       string `json:"qr"`
		Phone    string `json:"phone"`
		PushName string `json:"push_name"`
	}
	if err := read(r, &body); err != nil {
		return err
	}
	return s.Scan(body.QR, body.Phone, body.PushName)
}

func (s *Server) controlCode(r *http.Request) error {
	var body struct {
		Phone    string `json:"phone"`
		Code     string `json:"code"`
		PushName string `json:"push_name"`
	}
	if err := read(r, &body); err != nil {
		return err
	}
	return s.Code(body.Phone, body.Code, body.PushName)
}

func (s *Server) controlSay(r *http.Request) (string, error) {
	var body struct {
		Session string `json:"session"`
		From    string `json:"from"`
		Text    string `json:"text"`
		Media   *Media `json:"media"`
	}
	if err := read(r, &body); err != nil {
		return "", err
	}
	if body.Media != nil {
		return s.SayMedia(body.Session, body.From, body.Text, *body.Media)
	}
	return s.Say(body.Session, body.From, body.Text)
}

func (s *Server) controlContacts(r *http.Request) error {
	var body struct {
		Session  string    `json:"session"`
		Contacts []Contact `json:"contacts"`
	}
	if err := read(r, &body); err != nil {
		return err
	}
	if body.Session == "" {
		return ErrNoSuchSession
	}
	return s.AddContacts(body.Session, body.Contacts)
}

// controlNumbers takes true, false, or one of the words of SetNumbers for each number.
func (s *Server) controlNumbers(r *http.Request) error {
	var body map[string]any
	if err := read(r, &body); err != nil {
		return err
	}
	numbers := make(map[string]string, len(body))
	for number, value := range body {
		switch v := value.(type) {
		case bool:
			numbers[number] = strconv.FormatBool(v)
		case string:
			numbers[number] = v
		default:
			return fmt.Errorf("number %s: %s, not %v", number, strings.Join(numberWords(), ", "), value)
		}
	}
	return s.SetNumbers(numbers)
}

// controlFaults changes the faults that the body names and leaves the others as they are; null ends one.
func (s *Server) controlFaults(r *http.Request) error {
	var fields map[string]json.RawMessage
	if err := read(r, &fields); err != nil {
		return err
	}
	var session string
	if raw, ok := fields["session"]; ok {
		if err := json.Unmarshal(raw, &session); err != nil {
			return fmt.Errorf("read the session: %w", err)
		}
		delete(fields, "session")
	}
	changes, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("read the faults: %w", err)
	}
	var asked Faults
	if err := mergeFaults(&asked, changes); err != nil {
		return err
	}
	if err := asked.check(session != ""); err != nil {
		return err
	}
	return s.SetFaults(session, func(f *Faults) {
		for key, whole := range map[string]func(){
			"iq_error": func() { f.IQError = nil }, "failure": func() { f.Failure = nil }, "timelock": func() { f.Timelock = nil },
			"ack_error": func() { f.AckError = nil }, "drop_on": func() { f.DropOn = nil }, "media_status": func() { f.MediaStatus = nil },
		} {
			if _, ok := fields[key]; ok {
				whole() // these are replaced, not merged: their counts begin anew
			}
		}
		_ = mergeFaults(f, changes) // it went well before
	})
}

func mergeFaults(f *Faults, changes []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(changes))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(f); err != nil {
		return fmt.Errorf("read the faults: %w", err)
	}
	return nil
}

// target is a session, or all of them.
type target struct {
	Session string `json:"session"`
	All     bool   `json:"all"`
}

// name is the session's; "" for all. One of the two must be said.
func (t target) name() (string, error) {
	switch {
	case t.All && t.Session != "":
		return "", errors.New("a session, or all, but not both")
	case t.All, t.Session == "all":
		return "", nil
	case t.Session == "":
		return "", errors.New(`which session? {"session": "+…"} or {"all": true}`)
	}
	return t.Session, nil
}

func (s *Server) controlDrop(r *http.Request) error {
	var body target
	if err := read(r, &body); err != nil {
		return err
	}
	session, err := body.name()
	if err != nil {
		return err
	}
	return s.Drop(session)
}

func (s *Server) controlStreamError(r *http.Request) error {
	var body struct {
		target
		Code     int    `json:"code"`
		Conflict string `json:"conflict"`
	}
	if err := read(r, &body); err != nil {
		return err
	}
	session, err := body.name()
	if err != nil {
		return err
	}
	return s.StreamError(session, body.Code, body.Conflict)
}

func (s *Server) controlLogout(r *http.Request) error {
	var body struct {
		Session string `json:"session"`
	}
	if err := read(r, &body); err != nil {
		return err
	}
	return s.Logout(body.Session)
}

// ControlServer serves the control API until it is closed.
type ControlServer struct {
	http *http.Server
	addr string
	done chan struct{}
}

// ServeControl serves the control API of s on a loopback address, host:port.
func ServeControl(s *Server, addr string) (*ControlServer, error) {
	l, err := listenLoopback(addr)
	if err != nil {
		return nil, err
	}
	c := &ControlServer{
		http: &http.Server{Handler: s.Control(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute},
		addr: l.Addr().String(), done: make(chan struct{}),
	}
	go func() {
		defer close(c.done)
		_ = c.http.Serve(l) // ends with Close
	}()
	return c, nil
}

// URL is the base of the routes.
func (c *ControlServer) URL() string { return "http://" + c.addr }

// Close ends the server and waits for it; a request under way gets a second to finish.
func (c *ControlServer) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if c.http.Shutdown(ctx) != nil {
		_ = c.http.Close()
	}
	<-c.done
}
