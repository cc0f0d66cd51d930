package check

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // reasons tell times of the day
	goleak.VerifyTestMain(m)
}
