package graphics

import (
	"os"
	"time"
)

// canWait is false: keys come as records of the console, not as bytes, so answers could not be told from them.
const canWait = false

func readable(*os.File, time.Duration) bool { return false }

func cellSizeOf(*os.File) (width, height int) { return 0, 0 }
