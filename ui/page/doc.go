// Package page holds the pages of the screen, and the boxes that lie over them, one a file. A Page is a plain value with a View that draws it into a width
// and a height, and a few methods that change it; it does no I/O, starts nothing and knows no clock but the time it is given. What else it may be, a list,
// a taker of text, a box, is said by the interfaces in page.go. The root model in package ui owns the pages, turns keys into calls and what a page wants
// into commands.
package page
