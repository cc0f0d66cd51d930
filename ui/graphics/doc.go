// Package graphics shows pictures in terminals that can: by kitty's graphics protocol, or as sixels. It is used for QR codes in windows that are too
// small for characters. It is told nothing by the environment: Input asks the terminal, once somebody wants a picture, and takes the answers out of what
// is typed, whenever they come. Nothing waits for them, and the package has no goroutines.
//
// A picture is part of the text of a frame: Place puts it into the first line that it covers, and makes the lines under it step over its cells. So the
// screen's own comparison of lines writes it when it is new, when the window changes, and not otherwise; lines beside it are written without touching it; and
// a frame without it writes other lines, which erases sixels. Kitty's pictures lie over the text and are erased by Erase.
package graphics
