// Package page holds the pages of the screen, one a file. A page is a plain value with a View that draws it into a width and a height, and a few
// methods that change it; it does no I/O, starts nothing and knows no clock but the time it is given. The root model in package ui owns the pages,
// turns keys into calls and what a page wants into commands.
package page
