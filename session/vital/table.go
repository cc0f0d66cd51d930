package vital

// Row is a row of the table of diagnoses.
type Row struct {
	Reason  Reason
	Meaning string
}

// Table returns the rows of the ends of connections, in the order of a connection's life, for tests that hold reality against it.
func Table() (rows []Row) {
	for _, e := range explanations() {
		rows = append(rows, Row{e.reason, e.meaning})
	}
	return rows
}
