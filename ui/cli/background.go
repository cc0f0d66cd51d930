package cli

import (
	"strconv"
	"strings"
)

// backgroundIsDark reads COLORFGBG, "15;0" or "0;default;15": the last number is the background, 7 and 9 to 15 are light.
func backgroundIsDark(colorFGBG string) bool {
	fields := strings.Split(colorFGBG, ";")
	background, err := strconv.Atoi(fields[len(fields)-1])
	if err != nil {
		return true
	}
	return background != 7 && (background < 9 || background > 15)
}
