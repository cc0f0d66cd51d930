package vital

// Row is a row of the table of diagnoses, for documentation and for tests that hold reality against it.
type Row struct {
	Name     string
	Codes    []int // of the server that it is for; none: for all that have no row of their own
	What     string
	Meaning  string
	Next     string
	Action   string
	Pattern  bool
	AskedFor bool // nobody's failure
}

// Table returns the rows of the ends of connections, in the order of a connection's life.
func Table() (rows []Row) {
	for _, e := range explanations() {
		f := Failure{Reason: e.reason}
		if len(e.codes) > 0 {
			f.Code = e.codes[0]
		}
		rows = append(rows, Row{
			Name: string(e.reason), Codes: e.codes, What: e.what, Meaning: e.meaning, Next: Diagnose(f).Next, Action: e.action, AskedFor: e.reason.AskedFor(),
		})
	}
	return rows
}

// PatternTable returns the rows of the patterns.
func PatternTable() (rows []Row) {
	for _, r := range patternRules() {
		d := r.diagnosis
		rows = append(rows, Row{Name: r.name, What: d.What, Meaning: d.Meaning, Next: d.Next, Action: d.Action, Pattern: true})
	}
	d := allDownDiagnosis()
	return append(rows, Row{Name: d.Name, What: d.What, Meaning: d.Meaning, Next: d.Next, Action: d.Action, Pattern: true})
}
