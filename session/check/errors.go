package check

import "errors"

// ErrNoSuchJob is returned for a job that the store does not have.
var ErrNoSuchJob = errors.New("there is no such job")
