package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"go.mau.fi/util/dbutil"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/vital"
)

var _ session.Store = (*Store)(nil)

//go:embed upgrades/*.sql
var upgradeFiles embed.FS

func upgradeTable() dbutil.UpgradeTable {
	return dbutil.BuildUpgradeTable().WithFSPath(upgradeFiles, "upgrades").Finish()
}

const versionTable = "wapulse_version"

// Options says which database to open.
type Options struct {
	Path          string
	DefaultFolder bool         // the folder is wapulse's own: it is made private
	RootKey       string       // hex, of the server in WhatsApp's place; "" for WhatsApp itself
	Warn          func(string) // told what a person should know; nil for nobody
	Logger        *slog.Logger // nil for none
}

// Store is an open database. Close it.
type Store struct {
	path    string
	lock    *flock.Flock
	write   *sql.DB
	read    *sql.DB
	rows    rowWriters
	looks   looks
	log     *slog.Logger
	journal *journal
}

// Open takes the database for this process and brings it up to date. The file is made if it is not there.
func Open(ctx context.Context, opts Options) (*Store, error) {
	warn, log := opts.Warn, opts.Logger
	if warn == nil {
		warn = func(string) {}
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	path, err := filepath.Abs(opts.Path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // one database, one lock, whatever the name it is opened by
	}
	if err := checkOurs(ctx, path); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if err := prepareFolder(filepath.Dir(path), opts.DefaultFolder, warn); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	s := &Store{path: path, log: log}
	if s.lock, err = lock(path); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if err := s.open(ctx, opts.RootKey); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, explain(err)), s.closeHandles())
	}
	s.journal = startJournal(s)
	return s, nil
}

func (s *Store) open(ctx context.Context, rootKey string) error {
	if err := protectFiles(s.path); err != nil {
		return err
	}
	var err error
	if s.write, err = openHandle(s.path, false); err != nil {
		return err
	}
	if s.read, err = openHandle(s.path, true); err != nil {
		return err
	}
	if err := s.checkWhole(ctx); err != nil {
		return err
	}
	if err := s.upgrade(ctx); err != nil {
		return err
	}
	if err := s.checkWritable(ctx); err != nil {
		return err
	}
	if err := s.bindServer(ctx, rootKey); err != nil {
		return err
	}
	if s.rows, err = prepareRowWriters(ctx, s.write); err != nil {
		return err
	}
	return s.sweepJobs(ctx)
}

// forManyRows is what jobs of many numbers want, whose pages lie all over the file: some of them in memory, and 16 MB of log before they are sorted into the file,
// which waits for the disk; and what a statement may have to take back is not written to a file of its own.
const forManyRows = "&_pragma=cache_size(-4000)&_pragma=wal_autocheckpoint(4000)&_pragma=temp_store(memory)"

// openHandle opens the file for writing, over one connection, or for reading, over a few.
func openHandle(path string, readOnly bool) (*sql.DB, error) {
	query := "_busy_timeout=5000&_foreign_keys=on"
	if readOnly {
		query += "&mode=ro&_query_only=on"
	} else {
		query += "&_journal_mode=WAL&_synchronous=NORMAL&_txlock=immediate" + forManyRows
	}
	db, err := openSQLite(path, query)
	if err != nil {
		return nil, err
	}
	if readOnly {
		db.SetMaxOpenConns(2)
	} else {
		db.SetMaxOpenConns(1)
	}
	return db, nil
}

func openSQLite(path, query string) (*sql.DB, error) {
	return sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query}).String())
}

// checkOurs refuses what is plainly not wapulse's, before anything of it or beside it is touched. It reads the file as it is, without locks, as
// whoever holds it may be writing: what it cannot tell is left to checkWhole.
func checkOurs(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return explain(err)
	case info.IsDir():
		return fmt.Errorf("%w: it is a directory", ErrNoFile)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: it is no ordinary file", ErrNoFile)
	}
	db, err := openSQLite(path, "mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	err = checkSchema(ctx, db)
	if errors.Is(err, ErrForeign) {
		return err
	}
	var failure *sqlite.Error
	if errors.As(err, &failure) && failure.Code()&0xff == sqlite3.SQLITE_NOTADB {
		return explain(err)
	}
	return nil
}

// checkSchema finds another program's database.
func checkSchema(ctx context.Context, db *sql.DB) error {
	var tables, ours int
	err := db.QueryRowContext(ctx, "SELECT count(*), count(CASE WHEN name = ? THEN 1 END) FROM sqlite_schema", versionTable).Scan(&tables, &ours)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	if tables > 0 && ours == 0 {
		return ErrForeign
	}
	return nil
}

// checkWhole finds a file that is no database, not wapulse's, or whose structure is broken, before anything is written to it. It looks at the schema only: a
// full check takes seconds on a large file, and SQLite reports damage elsewhere when it meets it.
func (s *Store) checkWhole(ctx context.Context) error {
	return checkSchema(ctx, s.read)
}

// checkWritable finds a file that may only be read: SQLite opens such a one, and begins transactions, without a word.
func (s *Store) checkWritable(ctx context.Context) error {
	_, err := s.write.ExecContext(ctx, "DELETE FROM wapulse_meta WHERE 0")
	return err
}

func (s *Store) upgrade(ctx context.Context) error {
	parent, err := dbutil.NewWithDB(s.write, "sqlite")
	if err != nil {
		return err
	}
	err = parent.Child(versionTable, upgradeTable(), nil).Upgrade(ctx)
	if errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion) {
		return fmt.Errorf("%w: %w", ErrNewer, err)
	}
	if err != nil {
		return fmt.Errorf("bring the database up to date: %w", err)
	}
	return nil
}

const rootKeyName = "root_key"

// bindServer remembers whose credentials the database holds and refuses any other server: a simulator's 401 would delete real ones.
func (s *Store) bindServer(ctx context.Context, rootKey string) error {
	var bound string
	err := s.write.QueryRowContext(ctx, "SELECT value FROM wapulse_meta WHERE key = ?", rootKeyName).Scan(&bound)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = s.write.ExecContext(ctx, "INSERT INTO wapulse_meta (key, value) VALUES (?, ?)", rootKeyName, rootKey)
		return err
	}
	if err != nil {
		return fmt.Errorf("read the server's root key: %w", err)
	}
	if bound == rootKey {
		return nil
	}
	name := func(key string) string {
		if key == "" {
			return "WhatsApp itself"
		}
		return "the server with root key " + key
	}
	return fmt.Errorf("%w: they are for %s, and you asked for %s. Each would tell the other's sessions that they are logged out, and their credentials would be "+
		"deleted. Use another file with --db", ErrWrongServer, name(bound), name(rootKey))
}

// WriteDB is the one writing handle, for whatsmeow's own tables. Nobody may hold rows or a transaction of it open while waiting for something else.
func (s *Store) WriteDB() *sql.DB { return s.write }

// Path is the database file's.
func (s *Store) Path() string { return s.path }

// Close writes what is queued and gives the database up.
func (s *Store) Close() error {
	s.journal.stop()
	return s.closeHandles()
}

func (s *Store) closeHandles() error {
	errs := []error{s.rows.close()}
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		_ = os.Remove(holderPath(s.path))
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// List reads the sessions of a database without taking it: it may be in use. A file that is not there is fs.ErrNotExist. What was up when the process that
// held it was killed is down now, whatever the file says, since that one's last sign of life.
func List(ctx context.Context, path string) ([]session.Record, error) {
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, explain(err)
	}
	if err := checkOurs(ctx, path); err != nil {
		return nil, fmt.Errorf("read database %s: %w", path, err)
	}
	db, err := openHandle(path, true)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	records, err := readUp(ctx, db)
	if err != nil && errors.Is(explain(err), ErrReadOnly) && isAtRest(path) {
		// SQLite wants to write beside a file it only reads. Nobody uses this one, so it can be read as it is.
		var still *sql.DB
		if still, err = openSQLite(path, "mode=ro&immutable=1"); err != nil {
			return nil, err
		}
		defer func() { _ = still.Close() }()
		records, err = readUp(ctx, still)
	}
	if err != nil {
		return nil, fmt.Errorf("read database %s: %w", path, explain(err))
	}
	return afterAKill(path, records), nil
}

// readUp is readSessions with the last signs of life, which databases of older versions do not have.
func readUp(ctx context.Context, db *sql.DB) ([]session.Record, error) {
	records, err := readSessions(ctx, db)
	if err != nil {
		return nil, err
	}
	var noted bool
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'wapulse_run'").Scan(&noted); err != nil || !noted {
		return records, err
	}
	return records, readAlive(ctx, db, records)
}

// afterAKill puts down what cannot be up, as the next to hold the database will.
func afterAKill(path string, records []session.Record) []session.Record {
	if !slices.ContainsFunc(records, func(r session.Record) bool { return r.IsUp() }) || !isFree(path) {
		return records // the lock is looked at only if there is a need: who comes for it meanwhile is told that it is held
	}
	now := time.Now()
	for i := range records {
		if r := &records[i]; r.IsUp() {
			r.Since = r.KilledAt(now)
			r.State, r.Reason, r.Failure = vital.StateDisconnected, vital.ReasonKilled, vital.Failure{}
		}
	}
	return records
}

// isAtRest says whether everything is in the file itself: nothing waits in a log beside it.
func isAtRest(path string) bool {
	info, err := os.Stat(path + "-wal")
	return errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0
}
