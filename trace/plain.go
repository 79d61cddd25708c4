package trace

// plainObject tells a line that is certainly one JSON object, of the plain kind that recorders write: texts of printable ASCII without
// escapes, whole numbers, the three words, lists and objects a few levels deep, and at most one space behind a comma or a colon. It says
// no to everything else, and then jsontext decides: most lines of a trace are plain, and seeing that takes a fifth of the time.
func plainObject(line []byte) bool {
	if len(line) == 0 || line[0] != '{' {
		return false
	}
	end, ok := plainMembers(line, 1, '}', maxPlainDepth)
	return ok && end == len(line)
}

const maxPlainDepth = 3

// plainMembers looks at what stands behind an opening bracket, up to the closing one, and returns the place behind that.
func plainMembers(b []byte, at int, closing byte, depth int) (int, bool) {
	if at < len(b) && b[at] == closing {
		return at + 1, true
	}
	for ok := true; ; {
		if closing == '}' {
			if at, ok = plainText(b, at); !ok || at >= len(b) || b[at] != ':' {
				return at, false
			}
			at = plainSpace(b, at+1)
		}
		if at, ok = plainValue(b, at, depth); !ok || at >= len(b) {
			return at, false
		}
		switch b[at] {
		case ',':
			at = plainSpace(b, at+1)
		case closing:
			return at + 1, true
		default:
			return at, false
		}
	}
}

func plainSpace(b []byte, at int) int {
	if at < len(b) && b[at] == ' ' {
		at++
	}
	return at
}

func plainText(b []byte, at int) (int, bool) {
	if at >= len(b) || b[at] != '"' {
		return at, false
	}
	for at++; at < len(b) && plainByte[b[at]]; at++ {
	}
	if at >= len(b) || b[at] != '"' {
		return at, false
	}
	return at + 1, true
}

// plainByte are the bytes that stand for themselves in a text.
var plainByte = func() (table [256]bool) {
	for c := ' '; c <= '~'; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

func plainValue(b []byte, at, depth int) (int, bool) {
	if at >= len(b) {
		return at, false
	}
	switch c := b[at]; c {
	case '"':
		return plainText(b, at)
	case '{', '[':
		if depth == 0 {
			return at, false
		}
		return plainMembers(b, at+1, c+2, depth-1) // '{' and '}', '[' and ']' are two apart
	case 'n':
		return plainWord(b, at, "null")
	case 't':
		return plainWord(b, at, "true")
	case 'f':
		return plainWord(b, at, "false")
	case '-':
		at++
	}
	first := at
	for at < len(b) && '0' <= b[at] && b[at] <= '9' {
		at++
	}
	return at, at > first && (b[first] != '0' || at == first+1)
}

func plainWord(b []byte, at int, word string) (int, bool) {
	if len(b)-at < len(word) || string(b[at:at+len(word)]) != word {
		return at, false
	}
	return at + len(word), true
}
