package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// EventsBefore returns the newest limit events that a filter wants before a place, or, with the zero place, of all; the newest last. Gaps that the journal has belong to no
// session and come with all of them. The names are the sessions' present ones.
func (s *Store) EventsBefore(ctx context.Context, f vital.Filter, before vital.EventPlace, limit int) ([]vital.StoredEvent, error) {
	list, err := s.findEvents(ctx, f, before, limit, false)
	slices.Reverse(list)
	return list, err
}

// EventsAfter returns the oldest limit events that a filter wants after a place, the newest last; after the zero place it begins with the oldest of all.
func (s *Store) EventsAfter(ctx context.Context, f vital.Filter, after vital.EventPlace, limit int) ([]vital.StoredEvent, error) {
	return s.findEvents(ctx, f, after, limit, true)
}

// EventsAround returns limit events that a filter wants around a moment, half of them before it if there are so many, and the index of the first at or after it, which is
// the length of the list if there is none.
func (s *Store) EventsAround(ctx context.Context, f vital.Filter, at time.Time, limit int) (list []vital.StoredEvent, index int, err error) {
	place := vital.EventPlace{Time: at} // no event has the ID 0: this is between those before and those at the time
	older, err := s.EventsBefore(ctx, f, place, limit/2)
	if err != nil {
		return nil, 0, err
	}
	newer, err := s.EventsAfter(ctx, f, place, limit-limit/2)
	if err != nil {
		return nil, 0, err
	}
	return append(older, newer...), len(older), nil
}

// findEvents reads the events nearest to a place on one side of it, the nearest first. Gaps are read by themselves: whatever a filter wants, they come from a short index.
func (s *Store) findEvents(ctx context.Context, f vital.Filter, from vital.EventPlace, limit int, forward bool) ([]vital.StoredEvent, error) {
	if limit <= 0 {
		return nil, nil
	}
	sessions, err := s.sessionsCalled(ctx, f.Sessions)
	if err != nil {
		return nil, err
	}
	var gaps eventQuery
	gaps.kind(vital.KindGap, "")
	if len(f.Sessions) > 0 {
		gaps.where("(e.session_id IS NULL OR e.session_id IN ("+placeholders(len(sessions))+"))", sessions...)
	}
	list, err := s.runEvents(ctx, &gaps, f, from, limit, forward)
	if err != nil || len(f.Sessions) > 0 && len(sessions) == 0 || len(f.Kinds) == 1 && f.Kinds[0] == vital.KindGap {
		return list, err
	}
	var rest eventQuery
	rest.where("+e.kind <> 'gap'")
	own := "" // the columns' own indexes may be used
	if f.Level > vital.LevelInfo {
		rest.where("e.level >= 2") // there are few of them, and this has their index used
		own = "+"
	}
	rest.in(own+"e.session_id", sessions)
	if len(f.Kinds) == 1 {
		rest.kind(f.Kinds[0], own)
	} else {
		rest.in(own+"e.kind", anyOf(f.Kinds))
	}
	rest.where("+e.level >= ?", int(f.Level))
	for _, text := range f.Text {
		rest.text(text)
	}
	found, err := s.runEvents(ctx, &rest, f, from, limit, forward)
	if err != nil {
		return nil, err
	}
	list = append(list, found...)
	slices.SortStableFunc(list, func(a, b vital.StoredEvent) int {
		order := a.Time.Compare(b.Time)
		if order == 0 {
			order = int(a.ID - b.ID)
		}
		if !forward {
			order = -order
		}
		return order
	})
	return list[:min(len(list), limit)], nil
}

// sessionsCalled are the IDs of the sessions with these names.
func (s *Store) sessionsCalled(ctx context.Context, names []string) (ids []any, err error) {
	if len(names) == 0 {
		return nil, nil
	}
	err = s.query(ctx, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM wapulse_session WHERE name IN ("+placeholders(len(names))+")", anyOf(names)...)
	return ids, err
}

func anyOf[T any](list []T) []any {
	values := make([]any, len(list))
	for i, v := range list {
		values[i] = v
	}
	return values
}

func placeholders(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// eventQuery gathers what a query of events is bound to.
type eventQuery struct {
	conditions []string
	args       []any
}

func (q *eventQuery) where(condition string, args ...any) {
	q.conditions = append(q.conditions, condition)
	q.args = append(q.args, args...)
}

// in binds a column to some values, any without one. Only with a single value may the column's index be used: of several, its order is not that of time.
func (q *eventQuery) in(column string, values []any) {
	switch len(values) {
	case 0:
	case 1:
		q.where(column+" = ?", values[0])
	default:
		q.where("+"+strings.TrimPrefix(column, "+")+" IN ("+placeholders(len(values))+")", values...)
	}
}

// kind binds the kind to one. The index of the rare kinds is used where its own words stand in the query.
func (q *eventQuery) kind(kind vital.Kind, own string) {
	switch kind {
	case vital.KindOperation, vital.KindReceipt, vital.KindMessagesUpsert, vital.KindLog:
	default:
		q.where("e.kind NOT IN ('operation', 'receipt', 'messages.upsert', 'log')")
	}
	q.where(own+"e.kind = ?", string(kind))
}

// text leaves out what cannot have a text in it. Fields are stored as JSON: whether the text is in the value of one, Filter.MatchText knows.
func (q *eventQuery) text(text string) {
	q.where(`(e.text LIKE ? ESCAPE '!' OR e.fields LIKE ? ESCAPE '!')`, likePattern(text), likePattern(jsonInside(text)))
}

// jsonInside is how a text stands inside a stored field.
func jsonInside(text string) string {
	data, err := json.Marshal(text)
	if err != nil || len(data) < 2 {
		return text
	}
	return string(data[1 : len(data)-1])
}

func likePattern(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}

// runEvents reads until there are limit events that the filter wants.
func (s *Store) runEvents(ctx context.Context, q *eventQuery, f vital.Filter, from vital.EventPlace, limit int, forward bool) ([]vital.StoredEvent, error) {
	order, beyond := "DESC", "(e.at, e.id) < (?, ?)"
	if forward {
		order, beyond = "ASC", "(e.at, e.id) > (?, ?)"
	}
	if from != (vital.EventPlace{}) {
		q.where(beyond, from.Time.UnixMicro(), from.ID)
	}
	if !f.Since.IsZero() {
		q.where("e.at >= ?", f.Since.UnixMicro())
	}
	if !f.Until.IsZero() {
		q.where("e.at < ?", f.Until.UnixMicro())
	}
	rows, err := s.read.QueryContext(ctx, selectEvents+" WHERE "+strings.Join(q.conditions, " AND ")+
		` ORDER BY e.at `+order+`, e.id `+order, q.args...)
	if err != nil {
		return nil, explain(err)
	}
	defer func() { _ = rows.Close() }()
	var list []vital.StoredEvent
	for len(list) < limit && rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, explain(err)
		}
		if e.Kind == vital.KindGap || f.MatchText(e.Event) {
			list = append(list, e)
		}
	}
	return list, explain(rows.Err())
}

const selectEvents = `SELECT e.id, COALESCE(e.session_id, 0), COALESCE(s.name, ''), e.seq, e.at, e.kind, e.level, e.epoch, e.text, e.fields
	FROM wapulse_event e LEFT JOIN wapulse_session s ON s.id = e.session_id`

// scanEvent reads a row of selectEvents.
func scanEvent(rows *sql.Rows) (e vital.StoredEvent, err error) {
	var at int64
	var fields string
	if err := rows.Scan(&e.ID, &e.Session, &e.Name, &e.Seq, &at, &e.Kind, &e.Level, &e.Epoch, &e.Text, &fields); err != nil {
		return e, err
	}
	e.Time = time.UnixMicro(at)
	e.Fields, err = decodeFields(fields)
	return e, err
}
