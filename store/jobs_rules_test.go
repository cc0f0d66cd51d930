package store

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

// TestLargeJobsAreSearchedByIndex: none of what is done again and again looks through a whole job or history.
func TestLargeJobsAreSearchedByIndex(t *testing.T) {
	s := stored(t)
	for query, want := range map[string]string{
		"SELECT position" + openItems: "SEARCH wapulse_check_item USING INDEX wapulse_check_item_open (job_id=? AND position>?)",
		selectItems:                   "SEARCH i USING PRIMARY KEY (job_id=? AND position>?)",
		insertCopy:                    "wapulse_check_item_first (job_id=? AND e164=?)",
		countCopy:                     "wapulse_check_item_first (job_id=? AND e164=?)",
		answerOpen:                    "SEARCH wapulse_check_item USING PRIMARY KEY (job_id=? AND position=?)",
		findAnswer:                    "wapulse_check_by_number (number=? AND asked=? AND verdict=?)",
		newestFinals + fmt.Sprintf(newestFinal, "i.e164") + " AND " + freshEnough: "SEARCH wapulse_check USING COVERING INDEX wapulse_check_by_number (number=?)",
	} {
		var plan []string
		err := s.query(t.Context(), func(rows *sql.Rows) error {
			var id, parent, unused int
			var detail string
			err := rows.Scan(&id, &parent, &unused, &detail)
			plan = append(plan, detail)
			return err
		}, "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		text := strings.Join(plan, "\n")
		if !strings.Contains(text, want) || strings.Contains(text, "SCAN wapulse") || strings.Contains(text, "TEMP B-TREE") {
			t.Errorf("%s\nis done by\n%s", query, text)
		}
	}
}

// TestCountsAreTrueWhateverHappens: after anything in any order the counts are those of the items, and what is to ask is what has no result.
func TestCountsAreTrueWhateverHappens(t *testing.T) {
	s := stored(t)
	rapid.Check(t, func(r *rapid.T) {
		j, err := s.CreateJob(t.Context(), "numbers.csv", check.Settings{})
		if err != nil {
			r.Fatal(err)
		}
		var position int64
		forgets := func(v vital.Verdict) bool { return v == vital.VerdictError || v == vital.VerdictUnverified }
		steps := map[string]func(*rapid.T){
			"add": func(r *rapid.T) {
				var numbers []string
				for _, n := range rapid.SliceOfN(rapid.IntRange(0, 8), 1, 6).Draw(r, "numbers") {
					numbers = append(numbers, []string{"", "+15550001", "+15550002", "+15550003", "+15550004", "+15550005", "+15550006", "+15550007", "+15550008"}[n])
				}
				addNumbers(t, s, j.ID, position+1, numbers...)
				position += int64(len(numbers))
			},
			"answer": func(r *rapid.T) {
				items, err := s.ToAsk(t.Context(), j.ID, rapid.Int64Range(0, position).Draw(r, "after"), 3)
				if err != nil {
					r.Fatal(err)
				}
				for i, it := range items {
					res := answer(it.E164, rapid.SampledFrom(vital.Verdicts()[:5]).Draw(r, "verdict"), ago(0))
					if res.Verdict == vital.VerdictUnverified {
						res.AskedAt = time.Time{}
					}
					items[i].Result = &res
				}
				saveItems(t, s, j.ID, items...)
			},
			"retry": func(r *rapid.T) {
				var want int64
				for _, it := range allItems(t, s, j.ID) {
					if it.SameAs == 0 && it.Result != nil && forgets(it.Result.Verdict) {
						want++
					}
				}
				if n, err := s.Retry(t.Context(), j.ID); err != nil || n != want {
					r.Errorf("retried %d of %d, %v", n, want, err)
				}
			},
			"fill": func(r *rapid.T) {
				before := len(toAsk(t, s, j.ID))
				n, err := s.FillFromCache(t.Context(), j.ID, ago(time.Hour), ago(time.Hour))
				if err != nil || len(toAsk(t, s, j.ID)) != before-int(n) {
					r.Errorf("filled %d, %v", n, err)
				}
			},
		}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"add", "answer", "retry", "fill"}), 1, 12).Draw(r, "steps") {
			steps[name](r)
		}
		var want [4]int64
		var open []int64
		firsts := map[string]int64{}
		for _, it := range allItems(t, s, j.ID) {
			want[0]++
			if it.SameAs != firsts[it.E164] {
				r.Errorf("item %d is the same as %d, not %d", it.Position, it.SameAs, firsts[it.E164])
			}
			switch {
			case it.E164 == "":
				want[1]++
			case it.SameAs != 0:
				want[2]++
			default:
				firsts[it.E164] = it.Position
			}
			if it.Result != nil {
				want[3]++
			} else if it.SameAs == 0 {
				open = append(open, it.Position)
			}
		}
		if got := counts(t, s, j.ID); got != want || want[0] != position {
			r.Errorf("counts %v of items %v", got, want)
		}
		if got := toAsk(t, s, j.ID); !reflect.DeepEqual(got, open) {
			r.Errorf("to ask %v of %v", got, open)
		}
	})
}
