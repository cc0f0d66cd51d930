package session

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// fakeCall is an operation that has reached a connection.
type fakeCall struct {
	op vital.Operation
	at time.Time
	id string // of a message
}

func (c *fakeConn) run(ctx context.Context, call fakeCall) error {
	c.mu.Lock()
	call.at = time.Now()
	if !c.quiet {
		c.calls = append(c.calls, call)
	}
	work := c.work
	c.mu.Unlock()
	if work == nil {
		return nil
	}
	return work(ctx, call.op)
}

func (c *fakeConn) Check(ctx context.Context, numbers []string) ([]vital.Answer, error) {
	if err := c.run(ctx, fakeCall{op: vital.OpCheck}); err != nil {
		return nil, err
	}
	var answers []vital.Answer
	for _, n := range numbers {
		answers = append(answers, vital.Answer{Number: n, Verdict: vital.VerdictRegistered})
	}
	return answers, nil
}

func (c *fakeConn) Send(ctx context.Context, m vital.Outgoing) (vital.Sent, error) {
	if err := c.run(ctx, fakeCall{op: vital.OpSend, id: m.ID}); err != nil {
		return vital.Sent{}, err
	}
	return vital.Sent{ID: m.ID, At: time.Now()}, nil
}

func (c *fakeConn) Contacts(ctx context.Context) ([]vital.Contact, error) {
	return []vital.Contact{{JID: "1@s.whatsapp.net"}}, c.run(ctx, fakeCall{op: vital.OpContacts})
}

func (c *fakeConn) Download(ctx context.Context, m vital.Media, w io.Writer) error {
	if err := c.run(ctx, fakeCall{op: vital.OpDownload}); err != nil {
		return err
	}
	_, err := io.WriteString(w, m.MIME)
	return err
}

// called are the operations of a kind that have reached the connection.
func (c *fakeConn) called(op vital.Operation) (list []fakeCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, call := range c.calls {
		if call.op == op {
			list = append(list, call)
		}
	}
	return list
}

// works lets operations do as it says from now on.
func (c *fakeConn) works(work func(ctx context.Context, op vital.Operation) error) {
	c.set(func(c *fakeConn) { c.work = work })
}

// taking is work that is answered after d, and silent is work that never is.
func taking(d time.Duration) func(context.Context, vital.Operation) error {
	return func(ctx context.Context, _ vital.Operation) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func silent(ctx context.Context, _ vital.Operation) error {
	<-ctx.Done()
	return ctx.Err()
}

// script is work that ends with these errors, one after the other, and then goes well.
func script(errs ...error) func(context.Context, vital.Operation) error {
	var mu sync.Mutex
	return func(context.Context, vital.Operation) error {
		mu.Lock()
		defer mu.Unlock()
		if len(errs) == 0 {
			return nil
		}
		err := errs[0]
		errs = errs[1:]
		return err
	}
}

func query() vital.Query {
	return vital.Query{Numbers: []string{"+491512345678", "+4915123456789"}, Rate: -1}
}

// ops are operations that end with an error only, by name.
func (r *rig) ops() map[vital.Operation]func(ctx context.Context) error {
	return map[vital.Operation]func(ctx context.Context) error{
		vital.OpPing:  func(ctx context.Context) error { _, err := r.manager.Ping(ctx, one); return err },
		vital.OpCheck: func(ctx context.Context) error { _, err := r.manager.Ask(ctx, query()); return err },
		vital.OpSend: func(ctx context.Context) error {
			_, err := r.manager.Send(ctx, one, vital.Outgoing{To: "+491512345678", Text: "secret"})
			return err
		},
		vital.OpContacts: func(ctx context.Context) error { _, err := r.manager.Contacts(ctx, one); return err },
		vital.OpDownload: func(ctx context.Context) error {
			_, err := r.manager.Download(ctx, one, "M1", io.Discard)
			return err
		},
	}
}

// begin lets do run beside the test, as far as it comes, and returns where its error comes.
func begin(do func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	synctest.Wait()
	return done
}

// told are the events of operations that the hub and the store were told, by outcome.
func (r *rig) told(sub *Subscription, outcomes ...string) (list []vital.Event) {
	synctest.Wait()
	for _, e := range sub.Take().Events {
		if e.Kind == vital.KindOperation && (len(outcomes) == 0 || slices.Contains(outcomes, e.Field("outcome"))) {
			list = append(list, e)
		}
	}
	return list
}

// stat is what the snapshot knows of an operation.
func (r *rig) stat(op vital.Operation) vital.OperationStat {
	r.t.Helper()
	pass(publishEvery)
	for _, s := range r.snap().Operations {
		if s.Operation == op {
			return s
		}
	}
	return vital.OperationStat{}
}
